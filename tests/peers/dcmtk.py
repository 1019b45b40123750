"""DCMTK's storescp and dcmqrscp as peers."""

import contextlib
import re
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.peers.programs import require, running

_QRSCP_CONFIG = """\
NetworkTCPPort = {port}
MaxPDUSize = 16384
MaxAssociations = 16
HostTable BEGIN
{hosts}HostTable END
VendorTable BEGIN
VendorTable END
AETable BEGIN
{title} {storage} RW (5, 1024mb) {peers}
{others}AETable END
"""


def version() -> tuple[int, ...]:
    """Return the release of the DCMTK that is installed."""
    program = require("/usr/bin/storescp")
    shown = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"v(\d+)\.(\d+)\.(\d+)", shown)
    assert found, shown
    return tuple(map(int, found.groups()))


@contextlib.contextmanager
def storescp(folder: Path, *options: str) -> Iterator[int]:
    """Run storescp and yield its port; it takes any AE title."""
    program = require("/usr/bin/storescp")
    with running(
        lambda port: [program, "-od", str(folder), *options, str(port)], folder / "storescp.log"
    ) as port:
        yield port


@contextlib.contextmanager
def dcmqrscp(
    folder: Path, title: str = "QRSCP", *, callers: Sequence[str] = (), for_anybody: str | None = None
) -> Iterator[int]:
    """Run dcmqrscp with one application entity and yield its port; it rejects other called titles.

    With callers, each as "(TITLE, host, port)", it rejects all others, unless they call the title that is
    for anybody.

    A process an association, as by default: with --single-process it ends after an A-ABORT.
    """
    program = require("/usr/bin/dcmqrscp")
    config, storage = folder / "dcmqrscp.cfg", folder / "storage"
    storage.mkdir(exist_ok=True)

    def command(port: int) -> list[str]:
        names = [f"caller{number}" for number in range(len(callers))]
        hosts = [f"{name} = {caller}\n" for name, caller in zip(names, callers, strict=True)]
        if names:
            hosts.append(f"callers = {', '.join(names)}\n")
        other = folder / "of-anybody"
        other.mkdir(exist_ok=True)
        words = {
            "hosts": "".join(hosts),
            "peers": "callers" if names else "ANY",
            "others": f"{for_anybody} {other} RW (5, 1024mb) ANY\n" if for_anybody else "",
        }
        config.write_text(_QRSCP_CONFIG.format(port=port, title=title, storage=storage, **words))
        return [program, "-c", str(config), str(port)]

    with running(command, folder / "dcmqrscp.log") as port:
        yield port

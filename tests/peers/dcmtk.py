"""DCMTK's storescp and dcmqrscp as peers."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from tests.peers.programs import require, running

_QRSCP_CONFIG = """\
NetworkTCPPort = {port}
MaxPDUSize = 16384
MaxAssociations = 16
HostTable BEGIN
HostTable END
VendorTable BEGIN
VendorTable END
AETable BEGIN
{title} {storage} RW (5, 1024mb) ANY
AETable END
"""


@contextlib.contextmanager
def storescp(folder: Path, *options: str) -> Iterator[int]:
    """Run storescp and yield its port; it takes any AE title."""
    program = require("/usr/bin/storescp")
    with running(
        lambda port: [program, "-od", str(folder), *options, str(port)], folder / "storescp.log"
    ) as port:
        yield port


@contextlib.contextmanager
def dcmqrscp(folder: Path, title: str = "QRSCP") -> Iterator[int]:
    """Run dcmqrscp with one application entity and yield its port; it rejects other called titles.

    A process an association, as by default: with --single-process it ends after an A-ABORT.
    """
    program = require("/usr/bin/dcmqrscp")
    config, storage = folder / "dcmqrscp.cfg", folder / "storage"
    storage.mkdir(exist_ok=True)

    def command(port: int) -> list[str]:
        config.write_text(_QRSCP_CONFIG.format(port=port, title=title, storage=storage))
        return [program, "-c", str(config), str(port)]

    with running(command, folder / "dcmqrscp.log") as port:
        yield port

"""Three more implementations in both roles: odil, pynetdicom2 and dcmjs-dimse, each a process of its own."""

import contextlib
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.peers.programs import (
    ROOT,
    environment,
    listens,
    require,
    require_module,
    require_node_module,
    running,
)

_HERE = Path(__file__).parent


@dataclass(frozen=True)
class Peer:
    """An implementation: how its SCP and its SCU are started on a port, and in which environment."""

    scp: Callable[[int], list[str]]
    scu: Callable[[int], list[str]]
    variables: Mapping[str, str]


def odil() -> Peer:
    """Return Debian's odil, whose SCP runs in the Python that its first line names."""
    program = require("/usr/bin/odil")
    python = Path(program).read_text(encoding="utf-8").partition("\n")[0].removeprefix("#!").strip()
    return Peer(
        lambda port: [python, str(_HERE / "odil_scp.py"), str(port)],
        lambda port: [program, "echo", "127.0.0.1", str(port), "ODIL", "ANY-SCP"],
        {"PYTHONWARNINGS": "default"},
    )


def pynetdicom2() -> Peer:
    """Return pynetdicom2, from PyPI."""
    require_module("pynetdicom2")
    command = [sys.executable, "-m", "tests.peers.pynetdicom2_peer"]
    return Peer(
        lambda port: [*command, "scp", str(port)],
        lambda port: [*command, "scu", str(port)],
        {"PYTHONWARNINGS": "default"},
    )


def dcmjs_dimse() -> Peer:
    """Return dcmjs-dimse, from npm."""
    command = [require("/usr/bin/node"), str(_HERE / "dcmjs_dimse.js")]
    modules = require_node_module("dcmjs-dimse")
    return Peer(
        lambda port: [*command, "scp", str(port)],
        lambda port: [*command, "scu", str(port)],
        {"NODE_PATH": str(modules)},
    )


PEERS = {"odil": odil, "pynetdicom2": pynetdicom2, "dcmjs-dimse": dcmjs_dimse}


@contextlib.contextmanager
def serving(peer: Peer, folder: Path) -> Iterator[int]:
    """Run its SCP and yield the port, on which odil listens anew after each association."""
    with running(peer.scp, folder / "scp.log", ready=listens, variables=peer.variables) as port:
        yield port


def run_scu(peer: Peer, port: int) -> "subprocess.CompletedProcess[str]":
    """Let its SCU verify the node on a port of this machine."""
    return subprocess.run(
        peer.scu(port),
        env=environment(peer.variables),
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )

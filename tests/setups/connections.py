"""No connection, or one on which nothing comes: what TCP, a full queue and a stopped process answer."""

import contextlib
import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

from tests.peers import dcmtk, wire
from tests.peers.programs import refusing_port
from tests.peers.scripted import Step
from tests.peers.vocabulary import CloseConnection, ExpectPdu, Raw, ResetConnection
from tests.setups import servers
from tests.setups.door import Tap
from tests.setups.setup import ACSE, CONNECT, Findings, Node, Setup, played, start, tapped

REQUESTED = ExpectPdu(wire.ASSOCIATE_RQ)
# A close or a reset in answer to an A-ASSOCIATE-RQ has no reason in it (PS3.8 9.2.3, AA-4).
CLOSED = ("closed-on-association", "tls-expected", "proxy-header-expected")
AT_ONCE = ("closed-at-once", "calling-address")  # a listener showed that it does so by itself
SILENT = ("no-answer-to-association", "tls-expected", "other-protocol")
HALF_AN_ACCEPTANCE = Raw(b"\2\0\0\0\0\xb8" + bytes(20))


@start
def _closed(_folder: Path) -> Iterator[Node]:
    """A port that nobody listens on."""
    with refusing_port() as port:
        yield Node(port)


@start
def _full(_folder: Path) -> Iterator[Node]:
    """A listener whose queue is full: Linux drops what asks for more (listen(2))."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener, fill(listener):
        yield Node(int(listener.getsockname()[1]), CONNECT)


@contextlib.contextmanager
def fill(listener: socket.socket) -> Iterator[None]:
    """Fill the queue of a listener of length 0: it takes one that is not accepted."""
    with socket.create_connection(listener.getsockname()):
        yield


@start
def _dead_proxy(_folder: Path) -> Iterator[Node]:
    """What takes connections for a node, such as a container's port, and the node is not there."""
    with refusing_port() as port, Tap(port) as door:
        yield Node(door.port, visits=door.visits)


@servers.server
def _stopped_storescp(folder: Path) -> Iterator[int]:
    """The kernel takes connections for it."""
    with dcmtk.storescp(folder) as port:
        process = _storescp_of(port)
        os.kill(process, signal.SIGSTOP)
        try:
            yield port
        finally:
            os.kill(process, signal.SIGCONT)


def _storescp_of(port: int) -> int:
    """Return the process that was started for this port: it is the last word of its command."""
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            words = (folder / "cmdline").read_bytes().split(b"\0")
            if words[0].endswith(b"storescp") and str(port).encode() in words:
                return int(folder.name)
    raise AssertionError(f"no storescp for port {port}")


def _played(name: str, findings: Findings, on_the_wire: str, *steps: Step, options: Findings = ()) -> Setup:
    return Setup(name, played(steps, options=options), findings, on_the_wire, 61)


SETUPS = (
    Setup("closed port", _closed(), ("refused",), None, 60),
    Setup("full queue", _full(), ("no-answer-to-connect",), None, 60),
    Setup("stopped storescp", tapped(_stopped_storescp(), *ACSE), SILENT, "silence", 61),
    _played("closes at once", AT_ONCE, "closed", CloseConnection()),
    Setup("resets at once", played((ResetConnection(),)), AT_ONCE, "reset", None),
    Setup("proxy with nothing behind it", _dead_proxy(), AT_ONCE, "closed", 61),
    _played("closes on the request", CLOSED, "closed", REQUESTED, CloseConnection()),
    _played("resets on the request", CLOSED, "reset", REQUESTED, ResetConnection()),
    _played("silent", SILENT, "silence", REQUESTED, options=ACSE),
    _played(
        "half an acceptance, then silence",
        ("no-answer-to-association", "malformed-answer"),
        "bytes 02 00 00 00 00 b8",
        REQUESTED,
        HALF_AN_ACCEPTANCE,
        options=ACSE,
    ),
    Setup("nginx, PROXY header wanted", tapped(servers.nginx("proxy_protocol")), CLOSED, "closed", 61),
)

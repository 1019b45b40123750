"""What takes long, and what is not the same each time."""

import contextlib
import select
from collections.abc import Iterator
from pathlib import Path
from typing import Self

from tests.peers.vocabulary import Accept, CloseConnection, Reject, Serve
from tests.setups import servers
from tests.setups.connections import REQUESTED, fill
from tests.setups.door import Player, Tap
from tests.setups.setup import FOUR, Node, Setup, Start, played, start, tapped

SLOW, LATE = ("--slow", "0.8"), "1.0"  # seconds: what is slow, more than a busy machine is, and what is
GOOD = (Accept(), Serve())
FULL, CUT = (Reject(2, 3, 2),), (REQUESTED, CloseConnection())


class _LateQueue(Player):
    """Its queue is full until a caller's SYN was lost, who sends another a second later (RFC 6298 2)."""

    def __enter__(self) -> Self:
        self._listener.listen(0)
        self._filled = contextlib.ExitStack()
        self._filled.enter_context(fill(self._listener))
        return super().__enter__()

    def _listen(self) -> None:
        with self._filled:
            while not _is_called(self.port) and not select.select([self._wake], [], [], 0.01)[0]:
                pass
            self._listener.accept()[0].close()
        super()._listen()


def _is_called(port: int) -> bool:
    """Whether somebody's SYN to a port of loopback is not answered yet."""
    return f"0100007F:{port:04X} 02 " in Path("/proc/net/tcp").read_text()


@start
def _late_queue(_folder: Path) -> Iterator[Node]:
    with _LateQueue(GOOD) as door:
        yield Node(door.port, visits=door.visits)


@start
def _two_nodes(folder: Path) -> Iterator[Node]:
    """What balances the load of two nodes that are not the same software."""
    with servers.storescp()(folder) as one, servers.pynetdicom()(folder) as other, Tap(one, other) as door:
        yield Node(door.port, visits=door.visits)


def _setup(name: str, begin: Start, *findings: str) -> Setup:
    return Setup(name, begin, findings, None, 0, FOUR)


SETUPS = (
    _setup(
        "late acceptance",
        tapped(servers.dcmtool_scp("--delay-accept", LATE), diagnosis=SLOW),
        "slow-accept",
        "slow-reverse-lookup",
    ),
    _setup("late connection", _late_queue(), "slow-connect"),
    _setup("late echo", tapped(servers.dcmtool_scp("--delay-echo", LATE), diagnosis=SLOW), "slow-echo"),
    _setup("every other association rejected", played(GOOD, FULL, GOOD, FULL, GOOD), "intermittent"),
    _setup("closes now and then", played(GOOD, GOOD, CUT, GOOD), "intermittent"),
    _setup("two nodes at one address", _two_nodes(), "different-peers"),
)

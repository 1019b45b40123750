"""An observer that keeps what it is told."""

import io
from collections.abc import Iterable
from typing import NamedTuple

from dcmtool.association.observed import Side
from dcmtool.capture.connection import Endpoint
from dcmtool.capture.observer import ConnectionObserver
from dcmtool.capture.tcp_streams import follow
from tests.capture.packets import Captured, pcap

GAP = b"."  # a byte that was missed
UNREAD = b"_"  # one that nobody needs


class Recorder(ConnectionObserver):
    """Keeps what happens in words, and what each side sent; `needless` bytes after some need not be told."""

    needless = 0

    def __init__(
        self, number: int, requestor: Endpoint, acceptor: Endpoint, at: int, handshake: bool
    ) -> None:
        super().__init__(number, requestor, acceptor, at, handshake=handshake)
        self.ends, self.began, self.handshake = f"{requestor} {acceptor}", at, handshake
        self.log: list[str] = []
        self.times: list[int] = []
        self.bytes: dict[Side, bytes] = {"requestor": b"", "acceptor": b""}
        self._left: dict[Side, int] = {"requestor": 0, "acceptor": 0}

    def _note(self, what: str, at: int) -> None:
        self.log.append(what)
        self.times.append(at)

    def syn(self, at: int) -> None:
        self._note("syn", at)

    def opened(self, at: int) -> None:
        self._note("opened", at)

    def received(self, sender: Side, data: bytes | memoryview, at: int) -> None:
        assert data
        self._note(f"{sender} {len(data)}", at)
        self.bytes[sender] += bytes(data)
        self._left[sender] = self.needless

    def unread(self, sender: Side) -> int:
        return self._left[sender]

    def skip(self, sender: Side, count: int, at: int) -> None:
        assert 0 < count <= self._left[sender]
        self._left[sender] -= count
        self._note(f"{sender} skipped {count}", at)
        self.bytes[sender] += UNREAD * count

    def missed(self, sender: Side, count: int, at: int) -> None:
        assert count > 0
        self._note(f"{sender} missed {count}", at)
        self.bytes[sender] += GAP * min(count, 1 << 20)
        self._left[sender] = 0

    def retransmitted(self, sender: Side, at: int) -> None:
        self._note(f"{sender} again", at)

    def closed(self, sender: Side, at: int) -> None:
        self._note(f"{sender} closed", at)

    def reset(self, sender: Side, at: int) -> None:
        self._note(f"{sender} reset", at)


class Needless(Recorder):
    """One that needs no more than some bytes."""

    needless = 100


class Seen(NamedTuple):
    """What a capture came to."""

    connections: list[Recorder]
    warnings: list[str]

    @property
    def only(self) -> Recorder:
        """The only connection."""
        (one,) = self.connections
        return one

    @property
    def log(self) -> list[str]:
        """What happened on it."""
        return self.only.log


def seen(file: bytes, recorder: type[Recorder] = Recorder) -> Seen:
    """Read a capture."""
    begun: list[Recorder] = []
    warnings: list[str] = []

    def observe(requestor: Endpoint, acceptor: Endpoint, at: int, handshake: bool) -> Recorder:
        begun.append(recorder(len(begun) + 1, requestor, acceptor, at, handshake))
        return begun[-1]

    done = list(follow(io.BytesIO(file), "file.pcap", observe, warnings.append))
    assert {id(each) for each in done} == {id(each) for each in begun}
    assert len(done) == len(begun)
    return Seen([each for each in done if isinstance(each, Recorder)], warnings)


def seen_packets(packets: Iterable[Captured], link: int = 1, recorder: type[Recorder] = Recorder) -> Seen:
    """Read packets as a capture of nanoseconds."""
    return seen(pcap(packets, link, nanoseconds=True), recorder)

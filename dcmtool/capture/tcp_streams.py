"""From packets to connections: the TCP segments of each, put in order and told to its observer."""

import sys
from collections.abc import Callable, Iterable, Iterator
from heapq import nsmallest
from operator import attrgetter
from struct import Struct
from typing import BinaryIO

from dcmtool.capture.capture_file import batches
from dcmtool.capture.connection import Endpoint
from dcmtool.capture.frames import COOKED, COOKED_2, ETHERNET, Frames
from dcmtool.capture.icmp import IcmpError, Unreachable
from dcmtool.capture.observer import ConnectionObserver
from dcmtool.capture.pcap import Packet
from dcmtool.capture.tcp_connection import TcpConnection, endpoints, is_requestors, reversed_key
from dcmtool.capture.tcp_direction import COPIED, NUMBERS, PATIENCE, Direction, Kept
from dcmtool.text import printable

# Called with requestor, acceptor, when it began (ns since 1970), and whether its beginning was seen.
Observe = Callable[[Endpoint, Endpoint, int, bool], ConnectionObserver]
Warn = Callable[[str], None]

_FIN, _SYN, _RST, _ACK = 1, 2, 4, 16
_FLAGS = _FIN | _SYN | _RST | _ACK

# Most packets: a type, an IPv4 header of 20 bytes, and what is needed of a TCP header. By link type, how that
# is laid out, where the type is, and where the IPv4 header begins.
_IPV4_TCP = "BxHxxHxB2x12sIIBB"
_USUAL = {
    ETHERNET: (Struct(">H" + _IPV4_TCP).unpack_from, 12, 14),
    COOKED: (Struct(">H" + _IPV4_TCP).unpack_from, 14, 16),
    COOKED_2: (Struct(">H18x" + _IPV4_TCP).unpack_from, 0, 20),
}
_HEADERS = 40  # of IPv4 and TCP
_NOT_USUAL = (Struct("").unpack_from, 0, sys.maxsize)  # beyond every packet
_IPV4, _NO_OPTIONS, _TCP, _FRAGMENT = 0x0800, 0x45, 6, 0x3FFF

_MOST_OPEN = 16384  # connections, each of some KiB; those that are idle for the longest are given up
_GIVEN_UP = _MOST_OPEN // 8  # at once, so that they are seldom looked for
_MOST_EARLY = 256  # resets that may be of what is captured next
_MOST_OVER = 16384  # directions that are over, whose last packets are still on their way


class Streams:
    """Takes packets, and tells the observer of each connection what both sides do, up to its end."""

    def __init__(self, observe: Observe, finished: Callable[[ConnectionObserver], None], warn: Warn) -> None:
        self._observe, self._finished = observe, finished
        self._frames = Frames(warn)
        self._directions: dict[bytes, Direction] = {}
        self._connections: dict[TcpConnection, None] = {}  # by their beginning
        self._over: dict[bytes, None] = {}
        self._early: dict[bytes, tuple[int, int, int]] = {}  # resets without a SYN: both numbers, and when
        self._waiting: dict[TcpConnection, int] = {}  # for what may not come, and since when
        self._kept = Kept(warn)
        self._last = 0  # when the last packet was captured

    @property
    def malformed(self) -> int:
        """How many packets made no sense."""
        return self._frames.malformed

    def add(self, packet: Packet) -> None:
        """Take a packet."""
        self.add_all((packet,))

    def add_all(self, packets: Iterable[Packet]) -> None:
        """Take packets in their order."""
        find, usual, slow, at = self._directions.get, _USUAL.get, self._unusual, self._last
        for packet in packets:
            link, at, buffer, start, end, _ = packet
            unpack, type_at, header_at = usual(link) or _NOT_USUAL
            if start + header_at + _HEADERS > end:
                slow(packet)
                continue
            kind, version, total, fragment, protocol, key, sequence, acknowledged, offset, flags = unpack(
                buffer, start + type_at
            )
            direction = find(key)
            if (
                direction is None
                or kind != _IPV4
                or version != _NO_OPTIONS
                or protocol != _TCP
                or fragment & _FRAGMENT
                or flags & _FLAGS != _ACK
                or sequence != direction.expected
            ):
                slow(packet)
                continue
            other = direction.other
            start += header_at + 20 + (offset >> 2 & 60)
            size = total - 20 - (offset >> 2 & 60)
            if (
                size < 0
                or start + size > end
                or (acknowledged != other.expected and not acknowledged - other.next & 0x80000000)
            ):
                slow(packet)
            elif size:
                direction.next += size
                direction.expected = direction.next & NUMBERS
                direction.at = at
                if size <= direction.skippable:
                    direction.skippable -= size
                    direction.skipped += size
                else:
                    direction.hand_over(memoryview(buffer)[start : start + size], at)
        self._last = at
        self._tell_overdue(at)

    def finish(self) -> None:
        """Hand over the connections that are open where the capture ends."""
        for connection in list(self._connections):
            connection.observer.until(self._last)
            self._finish(connection)

    # Inside -----------------------------------------------------------------------------------------

    def _unusual(self, packet: Packet) -> None:
        if self._waiting:
            self._tell_overdue(packet[1])
        segment = self._frames.segment(packet)
        if segment is None:
            return
        if isinstance(segment, IcmpError):
            self._take_error(segment)
            return
        key, sequence, acknowledged, flags, data, size, at = segment
        if key == reversed_key(key):
            return  # a port that is connected with itself, which is nobody's node
        if flags & _SYN and flags & _ACK:
            self._answered(key, sequence, acknowledged, at)
        elif flags & _SYN:
            self._asked(key, sequence, data, size, at)
        else:
            self._go_on(key, sequence, acknowledged, flags, data, size, at)

    def _asked(self, key: bytes, sequence: int, data: memoryview, size: int, at: int) -> None:
        """Take a SYN: of a new connection, or once more of the one that is known."""
        known = self._directions.get(key)
        connection = known.connection if known is not None else None
        if connection is None or connection.key != key or connection.first != sequence:
            if connection is not None:
                self._finish(connection)  # its ports are used again
            connection = self._begin(key, at, True)
            connection.first = sequence
            connection.requestor.begin(sequence + 1)
        elif connection.asked is not None and at - connection.asked < COPIED:
            return
        connection.observer.syn(at)
        connection.asked = connection.requestor.at = at
        if size:  # RFC 7413
            connection.requestor.take(sequence + 1, data, size, at)
            self._settle(connection, at)
        early = self._early.pop(connection.reverse, None)
        if early is not None and early[1] == sequence + 1 & NUMBERS and at - early[2] < PATIENCE:
            self._go_on(connection.reverse, *early[:2], _RST | _ACK, memoryview(b""), 0, at)

    def _answered(self, key: bytes, sequence: int, acknowledged: int, at: int) -> None:
        """Take a SYN with its ACK, whose SYN may not have been captured, or come later."""
        first = (acknowledged - 1) & NUMBERS
        direction = self._directions.get(key)
        if direction is None:
            connection = self._begin(reversed_key(key), at, True)
            connection.first = first
            connection.requestor.begin(acknowledged)
        else:
            connection = direction.connection
            if connection.reverse != key or connection.first != first:
                return
        if not connection.acceptor.is_known:
            connection.acceptor.begin(sequence + 1)
        connection.acceptor.at = at
        connection.open(at)
        self._settle(connection, at)

    def _go_on(
        self, key: bytes, sequence: int, acknowledged: int, flags: int, data: memoryview, size: int, at: int
    ) -> None:
        """Take a segment of a connection that has begun, though perhaps before the capture."""
        direction = self._directions.get(key)
        if direction is None:
            if flags & _RST and flags & _ACK and not size:
                self._keep_early(key, sequence, acknowledged, at)
            if not size or key in self._over:
                return
            connection = self._begin_midway(key, data, at)
            direction = self._directions[key]
        connection, other = direction.connection, direction.other
        if not direction.is_known:
            direction.begin(sequence)
        needs = 0
        if flags & _ACK and not flags & _RST:
            if direction is connection.requestor:
                connection.open(at)
            needs = other.acknowledged(acknowledged, at)
        if flags & _RST and direction.takes(sequence):
            connection.reset(direction, sequence, acknowledged if flags & _ACK else None, at)
        else:
            if size:
                direction.take(sequence, data, size, at, needs)
            if flags & _FIN:
                direction.fin(sequence + size, at, needs)
        self._settle(connection, at)

    def _keep_early(self, key: bytes, sequence: int, acknowledged: int, at: int) -> None:
        """Keep a reset of what is not known: its SYN may be captured behind it."""
        self._early.pop(key, None)
        if len(self._early) == _MOST_EARLY:
            del self._early[next(iter(self._early))]  # the oldest
        self._early[key] = sequence, acknowledged, at

    def _take_error(self, error: IcmpError) -> None:
        """Take what became of a segment, of which the number has to be near (RFC 5927 4.1)."""
        direction = self._directions.get(error.key)
        if direction is not None and direction.takes(error.sequence):
            said = Unreachable(direction.sender, error.by, error.what, error.data, error.at)
            direction.observer.unreachable(said)

    def _settle(self, connection: TcpConnection, at: int) -> None:
        """Tell what can be told of a connection; what it waits for, it does not wait for long."""
        is_waiting = connection.settle(at)
        if connection.is_over:
            self._finish(connection)
        elif is_waiting:
            self._waiting.setdefault(connection, at)
        else:
            self._waiting.pop(connection, None)

    def _tell_overdue(self, at: int) -> None:
        """Tell what was kept by connections for long enough, of which no more packets come."""
        while self._waiting:
            connection, since = next(iter(self._waiting.items()))
            if at - since < PATIENCE:
                break
            del self._waiting[connection]
            self._settle(connection, at)

    def _begin(self, key: bytes, at: int, handshake: bool) -> TcpConnection:
        """Begin a connection, whose requestor has this key."""
        if len(self._connections) >= _MOST_OPEN:
            for each in nsmallest(_GIVEN_UP, self._connections, key=attrgetter("at")):
                self._finish(each)
        connection = TcpConnection(self._observe(*endpoints(key), at, handshake), key, at, self._kept)
        self._connections[connection] = None
        self._directions[key], self._directions[connection.reverse] = (
            connection.requestor,
            connection.acceptor,
        )
        return connection

    def _begin_midway(self, key: bytes, data: memoryview, at: int) -> TcpConnection:
        """Begin a connection whose beginning was not captured."""
        connection = self._begin(key if is_requestors(key, data) else reversed_key(key), at, False)
        connection.is_open = True
        return connection

    def _finish(self, connection: TcpConnection) -> None:
        connection.finish()
        self._forget(connection)

    def _forget(self, connection: TcpConnection) -> None:
        del self._connections[connection]
        self._waiting.pop(connection, None)
        for key in (connection.key, connection.reverse):
            del self._directions[key]
            self._over[key] = None
        while len(self._over) > _MOST_OVER:
            del self._over[next(iter(self._over))]  # the oldest
        connection.come_apart()
        self._finished(connection.observer)


def follow(file: BinaryIO, path: str, observe: Observe, warn: Warn) -> Iterator[ConnectionObserver]:
    """Yield the observers of the connections of a capture as these end, then of those that did not.

    `observe` is called as each begins; `warn` with a sentence for what cannot be read, or was left out.

    Raises:
        InputFileError: the file cannot be read, or is no capture.
    """
    done: list[ConnectionObserver] = []
    streams = Streams(observe, done.append, warn)
    for packets in batches(file, path, warn):
        streams.add_all(packets)
        if done:
            yield from done
            done.clear()
    streams.finish()
    yield from done
    if streams.malformed:
        warn(f"{printable(path)}: packets that make no sense were left out: {streams.malformed}")

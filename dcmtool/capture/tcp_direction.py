"""One direction of a TCP connection, put in order from what was captured of it (RFC 9293 3.4)."""

from bisect import bisect_right
from collections.abc import Callable
from operator import itemgetter
from typing import TYPE_CHECKING

from dcmtool.association.observed import Side
from dcmtool.capture.observer import ConnectionObserver

if TYPE_CHECKING:
    from dcmtool.capture.tcp_connection import TcpConnection

NUMBERS = 0xFFFFFFFF  # sequence numbers, which begin again behind the last
_BEHIND = 1 << 31  # a number that is at least so far ahead is behind
_FARTHEST = 1 << 30  # the largest window there is (RFC 7323 2.3)

_MOST_IN_FLIGHT = 16 << 20  # what a window is not larger than, in use
_MOST_KEPT = 4 << 20  # of a direction: what a fast line sends while one lost segment is sent again
_MOST_KEPT_IN_ALL = 64 << 20
_KEEPING = 128  # bytes that it takes to keep a segment
# A capture of several processors' packets has them out of order by less; what was acknowledged and does not
# come in this time was not captured.
_PATIENCE = 20_000_000  # ns
# A capture of several interfaces has a packet once more at each; TCP does not send again so soon.
COPIED = 1_000_000  # ns


class Kept:
    """What is kept out of order, of all connections: how many bytes."""

    def __init__(self, warn: Callable[[str], None]) -> None:
        self.size = 0
        self._warn, self._has_warned = warn, False

    def warn_of_cut(self) -> None:
        """Tell once that packets were not captured whole."""
        if not self._has_warned:
            self._has_warned = True
            self._warn("packets were cut as they were captured: capture them whole (`tcpdump -s 0`)")


class Direction:
    """What one side sends: told to the observer in order, without what came before, with what is missing.

    `next` is the number of the next byte, which goes on where sequence numbers begin again. `expected` is it
    as a sequence number as long as what comes next needs no thought, else -1; the next `skippable` bytes mean
    nothing, and `skipped` of them the observer does not know of yet.
    """

    __slots__ = (
        *("observer", "sender", "other", "connection", "next", "expected", "at", "skippable", "skipped"),
        *("is_known", "has_ended", "_fin", "_acknowledged", "_since", "_pieces", "_kept", "_kept_in_all"),
    )
    other: "Direction"
    connection: "TcpConnection"

    def __init__(self, observer: ConnectionObserver, sender: Side, kept: Kept, at: int) -> None:
        self.observer, self.sender, self.at = observer, sender, at
        self.next, self.expected = 0, -1
        self.skippable = self.skipped = 0
        self.is_known = self.has_ended = False  # whether `next` is known
        self._fin: int | None = None  # the number behind the last byte
        self._acknowledged = self._since = 0  # what the other side had that was not seen, and since when
        self._pieces: list[tuple[int, bytes, int]] = []  # number, what was captured, size; in order
        self._kept, self._kept_in_all = 0, kept

    def begin(self, number: int) -> None:
        """Take the number of the first byte."""
        self.next, self.is_known = number, True

    def take(self, sequence: int, data: memoryview, size: int, at: int) -> None:
        """Take a segment of so many bytes, of which all or the first were captured."""
        start = self._number(sequence)
        behind = self.next - start
        if self.has_ended or behind < -_FARTHEST:
            return
        if behind >= size:
            is_keep_alive = size == behind == 1  # RFC 9293 3.8.4
            if not is_keep_alive and (behind > size or at - self.at >= COPIED):
                self.observer.retransmitted(self.sender, at)
            return
        if behind > 0:
            data, size, start = data[behind:], size - behind, self.next
        if start == self.next and not self._pieces:
            self._tell(data, size, at)
        elif not self._keep(start, data, size):
            self.observer.retransmitted(self.sender, at)

    def fin(self, sequence: int) -> None:
        """Take the number behind the last byte."""
        if self._fin is None:
            self._fin = max(self._number(sequence), self.next)

    def takes(self, sequence: int) -> bool:
        """Return whether a reset of this number is in earnest: one far off is not of this connection."""
        return not self.is_known or abs(self._number(sequence) - self.next) <= _MOST_IN_FLIGHT

    def acknowledged(self, sequence: int, at: int, with_data: bool) -> None:
        """Take what the other side says that it has; with data or a FIN it may answer what is missing."""
        if not self.is_known:
            self.begin(sequence)
            return
        number = self._number(sequence)
        if not self.next < number <= self.next + _FARTHEST:
            return
        if self._acknowledged <= self.next:
            self._since = at
        self._acknowledged = max(self._acknowledged, number)
        if with_data:
            self._give_up(self._acknowledged, at)

    def settle(self, at: int) -> None:
        """Tell what can be told by now."""
        self._drain(at)
        if self._acknowledged > self.next and at - self._since >= _PATIENCE:
            self._give_up(self._acknowledged, at)
        while self._pieces and (self._kept > _MOST_KEPT or self._kept_in_all.size > _MOST_KEPT_IN_ALL):
            self._give_up(self._pieces[0][0], at)
        self._close(at)
        is_plain = self.is_known and self.other.is_known and self._fin is None and not self._pieces
        self.expected = self.next & NUMBERS if is_plain and self._acknowledged <= self.next else -1

    def finish(self) -> None:
        """Tell all that was kept, as nothing more comes."""
        last = self._pieces[-1][0] + self._pieces[-1][2] if self._pieces else 0
        self._give_up(max(last, self._acknowledged, self._fin or 0), self.at)
        self.flush()
        self._close(self.at)

    def hand_over(self, data: memoryview, at: int) -> None:
        """Tell bytes that are not all skippable."""
        if self.skipped:
            self.flush()
        self.observer.received(self.sender, data, at)
        self.skippable = self.observer.unread(self.sender)

    def flush(self) -> None:
        """Tell what was skipped."""
        if self.skipped:
            self.observer.skip(self.sender, self.skipped, self.at)
            self.skipped = 0

    def _close(self, at: int) -> None:
        """Tell that the side closed, once all before it was told."""
        if self._fin is not None and self.next >= self._fin and not self.has_ended:
            self.flush()
            self.observer.closed(self.sender, at)
            self.has_ended, self.next = True, self._fin + 1

    def _number(self, sequence: int) -> int:
        ahead = (sequence - self.next) & NUMBERS
        return self.next + (ahead if ahead < _BEHIND else ahead - NUMBERS - 1)

    def _tell(self, data: memoryview, size: int, at: int) -> None:
        """Tell a segment that comes next."""
        self.next, self.at = self.next + size, at
        if size <= self.skippable:
            self.skippable -= size
            self.skipped += size
            return
        if data:
            self.hand_over(data, at)
        missing = size - len(data)
        if missing:
            # All of a data set's PDV but its headers may be left out for what is in it.
            if missing > self.skippable + 1:
                self._kept_in_all.warn_of_cut()
            self._miss(missing, at)

    def _miss(self, count: int, at: int) -> None:
        self.flush()
        self.observer.missed(self.sender, count, at)
        self.skippable = self.observer.unread(self.sender)

    def _give_up(self, number: int, at: int) -> None:
        """Go on at this number; what is missing before it does not come."""
        end = number if self._fin is None else min(number, self._fin)  # a FIN is acknowledged as a byte is
        while self.next < end:
            following = min(end, self._pieces[0][0]) if self._pieces else end
            missing, self.next = following - self.next, following
            self._miss(missing, at)
            self._drain(at)

    def _drain(self, at: int) -> None:
        """Tell what was kept and comes next."""
        count = 0
        for start, data, size in self._pieces:
            if start > self.next:
                break
            count += 1
            self._count_kept(-len(data) - _KEEPING)
            self._tell(memoryview(data), size, at)
        del self._pieces[:count]

    def _keep(self, start: int, data: memoryview, size: int) -> bool:
        """Keep what is not kept yet of a segment; return whether anything was."""
        pieces, first, end, is_new = self._pieces, start, start + size, False
        index = bisect_right(pieces, start, key=itemgetter(0))
        if index:
            start = max(start, pieces[index - 1][0] + pieces[index - 1][2])
        while start < end:
            following = pieces[index][0] if index < len(pieces) else end
            stop = min(end, following)
            if stop > start:
                piece = bytes(data[start - first : stop - first])
                pieces.insert(index, (start, piece, stop - start))
                self._count_kept(len(piece) + _KEEPING)
                index, is_new = index + 1, True
            if index == len(pieces):
                break
            start = pieces[index][0] + pieces[index][2]
            index += 1
        return is_new

    def _count_kept(self, count: int) -> None:
        self._kept += count
        self._kept_in_all.size += count

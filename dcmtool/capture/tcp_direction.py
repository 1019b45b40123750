"""One direction of a TCP connection, put in order from what was captured of it (RFC 9293 3.4)."""

from bisect import bisect_right
from collections.abc import Callable
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

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
_MOST_GUESSED = 1 << 16  # bytes of a question whose answer is the first thing in a capture
_KEEPING = 128  # bytes that it takes to keep a segment
# A capture of several processors' packets has them out of order by less; what was acknowledged and does not
# come in this time was not captured.
PATIENCE = 20_000_000  # ns
# A capture of several interfaces has a packet once more at each; TCP does not send again so soon.
COPIED = 1_000_000  # ns


class Piece(NamedTuple):
    """What is kept of a segment: its number, what was captured, how much it was, and when.

    `needs` is the number up to which it acknowledges the other side's bytes, which therefore came before.
    """

    start: int
    data: bytes
    size: int
    at: int
    needs: int


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
    nothing, and `skipped` of them the observer does not know of yet. What acknowledges bytes of the other
    side that were not seen yet is kept until they were: a capture may have an answer before its question.
    """

    __slots__ = (
        *("observer", "sender", "other", "connection", "next", "expected", "at", "skippable", "skipped"),
        *("is_known", "is_guessed", "has_ended"),
        *("_fin", "_acknowledged", "_since", "_pieces", "_kept", "_kept_in_all"),
    )
    other: "Direction"
    connection: "TcpConnection"

    def __init__(self, observer: ConnectionObserver, sender: Side, kept: Kept, at: int) -> None:
        self.observer, self.sender, self.at = observer, sender, at
        self.next, self.expected = 0, -1
        self.skippable = self.skipped = 0
        self.is_known = self.has_ended = False  # whether `next` is known
        self.is_guessed = False  # whether it is by the other side's word alone, from the middle
        self._fin: Piece | None = None  # behind the last byte
        self._acknowledged = self._since = 0  # what the other side had that was not seen, and since when
        self._pieces: list[Piece] = []  # in order
        self._kept, self._kept_in_all = 0, kept

    def begin(self, number: int) -> None:
        """Take the number of the first byte."""
        self.next, self.is_known = number, True

    def take(self, sequence: int, data: memoryview, size: int, at: int, needs: int = 0) -> None:
        """Take a segment of so many bytes, of which all or the first were captured."""
        start = self.number(sequence)
        behind = self.next - start
        if self.is_guessed and not size == behind == 1:
            self.is_guessed = False
            if 0 < behind <= _MOST_GUESSED:
                self.next, behind = start, 0
        if self.has_ended or behind < -_FARTHEST or (self._fin is not None and start >= self._fin.start):
            return
        if behind >= size:
            is_keep_alive = size == behind == 1  # RFC 9293 3.8.4
            if not is_keep_alive and (behind > size or at - self.at >= COPIED):
                self.observer.retransmitted(self.sender, at)
            return
        if behind > 0:
            data, size, start = data[behind:], size - behind, self.next
        is_next = start == self.next and not self._pieces
        if is_next and needs <= self.other.next and not self.other.is_guessed:
            self._tell(data, size, at)
        elif not self._keep(start, data, size, at, needs) and at - self._kept_since(start) >= COPIED:
            self.observer.retransmitted(self.sender, at)

    def fin(self, sequence: int, at: int, needs: int = 0) -> None:
        """Take the number behind the last byte."""
        if self._fin is None:
            self._fin = Piece(max(self.number(sequence), self.next), b"", 0, at, needs)

    def takes(self, sequence: int) -> bool:
        """Return whether a reset of this number is in earnest: one far off is not of this connection."""
        return not self.is_known or abs(self.number(sequence) - self.next) <= _MOST_IN_FLIGHT

    def acknowledged(self, sequence: int, at: int) -> int:
        """Take up to where the other side has all; return it if not all of that was seen, else 0."""
        if not self.is_known:
            self.begin(sequence)
            self.is_guessed = self.connection.first is None
            return sequence
        number = self.missing_before(sequence)
        if number:
            if self._acknowledged <= self.next:
                self._since = at
            self._acknowledged = max(self._acknowledged, number)
        return number

    def missing_before(self, sequence: int) -> int:
        """Return the number of what comes next but for bytes that were not seen yet, 0 if there are none."""
        number = self.number(sequence)
        return number if self.is_known and self.next < number <= self.next + _FARTHEST else 0

    def number(self, sequence: int) -> int:
        """Return the number that a sequence number is, which is one near that of the next byte."""
        ahead = (sequence - self.next) & NUMBERS
        return self.next + (ahead if ahead < _BEHIND else ahead - NUMBERS - 1)

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

    # What is kept -----------------------------------------------------------------------------------

    @property
    def head(self) -> Piece | None:
        """What is told next of what is kept."""
        if self._pieces and (self._fin is None or self._pieces[0].start < self._fin.start):
            return self._pieces[0]
        return None if self.has_ended else self._fin

    @property
    def has_too_much(self) -> bool:
        """Whether more is kept than makes sense."""
        return bool(self._pieces) and (self._kept > _MOST_KEPT or self._kept_in_all.size > _MOST_KEPT_IN_ALL)

    @property
    def is_at_head(self) -> bool:
        """Whether what is first of what is kept comes next of this side."""
        head = self.head
        return head is not None and head.start <= self.next

    @property
    def is_held(self) -> bool:
        """Whether what is first of what is kept acknowledges bytes that were not seen yet."""
        head = self.head
        return head is not None and (head.needs > self.other.next or self.other.is_guessed)

    @property
    def missing_since(self) -> int | None:
        """Since when the other side has had what was not seen; None if it has nothing of that kind."""
        end = self._acknowledged if self._fin is None else min(self._acknowledged, self._fin.start)
        return self._since if end > self.next else None

    def is_ready(self) -> bool:
        """Return whether what is kept can be told on: all before it was, of both sides."""
        return self.is_at_head and not self.is_held

    def tell_head(self) -> None:
        """Tell what is first of what is kept, where it stands or behind what is missing before it."""
        head = self.head
        assert head is not None
        self.give_up(head.start, head.at)
        at = self._not_before(head.at)
        if head is self._fin:
            self.flush()
            self.observer.closed(self.sender, at)
            self.has_ended, self.next, self.at = True, head.start + 1, at
            self._forget_kept()
            return
        del self._pieces[0]
        self._count_kept(-len(head.data) - _KEEPING)
        self._tell(memoryview(head.data), head.size, at)

    def release(self) -> None:
        """Tell what is first of what is kept, though something before it is missing, which does not come."""
        head = self.head
        assert head is not None
        self.other.is_guessed = False
        self.other.give_up(head.needs, head.at)
        self.tell_head()

    def release_due(self) -> None:
        """Tell what is missing of what the other side had."""
        self.give_up(self._acknowledged, self._since)

    def give_up(self, number: int, at: int) -> None:
        """Go on at this number; what is missing before it does not come."""
        end = number if self._fin is None else min(number, self._fin.start)  # a FIN is acknowledged as a byte
        while self.next < end:
            head = self.head
            following = end if head is None else min(end, head.start)
            if following > self.next:
                missing, self.next, self.at = following - self.next, following, self._not_before(at)
                self._miss(missing, self.at)
            else:
                self.tell_head()

    def settle(self) -> bool:
        """Find out whether what comes next needs thought; return whether anything is kept, or missing."""
        keeps = bool(self._pieces) or self._fin is not None or self._acknowledged > self.next
        is_plain = not keeps and self.is_known and self.other.is_known and not self.is_guessed
        self.expected = self.next & NUMBERS if is_plain else -1
        return keeps

    def finish(self) -> None:
        """Tell what is missing at the end, as nothing more comes."""
        self.release_due()
        self.flush()
        self._forget_kept()

    # Inside -----------------------------------------------------------------------------------------

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

    def _keep(self, start: int, data: memoryview, size: int, at: int, needs: int) -> bool:
        """Keep what is not kept yet of a segment; return whether anything was."""
        pieces, first, end, is_new = self._pieces, start, start + size, False
        index = bisect_right(pieces, start, key=itemgetter(0))
        if index:
            start = max(start, pieces[index - 1].start + pieces[index - 1].size)
        while start < end:
            following = pieces[index].start if index < len(pieces) else end
            stop = min(end, following)
            if stop > start:
                piece = bytes(data[start - first : stop - first])
                pieces.insert(index, Piece(start, piece, stop - start, at, needs))
                self._count_kept(len(piece) + _KEEPING)
                index, is_new = index + 1, True
            if index == len(pieces):
                break
            start = pieces[index].start + pieces[index].size
            index += 1
        return is_new

    def _kept_since(self, start: int) -> int:
        """Return when the piece was captured that has this number."""
        return self._pieces[bisect_right(self._pieces, start, key=itemgetter(0)) - 1].at

    def _not_before(self, at: int) -> int:
        """Return this time, or when something was last told, if that is later."""
        return max(at, self.at, self.other.at)

    def _forget_kept(self) -> None:
        self._count_kept(-self._kept)
        self._pieces.clear()

    def _count_kept(self, count: int) -> None:
        self._kept += count
        self._kept_in_all.size += count

"""One TCP connection: its two directions, and how it began."""

from ipaddress import IPv6Address
from operator import itemgetter

from dcmtool.capture.connection import Endpoint
from dcmtool.capture.observer import ConnectionObserver
from dcmtool.capture.tcp_direction import PATIENCE, Direction, Kept, Piece

_PORTS = 4  # bytes of a key that are no addresses
_TLS_HANDSHAKE = b"\x16\x03"
_HELLOS = {1: True, 2: False}  # by whom: ClientHello, ServerHello (RFC 8446 4)
# The first bytes of A-ASSOCIATE-RQ, and of its answers (PS3.8 9.3.2 to 9.3.4).
_STARTS = {b"\1\0": True, b"\2\0": False, b"\3\0": False}


class TcpConnection:
    """A connection: `key` is that of its requestor's direction.

    `first` is the number of the requestor's SYN, `asked` when one was last seen.
    """

    __slots__ = (
        *("acceptor", "asked", "first", "is_open", "key", "observer", "requestor", "reverse"),
        *("_reset", "_has_been_reset"),
    )

    def __init__(self, observer: ConnectionObserver, key: bytes, at: int, kept: Kept) -> None:
        self.observer, self.key, self.reverse = observer, key, reversed_key(key)
        self.requestor = Direction(observer, "requestor", kept, at)
        self.acceptor = Direction(observer, "acceptor", kept, at)
        self.requestor.other, self.acceptor.other = self.acceptor, self.requestor
        self.requestor.connection = self.acceptor.connection = self
        self._reset: tuple[Direction, Piece] | None = None
        self._has_been_reset = False
        self.first: int | None = None
        self.asked: int | None = None
        self.is_open = False

    @property
    def at(self) -> int:
        """When something was last seen."""
        return max(self.requestor.at, self.acceptor.at)

    def open(self, at: int) -> None:
        """Tell that the acceptor took it, once."""
        if not self.is_open:
            self.is_open = True
            self.observer.opened(at)

    @property
    def is_over(self) -> bool:
        """Whether both directions were closed, or a reset ended them."""
        return self._has_been_reset or (self.requestor.has_ended and self.acceptor.has_ended)

    def reset(self, sender: Direction, sequence: int, acknowledged: int | None, at: int) -> None:
        """Take a reset, which comes behind what it acknowledges and what its sender sent before it."""
        if self._reset is None:
            needs = 0 if acknowledged is None else sender.other.missing_before(acknowledged)
            self._reset = sender, Piece(sender.missing_before(sequence), b"", 0, at, needs)

    def settle(self, at: int) -> bool:
        """Tell what can be told by now, in the order in which the two can have sent it.

        Return whether there is more, which is told once it has waited long enough for what is before it.
        """
        keeps = self.requestor.settle(), self.acceptor.settle()
        if self._reset is None and keeps == (False, False):
            return False
        self._tell_ready()
        while self._tell_overdue(at):
            self._tell_ready()
        self._take_reset(at)
        both = self.requestor, self.acceptor
        for each in both:
            each.settle()
            if self._reset is not None:
                each.expected = -1
        return self._reset is not None or any(_waits_since(each) is not None for each in both)

    def finish(self) -> None:
        """Tell all that was kept, as nothing more comes."""
        both = self.requestor, self.acceptor
        self._tell_ready()
        while kept := [each for each in both if each.head is not None]:
            min(kept, key=_kept_since).release()
            self._tell_ready()
        for each in both:
            each.finish()
        if self._reset is not None:
            sender, reset = self._reset
            self._reset, self._has_been_reset = None, True
            self.observer.reset(sender.sender, max(reset.at, *(each.at for each in both)))

    def _tell_ready(self) -> None:
        """Tell what is kept and waits for nothing, what was captured first before the rest."""
        both = self.requestor, self.acceptor
        while True:
            if ready := [each for each in both if each.is_ready()]:
                min(ready, key=_kept_since).tell_head()
            elif all(each.is_held and each.is_at_head for each in both):
                # What was sent once more acknowledges what answered it, and is the later one of the two.
                max(both, key=_kept_since).tell_head()
            else:
                return

    def _tell_overdue(self, at: int) -> bool:
        """Tell the first of what has waited for long enough, or of what there is no room for."""
        both = self.requestor, self.acceptor
        for each in both:
            if each.has_too_much:
                each.release()
                return True
        waiting = [(since, each) for each in both if (since := _waits_since(each)) is not None]
        since, first = min(waiting, key=itemgetter(0), default=(at, None))
        if first is None or at - since < PATIENCE:
            return False
        if first.is_held:
            first.release()
        else:
            first.release_due()
        return True

    def _take_reset(self, at: int) -> None:
        """Tell of a reset, if all before it was, or does not come."""
        if self._reset is not None:
            sender, reset = self._reset
            is_next = reset.start <= sender.next and reset.needs <= sender.other.next
            if is_next or at - reset.at >= PATIENCE:
                self.finish()

    def come_apart(self) -> None:
        """Leave no circle of objects behind, which would have to be looked for."""
        for each in (self.requestor, self.acceptor):
            del each.other, each.connection


def _kept_since(direction: Direction) -> int:
    assert direction.head is not None
    return direction.head.at


def _waits_since(direction: Direction) -> int | None:
    """Return since when a direction waits for what may not come; None if it does not."""
    if direction.is_held:
        return _kept_since(direction)
    return None if direction.other.is_held else direction.missing_since


def reversed_key(key: bytes) -> bytes:
    """Return the key of the other direction."""
    ports = len(key) - _PORTS
    middle = ports // 2
    return key[middle:ports] + key[:middle] + key[-2:] + key[-4:-2]


def endpoints(key: bytes) -> tuple[Endpoint, Endpoint]:
    """Return who sends and who receives."""
    ports = len(key) - _PORTS
    source, target = key[: ports // 2], key[ports // 2 : ports]
    return (
        Endpoint(_address(source), int.from_bytes(key[-4:-2], "big")),
        Endpoint(_address(target), int.from_bytes(key[-2:], "big")),
    )


def _address(packed: bytes) -> str:
    return ".".join(map(str, packed)) if len(packed) == 4 else str(IPv6Address(packed))


def is_requestors(key: bytes, data: memoryview) -> bool:
    """Return whether the requestor sent this, as far as can be told of the first bytes seen, or the ports."""
    if data[:2] == _TLS_HANDSHAKE and len(data) > 5 and data[5] in _HELLOS:
        return _HELLOS[data[5]]
    known = _STARTS.get(bytes(data[:2]))
    return key[-4:-2] >= key[-2:] if known is None else known

"""One TCP connection: its two directions, and how it began."""

from ipaddress import IPv6Address

from dcmtool.capture.connection import Endpoint
from dcmtool.capture.observer import ConnectionObserver
from dcmtool.capture.tcp_direction import Direction, Kept

_PORTS = 4  # bytes of a key that are no addresses
_TLS_HANDSHAKE = b"\x16\x03"
_HELLOS = {1: True, 2: False}  # by whom: ClientHello, ServerHello (RFC 8446 4)
# The first bytes of A-ASSOCIATE-RQ, and of its answers (PS3.8 9.3.2 to 9.3.4).
_STARTS = {b"\1\0": True, b"\2\0": False, b"\3\0": False}


class TcpConnection:
    """A connection: `key` is that of its requestor's direction.

    `first` is the number of the requestor's SYN, `asked` when one was last seen.
    """

    __slots__ = ("acceptor", "asked", "first", "is_open", "key", "observer", "requestor", "reverse")

    def __init__(self, observer: ConnectionObserver, key: bytes, at: int, kept: Kept) -> None:
        self.observer, self.key, self.reverse = observer, key, reversed_key(key)
        self.requestor = Direction(observer, "requestor", kept, at)
        self.acceptor = Direction(observer, "acceptor", kept, at)
        self.requestor.other, self.acceptor.other = self.acceptor, self.requestor
        self.requestor.connection = self.acceptor.connection = self
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

    def settle(self, at: int) -> None:
        """Tell what can be told by now."""
        self.requestor.settle(at)
        self.acceptor.settle(at)

    def finish(self) -> None:
        """Tell all that was kept, as nothing more comes."""
        self.requestor.finish()
        self.acceptor.finish()

    def come_apart(self) -> None:
        """Leave no circle of objects behind, which would have to be looked for."""
        for each in (self.requestor, self.acceptor):
            del each.other, each.connection


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

"""Where a caller comes in: it serves each connection in a thread of its own, and keeps all of it.

with Tap(port) as door: ...             # between the caller and a server; a reset goes on as one
with Player(script) as door: ...        # plays a script over each connection
door.visits                             # what was opened, in order
"""

import contextlib
import select
import socket
import ssl
import struct
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from tests.peers import wire
from tests.peers.scripted import GRACE, ClientGone, Link, Step
from tests.peers.vocabulary import ResetConnection

CLIENT_HELLO = 0x16  # the type of a TLS record of a handshake (RFC 8446 5.1)
ESTABLISHED = 1  # the state of a connection, the first byte of TCP_INFO (tcp(7))
_CHUNK = 1 << 16


@dataclass
class Visit:
    """One connection, with the bytes each way (without TLS, where the door ends it)."""

    beside: int  # how many others the caller had open when it opened this one
    sent: bytes = b""  # by the caller
    answered: bytes = b""
    hello: bool = False  # whether the caller began with TLS
    ended: str = ""  # by whom and how: "closed", "reset", by the node; "" by the caller
    secured: bool = False  # whether what is above is without the TLS that there was

    @property
    def types(self) -> list[int]:
        """The types of the PDUs that the caller sent."""
        return _types(self.sent)

    @property
    def outcome(self) -> str:
        """What came back, as words: PDUs, or how bytes that are none begin, and how the node ended it.

        Equal PDUs in a row are one word. After what ends all it is no matter who closes.
        """
        words = _words(self.answered)
        over = bool(words) and words[-1].startswith(("RJ", "RELEASE-RP", "ABORT", "alert"))
        return " ".join([*words, *([self.ended] if self.ended and not over else [])]) or "silence"


def _types(data: bytes) -> list[int]:
    found = []
    while (split := wire.first_pdu(data))[0] is not None:
        pdu, data = split
        found.append(pdu.type if pdu else 0)
    return found


def _words(data: bytes) -> list[str]:
    words: list[str] = []
    while data:
        pdu, rest = wire.first_pdu(data)
        if pdu is None or not 1 <= pdu.type <= 7:
            return [*words, _other(data)]
        if words[-1:] != [word := _word(pdu)]:
            words.append(word)
        data = rest
    return words


def _other(data: bytes) -> str:
    if data[:1] == b"\x15" and len(data) == 7:
        return f"alert {data[6]}"  # of TLS (RFC 8446 6)
    return "TLS" if data[:2] == b"\x16\x03" else f"bytes {data[:6].hex(' ')}"


def _word(pdu: wire.Pdu) -> str:
    short = ("", "RQ", "AC", "RJ", "DATA", "RELEASE-RQ", "RELEASE-RP", "ABORT")[pdu.type]
    if pdu.type == wire.ASSOCIATE_RJ:
        return f"{short} {'/'.join(map(str, pdu.body[1:4]))}"
    return f"{short} {pdu.body[2]}/{pdu.body[3]}" if pdu.type == wire.ABORT else short


class Door:
    """The listener and its threads; what a connection is served with is the subclass's matter."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listener = socket.create_server((host, 0), family=family)
        self.port = int(self._listener.getsockname()[1])
        self._wake, self._waker = socket.socketpair()
        self._threads = [threading.Thread(target=self._listen, name="door")]
        self._connections: list[socket.socket] = []
        self.visits: list[Visit] = []

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._waker.send(b"x")
        for thread in self._threads:  # the first makes the others
            thread.join()
        for sock in (self._listener, self._wake, self._waker):
            sock.close()

    def _listen(self) -> None:
        while self._listener in select.select([self._listener, self._wake], [], [])[0]:
            connection, _ = self._listener.accept()
            connection.settimeout(GRACE)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            visit = Visit(sum(map(_is_open, self._connections)))
            number = len(self.visits)
            self.visits.append(visit)
            self._connections.append(connection)
            thread = threading.Thread(target=self._serve, args=(connection, visit, number), name="visit")
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket, visit: Visit, number: int) -> None:
        with contextlib.suppress(OSError, ClientGone), connection:
            self.serve(connection, visit, number)

    def serve(self, connection: socket.socket, visit: Visit, number: int) -> None:
        """Serve one connection to its end, the one of this number from 0."""
        raise NotImplementedError


def _is_open(connection: socket.socket) -> bool:
    """Whether neither side has closed it: the caller's FIN counts from when it came, not when it is read."""
    if connection.fileno() < 0:
        return False
    return connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] == ESTABLISHED


def reset(connection: socket.socket) -> None:
    """Close a connection by a TCP reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


class Tap(Door):
    """Between the caller and a server, or one after the other of several."""

    def __init__(self, *ports: int, host: str = "127.0.0.1") -> None:
        super().__init__()
        self._ports, self._host = ports, host

    def serve(self, connection: socket.socket, visit: Visit, number: int) -> None:
        """Pass on what comes, each way, until both have ended it."""
        visit.ended = "closed"  # unless there is somebody to pass it on to
        with socket.create_connection((self._host, self._ports[number % len(self._ports)])) as server:
            visit.ended = ""
            server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            ways = {connection: server, server: connection}
            while connection in ways:
                ready = select.select([*ways, self._wake], [], [], GRACE)[0]
                if not {*ready} & {*ways}:
                    return
                for source in [
                    source for source in (server, connection) if source in ready and source in ways
                ]:
                    if not self._pass_on(source, ways[source], visit, caller=source is connection):
                        del ways[source]

    def _pass_on(self, source: socket.socket, sink: socket.socket, visit: Visit, *, caller: bool) -> bool:
        """Pass on what has come, and return whether there may be more."""
        try:
            data = source.recv(_CHUNK)
        except ConnectionResetError:
            visit.ended = visit.ended or ("" if caller else "reset")
            reset(sink)
            raise
        if caller:
            visit.hello = visit.hello or (not visit.sent and data[:1] == bytes([CLIENT_HELLO]))
            visit.sent += data
        else:
            visit.answered += data
        if data:
            try:
                sink.sendall(data)
            except ConnectionError as error:
                _hear_out(sink, source, visit, error, caller=not caller)
                raise
            return True
        if not caller:
            visit.ended = visit.ended or "closed"
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_WR)
        return False


def _hear_out(
    gone: socket.socket, other: socket.socket, visit: Visit, error: ConnectionError, *, caller: bool
) -> None:
    """Pass on what one side sent before it went, such as an alert or an A-ABORT, and how it went.

    It went while data for it was under way: writing told of that first, what came is still to be read.
    """
    is_reset = isinstance(error, ConnectionResetError)
    if not caller:
        visit.ended = visit.ended or ("reset" if is_reset else "closed")
    with contextlib.suppress(ConnectionError):
        while data := gone.recv(_CHUNK):
            if caller:
                visit.sent += data
            else:
                visit.answered += data
            other.sendall(data)
    if is_reset:
        reset(other)


Script = Sequence[Step]


class Player(Door):
    """Plays a script over each connection, that of its number where there are several; the last goes on.

    With TLS it does without on so many connections at first (`plain`).
    """

    def __init__(
        self,
        *scripts: Script,
        tls: ssl.SSLContext | None = None,
        plain: int = 0,
        host: str = "127.0.0.1",
    ) -> None:
        super().__init__(host)
        self._scripts, self._tls, self._plain = scripts, tls, plain

    def serve(self, connection: socket.socket, visit: Visit, number: int) -> None:
        """Play, then read on until the caller goes."""
        if self._tls is not None and number >= self._plain:
            visit.hello = connection.recv(1, socket.MSG_PEEK) == bytes([CLIENT_HELLO])
            visit.ended = "no TLS session"
            connection = self._tls.wrap_socket(connection, server_side=True, suppress_ragged_eofs=False)
            visit.ended, visit.secured, self._connections[number] = "", True, connection
        with connection:
            link = Recorded(connection, self._wake, visit)
            script = self._scripts[min(number, len(self._scripts) - 1)]
            for step in script:
                step.play(link)
                if connection.fileno() < 0:
                    visit.ended = "reset" if isinstance(step, ResetConnection) else "closed"
                    return
            link.drain()


class Recorded(Link):
    """The connection of a visit."""

    def __init__(self, connection: socket.socket, wake: socket.socket, visit: Visit) -> None:
        super().__init__(connection, wake)
        self._visit = visit

    def send(self, data: bytes) -> None:
        """Write all bytes."""
        self._visit.answered += data
        super().send(data)

    def receive(self) -> wire.Pdu:
        """Return the caller's next PDU."""
        try:
            return super().receive()
        finally:
            self._visit.sent = b"".join(data for _, data in self.chunks)
            self._visit.hello = self._visit.hello or self._visit.sent[:1] == bytes([CLIENT_HELLO])

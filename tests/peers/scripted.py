"""A DICOM peer on a free loopback port that plays a script and records what it is sent.

    with ScriptedPeer(Accept(), EchoResponse(status=0x0110), ReleaseResponse()) as peer:
        run_dcmtool(peer.host, str(peer.port))
    assert peer.types == [ASSOCIATE_RQ, P_DATA, RELEASE_RQ]

Answers wait for the PDU that they answer; `Abort`, `Raw`, `Trickle`, `CloseConnection` and `ResetConnection`
do not: put an `ExpectPdu` before them. After the script the peer reads on until the client goes; it closes at
once when the client aborts, unless it plays `Silence`. Leaving the `with` block waits for the end of it all.

With `tls=context` it does so over TLS, for one connection after the other: a client may come twice. With
`then=` it plays these scripts for the connections after the first; `visits` tells what came over each.
"""

import contextlib
import select
import socket
import ssl
import threading
import time
from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import Protocol, Self

from tests.peers import wire
from tests.peers.wire import PDU_NAMES, Pdu

GRACE = 10.0  # seconds that a client may keep its connection after the test is done with it


class ClientGone(Exception):
    """The client closed, reset or aborted the connection, or the test is over: the script ends here."""


class Link:
    """One connection of a client: reads whole PDUs, writes bytes, records everything."""

    def __init__(self, connection: socket.socket, wake: socket.socket) -> None:
        self.connection, self._wake = connection, wake
        self.chunks: list[tuple[int, bytes]] = []
        self.pdus: list[Pdu] = []
        self.request: wire.Request | None = None
        self.context_id = 1
        self.patient = False  # stay when the client aborts
        self.said_goodbye = False  # with TLS: whether a close_notify came before the end
        self._buffer = b""

    def send(self, data: bytes) -> None:
        """Write all bytes."""
        self.connection.sendall(data)

    def rest(self, seconds: float) -> None:
        """Wait that long, or until the client sends something or goes."""
        select.select([self.connection, self._wake], [], [], seconds)

    def receive(self) -> Pdu:
        """Return the client's next PDU."""
        while not (pdu := self._split()):
            if not (isinstance(self.connection, ssl.SSLSocket) and self.connection.pending()):
                await_readable(self.connection, self._wake)
            data = self.connection.recv(262144)
            if not data:
                self.said_goodbye = True  # over TLS, an end without it raises an error
                raise ClientGone("the client closed the connection")
            self.chunks.append((time.monotonic_ns(), data))
            self._buffer += data
        self.pdus.append(pdu)
        if pdu.type == wire.ABORT and not self.patient:
            raise ClientGone("the client aborted the association")
        return pdu

    def expect(self, kind: int) -> Pdu:
        """Return the client's next PDU, which must be of this type."""
        pdu = self.receive()
        if pdu.type != kind:
            raise ClientGone(f"the client sent {pdu.type:02X} in place of {PDU_NAMES[kind]}")
        if kind == wire.ASSOCIATE_RQ:
            self.request = wire.parse_request(pdu.body)
        return pdu

    def expect_message(self, first: Pdu | None = None) -> dict[int, bytes]:
        """Return the elements of the client's next command message, put together from its fragments."""
        command, pdu = b"", first or self.expect(wire.P_DATA)
        while True:
            for context_id, control, fragment in wire.pdvs(pdu.body):
                command += fragment
                if control & wire.LAST:
                    self.context_id = context_id
                    return wire.elements(command)
            pdu = self.expect(wire.P_DATA)

    def drain(self) -> None:
        """Read until the client goes."""
        while True:
            self.receive()

    def _split(self) -> Pdu | None:
        pdu, self._buffer = wire.first_pdu(self._buffer, time.monotonic_ns())
        return pdu


class Step(Protocol):
    """One act of the script."""

    def play(self, link: Link) -> None:
        """Do it."""


def await_readable(source: socket.socket, wake: socket.socket) -> None:
    """Wait until there is something to read; once the test is over, only for a bounded time."""
    ready, _, _ = select.select([source, wake], [], [])
    if source not in ready and not select.select([source], [], [], _grace(source))[0]:
        raise ClientGone("the test is over")


def _grace(source: socket.socket) -> float:
    listening = source.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
    return 0.0 if listening else GRACE


class ScriptedPeer:
    """The peer: listens at once, serves one connection in a thread, and is gone after the `with` block.

    Over TLS it serves more, and tells how each handshake ended: with a version, or the error's reason.
    """

    def __init__(
        self,
        *script: Step,
        host: str = "127.0.0.1",
        tls: ssl.SSLContext | None = None,
        then: Iterable[Sequence[Step]] = (),
    ) -> None:
        self.host, self._tls = host, tls
        self._script: Sequence[Step] = script
        self._then = list(then)
        self.visits: list[list[int]] = []  # the types of the PDUs over each connection that has ended
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listener = socket.create_server((host, 0), family=family)
        self.port = int(self._listener.getsockname()[1])
        self._wake, self._waker = socket.socketpair()
        self._thread = threading.Thread(target=self._serve, name="scripted peer")
        self._link: Link | None = None
        self._failure: Exception | None = None
        self.ended = "nobody connected"
        self.handshakes: list[str] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._waker.send(b"x")
        self._thread.join()
        for sock in (self._listener, self._wake, self._waker):
            sock.close()
        if self._failure and not error:
            raise self._failure

    @property
    def connected(self) -> bool:
        """Whether a client connected."""
        return self._link is not None

    @property
    def pdus(self) -> list[Pdu]:
        """The client's PDUs, in order."""
        return self._link.pdus if self._link else []

    @property
    def types(self) -> list[int]:
        """The types of the client's PDUs."""
        return [pdu.type for pdu in self.pdus]

    @property
    def received(self) -> bytes:
        """Every byte that the client sent."""
        return b"".join(data for _, data in self._link.chunks) if self._link else b""

    @property
    def said_goodbye(self) -> bool:
        """Whether the client ended its TLS session with a close_notify."""
        return self._link is not None and self._link.said_goodbye

    @property
    def request(self) -> wire.Request:
        """The client's A-ASSOCIATE-RQ."""
        return wire.parse_request(self.pdus[0].body)

    def _serve(self) -> None:
        with contextlib.suppress(ClientGone):  # raised here, it means that the test is over
            while True:
                await_readable(self._listener, self._wake)
                self._serve_one()
                if self._link:
                    self.visits.append(self.types)
                if (self._tls is None and not self._then) or self._failure:
                    return
                self._script = self._then.pop(0) if self._then else self._script

    def _serve_one(self) -> None:
        try:
            connection, _ = self._listener.accept()
            connection.settimeout(GRACE)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._secured(connection) as secured:
                self._link = Link(secured, self._wake)
                self._play(self._link)
        except (ClientGone, OSError) as gone:
            self.ended = str(gone) if self._link else self.ended
        except Exception as failure:  # a defect of the test or of the client: shown by __exit__
            self._failure = failure

    def _secured(self, connection: socket.socket) -> socket.socket:
        if self._tls is None:
            return connection
        try:
            tls = self._tls.wrap_socket(connection, server_side=True, suppress_ragged_eofs=False)
        except OSError as error:
            connection.close()
            self.handshakes.append(getattr(error, "reason", None) or str(error))
            raise
        self.handshakes.append(tls.version() or "")
        return tls

    def _play(self, link: Link) -> None:
        for step in self._script:
            if link.connection.fileno() >= 0:
                step.play(link)
        self.ended = "the script is done"
        if link.connection.fileno() >= 0:
            with contextlib.suppress(ClientGone, OSError):
                link.drain()

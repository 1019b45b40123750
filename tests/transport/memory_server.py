"""A TLS server without a socket, and a driver that takes a procedure's steps to it."""

import ssl
from collections.abc import Callable
from typing import TypeVar

from dcmtool.errors import ConnectionLost, DeadlineExpired, TransportError
from dcmtool.settings import EchoRequest, Peer, Timeouts, TlsSettings
from dcmtool.steps import (
    Clock,
    Close,
    Connect,
    Connected,
    PlainProcedure,
    Receive,
    Received,
    Result,
    Send,
    Step,
    Wait,
)
from dcmtool.tls.contexts import prepare
from dcmtool.tls.layer import over_tls
from dcmtool.verification.echo import verify
from dcmtool.verification.report import EchoReport
from tests.peers import wire

_Report = TypeVar("_Report")
Answer = Callable[[bytes], bytes]


def answer_pdus(data: bytes) -> bytes:
    """Answer one PDU of a verification as a good SCP does."""
    kind = data[0]
    if kind == wire.ASSOCIATE_RQ:
        return wire.accept(wire.parse_request(data[6:]), 16384, (0,), None, False)
    if kind == wire.P_DATA:
        ((context_id, _, command),) = wire.pdvs(data[6:])
        message_id = int.from_bytes(wire.elements(command)[0x0110], "little")
        return wire.p_data(context_id, wire.echo_response(message_id, 0))
    return wire.pdu(wire.RELEASE_RP, bytes(4))


class MemoryServer:
    """The server's end of one connection after the other; `size` bytes at a time go to the client.

    `ends` is what happens once there is nothing to send: None is silence, an empty text the peer's close, an
    error breaks the connection.
    """

    def __init__(
        self,
        context: ssl.SSLContext | None,
        answer: Answer = answer_pdus,
        *,
        size: int = 1 << 20,
        ends: OSError | str | None = None,
    ) -> None:
        self._context, self._answer, self._size, self.ends = context, answer, size, ends
        self.received: list[bytes] = []  # of each connection, as it came over the wire
        self.plain: list[bytes] = []  # what the client said under TLS
        self.said_goodbye = False
        self.broken: OSError | None = None  # every write fails with this
        self._shaken = False
        self.outgoing = ssl.MemoryBIO()

    def connect(self) -> None:
        """Begin a new connection."""
        self.received.append(b"")
        self._incoming, self.outgoing, self._shaken = ssl.MemoryBIO(), ssl.MemoryBIO(), False
        if self._context is not None:
            self._tls = self._context.wrap_bio(self._incoming, self.outgoing, server_side=True)

    def take(self, data: bytes) -> None:
        """Take what the client sent."""
        if self.broken is not None:
            raise ConnectionLost(self.broken)
        self.received[-1] += data
        if self._context is None:
            self.outgoing.write(self._answer(data))
            return
        self._incoming.write(data)
        try:
            self._work()
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLError as error:
            self.failed(error)

    def failed(self, error: ssl.SSLError) -> None:
        """The server gives up; by default its alert is sent and the connection closed."""
        self.ends = ""

    def _work(self) -> None:
        if not self._shaken:
            self._tls.do_handshake()
            self._shaken = True
        while data := self._tls.read(1 << 16):
            self.plain.append(data)
            self._tls.write(self._answer(data))
        self.said_goodbye = True

    def give(self, step: Receive) -> bytes:
        """Return what the client receives."""
        data = self.outgoing.read(self._size)
        if data:
            return data
        if self.ends is None:
            raise DeadlineExpired(step.awaited, "acse", 30)
        if isinstance(self.ends, str):
            return b""
        raise ConnectionLost(self.ends)


def drive(procedure: PlainProcedure[_Report], server: MemoryServer) -> _Report:
    """Take every step that a procedure asks for; each takes a millisecond."""
    now = 0
    try:
        step = next(procedure)
        while True:
            now += 1_000_000
            try:
                result = _obey(step, server, now)
                if result is None and isinstance(step, Receive | Wait) and step.until is not None:
                    now = step.until
            except TransportError as error:
                step = procedure.throw(error)
            else:
                step = procedure.send(result)
    except StopIteration as stop:
        report: _Report = stop.value
        return report


def _obey(step: Step, server: MemoryServer, now: int) -> Result:
    match step:
        case Connect():
            server.connect()
            return Connected("192.0.2.7", step.port, now, now)
        case Send(data):
            server.take(data)
            return now
        case Receive(until=until):
            if until is not None and server.ends is None and not server.outgoing.pending:
                return None
            return Received(server.give(step), now)
        case Clock():
            return now
    assert isinstance(step, Close | Wait)
    return None


def verified(
    server: MemoryServer,
    settings: TlsSettings,
    host: str = "localhost",
    repeat: int = 1,
    interval: float = 0,
    *,
    reconnect: bool = False,
) -> EchoReport:
    """Verify the server over TLS."""
    request = EchoRequest(
        Peer(host, 2762),
        timeouts=Timeouts(socket=None),
        repeat=repeat,
        tls=settings,
        interval=interval,
        reconnect=reconnect,
    )
    return drive(over_tls(verify(request, 0), prepare(settings)), server)

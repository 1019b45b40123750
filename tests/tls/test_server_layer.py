"""TLS between a server's procedure and its driver, against a client without a socket."""

import ssl
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from dcmtool.errors import (
    ConnectionLost,
    DeadlineExpired,
    NoRoom,
    RemoteProtocolError,
    Stopped,
    TlsFailure,
    TransportError,
)
from dcmtool.room import FREE, Room
from dcmtool.settings import ServerTls, TlsSettings
from dcmtool.steps import (
    Clock,
    Deadline,
    HalfClose,
    PlainStep,
    Procedure,
    Receive,
    Received,
    Result,
    Secured,
    Send,
    receive,
    receive_until,
    send,
    start_tls,
)
from dcmtool.tls.server import prepare_server
from dcmtool.tls.server_layer import serve_over_tls
from tests.peers import pki
from tests.peers.scu import trusting_anybody
from tests.peers.tls import V12, V13

CAST = pki.standard()
ACSE = Deadline(30_000_000_000, "acse", 30)
CLOSED, LOST = b"", "lost"
Script = Callable[[list[object]], Procedure[str]]
_MOST = 1 << 20


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    """The context of a server."""
    folder = tmp_path_factory.mktemp("files")
    files = (CAST.server.key_file(folder), CAST.server.certificate_file(folder))
    return prepare_server(ServerTls(TlsSettings(*files)), None).context


class MemoryClient:
    """A client's end, and the driver between the two; `size` bytes at a time go to the server."""

    def __init__(
        self, context: ssl.SSLContext, server: ssl.SSLContext, script: Script, size: int = 1 << 20
    ) -> None:
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self._incoming, self._outgoing)
        self.seen: list[object] = []
        self.steps: list[PlainStep] = []
        self.received = b""  # by the client, in clear
        self.raw = b""  # as it came
        self.returned: str | None = None
        self._size, self._to_server = size, b""
        self._now = 0
        self._is_open = False
        self._procedure = serve_over_tls(script(self.seen), server)
        self.step: PlainStep | None = next(self._procedure)

    def handshake(self) -> None:
        """Shake hands, and take what comes after that."""
        while True:
            try:
                self.tls.do_handshake()
            except ssl.SSLWantReadError:
                self.pump()
            else:
                self._is_open = True
                self.pump()
                return

    def says(self, data: bytes) -> None:
        """Encrypt and send this."""
        self.tls.write(data)
        self.pump()

    def says_goodbye(self) -> None:
        """Send a close_notify."""
        with suppress(ssl.SSLError):
            self.tls.unwrap()
        self.pump()

    def pump(self) -> None:
        """Carry what there is, until the server waits for more."""
        self._to_server += self._outgoing.read()
        self._run(raw=False)

    def raw_bytes(self, data: bytes) -> None:
        """Send bytes as they are."""
        self._to_server += data
        self._run(raw=False)

    def closes(self) -> None:
        """Close the connection."""
        self._run(raw=True)

    def fails(self, error: TransportError) -> None:
        """Let the server's step fail."""
        self._go(lambda: self._procedure.throw(error))
        self._run(raw=False)

    def passes(self) -> None:
        """Let a wait pass in which nothing comes."""
        self._go(lambda: self._procedure.send(None))
        self._run(raw=False)

    def _go(self, resume: Callable[[], PlainStep]) -> None:
        self._now += 1
        try:
            self.step = resume()
        except StopIteration as stop:
            self.step, self.returned = None, stop.value

    def _run(self, *, raw: bool) -> None:
        """Take the server's steps; `raw`: and let the end come, once there is nothing more."""
        while self.step is not None:
            self.steps.append(self.step)
            result: Result = None
            if isinstance(self.step, Receive):
                data, self._to_server = self._to_server[: self._size], self._to_server[self._size :]
                if not data and not raw:
                    self.steps.pop()
                    break
                result = Received(data, self._now)
            elif isinstance(self.step, Send):
                self.raw += self.step.data
                self._incoming.write(self.step.data)
                result = self._now
            elif isinstance(self.step, Clock):
                result = self._now
            self._go(lambda result=result: self._procedure.send(result))  # type: ignore[misc]
        with suppress(ssl.SSLError):
            while self._is_open and (data := self.tls.read(1 << 16)):
                self.received += data


def echoing(seen: list[object]) -> Procedure[str]:
    """Send back what comes until the client closes; then close in order, and discard the rest."""
    try:
        secured = yield from start_tls("", ACSE)
        seen.append(secured)
        while data := (yield from receive("data", ACSE)).data:
            yield from send(data, ACSE)
    except TransportError as error:
        seen.append(error)
    yield HalfClose()
    seen.append("closed")
    while data := (yield from receive("close", ACSE)).data:
        seen.append(data)
    return "done"


@pytest.mark.parametrize("version", [V12, V13], ids=["TLS 1.2", "TLS 1.3"])
@pytest.mark.parametrize("size", [1 << 20, 1, 7], ids=["whole", "byte by byte", "in sevens"])
def test_a_session_from_begin_to_end(server: ssl.SSLContext, version: ssl.TLSVersion, size: int) -> None:
    context = trusting_anybody()
    context.minimum_version = context.maximum_version = version
    client = MemoryClient(context, server, echoing, size)
    client.handshake()
    (secured,) = client.seen
    assert isinstance(secured, Secured)
    assert secured.session.protocol == {V12: "TLSv1.2", V13: "TLSv1.3"}[version]
    assert secured.session.certificate == b""
    assert secured.at > 0
    for data in (b"hello", bytes(100_000)):
        client.received = b""
        client.says(data)
        assert client.received == data
    client.says_goodbye()
    client.closes()
    assert (client.returned, client.seen[1:]) == ("done", ["closed"])
    assert not any(each.data == b"hello" for each in client.steps if isinstance(each, Send))


def test_a_clients_certificate_is_told(tmp_path: Path) -> None:
    files = (CAST.server.key_file(tmp_path), CAST.server.certificate_file(tmp_path))
    settings = TlsSettings(*files, ca_files=(CAST.root.certificate_file(tmp_path),))
    context = trusting_anybody()
    context.load_cert_chain(CAST.client.certificate_file(tmp_path), CAST.client.key_file(tmp_path))
    client = MemoryClient(context, prepare_server(ServerTls(settings, "required"), None).context, echoing)
    client.handshake()
    client.pump()
    (secured,) = client.seen
    assert isinstance(secured, Secured)
    assert secured.session.certificate == CAST.client.der


def test_what_comes_after_our_goodbye_is_still_decrypted(server: ssl.SSLContext) -> None:
    def script(seen: list[object]) -> Procedure[str]:
        yield from start_tls("", ACSE)
        yield HalfClose()
        while data := (yield from receive("close", ACSE)).data:
            seen.append(data)
        return "done"

    client = MemoryClient(trusting_anybody(), server, script)
    client.handshake()
    client.says(b"a late word")
    client.says_goodbye()
    assert (client.returned, client.seen) == ("done", [b"a late word"])


def test_a_goodbye_that_cannot_be_written(server: ssl.SSLContext) -> None:
    def script(_seen: list[object]) -> Procedure[str]:
        yield from start_tls("", ACSE)
        yield HalfClose()
        return "done"

    class Deaf(MemoryClient):
        def _go(self, resume: Callable[[], PlainStep]) -> None:
            super()._go(resume)
            if isinstance(self.step, Send) and self.step.deadline and self.step.deadline.budget != "acse":
                assert self.step.deadline.seconds == 1
                super()._go(lambda: self._procedure.throw(ConnectionLost()))

    client = Deaf(trusting_anybody(), server, script)
    client.handshake()
    assert client.returned == "done"


def test_a_wait_in_which_nothing_comes(server: ssl.SSLContext) -> None:
    def script(seen: list[object]) -> Procedure[str]:
        yield from start_tls("", ACSE)
        seen.append((yield from receive_until("data", None, 5)))
        received = yield from receive_until("data", None, 5)
        seen.append(received and received.data)
        return "done"

    client = MemoryClient(trusting_anybody(), server, script)
    client.handshake()
    client.passes()
    client.says(b"x")
    assert client.seen == [None, b"x"]


# The handshake ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "kind", "words"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", "not-tls", "no TLS"),
        (bytes.fromhex("0100000000d9"), "not-tls", "without TLS"),
        (bytes.fromhex("160301000501000001ff"), "handshake", "the TLS handshake failed"),
    ],
    ids=["HTTP", "DICOM", "no ClientHello"],
)
def test_what_is_no_handshake(server: ssl.SSLContext, data: bytes, kind: str, words: str) -> None:
    client = MemoryClient(trusting_anybody(), server, echoing)
    client.raw_bytes(data)
    client.raw_bytes(b"\4\0\0\0\0\0")  # and so on
    client.closes()
    failure, *rest = client.seen
    assert isinstance(failure, TlsFailure)
    assert (failure.kind, words in failure.what) == (kind, True)
    assert client.raw[:2] == b"\x15\3"  # an alert
    assert (rest, client.returned) == (["closed"], "done")


def test_a_client_that_refuses_our_certificate(server: ssl.SSLContext) -> None:
    strict = ssl.create_default_context()
    strict.check_hostname = False
    client = MemoryClient(strict, server, echoing)
    with pytest.raises(ssl.SSLCertVerificationError):
        client.handshake()
    client.pump()  # its alert
    client.closes()
    failure = next(each for each in client.seen if isinstance(each, TlsFailure))
    assert "the client" in failure.what
    assert client.returned == "done"


@pytest.mark.parametrize(
    ("begun", "error", "expected"),
    [
        (b"", DeadlineExpired("TLS ClientHello", "acse", 30), DeadlineExpired),
        (b"\x16\3\1", DeadlineExpired("TLS ClientHello", "acse", 30), TlsFailure),
        (b"", ConnectionLost(), ConnectionLost),
        (b"\x16\3\1", ConnectionLost(ConnectionResetError(104, "Connection reset by peer")), TlsFailure),
        (b"", Stopped(), Stopped),
        (b"\x16\3\1", Stopped(), Stopped),
    ],
)
def test_a_handshake_that_is_not_done(
    server: ssl.SSLContext, begun: bytes, error: TransportError, expected: type[TransportError]
) -> None:
    client = MemoryClient(trusting_anybody(), server, echoing)
    client.raw_bytes(begun)
    client.fails(error)
    client.closes()
    failure, *rest = client.seen
    assert type(failure) is expected
    assert (rest, client.returned) == (["closed"], "done")


@pytest.mark.parametrize("begun", [b"", b"\x16\3\1"])
def test_a_client_that_closes_in_the_handshake(server: ssl.SSLContext, begun: bytes) -> None:
    client = MemoryClient(trusting_anybody(), server, echoing)
    client.raw_bytes(begun)
    client.closes()
    assert type(client.seen[0]) is (TlsFailure if begun else ConnectionLost)


def test_an_alert_that_cannot_be_written(server: ssl.SSLContext) -> None:
    class Deaf(MemoryClient):
        def _go(self, resume: Callable[[], PlainStep]) -> None:
            super()._go(resume)
            if isinstance(self.step, Send):
                super()._go(lambda: self._procedure.throw(ConnectionLost()))

    for data in (b"GET / HTTP/1.1\r\n\r\n", bytes.fromhex("160301000501000001ff")):
        client = Deaf(trusting_anybody(), server, echoing)
        client.raw_bytes(data)
        client.closes()
        assert isinstance(client.seen[0], TlsFailure)
        assert client.returned == "done"


# A session that fails ---------------------------------------------------------------------------------


def test_what_is_no_record_ends_the_session(server: ssl.SSLContext) -> None:
    client = MemoryClient(trusting_anybody(), server, echoing)
    client.handshake()
    client.raw_bytes(b"\xff" * 100)
    _, failure, *rest = client.seen
    assert isinstance(failure, TlsFailure)
    assert failure.kind == "session"
    client.raw_bytes(b"more")
    client.closes()
    assert (rest, client.seen[2:], client.returned) == (["closed"], ["closed"], "done")


def test_what_is_discarded_after_that_has_a_bound(server: ssl.SSLContext) -> None:
    client = MemoryClient(trusting_anybody(), server, echoing)
    client.handshake()
    client.raw_bytes(b"\xff" * 100)
    client.raw_bytes(bytes(_MOST - 1))
    assert client.returned is None
    client.raw_bytes(b"x")
    assert client.returned == "done"


def test_a_session_over_which_nothing_more_can_be_sent(server: ssl.SSLContext) -> None:
    def script(seen: list[object]) -> Procedure[str]:
        yield from start_tls("", ACSE)
        yield HalfClose()
        try:
            yield from send(b"x", None)
        except TlsFailure as failure:
            seen.append(failure.kind)
        return "done"

    client = MemoryClient(trusting_anybody(), server, script)
    client.handshake()
    assert (client.returned, client.seen) == ("done", ["session"])


def test_a_client_that_renegotiates(server: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch) -> None:
    client = MemoryClient(trusting_anybody(), server, echoing)
    client.handshake()
    monkeypatch.setattr("dcmtool.tls.stream.TlsStream.encrypt", lambda _stream, _data: None)
    client.says(b"x")
    failure = client.seen[1]
    assert isinstance(failure, TlsFailure)
    assert "renegotiates" in failure.what


# The procedure ----------------------------------------------------------------------------------------


def test_what_a_procedure_raises_comes_through(server: ssl.SSLContext) -> None:
    def script(seen: list[object]) -> Procedure[str]:
        try:
            yield from start_tls("", ACSE)
            raise RemoteProtocolError("no good", "PS3.8")
        finally:
            seen.append("ended")

    client = MemoryClient(trusting_anybody(), server, script)
    with pytest.raises(RemoteProtocolError):
        client.handshake()
    assert client.seen == ["ended"]


def test_a_procedure_is_closed_with_its_layer(server: ssl.SSLContext) -> None:
    def script(seen: list[object]) -> Procedure[str]:
        try:
            yield from start_tls("", ACSE)
            return "done"
        finally:
            seen.append("ended")

    def running() -> Iterator[PlainStep]:
        layer = serve_over_tls(script(seen), server)
        yield next(layer)
        layer.close()

    seen: list[object] = []
    assert len(list(running())) == 1
    assert seen == ["ended"]


# Room for handshakes ----------------------------------------------------------------------------------


def _part_of_a_hello(length: int) -> bytes:
    """Return so much of a ClientHello, in one record, that claims to be longer."""
    message = b"\1" + (length * 2).to_bytes(3) + b"\3\3" + bytes(length)
    return b"\x16\3\1" + len(message).to_bytes(2) + message


def _shakes_hands(seen: list[object]) -> Procedure[str]:
    try:
        yield from start_tls("", ACSE)
    except TlsFailure as failure:
        seen.append(failure.what)
    yield HalfClose()
    seen.append((yield from receive("close of the connection", ACSE)).data)
    return "done"


def test_a_handshake_that_finds_no_room_is_ended(server: ssl.SSLContext) -> None:
    seen: list[object] = []
    room = Room(1000)
    layer = serve_over_tls(_shakes_hands(seen), server, room)
    assert isinstance(next(layer), Receive)
    assert isinstance(layer.send(Received(_part_of_a_hello(FREE + 500), 1)), Receive)
    assert 500 < room.taken < 1000
    assert isinstance(layer.send(Received(bytes(500), 2)), HalfClose)
    assert room.taken == 0
    assert seen == [str(NoRoom(FREE + 511 + 500, 1000))]
    assert isinstance(layer.send(None), Receive)
    with pytest.raises(StopIteration, match="done"):
        layer.send(Received(b"", 3))


def test_the_room_of_a_handshake_is_given_back_with_its_layer(server: ssl.SSLContext) -> None:
    room = Room(1000)
    layer = serve_over_tls(_shakes_hands([]), server, room)
    next(layer)
    layer.send(Received(_part_of_a_hello(FREE + 500), 1))
    layer.close()
    assert room.taken == 0

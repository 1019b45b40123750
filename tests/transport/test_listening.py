"""The driver that listens, over real sockets of the loopback interface: each step, and each way to end."""

import asyncio
import contextlib
import errno
import os
import resource
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from queue import Queue
from time import monotonic_ns
from typing import Any

import pytest

from dcmtool.errors import ConnectionLost, DeadlineExpired, ListenFailed, Stopped, TransportError
from dcmtool.steps import (
    Close,
    Deadline,
    HalfClose,
    PlainProcedure,
    Receive,
    Received,
    Send,
    Wait,
    clock,
    receive,
    receive_until,
    send,
)
from dcmtool.transport import listening
from dcmtool.transport.accepted import Connection, Served
from dcmtool.transport.descriptors import allow_descriptors
from dcmtool.transport.listening import Server

HOST = "127.0.0.1"
PATIENCE = 15.0
MS = 1_000_000
Script = Callable[[Connection, "Queue[object]"], PlainProcedure[None]]


class Serving:
    """A server whose procedures put what they see into a queue."""

    def __init__(self, script: Script | None, **options: Any) -> None:
        self.seen: Queue[object] = Queue()
        self.connections: Queue[Connection] = Queue()
        self.complaints: list[str] = []
        self.failed = threading.Event()
        self._script = script
        self.server = Server(
            *(HOST, 0, self._serve),
            complain=self.complaints.append,
            failed=self.failed.set,
            **options,
        )

    def _serve(self, connection: Connection) -> Served | None:
        self.connections.put(connection)
        return None if self._script is None else self._script(connection, self.seen)

    def next(self) -> object:
        """Return what a procedure saw next."""
        return self.seen.get(timeout=PATIENCE)

    def in_the_loop(self, function: Callable[..., object], *arguments: object) -> None:
        """Call something in the thread that serves."""
        self.server._loop.call_soon_threadsafe(function, *arguments)

    @contextlib.contextmanager
    def client(self) -> Iterator[socket.socket]:
        """Connect to it."""
        with socket.create_connection(self.server.address, timeout=PATIENCE) as connection:
            yield connection


@contextlib.contextmanager
def serving(script: Script | None, **options: Any) -> Iterator[Serving]:
    """Serve; no thread and no descriptor is left at the end."""
    before = len(os.listdir("/proc/self/fd"))
    threads = set(threading.enumerate())
    running = Serving(script, **options)
    try:
        yield running
    finally:
        running.server.stop(Stopped(), PATIENCE)
    assert set(threading.enumerate()) <= threads
    assert len(os.listdir("/proc/self/fd")) == before


def later(milliseconds: int) -> Deadline:
    """Return a deadline."""
    return Deadline(monotonic_ns() + milliseconds * MS, "test", milliseconds / 1000)


def waiting(_connection: Connection, seen: "Queue[object]") -> PlainProcedure[None]:
    """Wait for data until its end, and see what else ends that."""
    try:
        while data := (yield from receive("data", None)).data:
            seen.put(data)
    except TransportError as error:
        seen.put(error)


# Steps ------------------------------------------------------------------------------------------------


def test_what_is_sent_and_received_and_when() -> None:
    def script(connection: Connection, seen: "Queue[object]") -> PlainProcedure[None]:
        begun = yield from clock()
        received = yield from receive("data", later(60_000))
        sent = yield from send(b"you said " + received.data, None)
        seen.put((connection.peer, begun <= received.at <= sent <= (yield from clock())))

    with serving(script) as server, server.client() as client:
        client.sendall(b"hello")
        assert client.makefile("rb").read() == b"you said hello"
        assert server.next() == (client.getsockname(), True)


def test_a_wait_for_nothing_has_its_time() -> None:
    def script(_connection: Connection, seen: "Queue[object]") -> PlainProcedure[None]:
        until = (yield from clock()) + 30 * MS
        yield Wait(until)
        seen.put((yield from clock()) >= until)

    with serving(script) as server, server.client() as client:
        assert server.next() is True
        assert client.recv(1) == b""


def test_a_look_at_what_has_come_waits_for_nothing() -> None:
    def script(_connection: Connection, seen: "Queue[object]") -> PlainProcedure[None]:
        first = yield from receive("data", None)
        nothing = yield from receive_until("data", None, first.at)
        seen.put((first.data, nothing))
        seen.put((yield from receive("data", None)).data)
        while (end := (yield from receive_until("data", None, first.at))) is None:
            yield Wait((yield from clock()) + MS)
        seen.put(end.data)

    with serving(script) as server, server.client() as client:
        client.sendall(b"a")
        assert server.next() == (b"a", None)
        client.sendall(b"b")
        assert server.next() == b"b"
        client.shutdown(socket.SHUT_WR)
        assert server.next() == b""


def test_a_wait_for_data_has_its_deadline() -> None:
    def script(_connection: Connection, seen: "Queue[object]") -> PlainProcedure[None]:
        try:
            yield from receive("data", later(30))
        except DeadlineExpired as error:
            seen.put(error)
        try:
            yield from receive("data", later(-1))
        except DeadlineExpired as error:
            seen.put(error)

    with serving(script) as server, server.client():
        for seconds in (0.03, -0.001):
            error = server.next()
            assert isinstance(error, DeadlineExpired)
            assert (error.waiting_for, error.budget, error.seconds) == ("data", "test", seconds)


def test_a_later_deadline_does_not_let_an_earlier_timer_end_the_wait() -> None:
    def script(_connection: Connection, seen: "Queue[object]") -> PlainProcedure[None]:
        now = yield from clock()
        seen.put((yield from receive_until("data", later(20), now + 60_000 * MS)))
        try:
            yield from receive_until("more", Deadline(now + 60 * MS, "test", 0.06), now + 60_000 * MS)
        except DeadlineExpired:
            seen.put((yield from clock()) >= now + 60 * MS)

    with serving(script) as server, server.client() as client:
        client.sendall(b"x")
        first = server.next()
        assert isinstance(first, Received)
        assert server.next() is True


def test_data_need_not_come() -> None:
    def script(_connection: Connection, seen: "Queue[object]") -> PlainProcedure[None]:
        until = (yield from clock()) + 30 * MS
        seen.put((yield from receive_until("data", later(60_000), until)))
        seen.put((yield from clock()) >= until)
        received = yield from receive_until("data", None, until + 60_000 * MS)
        seen.put(received and received.data)

    with serving(script) as server, server.client() as client:
        assert server.next() is None
        assert server.next() is True
        client.sendall(b"hello")
        assert server.next() == b"hello"


def test_such_a_wait_can_be_woken_and_no_other() -> None:
    def script(connection: Connection, seen: "Queue[object]") -> PlainProcedure[None]:
        connection.wake()  # too early: it is no wait of its own
        seen.put((yield from receive("data", None)).data)
        connection.wake()
        seen.put((yield from receive_until("data", None, monotonic_ns() + 60_000 * MS)))

    with serving(script) as server, server.client() as client:
        client.sendall(b"1")
        assert server.next() == b"1"
        assert server.next() is None
        server.in_the_loop(server.connections.get().wake)  # it has ended
        assert client.recv(1) == b""


@pytest.mark.parametrize("last", [HalfClose(), Close()])
def test_our_side_is_closed(last: HalfClose | Close) -> None:
    def script(_connection: Connection, seen: "Queue[object]") -> PlainProcedure[None]:
        yield last
        if isinstance(last, HalfClose):
            for _ in range(3):
                seen.put((yield from receive("data", None)).data)

    with serving(script) as server, server.client() as client:
        assert client.recv(1) == b""
        if isinstance(last, HalfClose):
            client.sendall(b"still here")
            assert server.next() == b"still here"
            client.shutdown(socket.SHUT_WR)
            assert [server.next() for _ in range(2)] == [b"", b""]


# How much is read and written -------------------------------------------------------------------------


def test_nothing_is_read_before_it_is_asked_for() -> None:
    go = threading.Event()

    def script(connection: Connection, seen: "Queue[object]") -> PlainProcedure[None]:
        count = len((yield from receive("data", None)).data)
        while not go.is_set():
            yield Wait(monotonic_ns() + 5 * MS)
        while data := (yield from receive("data", later(60_000))).data:
            count += len(data)
        seen.put(count)

    with serving(script) as server, server.client() as client:
        client.setblocking(False)
        sent, full = 0, 0
        while full < 20:  # what the system keeps for both of us is full
            try:
                sent += client.send(bytes(1 << 16))
                full = 0
            except BlockingIOError:
                full += 1
                go.wait(0.01)
        go.set()
        client.settimeout(PATIENCE)
        client.shutdown(socket.SHUT_WR)
        assert server.next() == sent


def narrow(connection: Connection) -> None:
    """Let little be written that the peer does not read."""
    connection._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1)


def test_what_a_peer_does_not_take_at_once_is_waited_for() -> None:
    def script(connection: Connection, seen: "Queue[object]") -> PlainProcedure[None]:
        narrow(connection)
        begun = yield from clock()
        seen.put((yield from send(bytes(1 << 24), None)) - begun < 1000 * MS)
        yield from send(b"end", None)

    with serving(script) as server, server.client() as client:
        received = bytearray()
        while data := client.recv(1 << 20):
            received += data
        assert len(received) == (1 << 24) + 3
        assert received.endswith(b"end")
        assert server.next() is True


@pytest.mark.parametrize(("timeout", "deadline"), [(0.05, None), (None, 50), (60, 50)])
def test_a_write_has_its_time(timeout: float | None, deadline: int | None) -> None:
    def script(connection: Connection, seen: "Queue[object]") -> PlainProcedure[None]:
        narrow(connection)
        for _ in range(2):  # the second goes behind the first
            try:
                yield from send(bytes(1 << 24), None if deadline is None else later(deadline))
            except DeadlineExpired as error:
                seen.put(error)

    with serving(script, send_timeout=timeout) as server, server.client():
        for _ in range(2):
            error = server.next()
            assert isinstance(error, DeadlineExpired)
            assert error.waiting_for == "progress in sending"
            assert error.seconds == 0.05


def test_a_peer_that_resets_while_it_is_written_to() -> None:
    def script(connection: Connection, seen: "Queue[object]") -> PlainProcedure[None]:
        narrow(connection)
        for _ in range(2):
            try:
                yield from send(bytes(1 << 24), None)
            except ConnectionLost as error:
                seen.put(error.error and error.error.errno)

    with serving(script) as server, server.client() as client:
        server.connections.get(timeout=PATIENCE)
        client.recv(1)
        reset(client)
        assert {server.next(), server.next()} <= {errno.ECONNRESET, errno.EPIPE}


def reset(client: socket.socket) -> None:
    """Reset the connection."""
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


def test_a_peer_that_resets_while_it_is_waited_for() -> None:
    def script(connection: Connection, seen: "Queue[object]") -> PlainProcedure[None]:
        yield from send(b"hello", None)
        for step in (Receive("data", None), Receive("data", None), Send(b"x", None)):
            try:
                yield step
            except ConnectionLost as error:
                seen.put(error.error and error.error.errno)
        yield HalfClose()

    with serving(script) as server, server.client() as client:
        assert client.recv(10) == b"hello"
        reset(client)
        assert [server.next() for _ in range(3)] == [errno.ECONNRESET] * 3


# Ends -------------------------------------------------------------------------------------------------


def a_receive(_connection: Connection) -> PlainProcedure[None]:
    """Wait for data."""
    yield Receive("data", None)


def a_wait(_connection: Connection) -> PlainProcedure[None]:
    """Pass time."""
    yield Wait(monotonic_ns() + 60_000 * MS)


def a_write(connection: Connection) -> PlainProcedure[None]:
    """Write more than the peer takes."""
    narrow(connection)
    yield Send(bytes(1 << 24), None)


every_wait = pytest.mark.parametrize("wait", [a_receive, a_wait, a_write])


@every_wait
def test_stopping_is_thrown_into_every_wait(wait: Callable[[Connection], PlainProcedure[None]]) -> None:
    def script(connection: Connection, seen: "Queue[object]") -> PlainProcedure[None]:
        seen.put("begun")
        try:
            yield from wait(connection)
        except Stopped as stopped:
            seen.put(stopped)

    with serving(script) as server, server.client():
        assert server.next() == "begun"
        server.server.stop(Stopped(), PATIENCE)
        assert isinstance(server.next(), Stopped)


@every_wait
def test_who_does_not_end_is_closed(wait: Callable[[Connection], PlainProcedure[None]]) -> None:
    def script(connection: Connection, seen: "Queue[object]") -> PlainProcedure[None]:
        seen.put("begun")
        try:
            while True:
                with contextlib.suppress(Stopped):
                    yield from wait(connection)
        finally:
            seen.put("closed")

    with serving(script) as server, server.client():
        assert server.next() == "begun"
        server.server.stop(Stopped(), 0.05)
        assert server.next() == "closed"


def test_nobody_is_taken_once_it_stops() -> None:
    with serving(waiting) as server:
        address = server.server.address
        server.server.stop(Stopped(), PATIENCE)
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(address)


@pytest.mark.parametrize("kind", [ValueError, SystemExit, KeyboardInterrupt])
def test_what_a_procedure_raises_ends_its_connection_alone(kind: type[BaseException]) -> None:
    def script(_connection: Connection, seen: "Queue[object]") -> PlainProcedure[None]:
        if (yield from receive("data", None)).data == b"bad":
            raise kind("no good")
        yield from send(b"good", None)

    server = Serving(script)
    for _ in range(2):
        with server.client() as client:
            client.sendall(b"bad")
            assert client.recv(10) == b""
    with server.client() as client:
        client.sendall(b"fine")
        assert client.recv(10) == b"good"
    assert server.failed.wait(PATIENCE)
    with pytest.raises(kind, match="no good"):
        server.server.stop(Stopped(), PATIENCE)


@pytest.mark.parametrize("raises", [True, False])
def test_whom_nothing_is_made_for_is_closed(raises: bool) -> None:
    def script(_connection: Connection, _seen: "Queue[object]") -> PlainProcedure[None]:
        raise ValueError("no good")

    server = Serving(script if raises else None)
    with server.client() as client:
        assert client.recv(1) == b""
    with pytest.raises(ValueError, match="no good") if raises else contextlib.nullcontext():
        server.server.stop(Stopped(), PATIENCE)


def test_what_is_raised_as_all_end_keeps_nothing_open() -> None:
    def script(_connection: Connection, seen: "Queue[object]") -> PlainProcedure[None]:
        seen.put("begun")
        try:
            while True:
                with contextlib.suppress(Stopped):
                    yield Receive("data", None)
        finally:
            raise ValueError("no good")

    server = Serving(script)
    with server.client() as one, server.client() as other:
        assert [server.next() for _ in range(2)] == ["begun"] * 2
        with pytest.raises(ValueError, match="no good"):
            server.server.stop(Stopped(), 0.05)
        assert (one.recv(1), other.recv(1)) == (b"", b"")


def test_the_loop_itself_ends() -> None:
    def end() -> None:
        raise SystemExit("the end")

    server = Serving(waiting)
    with server.client() as client:
        client.sendall(b"x")
        server.next()
        server.in_the_loop(end)
        assert client.recv(1) == b""
    with pytest.raises(SystemExit, match="the end"):
        server.server.stop(Stopped(), 0.05)


def test_a_callback_that_fails() -> None:
    def fail() -> None:
        raise ValueError("no good")

    server = Serving(waiting)
    server.in_the_loop(fail)
    assert server.failed.wait(PATIENCE)
    server.in_the_loop(server.server._loop.call_exception_handler, {"message": "nothing was raised"})
    with pytest.raises(ValueError, match="no good"):
        server.server.stop(Stopped(), PATIENCE)


# What the system does not give --------------------------------------------------------------------------


class Refusing:
    """A listening socket whose next attempts to take a connection fail."""

    def __init__(self, listener: socket.socket, errors: list[int]) -> None:
        self._listener, self._errors = listener, errors

    def accept(self) -> Any:
        if self._errors:
            number = self._errors.pop()
            raise OSError(number, os.strerror(number))
        return self._listener.accept()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._listener, name)


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM])
def test_a_lack_is_complained_of_once_and_outlived(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    monkeypatch.setattr(listening, "RETRY", 0.01)
    with serving(waiting) as server:
        refusing = Refusing(server.server._listener, [number] * 3)
        monkeypatch.setattr(server.server, "_listener", refusing)
        with server.client() as client:
            client.sendall(b"x")
            assert server.next() == b"x"
        assert server.complaints == [f"no connection can be taken for now: {os.strerror(number)}"]


def test_who_ends_makes_room_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "RETRY", 3600)
    errors: list[int] = []
    with serving(waiting) as server:
        monkeypatch.setattr(server.server, "_listener", Refusing(server.server._listener, errors))
        with server.client() as first:
            first.sendall(b"1")
            assert server.next() == b"1"
            errors.append(errno.EMFILE)
            with server.client() as second:
                second.sendall(b"2")
                while not server.complaints:
                    threading.Event().wait(0.001)
                reset(first)
                assert isinstance(server.next(), ConnectionLost)
                assert server.next() == b"2"


def test_it_stops_while_something_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(waiting) as server:
        refusing = Refusing(server.server._listener, [errno.EMFILE] * 100)
        monkeypatch.setattr(server.server, "_listener", refusing)
        with server.client():
            while not server.complaints:
                threading.Event().wait(0.001)


def test_a_connection_that_is_gone_before_it_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(waiting) as server:
        refusing = Refusing(server.server._listener, [errno.ECONNABORTED, errno.EPROTO, errno.EPERM])
        monkeypatch.setattr(server.server, "_listener", refusing)
        with server.client() as client:
            client.sendall(b"x")
            assert server.next() == b"x"
        assert server.complaints == []


def test_no_thread_is_left_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def start(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", start)
    with pytest.raises(ListenFailed, match="the system has no thread left for it"):
        Server(HOST, 0, lambda _connection: None)


def test_no_descriptor_is_left_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def loop() -> None:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    monkeypatch.setattr(asyncio, "SelectorEventLoop", loop)
    with pytest.raises(ListenFailed, match="Too many open files"):
        Server(HOST, 0, lambda _connection: None)


@pytest.mark.parametrize(
    ("soft", "hard", "wanted", "allowed", "set_to"),
    [
        (1024, 4096, 100, 100, None),
        (1024, 4096, 2000, 2000, 2000),
        (1024, 4096, 5000, 4096, 4096),
        (1024, resource.RLIM_INFINITY, 5000, 5000, 5000),
        (resource.RLIM_INFINITY, resource.RLIM_INFINITY, 5000, 5000, None),
    ],
)
def test_how_many_descriptors_there_may_be(
    monkeypatch: pytest.MonkeyPatch, soft: int, hard: int, wanted: int, allowed: int, set_to: int | None
) -> None:
    asked: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "getrlimit", lambda _what: (soft, hard))
    monkeypatch.setattr(resource, "setrlimit", lambda _what, limits: asked.append(limits))
    assert allow_descriptors(wanted) == allowed
    assert asked == ([] if set_to is None else [(set_to, hard)])


def test_a_limit_of_descriptors_that_cannot_be_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_what: int, _limits: tuple[int, int]) -> None:
        raise PermissionError

    monkeypatch.setattr(resource, "getrlimit", lambda _what: (256, 4096))
    monkeypatch.setattr(resource, "setrlimit", refuse)
    assert allow_descriptors(1000) == 256

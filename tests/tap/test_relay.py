"""What a relay passes on: every byte, ends and resets, and what it does where it cannot."""

import contextlib
import os
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from dcmtool.errors import ListenFailed
from dcmtool.settings import Peer
from dcmtool.tap import relay as module
from dcmtool.tap.direction import CHUNK
from dcmtool.tap.relay import Relay
from dcmtool.tap.settings import TapSettings
from tests.peers.dcmtool_scp import wait_for
from tests.peers.programs import refusing_port
from tests.peers.scu import RELEASE, associate_request
from tests.tap.ends import HOST, echo, node, read_all, reset, tapped

DATA = os.urandom(3_000_000)


def exchanged(connection: socket.socket, data: bytes) -> bytes:
    """Send data and close, and return all that comes meanwhile."""

    def send() -> None:
        with contextlib.suppress(OSError):
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)

    sender = threading.Thread(target=send)
    sender.start()
    received = read_all(connection)
    sender.join()
    return received


@pytest.mark.parametrize("delay", [0, 0.01])
def test_every_byte_arrives_in_both_directions(delay: float) -> None:
    with node() as port, tapped(port, delay=delay) as tap, tap.call() as caller:
        assert exchanged(caller, DATA) == DATA
        (seen,) = tap.wait_for_end()
        assert tap.opened == [(1, f"{HOST}:{caller.getsockname()[1]}")]
    assert (seen.number, seen.acceptor.port) == (1, port)
    assert seen.requestor.address == seen.acceptor.address == HOST
    assert tap.relay.totals.bytes == 2 * len(DATA)
    assert tap.complaints == []


def test_an_ipv6_node_and_a_name() -> None:
    with node(host="::1") as port, tapped(port, "::1") as tap, tap.call() as caller:
        assert exchanged(caller, b"x") == b"x"
        assert tap.wait_for_end()[0].acceptor.address == "::1"
    with node() as port, tapped(port, "localhost") as tap, tap.call() as caller:
        assert exchanged(caller, b"x") == b"x"
        assert tap.wait_for_end()[0].acceptor.address == HOST


@pytest.mark.parametrize("delay", [0, 0.01])
def test_the_caller_may_close_its_side_first(delay: float) -> None:
    def answer_at_the_end(connection: socket.socket) -> None:
        connection.sendall(b"all %d" % len(read_all(connection)))

    with node(answer_at_the_end) as port, tapped(port, delay=delay) as tap, tap.call() as caller:
        assert exchanged(caller, DATA) == b"all 3000000"
        assert tap.wait_for_end()[0].warnings == ()


@pytest.mark.parametrize("delay", [0, 0.01])
def test_the_node_may_close_its_side_first(delay: float) -> None:
    got: list[bytes] = []

    def close_and_read(connection: socket.socket) -> None:
        connection.sendall(b"hello")
        connection.shutdown(socket.SHUT_WR)
        got.append(read_all(connection))

    with node(close_and_read) as port, tapped(port, delay=delay) as tap, tap.call() as caller:
        assert read_all(caller) == b"hello"
        caller.sendall(DATA)
        caller.shutdown(socket.SHUT_WR)
        wait_for(lambda: got == [DATA])
        tap.wait_for_end()


@pytest.mark.parametrize("delay", [0, 0.01])
def test_a_reset_of_the_caller_comes_to_the_node(delay: float) -> None:
    ends: list[object] = []

    def note_the_end(connection: socket.socket) -> None:
        try:
            ends.append(read_all(connection))
        except ConnectionResetError:
            ends.append("reset")

    with node(note_the_end) as port, tapped(port, delay=delay) as tap:
        caller = tap.call()
        caller.sendall(b"x")
        wait_for(lambda: bool(tap.opened))
        reset(caller)
        wait_for(lambda: ends == ["reset"])
        tap.wait_for_end()


@pytest.mark.parametrize("delay", [0, 0.01])
def test_a_reset_of_the_node_comes_to_the_caller_behind_what_it_sent(delay: float) -> None:
    def answer_and_reset(connection: socket.socket) -> None:
        connection.recv(1)
        connection.sendall(b"bye")
        assert connection.recv(1) == b"y"
        reset(connection)

    with node(answer_and_reset) as port, tapped(port, delay=delay) as tap, tap.call() as caller:
        caller.sendall(b"x")
        assert caller.recv(10) == b"bye"
        caller.sendall(b"y")
        with pytest.raises(ConnectionResetError):
            caller.recv(1)
        assert tap.wait_for_end()[0].warnings == ()


def test_what_the_node_sent_before_its_reset_arrives_though_the_caller_sends() -> None:
    """A node that rejects, and closes with bytes unread, resets the connection (RFC 9293 3.10.4)."""
    ready = threading.Event()

    def reject(connection: socket.socket) -> None:
        connection.recv(1)
        connection.sendall(b"rejected")
        ready.wait(20)

    with node(reject) as port, tapped(port) as tap, tap.call() as caller:
        caller.sendall(b"x")
        assert caller.recv(100) == b"rejected"
        ready.set()
        with contextlib.suppress(OSError):
            while True:
                caller.sendall(DATA)
        tap.wait_for_end()


def test_a_reset_after_the_end_is_noticed() -> None:
    """Nothing is read from a side that has closed; a look a second finds that it is gone."""
    ends: list[str] = []

    def wait_for_the_reset(connection: socket.socket) -> None:
        connection.recv(1)
        assert connection.recv(1) == b""
        ends.append("closed")
        while True:
            try:
                connection.sendall(b"x")
            except OSError:
                ends.append("gone")
                return
            time.sleep(0.01)

    with node(wait_for_the_reset) as port, tapped(port) as tap:
        caller = tap.call()
        caller.sendall(b"x")
        caller.shutdown(socket.SHUT_WR)
        wait_for(lambda: ends == ["closed"])
        reset(caller)
        wait_for(lambda: ends == ["closed", "gone"])
        tap.wait_for_end()


def test_a_silent_side_that_reset_after_its_end_is_noticed_by_looking() -> None:
    closed = threading.Event()

    def silent(connection: socket.socket) -> None:
        assert connection.recv(1) == b""
        closed.set()
        wait_for(lambda: connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) != 0)

    with node(silent) as port, tapped(port, idle_timeout=0.4) as tap:
        caller = tap.call()
        caller.shutdown(socket.SHUT_WR)
        closed.wait(20)
        reset(caller)
        tap.wait_for_end()


def test_a_node_that_refuses_has_the_caller_reset() -> None:
    with refusing_port() as port, tapped(port, count=1) as tap:
        tap.call_and_be_reset()
        (seen,) = tap.wait_for_end()
        tap.relay.wait()  # it counts
    assert seen.warnings == (
        f"the tap could not reach the node: no connection to {HOST} port {port}: Connection refused",
    )
    assert (seen.acceptor.address, seen.acceptor.port) == (HOST, port)
    assert tap.relay.totals.unreachable == 1


def test_a_node_without_an_address() -> None:
    with tapped(104, "nobody.invalid") as tap:
        tap.call_and_be_reset()
        (seen,) = tap.wait_for_end()
    assert "the host name 'nobody.invalid' has no address" in seen.warnings[0]
    assert str(seen.acceptor) == "nobody.invalid:104"


def test_a_lookup_that_takes_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dcmtool.tap.connecting.look_up_aside", lambda _step, _deliver: None)
    with tapped(104, "slow.invalid", timeout=0.02) as tap:
        tap.call_and_be_reset()
        (seen,) = tap.wait_for_end()
    assert "no address of slow.invalid within 0.02 s" in seen.warnings[0]


def test_a_node_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server((HOST, 0), backlog=0) as full:
        port = full.getsockname()[1]
        held = []
        for _ in range(3):  # the queue of connections that nobody takes
            held.append(socket.socket())
            held[-1].setblocking(False)
            held[-1].connect_ex((HOST, port))
        with tapped(port, timeout=0.05) as tap:
            tap.call_and_be_reset()
            (seen,) = tap.wait_for_end()
        for each in held:
            each.close()
    assert seen.warnings[0].endswith("no answer within 0.05 s")


def test_what_ends_while_the_node_is_being_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dcmtool.tap.connecting.look_up_aside", lambda _step, _deliver: None)
    with tapped(104, "slow.invalid") as tap:
        caller = tap.call()
        wait_for(lambda: bool(tap.opened))
    with caller, pytest.raises(ConnectionResetError):
        caller.recv(1)


def test_two_hundred_associations_at_once() -> None:
    with node() as port, tapped(port) as tap, contextlib.ExitStack() as stack:
        callers = [stack.enter_context(tap.call()) for _ in range(200)]
        for number, caller in enumerate(callers):
            caller.sendall(b"%03d" % number)
        for number, caller in enumerate(callers):
            assert caller.recv(3, socket.MSG_WAITALL) == b"%03d" % number
        for caller in callers:
            caller.shutdown(socket.SHUT_WR)
            assert read_all(caller) == b""
        tap.wait_for_end(200)
    assert tap.relay.totals.connections == 200


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"max_associations": 1}, "turned away: 1 are open"),
        ({"max_per_address": 1}, "turned away: 1 of its own are open"),
    ],
)
def test_what_is_too_much_is_reset(settings: dict[str, Any], complaint: str) -> None:
    with node() as port, tapped(port, **settings) as tap, tap.call() as first:
        first.sendall(b"x")
        assert first.recv(1) == b"x"
        for _ in range(2):
            tap.call_and_be_reset()
        wait_for(lambda: tap.relay.totals.turned_away == 2)
        (said,) = tap.complaints  # and not one for each
        assert said.startswith(f"connection from {HOST} port ")
        assert said.endswith(complaint)
        if "max_per_address" in settings:
            with tap.call(source="127.0.0.2") as other:
                other.sendall(b"y")
                assert other.recv(1) == b"y"
        first.shutdown(socket.SHUT_WR)
        assert read_all(first) == b""
        tap.wait_for_end()
        with tap.call() as third:
            third.sendall(b"z")
            assert third.recv(1) == b"z"


def test_silence_of_both_sides_ends_a_connection() -> None:
    with node() as port, tapped(port, idle_timeout=0.1) as tap, tap.call() as caller:
        caller.sendall(b"x")
        assert caller.recv(1) == b"x"
        with pytest.raises(ConnectionResetError):
            caller.recv(1)
        (seen,) = tap.wait_for_end()
    assert seen.warnings == ("ended by the tap, as nothing came for 0.1 s",)


def test_it_ends_after_so_many_connections_on_which_something_was_sent() -> None:
    with node() as port, tapped(port, count=2) as tap:
        tap.call().close()  # a health check
        for _ in range(2):
            with tap.call() as caller:
                assert exchanged(caller, b"x") == b"x"
        tap.relay.wait()
        tap.wait_for_end(3)
    assert (tap.relay.totals.connections, tap.relay.totals.silent) == (2, 1)


def test_what_is_open_is_reset_at_the_end_and_told() -> None:
    with node() as port:
        with tapped(port) as tap:
            caller = tap.call()
            caller.sendall(b"x")
            assert caller.recv(1) == b"x"
        with caller, pytest.raises(ConnectionResetError):
            caller.recv(1)
    assert tap.seen[0].warnings == ("ended by the tap, which was stopped",)


@pytest.mark.parametrize("delay", [0, 0.01])
@pytest.mark.parametrize("count", [0, 1, 1000, CHUNK + 1])
def test_a_line_that_is_cut(count: int, delay: float) -> None:
    got = bytearray()

    def take(connection: socket.socket) -> None:
        while data := connection.recv(1 << 16):
            got.extend(data)

    with node(take) as port, tapped(port, cut_after=count, delay=delay) as tap:
        with contextlib.suppress(ConnectionError), tap.call() as caller:
            while True:
                caller.sendall(DATA)
        (seen,) = tap.wait_for_end()
        assert seen.warnings == (f"cut by the tap after {count} bytes",)
    assert len(got) <= count
    assert tap.relay.totals.bytes == count


def test_bytes_of_both_sides_count_towards_the_cut() -> None:
    with node() as port, tapped(port, cut_after=6) as tap, tap.call() as caller:
        caller.sendall(b"abcd")
        with contextlib.suppress(ConnectionResetError):
            assert read_all(caller) in (b"ab", b"")
        (seen,) = tap.wait_for_end()
        assert seen.warnings == ("cut by the tap after 6 bytes",)


def test_everything_is_late() -> None:
    with node() as port, tapped(port, delay=0.15) as tap, tap.call() as caller:
        begun = time.monotonic()
        caller.sendall(b"ab")
        assert caller.recv(2, socket.MSG_WAITALL) == b"ab"
        assert time.monotonic() - begun >= 0.29
        caller.shutdown(socket.SHUT_WR)
        assert caller.recv(1) == b""
        assert time.monotonic() - begun >= 0.59


@pytest.mark.parametrize("delay", [0, 0.001])
def test_who_does_not_read_holds_up_who_sends(delay: float) -> None:
    """And takes no memory: what the systems' own buffers hold does not grow with what is to be sent."""
    reads = threading.Event()
    got: list[int] = []

    def read_late(connection: socket.socket) -> None:
        reads.wait(20)
        got.append(len(read_all(connection)))

    sent = 0
    with node(read_late) as port, tapped(port, delay=delay) as tap, tap.call() as caller:
        caller.settimeout(0.5)
        with contextlib.suppress(TimeoutError):
            while sent < 1 << 30:
                sent += caller.send(DATA)
        assert sent < 1 << 26
        before = tap.relay.totals.bytes
        reads.set()
        caller.settimeout(20)
        caller.shutdown(socket.SHUT_WR)
        assert read_all(caller) == b""
        assert got == [sent]
        assert before == 0
        tap.wait_for_end()


def test_events_come_as_they_happen() -> None:
    with node() as port, tapped(port, listens=True) as tap, tap.call() as caller:
        request = associate_request()
        caller.sendall(request)
        assert caller.recv(len(request), socket.MSG_WAITALL) == request
        wait_for(lambda: any(type(event.what).__name__ == "Requested" for event in tap.events))
        caller.sendall(RELEASE)


def test_an_address_that_cannot_be_listened_on() -> None:
    with socket.create_server((HOST, 0)) as taken:
        relay = Relay(TapSettings(Peer(HOST, 1), HOST, taken.getsockname()[1]), print)
        with pytest.raises(ListenFailed), relay:
            pass


def test_a_system_without_a_loop_left(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr("asyncio.SelectorEventLoop", refuse)
    with pytest.raises(ListenFailed), Relay(TapSettings(Peer(HOST, 1), HOST, 0), print):
        pass


def test_a_system_without_a_thread_left(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    with (
        pytest.raises(ListenFailed, match="no thread left"),
        Relay(TapSettings(Peer(HOST, 1), HOST, 0), print),
    ):
        pass


@pytest.mark.parametrize("where", ["report", "opened"])
def test_what_is_raised_by_who_is_told_ends_it(where: str) -> None:
    def fail(*_told: object) -> None:
        raise ValueError("no")

    told: dict[str, Callable[..., None]] = {"report": lambda *_: None, "opened": lambda *_: None, where: fail}
    with node() as port:
        settings = TapSettings(Peer(HOST, port), HOST, 0)
        relay = Relay(settings, told["report"], opened=told["opened"])

        def called() -> None:
            with relay:
                with socket.create_connection(relay.address) as caller, contextlib.suppress(OSError):
                    exchanged(caller, b"x")
                relay.wait()

        with pytest.raises(ValueError, match="no"):
            called()


def test_what_is_raised_in_reporting_what_was_open_at_the_end() -> None:
    def fail(_seen: object) -> None:
        raise ValueError("no")

    with node() as port:
        relay = Relay(TapSettings(Peer(HOST, port), HOST, 0), fail)

        def called() -> None:
            with relay:
                for _ in range(2):
                    callers.append(socket.create_connection(relay.address))
                    callers[-1].sendall(b"x")
                    assert callers[-1].recv(1) == b"x"

        callers: list[socket.socket] = []
        with pytest.raises(ValueError, match="no"):
            called()
        for caller in callers:
            with caller, pytest.raises(ConnectionResetError):
                caller.recv(1)


def test_a_system_with_nothing_left_for_a_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RETRY", 0.01)
    with node() as port, tapped(port) as tap:
        listener = tap.relay._listener
        errors = [OSError(24, "Too many open files"), OSError(103, "Software caused connection abort")]

        class Full:
            def accept(self) -> tuple[socket.socket, tuple[str, int]]:
                if errors:
                    raise errors.pop(0)
                return listener.accept()

            def fileno(self) -> int:
                return listener.fileno()

            def close(self) -> None:
                listener.close()

        tap.relay._listener = Full()  # type: ignore[assignment]
        with tap.call() as caller:
            assert exchanged(caller, b"x") == b"x"
        assert tap.complaints == ["no connection can be taken for now: Too many open files"]


def test_the_echo_node_is_what_it_seems() -> None:
    with node(echo) as port, socket.create_connection((HOST, port)) as caller:
        assert exchanged(caller, b"x") == b"x"

"""The blocking driver, on loopback."""

import select
import signal
import socket
import threading
from dataclasses import replace
from time import monotonic_ns, time
from typing import Any

import pytest

from dcmtool.emitter import Emitter
from dcmtool.errors import ConnectionLost, DeadlineExpired
from dcmtool.events import Event, Releasing
from dcmtool.settings import EchoRequest, Timeouts
from dcmtool.steps import Close, Connect, Deadline, Procedure, Receive, Send, Wait
from dcmtool.transport import blocking
from dcmtool.transport.interrupts import Interrupts
from dcmtool.verification.echo import verify
from dcmtool.verification.report import EchoReport, Outcome
from tests.peers.programs import refusing_port
from tests.peers.scripted import ScriptedPeer
from tests.peers.vocabulary import Accept, EchoResponse, ExpectPdu, Serve, Silence
from tests.peers.wire import ABORT, ASSOCIATE_RQ, P_DATA, RELEASE_RQ
from tests.transport.scenarios import (
    BOUND,
    FLOODS,
    SCENARIOS,
    SHORT,
    Call,
    Names,
    Scenario,
    check,
    check_flood,
    interrupt_main_thread,
    named,
    request_for,
    unanswering_port,
)


def run(request: EchoRequest) -> EchoReport:
    """Verify, blocking, and see that no wait outlasts its budget."""
    begun = monotonic_ns()
    report = blocking.run(verify(request, begun))
    assert monotonic_ns() - begun < BOUND
    return report


@pytest.fixture(params=["poll", "select"])
def wait_by(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait as most systems do, and as those do that have no `poll`."""
    if request.param == "select":
        monkeypatch.delattr(select, "poll")


on_either_system = pytest.mark.usefixtures("wait_by")


@on_either_system
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_scenario(scenario: Scenario) -> None:
    check(scenario, run)


@on_either_system
@pytest.mark.parametrize("name", FLOODS)
def test_a_flood_does_not_outlast_the_budget(name: str) -> None:
    check_flood(name, run)


def test_the_second_address_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", Names("::1", "127.0.0.1").getaddrinfo)
    with ScriptedPeer(Accept(), Serve()) as peer:
        report = run(named("pacs", peer.port))
    assert (report.success, report.address) == (True, "127.0.0.1")


@pytest.mark.parametrize("timeouts", [Timeouts(), Timeouts(connect=30)])
def test_no_address_answers(timeouts: Timeouts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", Names("::1", "127.0.0.1").getaddrinfo)
    with refusing_port() as port:
        report = run(named("pacs", port, timeouts))
    assert str(report.error) == f"no connection to pacs port {port} (::1, 127.0.0.1): Connection refused"


def test_an_address_family_that_the_system_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    names = Names("127.0.0.1")
    strange = (12345, socket.SOCK_STREAM, 6, "", ("::2", 1, 0, 0))
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda *args, **flags: [strange, *names.getaddrinfo(*args, **flags)]
    )
    with ScriptedPeer(Accept(), Serve()) as peer:
        assert run(named("pacs", peer.port)).success


@pytest.mark.parametrize("budget", ["connect", "deadline"])
def test_nobody_accepts_the_connection(budget: str) -> None:
    with unanswering_port() as port:
        report = run(named("127.0.0.1", port, Timeouts(**{budget: SHORT})))
    sentence = f"no TCP connection to 127.0.0.1 port {port} within {SHORT} s (timeouts.{budget})"
    assert (report.outcome, str(report.error)) == (Outcome.NO_CONNECTION, sentence)


def test_an_address_that_does_not_answer_leaves_time_for_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    with unanswering_port() as port:
        monkeypatch.setattr(socket, "getaddrinfo", Names("127.0.0.1", "::1").getaddrinfo)
        report = run(named("pacs", port, Timeouts(connect=2 * SHORT)))
    assert str(report.error) == (
        f"no connection to pacs port {port}: "
        "127.0.0.1: no answer in its share of the time; ::1: Connection refused"
    )


@pytest.mark.parametrize("budget", ["connect", "deadline"])
def test_a_name_service_that_does_not_answer(budget: str, monkeypatch: pytest.MonkeyPatch) -> None:
    names = Names("127.0.0.1")
    monkeypatch.setattr(socket, "getaddrinfo", names.getaddrinfo)
    names.answering.clear()
    report = run(named("pacs", 104, Timeouts(**{budget: SHORT})))
    names.answering.set()
    assert str(report.error) == f"no address of pacs within {SHORT} s (timeouts.{budget})"
    assert report.outcome is Outcome.NO_CONNECTION


@pytest.mark.parametrize("timeouts", [Timeouts(), Timeouts(connect=30)])
def test_a_name_without_an_address(timeouts: Timeouts, monkeypatch: pytest.MonkeyPatch) -> None:
    error = socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    monkeypatch.setattr(socket, "getaddrinfo", Names(error=error).getaddrinfo)
    report = run(named("pacs", 104, timeouts))
    assert str(report.error) == "the host name 'pacs' has no address: Name or service not known"


@pytest.mark.parametrize("seconds", [2**31 - 1, 1e20, float("inf")])
def test_budgets_longer_than_the_system_can_count(seconds: float) -> None:
    with ScriptedPeer(Accept(), Serve()) as peer:
        report = run(request_for(peer, Timeouts(seconds, seconds, seconds, seconds, seconds)))
    assert report.success


def test_signals_do_not_prolong_a_wait() -> None:
    """A handled signal interrupts the system's call, which must go on with what is left of the time."""
    arrived: list[int] = []
    before = signal.signal(signal.SIGALRM, lambda number, _frame: arrived.append(number))
    signal.setitimer(signal.ITIMER_REAL, SHORT / 4, SHORT / 4)
    try:
        with ScriptedPeer(ExpectPdu(ASSOCIATE_RQ), Silence()) as peer:
            report = run(request_for(peer, Timeouts(acse=SHORT)))
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert str(report.error) == f"no answer to A-ASSOCIATE-RQ within {SHORT} s (timeouts.acse)"
    assert len(arrived) >= 2


class Alarm(TimeoutError):
    """What a caller's own signal handler may raise."""


def test_a_long_wait_has_pieces_at_whose_ends_python_sees_signals(monkeypatch: pytest.MonkeyPatch) -> None:
    pieces: list[float] = []

    class Poll:
        def __init__(self) -> None:
            self._poll, self.register = (poll := real()), poll.register

        def poll(self, milliseconds: float) -> list[tuple[int, int]]:
            pieces.append(milliseconds)
            return self._poll.poll(milliseconds)

    real = select.poll
    monkeypatch.setattr(blocking, "PIECE", 20.0)
    monkeypatch.setattr(select, "poll", Poll)
    with ScriptedPeer(Accept(), Silence()) as peer:
        report = run(request_for(peer, Timeouts(socket=None, dimse=SHORT)))
    assert str(report.error) == f"no C-ECHO-RSP within {SHORT:g} s (timeouts.dimse)"
    assert sum(pieces) >= SHORT * 1000 * 0.9
    assert max(pieces) <= 20


def test_a_time_out_of_the_callers_own_is_not_ours() -> None:
    def ring(_number: int, _frame: object) -> None:
        raise Alarm

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, SHORT / 4)
    try:
        with ScriptedPeer(ExpectPdu(ASSOCIATE_RQ), Silence()) as peer, pytest.raises(Alarm):
            run(request_for(peer))
    finally:
        signal.signal(signal.SIGALRM, before)


def test_ctrl_c_ends_a_name_lookup(monkeypatch: pytest.MonkeyPatch) -> None:
    names = Names("127.0.0.1")
    asked = names.getaddrinfo

    def interrupted(*args: Any, **flags: Any) -> Any:
        if not flags:
            interrupt_main_thread()
        return asked(*args, **flags)

    monkeypatch.setattr(socket, "getaddrinfo", interrupted)
    names.answering.clear()
    report = run(named("pacs", 104))
    names.answering.set()
    assert (report.outcome, report.stage) == (Outcome.INTERRUPTED, "connect")


@on_either_system
@pytest.mark.parametrize("timeouts", [Timeouts(), Timeouts(socket=None), Timeouts(dimse=30)])
def test_an_interrupt_aborts(timeouts: Timeouts) -> None:
    script = (Accept(), ExpectPdu(P_DATA), Call(interrupt_main_thread), Silence())
    with ScriptedPeer(*script) as peer:
        report = blocking.run(verify(request_for(peer, timeouts), monotonic_ns()))
    assert (report.outcome, report.stage, peer.types) == (
        Outcome.INTERRUPTED,
        "echo",
        [ASSOCIATE_RQ, P_DATA, ABORT],
    )


@pytest.mark.parametrize("interval", [0, 3600])
def test_an_interrupt_that_is_kept_until_the_driver_waits_ends_it_in_order(interval: float) -> None:
    """Wherever the program is, the association is released."""
    script = (Accept(), EchoResponse(), Call(interrupt_main_thread), Serve())
    with ScriptedPeer(*script) as peer, Interrupts() as interrupts:
        procedure = verify(request_for(peer, Timeouts(), 0, interval), monotonic_ns())
        report = blocking.run(procedure, waiting=interrupts.raised)
    assert (report.outcome, report.stage) == (Outcome.INTERRUPTED, "done")
    assert report.echoes.lost == 0
    assert peer.types[-1] == RELEASE_RQ
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def interrupted_while_waiting(
    procedure: Procedure[EchoReport],
) -> Procedure[EchoReport]:
    """Press Ctrl-C before the wait without a connection."""
    result = None
    try:
        while True:
            step = procedure.send(result)
            if isinstance(step, Wait):
                interrupt_main_thread()
            try:
                result = yield step
            except KeyboardInterrupt as error:
                procedure.throw(error)
    except StopIteration as stop:
        report: EchoReport = stop.value
        return report


def test_an_interrupt_between_two_associations_ends_it() -> None:
    with ScriptedPeer(Accept(), Serve()) as peer, Interrupts() as interrupts:
        request = replace(request_for(peer, Timeouts(), 0, 3600), reconnect=True)
        procedure = interrupted_while_waiting(verify(request, monotonic_ns()))
        report = blocking.run(procedure, waiting=interrupts.raised)
    assert (report.outcome, report.echoes.sent, report.echoes.lost) == (Outcome.INTERRUPTED, 1, 0)
    assert peer.types == [ASSOCIATE_RQ, P_DATA, RELEASE_RQ]


def test_an_error_of_the_listener_closes_the_connection() -> None:
    def listen(event: Event) -> None:
        if isinstance(event.what, Releasing):
            raise OSError("stderr is gone")

    with ScriptedPeer(Accept(), Serve()) as peer:
        procedure = verify(request_for(peer), monotonic_ns(), Emitter(listen, monotonic_ns, time))
        with pytest.raises(OSError, match="stderr is gone"):
            blocking.run(procedure)


# Writing to a peer that does not read -----------------------------------------------------------------


def endless(port: int, deadline: Deadline | None, socket_timeout: float | None) -> Procedure[str]:
    """Write more than any buffer holds, and return the sentence that this ends in."""
    yield Connect("127.0.0.1", port, "auto", deadline, socket_timeout)
    try:
        yield Send(bytes(1 << 26), deadline)
    except (DeadlineExpired, ConnectionLost) as error:
        yield Close()
        return str(error)
    return "all written"


@on_either_system
@pytest.mark.parametrize(
    ("seconds", "socket_timeout", "name"),
    [
        (SHORT, None, "acse"),
        (SHORT, 60, "acse"),
        (None, SHORT, "socket"),
        (60, SHORT, "socket"),
    ],
)
def test_a_peer_that_does_not_read(seconds: float | None, socket_timeout: float | None, name: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        deadline = None
        if seconds is not None:
            deadline = Deadline.after(monotonic_ns(), "acse", seconds)
        sentence = blocking.run(endless(server.getsockname()[1], deadline, socket_timeout))
    assert sentence == f"no progress in sending within {SHORT} s (timeouts.{name})"


def read_all(server: socket.socket, sizes: list[int]) -> None:
    connection, _ = server.accept()
    with connection:
        while data := connection.recv(1 << 20):
            sizes.append(len(data))


@on_either_system
def test_a_peer_that_reads_slowly_gets_everything() -> None:
    sizes: list[int] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        reader = threading.Thread(target=read_all, args=(server, sizes))
        reader.start()
        assert blocking.run(endless(server.getsockname()[1], None, 10)) == "all written"
        reader.join()
    assert sum(sizes) == 1 << 26


def test_a_step_before_the_connection_is_a_mistake() -> None:
    def procedure() -> Procedure[None]:
        yield Receive("nothing", None)

    with pytest.raises(AssertionError, match="a procedure connects first"):
        blocking.run(procedure())


def test_closing_twice() -> None:
    def procedure() -> Procedure[str]:
        yield Close()
        yield Close()
        return "done"

    assert blocking.run(procedure()) == "done"

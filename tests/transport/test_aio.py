"""The asyncio driver, on loopback: the same scenarios as the blocking one."""

import asyncio
import socket
import threading
from dataclasses import replace
from time import monotonic_ns

import pytest

from dcmtool.errors import ConnectionLost, DeadlineExpired
from dcmtool.settings import EchoRequest, Timeouts
from dcmtool.steps import Close, Connect, Deadline, Procedure, Receive, Send
from dcmtool.transport import aio, arrival
from dcmtool.transport.addresses import Address
from dcmtool.transport.arrival import stamp_arrivals
from dcmtool.verification.echo import verify
from dcmtool.verification.report import EchoReport, Outcome
from tests.peers import wire
from tests.peers.programs import refusing_port
from tests.peers.scripted import ScriptedPeer
from tests.peers.vocabulary import (
    Accept,
    EchoResponse,
    ExpectPdu,
    Raw,
    ReleaseResponse,
    Serve,
    Silence,
)
from tests.peers.wire import ASSOCIATE_RQ, P_DATA
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
    named,
    request_for,
    unanswering_port,
)


def run(request: EchoRequest) -> EchoReport:
    """Verify on an event loop of its own, and see that no wait outlasts its budget."""
    begun = monotonic_ns()
    report = asyncio.run(aio.run(verify(request, begun)))
    assert monotonic_ns() - begun < BOUND
    return report


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_scenario(scenario: Scenario) -> None:
    check(scenario, run)


@pytest.mark.parametrize("name", FLOODS)
def test_a_flood_does_not_outlast_the_budget(name: str) -> None:
    check_flood(name, run)


def test_the_second_address_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", Names("::1", "127.0.0.1").getaddrinfo)
    with ScriptedPeer(Accept(), Serve()) as peer:
        report = run(named("pacs", peer.port, Timeouts(connect=30)))
    assert (report.success, report.address) == (True, "127.0.0.1")


def test_no_address_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", Names("::1", "127.0.0.1").getaddrinfo)
    with refusing_port() as port:
        report = run(named("pacs", port))
    assert str(report.error) == f"no connection to pacs port {port} (::1, 127.0.0.1): Connection refused"


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
    names.answering.set()  # the loop is closed when the answer comes
    assert str(report.error) == f"no address of pacs within {SHORT} s (timeouts.{budget})"


def test_an_answer_of_the_name_service_that_comes_too_late(monkeypatch: pytest.MonkeyPatch) -> None:
    names = Names("127.0.0.1")
    monkeypatch.setattr(socket, "getaddrinfo", names.getaddrinfo)
    names.answering.clear()

    async def late() -> EchoReport:
        report = await aio.run(verify(named("pacs", 104, Timeouts(connect=SHORT)), monotonic_ns()))
        names.answering.set()
        for lookup in [thread for thread in threading.enumerate() if thread.name == "name lookup"]:
            await asyncio.to_thread(lookup.join)
        await asyncio.sleep(0)  # the loop takes the answer
        return report

    assert asyncio.run(late()).outcome is Outcome.NO_CONNECTION


def test_a_name_without_an_address(monkeypatch: pytest.MonkeyPatch) -> None:
    error = socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    monkeypatch.setattr(socket, "getaddrinfo", Names(error=error).getaddrinfo)
    report = run(named("pacs", 104))
    assert str(report.error) == "the host name 'pacs' has no address: Name or service not known"


@pytest.mark.parametrize("seconds", [2**31 - 1, 1e20, float("inf")])
def test_budgets_longer_than_the_system_can_count(seconds: float) -> None:
    with ScriptedPeer(Accept(), Serve()) as peer:
        report = run(request_for(peer, Timeouts(seconds, seconds, seconds, seconds, seconds)))
    assert report.success


def test_cancelling_closes_the_connection() -> None:
    asked = threading.Event()
    script = (Accept(), ExpectPdu(P_DATA), Call(asked.set), Silence())

    async def cancelled(peer: ScriptedPeer) -> None:
        task = asyncio.create_task(aio.run(verify(request_for(peer), monotonic_ns())))
        await asyncio.to_thread(asked.wait)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    with ScriptedPeer(*script) as peer:
        asyncio.run(cancelled(peer))
    assert (peer.types, peer.ended) == ([ASSOCIATE_RQ, P_DATA], "the client closed the connection")


@pytest.mark.parametrize("reconnect", [False, True])
def test_cancelling_a_pause(reconnect: bool) -> None:
    answered = threading.Event()
    script = (Accept(), EchoResponse(), Call(answered.set), Serve())

    async def cancelled(peer: ScriptedPeer) -> None:
        request = replace(request_for(peer, repeat=0, interval=3600), reconnect=reconnect)
        task = asyncio.create_task(aio.run(verify(request, monotonic_ns())))
        await asyncio.to_thread(answered.wait)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    with ScriptedPeer(*script) as peer:
        asyncio.run(cancelled(peer))
    assert peer.types[:2] == [ASSOCIATE_RQ, P_DATA]


def test_cancelling_a_connection_that_is_not_open_yet() -> None:
    async def cancelled(port: int) -> None:
        request = named("127.0.0.1", port)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(aio.run(verify(request, monotonic_ns())), SHORT)

    with unanswering_port() as port:
        asyncio.run(cancelled(port))


def test_many_at_once_do_not_wait_for_each_other() -> None:
    async def both(silent: ScriptedPeer, sound: ScriptedPeer) -> tuple[EchoReport, EchoReport]:
        waiting = asyncio.create_task(aio.run(verify(request_for(silent), monotonic_ns())))
        report = await aio.run(verify(request_for(sound), monotonic_ns()))
        ended.set()
        return report, await waiting

    ended = threading.Event()
    with (
        ScriptedPeer(Call(ended.wait), Accept(), Serve()) as silent,
        ScriptedPeer(Accept(), Serve()) as sound,
    ):
        assert [report.success for report in asyncio.run(both(silent, sound))] == [True, True]


# On a loop that tells what is done, not what can be done ----------------------------------------------


class CompletingLoop(asyncio.SelectorEventLoop):
    """Has no readers and no writers, as Windows' usual loop."""

    add_reader = asyncio.AbstractEventLoop.add_reader
    add_writer = asyncio.AbstractEventLoop.add_writer
    remove_reader = asyncio.AbstractEventLoop.remove_reader
    remove_writer = asyncio.AbstractEventLoop.remove_writer


def on_completions(request: EchoRequest) -> EchoReport:
    with asyncio.Runner(loop_factory=CompletingLoop) as runner:
        return runner.run(aio.run(verify(request, monotonic_ns())))


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_scenario_on_completions(scenario: Scenario) -> None:
    check(scenario, on_completions)


def test_a_flood_on_completions() -> None:
    check_flood("echo", on_completions)


@pytest.mark.parametrize("budget", ["connect", "deadline"])
def test_nobody_accepts_the_connection_on_completions(budget: str) -> None:
    with unanswering_port() as port:
        report = on_completions(named("127.0.0.1", port, Timeouts(**{budget: SHORT})))
    assert str(report.error) == (
        f"no TCP connection to 127.0.0.1 port {port} within {SHORT} s (timeouts.{budget})"
    )


def test_a_peer_that_does_not_read_on_completions() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        asyncio.Runner(loop_factory=CompletingLoop) as runner,
    ):
        procedure = endless(server.getsockname()[1], None, SHORT)
        sentence = runner.run(aio.run(procedure))
    assert sentence == f"no progress in sending within {SHORT} s (timeouts.socket)"


# What the loop was late by ----------------------------------------------------------------------------


class BusyLoop:
    """A verification whose loop is busy with something else while the response comes, for as long again."""

    def __init__(self) -> None:
        self.asked, self.answering, self.answered = (threading.Event() for _ in range(3))
        self.begun = self.asked_at = self.answered_at = self.free_at = 0

    def note_question(self) -> None:
        self.asked_at = monotonic_ns()
        self.asked.set()
        assert self.answering.wait(10)

    def note_answer(self) -> None:
        self.answered_at = monotonic_ns()
        self.answered.set()

    async def verify(self, request: EchoRequest) -> EchoReport:
        self.begun = monotonic_ns()
        task = asyncio.create_task(aio.run(verify(request, self.begun)))
        while not self.asked.is_set():
            await asyncio.sleep(0)
        self.answering.set()
        assert self.answered.wait(10)
        while monotonic_ns() < 2 * self.answered_at - self.begun:
            pass
        self.free_at = monotonic_ns()
        return await task

    def round_trip(self) -> int:
        answer = Raw(wire.p_data(1, wire.echo_response(1)))
        question = ExpectPdu(P_DATA), Call(self.note_question)
        with ScriptedPeer(Accept(), *question, answer, Call(self.note_answer), ReleaseResponse()) as peer:
            report = asyncio.run(self.verify(request_for(peer)))
        assert report.success
        return report.echoes.total


def test_what_the_loop_is_late_by_is_no_part_of_the_round_trip() -> None:
    busy = BusyLoop()
    assert 0 < busy.round_trip() <= busy.answered_at - busy.begun


def test_a_system_that_stamps_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrival, "_IS_LINUX", False)
    busy = BusyLoop()
    assert busy.round_trip() >= busy.free_at - busy.asked_at


def test_a_sandbox_that_knows_no_stamps() -> None:
    with socket.socket(socket.AF_UNIX) as no_tcp:
        no_tcp.close()
        assert not stamp_arrivals(no_tcp)


def test_a_clock_that_was_set_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    """A response is never there before its request, nor after it was read."""
    monkeypatch.setattr(arrival, "time_ns", lambda: 1 << 62)
    assert run_one_echo() == 0
    monkeypatch.setattr(arrival, "time_ns", lambda: 0)
    assert run_one_echo() > 0


def run_one_echo() -> int:
    with ScriptedPeer(Accept(), Serve()) as peer:
        return run(request_for(peer)).echoes.total


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


@pytest.mark.parametrize(
    ("seconds", "socket_timeout", "name"),
    [
        (SHORT, None, "acse"),
        (SHORT, 60, "acse"),
        (60, SHORT, "socket"),
    ],
)
def test_a_peer_that_does_not_read(seconds: float, socket_timeout: float | None, name: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        deadline = Deadline.after(monotonic_ns(), "acse", seconds)
        sentence = asyncio.run(aio.run(endless(server.getsockname()[1], deadline, socket_timeout)))
    assert sentence == f"no progress in sending within {SHORT} s (timeouts.{name})"


def test_a_step_before_the_connection_is_a_mistake() -> None:
    def procedure() -> Procedure[None]:
        yield Receive("nothing", None)

    with pytest.raises(AssertionError, match="a procedure connects first"):
        asyncio.run(aio.run(procedure()))


def test_an_answer_for_a_loop_that_is_closed_is_dropped() -> None:
    loop = asyncio.new_event_loop()
    loop.close()
    answers: list[list[Address] | object] = []
    aio._call_if_running(loop, answers.append, [])
    assert answers == []

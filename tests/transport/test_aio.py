"""The asyncio driver, on loopback: the same scenarios as the blocking one."""

import asyncio
import socket
import threading
from collections.abc import Generator
from dataclasses import replace
from time import monotonic_ns

import pytest

from dcmtool.errors import ConnectionLost, DeadlineExpired
from dcmtool.settings import EchoRequest, Timeouts
from dcmtool.steps import Close, Connect, Deadline, Receive, Send, Step
from dcmtool.transport import aio
from dcmtool.transport.addresses import Address
from dcmtool.verification.report import EchoReport, Outcome
from dcmtool.verification.scu import verify
from tests.peers.programs import refusing_port
from tests.peers.scripted import ScriptedPeer
from tests.peers.vocabulary import Accept, EchoResponse, ExpectPdu, Serve, Silence
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
    name = {"connect": "-to, connection timeout", "deadline": "--deadline"}[budget]
    with unanswering_port() as port:
        report = run(named("127.0.0.1", port, Timeouts(**{budget: SHORT})))
    sentence = f"no TCP connection to 127.0.0.1 port {port} within {SHORT} s ({name})"
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
    name = {"connect": "-to, connection timeout", "deadline": "--deadline"}[budget]
    report = run(named("pacs", 104, Timeouts(**{budget: SHORT})))
    names.answering.set()  # the loop is closed when the answer comes
    assert str(report.error) == f"no address of pacs within {SHORT} s ({name})"


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


# Writing to a peer that does not read -----------------------------------------------------------------


def endless(
    port: int, deadline: Deadline | None, socket_timeout: float | None
) -> Generator[Step, object, str]:
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
        (SHORT, None, "-ta, ACSE timeout"),
        (SHORT, 60, "-ta, ACSE timeout"),
        (60, SHORT, "-ts, socket timeout"),
    ],
)
def test_a_peer_that_does_not_read(seconds: float, socket_timeout: float | None, name: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        deadline = Deadline.after(monotonic_ns(), "-ta, ACSE timeout", seconds)
        sentence = asyncio.run(aio.run(endless(server.getsockname()[1], deadline, socket_timeout)))
    assert sentence == f"no progress in sending within {SHORT} s ({name})"


def test_a_step_before_the_connection_is_a_mistake() -> None:
    def procedure() -> Generator[Step, object, None]:
        yield Receive("nothing", None)

    with pytest.raises(AssertionError, match="a procedure connects first"):
        asyncio.run(aio.run(procedure()))


def test_an_answer_for_a_loop_that_is_closed_is_dropped() -> None:
    loop = asyncio.new_event_loop()
    loop.close()
    answers: list[list[Address] | object] = []
    aio._call_if_running(loop, answers.append, [])
    assert answers == []

"""The Python API: every failure is in the report, blocking and on asyncio alike."""

import asyncio
import gc
import inspect
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

import dcmtool
from dcmtool.api import echo as api
from dcmtool.errors import SettingsError
from dcmtool.settings import Timeouts
from dcmtool.verification.report import EchoReport, Outcome, Reply
from tests.peers.programs import refusing_port
from tests.peers.scripted import ScriptedPeer
from tests.peers.vocabulary import Accept, EchoResponse, ExpectPdu, ReleaseResponse, Serve, Silence
from tests.peers.wire import ABORT, ASSOCIATE_RQ, P_DATA, RELEASE_RQ
from tests.transport.scenarios import SCENARIOS, Call, Scenario, interrupt_main_thread

Echo = Callable[..., EchoReport]


def on_asyncio(*args: Any, **kwargs: Any) -> EchoReport:
    """Call `async_echo` on an event loop of its own."""
    return asyncio.run(api.async_echo(*args, **kwargs))


BOTH = pytest.mark.parametrize("echo", [api.echo, on_asyncio], ids=["blocking", "asyncio"])


@BOTH
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_scenario(echo: Echo, scenario: Scenario) -> None:
    with ScriptedPeer(*scenario.script) as peer:
        report = echo(
            peer.host,
            peer.port,
            timeouts=scenario.timeouts,
            repeat=scenario.repeat,
            interval=scenario.interval,
        )
    assert (report.outcome, report.stage, str(report.error)) == (
        scenario.outcome,
        scenario.stage,
        scenario.sentence,
    )
    assert report.success == (scenario.outcome is Outcome.SUCCESS)
    assert tuple(peer.types) == scenario.seen


@BOTH
def test_an_association_is_freed_at_its_end_without_the_collector(echo: Echo) -> None:
    def alive() -> Counter[str]:  # others may hold some, such as a test that failed
        kept = Counter(type(each).__name__ for each in gc.get_objects())
        return Counter({name: kept[name] for name in parts})

    parts = ("_Verification", "Requestor", "Exchange", "Association", "EchoReport")
    gc.collect()
    gc.disable()
    try:
        before = alive()
        with ScriptedPeer(Accept(), Serve()) as peer:
            assert echo(peer.host, peer.port, repeat=2).success
        assert alive() <= before
    finally:
        gc.enable()


@BOTH
def test_the_request_and_the_report(echo: Echo) -> None:
    syntaxes = ["1.2.840.10008.1.2", "1.2.840.10008.1.2.1"]
    with ScriptedPeer(Accept(4096, (3, 0)), Serve()) as peer:
        report = echo(
            peer.host,
            peer.port,
            calling_aet="ME",
            called_aet="YOU",
            transfer_syntaxes=syntaxes,
            contexts=2,
            max_pdu=8192,
            family="ipv4",
            repeat=2,
        )
    request = peer.request
    assert (request.called, request.calling) == (b"YOU".ljust(16), b"ME".ljust(16))
    assert [context.transfer_syntaxes for context in request.contexts] == [tuple(syntaxes)] * 2
    assert request.user[0] == (0x51, (8192).to_bytes(4, "big"))
    assert (report.host, report.port, report.address) == (peer.host, peer.port, "127.0.0.1")
    assert report.negotiated is not None
    assert report.negotiated[1:] == (4096, "1.2.3.4.5", "SCRIPTED_PEER")
    phases = report.phases
    times = (phases.resolve, phases.connect, phases.associate, phases.echo, phases.release)
    assert all(time is not None and 0 < time < 10**10 for time in times)
    first, second = report.echoes.replies
    assert (first[:2], second[:2]) == ((1, 0), (2, 0))
    assert phases.echo is not None
    assert 0 < first.round_trip + second.round_trip <= phases.echo


@BOTH
def test_abort_in_place_of_the_release(echo: Echo) -> None:
    with ScriptedPeer(Accept(), EchoResponse()) as peer:
        report = echo(peer.host, peer.port, abort=True)
    assert (report.success, peer.types) == (True, [ASSOCIATE_RQ, P_DATA, ABORT])


@BOTH
def test_an_interval_and_figures(echo: Echo) -> None:
    with ScriptedPeer(Accept(), Serve()) as peer:
        report = echo(peer.host, peer.port, repeat=3, interval=0.05)
    echoes = report.echoes
    assert (report.success, echoes.sent, echoes.received) == (True, 3, 3)
    assert report.phases.echo is not None
    assert report.phases.echo >= 100_000_000
    assert None not in (echoes.median, echoes.p95, echoes.p99)
    assert echoes.maximum == echoes.p99


@BOTH
def test_each_echo_on_its_own_association(echo: Echo) -> None:
    with ScriptedPeer(Accept(), Serve(), then=[(Accept(), Serve(0x0110))]) as peer:
        report = echo(peer.host, peer.port, repeat=2, reconnect=True)
    assert peer.visits == [[ASSOCIATE_RQ, P_DATA, RELEASE_RQ]] * 2
    assert report.outcome is Outcome.ECHO_FAILED
    assert [reply[:2] for reply in report.echoes.replies] == [(1, 0), (2, 0x0110)]
    assert {name: times.count for name, times in report.per_phase.items()} == dict.fromkeys(
        ("resolve", "connect", "associate", "echo", "release"), 2
    )


@BOTH
def test_a_listener_hears_of_everything(echo: Echo) -> None:
    heard: list[dcmtool.Event] = []
    with ScriptedPeer(Accept(), Serve(0x0110)) as peer:
        report = echo(peer.host, peer.port, listener=heard.append)
    names = [type(event.what).__name__ for event in heard]
    assert len({event.association for event in heard}) == 1
    assert [event.at for event in heard] == sorted(event.at for event in heard)
    details = {"Pdu", "StateChanged", "TimerStarted", "TimerStopped"}
    assert [name for name in names if name not in details] == [
        "Requesting",
        "TransportOpened",
        "Associating",
        "Negotiated",
        "Established",
        "EchoSending",
        "MessageReceived",
        "EchoAnswered",
        "Failed",
        "Releasing",
    ]
    assert details < set(names)
    assert isinstance(report.echoes.replies[0], Reply)
    assert report.echoes.statuses == {0x0110: 1}


@BOTH
def test_nobody_listens_there(echo: Echo) -> None:
    with refusing_port() as port:
        report = echo("127.0.0.1", port)
    assert (report.success, report.outcome, report.stage) == (False, Outcome.NO_CONNECTION, "connect")
    assert str(report.error) == f"no connection to 127.0.0.1 port {port}: Connection refused"


@BOTH
@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"host": " "}, "host ' ' is empty: name a host or an address"),
        ({"port": 0}, "port '0' is out of range: from 1 to 65535"),
        ({"port": "104"}, "port '104' is not a number"),
        (
            {"calling_aet": ""},
            "calling AE title '' is empty: an AE title has 1 to 16 characters (PS3.5 6.2, VR AE)",
        ),
        ({"repeat": -1}, "number of echoes '-1' is out of range: at least 0"),
        ({"interval": -1}, "interval '-1' is out of range: from 0 to 86400"),
        ({"interval": "1"}, "interval '1' is not a number"),
        ({"reconnect": 1}, "reconnect '1' is not true or false"),
        ({"repeat": True}, "number of echoes 'True' is not a number"),
        ({"contexts": 129}, "number of presentation contexts '129' is out of range: from 1 to 128"),
        ({"max_pdu": 1}, "maximum PDU length '1' is out of range: from 4096 to 131072"),
        ({"family": "ipx"}, "family 'ipx' is none of auto, ipv4, ipv6"),
        ({"family": ["ipv4"]}, "family '['ipv4']' is none of auto, ipv4, ipv6"),
        ({"host": ["127.0.0.1"]}, "host '['127.0.0.1']' is not text"),
        ({"port": [104]}, "port '[104]' is not a number"),
        ({"timeouts": 5}, "timeouts '5' is not a Timeouts"),
        ({"timeouts": {"connect": 5}}, "timeouts '{'connect': 5}' is not a Timeouts"),
        ({"transfer_syntaxes": [["1.2"]]}, "transfer syntax '['1.2']' is not text"),
        ({"transfer_syntaxes": "1.2"}, "transfer syntaxes '1.2' is not a sequence of UIDs"),
        ({"transfer_syntaxes": 5}, "transfer syntaxes '5' is not a sequence of UIDs"),
        ({"called_aet": None}, "called AE title 'None' is not text"),
        ({"abort": "no"}, "abort 'no' is not true or false"),
        ({"tls": "yes"}, "TLS settings 'yes' is not a TlsSettings"),
    ],
)
def test_wrong_arguments_are_raised_before_anything_is_sent(
    echo: Echo, arguments: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        echo(**{"host": "127.0.0.1", "port": 1, **arguments})
    assert str(caught.value) == sentence


def test_an_equal_value_of_another_type_is_not_taken_from_the_cache() -> None:
    with ScriptedPeer(Accept(), Serve()) as peer:
        assert api.echo(peer.host, peer.port, repeat=1).success
    with pytest.raises(SettingsError):
        api.echo(peer.host, peer.port, repeat=True)


def test_both_take_the_same_arguments() -> None:
    assert inspect.signature(api.echo) == inspect.signature(api.async_echo)


def test_cancelling_closes_the_connection() -> None:
    asked = threading.Event()

    async def cancelled(peer: ScriptedPeer) -> None:
        task = asyncio.create_task(dcmtool.async_echo(peer.host, peer.port))
        await asyncio.to_thread(asked.wait)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    with ScriptedPeer(Accept(), ExpectPdu(P_DATA), Call(asked.set), Silence()) as peer:
        asyncio.run(cancelled(peer))
    assert (peer.types, peer.ended) == ([ASSOCIATE_RQ, P_DATA], "the client closed the connection")


def test_many_nodes_at_once() -> None:
    async def all_of(peers: list[ScriptedPeer]) -> list[EchoReport]:
        return await asyncio.gather(*(dcmtool.async_echo(peer.host, peer.port) for peer in peers))

    with ScriptedPeer(Accept(), Serve()) as one, ScriptedPeer(Accept(), Serve(0x0122)) as other:
        reports = asyncio.run(all_of([one, other]))
    assert [report.outcome for report in reports] == [Outcome.SUCCESS, Outcome.ECHO_FAILED]
    assert [peer.types[-1] for peer in (one, other)] == [RELEASE_RQ, RELEASE_RQ]


def test_the_default_timeouts_are_those_of_the_command() -> None:
    assert Timeouts() == Timeouts(connect=None, acse=30, dimse=None, socket=60, deadline=None)


def test_ctrl_c_in_a_pause_releases_and_is_raised() -> None:
    script = (Accept(), EchoResponse(), Call(interrupt_main_thread), ReleaseResponse())
    with ScriptedPeer(*script) as peer, pytest.raises(KeyboardInterrupt):
        api.echo(peer.host, peer.port, repeat=0, interval=3600)
    assert peer.types in ([ASSOCIATE_RQ, P_DATA, RELEASE_RQ], [ASSOCIATE_RQ, P_DATA, ABORT])


def test_ctrl_c_aborts_and_is_raised() -> None:
    script = (Accept(), ExpectPdu(P_DATA), Call(interrupt_main_thread), Silence())
    with ScriptedPeer(*script) as peer, pytest.raises(KeyboardInterrupt):
        api.echo(peer.host, peer.port)
    assert peer.types[-1] == ABORT

"""The tasks of a diagnosis done on loopback: what goes over the wire, and what is kept of it."""

from pathlib import Path
from typing import NoReturn

import pytest

from dcmtool.diagnosis import probe
from dcmtool.diagnosis.evidence import Attempt, Evidence, Lookup
from dcmtool.diagnosis.experiments import Experiment
from dcmtool.diagnosis.probe import Prober
from dcmtool.diagnosis.stages import Associate, LookUp, Task, Tasks
from dcmtool.errors import ConnectionLost, NameNotResolved, NotDicom, TlsFailure
from dcmtool.events import Event, TransportOpened
from dcmtool.settings import EchoRequest, Peer, Timeouts, TlsSettings
from dcmtool.steps import Connect, Connected, Receive, Received, Send
from tests.peers.pki import standard
from tests.peers.scripted import ScriptedPeer
from tests.peers.tls import server_context
from tests.peers.vocabulary import (
    Abort,
    Accept,
    CloseConnection,
    ExpectPdu,
    Raw,
    Serve,
    Silence,
)
from tests.peers.wire import ABORT, ASSOCIATE_RQ, P_DATA, RELEASE_RQ

TIMES = Timeouts(connect=5, acse=5, dimse=5)
SOON = 0.02  # seconds


def done(
    request: EchoRequest, *tasks: Task, listener: list[Event] | None = None
) -> tuple[list[Lookup | Attempt], list[tuple[Task, bool]]]:
    """Do some tasks; return what came of each, and what was told of their progress."""
    answers: list[Lookup | Attempt] = []
    told: list[tuple[Task, bool]] = []

    def each() -> Tasks:
        for task in tasks:
            answer = yield task
            answers.append(answer)
        return Evidence(request, 0)

    heard = None if listener is None else listener.append
    Prober(request, lambda task, answer: told.append((task, answer is not None)), listener=heard).run(each())
    return answers, told


def attempt_at(peer: ScriptedPeer, listen: float = 0, tls: TlsSettings | None = None) -> Attempt:
    """Return one association with a peer, whose name leads nowhere."""
    request = EchoRequest(Peer("nobody.invalid", peer.port), timeouts=TIMES, tls=tls)
    (attempt,), _ = done(request, Associate(request, peer.host, 7, listen))
    assert isinstance(attempt, Attempt)
    return attempt


def test_an_association_at_an_address_of_the_host() -> None:
    events: list[Event] = []
    with ScriptedPeer(Accept(), Serve()) as peer:
        request = EchoRequest(Peer("nobody.invalid", peer.port), timeouts=TIMES)
        task = Associate(request, peer.host, 7)
        (attempt,), told = done(request, task, listener=events)
    assert isinstance(attempt, Attempt)
    assert (attempt.stage, attempt.cause, attempt.number) == ("done", None, 7)
    assert (attempt.asked.host, attempt.address, attempt.source) == ("nobody.invalid", peer.host, "127.0.0.1")
    assert attempt.implementation == "1.2.3.4.5 (SCRIPTED_PEER)"
    assert [(each.what, each.association) for each in attempt.seen] == [
        ("A-ASSOCIATE-AC", 7),
        ("P-DATA-TF", 7),
        ("A-RELEASE-RP", 7),
    ]
    assert [len(each.data) <= 64 for each in attempt.seen] == [True] * 3
    times = [each.at for each in attempt.seen if each.at is not None]
    assert times == sorted(times)
    assert len(times) == 3
    assert peer.types == [ASSOCIATE_RQ, P_DATA, RELEASE_RQ]
    assert told == [(task, False), (task, True)]
    assert any(isinstance(each.what, TransportOpened) for each in events)


def test_who_ends_the_pause_before_an_experiment_ends_it_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_until: int) -> NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setattr(probe, "wait", interrupted)
    request = EchoRequest(Peer("127.0.0.1", 1), timeouts=TIMES)
    tried = Experiment("titles", "the called title A", request, "127.0.0.1", ("called-title",))
    (attempt,), _ = done(request, Associate(request, "127.0.0.1", 2, experiment=tried))
    assert isinstance(attempt, Attempt)
    assert (attempt.was_stopped, attempt.experiment, attempt.number) == (True, "the called title A", 2)


def test_the_end_is_told_with_its_bytes_once() -> None:
    with ScriptedPeer(ExpectPdu(ASSOCIATE_RQ), Abort(0, 0)) as peer:
        attempt = attempt_at(peer)
    (seen,) = attempt.seen
    assert (seen.what, seen.data) == (
        "the peer aborted the association (A-ABORT from the service user)",
        b"\7\0\0\0\0\4\0\0\0\0",
    )


def test_who_hangs_up_while_we_listen_is_sent_nothing() -> None:
    with ScriptedPeer(CloseConnection()) as peer:
        attempt = attempt_at(peer, listen=30)
    assert (attempt.stage, type(attempt.cause)) == ("associate", ConnectionLost)
    assert (attempt.listened, attempt.spoke_first, peer.types) == (True, True, [])


def test_who_resets_while_we_listen_is_sent_nothing_either() -> None:
    connection = probe.ProbedConnection("192.0.2.1", 1)
    steps = connection.obey(Connect("host", 104, "ipv4", None, None))
    assert next(steps) == Connect("192.0.2.1", 104, "auto", None, None)
    opened = Connected("192.0.2.1", 104, 1, 2)
    assert steps.send(opened) == Receive("first bytes", None, 1_000_000_002)
    with pytest.raises(StopIteration) as done:
        steps.throw(ConnectionLost(OSError(104, "")))
    assert (done.value.value, connection.heard) == (opened, True)
    with pytest.raises(ConnectionLost):
        next(connection.obey(Send(b"request", None)))
    with pytest.raises(StopIteration) as read:
        next(connection.obey(Receive("answer", None)))
    assert read.value.value == Received(b"", 2)


def test_who_speaks_first_is_heard() -> None:
    with ScriptedPeer(Raw(b"220 mail\r\n"), Silence()) as peer:
        attempt = attempt_at(peer, listen=30)
    assert isinstance(attempt.cause, NotDicom)
    assert (attempt.cause.start, attempt.spoke_first) == (b"220 mail", True)


def test_who_waits_for_us_is_sent_the_request() -> None:
    with ScriptedPeer(Accept(), Serve()) as peer:
        attempt = attempt_at(peer, listen=SOON)
    assert (attempt.stage, attempt.listened, attempt.spoke_first) == ("done", True, False)


def test_the_certificate_is_still_that_of_the_host(tmp_path: Path) -> None:
    tls = TlsSettings(verify_peer=False, check_hostname=True)
    with ScriptedPeer(Accept(), Serve(), tls=server_context(tmp_path, standard().server)) as peer:
        attempt = attempt_at(peer, tls=tls)
    assert isinstance(attempt.cause, TlsFailure)
    assert (attempt.cause.kind, "nobody.invalid" in attempt.cause.what) == ("wrong-host", True)


def test_a_failure_in_the_middle_is_aborted() -> None:
    with ScriptedPeer(Accept(), ExpectPdu(P_DATA), Raw(b"\6\0\0\0\0\4\0\0\0\0"), Silence()) as peer:
        attempt = attempt_at(peer)
    assert attempt.stage == "echo"
    assert peer.types[-1] == ABORT


class Stopped:
    """Waits that the user ends."""

    def __enter__(self) -> None:
        raise KeyboardInterrupt

    def __exit__(self, *_error: object) -> None:
        """Never get here."""


def test_what_is_stopped_before_it_began() -> None:
    request = EchoRequest(Peer("nobody.invalid", 104), timeouts=TIMES)
    tried = Experiment("titles", "a title", request, "127.0.0.1", ())
    answers: list[Lookup | Attempt] = []

    def each() -> Tasks:
        for task in (LookUp("ipv4", True), Associate(request, "127.0.0.1", 1, experiment=tried)):
            answer = yield task
            answers.append(answer)
        return Evidence(request, 0)

    Prober(request, waiting=Stopped()).run(each())
    assert [type(answer.cause) for answer in answers] == [KeyboardInterrupt] * 2


@pytest.mark.parametrize("wanted", [True, False])
def test_a_lookup(wanted: bool) -> None:
    request = EchoRequest(Peer("127.0.0.1", 104), timeouts=TIMES)
    (lookup,), _ = done(request, LookUp("ipv4", wanted))
    assert isinstance(lookup, Lookup)
    assert (lookup.family, lookup.addresses, lookup.cause, lookup.wanted) == (
        "ipv4",
        ("127.0.0.1",),
        None,
        wanted,
    )
    assert lookup.took > 0


def test_a_lookup_that_finds_nothing() -> None:
    request = EchoRequest(Peer("nobody.invalid", 104), timeouts=TIMES)
    (lookup,), _ = done(request, LookUp("ipv6", True))
    assert isinstance(lookup, Lookup)
    assert (lookup.addresses, type(lookup.cause)) == ((), NameNotResolved)

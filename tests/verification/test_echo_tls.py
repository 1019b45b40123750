"""TLS in the procedure: a stage of its own between connection and association."""

from dataclasses import replace

import pytest

from dcmtool import events
from dcmtool.advice import Advice
from dcmtool.errors import (
    ConnectionLost,
    DeadlineExpired,
    Interrupted,
    TlsFailed,
    TlsFailure,
    TlsWanted,
    TransportError,
)
from dcmtool.settings import EchoRequest, Timeouts, TlsSettings
from dcmtool.steps import Close, Connect, Deadline, Send
from dcmtool.verification.report import Outcome
from tests.verification.playbook import (
    ECHO,
    MS,
    SESSION,
    TO_ASSOCIATE,
    Playbook,
    acse,
    overall,
    with_timeouts,
)

SECURE = replace(ECHO, tls=TlsSettings())
UNTRUSTED = TlsFailure("untrusted", "the peer's certificate is not trusted", Advice("add-issuer"))
SEEN = TlsFailure("wrong-host", "the peer's certificate is for another host", None, SESSION)


def secured(request: EchoRequest = SECURE) -> Playbook:
    """Return a run whose TLS session stands."""
    play = Playbook(request)
    play.connects()
    play.secures(acse(2))
    return play


def test_tls_is_a_stage_with_its_own_time() -> None:
    play = secured()
    assert play.progress()[2:4] == [events.TlsEstablished(SESSION, "pacs"), events.Associating()]
    assert isinstance(play.step, Send)
    play.associate_rq = play.step.data
    play.sends(play.associate_rq, acse(3))
    play.receives(TO_ASSOCIATE, play.acceptance(), acse(3))
    play.echoes()
    report = play.releases()
    assert (report.success, report.tls, report.phases.tls) == (True, SESSION, MS)
    assert (report.phases.connect, report.phases.associate) == (MS, 2 * MS)


def test_without_tls_settings_none_is_started() -> None:
    play = Playbook()
    play.connects()
    assert isinstance(play.step, Send)
    assert play.progress()[2] == events.Associating()


@pytest.mark.parametrize(
    ("timeouts", "deadline"),
    [
        (Timeouts(connect=5, acse=30), Deadline(5_000 * MS, "connect", 5)),
        (Timeouts(connect=50, acse=30), acse(2)),
        (Timeouts(connect=50, acse=30, deadline=7), overall(7)),
        (Timeouts(acse=None), None),
    ],
)
def test_the_handshake_is_bounded_by_every_budget_that_runs(
    timeouts: Timeouts, deadline: Deadline | None
) -> None:
    play = Playbook(with_timeouts(timeouts, SECURE))
    connecting = play.step
    assert isinstance(connecting, Connect)
    play.connects(connecting.deadline)
    play.secures(deadline)


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (UNTRUSTED, "the peer's certificate is not trusted: add its certificate with ca_files="),
        (SEEN, "the peer's certificate is for another host"),
        (
            DeadlineExpired("end of the TLS handshake", "acse", 30),
            "no end of the TLS handshake within 30 s (timeouts.acse)",
        ),
        (ConnectionLost(), "the peer closed the connection without an A-ABORT (PS3.8 9.2.3, AA-4)"),
    ],
    ids=["untrusted", "seen", "too late", "lost"],
)
def test_a_failure_ends_the_run_without_a_word_to_the_peer(error: TransportError, sentence: str) -> None:
    play = Playbook(SECURE)
    play.connects()
    play.fails(error)
    assert isinstance(play.step, Close)
    report = play.closes()
    assert (report.outcome, report.stage, str(report.error)) == (Outcome.TLS_FAILED, "tls", sentence)
    assert isinstance(report.error, TlsFailed)
    assert (report.tls, report.phases.tls) == (getattr(error, "session", None), None)


def test_a_session_that_was_refused_is_told() -> None:
    play = Playbook(SECURE)
    play.connects()
    play.fails(SEEN)
    assert play.progress()[2] == events.TlsRefused(SESSION, "pacs")


def test_without_detail_only_the_failure_is_told() -> None:
    play = Playbook(SECURE, detail=False)
    play.connects()
    play.fails(SEEN)
    assert [type(event) for event in play.happened()] == [events.Failed]


def test_what_is_only_refused_after_the_handshake_is_a_failure_of_tls() -> None:
    play = secured()
    play.reaches(TO_ASSOCIATE)
    play.fails(TlsFailure("client-certificate-required", "the peer wants a client certificate"))
    report = play.closes()
    assert (report.outcome, report.stage, report.tls) == (Outcome.TLS_FAILED, "associate", SESSION)


def test_a_tls_alert_in_place_of_a_pdu() -> None:
    play = Playbook()
    play.requests()
    play.receives(TO_ASSOCIATE, b"\x15\3\3\0\2\2\x46", acse(2))
    report = play.closes()
    assert (report.outcome, report.stage) == (Outcome.TLS_FAILED, "associate")
    assert isinstance(report.error, TlsFailed)
    assert isinstance(report.error.cause, TlsWanted)
    assert str(report.error) == (
        "the peer answered with a TLS alert: it wants TLS here (RFC 8446 6): "
        "use tls=TlsSettings(), or key_file= and certificate_file= with a client certificate"
    )


def test_ctrl_c_during_the_handshake() -> None:
    play = Playbook(SECURE)
    play.connects()
    play.fails(KeyboardInterrupt())
    report = play.closes()
    assert isinstance(report.error, Interrupted)
    assert (report.stage, str(report.error)) == ("tls", "interrupted (stage: tls)")

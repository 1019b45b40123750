"""Echoes at an interval and without end, step by step: when they start, what cuts a pause short, Ctrl-C."""

import errno
from dataclasses import replace

import pytest

from dcmtool import events
from dcmtool.dimse.messages import c_echo_rq
from dcmtool.errors import ConnectionLost, TransportError
from dcmtool.settings import EchoRequest, Peer, Timeouts
from dcmtool.steps import Receive
from dcmtool.verification.report import EchoReport, Outcome
from tests.peers import wire
from tests.verification.failures import CLOSED
from tests.verification.playbook import (
    BETWEEN,
    ECHO,
    MS,
    RELEASE_RP,
    RELEASE_RQ,
    TO_CLOSE,
    TO_ECHO,
    TO_RELEASE,
    USER_ABORT,
    Playbook,
    artim,
    echo_rq,
    echo_rsp,
    grace,
    overall,
    with_timeouts,
)

WATCH = replace(ECHO, repeat=0, interval=0.5)
INTERRUPTED = "interrupted (stage: echo)"


def check(report: EchoReport, outcome: Outcome, sentence: str, sent: int, received: int) -> None:
    """Compare what came of a watch."""
    echoes = report.echoes
    assert (report.outcome, str(report.error)) == (outcome, sentence)
    assert (echoes.sent, echoes.received) == (sent, received)


def started(request: EchoRequest = WATCH) -> Playbook:
    """Return a play in which the first echo was answered, which was due at 4 ms."""
    play = Playbook(request)
    play.associates()
    play.echoes()
    return play


def test_each_echo_starts_an_interval_after_the_one_before() -> None:
    play = started(replace(ECHO, repeat=3, interval=0.5))
    assert play.now == 6 * MS
    play.rests(504)
    play.echoes(2)
    play.rests(1004)
    play.echoes(3)
    report = play.releases()
    assert report.success
    assert report.phases.echo == 1002 * MS
    assert [reply.message_id for reply in report.echoes.replies] == [1, 2, 3]


def test_an_echo_that_is_late_is_followed_at_once_and_the_interval_counts_from_there() -> None:
    play = Playbook(WATCH)
    play.associates()
    play.asks()
    play.now += 700 * MS
    play.receives(TO_ECHO, echo_rsp(), None)  # at 706 ms
    play.echoes(2)
    play.rests(1206)


def test_without_end_it_goes_on_beyond_the_message_ids() -> None:
    play = Playbook(replace(ECHO, repeat=0), detail=False)
    play.associates()
    for number in range(65537):
        play.echoes(number % 65535 + 1)
    assert play.step is not None
    play.fails(KeyboardInterrupt())
    check(play.ends()[0], Outcome.INTERRUPTED, INTERRUPTED, 65537, 65537)


def test_the_deadline_of_the_run_ends_a_pause() -> None:
    play = Playbook(with_timeouts(Timeouts(socket=None, deadline=0.3), WATCH))
    play.reaches(BETWEEN)
    assert play.step == Receive(BETWEEN, overall(0.3), 504 * MS)
    play.expires()
    report, sent = play.ends()
    check(report, Outcome.ECHO_FAILED, "no time for the next echo within 0.3 s (timeouts.deadline)", 1, 1)
    assert sent == USER_ABORT


# What the peer does in a pause ------------------------------------------------------------------------

RELEASE = "the peer asked for the release (A-RELEASE-RQ) before all echoes were sent (PS3.8 7.2.1)"
DATA = "the peer sent data that no echo asked for (PS3.7 9.3.5.2)"
ABORTED = "the peer aborted the association (A-ABORT from the service user)"
RESET = ConnectionLost(ConnectionResetError(errno.ECONNRESET, "reset"))


@pytest.mark.parametrize("chunk", [None, 1])
@pytest.mark.parametrize(
    ("given", "outcome", "sentence", "answer"),
    [
        (wire.abort(0, 0), Outcome.ABORTED, ABORTED, b""),
        (RELEASE_RQ, Outcome.ECHO_FAILED, RELEASE, USER_ABORT),
        (echo_rsp(2), Outcome.ECHO_FAILED, DATA, USER_ABORT),
        (b"", Outcome.ECHO_FAILED, CLOSED, b""),
    ],
    ids=["abort", "release", "data", "close"],
)
def test_what_ends_the_association_in_a_pause(
    given: bytes, outcome: Outcome, sentence: str, answer: bytes, chunk: int | None
) -> None:
    play = started()
    play.chunk = chunk
    waiting = Receive(BETWEEN, None, 504 * MS)
    assert play.step == waiting
    play.hears(given, waiting)
    report, sent = play.ends()
    check(report, outcome, sentence, 1, 1)
    assert sent == answer


@pytest.mark.parametrize(
    ("error", "sentence"),
    [(RESET, "the connection broke: Connection reset by peer"), (ConnectionLost(), CLOSED)],
)
def test_a_connection_that_breaks_in_a_pause(error: TransportError, sentence: str) -> None:
    play = started()
    play.fails(error)
    report, sent = play.ends()
    check(report, Outcome.ECHO_FAILED, sentence, 1, 1)
    assert sent == b""


def test_what_came_together_with_the_response_is_not_waited_for() -> None:
    play = Playbook(WATCH)
    play.associates()
    play.asks()
    play.receives(TO_ECHO, echo_rsp() + wire.abort(0, 0), None)
    check(play.ends()[0], Outcome.ABORTED, ABORTED, 1, 1)


def test_a_part_of_a_pdu_does_not_end_a_pause() -> None:
    play = started()
    play.hears(RELEASE_RQ[:4], Receive(BETWEEN, None, 504 * MS))
    play.rests(504)


def test_bytes_that_are_no_pdu_end_it() -> None:
    play = started()
    play.hears(b"HTTP/1.1", play.step)
    report, sent = play.ends()
    assert (report.outcome, sent) == (Outcome.ECHO_FAILED, wire.abort(2, 1))


# Ctrl-C -----------------------------------------------------------------------------------------------


def test_ctrl_c_in_a_pause_releases_the_association() -> None:
    play = started()
    play.fails(KeyboardInterrupt())
    report = play.releases()
    check(report, Outcome.INTERRUPTED, INTERRUPTED, 1, 1)
    assert (report.stage, report.phases.echo) == ("done", 2 * MS)
    failed, releasing = play.progress()[-2:]
    assert failed == events.Failed(report.error)  # type: ignore[arg-type]
    assert isinstance(releasing, events.Releasing)


def test_ctrl_c_in_a_pause_aborts_where_that_is_how_it_ends() -> None:
    play = started(replace(WATCH, abort=True))
    play.fails(KeyboardInterrupt())
    report, sent = play.ends()
    check(report, Outcome.INTERRUPTED, INTERRUPTED, 1, 1)
    assert sent == USER_ABORT


@pytest.mark.parametrize(
    ("request_", "orderly"),
    [(WATCH, False), (replace(ECHO, repeat=0), False), (replace(ECHO, repeat=9), True)],
    ids=["interval", "without end", "orderly"],
)
def test_ctrl_c_waits_for_the_response_that_is_outstanding(request_: EchoRequest, orderly: bool) -> None:
    play = Playbook(request_, orderly=orderly)
    play.associates()
    play.asks()
    play.fails(KeyboardInterrupt())
    play.tells_the_time()
    play.receives(TO_ECHO, echo_rsp(), grace(play.now // MS))
    check(play.releases(), Outcome.INTERRUPTED, INTERRUPTED, 1, 1)


def test_ctrl_c_in_the_middle_of_a_response_loses_nothing_of_it() -> None:
    play = Playbook(WATCH)
    play.associates()
    play.asks()
    play.hears(echo_rsp()[:40], play.step)
    play.fails(KeyboardInterrupt())
    play.tells_the_time()
    play.receives(TO_ECHO, echo_rsp()[40:], grace(play.now // MS))
    check(play.releases(), Outcome.INTERRUPTED, INTERRUPTED, 1, 1)


def test_a_response_that_does_not_come_within_a_second_is_lost() -> None:
    play = Playbook(WATCH)
    play.associates()
    play.asks()
    play.fails(KeyboardInterrupt())
    play.tells_the_time()
    play.expires()
    report, sent = play.ends()
    check(report, Outcome.INTERRUPTED, INTERRUPTED, 1, 0)
    assert sent == USER_ABORT


def test_the_budget_of_the_echo_still_bounds_the_wait() -> None:
    play = Playbook(with_timeouts(Timeouts(socket=None, dimse=0.1), WATCH))
    play.associates()
    play.reaches(TO_ECHO)
    bound = play.step
    play.fails(KeyboardInterrupt())
    play.tells_the_time()
    assert play.step == bound


@pytest.mark.parametrize("wait", [TO_ECHO, TO_RELEASE])
def test_a_second_ctrl_c_aborts_at_once(wait: str) -> None:
    play = Playbook(replace(WATCH, repeat=1))
    play.reaches(wait)
    play.fails(KeyboardInterrupt())
    play.tells_the_time()
    play.fails(KeyboardInterrupt())
    report, sent = play.ends()
    assert (report.outcome, sent) == (Outcome.INTERRUPTED, USER_ABORT)


def test_ctrl_c_during_the_release_waits_for_its_end() -> None:
    play = Playbook(replace(WATCH, repeat=1))
    play.associates()
    play.echoes()
    play.asks_for_release()
    play.fails(KeyboardInterrupt())
    play.tells_the_time()
    play.receives(TO_RELEASE, RELEASE_RP, grace(play.now // MS))
    report = play.closes()
    check(report, Outcome.INTERRUPTED, "interrupted (stage: release)", 1, 1)
    assert report.stage == "done"


def test_a_release_that_fails_after_ctrl_c_does_not_hide_it() -> None:
    play = started()
    play.fails(KeyboardInterrupt())
    deadline = play.asks_for_release()
    play.receives(TO_RELEASE, b"", deadline)
    check(play.ends()[0], Outcome.INTERRUPTED, INTERRUPTED, 1, 1)


def test_ctrl_c_before_there_is_an_association_aborts() -> None:
    play = Playbook(WATCH)
    play.requests()
    play.fails(KeyboardInterrupt())
    begun = play.now
    play.tells_the_time()
    play.sends(USER_ABORT, artim(begun // MS + 1))
    play.receives(TO_CLOSE, b"", artim(begun // MS + 1))
    check(play.closes(), Outcome.INTERRUPTED, "interrupted (stage: associate)", 0, 0)


def test_what_is_sent_is_what_a_plain_repeat_sends() -> None:
    play = Playbook(EchoRequest(Peer("pacs", 104), timeouts=Timeouts(socket=None), repeat=2), detail=False)
    play.associates()
    play.echoes()
    play.asks(2)
    assert echo_rq(2)[12:] == c_echo_rq(2)

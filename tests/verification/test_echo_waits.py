"""How long the procedure waits, and what cuts a wait short: budgets, Ctrl-C, a peer that breaks off."""

import tracemalloc
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dcmtool.errors import (
    AssociationFailed,
    ConnectionLost,
    DeadlineExpired,
    EchoFailed,
    Interrupted,
    ReleaseFailed,
)
from dcmtool.events import Warned
from dcmtool.settings import Timeouts
from dcmtool.steps import Close, Receive, Received
from dcmtool.verification.report import Outcome
from tests.peers import wire
from tests.verification.failures import ASSOCIATE_RQ, STAGES, check, until_abort
from tests.verification.playbook import (
    EVERY_BUDGET,
    RELEASE_RP,
    RELEASE_RQ,
    TO_ASSOCIATE,
    TO_CLOSE,
    TO_ECHO,
    TO_RELEASE,
    USER_ABORT,
    Playbook,
    acse,
    artim,
    echo_rsp,
    overall,
    with_timeouts,
)


@pytest.mark.parametrize(
    ("crossing", "again"),
    [
        (RELEASE_RQ, b""),  # PS3.8 9.2, AA-6
        (echo_rsp(), b""),
        (wire.pdu(9, b""), wire.abort(2, 1)),  # AA-7
        (ASSOCIATE_RQ, wire.abort(2, 2)),
    ],
    ids=["release", "data", "no PDU", "request"],
)
def test_what_crosses_the_abort(crossing: bytes, again: bytes) -> None:
    play = until_abort()
    play.receives(TO_CLOSE, crossing, artim(7))
    if again:
        play.sends(again, artim(7))
    play.receives(TO_CLOSE, b"more of it", artim(7))
    report, sent = play.ends()
    assert report.success
    assert sent in (b"", wire.abort(2, 1))


def broken_off(pdu: str) -> str:
    return f"the peer closed the connection in the middle of {pdu} without an A-ABORT (PS3.8 9.2.3, AA-4)"


@pytest.mark.parametrize("end", range(1, 175, 7))
def test_an_acceptance_cut_short(end: int) -> None:
    play = Playbook()
    play.requests()
    play.receives(TO_ASSOCIATE, play.acceptance()[:end], acse(2))
    play.receives(TO_ASSOCIATE, b"", acse(2))
    check(play.goes(), AssociationFailed, "associate", broken_off("A-ASSOCIATE-AC"))


@pytest.mark.parametrize("end", range(1, len(echo_rsp()), 5))
def test_a_response_cut_short(end: int) -> None:
    play = Playbook()
    play.associates()
    play.asks()
    play.receives(TO_ECHO, echo_rsp()[:end], None)
    play.receives(TO_ECHO, b"", None)
    check(play.goes(), EchoFailed, "echo", broken_off("P-DATA-TF"))


@pytest.mark.parametrize("end", range(1, 10))
def test_a_release_response_cut_short(end: int) -> None:
    play = Playbook()
    play.associates()
    play.echoes()
    deadline = play.asks_for_release()
    play.receives(TO_RELEASE, RELEASE_RP[:end], deadline)
    play.receives(TO_RELEASE, b"", deadline)
    check(play.goes(), ReleaseFailed, "release", broken_off("A-RELEASE-RP"))


def test_what_follows_a_release_response_is_nobodys_business() -> None:
    play = Playbook()
    play.associates()
    play.echoes()
    deadline = play.asks_for_release()
    play.receives(TO_RELEASE, RELEASE_RP + b"junk", deadline)
    assert play.closes().success


@pytest.mark.parametrize("late", [echo_rsp(), echo_rsp() + echo_rsp(2, 0x0110)], ids=["one", "two"])
def test_data_during_the_release_is_warned_of_once(late: bytes) -> None:
    play = Playbook(detail=False)
    play.associates()
    play.echoes()
    deadline = play.asks_for_release()
    play.receives(TO_RELEASE, late, deadline)
    play.receives(TO_RELEASE, late + RELEASE_RP, deadline)
    assert play.closes().success
    assert play.happened() == [
        Warned("the peer sent data during the release, which is passed over (PS3.8 9.2, AR-6)")
    ]


@pytest.mark.parametrize("wait", [TO_ASSOCIATE, TO_ECHO, TO_RELEASE])
def test_the_deadline_bounds_every_wait_when_it_comes_first(wait: str) -> None:
    play = Playbook(with_timeouts(replace(EVERY_BUDGET, deadline=3)))
    play.reaches(wait)
    assert play.step == Receive(wait, overall(3))


def test_the_deadline_bounds_the_connection_when_it_comes_first() -> None:
    play = Playbook(with_timeouts(replace(EVERY_BUDGET, deadline=3)))
    play.connects(overall(3))


@pytest.mark.parametrize("wait", [TO_ASSOCIATE, TO_ECHO, TO_RELEASE])
def test_no_budget_is_no_bound(wait: str) -> None:
    play = Playbook(with_timeouts(Timeouts(acse=None, socket=None)))
    play.reaches(wait)
    assert play.step == Receive(wait, None)


def test_the_deadline_bounds_the_wait_for_the_close_too() -> None:
    play = Playbook(with_timeouts(Timeouts(acse=1, deadline=1.5)))
    play.reaches(TO_ASSOCIATE)
    play.expires()
    play.tells_the_time()
    play.sends(USER_ABORT, overall(1.5))
    assert play.step == Receive(TO_CLOSE, overall(1.5))


@pytest.mark.parametrize(
    ("timeouts", "wait", "sentence"),
    [
        (Timeouts(connect=5), "", "no TCP connection within 5 s (timeouts.connect)"),
        (Timeouts(deadline=4), "", "no TCP connection within 4 s (timeouts.deadline)"),
        (Timeouts(acse=7), TO_ASSOCIATE, "no answer to A-ASSOCIATE-RQ within 7 s (timeouts.acse)"),
        (Timeouts(deadline=4), TO_ASSOCIATE, "no answer to A-ASSOCIATE-RQ within 4 s (timeouts.deadline)"),
        (Timeouts(dimse=0.5), TO_ECHO, "no C-ECHO-RSP within 0.5 s (timeouts.dimse)"),
        (Timeouts(dimse=9, deadline=4), TO_ECHO, "no C-ECHO-RSP within 4 s (timeouts.deadline)"),
        (Timeouts(deadline=4), TO_ECHO, "no C-ECHO-RSP within 4 s (timeouts.deadline)"),
        (Timeouts(acse=7), TO_RELEASE, "no A-RELEASE-RP within 7 s (timeouts.acse)"),
        (Timeouts(deadline=4), TO_RELEASE, "no A-RELEASE-RP within 4 s (timeouts.deadline)"),
    ],
)
def test_a_wait_that_ends_with_its_budget(timeouts: Timeouts, wait: str, sentence: str) -> None:
    play = Playbook(with_timeouts(timeouts))
    play.reaches(wait)
    play.expires()
    report, sent = play.ends()
    kind, stage = STAGES[wait]
    check(report, kind, stage, sentence)
    assert sent == (USER_ABORT if wait else b"")


@pytest.mark.parametrize("wait", [TO_ASSOCIATE, TO_ECHO, TO_RELEASE])
def test_part_of_an_answer_does_not_prolong_the_wait(wait: str) -> None:
    play = Playbook(with_timeouts(EVERY_BUDGET))
    play.reaches(wait)
    before = play.step
    assert isinstance(before, Receive)
    assert not before.flowing
    play.give(Received(b"\2\0\0" if wait == TO_ASSOCIATE else b"\4\0\0", play.tick()))
    assert play.step == before._replace(flowing=True)


def test_a_socket_timeout_while_sending() -> None:
    play = Playbook()
    play.connects()
    play.fails(DeadlineExpired("progress in sending", "socket", 60))
    report, _ = play.ends()
    check(report, AssociationFailed, "associate", "no progress in sending within 60 s (timeouts.socket)")


# Ctrl-C -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wait", ["", TO_ASSOCIATE, TO_ECHO, TO_RELEASE])
def test_an_interrupt_aborts(wait: str) -> None:
    play = Playbook()
    play.reaches(wait)
    play.fails(KeyboardInterrupt())
    report, sent = play.ends()
    stage = STAGES[wait][1]
    check(report, Interrupted, stage, f"interrupted (stage: {stage})")
    assert (report.outcome, sent) == (Outcome.INTERRUPTED, USER_ABORT if wait else b"")


def test_an_interrupt_while_the_request_is_written_aborts() -> None:
    play = Playbook()
    play.connects()
    play.fails(KeyboardInterrupt())
    assert play.ends() == (play.report, USER_ABORT)


def test_an_interrupt_of_the_wait_after_abort_on_purpose() -> None:
    play = until_abort()
    play.fails(KeyboardInterrupt())
    report, sent = play.ends()
    check(report, Interrupted, "release", "interrupted (stage: release)")
    assert sent == b""  # it has been sent already


# A hostile peer ---------------------------------------------------------------------------------------


def test_a_flood_after_the_abort_is_not_kept_and_not_waited_for() -> None:
    play = Playbook()
    play.reaches(TO_ASSOCIATE)
    play.receives(TO_ASSOCIATE, b"nonsense", acse(2))
    play.tells_the_time()
    play.sends(wire.abort(2, 1), artim(4))
    tracemalloc.start()
    for _ in range((1 << 20) // 16384):
        play.receives(TO_CLOSE, bytes(16384), artim(4))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1 << 20
    assert play.closes().outcome is Outcome.ASSOCIATION_FAILED


@settings(max_examples=200)
@given(st.sampled_from([TO_ASSOCIATE, TO_ECHO, TO_RELEASE]), st.lists(st.binary(min_size=1, max_size=90)))
def test_any_bytes_end_in_a_report_of_one_sentence(wait: str, pieces: list[bytes]) -> None:
    play = Playbook()
    play.reaches(wait)
    for piece in [*pieces, b"", b"", b""]:
        while play.step is not None and not isinstance(play.step, Receive):
            play.give(None if isinstance(play.step, Close) else play.tick())
        if play.step is None:
            break
        play.give(Received(piece, play.tick()))
    while play.step is not None:
        play.give(None if isinstance(play.step, Close) else play.tick())
    assert play.report is not None
    assert str(play.report.error).isprintable()


# What a peer said before it broke the connection -----------------------------------------------------

BROKEN = "the connection broke: Broken pipe"


@pytest.mark.parametrize(
    ("last_words", "outcome", "sentence"),
    [
        ((wire.abort(2, 2),), Outcome.ABORTED, "provider: unexpected PDU)"),
        ((wire.abort(2, 2)[:4], wire.abort(2, 2)[4:]), Outcome.ABORTED, "provider: unexpected PDU)"),
        ((echo_rsp(), wire.abort(0, 0)), Outcome.ABORTED, "(A-ABORT from the service user)"),
        ((), Outcome.ECHO_FAILED, BROKEN),
        ((echo_rsp(),), Outcome.ECHO_FAILED, BROKEN),
        ((b"garbage",), Outcome.ECHO_FAILED, BROKEN),
    ],
    ids=["abort", "in pieces", "after data", "nothing", "data", "garbage"],
)
def test_an_abort_is_heard_though_the_write_after_it_fails(
    last_words: tuple[bytes, ...], outcome: Outcome, sentence: str
) -> None:
    play = Playbook()
    play.associates()
    play.breaks(*last_words)
    report, _ = play.ends()
    assert (report.outcome, report.stage) == (outcome, "echo")
    assert str(report.error).endswith(sentence)


def test_last_words_are_not_waited_for_long() -> None:
    play = Playbook()
    play.associates()
    play.fails(ConnectionLost())
    play.expires()
    report, _ = play.ends()
    assert report.outcome is Outcome.ECHO_FAILED

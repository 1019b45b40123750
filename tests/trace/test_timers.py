"""The timers of a run, and that seeing them changes nothing."""

from dcmtool.settings import Timeouts
from dcmtool.steps import Connected
from dcmtool.trace.timers import TimerExpired, TimerStarted, TimerStopped
from tests.trace.scenes import SECURE, success, timeout
from tests.verification.playbook import ADDRESS, TO_ECHO, Playbook, with_timeouts

ACSE = "-ta, ACSE timeout"


def timers(play: Playbook) -> list[object]:
    """Return the timer events of a run."""
    return [
        record.event
        for record in play.records
        if isinstance(record.event, TimerStarted | TimerStopped | TimerExpired)
    ]


def test_every_deadline_has_a_timer_and_a_request_and_its_answer_share_one() -> None:
    assert timers(success()) == [
        TimerStarted(ACSE, 30),
        TimerStopped(ACSE),
        TimerStarted(ACSE, 30),
        TimerStopped(ACSE),
    ]


def test_a_timer_is_told_of_before_the_request_is_sent() -> None:
    play = Playbook(with_timeouts(Timeouts(dimse=20)))
    play.reaches(TO_ECHO)
    *_, started = timers(play)
    assert started == TimerStarted("-td, DIMSE timeout", 20)
    at = next(record.offset for record in play.records if record.event is started)
    assert play.report is None
    assert at < play.now  # which is when the request had been sent


def test_an_answer_in_pieces_does_not_start_it_again() -> None:
    play = Playbook(chunk=7)
    play.associates()
    assert timers(play) == [TimerStarted(ACSE, 30), TimerStopped(ACSE)]


def test_a_timer_that_runs_out() -> None:
    assert timers(timeout()) == [
        TimerStarted(ACSE, 30),
        TimerExpired(ACSE, "answer to A-ASSOCIATE-RQ"),
        TimerStarted("ARTIM", 1),
        TimerStopped("ARTIM"),
    ]


def test_the_connection_and_the_handshake_are_bounded_too() -> None:
    connecting = "-to, connection timeout"
    play = Playbook(with_timeouts(Timeouts(connect=5, acse=3), SECURE))
    assert timers(play) == [TimerStarted(connecting, 5)]
    play.give(Connected(ADDRESS, 104, play.tick(), play.tick()))
    assert timers(play)[1:] == [TimerStopped(connecting), TimerStarted(ACSE, 3)]


def test_an_interrupt_stops_the_timer() -> None:
    play = Playbook(with_timeouts(Timeouts(connect=5)))
    play.fails(KeyboardInterrupt())
    play.closes()
    assert timers(play) == [
        TimerStarted("-to, connection timeout", 5),
        TimerStopped("-to, connection timeout"),
    ]


def test_a_wait_without_a_bound_has_none() -> None:
    play = Playbook(with_timeouts(Timeouts(acse=None, socket=None)))
    play.reaches("C-ECHO-RSP")
    assert timers(play) == []

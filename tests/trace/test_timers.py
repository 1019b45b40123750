"""The timers of a run, and that seeing them changes nothing."""

from dcmtool.settings import Timeouts
from dcmtool.steps import Connected
from dcmtool.trace.timers import TimerExpired, TimerStarted, TimerStopped
from tests.trace.scenes import SECURE, success, timeout
from tests.verification.playbook import ADDRESS, EVERY_BUDGET, Playbook, with_timeouts

ACSE = "-ta, ACSE timeout"


def timers(play: Playbook) -> list[object]:
    """Return the timer events of a run."""
    return [
        record.event
        for record in play.records
        if isinstance(record.event, TimerStarted | TimerStopped | TimerExpired)
    ]


def test_every_wait_with_a_bound_has_a_timer() -> None:
    assert timers(success()) == [
        TimerStarted("answer to A-ASSOCIATE-RQ", ACSE, 29.999),
        TimerStopped("answer to A-ASSOCIATE-RQ", ACSE),
        TimerStarted("A-RELEASE-RP", ACSE, 29.999),
        TimerStopped("A-RELEASE-RP", ACSE),
    ]


def test_a_timer_that_runs_out() -> None:
    assert timers(timeout())[:2] == [
        TimerStarted("answer to A-ASSOCIATE-RQ", ACSE, 29.999),
        TimerExpired("answer to A-ASSOCIATE-RQ", ACSE),
    ]


def test_the_connection_and_the_handshake_are_waits_too() -> None:
    play = Playbook(with_timeouts(EVERY_BUDGET, SECURE))
    play.give(Connected(ADDRESS, 104, play.tick(), play.tick()))
    assert timers(play) == [
        TimerStarted("TCP connection", "-to, connection timeout", 5),
        TimerStopped("TCP connection", "-to, connection timeout"),
        TimerStarted("end of the TLS handshake", "-to, connection timeout", 4.998),
    ]


def test_an_interrupt_stops_the_timer() -> None:
    play = Playbook(with_timeouts(Timeouts(connect=5)))
    play.fails(KeyboardInterrupt())
    assert timers(play)[-1] == TimerStopped("TCP connection", "-to, connection timeout")


def test_a_wait_without_a_bound_has_none() -> None:
    play = Playbook(with_timeouts(Timeouts(acse=None, socket=None)))
    play.reaches("C-ECHO-RSP")
    assert timers(play) == []

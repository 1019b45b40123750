"""The timers of a run, and that seeing them changes nothing."""

from dcmtool.events import (
    Associating,
    EchoAnswered,
    EchoSending,
    Established,
    MessageReceived,
    Negotiated,
    Pdu,
    Requesting,
    StateChanged,
    TimerExpired,
    TimerStarted,
    TimerStopped,
    TransportOpened,
)
from dcmtool.settings import Timeouts
from dcmtool.steps import Connected
from tests.trace.scenes import SECURE, success, timeout
from tests.verification.playbook import ADDRESS, TO_ECHO, Playbook, with_timeouts

ACSE = "acse"


def timers(play: Playbook) -> list[object]:
    """Return the timer events of a run."""
    return [
        event.what
        for event in play.events
        if isinstance(event.what, TimerStarted | TimerStopped | TimerExpired)
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
    assert started == TimerStarted("dimse", 20)
    at = next(event.offset for event in play.events if event.what is started)
    assert play.report is None
    assert at < play.now  # which is when the request had been sent


def test_a_timer_stops_with_the_answer_and_before_the_next_request() -> None:
    told = [event.what for event in success().events]
    stopped = [place for place, what in enumerate(told) if isinstance(what, TimerStopped)]
    assert isinstance(told[stopped[0] - 1], Negotiated)
    assert isinstance(told[stopped[0] + 1], Established)
    play = Playbook(with_timeouts(Timeouts(connect=5, dimse=20)))
    play.reaches("A-RELEASE-RP")
    told = [event.what for event in play.events]
    kinds = [type(what) for what in told if not isinstance(what, Pdu | StateChanged)]
    assert kinds[:5] == [Requesting, TimerStarted, TransportOpened, Associating, TimerStopped]
    assert kinds[5:9] == [TimerStarted, Negotiated, TimerStopped, Established]
    assert kinds[9:14] == [EchoSending, TimerStarted, MessageReceived, TimerStopped, EchoAnswered]


def test_the_end_of_the_whole_run_is_one_timer() -> None:
    play = Playbook(with_timeouts(Timeouts(acse=None, deadline=10)))
    play.reaches(TO_ECHO)
    assert timers(play) == [TimerStarted("deadline", 10)]


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
    connecting = "connect"
    play = Playbook(with_timeouts(Timeouts(connect=5, acse=3), SECURE))
    assert timers(play) == [TimerStarted(connecting, 5)]
    play.give(Connected(ADDRESS, 104, play.tick(), play.tick()))
    assert timers(play)[1:] == [TimerStopped(connecting), TimerStarted(ACSE, 3)]


def test_an_interrupt_stops_the_timer() -> None:
    play = Playbook(with_timeouts(Timeouts(connect=5)))
    play.fails(KeyboardInterrupt())
    play.closes()
    assert timers(play) == [
        TimerStarted("connect", 5),
        TimerStopped("connect"),
    ]


def test_a_wait_without_a_bound_has_none() -> None:
    play = Playbook(with_timeouts(Timeouts(acse=None, socket=None)))
    play.reaches("C-ECHO-RSP")
    assert timers(play) == []

"""The timers of a run, seen from outside: each step that a procedure asks for has a deadline or has none."""

from collections.abc import Callable
from typing import TypeVar

from dcmtool.emitter import Emitter
from dcmtool.errors import DeadlineExpired
from dcmtool.events import (
    Associating,
    MessageReceived,
    Negotiated,
    TimerExpired,
    TimerStarted,
    TimerStopped,
    What,
)
from dcmtool.steps import Clock, Close, Deadline, HalfClose, Procedure, Result, Step, Wait, carried_out

_Report = TypeVar("_Report")

# What ends the wait before it, whenever the next step is taken; the end of the whole run goes on counting.
_ANSWERS = (Associating, Negotiated, MessageReceived)
_OVERALL = "deadline"


def timed(procedure: Procedure[_Report], clock: Callable[[], int], emitter: Emitter) -> Procedure[_Report]:
    """Return a procedure that takes the same steps, and emits an event of every deadline that they have.

    The clock is that of the deadlines: monotonic nanoseconds. A request and the wait for its answer have one
    deadline, so the event of its timer comes before the request is sent, and is no part of what is measured.
    """
    timer = _Timer(clock, emitter)
    emitter.tell_also(timer.hear)

    def obey(step: Step) -> Procedure[Result]:
        timer.turn(step)
        try:
            return (yield step)
        except DeadlineExpired as late:
            timer.expire(late.waiting_for)
            raise

    return carried_out(procedure, obey, BaseException)


class _Timer:
    """The deadline that runs, if any."""

    def __init__(self, clock: Callable[[], int], emitter: Emitter) -> None:
        self._clock, self._emit = clock, emitter
        self._running: Deadline | None = None

    def turn(self, step: Step) -> None:
        """Stop the timer that runs if a step has another or none, and start that; a clock has neither."""
        if isinstance(step, Clock):
            return
        wanted = None if isinstance(step, HalfClose | Close | Wait) else step.deadline
        if wanted == self._running:
            return
        self._stop()
        if wanted is not None:
            self._emit(TimerStarted(wanted.budget, wanted.remaining(self._clock())), None)
        self._running = wanted

    def hear(self, what: What) -> None:
        """Stop the timer of a wait that is over."""
        if isinstance(what, _ANSWERS) and self._running is not None and self._running.budget != _OVERALL:
            self._stop()

    def expire(self, awaited: str) -> None:
        """Tell that time is up."""
        if self._running is not None:
            self._emit(TimerExpired(self._running.budget, awaited), None)
            self._running = None

    def _stop(self) -> None:
        if self._running is not None:
            running, self._running = self._running, None
            self._emit(TimerStopped(running.budget), None)

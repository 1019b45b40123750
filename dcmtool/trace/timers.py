"""The timers of a run, seen from outside: each step that a procedure asks for has a deadline or has none."""

from collections.abc import Callable, Generator
from typing import Any, NamedTuple, TypeVar

from dcmtool.errors import DeadlineExpired
from dcmtool.steps import Clock, Close, Deadline, Step, Wait

_Report = TypeVar("_Report")


class TimerStarted(NamedTuple):
    """A budget began to count: which, and what is left of it (seconds)."""

    budget: str
    seconds: float


class TimerStopped(NamedTuple):
    """What the budget bounds was done in time."""

    budget: str


class TimerExpired(NamedTuple):
    """The budget is used up, and this was not there."""

    budget: str
    awaited: str


TimerEvent = TimerStarted | TimerStopped | TimerExpired
Tell = Callable[[TimerEvent], None]


def timed(
    procedure: Generator[Step, Any, _Report], clock: Callable[[], int], tell: Tell
) -> Generator[Step, Any, _Report]:
    """Return a procedure that takes the same steps, and tells of every deadline that they have.

    The clock is that of the deadlines: monotonic nanoseconds. A request and the wait for its answer have one
    deadline, so its timer is told of before the request is sent, and telling is no part of what is measured.
    """
    running: Deadline | None = None
    try:
        step = next(procedure)
        while True:
            running = _turn(running, _deadline(step, running), clock, tell)
            try:
                result = yield step
            except BaseException as error:
                if running is not None and isinstance(error, DeadlineExpired):
                    tell(TimerExpired(running.budget, error.waiting_for))
                    running = None
                step = procedure.throw(error)
            else:
                step = procedure.send(result)
    except StopIteration as stop:
        report: _Report = stop.value
        return report


def _turn(
    running: Deadline | None, wanted: Deadline | None, clock: Callable[[], int], tell: Tell
) -> Deadline | None:
    """Stop the timer that runs if another or none is wanted, and start that."""
    if wanted != running:
        if running is not None:
            tell(TimerStopped(running.budget))
        if wanted is not None:
            tell(TimerStarted(wanted.budget, wanted.remaining(clock())))
    return wanted


def _deadline(step: Step, running: Deadline | None) -> Deadline | None:
    """Return the deadline of a step; a look at the clock changes none."""
    if isinstance(step, Clock):
        return running
    return None if isinstance(step, Close | Wait) else step.deadline

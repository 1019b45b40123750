"""The timers of a run, seen from outside: each wait that a procedure asks for has a deadline or has none."""

from collections.abc import Callable, Generator
from typing import Any, NamedTuple, TypeVar

from dcmtool.errors import DeadlineExpired
from dcmtool.steps import Connect, Deadline, Receive, StartTls, Step

_Report = TypeVar("_Report")


class TimerStarted(NamedTuple):
    """A wait began: what for, the budget that bounds it, and what is left of that (seconds)."""

    awaited: str
    budget: str
    seconds: float


class TimerStopped(NamedTuple):
    """The wait is over before its end."""

    awaited: str
    budget: str


class TimerExpired(NamedTuple):
    """The wait was in vain."""

    awaited: str
    budget: str


TimerEvent = TimerStarted | TimerStopped | TimerExpired


def timed(
    procedure: Generator[Step, Any, _Report], clock: Callable[[], int], listener: Callable[[TimerEvent], None]
) -> Generator[Step, Any, _Report]:
    """Return a procedure that takes the same steps, and tells the listener of every wait with a deadline.

    The clock is that of the deadlines: monotonic nanoseconds.
    """
    try:
        step = next(procedure)
        while True:
            wait = _wait(step)
            if wait is not None:
                awaited, deadline = wait
                listener(TimerStarted(awaited, deadline.budget, deadline.remaining(clock())))
            try:
                result = yield step
            except BaseException as error:
                if wait is not None:
                    expired = isinstance(error, DeadlineExpired)
                    listener((TimerExpired if expired else TimerStopped)(wait[0], wait[1].budget))
                step = procedure.throw(error)
            else:
                if wait is not None:
                    listener(TimerStopped(wait[0], wait[1].budget))
                step = procedure.send(result)
    except StopIteration as stop:
        report: _Report = stop.value
        return report


def _wait(step: Step) -> tuple[str, Deadline] | None:
    """Return what a step waits for and until when, or None where nothing bounds it."""
    match step:
        case Receive(awaited, deadline) if deadline is not None:
            return awaited, deadline
        case Connect(deadline=deadline) if deadline is not None:
            return "TCP connection", deadline
        case StartTls(deadline=deadline) if deadline is not None:
            return "end of the TLS handshake", deadline
        case _:
            return None

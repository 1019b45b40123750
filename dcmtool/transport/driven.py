"""A procedure on an event loop: whatever happens moves it on, and one timer bounds all of its waits."""

import asyncio
from time import monotonic_ns
from typing import Any, Generic, TypeVar

from dcmtool.errors import TransportError
from dcmtool.steps import LONGEST_WAIT, Clock, Procedure, Receive, Send, Step, Wait

_Value = TypeVar("_Value")

PENDING: Any = object()  # the result of a step that has none yet


class Driven(Generic[_Value]):
    """Takes the steps of a procedure; a task or a coroutine for each wait would take longer than the wait.

    The timer is set anew only where it would come too late: most waits are over long before they are due.
    """

    _step: Step | None = None  # what the procedure waits for
    _due: int | None = None  # when the step is over (monotonic ns)
    _timer: asyncio.TimerHandle | None = None
    _timer_due = 0
    _procedure: Procedure[_Value] | None = None

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    # What a driver does -----------------------------------------------------------------------------

    def _receive(self, step: Receive) -> Any:
        """Return what has come, or `PENDING` after `_due` is set. Raises `TransportError`."""
        raise NotImplementedError

    def _send(self, step: Send) -> Any:
        """Write, and return when that began, or `PENDING` as `_receive` does. Raises `TransportError`."""
        raise NotImplementedError

    def _obey_other(self, step: Step) -> Any:
        """Return the result of any other step likewise. Raises `TransportError`."""
        raise NotImplementedError

    def _time_is_up(self, step: Step, now: int) -> None:
        """Take note that what the procedure waits for has not come in time."""
        raise NotImplementedError

    def _close(self) -> None:
        """Close the connection, if there is one."""
        raise NotImplementedError

    def _ended(self, value: _Value | None, failure: BaseException | None) -> None:
        """Take what the procedure returned, or what it raised that it should not have."""
        raise NotImplementedError

    # The procedure ----------------------------------------------------------------------------------

    def _obey(self, step: Step) -> Any:
        if isinstance(step, Receive):
            return self._receive(step)
        if isinstance(step, Send):
            return self._send(step)
        if isinstance(step, Clock):
            return monotonic_ns()
        if isinstance(step, Wait):
            self._due = step.until
            return PENDING
        return self._obey_other(step)

    def interrupt(self, cause: BaseException) -> None:
        """Throw a cause into the procedure where it waits."""
        if self._step is not None:
            self._resume(error=cause)

    def _resume(self, result: Any = None, error: BaseException | None = None) -> None:
        """Give the procedure the result of its step, and take its next ones until one has none yet."""
        procedure = self._procedure
        assert procedure is not None, "it has ended"
        self._step = self._due = None
        try:
            while True:
                step = procedure.send(result) if error is None else procedure.throw(error)
                error = None
                try:
                    result = self._obey(step)
                except TransportError as failure:
                    error = failure
                else:
                    if result is PENDING:
                        self._step = step
                        self._watch_time()
                        return
        except StopIteration as stop:
            self._end(stop.value, None)
        except BaseException as failure:
            self._end(None, failure)
        finally:
            error = None  # its traceback has this frame, which would keep all of it

    def _end(self, value: _Value | None, failure: BaseException | None) -> None:
        self._procedure = self._step = self._due = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._close()
        self._ended(value, failure)

    # Time -------------------------------------------------------------------------------------------

    def _write_within(self, step: Send, begun: int, seconds: float | None) -> None:
        """Set when a write is over that the peer does not take at once; so many seconds bound it too."""
        ends = [] if step.deadline is None else [step.deadline.at]
        if seconds is not None:
            ends.append(begun + int(seconds * 1_000_000_000))
        self._due = min(ends, default=None)

    def _watch_time(self) -> None:
        """See to it that a timer fires once the step is due; one that fires before is set again then."""
        due = self._due
        if due is None or (self._timer is not None and self._timer_due <= due):
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer_due = due
        delay = min(max(0, due - monotonic_ns()) / 1_000_000_000, LONGEST_WAIT)
        self._timer = self._loop.call_later(delay, self._time_passed)

    def _time_passed(self) -> None:
        self._timer = None
        step, due, now = self._step, self._due, monotonic_ns()
        if step is None or due is None:
            return
        if now < due:
            self._watch_time()
        else:
            self._time_is_up(step, now)

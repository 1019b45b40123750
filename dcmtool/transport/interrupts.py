"""Ctrl-C and SIGTERM kept back until a driver waits, so that they never cut a procedure's own work in two.

Both end the association in order: a node is not left with one that nobody ends.
"""

# What `signal` is made of: that makes enumerations of it first, which takes longer than an echo.
from _signal import (  # type: ignore[import-not-found]
    SIG_DFL,
    SIGINT,
    SIGTERM,
    default_int_handler,
    getsignal,
    signal,
)
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Self


class Interrupts:
    """A `with` block within which a Ctrl-C is raised while something is waited for; `raised` is each wait.

    One that came before is raised as the wait begins, a second one wherever the program is; `is_kept` tells
    of one that no wait followed. SIGTERM does as Ctrl-C, and `terminated` says that it came. Where another
    handler than Python's own is at work, or none, it is left alone.
    """

    terminated = False  # of the whole process: who runs it is to see that it was ended by the signal

    def __init__(self) -> None:
        self.raised = _InterruptedWait()

    @property
    def is_kept(self) -> bool:
        """Whether one came that has not been raised."""
        return self.raised.kept

    def __enter__(self) -> Self:
        if getsignal(SIGINT) is default_int_handler:
            signal(SIGINT, self.raised.take)
        if getsignal(SIGTERM) == SIG_DFL:
            signal(SIGTERM, self._terminate)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if getsignal(SIGINT) == self.raised.take:
            signal(SIGINT, default_int_handler)
        if getsignal(SIGTERM) == self._terminate:
            signal(SIGTERM, SIG_DFL)

    def _terminate(self, number: int, frame: FrameType | None) -> None:
        Interrupts.terminated = True
        self.raised.take(number, frame)


class _InterruptedWait:
    def __init__(self) -> None:
        self._waiting = self.kept = False

    def __enter__(self) -> None:
        self._waiting = True  # first: a Ctrl-C after this is not kept
        if self.kept:
            self._waiting = self.kept = False
            raise KeyboardInterrupt

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._waiting = False

    def take(self, _number: int, _frame: FrameType | None) -> None:
        """Handle one Ctrl-C."""
        if self._waiting or self.kept:
            self._waiting = self.kept = False
            raise KeyboardInterrupt
        self.kept = True


class CancellingInterrupts(Interrupts):
    """A `with` block within which the first Ctrl-C or SIGTERM has `cancel` called, and a second is raised.

    It is for what waits in a loop of its own, such as asyncio's; `is_kept` tells whether one came.
    """

    def __init__(self, cancel: Callable[[], object]) -> None:
        super().__init__()
        self.raised = _Cancellation(cancel)


class _Cancellation(_InterruptedWait):
    def __init__(self, cancel: Callable[[], object]) -> None:
        super().__init__()
        self._cancel = cancel

    def take(self, _number: int, _frame: FrameType | None) -> None:
        if self.kept:
            raise KeyboardInterrupt
        self.kept = True
        self._cancel()

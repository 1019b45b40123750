"""Ctrl-C kept back until a driver waits, so that it never cuts a procedure's own work in two."""

import signal
from types import FrameType, TracebackType
from typing import Self


class Interrupts:
    """A `with` block within which a Ctrl-C is raised while something is waited for; `raised` is each wait.

    One that came before is raised as the wait begins, a second one wherever the program is. Where another
    handler than Python's own is at work, or none, it is left alone.
    """

    def __init__(self) -> None:
        self.raised = _Wait()

    def __enter__(self) -> Self:
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, self.raised.take)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if signal.getsignal(signal.SIGINT) == self.raised.take:
            signal.signal(signal.SIGINT, signal.default_int_handler)


class _Wait:
    def __init__(self) -> None:
        self._waiting = self._kept = False

    def __enter__(self) -> None:
        self._waiting = True  # first: a Ctrl-C after this is not kept
        if self._kept:
            self._waiting = self._kept = False
            raise KeyboardInterrupt

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._waiting = False

    def take(self, _number: int, _frame: FrameType | None) -> None:
        """Handle one Ctrl-C."""
        if self._waiting or self._kept:
            self._kept = False
            raise KeyboardInterrupt
        self._kept = True

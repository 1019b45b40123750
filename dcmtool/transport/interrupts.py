"""Ctrl-C kept back until a driver waits, so that it never cuts a procedure's own work in two."""

import signal
from types import FrameType, TracebackType


class Interrupts:
    """Each wait is a `with` block of this; a Ctrl-C before it is raised when it begins.

    A second one is raised wherever the program is.
    """

    def __init__(self) -> None:
        self._waiting = self._kept = False

    def __enter__(self) -> None:
        self._waiting = True  # first: a Ctrl-C after this is not kept
        if self._kept:
            self._waiting = self._kept = False
            raise KeyboardInterrupt

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._waiting = False

    def install(self) -> None:
        """Take over from Python's own handler, until the process ends; where another is at work, leave it."""
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, self.take)

    def remove(self) -> None:
        """Give Ctrl-C back to Python's own handler."""
        if signal.getsignal(signal.SIGINT) == self.take:
            signal.signal(signal.SIGINT, signal.default_int_handler)

    def take(self, _number: int, _frame: FrameType | None) -> None:
        """Handle one Ctrl-C."""
        if self._waiting or self._kept:
            self._kept = False
            raise KeyboardInterrupt
        self._kept = True

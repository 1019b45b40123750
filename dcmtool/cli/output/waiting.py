"""What a person sees at a terminal while nothing comes: what is waited for, and since when."""

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import TextIO

from dcmtool.text import printable

FROM = 2  # seconds that a wait may take without a word


class WaitingLine:
    """One line of a terminal, written anew as the wait goes on and taken away at its end.

    It needs no escape sequence, so that every terminal can show it. The clock is in monotonic nanoseconds.
    """

    def __init__(self, terminal: TextIO, clock: Callable[[], int]) -> None:
        self._terminal, self._clock = terminal, clock
        self._shown = ""

    def __call__(self, awaited: str | None, begun: int) -> None:
        """Show what is awaited since then; None takes the line away."""
        seconds = (self._clock() - begun) // 1_000_000_000
        text = ""
        if awaited is not None and seconds >= FROM:
            text = f"waiting for the {printable(awaited)}, {seconds} s; Ctrl-C ends it"
        self._show(text[: self._columns() - 1])

    def _show(self, text: str) -> None:
        if text == self._shown:
            return
        blanks = " " * (len(self._shown) - len(text))
        after = f"{blanks}\r" if not text else blanks
        with suppress(OSError):
            self._terminal.write(f"\r{text}{after}")
            self._terminal.flush()
        self._shown = text

    def _columns(self) -> int:
        with suppress(OSError, ValueError):
            return os.get_terminal_size(self._terminal.fileno()).columns or 80
        return 80


def waiting_line(clock: Callable[[], int]) -> WaitingLine:
    """Return the line on stderr."""
    return WaitingLine(sys.stderr, clock)

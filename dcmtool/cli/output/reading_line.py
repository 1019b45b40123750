"""How far a long file has been read, as a line of a terminal that goes when something else is written."""

import sys
from collections.abc import Callable
from contextlib import suppress
from time import monotonic_ns
from typing import TextIO

from dcmtool.cli.output.appearance import is_terminal
from dcmtool.cli.output.explain_rows import size
from dcmtool.cli.output.screen import columns_of
from dcmtool.text import brief

_FROM, _EVERY = 2_000_000_000, 250_000_000  # ns: what is over sooner needs no line


class ReadingLine:
    """Called as a file is read, with its path, how much of it has been read, and its size (bytes)."""

    def __init__(self, terminal: TextIO | None, clock: Callable[[], int] = monotonic_ns) -> None:
        self._terminal, self._clock = terminal, clock
        self._shown, self._next = "", clock() + _FROM

    def __call__(self, path: str, taken: int, whole: int | None) -> None:
        """Show how far it is, if that is worth it; of what has no end there is nothing to show."""
        if self._terminal is None or not whole or self._clock() < self._next:
            return
        self._next = self._clock() + _EVERY
        share = f"{size(taken)} of {size(whole)}, {min(100 * taken // whole, 100)} %"
        text = f"reading {brief(path)}: {share}; Ctrl-C ends it"
        self._show(self._terminal, text[: (columns_of(self._terminal) or 80) - 1])

    def clear(self) -> None:
        """Take the line away, so that something else can be written."""
        if self._terminal is not None and self._shown:
            self._show(self._terminal, "")

    def _show(self, terminal: TextIO, text: str) -> None:
        blanks = " " * (len(self._shown) - len(text))
        with suppress(OSError):
            terminal.write(f"\r{text}{blanks}" + ("\r" if not text else ""))
            terminal.flush()
        self._shown = text


def reading_line(*, wanted: bool) -> ReadingLine:
    """Return the line on stderr, where that is a terminal and the line is wanted; or one that nobody sees."""
    return ReadingLine(sys.stderr if wanted and is_terminal(sys.stderr) else None)

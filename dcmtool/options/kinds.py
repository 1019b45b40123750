"""What the values of options may be, with DCMTK's words for what does not fit."""

import os
import re
from collections.abc import Iterable, Mapping
from typing import Any

from dcmtool.text import brief, printable

LONGEST_SHOWN = 60  # characters of a value in a sentence
LONGEST = 2**31 - 1  # seconds; DCMTK holds a timeout in 32 bits with a sign


class Unfit(ValueError):
    """A text that is no such value; its own text says why, where there is anything to say."""


class Unwanted(Unfit):
    """A text that is none of what its kind takes, which `Kind.wanted` says; its own text is the value."""

    def __init__(self, text: str) -> None:
        super().__init__(printable(text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}..."))


class Kind:
    """Any text; what else a value may be refines this."""

    name = "text"
    separator: str | None = None  # of several values in one environment variable: blanks

    def convert(self, text: str) -> Any:
        """Return the value that a text stands for. Raises `Unfit`."""
        return text

    def split(self, text: str) -> list[str]:
        """Return the values that an environment variable holds."""
        return text.split(self.separator)

    def wanted(self) -> str:
        """Return in words what a value should be."""
        return "text"


TEXT = Kind()


class Path(Kind):
    """The path of a file or a directory: what reads or writes it says why it cannot."""

    name = "path"
    separator = os.pathsep

    def convert(self, text: str) -> str:
        """Return the path."""
        if "\0" in text:
            raise Unfit(brief(text))
        return text


PATH = Path()


class Number(Kind):
    """A decimal number from `low` to `high`: an optional sign and digits, a fraction only where allowed."""

    name = "number"

    def __init__(self, low: float, high: float | None = None, *, fractions: bool = False) -> None:
        self.low, self.high, self.fractions = low, high, fractions

    def convert(self, text: str) -> float:
        """Return the number."""
        if not re.fullmatch(r"[+-]?([0-9]+|[0-9]*\.[0-9]+)" if self.fractions else r"[+-]?[0-9]+", text):
            raise Unwanted(text)
        number = self._number(text)
        if not self.low <= number <= (float("inf") if self.high is None else self.high):
            raise Unwanted(text)
        return number

    def _number(self, text: str) -> float:
        if self.fractions:
            return float(text)
        try:
            return int(text)
        except ValueError:  # Python converts no more than some thousand digits
            raise Unwanted(text) from None

    def range(self) -> str:
        """Return what is allowed, in words for the help."""
        return f"at least {self.low:g}" if self.high in (None, LONGEST) else f"{self.low} to {self.high}"

    def wanted(self) -> str:
        """Return in words what a value should be."""
        return f"a {'number' if self.fractions else 'whole number'}, {self.range()}"


class Words(Kind):
    """A value for which there are words; the tab key offers them."""

    def words(self) -> Mapping[str, str | None]:
        """Return the words in lower case, each with what the shells show beside it."""
        raise NotImplementedError

    def wanted(self) -> str:
        """Return in words what a value should be."""
        return f"one of {', '.join(self.words())}"


class OneOf(Words):
    """One of some words, as they are; what the shells show beside each may be given with it."""

    def __init__(self, words: Iterable[str] | Mapping[str, str | None], name: str = "choice") -> None:
        self._words = words if isinstance(words, Mapping) else dict.fromkeys(words)
        self.name = name

    def convert(self, text: str) -> str:
        """Return the word."""
        if text not in self._words:
            raise Unwanted(text)
        return text

    def words(self) -> Mapping[str, str | None]:
        """Return the words."""
        return self._words


class LogLevel(Words):
    """A severity, in any case; `all` is the same as `trace`."""

    name = "level"
    LEVELS = ("fatal", "error", "warn", "info", "debug", "trace", "off", "all")

    def convert(self, text: str) -> str:
        """Return the level in lower case."""
        level = text.lower()
        if level not in self.LEVELS:
            raise Unwanted(text)
        return "trace" if level == "all" else level

    def words(self) -> Mapping[str, str | None]:
        """Return the levels."""
        return dict.fromkeys(self.LEVELS)

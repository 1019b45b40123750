"""What the values of options may be, with DCMTK's words for what does not fit."""

import re
from collections.abc import Mapping
from itertools import product
from typing import TYPE_CHECKING, Any

import click

from dcmtool.errors import Rejection
from dcmtool.text import printable

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    _ParamType = click.ParamType[Any]
else:
    _ParamType = click.ParamType  # generic in the newer releases of Click only


LONGEST = 2**31 - 1  # seconds; DCMTK holds a timeout in 32 bits with a sign


class OutOfRange(click.BadParameter):
    """A number below or above what is allowed: `kind` is "underflow" or "overflow"."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(f"{kind}: {text}")
        self.kind = kind


class Number(_ParamType):
    """A decimal number from `low` to `high`: an optional sign and digits, a fraction only where allowed."""

    name = "number"

    def __init__(self, low: float, high: float | None = None, *, fractions: bool = False) -> None:
        self.low, self.high, self.fractions = low, high, fractions

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the number; a default is one already."""
        if not isinstance(value, str):
            return value
        if not re.fullmatch(r"[+-]?([0-9]+|[0-9]*\.[0-9]+)" if self.fractions else r"[+-]?[0-9]+", value):
            self.fail(printable(value), param, ctx)
        number = self._number(value)
        if number < self.low:
            raise OutOfRange("underflow", value)
        if number > (float("inf") if self.high is None else self.high):
            raise OutOfRange("overflow", value)
        return number

    def _number(self, text: str) -> float:
        if self.fractions:
            return float(text)
        try:
            return int(text)
        except ValueError:  # Python converts no more than some thousand digits
            raise OutOfRange("underflow" if text.startswith("-") else "overflow", text) from None

    def range(self) -> str:
        """Return what is allowed, in words for the help."""
        return f"at least {self.low:g}" if self.high in (None, LONGEST) else f"{self.low} to {self.high}"


class Status(_ParamType):
    """The status of a DIMSE response: up to four hexadecimal digits, with or without 0x."""

    name = "status"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the number; a default is one already."""
        if not isinstance(value, str):
            return value
        if not re.fullmatch(r"(0[xX])?[0-9a-fA-F]{1,4}", value):
            self.fail(f"{printable(value)}: a status has one to four hexadecimal digits", param, ctx)
        return int(value, 16)


class Words(_ParamType):
    """A value for which there are words, in any case; the tab key offers them."""

    def words(self) -> Mapping[str, str | None]:
        """Return the words in lower case, each with what the shells show beside it."""
        raise NotImplementedError

    def shell_complete(
        self,
        ctx: click.Context,  # noqa: ARG002
        param: click.Parameter,  # noqa: ARG002
        incomplete: str,
    ) -> list["CompletionItem"]:
        """Offer the words that begin as what is typed does."""
        from click.shell_completion import CompletionItem

        offered = self.words().items()
        return [
            CompletionItem(word, help=text) for word, text in offered if word.startswith(incomplete.lower())
        ]


class RejectionNumbers(Words):
    """Result, source and reason of a rejection, as numbers or words, with slashes between (PS3.8 9.3.4)."""

    name = "rejection"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the rejection."""
        known = {words: rejection for rejection in _rejections() for words in _spellings(rejection)}
        if isinstance(value, str) and value.lower() not in known:
            self.fail(
                f"{printable(value)}: none of PS3.8 9.3.4, such as 1/1/7 or {_words(Rejection(1, 1, 7))}",
                param,
                ctx,
            )
        return known[value.lower()] if isinstance(value, str) else value

    def words(self) -> Mapping[str, str | None]:
        """Return all rejections in words."""
        return dict.fromkeys(map(_words, _rejections()))


def _rejections() -> list[Rejection]:
    return [Rejection(result, *numbers) for result in Rejection.RESULTS for numbers in Rejection.REASONS]


def _spellings(rejection: Rejection) -> list[str]:
    """Return every mixture of numbers and words."""
    pairs = zip(map(str, rejection.args), _words(rejection).split("/"), strict=True)
    return ["/".join(parts) for parts in product(*pairs)]


_SOURCES = {1: "service-user", 2: "acse", 3: "presentation"}  # of the provider the part that it is


def _words(rejection: Rejection) -> str:
    result, reason = rejection.result_text.removeprefix("Rejected "), rejection.reason_text
    return f"{result}/{_SOURCES[rejection.source]}/{reason}".lower().replace(" ", "-")


class LogLevel(Words):
    """A severity, in any case; `all` is the same as `trace`."""

    name = "level"
    LEVELS = ("fatal", "error", "warn", "info", "debug", "trace", "off", "all")

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the level in lower case."""
        level = str(value).lower()
        if level not in self.LEVELS:
            self.fail(printable(str(value)), param, ctx)
        return "trace" if level == "all" else level

    def words(self) -> Mapping[str, str | None]:
        """Return the levels."""
        return dict.fromkeys(self.LEVELS)

"""What the values of options may be, with DCMTK's words for what does not fit."""

import re
from typing import TYPE_CHECKING, Any

import click

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


class LogLevel(_ParamType):
    """A severity, in any case; `all` is the same as `trace`."""

    name = "level"
    LEVELS = ("fatal", "error", "warn", "info", "debug", "trace", "off", "all")

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the level in lower case."""
        level = str(value).lower()
        if level not in self.LEVELS:
            self.fail(printable(str(value)), param, ctx)
        return "trace" if level == "all" else level

    def shell_complete(
        self,
        ctx: click.Context,  # noqa: ARG002
        param: click.Parameter,  # noqa: ARG002
        incomplete: str,
    ) -> list["CompletionItem"]:
        """Offer the levels that begin as what is typed does."""
        from click.shell_completion import CompletionItem

        return [CompletionItem(level) for level in self.LEVELS if level.startswith(incomplete.lower())]

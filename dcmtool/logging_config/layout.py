"""How a log record is written: log4cplus conversion patterns as a `logging.Formatter`."""

import os
import re
import threading
import time
from collections.abc import Callable, Iterator
from logging import Formatter, LogRecord

from dcmtool.trace.levels import Level

_SEVEREST_FIRST = tuple(sorted((level for level in Level if level is not Level.OFF), reverse=True))

SIMPLE = "%p - %m%n"
TTCC = "[%t] %p %c <> - %m%n"  # after the time; <> is the nested context, which we have none of
DEFAULT_TIME = "%Y-%m-%d %H:%M:%S"

Piece = Callable[[LogRecord], str]

# %-W.Mx; four digits of width are plenty, and more would only fill memory.
_CONVERSION = re.compile(r"%(-?)([0-9]{0,4})(?:\.([0-9]{1,4}))?([A-Za-z%])")
_BRACED = "cdDX"  # the conversions that may have {...} behind them


def level_name(record: LogRecord) -> str:
    """Return DCMTK's name of the level."""
    return next((level.name for level in _SEVEREST_FIRST if record.levelno >= level), Level.TRACE.name)


def time_pattern(form: str, *, utc: bool) -> str:
    """Return the conversion that writes the time in strftime's form, which cannot hold a closing brace."""
    return f"%{'d' if utc else 'D'}{{{form.replace('}', '')}}}"


def host_name() -> str:
    """Return what this machine calls itself; Windows has no `uname`, and `platform` takes long to import."""
    if hasattr(os, "uname"):
        return str(os.uname().nodename)
    import platform

    return platform.node()


def _host(_record: LogRecord) -> str:
    return host_name()


def _nothing(_record: LogRecord) -> str:
    return ""


_FIELDS: dict[str, Piece] = {
    "%": lambda _record: "%",
    "F": lambda record: record.pathname,
    "H": _host,  # the full name would need a name lookup for each record
    "L": lambda record: str(record.lineno),
    "M": lambda record: record.funcName or "",
    "P": lambda record: level_name(record)[0],
    "T": lambda _record: str(threading.get_native_id()),
    "X": _nothing,  # the mapped and the nested diagnostic context: nothing here has one
    "b": lambda record: record.filename,
    "h": _host,
    "i": lambda record: str(record.process),
    "l": lambda record: f"{record.pathname}:{record.lineno}",
    "m": lambda record: record.getMessage(),
    "n": lambda _record: "\n",
    "p": level_name,
    "r": lambda record: str(int(record.relativeCreated)),
    "t": lambda record: str(record.thread),
    "x": _nothing,
}


class PatternFormatter(Formatter):
    """Write records by a conversion pattern, line ends included; `unknown` holds what it did not know."""

    def __init__(self, pattern: str) -> None:
        super().__init__()
        self.unknown: list[str] = []
        self._pieces = list(self._compiled(pattern))

    def format(self, record: LogRecord) -> str:
        """Return the text of one record."""
        return "".join(piece(record) for piece in self._pieces)

    def _compiled(self, pattern: str) -> Iterator[Piece]:
        end, last_brace = 0, pattern.rfind("}")  # sought once: behind it no brace is closed
        while match := _CONVERSION.search(pattern, end):
            yield self._literal(pattern[end : match.start()])
            end, braces = match.end(), None
            if match[4] in _BRACED and pattern.startswith("{", end) and end < last_brace:
                start, end = end + 1, pattern.index("}", end) + 1
                braces = pattern[start : end - 1]
            yield self._piece(match, braces)
        yield self._literal(pattern[end:])

    def _literal(self, text: str) -> Piece:
        if "%" in text:
            self.unknown.append(text[text.index("%") :])
        return lambda _record: text

    def _piece(self, match: re.Match[str], braces: str | None) -> Piece:
        left, width, longest, letter = match.groups()
        if letter == "c":
            field = _logger_name(braces)
        elif letter in "dD":
            field = _time(braces or DEFAULT_TIME, utc=letter == "d")
        elif letter in _FIELDS:
            field = _FIELDS[letter]
        else:
            return self._literal(match[0])
        return _fitted(field, bool(left), int(width or 0), None if longest is None else int(longest))


def _fitted(field: Piece, left: bool, width: int, longest: int | None) -> Piece:
    def fit(record: LogRecord) -> str:
        text = field(record)
        if longest is not None and len(text) > longest:
            return text[len(text) - longest :]  # the end is what log4cplus keeps, unpadded
        return text.ljust(width) if left else text.rjust(width)

    return fit


def _logger_name(count: str | None) -> Piece:
    """Return the field for the logger's name, or its last `count` parts."""
    if not count or not re.fullmatch(r"[1-9][0-9]{0,3}", count):
        return lambda record: record.name
    return lambda record: ".".join(record.name.split(".")[-int(count) :])


def _time(form: str, *, utc: bool) -> Piece:
    """Return the field for the time: strftime's conversions, %q milliseconds, %Q with microseconds."""

    def stamp(record: LogRecord) -> str:
        micros = min(round(record.created % 1 * 1_000_000), 999_999)
        parts = {"%q": f"{micros // 1000:03}", "%Q": f"{micros // 1000:03}.{micros % 1000:03}"}
        whole = re.sub(r"%.", lambda match: parts.get(match[0], match[0]), form)
        return time.strftime(whole, (time.gmtime if utc else time.localtime)(record.created))

    return stamp

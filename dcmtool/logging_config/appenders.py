"""log4cplus appenders, their layouts and filters, as handlers of Python's `logging`."""

import logging
import os
import sys
from collections.abc import Callable
from logging.handlers import RotatingFileHandler, SysLogHandler
from typing import Any

from dcmtool.errors import OutputFileError, reason_of
from dcmtool.logging_config.layout import SIMPLE, TTCC, PatternFormatter, time_pattern
from dcmtool.logging_config.properties import APPLICATION, Properties, boolean, cut, number
from dcmtool.trace.levels import Level

LEVELS = {"ALL": 1, **{level.name: int(level) for level in Level}}

LOCAL_SYSLOG = "/dev/log"
SYSLOG_PORT = 514
SYSLOG_HEADER = "1 %d{%Y-%m-%dT%H:%M:%S.%qZ} %h IDENT %i %c - "  # RFC 5424 6.2, after the priority
ROLLING_SIZE = 10 * 1024 * 1024
MIN_ROLLING_SIZE = 200 * 1024  # DCMTK raises smaller sizes to this
MAX_BACKUPS = 1000  # each roll renames all of them

Decide = Callable[[logging.LogRecord], bool | None]


def appender(settings: Properties, name: str) -> logging.Handler:
    """Return the handler for the appender NAME; one that cannot be made is named and writes nothing.

    Raises `OutputFileError` for a file that cannot be opened.
    """
    key = f"appender.{name}"
    build = _APPENDERS.get(settings.text(key))
    if build is None:
        settings.complain(key, f"there is no appender {cut(settings.text(key))!r} here, so it writes nothing")
    handler = build(settings, key) if build else None
    if handler is None:
        settings.pass_over(f"{key}.")
        return logging.NullHandler()
    handler.set_name(name)
    handler.setLevel(settings.read(f"{key}.Threshold", logging.NOTSET, level))
    handler.setFormatter(_formatter(settings, f"{key}.layout"))
    handler.addFilter(_filters(settings, f"{key}.filters"))
    return handler


def level(value: str) -> int:
    """Read the name of a level; raises `ValueError`."""
    if value.upper() not in LEVELS:
        raise ValueError("no level")
    return LEVELS[value.upper()]


# ---- appenders ----


def _console(settings: Properties, key: str) -> logging.Handler:
    to_stderr = settings.read(f"{key}.logToStdErr", False, boolean)
    return _flushing(settings, key, logging.StreamHandler(sys.stderr if to_stderr else sys.stdout))


def _file(settings: Properties, key: str) -> logging.Handler | None:
    append = settings.read(f"{key}.Append", False, boolean)
    return _open(settings, key, lambda path: _LogFile(path, append=append))


def _rolling_file(settings: Properties, key: str) -> logging.Handler | None:
    append = settings.read(f"{key}.Append", True, boolean)
    size = max(settings.read(f"{key}.MaxFileSize", ROLLING_SIZE, _size), MIN_ROLLING_SIZE)
    backups = min(max(settings.read(f"{key}.MaxBackupIndex", 1, number), 1), MAX_BACKUPS)
    return _open(settings, key, lambda path: _LogFile(path, append=append, size=size, backups=backups))


def _daily_file(settings: Properties, key: str) -> logging.Handler | None:
    settings.complain(key, "files are not rolled by date here, so the records are appended to one file")
    settings.pass_over(f"{key}.Schedule")
    settings.pass_over(f"{key}.MaxBackupIndex")
    append = settings.read(f"{key}.Append", True, boolean)
    return _open(settings, key, lambda path: _LogFile(path, append=append))


def _open(settings: Properties, key: str, opener: Callable[[str], "_LogFile"]) -> logging.Handler | None:
    path = settings.text(f"{key}.File")
    if not path:
        settings.complain(key, "the appender names no File, so it writes nothing")
        return None
    try:
        handler = opener(path)
    except OSError as error:
        raise OutputFileError(path, reason_of(error)) from error
    return _flushing(settings, key, handler)


def _flushing(settings: Properties, key: str, handler: "logging.StreamHandler[Any]") -> logging.Handler:
    settings.read(f"{key}.ImmediateFlush", True, boolean)  # each record is flushed in any case
    handler.terminator = ""  # the layout ends the lines
    return handler


class _LogFile(RotatingFileHandler):
    """A log file that, once longer than `size` bytes, is renamed to FILE.1 (and that to FILE.2, ...)."""

    def __init__(self, path: str, *, append: bool, size: int = 0, backups: int = 0) -> None:
        # without maxBytes, since the base class would always append with it, and roll before a record
        mode = "a" if append else "w"
        super().__init__(path, mode, backupCount=backups, encoding="utf-8", errors="backslashreplace")
        self._size = size

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record, then roll if the file is too long."""
        super().emit(record)
        try:
            if (
                self._size
                and os.path.isfile(self.baseFilename)
                and os.path.getsize(self.baseFilename) > self._size
            ):
                self.doRollover()
        except (OSError, ValueError):
            self.handleError(record)


def _size(value: str) -> int:
    """Read a size in bytes: a number, perhaps with KB or MB; raises `ValueError`."""
    unit = {"KB": 1024, "MB": 1024 * 1024}.get(value[-2:].upper(), 1)
    return number(value if unit == 1 else value[:-2].rstrip()) * unit


class _Syslog(SysLogHandler):
    """The local syslog, or the one of a host over UDP."""

    append_nul = False
    priority_map = SysLogHandler.priority_map | {"TRACE": "debug"}

    def __init__(self, ident: str, facility: int, host: str, port: int) -> None:
        super().__init__((host, port) if host else LOCAL_SYSLOG, facility)
        escaped = ident.replace("%", "%%")
        self._header = PatternFormatter(SYSLOG_HEADER.replace("IDENT", escaped) if host else f"{escaped}: ")

    def format(self, record: logging.LogRecord) -> str:
        """Return the header and the text of a record."""
        return self._header.format(record) + super().format(record)


def _syslog(settings: Properties, key: str) -> logging.Handler | None:
    ident = settings.text(f"{key}.ident") or APPLICATION
    facility = settings.read(f"{key}.facility", SysLogHandler.LOG_USER, _facility)
    host = settings.text(f"{key}.host")
    port = settings.read(f"{key}.port", SYSLOG_PORT, _port)
    try:
        return _Syslog(ident, facility, host, port)
    except OSError as error:
        reason = error.strerror or reason_of(error)  # a name lookup has its own words
        settings.complain(key, f"the syslog at {cut(host)!r} cannot be reached: {reason}")
        return None


def _facility(value: str) -> int:
    if value.lower() not in SysLogHandler.facility_names:
        raise ValueError("no syslog facility")
    return SysLogHandler.facility_names[value.lower()]


def _port(value: str) -> int:
    if not 1 <= number(value) <= 65535:
        raise ValueError("no port: 1 to 65535")
    return number(value)


def _null(settings: Properties, key: str) -> logging.Handler | None:
    settings.pass_over(f"{key}.")
    return None


_APPENDERS: dict[str, Callable[[Properties, str], logging.Handler | None]] = {
    "log4cplus::ConsoleAppender": _console,
    "log4cplus::FileAppender": _file,
    "log4cplus::RollingFileAppender": _rolling_file,
    "log4cplus::DailyRollingFileAppender": _daily_file,
    "log4cplus::SysLogAppender": _syslog,
    "log4cplus::NullAppender": _null,
}


# ---- layouts ----


def _formatter(settings: Properties, key: str) -> PatternFormatter:
    layout = settings.text(key, "log4cplus::SimpleLayout")
    if layout == "log4cplus::SimpleLayout":
        return PatternFormatter(SIMPLE)
    if layout == "log4cplus::TTCCLayout":
        return PatternFormatter(_ttcc_time(settings, key) + TTCC)
    if layout == "log4cplus::PatternLayout":
        return _pattern(settings, key)
    settings.complain(key, f"there is no layout {cut(layout)!r} here, so it is SimpleLayout")
    settings.pass_over(f"{key}.")
    return PatternFormatter(SIMPLE)


def _ttcc_time(settings: Properties, key: str) -> str:
    """Return the pattern of the time: milliseconds since the start unless the file has a DateFormat."""
    utc = settings.read(f"{key}.Use_gmtime", False, boolean)
    form = settings.text(f"{key}.DateFormat")
    return f"{time_pattern(form, utc=utc)} " if form else "%r "


def _pattern(settings: Properties, key: str) -> PatternFormatter:
    names = [f"{key}.ConversionPattern", f"{key}.Pattern"]  # the second is the name of old files
    name = next((name for name in names if name in settings), "")
    pattern = settings.text(name)
    if not pattern:
        settings.complain(key, "there is no ConversionPattern, so the layout is SimpleLayout")
        return PatternFormatter(SIMPLE)
    formatter = PatternFormatter(pattern)
    for text in formatter.unknown:
        settings.complain(name, f"{cut(text)!r} is no conversion, so it is written as it is")
    return formatter


# ---- filters ----


class _Chain(logging.Filter):
    """Filters in order: the first that decides counts; a record that none decides on passes."""

    def __init__(self, chain: list[Decide]) -> None:
        super().__init__()
        self._chain = chain

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether the record passes."""
        verdicts = (decide(record) for decide in self._chain)
        return next((verdict for verdict in verdicts if verdict is not None), True)


def _filters(settings: Properties, key: str) -> _Chain:
    chain: list[Decide] = []
    index = 1
    while f"{key}.{index}" in settings:  # log4cplus stops at the first gap
        name = f"{key}.{index}"
        build = _FILTERS.get(settings.text(name))
        if build:
            chain.append(build(settings, name))
        else:
            settings.complain(name, f"there is no filter {cut(settings.text(name))!r} here")
            settings.pass_over(f"{name}.")
        index += 1
    return _Chain(chain)


def _match(settings: Properties, key: str) -> Decide:
    accept = settings.read(f"{key}.AcceptOnMatch", False, boolean)
    wanted = settings.read(f"{key}.LogLevelToMatch", None, level)
    return lambda record: accept if record.levelno == wanted else None


def _range(settings: Properties, key: str) -> Decide:
    accept = settings.read(f"{key}.AcceptOnMatch", False, boolean)
    least = settings.read(f"{key}.LogLevelMin", 0, level)
    most = settings.read(f"{key}.LogLevelMax", LEVELS["OFF"], level)
    return lambda record: (accept or None) if least <= record.levelno <= most else False


def _string(settings: Properties, key: str) -> Decide:
    accept = settings.read(f"{key}.AcceptOnMatch", False, boolean)
    wanted = settings.text(f"{key}.StringToMatch")

    def decide(record: logging.LogRecord) -> bool | None:
        # a line is a record here; to DCMTK's tools, and to whoever wrote the file, a whole dump is
        whole = getattr(record, "record", None) or record.getMessage()
        return accept if wanted and wanted in whole else None

    return decide


def _deny_all(_settings: Properties, _key: str) -> Decide:
    return lambda _record: False


_FILTERS: dict[str, Callable[[Properties, str], Decide]] = {
    "log4cplus::spi::LogLevelMatchFilter": _match,
    "log4cplus::spi::LogLevelRangeFilter": _range,
    "log4cplus::spi::StringMatchFilter": _string,
    "log4cplus::spi::DenyAllFilter": _deny_all,
}

"""DCMTK's `logger.cfg`: the plain subset of its log4cplus property files, set up in Python's `logging`.

What is not known is named and ignored; the rest of the file counts.
"""

import logging
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from dcmtool.errors import InputFileError
from dcmtool.logging_config.appenders import LEVELS, appender, level
from dcmtool.logging_config.loggers import check_loggers
from dcmtool.logging_config.properties import Properties, boolean, cut

INHERITED = logging.NOTSET
INHERITING = ("INHERITED", "INHERIT", "NOT_SET", "")

# DCMTK's loggers above and at echoscu's, then ours: from the general to the particular, all `dcmtool`.
ALIASES = ("dcmtk", "dcmtk.apps", "dcmtk.apps.echoscu", "dcmtool")

Appenders = dict[str, logging.Handler]


def configure(path: str, text: str) -> list[str]:
    """Set logging up as a property file says; return a sentence for each setting that was ignored.

    Raises `InputFileError` without a usable root logger, `OutputFileError` for a log that cannot be opened.
    """
    settings = Properties(path, text)
    _check(path, settings)
    check_loggers(path, settings.under("logger."))
    appenders: Appenders = {}
    try:
        for name in settings.under("appender."):
            if "." not in name:
                appenders[name] = appender(settings, name)
        wanted = list(_loggers(settings, appenders))
    except BaseException:
        _close(appenders.values())
        raise
    _set_up(wanted)
    used = {handler for logger in wanted for handler in logger.handlers}
    _close(set(appenders.values()) - used)
    if not used:
        settings.complain("rootLogger", "no logger has an appender, so nothing is written")
    return settings.complaints()


def _check(path: str, settings: Properties) -> None:
    if not settings:
        raise InputFileError(path, "does not contain any settings")
    if not settings.valid():
        raise InputFileError(path, "does not contain any valid settings: none begins with log4cplus.")
    if "rootLogger" not in settings:
        raise InputFileError(path, "does not set up log4cplus.rootLogger")
    first = settings.text("rootLogger").split(",")[0].strip()
    if first.upper() not in LEVELS:  # DCMTK's tools crash here
        where = f"{first!r} in line {settings.line('rootLogger')}"
        raise InputFileError(path, f"does not set up log4cplus.rootLogger: {where} is no level")


class Logger(NamedTuple):
    """What is to be set on one of Python's loggers."""

    name: str
    level: int
    handlers: list[logging.Handler]
    additive: bool = True


def _loggers(settings: Properties, appenders: Appenders) -> Iterator[Logger]:
    """Yield the root, `dcmtool` and its children; other loggers of the file are named in one sentence."""
    yield _logger(settings, "rootLogger", "root", appenders)
    yield _ours(settings, appenders)
    names = settings.under("logger.")
    for name in names:
        if name.startswith("dcmtool."):
            additive = _additive(settings, name)
            yield _logger(settings, f"logger.{name}", name, appenders)._replace(additive=additive)
    others = [name for name in names if name not in ALIASES and not name.startswith("dcmtool.")]
    for kind in ("logger", "additivity"):
        for name in others:
            settings.text(f"{kind}.{name}")
    if others:
        settings.complain(f"logger.{others[0]}", f"dcmtool has no such logger: {cut(', '.join(others))}")


def _ours(settings: Properties, appenders: Appenders) -> Logger:
    """Return DCMTK's own hierarchy and `dcmtool` as one: the nearest level, all appenders."""
    ours = Logger("dcmtool", INHERITED, [])
    for name in ALIASES:
        if not _additive(settings, name):
            ours = ours._replace(handlers=[], additive=False)
        if f"logger.{name}" in settings:
            nearer = _logger(settings, f"logger.{name}", name, appenders)
            ours = ours._replace(level=nearer.level or ours.level, handlers=ours.handlers + nearer.handlers)
    return ours


def _logger(settings: Properties, key: str, name: str, appenders: Appenders) -> Logger:
    targets = [word.strip() for word in settings.text(key).split(",")[1:]]
    for target in targets:
        if target not in appenders:
            settings.complain(key, f"there is no appender {cut(target)!r}")
    handlers = [appenders[target] for target in targets if target in appenders]
    return Logger(name, settings.read(key, INHERITED, _first_level), handlers)


def _first_level(value: str) -> int:
    first = value.split(",")[0].strip()
    return INHERITED if first.upper() in INHERITING else level(first)


def _additive(settings: Properties, name: str) -> bool:
    return settings.read(f"additivity.{name}", True, boolean)


def _set_up(wanted: Iterable[Logger]) -> None:
    for name, least, handlers, additive in wanted:
        logger = logging.getLogger(None if name == "root" else name)
        logger.setLevel(least)
        logger.propagate = additive
        for old in list(logger.handlers):
            logger.removeHandler(old)
            old.close()
        for handler in handlers or [logging.NullHandler()]:  # with none, logging would write to stderr
            logger.addHandler(handler)


def _close(handlers: Iterable[logging.Handler]) -> None:
    for handler in handlers:
        handler.close()

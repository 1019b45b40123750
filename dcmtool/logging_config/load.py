"""A logging configuration: where log records go, as a JSON, TOML, INI or DCMTK `logger.cfg` file says.

The records are those of the logger `dcmtool.echo`, one physical line each, without a level's prefix.
"""

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from dcmtool.config import text_file
from dcmtool.errors import InputFileError, OutputFileError, reason_of
from dcmtool.logging_config.loggers import check_loggers
from dcmtool.text import printable
from dcmtool.trace.levels import Level

if TYPE_CHECKING:  # the plain path of `dcmtool echo` does not load logging
    import logging

    Handle = Callable[[logging.LogRecord], object]

# A configuration is a page or two (DCMTK's sample has 9 kB); a device or a log named by mistake is endless.
MAX_BYTES = 1024 * 1024
MAX_COMPLAINTS = 20  # a screenful; more of them mean that it is the wrong file
MAX_REASON = 300  # characters: some refusals of the standard library quote the whole value


def load(path: str) -> list[str]:
    """Configure `logging` as the file says; return a sentence for each setting that was ignored.

    Raises `InputFileError` for a file that cannot be used, `OutputFileError` for a log that cannot be opened.
    """
    import logging

    text = text_file.decoded(text_file.read(path, MAX_BYTES, "logging configuration"))
    if not text.strip():
        raise InputFileError(path, "does not contain any settings")
    logging.addLevelName(Level.TRACE, "TRACE")
    before = {handler for logger in _ours() for handler in logger.handlers}
    complaints = _FORMATS[_format_of(path, text)](path, text)
    _secure(before)
    if len(complaints) > MAX_COMPLAINTS:
        more = len(complaints) - MAX_COMPLAINTS
        complaints = [*complaints[:MAX_COMPLAINTS], f"{path}: {more} more settings were ignored"]
    return [printable(complaint) for complaint in complaints]


def _format_of(path: str, text: str) -> str:
    for extension in ("json", "toml", "ini"):
        if path.lower().endswith(f".{extension}"):
            return extension
    if text.lstrip().startswith("{"):
        return "json"
    if _begins_a_line(r"log4cplus\.", text):
        return "properties"
    if _begins_a_line(r"version[^\S\n]*+=[^\S\n]*+\d", text):  # dictConfig asks for it
        return "toml"
    if _begins_a_line(r"\[", text):
        return "ini"
    return "properties"


def _begins_a_line(pattern: str, text: str) -> bool:
    """Return whether a line begins so after its blanks, of which none is looked at twice."""
    return re.search(rf"^[^\S\n]*+{pattern}", text, re.MULTILINE) is not None


def _load_json(path: str, text: str) -> list[str]:
    import json

    try:
        settings = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputFileError(path, f"is not valid JSON: {_one_line(error)}") from error
    return _dict_config(path, settings)


def _load_toml(path: str, text: str) -> list[str]:
    from dcmtool.config import toml_text

    try:
        settings = toml_text.parsed(text)
    except (ValueError, RecursionError) as error:
        raise InputFileError(path, f"is not valid TOML: {_one_line(error)}") from error
    return _dict_config(path, settings)


def _dict_config(path: str, settings: object) -> list[str]:
    from logging.config import dictConfig

    from dcmtool.logging_config.named_classes import check_dict

    if not isinstance(settings, dict):
        raise InputFileError(path, "does not hold an object with settings")
    if not settings:
        raise InputFileError(path, "does not contain any settings")
    loggers = settings.get("loggers")
    check_loggers(path, loggers if isinstance(loggers, dict) else ())
    _checked(path, partial(check_dict, settings))
    _applied(path, partial(dictConfig, settings))
    return []


def _load_ini(path: str, text: str) -> list[str]:
    from configparser import ConfigParser
    from logging.config import fileConfig

    from dcmtool.logging_config.ini_values import BoundedInterpolation
    from dcmtool.logging_config.named_classes import check_ini

    if not _begins_a_line(r"[^\s#;]", text):
        raise InputFileError(path, "does not contain any settings")
    parser = ConfigParser(interpolation=BoundedInterpolation())
    _applied(path, partial(parser.read_string, text, "the file"))
    check_loggers(path, (parser.get(each, "qualname", raw=True, fallback="") for each in parser.sections()))
    _checked(path, partial(check_ini, parser))
    _applied(path, partial(fileConfig, parser, disable_existing_loggers=False))
    return []


def _load_properties(path: str, text: str) -> list[str]:
    from dcmtool.logging_config.log4cplus import configure

    return configure(path, text)


_FORMATS: dict[str, Callable[[str, str], list[str]]] = {
    "json": _load_json,
    "toml": _load_toml,
    "ini": _load_ini,
    "properties": _load_properties,
}


def _checked(path: str, check: Callable[[], None]) -> None:
    """Have a configuration checked before anything of it is done; what it may not do becomes one sentence."""
    from configparser import Error

    from dcmtool.logging_config.named_classes import NotAllowed

    try:
        check()
    except NotAllowed as error:
        raise InputFileError(path, str(error)) from error
    except Error as error:  # such as an interpolation of what is not there
        raise InputFileError(path, f"is refused by Python's logging: {_one_line(error)}") from error


def _applied(path: str, configure: Callable[[], Any]) -> None:
    """Let the standard library configure logging; what it refuses becomes one sentence.

    Any exception is its refusal: a configuration names classes and calls them.
    """
    try:
        configure()
    except Exception as error:
        chain = list(_causes(error))
        for cause in chain:
            if isinstance(cause, OSError) and isinstance(cause.filename, str):
                raise OutputFileError(cause.filename, reason_of(cause)) from error
        raise InputFileError(path, f"is refused by Python's logging: {_sentence(chain)}") from error


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__


def _sentence(chain: list[BaseException]) -> str:
    texts = [f"no {error}" if isinstance(error, KeyError) else str(error) for error in chain]
    return _one_line(
        ": ".join(text or type(error).__name__ for text, error in zip(texts, chain, strict=True))
    )


def _one_line(text: object) -> str:
    return printable(" ".join(str(text).split()))[:MAX_REASON]


def _ours() -> "list[logging.Logger]":
    """Return the root logger and all of dcmtool's."""
    import logging

    root = logging.getLogger()
    names = [name for name in root.manager.loggerDict if f"{name}.".startswith("dcmtool.")]
    return [root, *(logging.getLogger(name) for name in names)]


def _secure(before: "set[logging.Handler]") -> None:
    """Keep our loggers enabled, and make a log that fails one line instead of a traceback."""
    import logging

    logging.raiseExceptions = False  # for handlers inside handlers, which are out of sight
    for logger in _ours():
        logger.disabled = False  # `disable_existing_loggers` is meant for others
        if logger.filters:
            failed = partial(_say_once, logger.name, [])
            setattr(logger, "filter", _guarded(partial(type(logger).filter, logger), failed))  # noqa: B010
        for handler in set(logger.handlers) - before:
            # the only hooks that `logging` has for one handler without replacing its class
            failed = partial(_say_once, handler.get_name(), [])
            setattr(handler, "handleError", failed)  # noqa: B010
            setattr(handler, "handle", _guarded(partial(type(handler).handle, handler), failed))  # noqa: B010


def _guarded(handle: "Handle", failed: "Callable[[logging.LogRecord, Exception], object]") -> "Handle":
    """Return what handles a record, and what `logging` lets through: of filters, of files opened late."""

    def guarded(record: "logging.LogRecord") -> object:
        try:
            return handle(record)
        except Exception as error:
            failed(record, error)
            return False

    return guarded


def _say_once(
    name: str | None, said: list[str], _record: "logging.LogRecord", error: BaseException | None = None
) -> None:
    """Name a handler's first failure on stderr; the verification goes on without that log."""
    error = error or sys.exc_info()[1]
    if said or error is None:
        return
    reason = reason_of(error) if isinstance(error, OSError) else _one_line(error)
    said.append(reason)
    with suppress(OSError, ValueError):  # without stderr nobody would see it
        print(f"W: the log {printable(name or 'handler')} cannot be written: {reason}", file=sys.stderr)

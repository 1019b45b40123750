"""`--log-config FILE`: where log records go, as a JSON, TOML, INI or DCMTK `logger.cfg` file says.

The records are those of the logger `dcmtool.echo`, one physical line each, without a level's prefix.
"""

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from dcmtool.errors import InputFileError, OutputFileError, reason_of
from dcmtool.text import printable

if TYPE_CHECKING:  # the plain path of `dcmtool echo` does not load logging
    import logging

# A configuration is a page or two (DCMTK's sample has 9 kB); a device or a log named by mistake is endless.
MAX_BYTES = 1024 * 1024
MAX_COMPLAINTS = 20  # a screenful: whoever has more has the wrong file
MAX_REASON = 300  # characters: some refusals of the standard library quote the whole value
TRACE = 5


def load(path: str) -> list[str]:
    """Configure `logging` as the file says; return a sentence for each setting that was ignored.

    Raises `InputFileError` for a file that cannot be used, `OutputFileError` for a log that cannot be opened.
    """
    import logging

    text = _read(path)
    if not text.strip():
        raise InputFileError(path, "does not contain any settings")
    logging.addLevelName(TRACE, "TRACE")
    before = {handler for logger in _ours() for handler in logger.handlers}
    complaints = _FORMATS[_format_of(path, text)](path, text)
    _secure(before)
    if len(complaints) > MAX_COMPLAINTS:
        more = len(complaints) - MAX_COMPLAINTS
        complaints = [*complaints[:MAX_COMPLAINTS], f"{path}: {more} more settings were ignored"]
    return [printable(complaint) for complaint in complaints]


def _read(path: str) -> str:
    try:
        with open(path, "rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except FileNotFoundError as error:
        raise InputFileError(path, "does not exist") from error
    except IsADirectoryError as error:
        raise InputFileError(path, "is a directory") from error
    except OSError as error:
        raise InputFileError(path, f"cannot be read: {reason_of(error)}") from error
    if len(raw) > MAX_BYTES:
        raise InputFileError(path, f"is larger than {MAX_BYTES} bytes, as no logging configuration is")
    if b"\0" in raw:
        raise InputFileError(path, "holds a NUL byte, so it is not a text file")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("latin-1")  # comments of old files; every byte is a character


def _format_of(path: str, text: str) -> str:
    for extension in ("json", "toml", "ini"):
        if path.lower().endswith(f".{extension}"):
            return extension
    if text.lstrip().startswith("{"):
        return "json"
    if re.search(r"^\s*log4cplus\.", text, re.MULTILINE):
        return "properties"
    if re.search(r"^\s*version\s*=\s*\d+", text, re.MULTILINE):  # dictConfig asks for it
        return "toml"
    if re.search(r"^\s*\[", text, re.MULTILINE):
        return "ini"
    return "properties"


def _load_json(path: str, text: str) -> list[str]:
    import json

    try:
        settings = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputFileError(path, f"is not valid JSON: {_one_line(error)}") from error
    return _dict_config(path, settings)


def _load_toml(path: str, text: str) -> list[str]:
    import tomllib

    try:
        settings = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputFileError(path, f"is not valid TOML: {_one_line(error)}") from error
    return _dict_config(path, settings)


def _dict_config(path: str, settings: object) -> list[str]:
    from logging.config import dictConfig

    if not isinstance(settings, dict):
        raise InputFileError(path, "does not hold an object with settings")
    if not settings:
        raise InputFileError(path, "does not contain any settings")
    _applied(path, partial(dictConfig, settings))
    return []


def _load_ini(path: str, text: str) -> list[str]:
    from configparser import ConfigParser
    from logging.config import fileConfig

    if not re.search(r"^\s*[^\s#;]", text, re.MULTILINE):
        raise InputFileError(path, "does not contain any settings")
    parser = ConfigParser()
    _applied(path, partial(parser.read_string, text, "the file"))
    _applied(path, partial(fileConfig, parser, disable_existing_loggers=False))
    return []


def _load_properties(path: str, text: str) -> list[str]:
    from dcmtool.config.dcmtk_logger import configure

    return configure(path, text)


_FORMATS: dict[str, Callable[[str, str], list[str]]] = {
    "json": _load_json,
    "toml": _load_toml,
    "ini": _load_ini,
    "properties": _load_properties,
}


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
    """See that our loggers stay enabled, and that a log that fails is one line and no traceback."""
    import logging

    logging.raiseExceptions = False  # for handlers inside handlers, which are out of sight
    for logger in _ours():
        logger.disabled = False  # `disable_existing_loggers` is meant for others
        for handler in set(logger.handlers) - before:
            # the only hook that `logging` has for one handler without replacing its class
            setattr(handler, "handleError", partial(_say_once, handler.get_name(), []))  # noqa: B010


def _say_once(name: str | None, said: list[str], _record: "logging.LogRecord") -> None:
    """Name a handler's first failure on stderr; the verification goes on without that log."""
    error = sys.exc_info()[1]
    if said or error is None:
        return
    reason = reason_of(error) if isinstance(error, OSError) else _one_line(error)
    said.append(reason)
    with suppress(OSError, ValueError):  # without stderr there is nobody left to tell
        print(f"W: the log {printable(name or 'handler')} cannot be written: {reason}", file=sys.stderr)

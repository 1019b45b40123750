"""What a configuration of `logging` may make: handlers, formatters and filters that are named classes.

`dictConfig` and `fileConfig` would call any function of any module, and evaluate any expression.
"""

import ast
import logging
import logging.handlers
import re
from collections.abc import Iterable, Iterator, Mapping
from configparser import ConfigParser
from pkgutil import resolve_name
from typing import Any

from dcmtool.text import brief, printable

_STREAMS = ("ext://sys.stdout", "ext://sys.stderr")
_DOTTED = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")
_CONSTANT = re.compile(
    r"(handlers\.)?([A-Z]\w*\.)?[A-Z][A-Z0-9_]*"
)  # such as handlers.SysLogHandler.LOG_USER
# What an expression may be made of besides streams and constants.
_PLAIN = (ast.Tuple, ast.List, ast.Dict, ast.Constant, ast.UnaryOp, ast.USub, ast.Load)
_KINDS: Mapping[str, type] = {
    "handlers": logging.Handler,
    "formatters": logging.Formatter,
    "filters": logging.Filter,
}
_CALLED = "would call a function, which no configuration may"
_QUEUES = ("queue", "listener")  # of a QueueHandler: functions that `dictConfig` would call


class NotAllowed(ValueError):
    """A configuration that would run something else; its text says where and what."""


def check_dict(settings: Mapping[str, Any]) -> None:
    """Check a configuration for `dictConfig`. Raises `NotAllowed`."""
    for section, base in _KINDS.items():
        entries = settings.get(section)
        _check_is_no_reference(section, entries)
        for name, entry in entries.items() if isinstance(entries, dict) else ():
            place = f"{section}.{printable(str(name))}"
            _check_is_no_reference(place, entry)
            if isinstance(entry, dict):
                _check_entry(place, entry, base)
    for place, key, value in _all_of(settings):
        if key == "()" and not re.fullmatch(r"filters\.[^.]*", place):
            raise NotAllowed(f"{place}: '()' {_CALLED}")
        if isinstance(value, str) and value.startswith("ext://") and value not in _STREAMS:
            raise NotAllowed(f"{place}: '{printable(value[:60])}' may only be {' or '.join(_STREAMS)}")


def _check_is_no_reference(place: str, value: object) -> None:
    """Check that what names classes stands where it is looked for: `dictConfig` follows `cfg://`."""
    if isinstance(value, str):
        raise NotAllowed(f"{place}: '{printable(value[:60])}' is no table")


def _check_entry(place: str, entry: Mapping[str, Any], base: type) -> None:
    if entry.get("class"):
        _check_class(place, entry["class"], base)
    if "()" in entry and base is logging.Filter:  # there is no other way to name its class
        _check_class(place, entry["()"], base)
    for key in _QUEUES:
        if key in entry and base is logging.Handler:
            raise NotAllowed(f"{place}: '{key}' {_CALLED}")


def _all_of(settings: Mapping[str, Any]) -> Iterator[tuple[str, str, object]]:
    """Yield each value inside the settings, with the place of what holds it and its key there."""
    waiting: list[tuple[str, object]] = [("", settings)]
    while waiting:
        place, value = waiting.pop()
        items: Iterable[tuple[object, object]] = ()
        if isinstance(value, dict | list):
            items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, inner in items:
            yield place, str(key), inner
            if isinstance(inner, dict | list):
                waiting.append((f"{place}.{printable(str(key))}" if place else printable(str(key)), inner))


def _check_class(place: str, name: object, base: type) -> None:
    """Check that a name is that of a class of this kind."""
    shown = f"'{printable(str(name)[:60])}'"
    if not isinstance(name, str) or not _DOTTED.fullmatch(name):
        raise NotAllowed(f"{place}: {shown} is no name of a class")
    try:
        found = resolve_name(name)
    except (ImportError, AttributeError, ValueError) as error:
        raise NotAllowed(f"{place}: there is no class {shown}") from error
    if not (isinstance(found, type) and issubclass(found, base)):
        raise NotAllowed(f"{place}: {shown} is no class of a logging.{base.__name__}")


def check_ini(parser: ConfigParser) -> None:
    """Check a configuration for `fileConfig`. Raises `NotAllowed`."""
    for section in parser.sections():
        kind = section.partition("_")[0] + "s"
        for key in ("args", "kwargs", "defaults"):
            if kind in _KINDS and parser.has_option(section, key):
                _check_expression(f"[{brief(section)}] {key}", parser.get(section, key))
        name = parser.get(section, "class", fallback="") if kind in _KINDS else ""
        if name and kind == "handlers" and hasattr(logging, name.partition(".")[0]):
            name = f"logging.{name}"  # which handlers may leave out
        if name:
            _check_class(f"[{brief(section)}]", name, _KINDS[kind])


def _check_expression(place: str, text: str) -> None:
    """Check that evaluating a text calls nothing and gives nothing but plain values and the two streams."""
    refused = NotAllowed(
        f"{place}: {printable(text[:60])} is more than texts, numbers, sys.stdout and sys.stderr"
    )
    try:
        waiting: list[ast.AST] = [ast.parse(text.strip(), mode="eval").body]
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise refused from error
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Name | ast.Attribute):
            name = ast.unparse(node)
            if name not in ("sys.stdout", "sys.stderr") and not _CONSTANT.fullmatch(name):
                raise refused
        elif isinstance(node, _PLAIN):
            waiting.extend(ast.iter_child_nodes(node))
        else:
            raise refused

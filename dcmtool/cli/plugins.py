"""Commands that other packages add: Click commands in the entry-point group `dcmtool.commands`."""

import contextlib
import os
import sys
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

import click

from dcmtool.text import printable

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "dcmtool.commands"
_MOST = 1 << 20  # bytes of a list of entry points; the longest in use have some 50 KB


@cache
def commands() -> "dict[str, EntryPoint]":
    """Return the commands of other packages by name; of two with one name the first on `sys.path` counts.

    `importlib.metadata` alone takes 10 ms to import, so it is left to read what names the group.
    """
    found: dict[str, EntryPoint] = {}
    for folder in _folders():
        for entry in _entries(folder):
            if entry.name.isprintable() and entry.name[:1] not in ("-", "@", ""):
                found.setdefault(entry.name, entry)
            else:
                _leave_out(entry, "no command can be called so")
    return dict(sorted(found.items()))


def load(name: str) -> click.Command | None:
    """Return the command of that name; None if there is none or, with a warning, if it cannot be loaded."""
    entry = commands().get(name)
    if entry is None:
        return None
    try:
        command = entry.load()
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # whatever its package does wrong, dcmtool itself works on
        _leave_out(entry, _described(error))
        return None
    if isinstance(command, click.Command):
        return command
    _leave_out(entry, f"{entry.value} is no Click command")
    return None


def short_help(name: str) -> str | None:
    """Return a command's line for the list; None if it is hidden or, with a warning, cannot be loaded."""
    try:
        with contextlib.redirect_stdout(sys.stderr):  # what is printed by an import is no part of the list
            command = load(name)
            if command is None or command.hidden:
                return None
            return printable(command.get_short_help_str(limit=70))
    except (Exception, SystemExit) as error:
        _leave_out(commands()[name], _described(error))
        return None


def report_failure(name: str, error: Exception) -> None:
    """Show the traceback of an error in another package's command, and name the package."""
    from traceback import format_exception

    click.echo("".join(format_exception(error)), err=True, nl=False)
    entry = commands()[name]
    sentence = f"The command '{name}'{_origin(entry)} failed: {_described(error)}"
    click.echo(f"Error: {printable(sentence)}", err=True)


def _leave_out(entry: "EntryPoint", reason: str) -> None:
    _warn(f"The command '{entry.name}'{_origin(entry)} is left out: {reason}")


def _origin(entry: "EntryPoint") -> str:
    """Return the name of its package in words; its metadata may be in pieces."""
    try:
        package = entry.dist and entry.dist.metadata["Name"]
    except (OSError, ValueError, LookupError, TypeError, AttributeError, Warning) as error:
        return f" of a package whose metadata cannot be read ({type(error).__name__})"
    return f" of the package {package}" if package else ""


def _described(error: BaseException) -> str:
    try:
        return f"{type(error).__name__}: {error}"
    except Exception as another:  # whatever the package does in its own text
        return f"{type(error).__name__}, whose text raises {type(another).__name__}"


def _folders() -> Iterator[str]:
    """Yield the metadata folders of the installed packages that name the group."""
    for path in sys.path:
        try:
            names = sorted(os.listdir(path or "."))
        except OSError:  # not there, or a zip archive
            continue
        for name in names:
            folder = os.path.join(path, name)
            if name.endswith((".dist-info", ".egg-info")) and _names_the_group(folder):
                yield folder


def _names_the_group(folder: str) -> bool:
    try:
        with open(os.path.join(folder, "entry_points.txt"), "rb") as file:
            return GROUP.encode() in file.read(_MOST)
    except OSError:
        return False


def _entries(folder: str) -> "list[EntryPoint]":
    from importlib.metadata import Distribution

    try:
        return list(Distribution.at(folder).entry_points.select(group=GROUP))
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        _warn(f"The entry points in {folder} cannot be read: {type(error).__name__}: {error}")
        return []


def _warn(sentence: str) -> None:
    click.echo(f"Warning: {printable(sentence)}", err=True)

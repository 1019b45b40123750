"""Commands that other packages add: Click commands in the entry-point group `dcmtool.commands`."""

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


@cache
def commands() -> "dict[str, EntryPoint]":
    """Return the commands of other packages by name; of two with one name the first on `sys.path` counts.

    `importlib.metadata` alone takes 10 ms to import, so it is left to read what names the group.
    """
    found: dict[str, EntryPoint] = {}
    for folder in _folders():
        for entry in _entries(folder):
            found.setdefault(entry.name, entry)
    return dict(sorted(found.items()))


def load(name: str) -> click.Command | None:
    """Return the command of that name; None, with a warning, if it cannot be had, and if there is none."""
    entry = commands().get(name)
    if entry is None:
        return None
    try:
        command = entry.load()
    except (Exception, SystemExit) as error:  # whatever its package does wrong, dcmtool itself works on
        reason = f"{type(error).__name__}: {error}"
    else:
        if isinstance(command, click.Command):
            return command
        reason = f"{entry.value} is no Click command"
    origin = f" of the package {entry.dist.name}" if entry.dist else ""
    _warn(f"The command '{name}'{origin} is left out: {reason}")
    return None


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
            return GROUP.encode() in file.read()
    except OSError:
        return False


def _entries(folder: str) -> "list[EntryPoint]":
    from importlib.metadata import Distribution

    try:
        return list(Distribution.at(folder).entry_points.select(group=GROUP))
    except Exception as error:
        _warn(f"The entry points in {folder} cannot be read: {type(error).__name__}: {error}")
        return []


def _warn(sentence: str) -> None:
    click.echo(f"Warning: {printable(sentence)}", err=True)

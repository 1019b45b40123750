"""Settings that a file holds: which keys there are, and what they may be, all as the options declare it.

A key is the long name of an option without its dashes. Its value is true or false for a flag, a number or a
text for an option with one value, a list for one with several. What can be set in the environment can be set
in a file, but for secrets. Paths are relative to the file.
"""

import os
from collections.abc import Iterable, Mapping
from typing import Any

import click

from dcmtool.cli.declared import DicomOption, Rank, Stored
from dcmtool.cli.values import LogLevel, Number
from dcmtool.config.toml_text import key as quoted
from dcmtool.config.toml_text import shown, unknown
from dcmtool.text import printable


class Vocabulary:
    """The keys that a file may use, for a command with these options."""

    def __init__(self, options: Iterable[DicomOption]) -> None:
        allowed = [option for option in options if option.allow_from_autoenv]
        self.options = {_key(option): option for option in allowed}
        self.words: dict[str, dict[str, DicomOption]] = {}
        for option in allowed:
            if option.word:
                self.words.setdefault(option.word[0], {})[option.word[1]] = option

    @property
    def keys(self) -> tuple[str, ...]:
        """All keys, those of secrets left out."""
        return (*self.words, *(key for key, option in self.options.items() if not option.secret))

    def read(
        self, path: str, table: str, settings: Mapping[str, Any], rank: Rank, owner: str
    ) -> dict[str, Stored]:
        """Return what a table of a file sets, by the names of the parameters.

        Raises `InputFileError` for a key that means nothing, a value that does not fit, two for one option.
        """
        read: dict[str, Stored] = {}
        for key, value in settings.items():
            entry = Stored(value, path, table, key, rank, owner)
            option, taken = self._taken(entry)
            if option.name in read:
                raise entry.refused(f"{read[option.name].key} and {key} set the same")
            read[option.name] = entry._replace(value=taken)
        return read

    def _taken(self, entry: Stored) -> tuple[DicomOption, Any]:
        words, option = self.words.get(entry.key), self.options.get(entry.key)
        if words:
            option, taken = words.get(entry.value) if isinstance(entry.value, str) else None, True
            wanted = f"one of {', '.join(words)}"
        elif option is None or option.secret:
            raise entry.refused(f"{printable(quoted(entry.key))} {self._no_key(entry, option)}")
        else:
            taken, wanted = _taken(option, entry.value, os.path.dirname(entry.path)), _wanted(option)
        if option is None or taken is None:
            raise entry.refused(f"{entry.key} should be {wanted}, but is {shown(entry.value)}")
        return option, taken

    def _no_key(self, entry: Stored, option: DicomOption | None) -> str:
        if option:
            others = [
                _key(each)
                for each in self.options.values()
                if each.block == option.block and each.arity and not each.secret
            ]
            return f"is a secret, which has no place in this file: use {' or '.join(others)}"
        if isinstance(entry.value, dict):
            return 'is a table: a name with a dot needs quotes, such as [nodes."pacs.example"]'
        return unknown(entry.key, self.keys)

    def of_text(self, key: str, text: str, folder: str) -> Any:
        """Return the value of a key that is written as text, a path made absolute; text that does not fit."""
        option = self.options.get(key)
        if option is None:
            return text
        several = option.multiple or option.nargs > 1
        texts = option.type.split_envvar_value(text) if several else [text]
        if isinstance(option.type, click.Path):
            texts = [os.path.abspath(_resolved(each, folder)) for each in texts]
        try:
            values = [option.type.convert(each, None, None) for each in texts]
        except click.BadParameter:
            return text
        return values if several else values[0]


def _key(option: DicomOption) -> str:
    return option.long_name.removeprefix("--")


def _taken(option: DicomOption, value: Any, folder: str) -> Any:
    """Return a value as Click takes it; None if it does not fit."""
    if option.is_flag:
        return value if isinstance(value, bool) else None
    if not option.multiple and option.nargs == 1:
        return _one(option, value, folder)
    if not isinstance(value, list) or not (option.multiple or len(value) == option.nargs):
        return None
    several = tuple(_one(option, each, folder) for each in value)
    return None if None in several else several


def _one(option: DicomOption, value: Any, folder: str) -> str | None:
    if isinstance(option.type, Number):
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        text = f"{value:f}" if isinstance(value, float) else str(value)
    elif not isinstance(value, str):
        return None
    elif isinstance(option.type, click.Path):
        return _resolved(value, folder)
    else:
        text = value
    try:
        option.type.convert(text, None, None)
    except click.BadParameter:
        return None
    return text


def _resolved(path: str, folder: str) -> str:
    return os.path.join(folder, os.path.expanduser(path))


def _wanted(option: DicomOption) -> str:
    """Return in words what the value of an option should be."""
    if option.is_flag:
        return "true or false"
    if option.multiple:
        return "a list of texts"
    if option.nargs > 1:
        return f"a list of {option.nargs} texts"
    if isinstance(option.type, Number):
        kind = "number" if option.type.fractions else "whole number"
        return f"a {kind}, {option.type.range()}"
    return f"one of {', '.join(LogLevel.LEVELS)}" if isinstance(option.type, LogLevel) else "text"

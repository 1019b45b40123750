"""The lines of a log4cplus property file: names, values, and the variables inside values."""

import os
import re
import time
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple, TypeVar

from dcmtool.logging_config.layout import host_name

T = TypeVar("T")

PREFIX = "log4cplus."
APPLICATION = "dcmtool"  # what ${appname} stands for
MAX_EXPANSIONS = 100  # in one value: variables may name variables, even themselves
MAX_VALUE = 65536  # characters of an expanded value: variables that double reach gigabytes in 30 steps
MAX_COPIED = 16 * MAX_VALUE  # characters of all values on the way there: every line may name a long one
LONGEST_SHOWN = 200  # characters of a name or a value in a sentence


class Setting(NamedTuple):
    """A value and the number of its line."""

    value: str
    line: int


class Properties:
    """The settings of a file by name, of which the last counts, and which of them were never read."""

    def __init__(self, path: str, text: str) -> None:
        self._path = path
        self._complaints: list[tuple[int, str]] = []
        self._raw: dict[str, Setting] = {}
        self._copied = 0
        for number, line in enumerate(text.split("\n"), 1):
            self._add(number, line.strip())
        self._settings = {name: self._expanded(setting) for name, setting in self._raw.items()}
        self._asked: set[str] = set()
        self._passed_over: list[str] = []

    def _add(self, number: int, line: str) -> None:
        name, equals, value = line.partition("=")
        if not line or line.startswith("#"):
            return
        if equals:
            self._raw[name.rstrip()] = Setting(value.strip(), number)
        else:
            self._complaints.append((number, "the line has no '=', so it sets nothing"))

    def _expanded(self, setting: Setting) -> Setting:
        """Replace each `${NAME}` by a setting of the file, a fact of this run, or the environment."""
        value, start = setting.value, 0
        for _ in range(MAX_EXPANSIONS):
            start = value.find("${", start)
            end = value.find("}", start) + 1 if start >= 0 else 0
            if not end:
                return self._closed(Setting(value, setting.line), start)
            name = value[start + 2 : end - 1]
            if replacement := self._variable(name):
                value = value[:start] + replacement + value[end:]
                self._copied += len(value)
            else:
                sentence = f"the variable ${{{cut(name)}}} has no value and is left as it is"
                self._complaints.append((setting.line, sentence))
                start = end
            if len(value) > MAX_VALUE or self._copied > MAX_COPIED:
                break
        self._complaints.append(
            (setting.line, "the variables in the value never end, so they are left as they are")
        )
        return setting

    def _closed(self, setting: Setting, start: int) -> Setting:
        if start >= 0:
            self._complaints.append((setting.line, "the '${' has no closing brace and is left as it is"))
        return setting

    def _variable(self, name: str) -> str:
        own = self._raw.get(name)
        return (own.value if own else "") or _fact(name) or os.environ.get(name, "")

    def __bool__(self) -> bool:
        return bool(self._raw)

    def __contains__(self, name: str) -> bool:
        return PREFIX + name in self._settings

    def valid(self) -> bool:
        """Return whether any setting is one of log4cplus."""
        return any(name.startswith(PREFIX) for name in self._settings)

    def under(self, prefix: str) -> list[str]:
        """Return, in the file's order, what follows `log4cplus.PREFIX` in the names that begin with it."""
        whole = PREFIX + prefix
        return [name.removeprefix(whole) for name in self._settings if name.startswith(whole)]

    def line(self, name: str) -> int:
        """Return the line of `log4cplus.NAME`."""
        return self._settings[PREFIX + name].line

    def text(self, name: str, default: str = "") -> str:
        """Return the value of `log4cplus.NAME`."""
        self._asked.add(PREFIX + name)
        setting = self._settings.get(PREFIX + name)
        return default if setting is None else setting.value

    def read(self, name: str, default: T, reader: Callable[[str], T]) -> T:
        """Return the value of `log4cplus.NAME` as `reader` reads it; or the default and a complaint."""
        value = self.text(name)
        if name not in self:
            return default
        try:
            return reader(value)
        except ValueError as error:
            self.complain(name, f"{cut(value)!r} is {error}, so that is ignored")
            return default

    def complain(self, name: str, sentence: str) -> None:
        """Keep a sentence about `log4cplus.NAME` for the user."""
        self._complaints.append((self.line(name), f"{PREFIX}{cut(name)}: {sentence}"))

    def complaints(self) -> list[str]:
        """Return all sentences in the file's order, and one for each setting that was never read."""
        known = {name.lower(): name for name in sorted(self._asked, reverse=True)}
        unknown = [(self._settings[name].line, _unknown(name, known)) for name in self._unasked()]
        ordered = sorted([*self._complaints, *unknown])
        return [f"{self._path}:{line}: {sentence}" for line, sentence in ordered]

    def pass_over(self, prefix: str) -> None:
        """Take the settings that begin with `log4cplus.PREFIX` for dealt with."""
        self._passed_over.append(PREFIX + prefix)

    def _unasked(self) -> Iterator[str]:
        """Yield the names of log4cplus that were neither read nor passed over."""
        prefixes: list[str] = []  # sorted, and none begins with another, so that one look for each name does
        for prefix in sorted(self._passed_over):
            if not (prefixes and prefix.startswith(prefixes[-1])):
                prefixes.append(prefix)
        for name in self._settings:
            if name.startswith(PREFIX) and name not in self._asked:
                place = bisect_right(prefixes, name)
                if not (place and name.startswith(prefixes[place - 1])):
                    yield name


def _unknown(name: str, known: Mapping[str, str]) -> str:
    """Say that a setting is not known, and what it is called if only the case is wrong."""
    right = known.get(name.lower())
    return f"{cut(name)} is not a known setting" + (f": it is spelled {cut(right)}" if right else "")


def cut(text: str) -> str:
    """Return a name or a value for a sentence, and not at length."""
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}..."


def _fact(name: str) -> str:
    """Return a value that DCMTK defines in every file."""
    facts: dict[str, Callable[[], str]] = {
        "appname": lambda: APPLICATION,
        "pid": lambda: str(os.getpid()),
        "hostname": host_name,
        "date": lambda: time.strftime("%Y%m%d"),
        "time": lambda: time.strftime("%H%M%S"),
    }
    return facts[name]() if name in facts else ""


def boolean(value: str) -> bool:
    """Read `true`, `false` or a number; raises `ValueError`."""
    word = value.lower()
    if word in ("true", "false"):
        return word == "true"
    return number(value) != 0


def number(value: str) -> int:
    """Read a whole number of at most nine digits; raises `ValueError`."""
    if not re.fullmatch(r"-?[0-9]{1,9}", value):
        raise ValueError("not a whole number")
    return int(value)

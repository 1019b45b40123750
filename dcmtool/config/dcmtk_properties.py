"""The lines of a log4cplus property file: names, values, and the variables inside values."""

import os
import re
import time
from collections.abc import Callable
from typing import NamedTuple, TypeVar

T = TypeVar("T")

PREFIX = "log4cplus."
APPLICATION = "dcmtool"  # what ${appname} stands for
MAX_EXPANSIONS = 100  # in one value: variables may name variables, even themselves
MAX_VALUE = 65536  # characters of an expanded value: variables that double reach gigabytes in 30 steps

_VARIABLE = re.compile(r"\$\{([^}]*)\}")


class Setting(NamedTuple):
    """A value and the number of its line."""

    value: str
    line: int


class Properties:
    """The settings of a file by name: the last of a name counts, and which nobody asked for."""

    def __init__(self, path: str, text: str) -> None:
        self._path = path
        self._complaints: list[tuple[int, str]] = []
        self._raw: dict[str, Setting] = {}
        for number, line in enumerate(text.split("\n"), 1):
            self._add(number, line.strip())
        self._settings = {name: self._expanded(setting) for name, setting in self._raw.items()}
        self._asked: set[str] = set()

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
            match = _VARIABLE.search(value, start)
            if match is None:
                return self._closed(Setting(value, setting.line), start)
            start = match.start()
            replacement = self._variable(match[1])
            if not replacement:
                self._complaints.append(
                    (setting.line, f"the variable {match[0]} has no value and is left as it is")
                )
                start, replacement = match.end(), match[0]
            value = value[: match.start()] + replacement + value[match.end() :]
            if len(value) > MAX_VALUE:
                break
        self._complaints.append(
            (setting.line, "the variables in the value never end, so they are left as they are")
        )
        return setting

    def _closed(self, setting: Setting, start: int) -> Setting:
        if "${" in setting.value[start:]:
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
            self.complain(name, f"{value!r} is {error}, so that is ignored")
            return default

    def complain(self, name: str, sentence: str) -> None:
        """Keep a sentence about `log4cplus.NAME` for the user."""
        self._complaints.append((self.line(name), f"{PREFIX}{name}: {sentence}"))

    def complaints(self) -> list[str]:
        """Return all sentences in the file's order, and one for each setting that nobody asked for."""
        unasked = [name for name in self._settings if name.startswith(PREFIX) and name not in self._asked]
        unknown = [(self._settings[name].line, self._unknown(name)) for name in unasked]
        ordered = sorted([*self._complaints, *unknown])
        return [f"{self._path}:{line}: {sentence}" for line, sentence in ordered]

    def pass_over(self, prefix: str) -> None:
        """Take the settings that begin with `log4cplus.PREFIX` for dealt with."""
        self._asked.update(name for name in self._settings if name.startswith(PREFIX + prefix))

    def _unknown(self, name: str) -> str:
        """Say that a setting is not known, and what it is called if only the case is wrong."""
        known = next((asked for asked in sorted(self._asked) if asked.lower() == name.lower()), None)
        return f"{name} is not a known setting" + (f": it is spelled {known}" if known else "")


def _fact(name: str) -> str:
    """Return a value that DCMTK defines in every file."""
    facts: dict[str, Callable[[], str]] = {
        "appname": lambda: APPLICATION,
        "pid": lambda: str(os.getpid()),
        "hostname": lambda: os.uname().nodename,
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

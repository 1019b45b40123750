"""constraints.txt and the extras of pyproject.toml, read before anything is installed.

So with the standard library alone.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
CONSTRAINTS, PROJECT = ROOT / "constraints.txt", ROOT / "pyproject.toml"

_PIN = re.compile(r"(?P<name>[\w.-]+)==(?P<version>[^\s;\\]+)(?: ; (?P<marker>[^\\]+?))?(?: \\)?")
_HASH = re.compile(r"    --hash=(sha256:[0-9a-f]{64})(?: \\)?")
_NAME = re.compile(r"[A-Za-z0-9][\w.-]*")


class Pin(NamedTuple):
    """One version of a library, the hashes of all files of that release, and who needs it."""

    name: str
    version: str
    marker: str | None
    hashes: tuple[str, ...]
    needed_by: frozenset[str]

    def __str__(self) -> str:
        """Return the requirement as pip reads it."""
        marker = f" ; {self.marker}" if self.marker else ""
        return " \\\n    --hash=".join((f"{self.name}=={self.version}{marker}", *self.hashes))


def normalized(name: str) -> str:
    """Return the one spelling of a library's name (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def requirements(project: Path = PROJECT, *extras: str) -> list[str]:
    """Return what the project needs, with these of its extras, as pyproject.toml says it.

    Raises SystemExit if it has no such extra.
    """
    content = tomllib.loads(project.read_text(encoding="utf-8"))["project"]
    optional = content["optional-dependencies"]
    for extra in extras:
        if extra not in optional:
            raise SystemExit(f"{project.name} has no extra {extra}: it has {', '.join(sorted(optional))}.")
    return [*content["dependencies"], *(line for extra in extras for line in optional[extra])]


def read(text: str) -> dict[str, Pin]:
    """Return the pins of a constraints file by name.

    Raises ValueError with the number of a line that is none of those that `make constraints` writes.
    """
    pins: dict[str, Pin] = {}
    name = ""
    for number, line in enumerate(text.splitlines(), 1):
        if pin := _PIN.fullmatch(line):
            name = normalized(pin["name"])
            if name in pins:
                raise ValueError(f"line {number}: {name} is pinned twice")
            pins[name] = Pin(name, pin["version"], pin["marker"], (), frozenset())
        elif (digest := _HASH.fullmatch(line)) and name:
            pins[name] = pins[name]._replace(hashes=(*pins[name].hashes, digest[1]))
        elif line.startswith("    #") and name:
            users = {normalized(user) for user in _NAME.findall(line.replace("# via", "#").split("(")[0])}
            pins[name] = pins[name]._replace(needed_by=pins[name].needed_by | users)
        elif line and not line.startswith("#"):
            raise ValueError(f"line {number} is no pin, no SHA-256 and no comment: {line[:200]}")
    if bare := [pin.name for pin in pins.values() if not pin.hashes]:
        raise ValueError(f"no hash for {', '.join(bare)}")
    return pins


def needed(pins: Mapping[str, Pin], wanted: Iterable[str]) -> list[Pin]:
    """Return the pins of some requirements, and of what those need, in the file's order.

    Raises ValueError for a requirement that is not pinned.
    """
    found: set[str] = set()
    waiting = [normalized(name[0]) for line in wanted if (name := _NAME.match(line))]
    if missing := [each for each in waiting if each not in pins]:
        raise ValueError(f"no pin for {', '.join(missing)}: run `make constraints`")
    while waiting:
        each = waiting.pop()
        if each not in found:
            found.add(each)
            waiting += [pin.name for pin in pins.values() if each in pin.needed_by]
    return [pin for pin in pins.values() if pin.name in found]

"""What the files of a data dictionary define, looked up by tag and private creator.

DCMTK's files have thousands of lines, nearly all of one form, so one regular expression reads those and only
the others are parsed one by one; an entry is made when it is asked for.
"""

import re
from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

from dcmtool.dictionary.lines import INTERNAL_VRS, STANDARD_VRS, WHOLE, BadLine, Entry, Span, parse
from dcmtool.text import printable

MAX_BAD = 1000  # lines that are named one by one; a file with more is no dictionary, and could have millions

# The two-letter names by their first letter, which is quicker to try than each of them.
_VR = "|".join(
    f"{first}[{''.join(sorted(vr[1] for vr in STANDARD_VRS | INTERNAL_VRS if vr[0] == first))}]"
    for first in sorted({vr[0] for vr in STANDARD_VRS | INTERNAL_VRS})
)
# Each match is a line. Of a line of the usual form it gives group, then element, or creator and element; the
# last group is a line of another form, to be parsed by itself.
_LINES = re.compile(
    r"^(?:\(([0-9A-Fa-f]{4}),"
    r'(?:([0-9A-Fa-f]{4})|"([^"\n\t]{1,64}+)",([0-9A-Fa-f]{2}|1[0-9A-Fa-f]{3}))\)'
    rf"\t(?:{_VR})\t\S{{1,200}}+"
    r"\t[0-9]{1,4}+(?:-n|-[0-9]{1,4}+n?)?\t\S{1,200}+"
    r"|#.*|(.*))$",
    re.MULTILINE,
)

Key = tuple[int, str]  # tag and creator; of an element of any block the tag without the block


class BadEntry(NamedTuple):
    """A line that was skipped: the file, the number of the line from 1, and why."""

    path: str
    line: int
    reason: str

    def __str__(self) -> str:
        return printable(f"{self.path}:{self.line}: {self.reason}")


class FileTable:
    """The entries of one file: those of single elements by tag and creator, and the ranges."""

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.bad: list[BadEntry] = []  # the first of those that were skipped
        self.skipped = 0
        self.ranges: dict[tuple[Span, Span, str], Entry] = {}
        self._text = text
        self._unusual: dict[int, Entry] = {}  # by line
        self._lines: dict[Key, int] = {}
        for line, found in enumerate(
            _LINES.finditer(text), 1
        ):  # one by one: of blank lines there may be millions
            group, element, creator, low, other = found.groups("")
            if group:
                self._lines[int(group + (element or low.zfill(4)), 16), creator] = line
            elif other:
                self._add(line, other)

    def __len__(self) -> int:
        return len(self._lines) + len(self.ranges)

    def __str__(self) -> str:
        return printable(f"{self.path}: {len(self)} {'entry' if len(self) == 1 else 'entries'}")

    def get(self, key: Key) -> Entry | None:
        """Return the last entry of one element."""
        line = self._lines.get(key)
        return None if line is None else self._entry(key, line)

    def singles(self) -> Iterator[tuple[Key, Entry]]:
        """Yield the entries of single elements."""
        return ((key, self._entry(key, line)) for key, line in self._lines.items())

    @cached_property
    def _split(self) -> list[str]:
        return self._text.split("\n")

    def _entry(self, key: Key, line: int) -> Entry:
        """Return the entry of a line; one of the usual form has been checked already."""
        if line in self._unusual:
            return self._unusual[line]
        tag, creator = key
        group, element = tag >> 16, tag & WHOLE
        _, vr, name, vm, version = self._split[line - 1].split("\t")
        return Entry(Span(group, group), Span(element, element), creator, vr, name, vm, version, line)

    def _add(self, line: int, text: str) -> None:
        try:
            entry = parse(text, line)
        except BadLine as error:
            self.skipped += 1
            if self.skipped <= MAX_BAD:
                self.bad.append(BadEntry(self.path, line, str(error)))
            return
        if entry is None:
            return
        if not entry.single:
            self.ranges[entry.group, entry.element, entry.creator] = entry
            return
        key = (entry.group.low << 16 | entry.element.low, entry.creator)
        self._lines[key] = max(line, self._lines.get(key, 0))
        self._unusual[line] = entry


class Found(NamedTuple):
    """An entry, and the file that it is from."""

    entry: Entry
    path: str


class Dictionary:
    """The entries of several files, of which later ones override earlier ones."""

    def __init__(self, files: tuple[FileTable, ...]) -> None:
        self.files = files

    def __len__(self) -> int:
        return sum(1 for _ in self.entries())

    def find(self, tag: int, creator: str = "") -> Found | None:
        """Return what defines an element: an entry of its own before the narrowest range.

        `creator` is the private creator of the element's block, empty for an element that is not private.
        """
        keys = [(tag, creator)]
        if creator:
            keys.append((tag & 0xFFFF00FF, creator))
        for key in keys:
            for file in reversed(self.files):
                if entry := file.get(key):
                    return Found(entry, file.path)
        fitting = [found for found in self.ranges() if found.entry.defines(tag, creator)]
        return min(fitting, key=_width, default=None)

    def ranges(self) -> list[Found]:
        """Return the entries of ranges; of one that is defined again the last."""
        last = {key: Found(entry, file.path) for file in self.files for key, entry in file.ranges.items()}
        return list(last.values())

    def entries(self) -> Iterator[Found]:
        """Yield every entry that counts: those of single elements, then the ranges."""
        last = {key: Found(entry, file.path) for file in self.files for key, entry in file.singles()}
        yield from last.values()
        yield from self.ranges()

    def bad(self) -> list[BadEntry]:
        """Return the lines that were skipped, the first thousand of each file."""
        return [bad for file in self.files for bad in file.bad]

    def label(self, tag: int, creator: str = "") -> tuple[str, str] | None:
        """Return the VR and the name of an element, for a dump; None if no file defines it."""
        found = self.find(tag, creator)
        return found and (found.entry.vr, found.entry.name)


def _width(found: Found) -> tuple[int, int]:
    group, element = found.entry.group, found.entry.element
    return group.high - group.low, element.high - element.low

"""Logs of several processes at once, whose lines have a mark: the number of the process, or of its thread.

A server of DCMTK's may serve each association in a process of its own, which it starts before it reads the
request (storescp) or once the association is accepted (dcmqrscp).
"""

import re
from collections.abc import Callable, Iterable, Iterator

from dcmtool.capture.connection import ObservedConnection
from dcmtool.capture.logs.association import LoggedAssociation
from dcmtool.capture.logs.reader import LogReader

_HEAD = 160  # characters of a line before which a mark stands
_MOST = 256  # processes; those that have not written for the longest are taken as over
_MOST_LEFT = 256  # associations of which the process is to come
_SYSLOG = re.compile(r"[\w)]\[(\d{1,10})\]: ")
_LEVEL = re.compile(r"(?:^|\s)[FEWIDT]: ")
_TIME = re.compile(
    r"\d{4}[-/]\d\d[-/]\d\d|\d\d:\d\d:\d\d(?:[.,]\d+)?(?: ?(?:Z|[+-]\d\d:?\d\d)\b)?"
    r"|\b[A-Z][a-z]{2} +\d{1,2}(?= )|\b1\d{9}(?:\d{3})?\b"
)
_NUMBER = re.compile(r"(?<![\w.,:-])(\d{1,20})(?![\w.,:-])")
_BEGINS = "Association Received"


def mark_of(line: str) -> str:
    """Return the numbers before a line's level that are no time, or that of syslog; nothing without any."""
    head = line[:_HEAD]
    if found := _SYSLOG.search(head):
        return found[1]
    level = _LEVEL.search(head)
    if level is None:
        return ""
    return " ".join(_NUMBER.findall(_TIME.sub(" ", head[: level.start()])))


class MarkedLog:
    """Reads a log by a reader for each mark, made by `make`; what has no mark belongs to the line before."""

    def __init__(self, make: Callable[[], LogReader]) -> None:
        self._make = make
        self._readers: dict[str, LogReader] = {}  # who wrote last is last
        self._last = ""
        self._left: list[LoggedAssociation] = []

    def read(self, lines: Iterable[str]) -> Iterator[ObservedConnection]:
        """Yield each association once it is over, then those that are not."""
        for line in lines:
            mark = mark_of(line) or self._last
            reader = self._readers.pop(mark, None)
            if reader is None:
                if len(self._readers) == _MOST:
                    yield from self._readers.pop(next(iter(self._readers))).rest()
                reader = self._new(mark, line)
            self._readers[mark], self._last = reader, mark
            yield from reader.take(line)
        for reader in self._readers.values():
            yield from reader.rest()
        for association in self._left:
            yield association.told()

    def _new(self, mark: str, line: str) -> LogReader:
        reader = self._make()
        if mark:
            reader.leave = self._leave
            if _BEGINS not in line and (association := self._given()) is not None:
                reader.adopt(association)
        return reader

    def _leave(self, association: LoggedAssociation) -> bool:
        """Keep an association that its process goes on with; return whether there is room."""
        if not association.is_silent or len(self._left) == _MOST_LEFT:
            return False
        self._left.append(association)
        return True

    def _given(self) -> LoggedAssociation | None:
        """Return the association that a new process goes on with: the first that was accepted and left."""
        if self._left:
            return self._left.pop(0)
        given = (each.give() for each in reversed(self._readers.values()))
        return next((each for each in given if each is not None), None)

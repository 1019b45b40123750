"""The severities of lines, with the numbers of Python's `logging` (which is not imported for them)."""

from enum import IntEnum

from dcmtool.named_tuple import NamedTuple


class Level(IntEnum):
    """How severe a line is; its letter begins the line."""

    TRACE = 5
    DEBUG = 10
    INFO = 20
    WARN = 30
    ERROR = 40
    FATAL = 50
    OFF = 100

    @property
    def letter(self) -> str:
        """The prefix's letter, as DCMTK prints it."""
        return self.name[0]


class Line(NamedTuple):
    """One physical line, without its prefix; `record` is all of a dump that it is of, where that is known."""

    level: Level
    text: str
    record: str = ""

    def __str__(self) -> str:
        return f"{self.level.letter}: {self.text}"

"""`DCMDICTPATH`: the data dictionary files that the environment names, in DCMTK's format.

Where the variable is set, its files are read at once, so that naming no dictionary at all is an error before
anything else happens; they are parsed when a name is asked for. Without it pydicom's dictionary serves.
"""

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from dcmtool.config import text_file
from dcmtool.config.text_file import decoded
from dcmtool.dictionary import VARIABLE
from dcmtool.errors import InputFileError
from dcmtool.text import brief, printable

if TYPE_CHECKING:
    from dcmtool.dictionary.table import Dictionary

MAX_BYTES = text_file.MOST  # DCMTK's largest dictionary has 250 kB
MAX_COMPLAINTS = 20  # a screenful; more of them mean that it is the wrong file


class Unusable(NamedTuple):
    """A file that is no dictionary, and why."""

    path: str
    reason: str

    def __str__(self) -> str:
        return printable(f"{self.path} {self.reason}")


class Sources(NamedTuple):
    """The files of a data dictionary: those that hold at least one entry, with their text, and the others."""

    texts: tuple[tuple[str, str], ...]
    unusable: tuple[Unusable, ...]

    def warnings(self) -> list[str]:
        """Return a sentence for each file that is no dictionary."""
        return [f"the data dictionary {unusable}" for unusable in self.unusable]

    def parsed(self) -> "Dictionary":
        """Parse the files; later ones override earlier ones."""
        from dcmtool.dictionary.table import Dictionary, FileTable

        return Dictionary(tuple(FileTable(path, text) for path, text in self.texts))


def chosen() -> Sources | None:
    """Read the files that the environment names; None where it names none.

    Raises `InputFileError` where not one of them holds an entry.
    """
    value = os.environ.get(VARIABLE, "")
    if not value:
        return None
    paths = [path for path in value.split(os.pathsep) if path]
    if not paths:
        raise InputFileError(VARIABLE, f"'{brief(value)}' names no data dictionary")
    sources = read_all(paths)
    if not sources.texts:
        reasons = "; ".join(map(str, sources.unusable))
        raise InputFileError(VARIABLE, f"no data dictionary could be loaded: {reasons}")
    return sources


def read_all(paths: Sequence[str]) -> Sources:
    """Read data dictionary files, and check that each holds an entry."""
    texts, unusable = [], []
    for path in paths:
        try:
            text = read(path)
        except InputFileError as error:
            unusable.append(Unusable(path, error.reason))
            continue
        if _holds_an_entry(text):
            texts.append((path, text))
        else:
            unusable.append(Unusable(path, "holds no entry of a data dictionary"))
    return Sources(tuple(texts), tuple(unusable))


def read(path: str) -> str:
    """Return the text of a data dictionary file, UTF-8 or else Latin-1, its lines ended by line feeds.

    Raises `InputFileError` for a file that cannot be read, or that is no text.
    """
    return decoded(text_file.read(path, MAX_BYTES, "data dictionary")).replace("\r\n", "\n")


def complaints(dictionary: "Dictionary") -> list[str]:
    """Return a sentence for each line that was skipped, up to a screenful."""
    said = [str(line) for line in dictionary.bad()[:MAX_COMPLAINTS]]
    more = sum(file.skipped for file in dictionary.files) - len(said)
    return [*said, f"{more} more lines of data dictionaries were skipped"] if more else said


def _holds_an_entry(text: str) -> bool:
    from dcmtool.dictionary.lines import BadLine, parse

    start = 0
    while start < len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        try:
            if parse(text[start:end]):
                return True
        except BadLine:
            pass
        start = end + 1
    return False

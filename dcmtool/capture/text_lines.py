"""Lines of text from files of any size: in UTF-8 or UTF-16, with the line ends of any system."""

from collections.abc import Iterator
from io import BufferedReader, RawIOBase, TextIOWrapper
from typing import BinaryIO

MAX_LINE = 1 << 20  # characters; no log and no dump has longer lines
_BLOCK = 1 << 16
_MARKS = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}


class Ahead(RawIOBase):
    """A file whose first bytes were read to see what it is: they come again, and then the others."""

    def __init__(self, first: bytes, file: BinaryIO) -> None:
        super().__init__()
        self._first, self._file = memoryview(first), file

    def readable(self) -> bool:
        """Return that it can be read."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Read what is there, at most a whole buffer."""
        if self._first:
            count = min(len(self._first), len(buffer))
            buffer[:count], self._first = self._first[:count], self._first[count:]
            return count
        read1 = getattr(self._file, "read1", self._file.read)  # as a pipe has it, and not when it is full
        data: bytes = read1(len(buffer))
        buffer[: len(data)] = data
        return len(data)


def with_first(first: bytes, file: BinaryIO) -> BufferedReader:
    """Return a file that begins with what was read of it before."""
    return BufferedReader(Ahead(first, file), _BLOCK)


def lines(first: bytes, file: BinaryIO, longest: int = MAX_LINE) -> Iterator[str]:
    """Yield the lines of a file without their ends; `first` are at least two bytes of it, if it has them.

    What is no text becomes replacement characters, and what is behind the `longest` line is passed over.
    """
    text = TextIOWrapper(with_first(first, file), encoding=_encoding(first), errors="replace")
    while line := text.readline(longest):
        yield line.rstrip("\n")
        while not line.endswith("\n") and (line := text.readline(longest)):
            pass


def _encoding(first: bytes) -> str:
    """Return how a text is encoded, which begins so: PowerShell writes UTF-16."""
    if first[:2] in _MARKS:
        return "utf-16"
    if len(first) >= 2 and 0 in first[:2] and first[:2] != b"\0\0":
        return "utf-16-le" if first[1] == 0 else "utf-16-be"
    return "utf-8-sig"

"""The bytes of a capture as they come: of a file, or of a pipe that is still written to; gzipped too."""

import zlib
from collections.abc import Callable
from typing import BinaryIO

_CHUNK = 1 << 20  # of a file; a pipe gives what it has
_GZIP = b"\x1f\x8b"
_GZIP_WINDOW = 31  # zlib's largest, with the header of gzip


class BrokenOff(Exception):
    """A capture cannot be read on from here: why, as what follows the name of the file in a sentence."""


class ByteSource:
    """A window on the bytes of a file, which moves on; `buffer[position:]` is what is there and not taken.

    No more is waited for than is asked for. The window is as large as that, and one read more.

    Raises:
        BrokenOff: it cannot be read.
    """

    def __init__(self, file: BinaryIO) -> None:
        self.buffer, self.position = b"", 0
        self._passed = 0  # bytes before the window
        # A buffered file's `read` waits for all that was asked for, its `read1` for some.
        self._read: Callable[[int], bytes | None] = getattr(file, "read1", file.read)
        if self.has(len(_GZIP)) and self.buffer.startswith(_GZIP):
            self._read, self.buffer = _Inflating(self.buffer, self._read).read, b""

    @property
    def offset(self) -> int:
        """Where in the file, or in what is gzipped in it, the next byte is."""
        return self._passed + self.position

    @property
    def left(self) -> int:
        """How many bytes are there and not taken."""
        return len(self.buffer) - self.position

    def has(self, count: int) -> bool:
        """Wait until so many bytes are there; return False where the file ends before."""
        missing = count - self.left
        if missing <= 0:
            return True
        pieces = [self.buffer[self.position :]]
        while missing > 0 and (piece := self._next()):
            pieces.append(piece)
            missing -= len(piece)
        self._passed, self.position = self._passed + self.position, 0
        self.buffer = b"".join(pieces)
        return missing <= 0

    def take(self, count: int) -> bytes:
        """Return the next bytes, which are there."""
        start, self.position = self.position, self.position + count
        return self.buffer[start : self.position]

    def skip(self, count: int) -> bool:
        """Pass over so many bytes; return False where the file ends before."""
        while count > self.left:
            count -= self.left
            self.position = len(self.buffer)
            if not self.has(1):
                return False
        self.position += count
        return True

    def _next(self) -> bytes | None:
        try:
            return self._read(_CHUNK)
        except OSError as error:
            raise BrokenOff(f"cannot be read ({error.strerror or error})") from error


class _Inflating:
    """What was gzipped, in one member or more, with zeros behind."""

    def __init__(self, start: bytes, read_more: Callable[[int], bytes | None]) -> None:
        self._rest, self._read_more = start, read_more
        self._inflate = zlib.decompressobj(_GZIP_WINDOW)
        self._is_within = False  # a member

    def read(self, count: int) -> bytes:
        """Return at most so many bytes, nothing at the end."""
        while True:
            if self._inflate.eof:
                self._rest, self._is_within = self._inflate.unused_data, False
                self._inflate = zlib.decompressobj(_GZIP_WINDOW)
            more = self._rest or self._read_more(_CHUNK) or b""
            self._rest = more if self._is_within else more.lstrip(b"\0")
            if not self._rest and not self._is_within:
                if more:
                    continue
                return b""
            self._is_within = True
            try:
                data = self._inflate.decompress(self._rest, count)
            except zlib.error as error:
                raise BrokenOff(f"is damaged ({error})") from error
            self._rest = self._inflate.unconsumed_tail
            if data:
                return data
            if not more and not self._inflate.eof:
                raise BrokenOff("ends in the middle of what is gzipped")

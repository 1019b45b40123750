"""The files that are explained, stdin among them: read in pieces, until the end or until told to stop."""

import io
import os
import sys
from collections.abc import Callable
from select import select
from stat import S_ISREG
from typing import Any, BinaryIO

from dcmtool.errors import InputFileError, reason_of

STDIN = "-"
_BUFFER = 1 << 20
_LOOKED_EVERY = 0.1  # seconds between looks whether to stop, while nothing comes


# Called with the path, how much has been read, and the size, None of what is no file.
Progress = Callable[[str, int, int | None], object]


def _goes_on() -> bool:
    return False


def _untold(_path: str, _taken: int, _size: int | None) -> None:
    """Tell nobody."""


class StoppableFile(io.FileIO):
    """A file that is at its end once `is_stopped` says so, also where nothing comes from a pipe.

    `progress` is told of each piece. Reading raises `InputFileError` where the file cannot be read.
    """

    def __init__(
        self,
        path: str,
        descriptor: int | None = None,
        is_stopped: Callable[[], bool] = _goes_on,
        progress: Progress = _untold,
    ) -> None:
        super().__init__(path if descriptor is None else descriptor, "rb", closefd=descriptor is None)
        self._path, self._is_stopped, self._progress = path, is_stopped, progress
        status = os.fstat(self.fileno())
        is_file = S_ISREG(status.st_mode)
        self._waits = os.name == "posix" and not is_file
        self._taken, self._size = 0, status.st_size if is_file else None  # bytes

    def readinto(self, buffer: Any) -> int:
        """Read what there is."""
        try:
            while self._waits and not self._is_stopped():
                if select([self.fileno()], [], [], _LOOKED_EVERY)[0]:
                    break
            count = 0 if self._is_stopped() else super().readinto(buffer) or 0
        except OSError as error:
            raise InputFileError(self._path, reason_of(error)) from error
        self._taken += count
        self._progress(self._path, self._taken, self._size)
        return count


def opened(
    path: str, is_stopped: Callable[[], bool] = _goes_on, progress: Progress = _untold
) -> StoppableFile:
    """Return a file to read from, `-` for stdin.

    Raises:
        InputFileError: it cannot be opened.
    """
    try:
        if path != STDIN:
            return StoppableFile(path, None, is_stopped, progress)
        if sys.stdin is None:
            raise InputFileError(STDIN, "standard input is closed")
        return StoppableFile(STDIN, sys.stdin.fileno(), is_stopped, progress)
    except OSError as error:
        raise InputFileError(path, reason_of(error)) from error
    except ValueError as error:  # a NUL in the path
        raise InputFileError(path, str(error)) from error


def buffered(file: StoppableFile) -> BinaryIO:
    """Return a file to be read in pieces of any size."""
    return io.BufferedReader(file, _BUFFER)

"""Files that may be pipes: whoever is at the other end may come late, or never, and the wait has an end.

A path may name a FIFO, or be `<(...)` or `>(...)` of a shell; what is open already (stdin) is not meant.
"""

import os
from contextlib import contextmanager
from contextvars import ContextVar
from errno import ENXIO
from stat import S_ISFIFO, S_ISREG
from time import monotonic, sleep
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST_WAIT = 10.0  # seconds for one file where no deadline is given: a person at a terminal still waits
_MOST_SECONDS = 2_000_000.0  # that `select` takes on every system: 23 days
_PAUSE = 0.01  # seconds between looks for a reader: the system tells nobody of its coming
_CHUNK = 1 << 16
_NONBLOCK = getattr(os, "O_NONBLOCK", 0)  # Windows' paths name no pipes of this kind
_BINARY = getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)

_seconds: ContextVar[tuple[float, float] | None] = ContextVar("_seconds", default=None)  # granted, and until


@contextmanager
def bounded(seconds: float | None) -> "Iterator[None]":
    """Let all files that are opened meanwhile share these seconds; what is no time changes nothing."""
    if seconds is None or not seconds > 0:
        yield
        return
    seconds = min(seconds, _MOST_SECONDS)
    token = _seconds.set((seconds, monotonic() + seconds))
    try:
        yield
    finally:
        _seconds.reset(token)


class _Budget:
    """The time that one file has."""

    def __init__(self) -> None:
        granted = _seconds.get()
        self._granted, self._until = granted or (LONGEST_WAIT, monotonic() + LONGEST_WAIT)

    def left(self, what: str) -> float:
        """Return the seconds that are left. Raises `TimeoutError` where none are."""
        left = self._until - monotonic()
        if left <= 0:
            raise TimeoutError(f"{what} within {self._granted:g} s")
        return left


def read(path: str, most: int) -> bytes:
    """Return what a file holds, at most so many bytes.

    Raises:
        OSError: it cannot be read, or its writer takes too long.
        ValueError: the path holds a NUL.
    """
    descriptor = os.open(path, os.O_RDONLY | _NONBLOCK | _BINARY)
    try:
        if not _NONBLOCK or S_ISREG(os.fstat(descriptor).st_mode):
            with open(descriptor, "rb", closefd=False) as file:
                return file.read(most)
        return _read_pipe(descriptor, most)
    finally:
        os.close(descriptor)


def _read_pipe(descriptor: int, most: int) -> bytes:
    """Read what may come late; the end is where all writers have closed."""
    from select import select

    wait, chunks, missing = _Budget(), [], most
    while missing > 0:
        if not select([descriptor], [], [], wait.left("nobody wrote it to its end"))[0]:
            continue
        try:
            chunk = os.read(descriptor, min(missing, _CHUNK))
        except BlockingIOError:
            continue
        if not chunk:
            break
        chunks.append(chunk)
        missing -= len(chunk)
    return b"".join(chunks)


def open_for_writing(path: str, flags: int, mode: int) -> int:
    """Open a file as `os.open` does, and return its descriptor; a pipe has to have a reader in time.

    Raises:
        OSError: it cannot be opened, or no reader came.
    """
    wait = _Budget()
    while True:
        try:
            return os.open(path, os.O_WRONLY | flags | _NONBLOCK | _BINARY, mode)
        except OSError as error:
            if error.errno != ENXIO or not S_ISFIFO(os.stat(path).st_mode):
                raise
        sleep(min(_PAUSE, wait.left("nobody came to read it")))


def write(descriptor: int, data: bytes) -> None:
    """Write all of the data to what `open_for_writing` opened.

    Raises:
        OSError: it cannot be written, or its reader takes too long.
    """
    wait, rest = None, memoryview(data)
    while rest:
        try:
            rest = rest[os.write(descriptor, rest) :]
        except BlockingIOError:
            from select import select

            wait = wait or _Budget()
            select([], [descriptor], [], wait.left("nobody read on"))

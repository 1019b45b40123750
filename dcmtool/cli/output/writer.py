"""Lines that are written by a thread of its own, so that who does not read them holds nobody up."""

import os
import select
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TextIO

# Of what waits to be written: the busiest seconds, and no more memory than an unread pipe may cost.
MOST_LINES, MOST_CHARACTERS = 10_000, 4_000_000


class Writer:
    """Writes lines to a stream, each with its end; what there is no room for is dropped and counted.

    `failed` is called once, from the thread that writes, with the error that ended the writing. `missed` is
    called there with the number of lines that were dropped, once all others are written; what it returns is
    written too.
    """

    def __init__(
        self,
        stream: TextIO | None,
        failed: Callable[[OSError], object] = lambda _error: None,
        missed: Callable[[int], str | None] = lambda _count: None,
    ) -> None:
        self._stream, self._failed, self._missed = stream, failed, missed
        self._lines: SimpleQueue[str | None] = SimpleQueue()
        self._done: SimpleQueue[None] = SimpleQueue()
        self._taken = self._written = 0  # characters
        self._dropped = self._told = 0  # lines
        self.error: OSError | None = None
        try:
            Thread(target=self._run, name="writer", daemon=True).start()
        except RuntimeError as error:  # the system has no thread left
            self.error = OSError(str(error))

    def write(self, line: str, *, in_any_case: bool = False) -> None:
        """Have a line written, or drop it."""
        if self.error is not None:
            return
        full = self._lines.qsize() >= MOST_LINES or self._taken - self._written >= MOST_CHARACTERS
        if full and not in_any_case:
            self._dropped += 1
            return
        self._taken += len(line)
        self._lines.put(line)

    @property
    def is_behind(self) -> bool:
        """Whether there are lines that are not written yet."""
        return self.error is None and self._written < self._taken

    def close(self, seconds: float) -> None:
        """Write no more than this, and wait so long for all of it to be written."""
        self._lines.put(None)
        with suppress(Empty):
            self._done.get(timeout=seconds)

    def _run(self) -> None:
        while (line := self._lines.get()) is not None:
            self._put(line)
            self._written += len(line)
            if self._lines.empty():
                self._tell()
        self._tell()
        self._done.put(None)

    def _tell(self) -> None:
        """Tell how many lines were dropped since the last time."""
        count = self._dropped - self._told
        if count and self.error is None:
            self._told += count
            line = self._missed(count)
            if line is not None:
                self._put(line)

    def _put(self, line: str) -> None:
        if self._stream is None or self.error is not None:
            return
        try:
            _write(self._stream, line + "\n")
        except (OSError, ValueError) as error:  # ValueError: it is closed
            self.error = error if isinstance(error, OSError) else OSError(str(error))
            self._failed(self.error)


def _write(stream: TextIO, text: str) -> None:
    """Write past the stream's own buffer: who ends while a thread holds its lock would crash."""
    try:
        descriptor = stream.fileno()
    except OSError:  # a stream that is no file
        stream.write(text)
        stream.flush()
        return
    data = text.encode(stream.encoding, "backslashreplace")
    while data:
        try:
            data = data[os.write(descriptor, data) :]
        except BlockingIOError:  # whoever shares the pipe has made it so
            select.select([], [descriptor], [])

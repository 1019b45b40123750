"""The file of `--trace-file`: every event as a line of JSON, as soon as it happens."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from dcmtool import __version__, pipes
from dcmtool.errors import OutputFileError, reason_of
from dcmtool.events import Event
from dcmtool.trace.json_lines import header, json_line


class TraceFile:
    """An open trace file, or standard output for "-"; the first failure ends it and is kept in `error`."""

    def __init__(self, path: str) -> None:
        self._path = "standard output" if path == "-" else path
        self.error: OutputFileError | None = None
        try:
            self._descriptor = _stdout() if path == "-" else _file(path)
        except OSError as error:
            raise OutputFileError(self._path, reason_of(error)) from error
        self._write(header(__version__))

    def write(self, event: Event) -> None:
        """Write an event, and a line end behind it."""
        if self.error is None:
            self._write(json_line(event))

    def _write(self, line: str) -> None:
        try:
            pipes.write(self._descriptor, line.encode("ascii"))
        except OSError as error:
            self.error = OutputFileError(self._path, reason_of(error))

    def close(self) -> None:
        """Close the file; what could not be written was noticed before, as every line is written at once."""
        with suppress(OSError):
            os.close(self._descriptor)


def _file(path: str) -> int:
    # What a PDU holds is not for every user of the machine to read.
    return pipes.open_for_writing(path, os.O_CREAT | os.O_TRUNC, 0o600)


def _stdout() -> int:
    """Return a descriptor of its own, so that nothing is left to be flushed where nobody reads any more."""
    if sys.stdout is None:
        raise OSError("it is closed")
    sys.stdout.flush()
    return os.dup(sys.stdout.fileno())


@contextmanager
def opened(path: str) -> Iterator[TraceFile]:
    """Open a trace file, for its owner alone if it is new, and close it at the end.

    Raises:
        OutputFileError: it cannot be written.
    """
    file = TraceFile(path)
    try:
        yield file
    finally:
        file.close()

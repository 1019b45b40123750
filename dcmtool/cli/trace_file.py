"""The file of `--trace-file`: every event as a line of JSON, as soon as it happens."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from dcmtool.errors import OutputFileError, reason_of
from dcmtool.trace.json_lines import json_line
from dcmtool.trace.record import Record


class TraceFile:
    """An open trace file; the first failure to write ends the writing and is kept in `error`."""

    def __init__(self, path: str) -> None:
        self._path = path
        self.error: OutputFileError | None = None
        try:
            # What a PDU holds is not for every user of the machine to read.
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        except OSError as error:
            raise OutputFileError(path, reason_of(error)) from error
        self._file = open(descriptor, "w", encoding="ascii", buffering=1)  # noqa: SIM115

    def write(self, record: Record) -> None:
        """Write a record, and a line end behind it."""
        if self.error is not None:
            return
        try:
            self._file.write(json_line(record))
        except OSError as error:
            self.error = OutputFileError(self._path, reason_of(error))

    def close(self) -> None:
        """Close the file; what could not be written was noticed before, as every line is written at once."""
        with suppress(OSError):
            self._file.close()


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

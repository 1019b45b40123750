"""The file of `--port-file`: it appears all at once, and what others put in its place is left alone."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from tempfile import mkstemp

from dcmtool import pipes
from dcmtool.config.whole_file import is_device
from dcmtool.errors import OutputFileError, reason_of

_READABLE = 0o644  # a port is no secret, and who reads it may be another user
_File = tuple[int, int, int]


@contextmanager
def announced(path: str, port: int) -> Iterator[None]:
    """Keep the port in a file until the end.

    Raises:
        OutputFileError: it cannot be written.
    """
    line = b"%d\n" % port
    try:
        ours = None if is_device(path) else _put(path, line)
        if ours is None:
            _write(path, line)
    except (OSError, ValueError) as error:  # the latter for a NUL in the path
        reason = reason_of(error) if isinstance(error, OSError) else str(error)
        raise OutputFileError(path, reason) from error
    try:
        yield
    finally:
        _remove(path, ours)


def _write(path: str, line: bytes) -> None:
    descriptor = pipes.open_for_writing(path, os.O_APPEND, 0o600)
    try:
        pipes.write(descriptor, line)
    finally:
        os.close(descriptor)


def _put(path: str, line: bytes) -> _File:
    """Write a file beside the path and move it there, over a link too; return which file it is.

    Its name cannot be foretold, so that nobody can have planted a link there (CWE-377).
    """
    descriptor, partial = mkstemp(prefix=".dcmtool-", dir=os.path.dirname(path) or os.curdir)
    try:
        with open(descriptor, "wb") as file:
            file.write(line)
            file.flush()
            if hasattr(os, "fchmod"):  # Windows' files have no such mode
                os.fchmod(descriptor, _READABLE)
            status = os.fstat(descriptor)
        os.replace(partial, path)
    except OSError:
        with suppress(OSError):
            os.remove(partial)
        raise
    return _which(status)


def _remove(path: str, ours: _File | None) -> None:
    """Remove the file, unless another has taken its place."""
    with suppress(OSError):
        if _which(os.lstat(path)) == ours:
            os.remove(path)


def _which(status: os.stat_result) -> _File:
    """Return what tells a file from another one; the number of one that is gone may be given again."""
    return status.st_dev, status.st_ino, status.st_mtime_ns

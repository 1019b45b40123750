"""Reading files that should be short texts, whatever they turn out to be."""

import os
import sys

from dcmtool.errors import InputFileError, reason_of

STDIN = "-"


def read(path: str, most: int, kind: str) -> bytes:
    """Return what a file holds, at most so many bytes; `kind` says in words what it should be.

    Raises `InputFileError` for a file that cannot be read, or that is no text.
    """
    try:
        with open(path, "rb") as file:
            raw = file.read(most + 1)
    except OSError as error:
        raise InputFileError(path, f"cannot be read: {reason_of(error)}") from error
    return _checked(raw, path, most, kind)


def read_if_there(path: str, most: int, kind: str) -> bytes | None:
    """Return the same; None where there is no such file, or nobody lets us look whether there is."""
    try:
        return read(path, most, kind)
    except InputFileError as error:
        absent = (FileNotFoundError, NotADirectoryError)
        if isinstance(error.__cause__, absent) or not os.path.lexists(path):
            return None
        raise


def read_or_stdin(path: str, most: int, kind: str) -> tuple[str, bytes]:
    """Return the same with the name of the file; `-` stands for standard input."""
    if path != STDIN:
        return path, read(path, most, kind)
    name = "standard input"
    if sys.stdin is None:  # closed by the shell
        raise InputFileError(name, "cannot be read: it is closed")
    try:
        raw = sys.stdin.buffer.read(most + 1)
    except OSError as error:
        raise InputFileError(name, f"cannot be read: {reason_of(error)}") from error
    return name, _checked(raw, name, most, kind)


def _checked(raw: bytes, path: str, most: int, kind: str) -> bytes:
    if len(raw) > most:
        raise InputFileError(path, f"is larger than {most} bytes, as no {kind} is")
    if b"\0" in raw:
        raise InputFileError(path, "holds a NUL byte, so it is not a text file")
    return raw


def decoded(raw: bytes) -> str:
    """Return the text of bytes that are UTF-8, or else Latin-1, in which every byte is a character."""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("latin-1")

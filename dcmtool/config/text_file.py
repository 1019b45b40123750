"""Reading files that should be short texts, whatever they turn out to be."""

import os
import sys
from codecs import BOM_UTF16_BE, BOM_UTF16_LE

from dcmtool import pipes
from dcmtool.errors import InputFileError, reason_of

STDIN = "-"
MOST = 4 * 1024 * 1024  # bytes of any file that is read; a device or an image named by mistake is endless


def read(path: str, most: int, kind: str) -> bytes:
    """Return what a file holds, at most so many bytes; `kind` names what it should be.

    Raises `InputFileError` for a file that cannot be read, or that is no text.
    """
    return _checked(_raw(path, most), path, most, kind)


def _raw(path: str, most: int) -> bytes:
    try:
        return pipes.read(path, most + 1)
    except OSError as error:
        raise InputFileError(path, f"cannot be read: {reason_of(error)}") from error
    except ValueError as error:  # of a NUL in the path
        raise InputFileError(path, f"cannot be read: {error}") from error


def read_if_there(path: str, most: int, kind: str) -> bytes | None:
    """Return the same; None if there is no such file, or if looking for it is not permitted."""
    try:
        return read(path, most, kind)
    except InputFileError as error:
        absent = (FileNotFoundError, NotADirectoryError)
        if isinstance(error.__cause__, absent) or not os.path.lexists(path):
            return None
        raise


def text_or_stdin(path: str, most: int, kind: str) -> tuple[str, str]:
    """Return the name of a file and its text, which may be UTF-16 too, as spreadsheets write it.

    `-` stands for standard input. Raises `InputFileError` as `read` does.
    """
    name, raw = (path, _raw(path, most)) if path != STDIN else ("standard input", _stdin(most))
    if len(raw) <= most and raw.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        try:
            raw = raw.decode("utf-16").encode()
        except ValueError as error:
            raise InputFileError(name, "begins as UTF-16 does, but is not all of it") from error
        most = 2 * most  # the same text in UTF-8 may be longer by half
    return name, decoded(_checked(raw, name, most, kind))


def _stdin(most: int) -> bytes:
    if sys.stdin is None:  # closed by the shell
        raise InputFileError("standard input", "cannot be read: it is closed")
    try:
        return sys.stdin.buffer.read(most + 1)
    except OSError as error:
        raise InputFileError("standard input", f"cannot be read: {reason_of(error)}") from error


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

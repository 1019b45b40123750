"""Where a password comes from, of a private key or of a user: an environment variable, or a file."""

import os
from collections.abc import Callable
from stat import S_IROTH, S_ISREG

from dcmtool import pipes
from dcmtool.errors import InputFileError, SettingsError, reason_of
from dcmtool.text import brief

LONGEST = 1024  # bytes that Python's ssl takes


def of_variable(name: str) -> str:
    """Return the password that an environment variable holds, which may be empty.

    Raises:
        SettingsError: the variable is not set.
    """
    password = os.environ.get(name)
    if password is None:
        raise SettingsError("environment variable", name, "is not set")
    return password


def of_file(path: str, warn: Callable[[str], None] | None = None, what: str = "password") -> str:
    """Return the password in the first line of a file; `warn` if every user of the machine can read it.

    Raises:
        InputFileError: the file cannot be read or holds no password.
    """
    data = whole_file(path, LONGEST + 3, what, warn)
    if not data:
        raise InputFileError(path, f"it is empty, but its first line should be a {what}")
    password = data.partition(b"\n")[0].removesuffix(b"\r")
    if len(password) > LONGEST:
        raise InputFileError(path, f"its first line is longer than {LONGEST} bytes, as no {what} may be")
    return os.fsdecode(password)


def whole_file(path: str, most: int, what: str, warn: Callable[[str], None] | None) -> bytes:
    """Return so many bytes of a file that holds a secret; `warn` if every user of the machine can read it.

    Raises:
        InputFileError: it cannot be read.
    """
    try:
        data, mode = pipes.read(path, most), os.stat(path).st_mode
    except OSError as error:
        raise InputFileError(path, reason_of(error)) from error
    if warn is not None and S_ISREG(mode) and mode & S_IROTH:
        warn(f"every user of this machine can read the {what} file {brief(path)}")
    return data


def without_line_end(line: bytes) -> bytes:
    """Return a line without what ends it."""
    return line.removesuffix(b"\n").removesuffix(b"\r")

"""The secrets of our own TLS sessions in a file, in the NSS key log format, by which Wireshark reads them.

OpenSSL writes them; here the file is made before, for the user alone.
"""

import os
import ssl
from stat import S_ISREG

from dcmtool.errors import OutputFileError, reason_of
from dcmtool.text import brief

# What others put there is not followed, and a pipe that nobody reads is not waited for.
_APPENDING = (
    os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
)


def make(path: str) -> None:
    """Make the file, or see that secrets can be added to it; the user alone may read it.

    Raises:
        OutputFileError: it cannot be written, or is no file.
    """
    try:
        file = os.open(path, _APPENDING, 0o600)
        try:
            if not S_ISREG(os.fstat(file).st_mode):
                raise OutputFileError(path, "it is no file")
            if hasattr(os, "fchmod"):  # Windows' files have no modes
                os.fchmod(file, 0o600)
        finally:
            os.close(file)
    except OSError as error:
        raise OutputFileError(path, reason_of(error)) from error


def write_secrets(context: ssl.SSLContext, path: str | None) -> None:
    """Have the secrets of all sessions of a context added to a file, if there is one.

    Raises:
        OutputFileError: it cannot be written.
    """
    if path is None:
        return
    try:
        context.keylog_filename = path
    except OSError as error:
        raise OutputFileError(path, reason_of(error)) from error


def warning(path: str) -> str:
    """Return what to know about such a file."""
    return f"the secrets of the TLS sessions go to {brief(path)}: whoever has it can read what they carry"

"""Seeds of the random generator, which DCMTK's tools keep in files; OpenSSL needs none."""

import os
import ssl
from stat import S_ISREG

from dcmtool import pipes
from dcmtool.errors import InputFileError, OutputFileError, reason_of

SEED_LENGTH = 1024  # bytes, as DCMTK's tools write
# The bytes as they are, and no wait for a pipe that nobody reads: each where the system has it.
_WRITING = os.O_WRONLY | os.O_CREAT | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
MAX_SEED = 1 << 16  # bytes; a device such as /dev/urandom never ends


def read_seed(path: str) -> None:
    """Mix a file into the random generator; of a long one the beginning.

    Raises:
        InputFileError: it cannot be read.
    """
    try:
        ssl.RAND_add(pipes.read(path, MAX_SEED), 0.0)  # credited with nothing: the system's own seed suffices
    except OSError as error:
        raise InputFileError(path, reason_of(error)) from error


def write_seed(path: str) -> None:
    """Write fresh random bytes for the next run, readable to the user alone.

    Raises:
        OutputFileError: the file cannot be written.
    """
    try:
        file = os.open(path, _WRITING, 0o600)
        try:
            # The mode of a device is not ours to change, and Windows' files have none.
            if hasattr(os, "fchmod") and S_ISREG(os.fstat(file).st_mode):
                os.fchmod(file, 0o600)
            os.write(file, ssl.RAND_bytes(SEED_LENGTH))
        finally:
            os.close(file)
    except OSError as error:  # also a pipe without a reader, which must not block
        raise OutputFileError(path, reason_of(error)) from error

"""Seeds of the random generator, which DCMTK's tools keep in files; OpenSSL needs none."""

import os
import ssl
from stat import S_ISREG

from dcmtool.errors import InputFileError, OutputFileError, reason_of

SEED_LENGTH = 1024  # bytes, as DCMTK's tools write
MAX_SEED = 1 << 16  # bytes; a device such as /dev/urandom never ends


def read_seed(path: str) -> None:
    """Mix a file into the random generator; of a long one the beginning.

    Raises:
        InputFileError: it cannot be read.
    """
    try:
        with open(path, "rb") as file:
            ssl.RAND_add(file.read(MAX_SEED), 0.0)  # credited with nothing: the system's own seed suffices
    except OSError as error:
        raise InputFileError(path, reason_of(error)) from error


def write_seed(path: str) -> None:
    """Write fresh random bytes for the next run, readable to the user alone.

    Raises:
        OutputFileError: the file cannot be written.
    """
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK, 0o600)
        try:
            if S_ISREG(os.fstat(file).st_mode):  # the mode of a device is not ours to change
                os.fchmod(file, 0o600)
            os.write(file, ssl.RAND_bytes(SEED_LENGTH))
        finally:
            os.close(file)
    except OSError as error:  # also a pipe that nobody reads, which is not waited for
        raise OutputFileError(path, reason_of(error)) from error

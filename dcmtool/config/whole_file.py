"""Files that are written whole or not at all: beside their place, and then moved there."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from errno import EEXIST, EISDIR
from stat import S_IMODE, S_ISDIR, S_ISLNK, S_ISREG

from dcmtool import pipes
from dcmtool.errors import OutputFileError, reason_of

_RIGHTS = 0o666  # of a file that is new, less what the user's mask takes away: others may read a report
_NEW = os.O_CREAT | os.O_EXCL
_DEVICES = "/dev/"  # only the system makes links here: /dev/stdout is one

Write = Callable[[bytes], None]


def write(path: str, data: bytes, *, replace: bool) -> None:
    """Write a file; one that is there keeps its rights and the links to it. A device is written as it is.

    Raises:
        OutputFileError: it cannot be written, or it is there and not to be replaced.
    """
    with opened(path, replace=replace, follow=True) as put:
        put(data)


@contextmanager
def opened(path: str, *, replace: bool = True, follow: bool = False) -> Iterator[Write]:
    """Yield what writes to a file; where anything is raised meanwhile, what was there stays as it was.

    A file that is replaced gives its rights to the new one. A link is replaced as well, unless it is to be
    followed: in a folder of others anybody may have put it there (CWE-59). A device or a pipe is written as
    it is, and at once.

    Raises:
        OutputFileError: it cannot be written, or it is there and not to be replaced.
    """
    with _told(path):
        place = os.path.realpath(path) if follow else path
        device = is_device(path) or (follow and is_device(place))
        rights = None if device else _rights_of(place)
        if rights is not None and not replace:
            raise FileExistsError(EEXIST, os.strerror(EEXIST))
    with _device(path) if device else _beside(path, place, rights) as descriptor:

        def put(data: bytes) -> None:
            with _told(path):
                pipes.write(descriptor, data)

        yield put


@contextmanager
def _device(path: str) -> Iterator[int]:
    with _told(path):
        descriptor = pipes.open_for_writing(path, os.O_APPEND, _RIGHTS)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def _beside(path: str, place: str, rights: int | None) -> Iterator[int]:
    """Yield the descriptor of a file beside its place, and move it there at the end.

    Its name cannot be foretold, so that nobody can have planted a link there (CWE-377).
    """
    from secrets import token_hex

    partial = os.path.join(os.path.dirname(place), f".dcmtool-{token_hex(8)}")
    with _told(path):
        descriptor = pipes.open_for_writing(partial, _NEW, _RIGHTS)
    try:
        try:
            yield descriptor
            with _told(path):
                os.fsync(descriptor)
        finally:
            os.close(descriptor)
        with _told(path):
            if rights is not None:
                os.chmod(partial, rights)
            os.replace(partial, place)
    except BaseException:
        with suppress(OSError):
            os.remove(partial)
        raise


def is_device(path: str) -> bool:
    """Return whether a path is written as it is: a device, a pipe, or one of the process's own files.

    Raises:
        OSError: it is a folder or empty, or nothing can be found out about it.
    """
    try:
        mode = os.lstat(path).st_mode
    except FileNotFoundError:
        if path:
            return False
        raise
    if S_ISDIR(mode):
        raise IsADirectoryError(EISDIR, os.strerror(EISDIR))
    if S_ISLNK(mode):
        return os.path.abspath(path).startswith(_DEVICES)
    return not S_ISREG(mode)


def _rights_of(path: str) -> int | None:
    """Return the rights of the file that is there, if any; of a link those that a new file has."""
    try:
        mode = os.lstat(path).st_mode
    except FileNotFoundError:
        return None
    return S_IMODE(mode) if S_ISREG(mode) else None


@contextmanager
def _told(path: str) -> Iterator[None]:
    """Raise what the system says of a file as `OutputFileError`."""
    try:
        yield
    except FileExistsError as error:
        raise OutputFileError(path, "it exists, and is not to be replaced") from error
    except OSError as error:
        raise OutputFileError(path, reason_of(error)) from error
    except ValueError as error:  # of a NUL in the path
        raise OutputFileError(path, str(error)) from error

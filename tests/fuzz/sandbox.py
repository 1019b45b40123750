"""What a target may touch: a folder of its own."""

import atexit
import builtins
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

_folder = TemporaryDirectory(prefix="dcmtool-fuzz-")
atexit.register(_folder.cleanup)
FOLDER = Path(_folder.name)
_open = builtins.open


def written(name: str, data: bytes) -> str:
    """Write a file and return its path."""
    path = FOLDER / name
    path.write_bytes(data)
    return str(path)


@contextmanager
def nothing_is_touched() -> Iterator[None]:
    """Let files be written in the folder alone, and nobody be called."""
    with (
        patch.object(builtins, "open", _open_to_read),
        patch.object(socket.socket, "connect", _refuse),
        patch.object(socket, "getaddrinfo", _refuse),
    ):
        yield


def _open_to_read(file: Any, mode: str = "r", *args: Any, **more: Any) -> Any:
    if set(mode) & set("wax+") and not (isinstance(file, str | Path) and FOLDER in Path(file).parents):
        raise PermissionError(13, "not here", str(file))
    return _open(file, mode, *args, **more)


def _refuse(*_args: Any) -> None:
    raise PermissionError(13, os.strerror(13))

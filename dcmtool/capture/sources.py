"""What a file that tells of connections is, by what it holds or as it is called, and its connections."""

from collections.abc import Callable, Iterator
from typing import BinaryIO

from dcmtool.capture.connection import Endpoint, ObservedConnection
from dcmtool.capture.observer import ConnectionObserver
from dcmtool.errors import InputFileError

FORMATS = ("pcap", "pcapng", "trace", "hex", "dcmtk-log", "pynetdicom-log", "orthanc-log")
# Makes what follows a connection: of whom, by whom, since when, and whether its beginning was seen.
Observe = Callable[[Endpoint, Endpoint, int, bool], ConnectionObserver]


def read(
    file: BinaryIO,
    path: str,
    format: str | None,  # noqa: A002
    observe: Observe,
    warn: Callable[[str], None],
) -> Iterator[ObservedConnection | ConnectionObserver]:
    """Yield the connections that a file tells of, as each ends."""
    del file, format, observe, warn
    raise InputFileError(path, "nothing is read yet")

"""What a file that tells of connections is, by what it holds or as it is called, and its connections."""

from collections.abc import Callable, Iterator
from typing import BinaryIO

from dcmtool.capture.connection import Endpoint, ObservedConnection
from dcmtool.capture.observer import ConnectionObserver
from dcmtool.errors import InputFileError

FORMATS: dict[str, str] = {
    "pcap": "a capture of tcpdump or Wireshark",
    "pcapng": "the newer one of Wireshark",
    "trace": "a trace file of dcmtool",
    "hex": "a hex dump, as xxd, hexdump, od, pynetdicom and Wireshark print it",
    "dcmtk-log": "what a program of DCMTK says",
    "pynetdicom-log": "what a program of pynetdicom says",
    "orthanc-log": "what Orthanc says",
}
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

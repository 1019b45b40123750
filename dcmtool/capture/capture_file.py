"""Capture files of either format, gzipped or not: packets as they come, and a sentence for what is wrong."""

from collections.abc import Callable, Iterator
from typing import BinaryIO

from dcmtool.capture import pcap, pcapng
from dcmtool.capture.byte_source import BrokenOff, ByteSource
from dcmtool.capture.pcap import Packet
from dcmtool.errors import InputFileError
from dcmtool.text import printable

_START = 4  # bytes by which a format is known


def is_capture(start: bytes) -> bool:
    """Return whether a file that begins so is a capture; what is gzipped has to be told by what is in it."""
    return pcap.is_pcap(start) or pcapng.is_pcapng(start)


def batches(file: BinaryIO, path: str, warn: Callable[[str], None]) -> Iterator[list[Packet]]:
    """Yield the packets of a capture as they come: all that can be read at once, then those that come next.

    Where it ends in the middle, or makes no sense any more, `warn` is called with a sentence.

    Raises:
        InputFileError: it cannot be read, or is no capture.
    """
    has_packets = False
    try:
        for packets in _batches(ByteSource(file), path):
            has_packets = True
            yield packets
    except BrokenOff as broken:
        if not has_packets:
            raise InputFileError(path, str(broken)) from broken
        warn(f"{printable(path)} {broken}: what comes before it was read")


def _batches(source: ByteSource, path: str) -> Iterator[list[Packet]]:
    if not source.has(_START):
        raise InputFileError(path, "is no capture: it is too short" if source.left else "is empty")
    start = source.buffer[source.position : source.position + _START]
    if pcap.is_pcap(start):
        return pcap.batches(source)
    if pcapng.is_pcapng(start):
        return pcapng.batches(source)
    raise InputFileError(path, "is no capture: it is neither of pcap nor of pcapng")

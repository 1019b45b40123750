"""Capture files of tcpdump's first format (draft-ietf-opsawg-pcap)."""

from collections.abc import Iterator
from struct import Struct

from dcmtool.capture.byte_source import BrokenOff, ByteSource

# A packet: its link type, when it was captured (ns since 1970), the bytes it is in, where it begins and ends
# in them, and its size on the line. A tuple, as millions are made and none is kept.
Packet = tuple[int, int, bytes, int, int, int]

LONGEST_PACKET = 1 << 20  # the largest snapshot length that programs take is 256 KiB
# The byte order, and the nanoseconds of the smallest step, by the first four bytes.
_MAGIC = {
    b"\xa1\xb2\xc3\xd4": (">", 1000),
    b"\xd4\xc3\xb2\xa1": ("<", 1000),
    b"\xa1\xb2\x3c\x4d": (">", 1),
    b"\x4d\x3c\xb2\xa1": ("<", 1),
}
_REST_OF_HEADER = "HHiIII"  # version, zone, accuracy, snapshot length, link type
_RECORD = "IIII"  # seconds, fraction, bytes captured, bytes on the line
_LINK_TYPE = 0xFFFF  # what is above tells of a frame check sequence


def is_pcap(start: bytes) -> bool:
    """Return whether a file that begins so is one of these."""
    return start[:4] in _MAGIC


def batches(source: ByteSource) -> Iterator[list[Packet]]:
    """Yield the packets as they come: all that are there, then those that come next.

    Raises:
        BrokenOff: it ends where it should not.
    """
    header = Struct(_REST_OF_HEADER)
    if not source.has(4 + header.size):
        raise BrokenOff("ends in the middle of its header")
    order, step = _MAGIC[source.take(4)]
    *_, network = Struct(order + _REST_OF_HEADER).unpack(source.take(header.size))
    link, record = network & _LINK_TYPE, Struct(order + _RECORD)
    wanted = record.size
    while source.has(wanted):
        packets, wanted = _records(source, record, link, step)
        if packets:
            yield packets
        if wanted - record.size > LONGEST_PACKET:
            raise BrokenOff(f"has a packet of {wanted - record.size} bytes at byte {source.offset}")
    if source.left:
        raise BrokenOff("ends in the middle of a packet")


def _records(source: ByteSource, record: Struct, link: int, step: int) -> tuple[list[Packet], int]:
    """Return the packets that are there, and how many bytes the next one needs."""
    packets: list[Packet] = []
    append, unpack, size = packets.append, record.unpack_from, record.size
    buffer, position, end = source.buffer, source.position, len(source.buffer)
    wanted = size
    while position + size <= end:
        seconds, fraction, captured, on_the_line = unpack(buffer, position)
        start = position + size
        following = start + captured
        if following > end or captured > LONGEST_PACKET:
            wanted = size + captured
            break
        append((link, seconds * 1_000_000_000 + fraction * step, buffer, start, following, on_the_line))
        position = following
    source.position = position
    return packets, wanted

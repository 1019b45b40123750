"""Capture files of Wireshark's format (draft-ietf-opsawg-pcapng): sections, interfaces, packets."""

from collections.abc import Iterator
from struct import Struct
from typing import NamedTuple

from dcmtool.capture.byte_source import BrokenOff, ByteSource
from dcmtool.capture.pcap import LONGEST_PACKET, Packet

_SECTION = b"\x0a\x0d\x0d\x0a"  # a block's type (draft 4.1), the same in either order
_INTERFACE, _OLD_PACKET, _SIMPLE, _ENHANCED = 1, 2, 3, 6  # draft 4.2, appendix A, 4.4, 4.3
_ORDERS = {b"\x1a\x2b\x3c\x4d": ">", b"\x4d\x3c\x2b\x1a": "<"}
_LONGEST_BLOCK = LONGEST_PACKET + (1 << 18)  # of one that is read: a packet, and comments on it
_MOST_INTERFACES = 1 << 12  # of a section: some hosts have hundreds
_RESOLUTION, _OFFSET = 9, 14  # if_tsresol, if_tsoffset (draft 4.2)
_SECOND = 1_000_000_000
_LATEST = 253_402_300_799 * _SECOND  # the last second of the year 9999


class _Interface(NamedTuple):
    """What a packet of an interface needs: its time is ticks * `factor` / `divisor` + `offset` (ns)."""

    link: int
    snapshot: int
    factor: int
    divisor: int
    offset: int


class _Section:
    """The structures of a section, in its byte order, and its interfaces."""

    def __init__(self, order: str) -> None:
        self.order = order
        self.block = Struct(order + "II")  # type, length
        self.interface = Struct(order + "8xHxxI")  # link type, snapshot length
        self.enhanced = Struct(
            order + "IIIIIII"
        )  # type, length, interface, time, bytes captured, on the line
        self.simple = Struct(order + "8xI")  # bytes on the line
        self.old = Struct(order + "8xHxxIIII")  # interface, time, bytes captured, on the line
        self.option = Struct(order + "HH")  # code, length
        self.seconds = Struct(order + "q")
        self.interfaces: list[_Interface] = []
        self.last = 0  # time of a packet, as simple ones have none


def is_pcapng(start: bytes) -> bool:
    """Return whether a file that begins so is one of these."""
    return start[:4] == _SECTION


def batches(source: ByteSource) -> Iterator[list[Packet]]:
    """Yield the packets as they come: all that are there, then those that come next.

    Raises:
        BrokenOff: it ends where it should not.
    """
    reader = _BlockReader(source)
    while source.has(_Section("<").block.size):
        packets = reader.enhanced() or reader.block()
        if packets:
            yield packets
    if source.left:
        raise BrokenOff("ends in the middle of a block")


class _BlockReader:
    """Reads block by block, in the section that has begun."""

    def __init__(self, source: ByteSource) -> None:
        self._source = source
        self._section = _Section("<")

    def enhanced(self) -> list[Packet]:
        """Return the packets of the enhanced blocks that are there, one after the other."""
        packets: list[Packet] = []
        append, layout, interfaces = packets.append, self._section.enhanced, self._section.interfaces
        buffer, position, end = self._source.buffer, self._source.position, len(self._source.buffer)
        while position + layout.size <= end:
            kind, length, number, high, low, captured, on_the_line = layout.unpack_from(buffer, position)
            if (
                kind != _ENHANCED
                or position + length > end
                or not layout.size + 4 + captured <= length <= _LONGEST_BLOCK
                or captured > LONGEST_PACKET
                or number >= len(interfaces)
            ):
                break
            link, _, factor, divisor, offset = interfaces[number]
            at = (high << 32 | low) * factor // divisor + offset
            start = position + layout.size
            append((link, at if 0 <= at < _LATEST else 0, buffer, start, start + captured, on_the_line))
            position += length
        self._source.position = position
        if packets:
            self._section.last = packets[-1][1]
        return packets

    def block(self) -> list[Packet]:
        """Take the next block, whatever it is, and wait for it; return the packets in it."""
        source, section = self._source, self._section
        if source.buffer.startswith(_SECTION, source.position):
            self._begin_section()
            return []
        kind, length = section.block.unpack_from(source.buffer, source.position)
        is_read = kind in (_INTERFACE, _OLD_PACKET, _SIMPLE, _ENHANCED)
        if length < 12 or length % 4 or (is_read and not 20 <= length <= _LONGEST_BLOCK):
            raise BrokenOff(f"has a block of {length} bytes at byte {source.offset}")
        if not (source.has(length) if is_read else source.skip(length)):
            raise BrokenOff("ends in the middle of a block")
        if not is_read:
            return []
        if kind == _ENHANCED:
            packets = self.enhanced()
            if not packets:
                raise BrokenOff(f"has a packet that makes no sense at byte {source.offset}")
            return packets
        at, data = source.offset, source.take(length)
        if kind == _INTERFACE:
            self._add_interface(data)
            return []
        packet = self._simple(data) if kind == _SIMPLE else self._old(data)
        if packet is None:
            raise BrokenOff(f"has a packet that makes no sense at byte {at}")
        return [packet]

    def _begin_section(self) -> None:
        source = self._source
        if not source.has(28):
            raise BrokenOff("ends in the middle of its header")
        order = _ORDERS.get(source.buffer[source.position + 8 : source.position + 12])
        if order is None:
            raise BrokenOff(f"has a section of unknown byte order at byte {source.offset}")
        self._section = _Section(order)
        _, length = self._section.block.unpack_from(source.buffer, source.position)
        if length < 28 or length % 4:
            raise BrokenOff(f"has a block of {length} bytes at byte {source.offset}")
        if not source.skip(length):
            raise BrokenOff("ends in the middle of its header")

    def _add_interface(self, data: bytes) -> None:
        section = self._section
        if len(section.interfaces) == _MOST_INTERFACES:
            raise BrokenOff(f"describes more than {_MOST_INTERFACES} interfaces")
        link, snapshot = section.interface.unpack_from(data)
        factor, divisor, offset = 1000, 1, 0  # microseconds, unless told
        position, end = 16, len(data) - 4
        while position + 4 <= end:
            code, length = section.option.unpack_from(data, position)
            position += 4
            if code == 0 or position + length > end:
                break
            if code == _RESOLUTION and length == 1:
                factor, divisor = _resolution(data[position])
            elif code == _OFFSET and length == 8:
                offset = section.seconds.unpack_from(data, position)[0] * _SECOND
            position += length + -length % 4
        section.interfaces.append(_Interface(link, snapshot, factor, divisor, offset))

    def _simple(self, data: bytes) -> Packet | None:
        section = self._section
        (on_the_line,) = section.simple.unpack_from(data)
        if not section.interfaces:
            return None
        link, snapshot, *_ = section.interfaces[0]
        captured = min(on_the_line, snapshot or on_the_line, len(data) - 16)
        return link, section.last, data, 12, 12 + captured, on_the_line

    def _old(self, data: bytes) -> Packet | None:
        section = self._section
        if len(data) < 32:
            return None
        number, high, low, captured, on_the_line = section.old.unpack_from(data)
        if number >= len(section.interfaces) or captured > len(data) - 32:
            return None
        link, _, factor, divisor, offset = section.interfaces[number]
        at = (high << 32 | low) * factor // divisor + offset
        section.last = at if 0 <= at < _LATEST else 0
        return link, section.last, data, 28, 28 + captured, on_the_line


def _resolution(exponent: int) -> tuple[int, int]:
    """Return what ticks are multiplied with and divided by for nanoseconds."""
    if exponent & 0x80:
        return _SECOND, 1 << (exponent & 0x7F)
    return (10 ** (9 - exponent), 1) if exponent <= 9 else (1, 10 ** (exponent - 9))

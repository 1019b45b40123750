"""Writes captures (pcapng) of what was no packets: TCP over IP with headers made for the bytes of a relay.

Blocks of bytes are returned; nothing is written here. The form is that of the draft of the IETF's opsawg
working group, "PCAP Next Generation (pcapng) Capture File Format".
"""

import struct
from collections.abc import Iterator
from ipaddress import IPv6Address, ip_address

from dcmtool.association.observed import Side
from dcmtool.capture.connection import Endpoint

_SECTION, _INTERFACE, _PACKET = 0x0A0D0D0A, 1, 6
_BYTE_ORDER = 0x1A2B3C4D
_LINKTYPE_RAW = 101  # an IPv4 or IPv6 header comes first
_USER_APPLICATION, _NAME, _TIME_RESOLUTION = 4, 2, 9  # options
_NANOSECONDS = 9  # the exponent of ten
_BLOCK = struct.Struct("<II")
_EPB = struct.Struct("<IIIIIII")  # type, length, interface, time (high, low), captured and original length
_TCP = struct.Struct(">HHIIBBHHH")

FIN, SYN, RST, PSH, ACK = 0x01, 0x02, 0x04, 0x08, 0x10
MOST_IN_SEGMENT = 0xFFFF - 20 - 20  # bytes, since the length of an IPv4 packet has 16 bits
# Options of a SYN: the longest segment, and the largest window, so that readers know of no full one.
_SYN_OPTIONS = struct.pack(">BBHBBBB", 2, 4, MOST_IN_SEGMENT, 1, 3, 3, 14)
_WINDOW = 0xFFFF


def beginning(program: str, interface: str) -> bytes:
    """Return what begins a file: the section with the program that writes it, and its one interface."""
    section = struct.pack("<IHHq", _BYTE_ORDER, 1, 0, -1) + _options((_USER_APPLICATION, program.encode()))
    described = _options((_NAME, interface.encode()), (_TIME_RESOLUTION, bytes([_NANOSECONDS])))
    return _block(_SECTION, section) + _block(
        _INTERFACE, struct.pack("<HHI", _LINKTYPE_RAW, 0, 0) + described
    )


def _options(*options: tuple[int, bytes]) -> bytes:
    written = [struct.pack("<HH", code, len(value)) + value + _padding(len(value)) for code, value in options]
    return b"".join([*written, bytes(4)])


def _block(kind: int, body: bytes) -> bytes:
    length = 12 + len(body)
    return _BLOCK.pack(kind, length) + body + length.to_bytes(4, "little")


def _padding(length: int) -> bytes:
    return bytes(-length % 4)


class SyntheticConversation:
    """The packets of one TCP connection; each method returns blocks for a file. Times are ns since 1970.

    Sequence numbers begin with 0. Of bytes that are left out only the length is written: a packet is longer
    than what is captured of it. In its checksum they count as zeros.
    """

    def __init__(self, requestor: Endpoint, acceptor: Endpoint) -> None:
        ends = _in_one_family(requestor.address, acceptor.address)
        self._addresses: dict[Side, bytes] = dict(zip(("requestor", "acceptor"), ends, strict=True))
        self._ports: dict[Side, int] = {"requestor": requestor.port or 0, "acceptor": acceptor.port or 0}
        self._next: dict[Side, int] = {"requestor": 0, "acceptor": 0}
        self._sums = {
            side: _sum(self._addresses[side] + self._addresses[_other(side)] + b"\0\x06")
            for side in self._next
        }

    def control(self, sender: Side, flags: int, at: int) -> bytes:
        """Return a packet without data."""
        packet = self._packet(sender, flags, b"", 0, at)
        self._next[sender] += (flags & (SYN | FIN)) != 0
        return packet

    def data(self, sender: Side, kept: bytes, left_out: int, at: int) -> Iterator[bytes]:
        """Yield the packets of bytes, and of so many more that are left out."""
        for start in range(0, len(kept), MOST_IN_SEGMENT):
            part = kept[start : start + MOST_IN_SEGMENT]
            more = min(left_out, MOST_IN_SEGMENT - len(part)) if start + len(part) == len(kept) else 0
            left_out -= more
            yield self._sent(sender, part, more, at)
        while left_out > 0:
            more = min(left_out, MOST_IN_SEGMENT)
            left_out -= more
            yield self._sent(sender, b"", more, at)

    # Inside -----------------------------------------------------------------------------------------

    def _sent(self, sender: Side, kept: bytes, left_out: int, at: int) -> bytes:
        packet = self._packet(sender, PSH | ACK, kept, left_out, at)
        self._next[sender] += len(kept) + left_out
        return packet

    def _packet(self, sender: Side, flags: int, kept: bytes, left_out: int, at: int) -> bytes:
        receiver = _other(sender)
        options = _SYN_OPTIONS if flags & SYN else b""
        acknowledged = self._next[receiver] & 0xFFFFFFFF if flags & ACK else 0
        ports = self._ports[sender], self._ports[receiver]
        offset = (20 + len(options)) // 4 << 4
        fields = (*ports, self._next[sender] & 0xFFFFFFFF, acknowledged, offset, flags, _WINDOW)
        length = 20 + len(options) + len(kept) + left_out
        tcp = _TCP.pack(*fields, 0, 0) + options
        # Of an odd number of bytes the last one is the high half of a word (RFC 9293 3.1).
        total = self._sums[sender] + length + _sum(tcp) + _sum(kept + b"\0" if len(kept) % 2 else kept)
        tcp = _TCP.pack(*fields, 0xFFFF - (total % 0xFFFF or 0xFFFF), 0) + options
        ip = self._ip(sender, receiver, length)
        captured = len(ip) + len(tcp) + len(kept)
        padding = _padding(captured)
        block = 32 + captured + len(padding)
        header = _EPB.pack(*(_PACKET, block, 0, at >> 32, at & 0xFFFFFFFF, captured, captured + left_out))
        return b"".join((header, ip, tcp, kept, padding, block.to_bytes(4, "little")))

    def _ip(self, sender: Side, receiver: Side, length: int) -> bytes:
        source, target = self._addresses[sender], self._addresses[receiver]
        if len(source) == 16:
            return struct.pack(">IHBB", 6 << 28, length, 6, 64) + source + target
        head = struct.pack(">BBHHHBB", 0x45, 0, 20 + length, 0, 0x4000, 64, 6)  # not to be fragmented
        checksum = 0xFFFF - (_sum(head + source + target) % 0xFFFF or 0xFFFF)
        return head + checksum.to_bytes(2) + source + target


def _sum(data: bytes) -> int:
    """Return what is, modulo 65535, the sum of the words of an even number of bytes (RFC 1071)."""
    return int.from_bytes(data) % 0xFFFF


def _other(side: Side) -> Side:
    return "acceptor" if side == "requestor" else "requestor"


def _in_one_family(*addresses: str) -> list[bytes]:
    """Return addresses as packets have them; of both families IPv4 is within IPv6 (RFC 4291 2.5.5.2)."""
    found = [_address(each) for each in addresses]
    if len({len(each) for each in found}) == 1:
        return found
    return [each if len(each) == 16 else b"\0" * 10 + b"\xff\xff" + each for each in found]


def _address(text: str) -> bytes:
    """Return an address without its zone; of a name nobody knows it, so it is that of no host."""
    try:
        found = ip_address(text.partition("%")[0])
    except ValueError:
        return bytes(4)
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return (mapped or found).packed

"""From packets of any link type to TCP segments, and to what ICMP says of them: tags, fragments, headers."""

from collections.abc import Callable
from struct import Struct
from typing import Any

from dcmtool.capture.icmp import ICMP, ICMP_6, IcmpError, icmp_error
from dcmtool.capture.pcap import Packet

# A TCP segment: the key of its direction (addresses, then ports), sequence and acknowledgment number, flags,
# what was captured of its data, how many bytes it carried, and when (ns since 1970).
Segment = tuple[bytes, int, int, int, memoryview, int, int]

ETHERNET, COOKED, COOKED_2 = 1, 113, 276  # link types (https://www.tcpdump.org/linktypes.html)
_NULL, _LOOP = 0, 108
_RAW = (12, 14, 101, 228, 229)
# Where the type of what follows is, and where that begins.
_TYPED = {ETHERNET: (12, 14), COOKED: (14, 16), COOKED_2: (0, 20)}
_IPV4, _IPV6 = 0x0800, 0x86DD
_TAGS = (0x8100, 0x88A8, 0x9100, 0x9200)  # IEEE 802.1Q, 802.1ad, and what came before it
_MOST_TAGS = 8
_LONGEST_802_3 = 1500  # what a type is above
_SNAP = b"\xaa\xaa\x03\0\0\0"
_TCP = 6
_HOP_BY_HOP, _ROUTING, _FRAGMENT, _AUTHENTICATION, _DESTINATION = 0, 43, 44, 51, 60
_MOST_HEADERS = 16
_MORE, _OFFSET = 0x2000, 0x1FFF  # of the fragment field of IPv4 (RFC 791 3.1)

_TYPE = Struct(">H")
_IPV4_HEADER = Struct(">BxHHHxB2x8s")  # version and length, total length, ID, fragment, protocol, addresses
_IPV6_HEADER = Struct(">4xHBx32s")  # payload length, next header, addresses
_IPV6_FRAGMENT = Struct(">BxHI")  # next header, offset and flag, ID
_TCP_HEADER = Struct(">4sIIBB6x")  # ports, sequence, acknowledgment, data offset, flags

_MOST_DATAGRAMS = 256  # whose fragments are kept, each under 64 KiB
_MOST_FRAGMENTS = 256  # of a datagram: 64 KiB in links of 576 bytes are 120
_PATIENCE = 30_000_000_000  # for the rest of a datagram (RFC 791 3.2 has 15 s as the first guess)
_LONGEST_DATAGRAM = 65535


class _Datagram:
    """The fragments of a datagram, of which the first of each offset counts."""

    def __init__(self, at: int) -> None:
        self.at = at
        self.pieces: dict[int, bytes] = {}
        self.held = 0
        self.size: int | None = None

    def add(self, offset: int, data: bytes, is_last: bool) -> bytes | None:
        """Take a fragment; return the datagram's data with the last one that was missing."""
        if offset not in self.pieces:
            self.pieces[offset] = data
            self.held += len(data)
        if is_last:
            self.size = offset + len(data)
        if self.size is None or self.held < self.size:
            return None
        whole = bytearray()
        for start, piece in sorted(self.pieces.items()):
            if start > len(whole):
                return None
            whole += piece[len(whole) - start :]
        return bytes(whole) if len(whole) == self.size else None


class Frames:
    """Finds the TCP segment in each packet, or what ICMP says of one.

    All else is passed over, and what is malformed counted.
    """

    def __init__(self, warn: Callable[[str], None]) -> None:
        self.malformed = 0
        self._warn = warn
        self._unknown: set[int] = set()  # link types
        self._datagrams: dict[bytes, _Datagram] = {}

    def segment(self, packet: Packet) -> Segment | IcmpError | None:
        """Return the TCP segment that a packet is, or makes whole, or what it says of one."""
        link, at, buffer, start, end, _ = packet
        data = memoryview(buffer)[start:end]
        try:
            return self._frame(link, data, at)
        except _Malformed:
            self.malformed += 1
            return None

    # Links ------------------------------------------------------------------------------------------

    def _frame(self, link: int, data: memoryview, at: int) -> Segment | IcmpError | None:
        typed = _TYPED.get(link)
        if typed is not None:
            return self._typed(data, *typed, at)
        if link in _RAW:
            return self._internet(data, at)
        if link in (_NULL, _LOOP):
            return self._internet(data[4:], at)  # past the protocol family, whose numbers differ by system
        if link not in self._unknown:
            self._unknown.add(link)
            self._warn(f"packets of link type {link} are left out: it is none that is known here")
        return None

    def _typed(self, data: memoryview, type_at: int, start: int, at: int) -> Segment | IcmpError | None:
        for _ in range(_MOST_TAGS):
            (kind,) = _unpack(_TYPE, data, type_at)
            if kind not in _TAGS:
                break
            type_at, start = start + 2, start + 4
        if kind <= _LONGEST_802_3 and data[start : start + len(_SNAP)] == _SNAP:
            (kind,) = _unpack(_TYPE, data, start + len(_SNAP))
            start += len(_SNAP) + _TYPE.size
        return self._internet(data[start:], at) if kind in (_IPV4, _IPV6) else None

    def _internet(self, data: memoryview, at: int) -> Segment | IcmpError | None:
        version = data[0] >> 4 if data else 0
        if version == 4:
            return self._ipv4(data, at)
        return self._ipv6(data, at) if version == 6 else None

    # Internet protocols -----------------------------------------------------------------------------

    def _ipv4(self, data: memoryview, at: int) -> Segment | IcmpError | None:
        first, total, number, fragment, protocol, addresses = _unpack(_IPV4_HEADER, data)
        header = (first & 15) * 4
        if protocol == ICMP and not fragment & _OFFSET:
            return icmp_error(addresses[:4], data[header:], at)
        if protocol != _TCP:
            return None
        total = total or len(data)  # 0 where the network adapter is to cut it
        if header < 20 or total < header:
            raise _Malformed
        body, size = data[header:total], total - header
        if not fragment & (_MORE | _OFFSET):
            return _tcp(addresses, body, size, at)
        key = addresses + number.to_bytes(4, "big")
        offset = (fragment & _OFFSET) * 8
        return self._fragment(key, addresses, offset, body, size, not fragment & _MORE, at)

    def _ipv6(self, data: memoryview, at: int) -> Segment | IcmpError | None:
        size, kind, addresses = _unpack(_IPV6_HEADER, data)
        body = data[40:]
        size = size or len(body)  # 0 where the network adapter is to cut it
        body = body[:size]
        for _ in range(_MOST_HEADERS):
            if kind == _TCP:
                return _tcp(addresses, body, size, at)
            if kind == ICMP_6:
                return icmp_error(addresses[:16], body, at)
            if kind == _FRAGMENT:
                kind, fragment, number = _unpack(_IPV6_FRAGMENT, body)
                body, size = body[8:], size - 8
                if not fragment & ~6:  # the only one
                    continue
                if kind != _TCP:
                    return None
                key = addresses + number.to_bytes(4, "big")
                return self._fragment(key, addresses, fragment & ~7, body, size, not fragment & 1, at)
            if kind not in (_HOP_BY_HOP, _ROUTING, _DESTINATION, _AUTHENTICATION):
                return None
            if len(body) < 8:
                raise _Malformed
            length = (body[1] + 2) * 4 if kind == _AUTHENTICATION else (body[1] + 1) * 8
            kind, body, size = body[0], body[length:], size - length
        raise _Malformed

    def _fragment(
        self, key: bytes, addresses: bytes, offset: int, body: memoryview, size: int, is_last: bool, at: int
    ) -> Segment | IcmpError | None:
        if len(body) < size or size < 0 or offset + size > _LONGEST_DATAGRAM:
            raise _Malformed
        known = self._datagrams
        datagram = known.get(key)
        if datagram is None or not 0 <= at - datagram.at <= _PATIENCE:
            known.pop(key, None)
            if len(known) == _MOST_DATAGRAMS:
                del known[next(iter(known))]  # the oldest
            datagram = known[key] = _Datagram(at)
        whole = datagram.add(offset, bytes(body), is_last)
        if whole is None:
            if len(datagram.pieces) == _MOST_FRAGMENTS or datagram.held > _LONGEST_DATAGRAM:
                del known[key]
            return None
        del known[key]
        return _tcp(addresses, memoryview(whole), len(whole), at)


class _Malformed(Exception):
    """The packet makes no sense, or too little of it was captured."""


def _unpack(layout: Struct, data: memoryview, at: int = 0) -> tuple[Any, ...]:
    if len(data) < at + layout.size:
        raise _Malformed
    return layout.unpack_from(data, at)


def _tcp(addresses: bytes, body: memoryview, size: int, at: int) -> Segment:
    if len(body) < 20:
        raise _Malformed
    ports, sequence, acknowledged, offset, flags = _TCP_HEADER.unpack_from(body)
    header = (offset >> 4) * 4
    if header < 20 or size < header:
        raise _Malformed
    return addresses + ports, sequence, acknowledged, flags, body[header:], size - header, at

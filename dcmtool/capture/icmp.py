"""ICMP and ICMPv6 errors that a router, a firewall or a host sends in answer to a packet of TCP."""

from ipaddress import ip_address
from struct import Struct

from dcmtool.association.observed import Side
from dcmtool.named_tuple import NamedTuple

ICMP, ICMP_6 = 1, 58  # protocol numbers
_HEADER = 8  # bytes, behind which is what it answers (RFC 792, RFC 4443 3)
_PORTS_AND_NUMBER = 8  # bytes, which is what it has at least of a TCP segment (RFC 792)
_TCP = 6
_SEQUENCE = Struct(">I")

_UNREACHABLE, _TIME_EXCEEDED = 3, 11  # types (RFC 792)
_UNREACHABLE_6, _TIME_EXCEEDED_6 = 1, 3  # types (RFC 4443 3.1, 3.3)
PROHIBITED = "administratively prohibited"
_NO_SUCH_PORT, _NO_SUCH_PROTOCOL = "port unreachable", "protocol unreachable"
# By version of IP, type and code (RFC 792, RFC 1122 3.2.2.1, RFC 1812 5.2.7.1, RFC 4443 3). Packets
# that are too big are no end, but what path MTU discovery goes by.
_SAYS = {
    4: {
        **{(_UNREACHABLE, code): "network unreachable" for code in (0, 6, 8, 11)},
        **{(_UNREACHABLE, code): "host unreachable" for code in (1, 5, 7, 12, 14, 15)},
        **{(_UNREACHABLE, code): PROHIBITED for code in (9, 10, 13)},
        (_UNREACHABLE, 2): _NO_SUCH_PROTOCOL,
        (_UNREACHABLE, 3): _NO_SUCH_PORT,
        (_TIME_EXCEEDED, 0): "time to live exceeded",
    },
    6: {
        (_UNREACHABLE_6, 0): "no route",
        (_UNREACHABLE_6, 1): PROHIBITED,
        (_UNREACHABLE_6, 2): "beyond scope of source address",
        (_UNREACHABLE_6, 3): "address unreachable",
        (_UNREACHABLE_6, 4): _NO_SUCH_PORT,
        (_UNREACHABLE_6, 5): "source address failed policy",
        (_UNREACHABLE_6, 6): "route rejected",
        (_TIME_EXCEEDED_6, 0): "hop limit exceeded",
    },
}


# What a system takes as it takes a reset.
REFUSALS = (_NO_SUCH_PORT, _NO_SUCH_PROTOCOL)


class IcmpError(NamedTuple):
    """What somebody on the way says became of a TCP segment: that it did not arrive.

    `key` and `sequence` are those of the segment; `by` is the address of who says so, `data` the type, the
    code and what follows them, and `at` when (ns since 1970).
    """

    key: bytes
    sequence: int
    by: str
    what: str
    data: bytes
    at: int


class Unreachable(NamedTuple):
    """What somebody on the way said of what a side sent: that it did not arrive, and why (ICMP).

    `by` is the address of who said so, `data` the type, the code and what follows them, and `at` when (ns
    since 1970).
    """

    sender: Side
    by: str
    what: str
    data: bytes
    at: int


def icmp_error(source: memoryview | bytes, body: memoryview, at: int) -> IcmpError | None:
    """Return what an ICMP message says of a TCP segment, None if it does not; `source` is who sent it."""
    version = 4 if len(source) == 4 else 6
    if len(body) < _HEADER:
        return None
    what = _SAYS[version].get((body[0], body[1]))
    quoted = _quoted(version, body[_HEADER:])
    if what is None or quoted is None:
        return None
    key, sequence = quoted
    return IcmpError(key, sequence, str(ip_address(bytes(source))), what, bytes(body[:_HEADER]), at)


def _quoted(version: int, packet: memoryview) -> tuple[bytes, int] | None:
    """Return the key of the direction and the sequence number of a TCP segment that is quoted."""
    start = 40 if version == 6 else (packet[0] & 15) * 4 if packet else 0
    if start < 20 or len(packet) < start + _PORTS_AND_NUMBER or packet[0] >> 4 != version:
        return None
    protocol, addresses = (packet[6], packet[8:40]) if version == 6 else (packet[9], packet[12:20])
    is_rest = version == 4 and (packet[6] & 0x1F or packet[7])  # of a fragmented packet
    if protocol != _TCP or is_rest:
        return None
    (sequence,) = _SEQUENCE.unpack_from(packet, start + 4)
    return bytes(addresses) + bytes(packet[start : start + 4]), sequence

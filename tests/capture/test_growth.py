"""Captures take time in proportion to their size, whatever is in them."""

import struct
from collections.abc import Callable, Iterable
from functools import partial

import pytest

from dcmtool.errors import InputFileError
from tests.capture.packets import (
    ACCEPTOR,
    ACK,
    ETHERNET,
    RAW,
    REQUESTOR,
    SYN,
    TIME,
    Captured,
    Talk,
    block,
    enhanced,
    interface,
    ipv4,
    linked,
    pcap,
    section,
    tcp,
)
from tests.capture.seen import seen
from tests.hostile.growth import too_slow

pytestmark = pytest.mark.no_cover  # which would be most of what is measured
FEW, MANY = 300, 3000  # packets

ENDS = (*REQUESTOR, *ACCEPTOR)
OPENING = [
    tcp(ENDS, 1000, 0, SYN),
    tcp((*ACCEPTOR, *REQUESTOR), 5000, 1001, SYN | ACK),
    tcp(ENDS, 1001, 5001, ACK),
]


def of_segments(segments: Iterable[bytes]) -> bytes:
    """Return a capture of a connection's segments, which are the requestor's."""
    ways = [REQUESTOR, ACCEPTOR, REQUESTOR]
    packets = [
        ipv4(source[0], (ACCEPTOR if source is REQUESTOR else REQUESTOR)[0], segment)
        for source, segment in zip(ways, OPENING, strict=True)
    ]
    packets += [ipv4(REQUESTOR[0], ACCEPTOR[0], segment) for segment in segments]
    return pcap([Captured(TIME + 1000 * number, data) for number, data in enumerate(packets)], RAW)


def of_places(places: Iterable[int], size: int) -> bytes:
    """Return a capture of segments of a size, at these places."""
    return of_segments(tcp(ENDS, 1001 + place, 5001, ACK, b"x" * size) for place in places)


def connections(count: int) -> bytes:
    """Return a capture of a SYN for each of many connections."""
    packets = [
        ipv4(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", ACCEPTOR[0], OPENING[0])
        for number in range(count)
    ]
    return pcap([Captured(TIME, data) for data in packets], RAW)


def fragments(count: int) -> bytes:
    """Return a capture of fragments, none of which is whole."""
    packets = [
        linked(
            ETHERNET,
            ipv4("10.0.0.1", "10.0.0.2", bytes(64), number=number >> 7, fragment=0x2000 | number & 127),
        )
        for number in range(count)
    ]
    return pcap([Captured(TIME, data) for data in packets])


def lost(count: int) -> bytes:
    """Return a capture that lacks every second segment."""
    talk = Talk()
    talk.open()
    for number in range(count):
        talk.send(0, ACK, b"x", seen=number % 2 == 0)
        if number % 16 == 0:
            talk.send(1, ACK)
    return pcap(talk.packets)


INPUTS: dict[str, Callable[[int], bytes]] = {
    "backwards": lambda count: of_places(range(count, 0, -1), 1),
    "with holes": lambda count: of_places(range(2, 2 * count, 2), 1),
    "with holes backwards": lambda count: of_places(range(2 * count, 2, -2), 1),
    "overlapping": lambda count: of_places(range(2, count), 500),
    "overlapping backwards": lambda count: of_places(range(count, 2, -1), 500),
    "filled at last": lambda count: of_places([*range(2, 2 * count, 2), 0, 1], 2 * count % 1000 + 1),
    "always the same": lambda count: of_places([0] * count, 3),
    "never seen": lost,
    "connections": connections,
    "fragments": fragments,
    "empty packets": lambda count: pcap([Captured(0, b"")] * count),
    "interfaces": lambda count: section() + interface() * min(count, 4000),
    "options": lambda count: section() + interface(ETHERNET, struct.pack("<HH", 2, 0) * count),
    "sections": lambda count: (section() + interface() + enhanced(1, b"x")) * count,
    "unknown blocks": lambda count: section() + block(99, b"1234") * count,
    "simple packets": lambda count: section() + interface() + block(3, struct.pack("<I", 0)) * count,
}


def read(file: bytes) -> None:
    """Read a capture, if it is one."""
    try:
        seen(file)
    except InputFileError:
        return


@pytest.mark.parametrize("name", INPUTS)
def test_ten_times_the_packets_take_ten_times_as_long(name: str) -> None:
    few, many = INPUTS[name](FEW), INPUTS[name](MANY)
    assert too_slow(partial(read, few), partial(read, many)) == ""

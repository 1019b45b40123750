"""From packets of every link type to TCP segments: tags, options, headers, fragments, and malformed ones."""

import struct
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcmtool.capture import frames
from dcmtool.capture.frames import Frames
from dcmtool.capture.icmp import IcmpError
from tests.capture.packets import (
    ACCEPTOR,
    ACCEPTOR_6,
    ACK,
    COOKED,
    COOKED_2,
    ETHERNET,
    LOOP,
    NULL,
    RAW,
    REQUESTOR,
    REQUESTOR_6,
    TIME,
    Talk,
    ipv4,
    ipv6,
    linked,
    tcp,
)
from tests.capture.seen import seen_packets

SEGMENT = tcp((*REQUESTOR, *ACCEPTOR), 7, 8, ACK, b"data")
SEGMENT_6 = tcp((*REQUESTOR_6, *ACCEPTOR_6), 7, 8, ACK, b"data")
PACKET = ipv4(REQUESTOR[0], ACCEPTOR[0], SEGMENT)
PACKET_6 = ipv6(REQUESTOR_6[0], ACCEPTOR_6[0], SEGMENT_6)
KEY = bytes([192, 0, 2, 1, 192, 0, 2, 2]) + struct.pack(">HH", 50104, 11112)
FOUND = (KEY, 7, 8, ACK, b"data", 4, TIME)
SECOND = 1_000_000_000


def found(
    data: bytes, link: int = RAW, reader: Frames | None = None, at: int = TIME
) -> tuple[object, ...] | None:
    """Return the segment in a packet, which stands between others' bytes."""
    reader = reader or Frames(pytest.fail)
    segment = reader.segment((link, at, b"\x45" + data + b"\x45" * 60, 1, 1 + len(data), len(data)))
    if segment is None:
        return None
    assert not isinstance(segment, IcmpError)
    *before, captured, size, when = segment
    return (*before, bytes(captured), size, when)


def data_of(data: bytes, link: int = RAW, reader: Frames | None = None, at: int = TIME) -> object:
    """Return the data of the segment in a packet."""
    segment = found(data, link, reader, at)
    return None if segment is None else segment[4]


# Links --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tags", [(), (0x8100,), (0x88A8, 0x8100), (0x9100, 0x9200, 0x8100)])
@pytest.mark.parametrize("link", [ETHERNET, COOKED, COOKED_2])
def test_links_that_tell_the_type(link: int, tags: tuple[int, ...]) -> None:
    assert found(linked(link, PACKET, tags=tags), link) == FOUND
    assert data_of(linked(link, PACKET_6, tags=tags), link) == b"data"
    talk = Talk(link)
    talk.tags = tags
    talk.open()
    talk.send(0, ACK, b"more")
    talk.close()
    assert len(seen_packets(talk.packets, link).log) == 5


@pytest.mark.parametrize("link", [RAW, 12, 14, 228, 229, NULL, LOOP])
def test_links_that_do_not(link: int) -> None:
    head = b"" if link in (RAW, 12, 14, 228, 229) else b"\2\0\0\0"
    assert found(head + PACKET, link) == FOUND
    assert data_of(head + PACKET_6, link) == b"data"


def test_ethernet_with_lengths_in_place_of_types() -> None:
    snap = b"\xaa\xaa\3\0\0\0"
    head = bytes(12) + struct.pack(">H", 8 + len(PACKET))
    assert found(head + snap + b"\x08\0" + PACKET, ETHERNET) == FOUND
    assert found(head + b"\x42\x42\3\0\0\0" + b"\x08\0" + PACKET, ETHERNET) is None


@pytest.mark.parametrize(
    "data",
    [
        bytes(12) + b"\x08\x06" + PACKET,
        bytes(12) + b"\x81\0\0\7" * 8 + b"\x08\0" + PACKET,
        linked(ETHERNET, ipv4("10.0.0.1", "10.0.0.2", SEGMENT, protocol=17)),
        linked(ETHERNET, ipv6("::1", "::2", SEGMENT, kind=17)),
        linked(ETHERNET, b"\x50" + bytes(60)),
        bytes(12) + b"\x08\0",
    ],
)
def test_what_is_no_tcp_is_passed_over(data: bytes) -> None:
    reader = Frames(pytest.fail)
    assert found(data, ETHERNET, reader) is None
    assert reader.malformed == 0


def test_an_unknown_link_type_is_told_once() -> None:
    talk = Talk()
    talk.open()
    found = seen_packets(talk.packets, 147)
    assert found.connections == []
    assert found.warnings == ["packets of link type 147 are left out: it is none that is known here"]


# Internet protocols -------------------------------------------------------------------------------------


def test_options_of_ipv4_and_tcp() -> None:
    segment = tcp((*REQUESTOR, *ACCEPTOR), 7, 8, ACK, b"data", options=b"\1\1\1\1" * 3)
    assert found(ipv4(REQUESTOR[0], ACCEPTOR[0], segment, options=b"\x94\4\0\0")) == FOUND
    assert found(linked(ETHERNET, ipv4(REQUESTOR[0], ACCEPTOR[0], segment)), ETHERNET) == FOUND


def header(kind: int, size: int = 8) -> bytes:
    """Return an extension header of IPv6, before another of this kind."""
    return bytes([kind, size // 8 - 1]) + bytes(size - 2)


def test_headers_of_ipv6() -> None:
    body = header(43) + header(60, 24) + header(51) + bytes([44, 4]) + bytes(22)  # RFC 4302 counts words
    body += bytes([6, 0]) + struct.pack(">HI", 0, 1) + SEGMENT_6
    assert data_of(ipv6(REQUESTOR_6[0], ACCEPTOR_6[0], body, kind=0)) == b"data"
    assert data_of(ipv6(REQUESTOR_6[0], ACCEPTOR_6[0], SEGMENT_6, size=0)) == b"data"


@pytest.mark.parametrize(
    "data",
    [
        PACKET[:19],
        PACKET[:39],
        b"\x44" + PACKET[1:],
        ipv4("10.0.0.1", "10.0.0.2", SEGMENT, total=19),
        ipv4("10.0.0.1", "10.0.0.2", SEGMENT, total=39),
        ipv4("10.0.0.1", "10.0.0.2", SEGMENT[:12] + b"\x40" + SEGMENT[13:]),
        ipv4("10.0.0.1", "10.0.0.2", SEGMENT[:12] + b"\xf0" + SEGMENT[13:]),
        ipv4("10.0.0.1", "10.0.0.2", SEGMENT, fragment=0x1FFF),
        ipv4("10.0.0.1", "10.0.0.2", SEGMENT, fragment=0x2000)[:-1],
        PACKET_6[:39],
        ipv6("::1", "::2", header(6)[:7], kind=0),
        ipv6("::1", "::2", bytes([6, 0]) + bytes(5), kind=44),
        ipv6("::1", "::2", header(0) * 20 + SEGMENT_6, kind=0),
        ipv6("::1", "::2", header(6, 64)[:8] + SEGMENT_6[:20], kind=0),
        ipv6("::1", "::2", struct.pack(">BxHI", 6, 1, 1), kind=44, size=4),
    ],
)
def test_what_is_malformed_is_counted(data: bytes) -> None:
    reader = Frames(pytest.fail)
    assert found(data, RAW, reader) is None
    assert reader.malformed == 1


def test_what_is_malformed_is_told() -> None:
    talk = Talk(RAW)
    talk.add(PACKET[:30])
    talk.add(PACKET[:19])
    assert seen_packets(talk.packets, RAW).warnings == [
        "file.pcap: packets that make no sense were left out: 2"
    ]


# Fragments ----------------------------------------------------------------------------------------------

WHOLE = bytes(range(200))
LONG = tcp((*REQUESTOR, *ACCEPTOR), 7, 8, ACK, WHOLE)


def pieces(size: int = 48, number: int = 5) -> list[bytes]:
    """Return the fragments of a packet."""
    return [
        ipv4(
            *(REQUESTOR[0], ACCEPTOR[0], LONG[start : start + size]),
            number=number,
            fragment=start // 8 | (0x2000 if start + size < len(LONG) else 0),
        )
        for start in range(0, len(LONG), size)
    ]


def pieces_6(size: int = 48) -> list[bytes]:
    """Return the fragments of an IPv6 packet."""
    long = tcp((*REQUESTOR_6, *ACCEPTOR_6), 7, 8, ACK, WHOLE)
    heads = [
        (struct.pack(">BxHI", 6, start | (start + size < len(long)), 5), long[start : start + size])
        for start in range(0, len(long), size)
    ]
    return [ipv6(REQUESTOR_6[0], ACCEPTOR_6[0], head + data, kind=44) for head, data in heads]


@given(st.permutations(pieces()) | st.permutations(pieces_6()))
def test_fragments_in_any_order(fragments: list[bytes]) -> None:
    reader = Frames(pytest.fail)
    *before, last = [data_of(each, RAW, reader) for each in fragments]
    assert (before, last) == ([None] * (len(fragments) - 1), WHOLE)
    assert data_of(fragments[0], RAW, reader) is None  # of the next one


@given(
    st.lists(st.sampled_from([*pieces(48), *pieces(64), *pieces(80)]), max_size=20), st.permutations(pieces())
)
def test_overlapping_fragments(more: list[bytes], fragments: list[bytes]) -> None:
    reader = Frames(pytest.fail)
    came = [data_of(each, RAW, reader) for each in more + fragments]
    assert {each for each in came if each is not None} == {WHOLE}


def test_fragments_of_other_protocols() -> None:
    head = struct.pack(">BxHI", 17, 1, 5)
    assert found(ipv6("::1", "::2", head + bytes(16), kind=44)) is None


@pytest.mark.parametrize(("seconds", "is_whole"), [(29, True), (31, False), (-1, False)])
def test_fragments_of_long_ago_are_none_of_this_packet(seconds: int, is_whole: bool) -> None:
    reader = Frames(pytest.fail)
    first, *rest = pieces()
    assert found(first, RAW, reader) is None
    whole = [found(each, RAW, reader, TIME + seconds * SECOND) for each in rest][-1]
    assert (whole is not None) == is_whole


def test_the_oldest_fragments_are_forgotten() -> None:
    reader = Frames(pytest.fail)
    for number in range(257):
        assert found(pieces(number=number)[0], RAW, reader) is None
    for number in (0, 256):
        rest = [found(each, RAW, reader) for each in pieces(number=number)[1:]]
        assert (rest[-1] is not None) == (number == 256)


@pytest.mark.parametrize(("size", "count"), [(8, 300), (65_000, 30)])
def test_a_flood_of_fragments_takes_little_memory(size: int, count: int) -> None:
    reader = Frames(lambda _: None)
    tracemalloc.start()
    try:
        for number in range(count):
            for start in range(20):
                data = ipv4("10.0.0.1", "10.0.0.2", bytes(size), number=number, fragment=0x2000 | start)
                found(data, RAW, reader)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 5 << 20


def test_more_fragments_than_a_packet_has_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames, "_MOST_FRAGMENTS", 3)
    reader = Frames(pytest.fail)
    assert [found(each, RAW, reader) for each in pieces()] == [None] * 5
    assert [data_of(each, RAW, reader) for each in pieces(112, 6)] == [None, WHOLE]


@given(
    st.binary(max_size=120),
    st.sampled_from([ETHERNET, RAW, COOKED, COOKED_2, NULL, LOOP]),
    st.integers(0, 60),
)
def test_any_bytes_give_a_segment_or_nothing(junk: bytes, link: int, at: int) -> None:
    data = linked(link, PACKET)
    found(data[:at] + junk + data[at + len(junk) :], link)
    found(junk, link)
    data = linked(link, ipv6("::1", "::2", header(43) + header(44) + header(6) + SEGMENT_6, kind=0))
    found(data[:at] + junk + data[at + len(junk) :], link)

"""Capture files: every format, byte order and resolution; live, packed, cut, and broken."""

import contextlib
import gzip
import io
import os
import struct
import tracemalloc
from collections.abc import Iterator
from itertools import repeat
from typing import BinaryIO, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcmtool.capture.capture_file import batches, is_capture
from dcmtool.errors import InputFileError
from tests.capture.packets import (
    ETHERNET,
    RAW,
    TIME,
    Captured,
    block,
    enhanced,
    interface,
    option,
    pcap,
    pcapng,
    section,
)

PACKETS = [Captured(TIME + 1000, b"one"), Captured(TIME + 2000, b"second", 60), Captured(TIME + 3000, b"")]
Shown = tuple[int, int, bytes, int]


def shown(file: bytes | BinaryIO) -> tuple[list[Shown], list[str]]:
    """Return the packets of a file, each with link type, time, bytes, and size; and the warnings."""
    warnings: list[str] = []
    source = cast(BinaryIO, io.BytesIO(file)) if isinstance(file, bytes) else file
    packets = [
        (link, at, buffer[start:end], size)
        for batch in batches(source, "a file.pcap", warnings.append)
        for link, at, buffer, start, end, size in batch
    ]
    return packets, warnings


def expected(packets: list[Captured], link: int = ETHERNET) -> list[Shown]:
    """Return what is read of packets."""
    return [(link, at, data, len(data) if size is None else size) for at, data, size in packets]


def refused(file: bytes) -> str:
    """Return why a file cannot be read."""
    with pytest.raises(InputFileError) as error:
        shown(file)
    assert error.value.path == "a file.pcap"
    return error.value.reason


# Formats ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("nanoseconds", [False, True])
def test_pcap(order: str, nanoseconds: bool) -> None:
    file = pcap(PACKETS, RAW, order=order, nanoseconds=nanoseconds)
    assert is_capture(file)
    assert shown(file) == (expected(PACKETS, RAW), [])
    assert shown(gzip.compress(file)) == (expected(PACKETS, RAW), [])


def test_nanoseconds_of_pcap() -> None:
    packet = Captured(TIME + 123_456_789, b"x")
    assert shown(pcap([packet], nanoseconds=True))[0] == expected([packet])
    assert shown(pcap([packet]))[0] == expected([packet._replace(at=TIME + 123_456_000)])


def test_the_link_type_of_pcap_without_what_it_tells_of_the_check_sequence() -> None:
    file = bytearray(pcap(PACKETS))
    file[20:24] = struct.pack("<I", 0x24000001)
    assert shown(bytes(file)) == (expected(PACKETS), [])


@pytest.mark.parametrize("order", "<>")
def test_pcapng(order: str) -> None:
    file = pcapng(PACKETS, RAW, order=order)
    assert is_capture(file)
    assert shown(file) == (expected(PACKETS, RAW), [])
    assert shown(gzip.compress(file)) == (expected(PACKETS, RAW), [])


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize(
    ("options", "ticks", "at"),
    [
        ((), 1_700_000_000_000_001, TIME + 1000),
        (((9, b"\x06"),), 1_700_000_000_000_001, TIME + 1000),
        (((9, b"\x03"),), 1_700_000_000_001, TIME + 1_000_000),
        (((9, b"\x0c"),), 1_700_000_000_000_000_001_999 % (1 << 64), None),
        (((9, b"\x0c"),), 5_000_000_001_999, 5_000_000_001),
        (((9, b"\x8a"),), 1_700_000_000 * 1024 + 512, TIME + 500_000_000),
        (((9, b"\x80"),), 1_700_000_000, TIME),
        (((14, (10).to_bytes(8, "little")), (9, b"\x00")), 1_700_000_000, TIME + 10_000_000_000),
        (((14, b"\xff" * 8), (9, b"\x00")), 1_700_000_000, TIME - 1_000_000_000),
        (((2, b"eth0"), (9, b"\x09"), (0, b""), (9, b"\x00")), TIME, TIME),
        (((9, b"\x09\x09"), (14, b"\1")), 1_700_000_000_000_001, TIME + 1000),  # of wrong sizes
        (((9, b"\x00"),), (1 << 64) - 1, 0),  # behind the year 9999
        (((14, b"\0" * 7 + b"\x80"),), 5, 0),  # before 1970
    ],
)
def test_times_of_pcapng(
    order: str, options: tuple[tuple[int, bytes], ...], ticks: int, at: int | None
) -> None:
    if order == ">":
        options = tuple((code, value[::-1] if code == 14 else value) for code, value in options)
    written = [option(code, value, order) for code, value in options]
    file = section(order) + interface(ETHERNET, *written, order=order) + enhanced(ticks, b"x", order=order)
    ((_, read, _, _),) = shown(file)[0]
    assert read == (ticks * 10**9 // 10**12 if at is None else at)


def simple(data: bytes, on_the_line: int) -> bytes:
    """Return a simple packet block."""
    return block(3, struct.pack("<I", on_the_line) + data)


def old(ticks: int, data: bytes, number: int = 0) -> bytes:
    """Return an obsolete packet block."""
    head = struct.pack("<HHIIII", number, 9, ticks >> 32, ticks & 0xFFFFFFFF, len(data), len(data) + 1)
    return block(2, head + data)


def test_interfaces_sections_and_kinds_of_packets() -> None:
    microseconds = TIME // 1000
    file = (
        section()
        + interface(ETHERNET, snapshot=5)
        + block(4, b"names")
        + interface(RAW, option(9, b"\x09"))
        + enhanced(TIME, b"first", 1)
        + block(0x0BAD, bytes(4000))
        + enhanced(microseconds, b"second")
        + simple(b"third", 5)
        + simple(b"cut 5", 90)
        + old(TIME, b"fourth", 1)
        + section(">")
        + interface(113, order=">")
        + enhanced(microseconds, b"fifth", order=">")
        + section()
        + block(5, bytes(8))
    )
    assert shown(file) == (
        [
            (RAW, TIME, b"first", 5),
            (ETHERNET, TIME, b"second", 6),
            (ETHERNET, TIME, b"third", 5),
            (ETHERNET, TIME, b"cut 5", 90),
            (RAW, TIME, b"fourth", 7),
            (113, TIME, b"fifth", 5),
        ],
        [],
    )


def test_a_simple_packet_without_a_snapshot_length() -> None:
    assert shown(section() + interface() + simple(b"abc", 3))[0] == [(ETHERNET, 0, b"abc", 3)]


# As it comes --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("file", [pcap(PACKETS[:2]), pcapng(PACKETS[:2]), gzip.compress(pcap(PACKETS[:2]))])
def test_a_packet_is_told_before_the_next_one_is_there(file: bytes) -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as pipe, os.fdopen(writing, "wb", buffering=0) as end:
        end.write(file)
        found = batches(pipe, "-", pytest.fail)
        packets = next(found)
        if len(packets) == 1:
            packets += next(found)
        assert [buffer[start:stop] for _, _, buffer, start, stop, _ in packets] == [b"one", b"second"]
        end.close()
        if not file.startswith(b"\x1f"):
            assert list(found) == []


class Dribbling:
    """A file that gives some bytes at a time, and has no `read1`."""

    def __init__(self, data: bytes, pieces: Iterator[int]) -> None:
        self._data, self._pieces = io.BytesIO(data), pieces

    def read(self, count: int) -> bytes:
        """Return some."""
        return self._data.read(min(count, next(self._pieces, count)))


@given(
    st.lists(st.binary(max_size=40), max_size=5),
    st.lists(st.integers(1, 70)),
    st.sampled_from([pcap, pcapng]),
    st.booleans(),
)
def test_any_pieces_give_the_same_packets(
    contents: list[bytes], pieces: list[int], write: object, packed: bool
) -> None:
    assert callable(write)
    packets = [Captured(TIME, data) for data in contents]
    file = write(packets)
    if packed:
        file = gzip.compress(file[:50]) + gzip.compress(file[50:]) + bytes(9)
    assert shown(cast(BinaryIO, Dribbling(file, iter(pieces)))) == (expected(packets), [])


@pytest.mark.parametrize("size", [1, 7, 4000])
def test_blocks_that_come_bit_by_bit(size: int) -> None:
    file = (
        section() + block(4, bytes(5000)) + interface() + enhanced(TIME // 1000, b"x") + block(5, bytes(40))
    )
    found, warnings = shown(cast(BinaryIO, Dribbling(file, repeat(size))))
    assert (found, warnings) == ([(ETHERNET, TIME, b"x", 1)], [])


# Cut and broken -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("write", [pcap, pcapng])
def test_a_file_that_is_cut_is_read_as_far_as_it_goes(write: object) -> None:
    assert callable(write)
    file = write(PACKETS)
    whole = len(write(PACKETS[:1])), len(write(PACKETS[:2])), len(file)
    for size in range(whole[0], whole[2]):
        packets, warnings = shown(file[:size])
        assert packets == expected(PACKETS[: 1 + (size >= whole[1])])
        what = "packet" if write is pcap else "block"
        sentence = f"a file.pcap ends in the middle of a {what}: what comes before it was read"
        assert warnings == ([] if size in whole else [sentence])


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        (b"", "is empty"),
        (gzip.compress(b""), "is empty"),
        (b"\xd4\xc3", "is no capture: it is too short"),
        (b"\x0a\x0d\x0d\x0a", "ends in the middle of a block"),
        (pcap([])[:20], "ends in the middle of its header"),
        (section()[:20], "ends in the middle of its header"),
        (
            block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1) + bytes(60))[:40],
            "ends in the middle of its header",
        ),
        (b"SQLite format 3", "is no capture: it is neither of pcap nor of pcapng"),
        (gzip.compress(b"SQLite format 3"), "is no capture: it is neither of pcap nor of pcapng"),
        (gzip.compress(pcap([]))[:20], "ends in the middle of what is gzipped"),
        (b"\x1f\x8bnothing", "is damaged (Error -3 while decompressing data: unknown compression method)"),
        (section().replace(b"\x4d\x3c\x2b\x1a", b"abcd"), "has a section of unknown byte order at byte 0"),
        (section()[:4] + b"\x10\0\0\0" + section()[8:], "has a block of 16 bytes at byte 0"),
        (section() + struct.pack("<II", 9, 11), "has a block of 11 bytes at byte 28"),
        (section() + struct.pack("<II", 9, 14) + bytes(9), "has a block of 14 bytes at byte 28"),
        (section() + struct.pack("<II", 6, 16) + bytes(9), "has a block of 16 bytes at byte 28"),
        (section() + struct.pack("<II", 6, 1 << 24), "has a block of 16777216 bytes at byte 28"),
        (section() + struct.pack("<II", 9, 1 << 24), "ends in the middle of a block"),
        (section() + enhanced(1, b"x"), "has a packet that makes no sense at byte 28"),
        (section() + simple(b"xxxx", 4), "has a packet that makes no sense at byte 28"),
        (section() + old(1, b"x"), "has a packet that makes no sense at byte 28"),
        (section() + interface() + block(2, bytes(16)), "has a packet that makes no sense at byte 48"),
        (section() + interface() * 4097, "describes more than 4096 interfaces"),
        (pcap([]) + struct.pack("<IIII", 1, 1, (1 << 20) + 1, 9), "has a packet of 1048577 bytes at byte 24"),
        (
            pcap([]) + struct.pack("<IIII", 1, 1, (1 << 20) + 1, 9) + bytes(1 << 21),
            "has a packet of 1048577 bytes at byte 24",
        ),
    ],
)
def test_what_is_no_capture(file: bytes, reason: str) -> None:
    assert refused(file) == reason


def test_a_packet_that_says_more_than_its_block_has() -> None:
    file = section() + interface() + enhanced(1, b"good")
    bad = bytearray(enhanced(1, b"data"))
    bad[20:24] = struct.pack("<I", 5000)
    packets, warnings = shown(file + bytes(bad))
    assert [data for _, _, data, _ in packets] == [b"good"]
    assert warnings == [
        f"a file.pcap has a packet that makes no sense at byte {len(file)}: what comes before it was read"
    ]


def test_a_packed_file_that_is_cut() -> None:
    file = gzip.compress(pcap(PACKETS), compresslevel=0)
    packets, warnings = shown(file[:-4])
    assert packets == expected(PACKETS)
    assert warnings == ["a file.pcap ends in the middle of what is gzipped: what comes before it was read"]


class Failing:
    """A file on a disk that fails."""

    def __init__(self, data: bytes) -> None:
        self._data = [data]

    def read(self, _: int) -> bytes:
        """Fail where nothing is left."""
        if not self._data:
            raise OSError(5, "Input/output error")
        return self._data.pop()


def test_a_file_that_cannot_be_read_on() -> None:
    packets, warnings = shown(cast(BinaryIO, Failing(pcap(PACKETS))))
    assert packets == expected(PACKETS)
    assert warnings == ["a file.pcap cannot be read (Input/output error): what comes before it was read"]
    with pytest.raises(InputFileError, match=r"cannot be read \(Input/output error\)"):
        shown(cast(BinaryIO, Failing(pcap([])[:9])))


@given(st.binary(max_size=200), st.sampled_from([pcap(PACKETS), pcapng(PACKETS), b""]), st.integers(0, 200))
def test_any_bytes_are_read_or_refused(data: bytes, file: bytes, at: int) -> None:
    with contextlib.suppress(InputFileError):
        shown(file[:at] + data + file[at + len(data) :])


# Bounds -------------------------------------------------------------------------------------------------


def test_a_bomb_takes_no_memory() -> None:
    packet = Captured(TIME, bytes(1 << 16))
    file = gzip.compress(pcap([packet] * 500), compresslevel=1)
    assert len(file) < 1 << 18
    count = peak = 0
    tracemalloc.start()
    try:
        for batch in batches(io.BytesIO(file), "-", pytest.fail):
            count += len(batch)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count == 500
    assert peak < 8 << 20

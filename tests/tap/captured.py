"""A reader of captures for tests alone: what `tap` has written, packet by packet, checksums looked at."""

import struct
from ipaddress import ip_address
from pathlib import Path
from typing import NamedTuple

FIN, SYN, RST, ACK = 0x01, 0x02, 0x04, 0x10


class Packet(NamedTuple):
    """A TCP segment: `missing` bytes of its data were not captured."""

    at: int
    source: tuple[str, int]
    target: tuple[str, int]
    sequence: int
    acknowledged: int
    flags: int
    data: bytes
    missing: int


def packets(data: bytes) -> list[Packet]:
    """Return the packets of a file."""
    assert data[:4] == b"\x0a\x0d\x0d\x0a"
    found, at = [], 0
    while at < len(data):
        kind, length = struct.unpack_from("<II", data, at)
        assert struct.unpack_from("<I", data, at + length - 4) == (length,)
        body = data[at + 8 : at + length - 4]
        if kind == 6:
            interface, high, low, captured, original = struct.unpack_from("<5I", body)
            assert interface == 0
            found.append(_segment(body[20 : 20 + captured], original - captured, high << 32 | low))
        else:
            assert kind == (1 if at else 0x0A0D0D0A)
        at += length
    return found


def _segment(data: bytes, missing: int, at: int) -> Packet:
    if data[0] >> 4 == 4:
        assert _sum(data[:20]) == 0xFFFF
        head, ends = 20, data[12:20]
        length = int.from_bytes(data[2:4]) - 20
    else:
        head, ends = 40, data[8:40]
        length = int.from_bytes(data[4:6])
    tcp = data[head:]
    assert length == len(tcp) + missing
    assert _sum(ends + struct.pack(">HH", 6, length) + tcp) == 0xFFFF
    source_port, target_port, sequence, acknowledged, offset, flags = struct.unpack_from(">HHIIBB", tcp)
    half = len(ends) // 2
    source, target = str(ip_address(ends[:half])), str(ip_address(ends[half:]))
    payload = tcp[(offset >> 4) * 4 :]
    numbers = sequence, acknowledged, flags
    return Packet(at, (source, source_port), (target, target_port), *numbers, payload, missing)


def _sum(data: bytes) -> int:
    """Return the sum of RFC 1071 of a header with its checksum, word by word."""
    data += b"\0" * (len(data) % 2)
    total = sum(int.from_bytes(data[at : at + 2]) for at in range(0, len(data), 2))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total


def stream(found: list[Packet], source: tuple[str, int]) -> bytes:
    """Return what one side sent, a stop for each byte that is missing; sequence numbers have to fit."""
    sent, expected = b"", None
    for each in found:
        if each.source != source or each.flags & RST:
            continue
        assert expected in (None, each.sequence)
        sent += each.data + b"." * each.missing
        expected = (each.sequence + len(each.data) + each.missing + (each.flags & (SYN | FIN) != 0)) % (
            1 << 32
        )
    return sent


def read(path: Path) -> list[Packet]:
    """Return the packets of a file that may be written to yet, as far as blocks are whole."""
    data = path.read_bytes()
    end = 0
    while end + 8 <= len(data) and end + int.from_bytes(data[end + 4 : end + 8], "little") <= len(data):
        end += int.from_bytes(data[end + 4 : end + 8], "little")
    return packets(data[:end]) if end else []

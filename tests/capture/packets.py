"""Packets, link layers and capture files, written by hand: for what reads them."""

import struct
from collections.abc import Iterable
from ipaddress import ip_address
from typing import NamedTuple

SYN, RST, PUSH, ACK, FIN = 2, 4, 8, 16, 1
ETHERNET, NULL, LOOP, RAW, COOKED, COOKED_2 = 1, 0, 108, 101, 113, 276
NUMBERS = 1 << 32
_LONGEST_ON_THE_LINE = 1500
TIME = 1_700_000_000_000_000_000  # ns since 1970


class Captured(NamedTuple):
    """A packet in a capture: when, what of it, and how long it was on the line (None: as it is)."""

    at: int
    data: bytes
    on_the_line: int | None = None


def checksum(data: bytes) -> int:
    """Return that of RFC 1071."""
    padded = data + bytes(len(data) % 2)
    total: int = sum(struct.unpack(f">{len(padded) // 2}H", padded))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def tcp(
    ends: tuple[str, int, str, int],
    sequence: int,
    acknowledged: int,
    flags: int,
    data: bytes = b"",
    *,
    options: bytes = b"",
) -> bytes:
    """Return a TCP segment; options are of whole words."""
    source, source_port, target, target_port = ends
    head = struct.pack(
        ">HHIIBBH",
        *(source_port, target_port, sequence % NUMBERS, acknowledged % NUMBERS),
        *(((20 + len(options)) // 4) << 4, flags, 65535),
    )
    rest = bytes(2) + options + data
    length = len(head) + 2 + len(rest)
    pseudo = ip_address(source).packed + ip_address(target).packed + struct.pack(">IHH", length, 0, 6)
    # None where an adapter is to make it.
    total = checksum(pseudo + head + bytes(2) + rest) if length <= _LONGEST_ON_THE_LINE else 0
    return head + struct.pack(">H", total) + rest


def ipv4(
    source: str,
    target: str,
    body: bytes,
    *,
    number: int = 0,
    fragment: int = 0x4000,
    options: bytes = b"",
    protocol: int = 6,
    total: int | None = None,
) -> bytes:
    """Return an IPv4 packet; `total` is what it says of its length."""
    size = 20 + len(options)
    head = struct.pack(
        ">BBHHHBBH4s4s",
        *(0x40 | size // 4, 0, size + len(body) if total is None else total, number, fragment, 64),
        *(protocol, 0, ip_address(source).packed, ip_address(target).packed),
    )
    head += options
    return head[:10] + struct.pack(">H", checksum(head)) + head[12:] + body


def ipv6(source: str, target: str, body: bytes, *, kind: int = 6, size: int | None = None) -> bytes:
    """Return an IPv6 packet; `kind` is its first next header, `size` what it says of its payload's."""
    length = len(body) if size is None else size
    head = struct.pack(">IHBB", 6 << 28, length, kind, 64)
    return head + ip_address(source).packed + ip_address(target).packed + body


def linked(link: int, packet: bytes, *, tags: Iterable[int] = ()) -> bytes:
    """Return a packet behind the header of a link type, and behind tags of these types."""
    kind = 0x86DD if packet[:1] and packet[0] >> 4 == 6 else 0x0800
    kinds = [*tags, kind]
    behind = b"".join(struct.pack(">HH", 7, each) for each in kinds[1:])
    if link == ETHERNET:
        return bytes(12) + struct.pack(">H", kinds[0]) + behind + packet
    if link == COOKED:
        return struct.pack(">HHH8sH", 0, 1, 6, bytes(8), kinds[0]) + behind + packet
    if link == COOKED_2:
        return struct.pack(">HHIHBB8s", kinds[0], 0, 1, 1, 0, 6, bytes(8)) + behind + packet
    if link in (NULL, LOOP):
        family = 30 if kind == 0x86DD else 2
        return family.to_bytes(4, "big" if link == LOOP else "little") + packet
    return packet


def pcap(
    packets: Iterable[Captured], link: int = ETHERNET, *, order: str = "<", nanoseconds: bool = False
) -> bytes:
    """Return a capture in the format of tcpdump."""
    magic, step = (0xA1B23C4D, 1) if nanoseconds else (0xA1B2C3D4, 1000)
    file = [struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 262144, link)]
    for at, data, on_the_line in packets:
        seconds, rest = divmod(at, 1_000_000_000)
        size = len(data) if on_the_line is None else on_the_line
        file += [struct.pack(order + "IIII", seconds, rest // step, len(data), size), data]
    return b"".join(file)


def block(kind: int, body: bytes, order: str = "<") -> bytes:
    """Return a block of pcapng."""
    body += bytes(-len(body) % 4)
    length = struct.pack(order + "I", 12 + len(body))
    return struct.pack(order + "I", kind) + length + body + length


def section(order: str = "<") -> bytes:
    """Return the block that begins a section."""
    return block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1), order)


def option(code: int, value: bytes, order: str = "<") -> bytes:
    """Return an option of a block."""
    return struct.pack(order + "HH", code, len(value)) + value + bytes(-len(value) % 4)


def interface(link: int = ETHERNET, *options: bytes, snapshot: int = 0, order: str = "<") -> bytes:
    """Return the block that describes an interface."""
    return block(1, struct.pack(order + "HHI", link, 0, snapshot) + b"".join(options), order)


def enhanced(
    ticks: int, data: bytes, number: int = 0, *, order: str = "<", on_the_line: int | None = None
) -> bytes:
    """Return an enhanced packet block."""
    size = len(data) if on_the_line is None else on_the_line
    head = struct.pack(order + "IIIII", number, ticks >> 32, ticks & (NUMBERS - 1), len(data), size)
    return block(6, head + data + bytes(-len(data) % 4) + option(1, b"a comment", order), order)


def pcapng(packets: Iterable[Captured], link: int = ETHERNET, *, order: str = "<") -> bytes:
    """Return a capture in the format of Wireshark, of nanoseconds."""
    file = section(order) + interface(link, option(9, b"\x09", order), order=order)
    return file + b"".join(enhanced(at, data, order=order, on_the_line=size) for at, data, size in packets)


REQUESTOR, ACCEPTOR = ("192.0.2.1", 50104), ("192.0.2.2", 11112)  # RFC 5737
REQUESTOR_6, ACCEPTOR_6 = ("2001:db8::1", 50104), ("2001:db8::2", 11112)  # RFC 3849


class Talk:
    """A TCP connection of two, packet by packet; each takes 50 µs."""

    def __init__(
        self, link: int = ETHERNET, *, six: bool = False, first: tuple[int, int] = (1000, 5000)
    ) -> None:
        self.link, self.packets = link, list[Captured]()
        self.ends = [REQUESTOR_6, ACCEPTOR_6] if six else [REQUESTOR, ACCEPTOR]
        self.next = list(first)
        self.at = TIME
        self.tags: tuple[int, ...] = ()

    def packet(
        self,
        side: int,
        flags: int,
        data: bytes = b"",
        *,
        sequence: int | None = None,
        acknowledged: int | None = None,
    ) -> bytes:
        """Return a packet that a side (0: the requestor) sends, with the headers of its link."""
        (source, source_port), (target, target_port) = self.ends[side], self.ends[1 - side]
        segment = tcp(
            (source, source_port, target, target_port),
            self.next[side] if sequence is None else sequence,
            (self.next[1 - side] if acknowledged is None else acknowledged) if flags & ACK else 0,
            flags,
            data,
        )
        wrap = ipv6 if ":" in source else ipv4
        return linked(self.link, wrap(source, target, segment), tags=self.tags)

    def send(
        self, side: int, flags: int, data: bytes = b"", *, seen: bool = True, cut: int | None = None
    ) -> None:
        """Send a packet, captured or not, of which only the first bytes may be."""
        whole = self.packet(side, flags, data)
        self.next[side] += len(data) + bool(flags & (SYN | FIN))
        if seen:
            self.add(whole if cut is None else whole[:cut], len(whole))

    def add(self, data: bytes, on_the_line: int | None = None) -> None:
        """Capture a packet as it is."""
        self.at += 50_000
        self.packets.append(Captured(self.at, data, on_the_line))

    def open(self) -> None:
        """Shake hands."""
        self.send(0, SYN)
        self.send(1, SYN | ACK)
        self.send(0, ACK)

    def close(self) -> None:
        """Close both directions, the requestor first."""
        self.send(0, FIN | ACK)
        self.send(1, FIN | ACK)
        self.send(0, ACK)

"""A capture file of one conversation over TCP, written by hand: for programs that read captures."""

import struct
from collections.abc import Iterable
from typing import Literal

REQUESTOR, ACCEPTOR = (bytes([192, 0, 2, 1]), 50104), (bytes([192, 0, 2, 2]), 11112)  # RFC 5737
_RAW_IP = 101  # LINKTYPE_RAW
_SYN, _PUSH, _ACK, _FIN = 0x02, 0x08, 0x10, 0x01

Sender = Literal["requestor", "acceptor"]


def _sum(data: bytes) -> int:
    """Return the checksum of RFC 1071 of an even number of bytes."""
    total = sum(int.from_bytes(data[at : at + 2]) for at in range(0, len(data), 2))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


class _Conversation:
    """The packets so far, and the next sequence number of each side."""

    def __init__(self) -> None:
        self.packets: list[bytes] = []
        self._next: dict[Sender, int] = {"requestor": 1000, "acceptor": 5000}

    def add(self, sender: Sender, flags: int, data: bytes = b"") -> None:
        """Add a packet of one side."""
        receiver: Sender = "acceptor" if sender == "requestor" else "requestor"
        ends = (REQUESTOR, ACCEPTOR) if sender == "requestor" else (ACCEPTOR, REQUESTOR)
        (source, source_port), (target, target_port) = ends
        acknowledged = self._next[receiver] if flags & _ACK else 0
        head = struct.pack(
            ">HHIIBBH", source_port, target_port, self._next[sender], acknowledged, 0x50, flags, 65535
        )
        length = len(head) + 4 + len(data)
        pseudo = source + target + struct.pack(">HH", 6, length)
        padded = pseudo + head + bytes(4) + data + bytes(len(data) % 2)
        segment = head + struct.pack(">HH", _sum(padded), 0) + data
        ip = (
            struct.pack(">BBHHHBBH", 0x45, 0, 20 + length, len(self.packets), 0x4000, 64, 6, 0)
            + source
            + target
        )
        self.packets.append(ip[:10] + struct.pack(">H", _sum(ip)) + ip[12:] + segment)
        self._next[sender] += len(data) + bool(flags & (_SYN | _FIN))


def capture(talk: Iterable[tuple[Sender, bytes]]) -> bytes:
    """Return a pcap file of a connection on which this was said, in packets of at most 1,400 bytes."""
    conversation = _Conversation()
    conversation.add("requestor", _SYN)
    conversation.add("acceptor", _SYN | _ACK)
    conversation.add("requestor", _ACK)
    for sender, data in talk:
        for start in range(0, len(data), 1400):
            conversation.add(sender, _PUSH | _ACK, data[start : start + 1400])
    conversation.add("requestor", _FIN | _ACK)
    conversation.add("acceptor", _FIN | _ACK)
    conversation.add("requestor", _ACK)
    file = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, _RAW_IP)
    for number, packet in enumerate(conversation.packets):
        file += struct.pack("<IIII", 1, number, len(packet), len(packet)) + packet
    return file

"""Captures read by dpkt too: what each packet brings, and what the payloads come to by their numbers."""

import io
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import dpkt
import pytest

from dcmtool.capture.capture_file import batches
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
    NUMBERS,
    PUSH,
    RAW,
    REQUESTOR,
    REQUESTOR_6,
    SYN,
    Captured,
    Talk,
    ipv4,
    ipv6,
    linked,
    pcap,
    pcapng,
    tcp,
)
from tests.capture.seen import seen

FIRST = NUMBERS - 40  # the numbers begin again on the way


class InFrame(NamedTuple):
    """What is in a packet: addresses, ports, numbers, flags, payload, and when, in microseconds."""

    addresses: bytes
    ports: bytes
    sequence: int
    acknowledged: int
    flags: int
    payload: bytes
    at: int


def _raw(data: bytes) -> Any:
    return dpkt.ip6.IP6(data) if data[0] >> 4 == 6 else dpkt.ip.IP(data)


DECODE: dict[int, Callable[[bytes], Any]] = {
    ETHERNET: lambda data: dpkt.ethernet.Ethernet(data).data,
    COOKED: lambda data: dpkt.sll.SLL(data).data,
    COOKED_2: lambda data: dpkt.sll2.SLL2(data).data,
    NULL: lambda data: dpkt.loopback.Loopback(data).data,
    LOOP: lambda data: dpkt.loopback.Loopback(data).data,
    RAW: _raw,
}


def by_dpkt(file: bytes, link: int) -> list[InFrame]:
    """Return what dpkt finds in each packet."""
    reader = dpkt.pcapng.Reader if file[:4] == b"\n\r\r\n" else dpkt.pcap.Reader
    found = []
    for at, data in reader(io.BytesIO(file)):
        packet = DECODE[link](data)
        segment = packet.data
        assert isinstance(segment, dpkt.tcp.TCP)
        ports = segment.sport.to_bytes(2, "big") + segment.dport.to_bytes(2, "big")
        found.append(
            InFrame(
                *(packet.src + packet.dst, ports, segment.seq, segment.ack, segment.flags & 31),
                *(segment.data, round(at * 1_000_000)),
            )
        )
    return found


def by_us(file: bytes) -> list[InFrame]:
    """Return what we find in each packet."""
    frames, found = Frames(pytest.fail), []
    for packets in batches(io.BytesIO(file), "file", pytest.fail):
        for packet in packets:
            segment = frames.segment(packet)
            assert segment is not None
            assert not isinstance(segment, IcmpError)
            key, sequence, acknowledged, flags, data, size, at = segment
            assert len(data) == size
            found.append(
                InFrame(key[:-4], key[-4:], sequence, acknowledged, flags & 31, bytes(data), round(at / 1000))
            )
    return found


def put_together(frames: list[InFrame]) -> Iterator[tuple[bytes, bytes]]:
    """Yield the ports of each direction, and what was sent in it, by sequence numbers alone."""
    pieces: dict[bytes, dict[int, bytes]] = defaultdict(dict)
    begins: dict[bytes, int] = {}
    for each in frames:
        if each.flags & SYN:
            begins[each.ports] = each.sequence + 1
        elif each.payload:
            place = (each.sequence - begins[each.ports]) % NUMBERS
            pieces[each.ports].setdefault(place, each.payload)
    for ports, parts in pieces.items():
        whole = b""
        for place, part in sorted(parts.items()):
            assert place <= len(whole)
            whole += part[len(whole) - place :]
        yield ports, whole


def talks(link: int, *, six: bool) -> Talk:
    """Return connections with segments in another order, overlapping, and sent again."""
    talk = Talk(link, six=six, first=(FIRST, 5000))
    for port in (50104, 50105):
        talk.ends[0] = (talk.ends[0][0], port)
        talk.next = [FIRST, port]
        talk.open()
        for number in range(6):
            talk.send(0, ACK | PUSH, bytes([number]) * 30)
            talk.send(1, ACK | PUSH, b"answer %d" % number)
        talk.packets[-4], talk.packets[-2] = talk.packets[-2], talk.packets[-4]
        talk.add(talk.packet(0, ACK, b"\4" * 20 + b"\5" * 30, sequence=talk.next[0] - 50))
        talk.close()
    return talk


@pytest.mark.parametrize("write", [pcap, pcapng])
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("six", [False, True])
@pytest.mark.parametrize("link", [ETHERNET, COOKED, COOKED_2, RAW, NULL, LOOP])
def test_each_packet_and_what_they_come_to(
    link: int, six: bool, order: str, write: Callable[..., bytes]
) -> None:
    file = write(talks(link, six=six).packets, link, order=order)
    frames = by_dpkt(file, link)
    assert by_us(file) == frames
    assert len(frames) == 38
    sent = dict(put_together(frames))
    connections = seen(file).connections
    assert len(connections) == 2
    for each in connections:
        requestor, acceptor = (int(end.rpartition(":")[2]).to_bytes(2, "big") for end in each.ends.split())
        assert each.bytes["requestor"] == sent[requestor + acceptor]
        assert each.bytes["acceptor"] == sent[acceptor + requestor]


@pytest.mark.parametrize("write", [pcap, pcapng])
def test_tags_options_and_headers(write: Callable[..., bytes]) -> None:
    options = b"\1\1\1\0"
    segment = tcp((*REQUESTOR, *ACCEPTOR), 7, 8, ACK, b"data", options=options)
    segment_6 = tcp((*REQUESTOR_6, *ACCEPTOR_6), 7, 8, ACK, b"data", options=options)
    behind = ipv6(REQUESTOR_6[0], ACCEPTOR_6[0], b"\6\0\1\4\0\0\0\0" + segment_6, kind=60)
    padded = ipv4(REQUESTOR[0], ACCEPTOR[0], segment, options=options) + bytes(7)
    packets = [
        linked(ETHERNET, packet, tags=tags)
        for packet in (padded, behind)
        for tags in ((), (0x8100,), (0x88A8, 0x8100))
    ]
    file = write([Captured(1_700_000_000_000_000_000 + number, each) for number, each in enumerate(packets)])
    frames = by_dpkt(file, ETHERNET)
    assert by_us(file) == frames
    assert [each.payload for each in frames] == [b"data"] * 6

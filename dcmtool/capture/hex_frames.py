"""A packet in a dump that was copied whole: what TCP carries in it (RFC 791, RFC 8200, RFC 9293)."""

from ipaddress import ip_address
from struct import unpack_from

from dcmtool.capture.connection import Endpoint
from dcmtool.named_tuple import NamedTuple

ENOUGH = 40  # bytes that show whether a record is a packet; with none of TCP's it is of no use
_ETHERNET, _VLAN = 14, 4
_IPV4, _IPV6, _TAG = 0x0800, 0x86DD, 0x8100
_TCP = 6
_IPV6_HEADER = 40
_LEAST_SEGMENT = 20


class Carried(NamedTuple):
    """The bytes of a TCP segment, who sent it, and to whom."""

    sender: Endpoint
    receiver: Endpoint
    data: bytes


def is_frame(start: bytes | bytearray) -> bool:
    """Return whether bytes, `ENOUGH` of them, begin an Ethernet frame or an IP packet that carries TCP."""
    return _network_layer(start) is not None


def _network_layer(frame: bytes | bytearray) -> int | None:
    """Return where IP begins."""
    at = _ETHERNET
    (kind,) = unpack_from(">H", frame, 12)
    if kind == _TAG:
        (kind,) = unpack_from(">H", frame, 16)
        at += _VLAN
    if kind == _IPV4 and frame[at] >> 4 == 4 and frame[at + 9] == _TCP:
        return at
    if kind == _IPV6 and frame[at] >> 4 == 6 and frame[at + 6] == _TCP:
        return at
    return 0 if frame[0] == 0x45 and frame[9] == _TCP else None  # no PDU has the type 45H


def carried_by(frame: bytes) -> Carried | None:
    """Return what a frame carries; None if that is not TCP, or it was cut."""
    at = _network_layer(frame) if len(frame) >= ENOUGH else None
    if at is None or len(frame) < at + ENOUGH:
        return None
    if frame[at] >> 4 == 4:
        header, (length,) = (frame[at] & 15) * 4, unpack_from(">H", frame, at + 2)
        addresses, end = (frame[at + 12 : at + 16], frame[at + 16 : at + 20]), at + length
    else:
        header, (payload,) = _IPV6_HEADER, unpack_from(">H", frame, at + 4)
        addresses, end = (frame[at + 8 : at + 24], frame[at + 24 : at + 40]), at + header + payload
    segment = frame[at + header : end]
    if len(segment) < _LEAST_SEGMENT:
        return None
    sender, receiver = (
        Endpoint(str(ip_address(address)), port)
        for address, port in zip(addresses, unpack_from(">HH", segment), strict=True)
    )
    return Carried(sender, receiver, segment[(segment[12] >> 4) * 4 :])

"""The line's own answers."""

import struct

from tests.peers import bad_network


def test_an_answer_that_nobody_can_be_reached() -> None:
    packet = struct.pack(">BBHIBBH4s4s", 0x45, 0, 40, 0, 64, 6, 0, bytes(4), bytes([192, 0, 2, 2])) + bytes(
        20
    )
    answer = bad_network.unreachable(packet)
    header, message = answer[:20], answer[20:]
    assert struct.unpack(">H", header[2:4]) == (len(answer),)
    assert message[:2] == bytes([3, 1])  # destination unreachable: host (RFC 792)
    assert message[8:] == packet[:28]
    for part in (header, message):
        assert bad_network.checksum(part) == bytes(2)

"""A bare socket that sends prebuilt bytes: what no association can be faster than."""

import socket
import time

from dcmtool.dimse.messages import c_echo_rq
from dcmtool.upper_layer.pdus import PDataTf, Pdv


def bare_echoes(connection: socket.socket, count: int) -> float:
    """Return the seconds that so many prebuilt echoes take, after the first, on an open association."""
    echo = PDataTf((Pdv(1, True, True, c_echo_rq(1)),)).encode()
    length = _exchange(connection, echo, 0)
    begun = time.perf_counter()
    for _ in range(count - 1):
        _exchange(connection, echo, length)
    return time.perf_counter() - begun


def _exchange(connection: socket.socket, echo: bytes, length: int) -> int:
    """Send an echo and receive `length` bytes, or one PDU where the length is not known yet."""
    connection.sendall(echo)
    if not length:
        return receive_pdu(connection)
    received = 0
    while received < length:
        received += len(connection.recv(4096))
    return received


def receive_pdu(connection: socket.socket) -> int:
    """Receive a PDU, and return its length."""
    data = b""
    while len(data) < 6 or len(data) < 6 + int.from_bytes(data[2:6]):
        data += connection.recv(4096)
    return len(data)

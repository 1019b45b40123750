"""The last PDU on a connection, sent so that it arrives."""

import socket
from contextlib import suppress

_CHUNK = 1 << 16  # bytes of one read
_READS = 16  # at most 1 MiB


def say_last(connection: socket.socket, pdu: bytes) -> None:
    """Send a last PDU, or a TLS alert; a peer that is gone or does not read is let go.

    What has come besides is read first: closing over it would discard what was sent last.
    """
    with suppress(OSError):
        connection.settimeout(1)
        connection.sendall(pdu)
    read_the_rest(connection)


def read_the_rest(connection: socket.socket) -> None:
    """Read what has come besides, as the bytes that they are."""
    with suppress(OSError):
        connection.settimeout(0)
        for _ in range(_READS):
            if not socket.socket.recv(connection, _CHUNK):
                break

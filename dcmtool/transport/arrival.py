"""Bytes of a connection with the time when they arrived, which is before a busy event loop looks at them.

With many connections on one loop, each waits for its turn while the loop serves those before it: with 128 of
them that is some 10 ms, which would count as the node's. Linux stamps what arrives (socket(7)), so there the
round trip ends when the answer was here. Elsewhere it ends when the loop came to it.
"""

import socket
import sys
from struct import Struct
from time import monotonic_ns, time_ns
from typing import Any

from dcmtool.steps import Received

# Python has no name for it; its number is the same on all architectures that Linux is common on.
_TIMESTAMPS = getattr(socket, "SO_TIMESTAMPNS", 35)
_IS_LINUX: bool = sys.platform == "linux"
_STAMP = Struct("ll")  # struct timespec: seconds and nanoseconds of the wall clock
_ROOM = 64  # bytes, for a control message with one


def are_stamped() -> bool:
    """Whether the system stamps what arrives."""
    with socket.socket() as unconnected:
        return stamp_arrivals(unconnected)


def stamp_arrivals(connection: socket.socket) -> bool:
    """Have the system stamp what arrives, and return whether it does."""
    if not _IS_LINUX:
        return False
    try:
        connection.setsockopt(socket.SOL_SOCKET, _TIMESTAMPS, 1)
    except OSError:  # a sandbox may not know it
        return False
    return True


def received(connection: socket.socket, size: int, sent: int, *, stamped: bool) -> Received:
    """Return what has come, and when, but not before the newest write, which began at `sent` (monotonic ns).

    Raises:
        OSError: nothing has come, or the connection broke.
    """
    if not stamped:
        return Received(connection.recv(size), monotonic_ns())
    receive: Any = connection.recvmsg  # type: ignore[attr-defined, unused-ignore] # Windows has none
    data, messages, _, _ = receive(size, _ROOM)
    at = monotonic_ns()
    for level, kind, stamp in messages:
        if level == socket.SOL_SOCKET and kind == _TIMESTAMPS and len(stamp) == _STAMP.size:
            seconds, nanoseconds = _STAMP.unpack(stamp)
            late = time_ns() - (seconds * 1_000_000_000 + nanoseconds)
            # Where the wall clock was set meanwhile this is nonsense, which these bounds keep small.
            at = max(sent, at - max(0, late))
    return Received(data, at)

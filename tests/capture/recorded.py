"""Records what two programs say to each other, through a relay between them that passes all on as it is.

    with recording(scp_port) as relay:
        subprocess.run(["echoscu", "127.0.0.1", str(relay.port)])
    (said,) = relay.conversations()

A conversation is a list of `Said`, in the order in which it happened.
"""

import contextlib
import select
import socket
import struct
import threading
import time
from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

from dcmtool.association.observed import Side
from dcmtool.capture.connection import Endpoint, ObservedConnection
from dcmtool.capture.observer import ConnectionObserver
from dcmtool.events import Listener

_WAIT = 30.0  # seconds that a connection may be silent
_AT_ONCE = struct.pack("ii", 1, 0)  # SO_LINGER by which closing is a reset
SIDES: tuple[Side, Side] = ("requestor", "acceptor")


class Said(NamedTuple):
    """What a side did: bytes that it sent, or how it ended its direction; when (ns since 1970)."""

    sender: Side
    data: bytes
    at: int
    ended: Literal["", "closed", "reset"] = ""


class RecordingRelay:
    """Serves every connection in a thread of its own until it is closed."""

    host = "127.0.0.1"

    def __init__(self, node: int) -> None:
        self._node = node
        self._listener = socket.create_server((self.host, 0))
        self.port = int(self._listener.getsockname()[1])
        self._wake, self._waker = socket.socketpair()
        self._said: list[list[Said]] = []
        self._connections: list[threading.Thread] = []
        self._thread = threading.Thread(target=self._serve, name="recording relay")
        self._thread.start()

    def conversations(self) -> list[list[Said]]:
        """Wait for the end of all connections that were made, and return what was said on each."""
        for connection in self._connections:
            connection.join(_WAIT)
        return self._said

    def close(self) -> None:
        """Take no more connections."""
        self._waker.send(b"x")
        self._thread.join()
        self.conversations()
        for each in (self._listener, self._wake, self._waker):
            each.close()

    def _serve(self) -> None:
        while self._listener in select.select([self._listener, self._wake], [], [])[0]:
            caller, _ = self._listener.accept()
            said: list[Said] = []
            self._said.append(said)
            connection = threading.Thread(target=self._pass_on, args=(caller, said), name="recorded")
            self._connections.append(connection)
            connection.start()

    def _pass_on(self, caller: socket.socket, said: list[Said]) -> None:
        with caller, socket.create_connection((self.host, self._node)) as node:
            ends = (caller, node)
            for end in ends:
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            is_open = list(ends)
            while is_open:
                ready = select.select(is_open, [], [], _WAIT)[0]
                assert ready, "a connection has been silent for too long"
                for end in ready:
                    who = ends.index(end)
                    is_open = self._pass(SIDES[who], end, ends[1 - who], said, is_open)

    def _pass(
        self,
        sender: Side,
        end: socket.socket,
        other: socket.socket,
        said: list[Said],
        is_open: list[socket.socket],
    ) -> list[socket.socket]:
        """Pass on what one side did; return the sides that may do more."""
        try:
            data = end.recv(1 << 16)
        except ConnectionError:
            said.append(Said(sender, b"", time.time_ns(), "reset"))
            other.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
            return []
        said.append(Said(sender, data, time.time_ns(), "" if data else "closed"))
        with contextlib.suppress(OSError):
            if data:
                other.sendall(data)
            else:
                other.shutdown(socket.SHUT_WR)
        return is_open if data else [each for each in is_open if each is not end]


@contextlib.contextmanager
def recording(node: int) -> Iterator[RecordingRelay]:
    """Stand between whoever connects to the relay's port and the node on this one."""
    relay = RecordingRelay(node)
    try:
        yield relay
    finally:
        relay.close()


def observed(
    said: Iterable[Said], listener: Listener | None = None, *, handshake: bool = True
) -> ObservedConnection:
    """Return what an observer makes of a conversation."""
    said = list(said)
    ends = Endpoint("192.0.2.1", 50104), Endpoint("192.0.2.2", 104)
    observer = ConnectionObserver(1, *ends, said[0].at - 1000, listener, handshake=handshake)
    if handshake:
        observer.syn(said[0].at - 1000)
        observer.opened(said[0].at - 500)
    for sender, data, at, ended in said:
        if ended == "closed":
            observer.closed(sender, at)
        elif ended == "reset":
            observer.reset(sender, at)
        else:
            observer.received(sender, data, at)
    return observer.result()

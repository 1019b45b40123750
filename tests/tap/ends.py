"""Both ends of a relay in this process: a node that plays a function, a relay to it, and callers."""

import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from dcmtool.capture.connection import ObservedConnection
from dcmtool.events import Event
from dcmtool.settings import Peer
from dcmtool.tap.relay import Record, Relay
from dcmtool.tap.settings import TapSettings
from tests.peers.dcmtool_scp import wait_for

HOST = "127.0.0.1"
PATIENCE = 20.0  # seconds for anything
_AT_ONCE = struct.pack("ii", 1, 0)


def reset(connection: socket.socket) -> None:
    """Close a connection by a reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
    connection.close()


def read_all(connection: socket.socket) -> bytes:
    """Return what comes until the other side closes; raises where it resets."""
    data = bytearray()
    while more := connection.recv(1 << 16):
        data += more
    return bytes(data)


def echo(connection: socket.socket) -> None:
    """Be a node that sends everything back, and the end at the end."""
    while data := connection.recv(1 << 16):
        connection.sendall(data)


@contextlib.contextmanager
def node(serve: Callable[[socket.socket], object] = echo, host: str = HOST) -> Iterator[int]:
    """Run a node that serves each connection in a thread, and give its port."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    threads: list[threading.Thread] = []

    def one(connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            connection.settimeout(PATIENCE)
            serve(connection)

    def accept(listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                threads.append(threading.Thread(target=one, args=[connection]))
                threads[-1].start()

    with socket.create_server((host, 0), family=family, backlog=512) as listener:
        threads.append(threading.Thread(target=accept, args=[listener]))
        threads[0].start()
        try:
            yield int(listener.getsockname()[1])
        finally:
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)  # which ends the accepting on Linux
            listener.close()
            for thread in threads:
                thread.join(PATIENCE)


class Tapped:
    """A relay that runs, and what it has told."""

    def __init__(self, settings: TapSettings, record: Record | None = None, *, listens: bool = False) -> None:
        self.seen: list[ObservedConnection] = []
        self.complaints: list[str] = []
        self.opened: list[tuple[int, str]] = []
        self.events: list[Event] = []
        self.relay = Relay(
            *(settings, self.seen.append, self.complaints.append),
            opened=lambda *each: self.opened.append(each),
            listener=self.events.append if listens else None,
            record=record,
        )

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return int(self.relay.address.port)

    def call(self, *, source: str | None = None) -> socket.socket:
        """Return a connection to it."""
        connection = socket.create_connection(
            self.relay.address, PATIENCE, source_address=None if source is None else (source, 0)
        )
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def call_and_be_reset(self) -> None:
        """Call, and see that this is reset, which may be noticed as early as the connection is made."""
        with pytest.raises(ConnectionResetError), self.call() as caller:
            caller.recv(1)

    def wait_for_end(self, count: int = 1) -> list[ObservedConnection]:
        """Return what was seen, once so many connections have ended."""
        wait_for(lambda: len(self.seen) >= count)
        return self.seen


@contextlib.contextmanager
def tapped(
    port: int, host: str = HOST, *, record: Record | None = None, listens: bool = False, **settings: Any
) -> Iterator[Tapped]:
    """Run a relay to a node of this machine."""
    tap = Tapped(TapSettings(Peer(host, port), HOST, 0, **settings), record, listens=listens)
    with tap.relay:
        yield tap

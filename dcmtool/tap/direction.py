"""One direction of a relayed connection: bytes from one socket to the other, in order, and how it ends."""

import asyncio
import socket
from typing import Protocol

from dcmtool.association.observed import Side
from dcmtool.transport.addresses import acknowledge

CHUNK = 1 << 18  # bytes of one read, which is all that is held back of a direction
_DRAINED = 16  # reads from a side that has reset the connection: what it sent before was sent


class RelayedLink(Protocol):
    """What a direction needs of its connection."""

    room: memoryview  # CHUNK bytes, for the time of one read

    def passed(self, sender: Side, data: memoryview) -> memoryview:
        """Count bytes that have come, and return those that may pass."""

    def seen(self, sender: Side, data: memoryview) -> None:
        """Take note of bytes that have been passed on."""

    def closed(self, sender: Side) -> None:
        """Take note that a side closed its direction."""

    def finished(self) -> None:
        """Take note that the end of a direction was passed on."""

    def broken(self, side: Side) -> None:
        """Take note that a side has reset the connection, or cannot be reached any more."""


class RelayedDirection:
    """Passes on what `sender` sends from its socket to the other; nothing is read while any of it waits."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        pair: RelayedLink,
        sender: Side,
        source: socket.socket,
        target: socket.socket,
    ) -> None:
        self._loop, self._pair, self.sender = loop, pair, sender
        self._receiver: Side = "acceptor" if sender == "requestor" else "requestor"
        self._source, self._target = source, target
        self._source_number, self._target_number = source.fileno(), target.fileno()
        self._unsent = bytearray()
        self._is_read = self._is_over = False
        self.at_end = self.is_finished = False  # the sender has closed; and that was passed on

    def read_on(self) -> None:
        """Read on, once something comes."""
        if not (self._is_read or self.at_end or self._is_over):
            self._is_read = True
            self._loop.add_reader(self._source_number, self._readable)

    def pause(self) -> None:
        """Read nothing for now, so that the sender has to wait."""
        if self._is_read:
            self._is_read = False
            self._loop.remove_reader(self._source_number)

    def stop(self) -> None:
        """Pass on nothing more."""
        self.pause()
        if self._unsent:
            self._loop.remove_writer(self._target_number)
            self._unsent.clear()
        self._is_over = True

    def drain(self) -> None:
        """Pass on what has come already, of a side that has reset the connection."""
        for _ in range(_DRAINED):
            if self.at_end or self._unsent or self._is_over:
                return
            try:
                count = self._source.recv_into(self._pair.room)
            except OSError:
                return
            if not count:
                return
            self._arrived(self._pair.room[:count])

    # Inside -----------------------------------------------------------------------------------------

    def _readable(self) -> None:
        try:
            count = self._source.recv_into(self._pair.room)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            self._pair.broken(self.sender)
            return
        if count:
            self._arrived(self._pair.room[:count])
            return
        self.pause()
        self.at_end = True
        self._at_end()

    def _arrived(self, data: memoryview) -> None:
        """Pass on what has come; only then is it looked at."""
        data = self._pair.passed(self.sender, data)
        is_whole = self._forward(data)
        acknowledge(self._source)
        self._pair.seen(self.sender, data)
        if not is_whole:
            self._pair.broken(self._receiver)

    def _at_end(self) -> None:
        self._pair.closed(self.sender)
        self._finish()

    def _forward(self, data: memoryview | bytes) -> bool:
        """Send what the receiver takes now, and the rest later; return whether it can be reached."""
        if self._is_over:
            return True
        try:
            sent = self._target.send(data)
        except (BlockingIOError, InterruptedError):
            sent = 0
        except OSError:
            return False
        if sent < len(data):
            self._unsent += data[sent:]
            self.pause()
            self._loop.add_writer(self._target_number, self._writable)
        return True

    def _writable(self) -> None:
        try:
            sent = self._target.send(self._unsent)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            self._pair.broken(self._receiver)
            return
        del self._unsent[:sent]
        if not self._unsent:
            self._loop.remove_writer(self._target_number)
            self._sent()

    def _sent(self) -> None:
        """Go on once nothing waits to be sent."""
        if self.at_end:
            self._finish()
        else:
            self.read_on()

    def _finish(self) -> None:
        """Pass on the end, once all before it is sent."""
        if self._unsent or self._is_over:
            return
        try:
            self._target.shutdown(socket.SHUT_WR)
        except OSError:
            self._pair.broken(self._receiver)
            return
        self.is_finished = True
        self._pair.finished()

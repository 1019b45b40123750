"""A connection that is relayed: its two sockets, both directions between them, and how they end."""

import asyncio
import errno
import socket
import struct
from collections.abc import Callable
from contextlib import suppress

from dcmtool.association.observed import Side
from dcmtool.tap.delaying import DelayedDirection
from dcmtool.tap.direction import RelayedDirection
from dcmtool.tap.settings import TapSettings
from dcmtool.tap.witness import Witness

_AT_ONCE = struct.pack("hh" if hasattr(socket, "SO_EXCLUSIVEADDRUSE") else "ii", 1, 0)  # Windows has shorts
_BROKEN = (errno.EPIPE, errno.ECONNRESET, errno.ETIMEDOUT)


def reset(connection: socket.socket) -> None:
    """Close a connection by a reset."""
    with suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
    connection.close()


def prepare(connection: socket.socket) -> None:
    """Have small writes sent at once, and peers noticed that are gone without a word."""
    with suppress(OSError):  # it may be broken already, which a read will tell
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)


class RelayedConnection:
    """Passes everything on from when it is made; `ended` is called once both sockets are closed.

    `room` is where reads go, each only until it is passed on and seen. `now` tells ns since 1970. `note` is
    what the relay itself did to the connection, if anything.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        caller: socket.socket,
        node: socket.socket,
        witness: Witness,
        settings: TapSettings,
        room: memoryview,
        now: Callable[[], int],
        ended: Callable[["RelayedConnection"], object],
    ) -> None:
        self.room, self.note = room, ""
        self._loop, self._witness, self._settings = loop, witness, settings
        self._now, self._ended = now, ended
        self._sockets: dict[Side, socket.socket] = {"requestor": caller, "acceptor": node}
        self._left = settings.cut_after
        self._is_broken = self._is_over = False
        self.bytes = 0
        self.last = now()  # when anything came
        self._directions = (
            self._direction("requestor", caller, node),
            self._direction("acceptor", node, caller),
        )
        for each in self._sockets.values():
            prepare(each)
        for direction in self._directions:
            direction.read_on()
        if self._left == 0:
            loop.call_soon(self._cut)

    def _direction(self, sender: Side, source: socket.socket, target: socket.socket) -> RelayedDirection:
        if self._settings.delay:
            return DelayedDirection(self._loop, self, sender, source, target, self._settings.delay)
        return RelayedDirection(self._loop, self, sender, source, target)

    # From outside -----------------------------------------------------------------------------------

    def end(self, note: str) -> None:
        """Reset both sides, for a reason of the relay's own."""
        if not (self._is_broken or self._is_over):
            self.note = note
            self._witness.cut(self._now())
        self._abort()

    def look(self, silent_since: int) -> None:
        """Notice a reset of a side that has closed before, and end what has been silent since then."""
        for direction in self._directions:
            if direction.at_end and not self._is_over:
                error = self._sockets[direction.sender].getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                if error in _BROKEN:
                    self.broken(direction.sender)
        if self.last < silent_since:
            self.end(f"ended by the tap, as nothing came for {self._settings.idle_timeout:g} s")

    # From the directions ----------------------------------------------------------------------------

    def passed(self, sender: Side, data: memoryview) -> memoryview:  # noqa: ARG002 - both count together
        """Count bytes that have come, and return those that may pass."""
        self.last = self._now()
        if self._left is not None:
            data = data[: self._left]
            self._left -= len(data)
            if not self._left:
                self._loop.call_later(self._settings.delay, self._cut)
        self.bytes += len(data)
        return data

    def seen(self, sender: Side, data: memoryview) -> None:
        """Tell of bytes that have been passed on."""
        if data:
            self.last = self._now()
            self._witness.received(sender, data, self.last)

    def closed(self, sender: Side) -> None:
        """Tell that a side closed its direction."""
        self.last = self._now()
        self._witness.closed(sender, self.last)

    def finished(self) -> None:
        """Close both sockets, once both directions have ended."""
        if all(direction.is_finished for direction in self._directions) and not self._is_over:
            self._stop()
            for each in self._sockets.values():
                each.close()
            self._ended(self)

    def broken(self, side: Side) -> None:
        """Reset the other side, once it has what was sent before."""
        if self._is_broken or self._is_over:
            return
        self._is_broken = True
        for direction in self._directions:
            if direction.sender == side:
                direction.drain()
            direction.pause()
        self._witness.reset(side, self._now())
        if self._settings.delay:
            self._loop.call_later(self._settings.delay, self._abort)
        else:
            self._abort()

    # Inside -----------------------------------------------------------------------------------------

    def _cut(self) -> None:
        self.end(f"cut by the tap after {self.bytes} bytes")

    def _abort(self) -> None:
        if self._is_over:
            return
        self._stop()
        for each in self._sockets.values():
            reset(each)
        self._ended(self)

    def _stop(self) -> None:
        self._is_over = True
        for direction in self._directions:
            direction.stop()

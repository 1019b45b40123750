"""A direction on which everything is late by the same time, in order: its bytes, and its end."""

import asyncio
import socket
from collections import deque

from dcmtool.association.observed import Side
from dcmtool.tap.direction import RelayedDirection, RelayedLink

# Of what is on its way on one direction; a line of 1 Gbit/s holds as much for 32 ms.
_MOST_BYTES, _MOST_PIECES = 1 << 22, 1 << 12


class DelayedDirection(RelayedDirection):
    """A direction that is `delay` seconds late.

    It is seen from the node's side: what the requestor sends when it is passed on, what the acceptor sends
    when it comes, so that the times of the node have no delay in them.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        pair: RelayedLink,
        sender: Side,
        source: socket.socket,
        target: socket.socket,
        delay: float,
    ) -> None:
        super().__init__(loop, pair, sender, source, target)
        self._delay = delay
        self._late: deque[tuple[float, bytes]] = deque()  # when it is due; no bytes are the end
        self._held = 0
        self._timer: asyncio.TimerHandle | None = None

    def stop(self) -> None:
        """Pass on nothing more."""
        super().stop()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._late.clear()

    def read_on(self) -> None:
        """Read on, unless as much is on its way as may be."""
        if self._held < _MOST_BYTES and len(self._late) < _MOST_PIECES:
            super().read_on()

    # Inside -----------------------------------------------------------------------------------------

    def _arrived(self, data: memoryview) -> None:
        data = self._pair.passed(self.sender, data)
        self._held += len(data)
        if self._held >= _MOST_BYTES or len(self._late) + 1 >= _MOST_PIECES:
            self.pause()
        if data:
            self._put_off(bytes(data))
        if self.sender == "acceptor":
            self._pair.seen(self.sender, data)

    def _at_end(self) -> None:
        self._put_off(b"")
        if self.sender == "acceptor":
            self._pair.closed(self.sender)

    def _put_off(self, data: bytes) -> None:
        self._late.append((self._loop.time() + self._delay, data))
        self._wait()

    def _wait(self) -> None:
        if self._late and self._timer is None and not self._unsent:
            self._timer = self._loop.call_at(self._late[0][0], self._due)

    def _due(self) -> None:
        """Pass on what is due; what the receiver does not take holds up all behind it."""
        self._timer = None
        while self._late and self._late[0][0] <= self._loop.time() and not self._unsent:
            _, data = self._late.popleft()
            self._held -= len(data)
            if not self._pass_on(data):
                return
        self._wait()
        if not self._unsent:
            self.read_on()

    def _pass_on(self, data: bytes) -> bool:
        """Pass on one piece or the end, and return whether that is to go on."""
        if not data:
            if self.sender == "requestor":
                self._pair.closed(self.sender)
            self._finish()
            return False
        is_whole = self._forward(data)
        if self.sender == "requestor":
            self._pair.seen(self.sender, memoryview(data))
        if not is_whole:
            self._pair.broken(self._receiver)
        return is_whole and not self._is_over

    def _sent(self) -> None:
        if self._late:
            self._due()
        else:
            super()._sent()

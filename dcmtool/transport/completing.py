"""The driver on a loop that tells what is done, not what can be done: Windows' usual one.

It has no readers and writers, so connecting, reading and the rest of a write are left to it.
"""

import asyncio
from collections.abc import Callable, Coroutine
from time import monotonic_ns
from typing import Any, TypeVar

from dcmtool.steps import Receive, Received
from dcmtool.transport.addresses import CHUNK, Address
from dcmtool.transport.driven import PENDING
from dcmtool.transport.running import Running, lost

_Report = TypeVar("_Report")


class CompletingRunning(Running[_Report]):
    """The same, on such a loop.

    A read that is under way goes on when nobody waits for it any more: what it takes is kept for the next.
    """

    _connecting: "asyncio.Task[None] | None" = None
    _reading: "asyncio.Task[bytes] | None" = None
    _writing: "asyncio.Task[None] | None" = None
    _come_at = 0  # when the read was over (monotonic ns)

    def _open(self, address: Address) -> bool:
        connection = self._new_socket(address)
        self._connecting = self._begun(self._loop.sock_connect(connection, address.sockaddr), self._opened)
        return False

    def _await_data(self) -> Any:
        if self._reading is None:
            self._reading = self._begun(self._loop.sock_recv(self._open_socket, CHUNK), self._data_came)
        return self._taken() if self._reading.done() else PENDING

    def _data_came(self, _error: OSError | None) -> None:
        self._come_at = monotonic_ns()
        if isinstance(self._step, Receive):
            self._go_on(self._taken)

    def _taken(self) -> Received:
        reading, self._reading = self._reading, None
        assert reading is not None, "it is over"
        try:
            return Received(reading.result(), self._come_at)
        except OSError as error:
            raise lost(error) from error

    def _await_room(self) -> None:
        self._writing = self._begun(self._loop.sock_sendall(self._open_socket, self._unsent), self._written)

    def _stop_reading(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None

    def _stop_writing(self) -> None:
        for task in (self._connecting, self._writing):
            if task is not None:
                task.cancel()
        self._connecting = self._writing = None

    def _begun(
        self, operation: Coroutine[Any, Any, Any], done: Callable[[OSError | None], object]
    ) -> "asyncio.Task[Any]":
        """Begin an operation of the loop; what comes of it is passed on unless it was given up."""
        connection = self._open_socket

        def over(task: "asyncio.Task[Any]") -> None:
            if task.cancelled():
                return
            error = task.exception()
            if error is not None and not isinstance(error, OSError):
                self._end(None, error)
            elif self._socket is connection:
                done(error)

        task = self._loop.create_task(operation)
        task.add_done_callback(over)
        return task

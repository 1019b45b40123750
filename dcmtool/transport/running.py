"""A procedure with a connection of its own, which it makes, on an event loop."""

import asyncio
import os
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from time import monotonic_ns
from typing import Any, TypeVar

from dcmtool.errors import ConnectionLost, TransportError
from dcmtool.steps import (
    LONGEST_WAIT,
    Close,
    Connect,
    Connected,
    Procedure,
    Receive,
    Send,
    Step,
)
from dcmtool.transport.addresses import CHUNK, Address, acknowledge, share_of, source_of
from dcmtool.transport.arrival import received, stamp_arrivals
from dcmtool.transport.driven import PENDING, Driven
from dcmtool.transport.failures import check_time, no_connection, ran_out, socket_bound, too_late

_Report = TypeVar("_Report")
# Called with what a procedure returned, or with what it raised that it should not have.
Done = Callable[[_Report | None, BaseException | None], object]
# The addresses of a host, or why there are none; None where they did not come in time.
Found = Sequence[Address] | TransportError | None
# Finds them, or returns `PENDING` and calls the function later.
Find = Callable[[Connect, Callable[[Found], None]], Any]


class _Opening:
    """A connection that is being made: the addresses that are left, and what came of those before."""

    def __init__(self, step: Connect, addresses: Sequence[Address]) -> None:
        self.step, self.left = step, [*addresses]
        self.resolved_at = monotonic_ns()
        self.attempts: list[tuple[str, OSError]] = []


class Running(Driven[_Report]):
    """A procedure that is carried out, with its connection; where something is to `find` addresses, by that.

    Its waits end with the deadline of each step, or with the socket timeout.
    """

    _socket: socket.socket | None = None
    _descriptor = -1  # a selector that misses a socket asks the system about it
    _socket_timeout: float | None = None
    _opening: _Opening | None = None
    _is_read = _is_written = False  # the loop tells when something has come, when there is room for more
    _pieces = 0  # received since the last write
    _sent = 0  # when that began (monotonic ns)
    _unsent = memoryview(b"")
    _is_stamped = False  # the system says when something came

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        procedure: Procedure[_Report],
        done: Done[_Report],
        find: Find,
    ) -> None:
        super().__init__(loop)
        self._procedure, self._done, self._find = procedure, done, find

    def begin(self) -> None:
        """Take the first steps."""
        self._resume()

    def close(self) -> None:
        """Close the connection at once, with whatever the procedure has left to do undone."""
        procedure = self._procedure
        if procedure is not None:
            self._done = _nobody
            self._end(None, None)
            procedure.close()

    def _ended(self, value: _Report | None, failure: BaseException | None) -> None:
        self._done(value, failure)

    def _obey_other(self, step: Step) -> Any:
        if isinstance(step, Connect):
            return self._connect(step)
        assert isinstance(step, Close), "TLS needs its settings"
        self._opening = None
        self._close()
        return None

    def _go_on(self, act: Callable[[], Any]) -> None:
        """Resume the procedure with what comes of its step, if that is over now."""
        try:
            result = act()
        except TransportError as error:
            self._resume(error=error)
            return
        if result is PENDING:
            self._watch_time()
        else:
            self._resume(result)

    def _time_is_up(self, step: Step, now: int) -> None:
        if isinstance(step, Connect):
            if self._opening is None:
                self._go_on(lambda: self._found(step, None))
            else:
                self._opened(TimeoutError("timed out"))
        elif isinstance(step, Receive):
            deadline = step.deadline
            if step.until is not None and (deadline is None or now < deadline.at):
                self._resume(None)
            else:
                bound = socket_bound(step, self._socket_timeout)
                self._resume(error=ran_out(step.awaited, deadline, bound, now))
        elif isinstance(step, Send):
            self._stop_writing()
            self._resume(error=ran_out("progress in sending", step.deadline, self._socket_timeout, now))
        else:
            self._resume(None)

    # Connecting -------------------------------------------------------------------------------------

    def _connect(self, step: Connect) -> Any:
        self._socket_timeout = step.socket_timeout and min(step.socket_timeout, LONGEST_WAIT)
        found = self._find(step, partial(self._come, step))
        if found is not PENDING:
            return self._found(step, found)
        self._due = None if step.deadline is None else step.deadline.at
        return PENDING

    def _come(self, step: Connect, found: Found) -> None:
        if self._step is step:
            self._go_on(lambda: self._found(step, found))

    def _found(self, step: Connect, found: Found) -> Any:
        if isinstance(found, TransportError):
            raise found
        if found is None:
            assert step.deadline is not None, "nothing else ends a look-up"
            raise too_late(step.deadline, f"address of {step.host}")
        self._opening = _Opening(step, found)
        return self._open_next()

    def _open_next(self) -> Any:
        """Begin to connect to the next address, unless one is connected to, or fails, at once."""
        opening = self._opening
        assert opening is not None, "a connection is being made"
        while opening.left:
            share = share_of(opening.step, monotonic_ns(), len(opening.left))
            self._due = None if share is None else monotonic_ns() + int(share * 1_000_000_000)
            try:
                if self._open(opening.left[0]):
                    return self._connected()
            except OSError as error:
                self._attempt_failed(error)
            else:
                return PENDING
        self._opening = self._due = None
        raise no_connection(opening.step, opening.attempts)

    def _open(self, address: Address) -> bool:
        """Begin to connect, and return whether that is done already, as it may be on loopback."""
        connection = self._new_socket(address)
        try:
            connection.connect(address.sockaddr)
        except BlockingIOError:
            try:
                connection.getpeername()
            except OSError:
                self._await_room()
                return False
        return True

    def _new_socket(self, address: Address) -> socket.socket:
        connection = self._socket = socket.socket(address.family, socket.SOCK_STREAM)
        self._descriptor = connection.fileno()
        connection.setblocking(False)
        return connection

    def _opened(self, error: OSError | None = None) -> None:
        """Take what came of the attempt to connect that is under way."""
        if error is None:
            self._go_on(self._connected)
        else:
            self._attempt_failed(error)
            self._go_on(self._open_next)

    def _attempt_failed(self, error: OSError) -> None:
        assert self._opening is not None, "a connection is being made"
        self._opening.attempts.append((self._opening.left.pop(0).text, error))
        self._close()

    def _connected(self) -> Connected:
        opening, connection, at = self._opening, self._open_socket, monotonic_ns()
        assert opening is not None, "a connection is being made"
        self._opening = None
        with suppress(OSError):  # it may be broken already
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._is_stamped = stamp_arrivals(connection)
        address, port = opening.left[0].text, opening.step.port
        return Connected(address, port, opening.resolved_at, at, source_of(connection))

    # Reading ----------------------------------------------------------------------------------------

    def _receive(self, step: Receive) -> Any:
        connection, now = self._open_socket, monotonic_ns()
        deadline, due = step.deadline, step.until
        if deadline is not None:
            check_time(step, now)
            due = deadline.at if due is None else min(due, deadline.at)
        if self._pieces:
            acknowledge(connection)
        self._pieces += 1
        if step.until is None and (bound := socket_bound(step, self._socket_timeout)) is not None:
            end = now + int(bound * 1_000_000_000)
            due = end if due is None else min(due, end)
        self._due = due
        return self._await_data()

    def _await_data(self) -> Any:
        if not self._is_read:
            self._is_read = True
            self._loop.add_reader(self._descriptor, self._readable)
        return PENDING

    def _readable(self) -> None:
        if not isinstance(self._step, Receive):
            self._stop_reading()  # until the procedure wants more
            return
        try:
            come = received(self._open_socket, CHUNK, self._sent, stamped=self._is_stamped)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self._resume(error=lost(error))
        else:
            self._resume(come)

    def _stop_reading(self) -> None:
        if self._is_read:
            self._is_read = False
            self._loop.remove_reader(self._descriptor)

    # Writing ----------------------------------------------------------------------------------------

    def _send(self, step: Send) -> Any:
        connection, data = self._open_socket, step.data
        begun = self._sent = monotonic_ns()
        self._pieces = 0
        try:
            count = connection.send(data)
        except (BlockingIOError, InterruptedError):
            count = 0
        except OSError as error:
            raise lost(error) from error
        if count == len(data):
            return begun
        self._unsent = memoryview(data)[count:]
        self._write_within(step, begun, self._socket_timeout)
        self._await_room()
        return PENDING

    def _await_room(self) -> None:
        self._is_written = True
        self._loop.add_writer(self._descriptor, self._writable)

    def _writable(self) -> None:
        connection = self._open_socket
        if self._opening is not None:
            self._stop_writing()
            number = connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            self._opened(OSError(number, os.strerror(number)) if number else None)
            return
        try:
            self._unsent = self._unsent[connection.send(self._unsent) :]
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self._written(error)
            return
        if not self._unsent:
            self._written()

    def _written(self, error: OSError | None = None) -> None:
        self._stop_writing()
        if error is None:
            self._resume(self._sent)
        else:
            self._resume(error=lost(error))

    def _stop_writing(self) -> None:
        if self._is_written:
            self._is_written = False
            self._unsent = memoryview(b"")
            self._loop.remove_writer(self._descriptor)

    def _close(self) -> None:
        connection, self._socket = self._socket, None
        if connection is not None:
            self._stop_reading()
            self._stop_writing()
            connection.close()

    @property
    def _open_socket(self) -> socket.socket:
        assert self._socket is not None, "a procedure connects first"
        return self._socket


def _nobody(_value: object, _failure: BaseException | None) -> None:
    """Take what is of no interest any more."""


def lost(error: OSError) -> ConnectionLost:
    """Return the failure that a connection's error is."""
    failure = ConnectionLost(error)
    failure.__cause__ = error
    return failure

"""An accepted connection on an event loop, and the procedure that serves it."""

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress
from time import monotonic_ns
from typing import Any

from dcmtool.errors import ConnectionLost
from dcmtool.named_tuple import NamedTuple
from dcmtool.steps import (
    Close,
    HalfClose,
    PlainProcedure,
    Procedure,
    Receive,
    Received,
    Send,
    Step,
    Wait,
)
from dcmtool.transport.addresses import acknowledge
from dcmtool.transport.driven import PENDING, Driven
from dcmtool.transport.failures import check_time, ran_out

_CHUNK = 1 << 15  # bytes of one read
_READS_AT_ONCE = 4  # of a new connection: a short association may need no more; then each has its turn


class SocketAddress(NamedTuple):
    """A numeric IP address, and a TCP port."""

    host: str
    port: int


# Whatever secures a connection takes `StartTls` from its procedure before it comes to the driver.
Served = PlainProcedure[None] | Procedure[None]


class Connection(Driven[None]):
    """An accepted connection, whose procedure is resumed by whatever happens.

    Nothing is read before the procedure asks for it, so that a peer that sends more has to wait. `ended` is
    called once the socket is closed, with what the procedure raised that it should not have.
    `send_timeout` (seconds) bounds each write that the peer does not take at once.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        connection: socket.socket,
        peer: SocketAddress,
        send_timeout: float | None,
        ended: Callable[["Connection", BaseException | None], object],
    ) -> None:
        super().__init__(loop)
        self._socket, self._call_ended, self.peer = connection, ended, peer
        self._descriptor = connection.fileno()  # a selector that misses a socket asks the system about it
        self._send_timeout = send_timeout
        self._unsent = bytearray()
        self._error: OSError | None = None  # what broke the connection
        self._at_end = self._is_read = False  # the latter: the loop tells when something has come
        self._is_answered = True  # something was sent since the newest bytes
        self._reads_at_once = _READS_AT_ONCE
        self._begun = 0  # the pending write (monotonic ns)

    # From outside -----------------------------------------------------------------------------------

    @property
    def own_port(self) -> int:
        """The TCP port of ours that it came to."""
        return int(self._socket.getsockname()[1])

    def serve(self, procedure: Served) -> None:
        """Begin with the procedure."""
        self._procedure = procedure
        with suppress(OSError):  # it may be broken already
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._resume()

    def wake(self) -> None:
        """End a wait that only passes time (`Receive` with `until`) soon, as if its time had come."""
        self._loop.call_soon(self._end_wait)

    def abort(self) -> None:
        """Close the connection at once, with whatever the procedure has left to do undone."""
        failure = None
        if self._procedure is not None:
            try:
                self._procedure.close()
            except BaseException as error:
                failure = error
        self._end(None, failure)

    def _end_wait(self) -> None:
        if isinstance(self._step, Receive) and self._step.until is not None:
            self._resume(None)

    # The procedure ----------------------------------------------------------------------------------

    def _ended(self, _value: None, failure: BaseException | None) -> None:
        self._call_ended(self, failure)

    def _time_is_up(self, step: Step, now: int) -> None:
        if isinstance(step, Wait) or (isinstance(step, Receive) and step.until == self._due):
            self._resume(None)
        elif isinstance(step, Receive):
            self._resume(error=ran_out(step.awaited, step.deadline, None, now))
        elif isinstance(step, Send):
            self._resume(error=ran_out("progress in sending", step.deadline, self._send_timeout, now))

    def _close(self) -> None:
        self._stop_reading()
        self._forget_unsent()
        self._socket.close()

    def _obey_other(self, step: Step) -> Any:
        if isinstance(step, HalfClose):
            self._forget_unsent()
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_WR)
            return None
        assert isinstance(step, Close), "nobody connects from here, and TLS needs its settings"
        self._close()
        return None

    # Reading ----------------------------------------------------------------------------------------

    def _receive(self, step: Receive) -> Any:
        check_time(step, monotonic_ns())
        if self._error is not None:
            raise ConnectionLost(self._error)
        if self._at_end:
            return Received(b"", monotonic_ns())
        if step.until is not None and step.until <= monotonic_ns():  # what is there, and no wait for more
            data = self._read()
            return None if data is None else Received(data, monotonic_ns())
        if not self._is_read:
            if self._reads_at_once:
                self._reads_at_once -= 1
                data = self._read()
                if data is not None:
                    return Received(data, monotonic_ns())
                self._reads_at_once = 0
            self._is_read = True
            self._loop.add_reader(self._descriptor, self._readable)
            if not self._is_answered:
                self._acknowledge()
        deadline, self._due = step.deadline, step.until
        if deadline is not None and (self._due is None or deadline.at < self._due):
            self._due = deadline.at
        return PENDING

    def _readable(self) -> None:
        if not isinstance(self._step, Receive):
            self._stop_reading()  # until the procedure wants more
            return
        try:
            data = self._read()
        except ConnectionLost as lost:
            self._resume(error=lost)
            return
        if data is not None:
            self._resume(Received(data, monotonic_ns()))
            if not self._is_answered and self._step is not None:
                self._acknowledge()

    def _read(self) -> bytes | None:
        """Return what has come, nothing at the end, None where there is nothing yet."""
        try:
            data = self._socket.recv(_CHUNK)
        except (BlockingIOError, InterruptedError):
            return None
        except OSError as error:
            self._stop_reading()
            raise self._broken(error) from error
        self._is_answered = False
        if not data:
            self._at_end = True
            self._stop_reading()
        return data

    def _acknowledge(self) -> None:
        """Acknowledge at once what is no whole PDU: the rest may wait for that."""
        with suppress(OSError):
            acknowledge(self._socket)

    def _broken(self, error: OSError) -> ConnectionLost:
        self._error = error.with_traceback(None)
        return ConnectionLost(error)

    def _stop_reading(self) -> None:
        if self._is_read:
            self._is_read = False
            self._loop.remove_reader(self._descriptor)

    # Writing ----------------------------------------------------------------------------------------

    def _send(self, step: Send) -> Any:
        if self._error is not None:
            raise ConnectionLost(self._error)
        self._begun, self._is_answered = monotonic_ns(), True
        data = step.data
        if not self._unsent:
            try:
                data = data[self._socket.send(data) :]
            except (BlockingIOError, InterruptedError):
                pass
            except OSError as error:
                raise self._broken(error) from error
            if not data:
                return self._begun
            self._loop.add_writer(self._descriptor, self._writable)
        self._unsent += data
        self._write_within(step, self._begun, self._send_timeout)
        return PENDING

    def _writable(self) -> None:
        try:
            del self._unsent[: self._socket.send(self._unsent)]
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self._forget_unsent()
            self._stop_reading()
            lost = self._broken(error)
            if isinstance(self._step, Send | Receive):
                self._resume(error=lost)
            return
        if not self._unsent:
            self._loop.remove_writer(self._descriptor)
            if isinstance(self._step, Send):
                self._resume(self._begun)

    def _forget_unsent(self) -> None:
        if self._unsent:
            self._unsent.clear()
            self._loop.remove_writer(self._descriptor)

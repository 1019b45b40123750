"""The driver on a blocking socket: one thread, one connection."""

import select
import socket
from collections.abc import Generator
from contextlib import AbstractContextManager, nullcontext
from time import monotonic_ns, sleep
from typing import TYPE_CHECKING, Any, TypeVar

from dcmtool.errors import ConnectionLost, TransportError
from dcmtool.steps import (
    LONGEST_WAIT,
    Clock,
    Close,
    Connect,
    Connected,
    Deadline,
    Receive,
    Received,
    Result,
    Send,
    Step,
    Wait,
)
from dcmtool.transport.addresses import Address, acknowledge, is_numeric, look_up, look_up_aside, share_of
from dcmtool.transport.failures import check_time, idle_time, no_connection, ran_out, too_late

if TYPE_CHECKING:
    from dcmtool.transport.tls import PreparedTls

_Report = TypeVar("_Report")
_Waiting = AbstractContextManager[object]
# Milliseconds of a wait: a signal that comes just before one, after Python looked for it, is seen at its end.
PIECE = 500.0
CHUNK = 16384  # the default maximum length of a PDU: one read takes one PDU


def run(
    procedure: Generator[Step, Any, _Report],
    tls: "PreparedTls | None" = None,
    waiting: _Waiting | None = None,
) -> _Report:
    """Take every step that a procedure asks for, over TLS if it is given, and return the report.

    Every wait is a `with` block of `waiting`, which may keep Ctrl-C back until there is one.
    """
    if tls is not None:
        from dcmtool.transport.tls_layer import over_tls

        procedure = over_tls(procedure, tls)
    connection = _Connection(waiting or nullcontext())
    try:
        step = next(procedure)
        while True:
            try:
                step = procedure.send(connection.obey(step))
            except (TransportError, KeyboardInterrupt) as error:
                step = procedure.throw(error)
    except StopIteration as stop:
        report: _Report = stop.value
        return report
    finally:
        connection.close()


class _Connection:
    """A TCP connection that is bounded in time by the deadline of each step and by the socket timeout."""

    def __init__(self, waiting: _Waiting) -> None:
        self._waiting = waiting
        self._socket: socket.socket | None = None
        self._socket_timeout: float | None = None
        self._readable = select.poll()
        self._pieces = 0  # received since the last write

    def obey(self, step: Step) -> Result:
        if isinstance(step, Receive):
            return self._receive(step)
        if isinstance(step, Send):
            return self._send(step)
        if isinstance(step, Clock):
            return monotonic_ns()
        if isinstance(step, Connect):
            with self._waiting:
                return self._connect(step)
        if isinstance(step, Wait):
            self._sleep_until(step.until)
            return None
        assert isinstance(step, Close), "TLS needs its settings"
        self.close()
        return None

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _connect(self, step: Connect) -> Connected:
        addresses = _look_up_in_time(step)
        resolved_at = monotonic_ns()
        self._socket_timeout = step.socket_timeout and min(step.socket_timeout, LONGEST_WAIT)
        attempts: list[tuple[str, OSError]] = []
        for index, address in enumerate(addresses):
            timeout = share_of(step, monotonic_ns(), len(addresses) - index)
            try:
                self._socket = _open(address, timeout)
            except OSError as error:
                attempts.append((address.text, error))
            else:
                self._readable = select.poll()
                self._readable.register(self._socket, select.POLLIN)
                return Connected(address.text, step.port, resolved_at, monotonic_ns())
        raise no_connection(step, attempts)

    def _send(self, step: Send) -> int:
        connection, data = self._open_socket, step.data
        begun = monotonic_ns()
        while data:  # one write takes all of it, unless the peer does not read
            try:
                data = data[connection.send(data, socket.MSG_DONTWAIT) :]
            except BlockingIOError:
                writable = select.poll()
                writable.register(connection, select.POLLOUT)
                self._await(writable, "progress in sending", step.deadline)
            except OSError as error:
                raise ConnectionLost(error) from error
        self._pieces = 0
        return begun

    def _receive(self, step: Receive) -> Received | None:
        connection = self._open_socket
        if step.deadline is not None:
            check_time(step, monotonic_ns())
        if self._pieces:
            acknowledge(connection)
        self._pieces += 1
        while True:
            if step.until is not None and not self._comes_before(step.until, step):
                return None
            self._await(self._readable, step.awaited, step.deadline)
            try:
                return Received(connection.recv(CHUNK, socket.MSG_DONTWAIT), monotonic_ns())
            except BlockingIOError:  # there was less than it seemed: a segment with a wrong checksum
                continue
            except OSError as error:
                raise ConnectionLost(error) from error

    def _comes_before(self, until: int, step: Receive) -> bool:
        come = self._is_ready(self._readable, idle_time(step, until, monotonic_ns()))
        if not come:
            check_time(step, monotonic_ns())
        return come

    @property
    def _open_socket(self) -> socket.socket:
        assert self._socket is not None, "a procedure connects first"
        return self._socket

    def _await(self, poll: "select.poll", awaited: str, deadline: Deadline | None) -> None:
        """Wait for the socket, at most for what is left of the deadline and of -ts.

        Not the kernel's own timeouts: whenever a signal arrives they begin anew.
        """
        timeout = self._socket_timeout
        if deadline is not None:
            remaining = deadline.remaining(monotonic_ns())
            timeout = remaining if timeout is None else min(remaining, timeout)
        wanted = PIECE if timeout is None else timeout * 1000
        with self._waiting:
            ready = poll.poll(PIECE if wanted > PIECE else wanted)
        if not (ready or self._is_ready(poll, None if timeout is None else timeout - PIECE / 1000)):
            raise ran_out(awaited, deadline, self._socket_timeout, monotonic_ns())

    def _is_ready(self, poll: "select.poll", seconds: float | None) -> bool:
        """Wait for the socket, in pieces; None is for ever."""
        end = None if seconds is None else monotonic_ns() + int(seconds * 1_000_000_000)
        with self._waiting:
            while not poll.poll(PIECE if end is None else _piece_until(end)):
                if end is not None and monotonic_ns() >= end:
                    return False
        return True

    def _sleep_until(self, end: int) -> None:
        with self._waiting:
            while (piece := _piece_until(end)) > 0:
                sleep(piece / 1000)


def _piece_until(end: int) -> float:
    return min(PIECE, max(0, end - monotonic_ns()) / 1_000_000)


def _open(address: Address, timeout: float | None) -> socket.socket:
    connection = socket.socket(address.family, socket.SOCK_STREAM)
    try:
        connection.settimeout(timeout)
        connection.connect(address.sockaddr)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.settimeout(None)
    except BaseException:
        connection.close()
        raise
    return connection


def _look_up_in_time(step: Connect) -> list[Address]:
    """Look a name up aside, so that a deadline ends it, or Ctrl-C."""
    if is_numeric(step.host):
        return look_up(step)
    from queue import Empty, SimpleQueue

    answers: SimpleQueue[list[Address] | TransportError] = SimpleQueue()
    look_up_aside(step, answers.put)
    try:
        answer = answers.get(timeout=step.deadline and step.deadline.remaining(monotonic_ns()))
    except Empty:
        assert step.deadline is not None
        raise too_late(step.deadline, f"address of {step.host}") from None
    if isinstance(answer, TransportError):
        raise answer
    return answer

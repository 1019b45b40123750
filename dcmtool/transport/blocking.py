"""The driver on a blocking socket: one thread, one connection."""

import socket
from collections.abc import Generator
from struct import pack
from time import monotonic_ns
from typing import Any, TypeVar

from dcmtool.errors import TransportError
from dcmtool.steps import (
    LONGEST_WAIT,
    Clock,
    Connect,
    Connected,
    Deadline,
    Receive,
    Received,
    Result,
    Send,
    Step,
)
from dcmtool.transport.addresses import Address, acknowledge, is_numeric, look_up, look_up_aside, share_of
from dcmtool.transport.failures import check_time, interrupted_wait, no_connection, too_late

_Report = TypeVar("_Report")
CHUNK = 16384  # the default maximum length of a PDU: one read takes one PDU


def run(procedure: Generator[Step, Any, _Report]) -> _Report:
    """Take every step that a procedure asks for and return its report."""
    connection = _Connection()
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

    def __init__(self) -> None:
        self._socket: socket.socket | None = None
        self._socket_timeout: float | None = None
        self._pieces = 0  # received since the last write
        self._bounds: dict[int, float | None] = {socket.SO_SNDTIMEO: None, socket.SO_RCVTIMEO: None}

    def obey(self, step: Step) -> Result:
        if isinstance(step, Receive):
            return self._receive(step)
        if isinstance(step, Send):
            return self._send(step)
        if isinstance(step, Clock):
            return monotonic_ns()
        if isinstance(step, Connect):
            return self._connect(step)
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
                return Connected(address.text, step.port, resolved_at, monotonic_ns())
        raise no_connection(step, attempts)

    def _send(self, step: Send) -> int:
        connection, data = self._open_socket, step.data
        begun = monotonic_ns()
        try:
            while data:  # one write takes all of it, unless the peer does not read
                self._bound(socket.SO_SNDTIMEO, step.deadline)
                data = data[connection.send(data) :]
        except OSError as error:
            raise interrupted_wait(
                error, "progress in sending", step.deadline, self._socket_timeout, monotonic_ns()
            ) from error
        self._pieces = 0
        return begun

    def _receive(self, step: Receive) -> Received:
        if step.deadline is not None:
            check_time(step, monotonic_ns())
        self._bound(socket.SO_RCVTIMEO, step.deadline)
        if self._pieces:
            acknowledge(self._open_socket)
        self._pieces += 1
        try:
            return Received(self._open_socket.recv(CHUNK), monotonic_ns())
        except OSError as error:
            raise interrupted_wait(
                error, step.awaited, step.deadline, self._socket_timeout, monotonic_ns()
            ) from error

    @property
    def _open_socket(self) -> socket.socket:
        assert self._socket is not None, "a procedure connects first"
        return self._socket

    def _bound(self, option: int, deadline: Deadline | None) -> None:
        """Bound the next read or write by what is left of the deadline and by -ts.

        The kernel keeps the time: Python's own timeouts would cost a poll before every read and write.
        """
        timeout = self._socket_timeout
        if deadline is not None:
            remaining = deadline.remaining(monotonic_ns())
            timeout = remaining if timeout is None else min(remaining, timeout)
        if timeout != self._bounds[option]:
            self._open_socket.setsockopt(socket.SOL_SOCKET, option, _timeval(timeout))
            self._bounds[option] = timeout


def _timeval(seconds: float | None) -> bytes:
    """Return seconds as the system's `struct timeval`, where zero means for ever, and so is never said."""
    microseconds = 0 if seconds is None else max(1, int(seconds * 1_000_000))
    return pack("@ll", *divmod(microseconds, 1_000_000))


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
    if step.deadline is None or is_numeric(step.host):
        return look_up(step)
    from queue import Empty, SimpleQueue

    answers: SimpleQueue[list[Address] | TransportError] = SimpleQueue()
    look_up_aside(step, answers.put)
    try:
        answer = answers.get(timeout=step.deadline.remaining(monotonic_ns()))
    except Empty:
        raise too_late(step.deadline, f"address of {step.host}") from None
    if isinstance(answer, TransportError):
        raise answer
    return answer

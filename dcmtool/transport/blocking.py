"""The driver on a blocking socket: one thread, one connection."""

import socket
from collections.abc import Generator
from time import monotonic_ns
from typing import Any, TypeVar

from dcmtool.errors import TransportError
from dcmtool.steps import Clock, Connect, Connected, Deadline, Receive, Received, Result, Send, Step
from dcmtool.transport.addresses import Address, is_numeric, look_up, look_up_aside, share_of
from dcmtool.transport.failures import interrupted_wait, no_connection, too_late

_Report = TypeVar("_Report")
CHUNK = 16384  # the default maximum length of a PDU: one read takes one PDU


def run(procedure: Generator[Step, Any, _Report]) -> _Report:
    """Take every step that a procedure asks for and return its report."""
    connection = _Connection()
    try:
        step = next(procedure)
        while True:
            try:
                result = connection.obey(step)
            except (TransportError, KeyboardInterrupt) as error:
                step = procedure.throw(error)
            else:
                step = procedure.send(result)
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
        self._set_timeout: float | None = None

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
        self._socket_timeout = step.socket_timeout
        attempts: list[tuple[str, OSError]] = []
        for index, address in enumerate(addresses):
            timeout = share_of(step, monotonic_ns(), len(addresses) - index)
            try:
                self._socket = _open(address, timeout)
            except OSError as error:
                attempts.append((address.text, error))
            else:
                self._set_timeout = timeout
                return Connected(address.text, step.port, resolved_at, monotonic_ns())
        raise no_connection(step, attempts)

    def _send(self, step: Send) -> int:
        connection = self._within(step.deadline)
        begun = monotonic_ns()
        try:
            connection.sendall(step.data)
        except OSError as error:
            raise interrupted_wait(
                error, "room to send", step.deadline, self._socket_timeout, monotonic_ns()
            ) from error
        return begun

    def _receive(self, step: Receive) -> Received:
        connection = self._within(step.deadline)
        try:
            return Received(connection.recv(CHUNK), monotonic_ns())
        except OSError as error:
            raise interrupted_wait(
                error, step.awaited, step.deadline, self._socket_timeout, monotonic_ns()
            ) from error

    def _within(self, deadline: Deadline | None) -> socket.socket:
        """Return the socket, its next operation bounded by what is left of the deadline and by -ts."""
        assert self._socket is not None, "a procedure connects first"
        timeout = self._socket_timeout
        if deadline is not None:
            remaining = deadline.remaining(monotonic_ns())
            timeout = remaining if timeout is None else min(remaining, timeout)
        if timeout != self._set_timeout:
            self._socket.settimeout(timeout)
            self._set_timeout = timeout
        return self._socket


def _open(address: Address, timeout: float | None) -> socket.socket:
    connection = socket.socket(address.family, socket.SOCK_STREAM)
    try:
        connection.settimeout(timeout)
        connection.connect(address.sockaddr)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
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

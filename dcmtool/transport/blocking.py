"""The driver on a blocking socket: one thread, one connection."""

import os
import select
import socket
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from time import monotonic_ns, sleep
from typing import TYPE_CHECKING, TypeVar

from dcmtool.errors import ConnectionLost, TransportError
from dcmtool.steps import (
    LONGEST_WAIT,
    Clock,
    Close,
    Connect,
    Connected,
    Deadline,
    Procedure,
    Receive,
    Received,
    Result,
    Send,
    Step,
    Wait,
)
from dcmtool.transport.addresses import (
    CHUNK,
    Address,
    acknowledge,
    is_numeric,
    look_up,
    look_up_aside,
    share_of,
    source_of,
)
from dcmtool.transport.failures import (
    check_time,
    idle_time,
    no_connection,
    ran_out,
    socket_bound,
    too_late,
)

if TYPE_CHECKING:
    from dcmtool.tls.contexts import PreparedTls

_Report = TypeVar("_Report")
_Waiting = AbstractContextManager[object]
_Readiness = Callable[[float], object]  # waits at most these milliseconds; true once the socket is ready
# Called with what is awaited and since when (monotonic ns) as often as a piece of a wait has brought nothing,
# and with None once such a wait is over.
Notice = Callable[[str | None, int], None]
# Milliseconds of a wait: a signal that comes just before one, after Python looked for it, is seen at its end.
PIECE = 500.0


def run(
    procedure: Procedure[_Report],
    tls: "PreparedTls | None" = None,
    waiting: _Waiting | None = None,
    notice: Notice | None = None,
) -> _Report:
    """Take every step that a procedure asks for, over TLS if it is given, and return the report.

    Every wait is a `with` block of `waiting`, which may keep Ctrl-C back until there is one; `notice` is told
    of those that take long.
    """
    if tls is not None:
        from dcmtool.tls.layer import over_tls

        procedure = over_tls(procedure, tls)
    connection = BlockingConnection(waiting or nullcontext(), notice)
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


class BlockingConnection:
    """A TCP connection whose waits end with the deadline of each step or the socket timeout.

    Its socket does not block, so that reading and writing never wait beyond what `_await` allows.
    """

    _readable: _Readiness  # once there is a connection

    def __init__(self, waiting: _Waiting, notice: Notice | None = None) -> None:
        self._waiting, self._notice = waiting, notice
        self._socket: socket.socket | None = None
        self._socket_timeout: float | None = None
        self._pieces = 0  # received since the last write

    def obey(self, step: Step) -> Result:
        if isinstance(step, Receive):
            return self._receive(step)
        if isinstance(step, Send):
            return self._send(step)
        if isinstance(step, Clock):
            return monotonic_ns()
        if isinstance(step, Connect):
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
        addresses = self.look_up(step)
        resolved_at = monotonic_ns()
        self._socket_timeout = step.socket_timeout and min(step.socket_timeout, LONGEST_WAIT)
        attempts: list[tuple[str, OSError]] = []
        for index, address in enumerate(addresses):
            timeout = share_of(step, monotonic_ns(), len(addresses) - index)
            try:
                self._socket = self._open(address, timeout, f"connection to {step.host} port {step.port}")
            except OSError as error:
                attempts.append((address.text, error))
            else:
                self._readable = _readiness(self._socket)
                at = monotonic_ns()
                return Connected(address.text, step.port, resolved_at, at, source_of(self._socket))
        raise no_connection(step, attempts)

    def look_up(self, step: Connect) -> list[Address]:
        """Look a name up aside, so that a deadline ends it, or Ctrl-C."""
        if is_numeric(step.host):
            return look_up(step)
        from queue import Empty, SimpleQueue

        answers: SimpleQueue[list[Address] | TransportError] = SimpleQueue()
        look_up_aside(step, answers.put)
        come: list[list[Address] | TransportError] = []

        def comes_within(milliseconds: float) -> bool:
            with suppress(Empty):
                come.append(answers.get(timeout=milliseconds / 1000))
            return bool(come)

        awaited = f"address of {step.host}"
        seconds = step.deadline and step.deadline.remaining(monotonic_ns())
        if not self._is_ready(comes_within, seconds, awaited):
            assert step.deadline is not None
            raise too_late(step.deadline, awaited)
        (answer,) = come
        if isinstance(answer, TransportError):
            raise answer
        return answer

    def _open(self, address: Address, timeout: float | None, awaited: str) -> socket.socket:
        connection = socket.socket(address.family, socket.SOCK_STREAM)
        try:
            connection.setblocking(False)
            try:
                connection.connect(address.sockaddr)
            except BlockingIOError:  # it takes longer than this call
                if not self._is_ready(_readiness(connection, writing=True), timeout, awaited):
                    raise TimeoutError("timed out") from None
                if number := connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
                    raise OSError(number, os.strerror(number)) from None
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except BaseException:
            connection.close()
            raise
        return connection

    def _send(self, step: Send) -> int:
        connection, data = self._open_socket, step.data
        begun = monotonic_ns()
        while data:  # one write takes all of it, unless the peer does not read
            try:
                data = data[connection.send(data) :]
            except BlockingIOError:
                ready = _readiness(connection, writing=True)
                self._await(ready, "progress in sending", step.deadline, self._socket_timeout)
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
        timeout = socket_bound(step, self._socket_timeout)
        while True:
            if step.until is not None and not self._comes_before(step.until, step):
                return None
            self._await(self._readable, step.awaited, step.deadline, timeout)
            try:
                return Received(connection.recv(CHUNK), monotonic_ns())
            except BlockingIOError:  # there was less than it seemed: a segment with a wrong checksum
                continue
            except OSError as error:
                raise ConnectionLost(error) from error

    def _comes_before(self, until: int, step: Receive) -> bool:
        come = self._is_ready(self._readable, idle_time(step, until, monotonic_ns()), None)
        if not come:
            check_time(step, monotonic_ns())
        return come

    @property
    def _open_socket(self) -> socket.socket:
        assert self._socket is not None, "a procedure connects first"
        return self._socket

    def _await(
        self,
        ready_within: _Readiness,
        awaited: str,
        deadline: Deadline | None,
        socket_timeout: float | None,
    ) -> None:
        """Wait for the socket, at most for what is left of the deadline and for the socket timeout.

        Not the kernel's own timeouts: whenever a signal arrives they begin anew.
        """
        timeout = socket_timeout
        if deadline is not None:
            remaining = deadline.remaining(monotonic_ns())
            timeout = remaining if timeout is None else min(remaining, timeout)
        wanted = PIECE if timeout is None else timeout * 1000
        with self._waiting:
            ready = ready_within(PIECE if wanted > PIECE else wanted)
        if ready:
            return
        rest, passed = (None if timeout is None else timeout - PIECE / 1000), int(PIECE * 1_000_000)
        if not self._is_ready(ready_within, rest, awaited, passed):
            raise ran_out(awaited, deadline, socket_timeout, monotonic_ns())

    def _is_ready(
        self, ready_within: _Readiness, seconds: float | None, awaited: str | None, passed: int = 0
    ) -> bool:
        """Wait in pieces, None is for ever; of what is `awaited` so many nanoseconds have passed already."""
        begun = monotonic_ns()
        end = None if seconds is None else begun + int(seconds * 1_000_000_000)
        notice = None if awaited is None else self._notice
        try:
            with self._waiting:
                while not ready_within(PIECE if end is None else _piece_until(end)):
                    if end is not None and monotonic_ns() >= end:
                        return False
                    if notice is not None:
                        notice(awaited, begun - passed)
        finally:
            if notice is not None:
                notice(None, 0)
        return True

    def _sleep_until(self, end: int) -> None:
        with self._waiting:
            while (piece := _piece_until(end)) > 0:
                sleep(piece / 1000)


def _readiness(connection: socket.socket, *, writing: bool = False) -> _Readiness:
    """Return what waits until a socket can be read, or written, for some milliseconds at most.

    Windows has only `select`, which elsewhere cannot watch descriptors from 1024 on.
    """
    if sys.platform != "win32" and hasattr(select, "poll"):
        poll = select.poll()
        poll.register(connection, select.POLLOUT if writing else select.POLLIN)
        return poll.poll
    watched, nothing = [connection], list[socket.socket]()
    readers, writers = (nothing, watched) if writing else (watched, nothing)
    # A connection that fails is exceptional on Windows, not writable.
    return lambda milliseconds: any(select.select(readers, writers, writers, milliseconds / 1000))


def _piece_until(end: int) -> float:
    return min(PIECE, max(0, end - monotonic_ns()) / 1_000_000)

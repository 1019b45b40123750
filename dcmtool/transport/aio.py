"""The driver on asyncio: many connections in one thread, the same procedures."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Generator
from contextlib import suppress
from functools import partial
from time import monotonic_ns
from typing import TYPE_CHECKING, Any, TypeVar

from dcmtool.errors import ConnectionLost, TransportError
from dcmtool.steps import (
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
from dcmtool.transport.blocking import CHUNK
from dcmtool.transport.failures import (
    check_time,
    idle_time,
    is_our_bound,
    no_connection,
    ran_out,
    too_late,
)

if TYPE_CHECKING:
    from dcmtool.transport.tls import PreparedTls

_Report = TypeVar("_Report")
_Value = TypeVar("_Value")


async def run(procedure: Generator[Step, Any, _Report], tls: "PreparedTls | None" = None) -> _Report:
    """Take every step that a procedure asks for, over TLS if it is given, and return the report.

    Cancelling closes the connection.
    """
    if tls is not None:
        from dcmtool.transport.tls_layer import over_tls

        procedure = over_tls(procedure, tls)
    connection = _Connection()
    try:
        step = next(procedure)
        while True:
            try:
                step = procedure.send(await connection.obey(step))
            except TransportError as error:
                step = procedure.throw(error)
    except StopIteration as stop:
        report: _Report = stop.value
        return report
    finally:
        connection.close()
        procedure.close()


class _Connection:
    """A TCP connection whose waits end with the deadline of each step or the socket timeout."""

    def __init__(self) -> None:
        self._socket: socket.socket | None = None
        self._socket_timeout: float | None = None
        self._pieces = 0  # received since the last write

    async def obey(self, step: Step) -> Result:
        if isinstance(step, Receive):
            return await self._receive(step)
        if isinstance(step, Send):
            return await self._send(step)
        if isinstance(step, Clock):
            return monotonic_ns()
        if isinstance(step, Connect):
            return await self._connect(step)
        if isinstance(step, Wait):
            await asyncio.sleep(max(0, step.until - monotonic_ns()) / 1_000_000_000)
            return None
        assert isinstance(step, Close), "TLS needs its settings"
        self.close()
        return None

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    async def _connect(self, step: Connect) -> Connected:
        addresses = await _look_up_in_time(step)
        resolved_at = monotonic_ns()
        self._socket_timeout = step.socket_timeout
        attempts: list[tuple[str, OSError]] = []
        for index, address in enumerate(addresses):
            try:
                timeout = share_of(step, monotonic_ns(), len(addresses) - index)
                self._socket = await _open(address, timeout)
            except OSError as error:
                attempts.append((address.text, error))
            else:
                return Connected(address.text, step.port, resolved_at, monotonic_ns())
        raise no_connection(step, attempts)

    async def _send(self, step: Send) -> int:
        loop = asyncio.get_running_loop()
        begun = monotonic_ns()
        sending = loop.sock_sendall(self._open_socket, step.data)
        await self._within(step.deadline, "progress in sending", sending)
        self._pieces = 0
        return begun

    async def _receive(self, step: Receive) -> Received | None:
        check_time(step, monotonic_ns())
        if self._pieces:
            acknowledge(self._open_socket)
        self._pieces += 1
        if step.until is not None and not await self._comes_before(step.until, step):
            return None
        loop = asyncio.get_running_loop()
        data = await self._within(step.deadline, step.awaited, loop.sock_recv(self._open_socket, CHUNK))
        return Received(data, monotonic_ns())

    async def _comes_before(self, until: int, step: Receive) -> bool:
        """Wait for the socket alone: what a read that is cancelled has taken from it would be lost."""
        loop, connection, come = asyncio.get_running_loop(), self._open_socket, asyncio.Event()
        loop.add_reader(connection, come.set)
        try:
            async with asyncio.timeout(idle_time(step, until, monotonic_ns())):
                await come.wait()
        except TimeoutError:
            check_time(step, monotonic_ns())
        finally:
            loop.remove_reader(connection)
        return come.is_set()

    @property
    def _open_socket(self) -> socket.socket:
        assert self._socket is not None, "a procedure connects first"
        return self._socket

    async def _within(self, deadline: Deadline | None, awaited: str, operation: Awaitable[_Value]) -> _Value:
        """Await a socket operation, bounded by what is left of the deadline and by the socket timeout."""
        timeout = self._socket_timeout
        if deadline is not None:
            remaining = deadline.remaining(monotonic_ns())
            timeout = remaining if timeout is None else min(remaining, timeout)
        try:
            async with asyncio.timeout(timeout):
                return await operation
        except OSError as error:
            if is_our_bound(error):
                raise ran_out(awaited, deadline, self._socket_timeout, monotonic_ns()) from error
            raise ConnectionLost(error) from error


async def _open(address: Address, timeout: float | None) -> socket.socket:
    connection = socket.socket(address.family, socket.SOCK_STREAM)
    try:
        connection.setblocking(False)
        async with asyncio.timeout(timeout):
            await asyncio.get_running_loop().sock_connect(connection, address.sockaddr)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except BaseException:
        connection.close()
        raise
    return connection


async def _look_up_in_time(step: Connect) -> list[Address]:
    if is_numeric(step.host):
        return look_up(step)
    loop = asyncio.get_running_loop()
    future: asyncio.Future[list[Address] | TransportError] = loop.create_future()

    def deliver(answer: list[Address] | TransportError) -> None:
        if not future.done():
            future.set_result(answer)

    look_up_aside(step, partial(_call_if_running, loop, deliver))
    try:
        async with asyncio.timeout(step.deadline and step.deadline.remaining(monotonic_ns())):
            answer = await future
    except TimeoutError:
        assert step.deadline is not None
        raise too_late(step.deadline, f"address of {step.host}") from None
    if isinstance(answer, TransportError):
        raise answer
    return answer


def _call_if_running(
    loop: asyncio.AbstractEventLoop,
    deliver: Callable[[list[Address] | TransportError], None],
    answer: list[Address] | TransportError,
) -> None:
    with suppress(RuntimeError):  # the loop is closed: nobody waits any more
        loop.call_soon_threadsafe(deliver, answer)

"""The relay's connection to the node: its name looked up aside, its addresses tried one after the other."""

import asyncio
import socket
from contextlib import suppress
from functools import partial
from time import monotonic_ns

from dcmtool.errors import ConnectFailed, DeadlineExpired, TransportError
from dcmtool.settings import Peer
from dcmtool.steps import Connect, Deadline
from dcmtool.transport.addresses import Address, is_numeric, look_up, look_up_aside, share_of

_Found = list[Address] | TransportError


async def connected(node: Peer, seconds: float) -> tuple[socket.socket, str]:
    """Return a connection to the node, and the address that it is to.

    Raises:
        NameNotResolved: it has no address.
        ConnectFailed: none of its addresses takes a connection.
        DeadlineExpired: the name was not looked up in time.
    """
    deadline = Deadline.after(monotonic_ns(), "connect", seconds)
    step = Connect(node.host, node.port, node.family, deadline, None)
    try:
        async with asyncio.timeout(seconds):
            addresses = look_up(step) if is_numeric(node.host) else await _looked_up(step)
    except TimeoutError as error:
        raise DeadlineExpired(f"address of {node.host}", "connect", seconds) from error
    attempts = []
    for number, address in enumerate(addresses):
        try:
            async with asyncio.timeout(share_of(step, monotonic_ns(), len(addresses) - number)):
                return await _connection(address), address.text
        except OSError as error:  # TimeoutError is one
            if isinstance(error, TimeoutError) and not error.errno:
                error = TimeoutError(f"no answer within {seconds:g} s")
            attempts.append((address.text, error))
    raise ConnectFailed(node.host, node.port, tuple(attempts))


async def _looked_up(step: Connect) -> list[Address]:
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[_Found] = loop.create_future()
    look_up_aside(step, partial(_deliver, loop, answer))
    found = await answer
    if isinstance(found, TransportError):
        raise found
    return found


def _deliver(loop: asyncio.AbstractEventLoop, answer: "asyncio.Future[_Found]", found: _Found) -> None:
    with suppress(RuntimeError):  # the loop is closed: nobody waits any more
        loop.call_soon_threadsafe(_set, answer, found)


def _set(answer: "asyncio.Future[_Found]", found: _Found) -> None:
    if not answer.done():  # by the time running out
        answer.set_result(found)


async def _connection(address: Address) -> socket.socket:
    connection = socket.socket(address.family, socket.SOCK_STREAM)
    try:
        connection.setblocking(False)
        await asyncio.get_running_loop().sock_connect(connection, address.sockaddr)
    except BaseException:
        connection.close()
        raise
    return connection

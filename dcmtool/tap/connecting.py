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


class NodeWay:
    """The way to a node, each time in at most so many seconds."""

    def __init__(self, node: Peer, seconds: float) -> None:
        self._node, self._seconds = node, seconds
        self._asked: asyncio.Future[_Found] | None = None  # of all who need the addresses now

    async def connected(self) -> tuple[socket.socket, str]:
        """Return a connection to the node, and the address that it is to.

        Raises:
            NameNotResolved: it has no address.
            ConnectFailed: none of its addresses takes a connection.
            DeadlineExpired: the name was not looked up in time.
        """
        node, seconds = self._node, self._seconds
        deadline = Deadline.after(monotonic_ns(), "connect", seconds)
        step = Connect(node.host, node.port, node.family, deadline, None)
        try:
            async with asyncio.timeout(seconds):
                addresses = look_up(step) if is_numeric(node.host) else await self._looked_up(step)
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

    async def _looked_up(self, step: Connect) -> list[Address]:
        """Return the addresses; the name server is asked once for all who wait at a time."""
        if self._asked is None or self._asked.done():
            loop = asyncio.get_running_loop()
            self._asked = loop.create_future()
            look_up_aside(step, partial(_deliver, loop, self._asked))
        found = await asyncio.shield(self._asked)
        if isinstance(found, TransportError):
            raise found
        return found


def _deliver(loop: asyncio.AbstractEventLoop, answer: "asyncio.Future[_Found]", found: _Found) -> None:
    with suppress(RuntimeError):  # the loop is closed: nobody waits any more
        loop.call_soon_threadsafe(answer.set_result, found)


async def _connection(address: Address) -> socket.socket:
    connection = socket.socket(address.family, socket.SOCK_STREAM)
    try:
        connection.setblocking(False)
        await asyncio.get_running_loop().sock_connect(connection, address.sockaddr)
    except BaseException:
        connection.close()
        raise
    return connection

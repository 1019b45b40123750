"""The driver that listens: a procedure for each connection, all of them on one event loop in one thread."""

import asyncio
import errno
import socket
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from dcmtool.errors import ListenFailed, TransportError
from dcmtool.text import bare_host, zone_missing
from dcmtool.transport.accepted import Connection, Served, SocketAddress
from dcmtool.transport.addresses import plain_address, why_unresolved

BACKLOG = 1024  # where it is full, the system has clients wait a second
# The event loop with readers and writers uses select() on Windows, which takes 512 sockets.
MOST_CONNECTIONS = 500 if sys.platform == "win32" else 1 << 20
RETRY = 1.0  # seconds until it is tried again to take a connection, where the system has nothing left for it
_AT_ONCE = 64  # connections that are taken before those that are open have their turn
_LEAVING = 1.0  # seconds for the loop to end, which only a callback that hangs would need
_QUIET = 60.0  # seconds after a complaint without another
_NOTHING_LEFT = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)

Serve = Callable[[Connection], Served | None]


class Server:
    """Listens from when it is made; `serve` makes the procedure of each connection, within its thread.

    A connection that it makes none for is closed at once. An empty host is every IPv4 address of the
    machine, `::` every address of both families. `complain` is called with a sentence where the system has
    nothing left for a connection, `failed` where a procedure or `serve` raised what it should not have;
    `stop` raises the first of these.

    Raises:
        ListenFailed: the address cannot be listened on.
    """

    def __init__(
        self,
        host: str,
        port: int,
        serve: Serve,
        *,
        send_timeout: float | None = None,
        complain: Callable[[str], object] = lambda _sentence: None,
        failed: Callable[[], object] = lambda: None,
    ) -> None:
        self._serve, self._send_timeout = serve, send_timeout
        self._complain, self._call_failed = complain, failed
        self._quiet_until = 0.0
        self._connections: set[Connection] = set()
        self._changed = threading.Condition()
        self._failure: BaseException | None = None
        self._retry: asyncio.TimerHandle | None = None
        self._listener = bound(host, port)
        self._is_listening = True
        self.address = SocketAddress(*plain_address(self._listener.getsockname()))
        try:
            self._loop = asyncio.SelectorEventLoop()
        except OSError as error:
            self._listener.close()
            raise ListenFailed(host, port, error) from error
        self._loop.set_exception_handler(self._callback_failed)
        self._loop.add_reader(self._listener, self._accept)
        self._thread = threading.Thread(target=self._run, name="listener", daemon=True)
        try:
            self._thread.start()
        except RuntimeError as error:
            self._close()
            self._loop.close()
            raise ListenFailed(host, port, OSError("the system has no thread left for it")) from error

    def stop(self, cause: TransportError, seconds: float) -> None:
        """Listen no more, throw the cause into every procedure, and leave them so many seconds to end."""
        self._call(self._interrupt_all, cause)
        with self._changed:
            self._changed.wait_for(lambda: not (self._connections or self._is_listening), seconds)
        self._call(self._loop.stop)
        self._thread.join(_LEAVING)
        if self._failure is not None:
            raise self._failure

    def _call(self, function: Callable[..., object], *arguments: Any) -> None:
        with suppress(RuntimeError):  # the loop is closed: something has ended it
            self._loop.call_soon_threadsafe(function, *arguments)

    # Within its thread ------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            self._loop.run_forever()
        except BaseException as error:  # such as SystemExit, which a loop lets pass
            self._fail(error)
        finally:
            self._close()
            for connection in tuple(self._connections):
                connection.abort()
            self._loop.close()

    def _accept(self) -> None:
        """Take the connections that wait to be."""
        if (obstacle := take_waiting(self._listener, self._begin)) is not None:
            self._pause_accepting(obstacle)

    def _begin(self, taken: socket.socket, peer: SocketAddress) -> None:
        connection = Connection(self._loop, taken, peer, self._send_timeout, self._ended)
        self._connections.add(connection)
        try:
            procedure = self._serve(connection)
        except Exception as error:
            self._fail(error)
            procedure = None
        if procedure is None:
            connection.abort()
        else:
            connection.serve(procedure)

    def _pause_accepting(self, obstacle: str) -> None:
        """Take no connection until one has ended, or for a while."""
        self._loop.remove_reader(self._listener)
        self._retry = self._loop.call_later(RETRY, self._accept_again)
        if self._loop.time() >= self._quiet_until:
            self._quiet_until = self._loop.time() + _QUIET
            self._complain(obstacle)

    def _accept_again(self) -> None:
        if self._retry is not None:
            self._retry.cancel()
            self._retry = None
            self._loop.add_reader(self._listener, self._accept)

    def _ended(self, connection: Connection, failure: BaseException | None) -> None:
        """Note that a connection is gone."""
        if failure is not None:
            self._fail(failure)
        self._accept_again()
        with self._changed:
            self._connections.discard(connection)
            self._changed.notify_all()

    def _interrupt_all(self, cause: TransportError) -> None:
        self._close()
        for connection in tuple(self._connections):
            connection.interrupt(cause)

    def _close(self) -> None:
        """Listen no more."""
        with self._changed:
            if self._is_listening:
                self._is_listening = False
                self._accept_again()
                self._loop.remove_reader(self._listener)
                self._listener.close()
            self._changed.notify_all()

    def _callback_failed(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if error is not None:
            self._fail(error)

    def _fail(self, failure: BaseException) -> None:
        if self._failure is None:
            self._failure = failure
            self._call_failed()


def take_waiting(
    listener: socket.socket, take: Callable[[socket.socket, SocketAddress], object]
) -> str | None:
    """Take the connections that wait to be; return why not, where the system has nothing left."""
    for _ in range(_AT_ONCE):
        try:
            connection, name = listener.accept()
        except OSError as error:  # also of the one connection, which is gone already (accept(2))
            if error.errno in _NOTHING_LEFT:
                return f"no connection can be taken for now: {error.strerror}"
            return None
        connection.setblocking(False)
        take(connection, SocketAddress(*plain_address(name)))
    return None


def bound(host: str, port: int) -> socket.socket:
    """Return a socket that listens on an address of this machine, which may stand in brackets as in URLs.

    Raises:
        ListenFailed: the address cannot be listened on.
    """
    bare = bare_host(host)
    if missing := zone_missing(host):
        raise ListenFailed(host, port, OSError(f"it {missing}"))
    try:
        found = socket.getaddrinfo(bare or "0.0.0.0", port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, _, _, _, name = found[0]
        listener = socket.socket(family, socket.SOCK_STREAM)
        try:
            _prepare(listener)
            listener.bind(name)
            listener.setblocking(False)
            listener.listen(BACKLOG)  # here rather than later, so that a port in use is noticed now
        except BaseException:
            listener.close()
            raise
    except socket.gaierror as error:  # its numbers are not the system's
        raise ListenFailed(host, port, OSError(why_unresolved(bare, error))) from error
    except OSError as error:
        raise ListenFailed(host, port, error) from error
    except (UnicodeError, ValueError) as error:
        raise ListenFailed(host, port, OSError("it is no host name")) from error
    return listener


def _prepare(listener: socket.socket) -> None:
    """Let the port be taken again at once, and IPv4 connections on an IPv6 socket, whatever the default."""
    if hasattr(socket, "SO_EXCLUSIVEADDRUSE"):  # Windows, where SO_REUSEADDR shares a port with strangers
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
    else:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if listener.family == socket.AF_INET6:
        listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)

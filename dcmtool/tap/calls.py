"""The connections that are open through a relay: who may have one, and what is said of each at its end."""

import asyncio
import socket
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from typing import TYPE_CHECKING

from dcmtool.capture.connection import Endpoint, ObservedConnection
from dcmtool.capture.observer import ConnectionObserver
from dcmtool.errors import ConnectFailed, TransportError
from dcmtool.tap.connecting import NodeWay
from dcmtool.tap.direction import CHUNK
from dcmtool.tap.relayed import RelayedConnection, reset
from dcmtool.tap.settings import TapSettings
from dcmtool.tap.witness import Recorder, Witness
from dcmtool.transport.addresses import plain_address
from dcmtool.transport.listening import MOST_CONNECTIONS

if TYPE_CHECKING:
    from dcmtool.events import Listener

_SECOND = 1_000_000_000
_LOOKS = 1.0  # seconds between two looks at what is open
_QUIET = 10.0  # seconds after a complaint about a limit without another


class TapTotals:
    """What it all came to; `bytes` are those that were passed on."""

    def __init__(self) -> None:
        self.connections = self.unreachable = self.turned_away = self.silent = 0
        self.bytes = 0


class Calls:
    """Takes callers, within the thread that relays; `done` is called once as many have ended as were asked.

    A connection on which nothing was sent, such as that of a health check, is reported and not counted.
    """

    def __init__(
        self,
        settings: TapSettings,
        now: Callable[[], int],
        report: Callable[[ObservedConnection], object],
        complain: Callable[[str], object],
        opened: Callable[[int, str], object],
        done: Callable[[], object],
        *,
        listener: "Listener | None",
        record: Callable[[Endpoint, Endpoint], Recorder] | None,
    ) -> None:
        self._settings, self._now, self._report, self._complain = settings, now, report, complain
        self._opened, self._done, self._listener, self._record = opened, done, listener, record
        self._most = min(settings.max_associations, MOST_CONNECTIONS // 2)
        self._most_of_one = min(settings.max_per_address or self._most, self._most)
        self._of_address: Counter[str] = Counter()
        self._tasks: dict[asyncio.Task[None], None] = {}
        self._open: dict[RelayedConnection, tuple[Endpoint, Witness]] = {}
        self._room = memoryview(bytearray(CHUNK))
        self._number = 0
        self._quiet_until = 0.0
        self._way = NodeWay(settings.node, settings.timeout)
        self.totals = TapTotals()

    def begin(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin to look at what is open."""
        self._loop = loop
        self._every = min(_LOOKS, self._settings.idle_timeout / 2)
        loop.call_later(self._every, self._look)

    def take(self, caller: socket.socket, name: tuple[str, int]) -> None:
        """Take a connection, or reset it where there are too many."""
        open_now, of_one = self._of_address.total(), self._of_address[name[0]]
        if open_now >= self._most or of_one >= self._most_of_one:
            reset(caller)
            self.totals.turned_away += 1
            if self._loop.time() >= self._quiet_until:
                self._quiet_until = self._loop.time() + _QUIET
                open_are = f"{open_now} are" if open_now >= self._most else f"{of_one} of its own are"
                self._complain(f"connection from {name[0]} port {name[1]} turned away: {open_are} open")
            return
        self._of_address[name[0]] += 1
        self._number += 1
        task = self._loop.create_task(self._connect(self._number, caller, Endpoint(*name)))
        self._tasks[task] = None
        task.add_done_callback(self._connected)

    async def end(self) -> None:
        """Reset all that is open, and report it."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        with ExitStack() as stack:  # whatever is raised in reporting one, the others are reset too
            for connection in self._open:
                stack.callback(connection.end, "ended by the tap, which was stopped")

    # Inside -----------------------------------------------------------------------------------------

    def _connected(self, task: "asyncio.Task[None]") -> None:
        """Forget a task that has ended; what it raised ends the relay."""
        del self._tasks[task]
        if not task.cancelled() and (error := task.exception()) is not None:
            raise error

    async def _connect(self, number: int, caller: socket.socket, requestor: Endpoint) -> None:
        """Connect a caller to the node, or reset it where that cannot be."""
        began = self._now()
        node = self._settings.node
        try:
            self._opened(number, str(requestor))
            connection, address = await self._way.connected()
            acceptor = Endpoint(*plain_address((address, node.port)))
        except TransportError as error:
            reset(caller)
            attempts = error.attempts if isinstance(error, ConnectFailed) else ()
            place = Endpoint(attempts[-1][0] if attempts else node.host, node.port)
            witness = self._witness(number, requestor, place, began)
            if attempts:  # nothing is sent to a host without an address
                witness.syn(began)
            if attempts and isinstance(attempts[-1][1], ConnectionRefusedError):
                witness.reset("acceptor", self._now())
            self.totals.unreachable += 1
            self._conclude(witness, requestor, f"the tap could not reach the node: {error}")
            self._count()
            return
        except BaseException:
            reset(caller)
            raise
        witness = self._witness(number, requestor, acceptor, began)
        witness.syn(began)
        witness.opened(self._now())
        relayed = RelayedConnection(
            *(self._loop, caller, connection, witness, self._settings, self._room, self._now, self._ended)
        )
        self._open[relayed] = requestor, witness

    def _witness(self, number: int, requestor: Endpoint, acceptor: Endpoint, began: int) -> Witness:
        observer = ConnectionObserver(number, requestor, acceptor, began, self._listener)
        return Witness(observer, self._record and self._record(requestor, acceptor))

    def _ended(self, relayed: RelayedConnection) -> None:
        requestor, witness = self._open.pop(relayed)
        self.totals.bytes += relayed.bytes
        self._conclude(witness, requestor, relayed.note)
        if relayed.bytes or relayed.note:
            self._count()
        else:
            self.totals.silent += 1

    def _count(self) -> None:
        self.totals.connections += 1
        if self._settings.count is not None and self.totals.connections >= self._settings.count:
            self._done()

    def _conclude(self, witness: Witness, requestor: Endpoint, note: str) -> None:
        self._of_address[requestor.address] -= 1
        if not self._of_address[requestor.address]:
            del self._of_address[requestor.address]
        connection = witness.conclusion()
        if note:
            connection = connection._replace(warnings=(*connection.warnings, note))
        self._report(connection)

    def _look(self) -> None:
        """Look at what is open, and again later."""
        silent_since = self._now() - int(self._settings.idle_timeout * _SECOND)
        for connection in tuple(self._open):
            connection.look(silent_since)
        self._loop.call_later(self._every, self._look)

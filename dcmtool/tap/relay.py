"""The relay: listens, has each caller connected to the node, and ends all that is open at its end."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from time import monotonic_ns, time_ns
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from dcmtool.capture.connection import ObservedConnection
from dcmtool.errors import ListenFailed
from dcmtool.tap.calls import Calls
from dcmtool.tap.settings import TapSettings
from dcmtool.tap.witness import Recorder
from dcmtool.transport.accepted import SocketAddress
from dcmtool.transport.addresses import plain_address
from dcmtool.transport.listening import RETRY, bound, take_waiting

if TYPE_CHECKING:
    from dcmtool.capture.connection import Endpoint
    from dcmtool.events import Listener

_LEAVING = 2.0  # seconds for the loop to end, which only a callback that hangs would need
_LOOK = 0.2  # seconds between two looks whether a signal has come

Record = Callable[["Endpoint", "Endpoint"], Recorder]


class Relay:
    """A relay that listens while it is entered; `report` is called when a connection has ended.

    It is called from the one thread that relays, so it has to be quick; what it raises ends the wait, and is
    raised on leaving. `complain` is called there with a sentence about what the relay could not do, `opened`
    with the number of a connection and who called, and `listener` with each event of each association.
    `record` makes what keeps a connection, of caller and node.

    Raises:
        ListenFailed: on entering, the address cannot be listened on.
    """

    def __init__(
        self,
        settings: TapSettings,
        report: Callable[[ObservedConnection], object],
        complain: Callable[[str], object] = lambda _sentence: None,
        *,
        opened: Callable[[int, str], object] = lambda _number, _caller: None,
        listener: "Listener | None" = None,
        record: Record | None = None,
    ) -> None:
        self._settings, self._complain = settings, complain
        offset = time_ns() - monotonic_ns()
        self._calls = Calls(
            *(settings, lambda: monotonic_ns() + offset, report, complain, opened, self.stop),
            listener=listener,
            record=record,
        )
        self.totals = self._calls.totals
        # A wait for an Event leaves its lock behind where a signal's handler raises an exception.
        self._stopped: SimpleQueue[None] = SimpleQueue()
        self._failure: BaseException | None = None

    def __enter__(self) -> Self:
        settings = self._settings
        self._listener = bound(settings.host, settings.port)
        self.address = SocketAddress(*plain_address(self._listener.getsockname()))
        try:
            self._loop = asyncio.SelectorEventLoop()  # that of Windows has no readers and writers
        except OSError as error:
            self._listener.close()
            raise ListenFailed(settings.host, settings.port, error) from error
        self._loop.set_exception_handler(self._callback_failed)
        self._thread = threading.Thread(target=self._run, name="relay", daemon=True)
        try:
            self._thread.start()
        except RuntimeError as error:
            self._listener.close()
            self._loop.close()
            missing = OSError("the system has no thread left for it")
            raise ListenFailed(settings.host, settings.port, missing) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(RuntimeError):  # the loop is closed: something has ended it
            self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_LEAVING)
        if self._failure is not None:
            raise self._failure

    def wait(self) -> None:
        """Wait until as many connections have ended as it was to relay, or it is told to stop."""
        stopped = False
        while not stopped:
            with suppress(Empty):
                self._stopped.get(timeout=_LOOK)  # two signals at once may not wake it
                stopped = True

    def stop(self) -> None:
        """End the wait, from whatever thread."""
        self._stopped.put(None)

    # Within its thread ------------------------------------------------------------------------------

    def _run(self) -> None:
        loop = self._loop
        try:
            loop.add_reader(self._listener, self._accept)
            self._calls.begin(loop)
            loop.run_forever()
            self._stop_listening()
            loop.run_until_complete(self._calls.end())
        except BaseException as error:  # such as what `report` raised
            self._fail(error)
        finally:
            self._stop_listening()
            loop.close()

    def _stop_listening(self) -> None:
        if self._listener.fileno() >= 0:
            self._loop.remove_reader(self._listener)
            self._listener.close()

    def _accept(self) -> None:
        """Take the connections that wait to be."""
        obstacle = take_waiting(self._listener, self._calls.take)
        if obstacle is not None:  # none are taken for a while
            self._loop.remove_reader(self._listener)
            self._loop.call_later(RETRY, self._accept_again)
            self._complain(obstacle)

    def _accept_again(self) -> None:
        if self._listener.fileno() >= 0:
            self._loop.add_reader(self._listener, self._accept)

    def _callback_failed(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if error is not None:
            self._fail(error)

    def _fail(self, failure: BaseException) -> None:
        if self._failure is None:
            self._failure = failure
            self.stop()

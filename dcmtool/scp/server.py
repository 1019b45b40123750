"""The SCP itself: it listens, serves each connection in a thread of its own, and tells how each ended."""

import socket
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from queue import Empty, SimpleQueue
from threading import Condition
from time import monotonic_ns
from types import TracebackType
from typing import Self

from pynetdicom.association import Association
from pynetdicom.dul import DULServiceProvider

from dcmtool.certificates.throwaway import Identity, self_signed
from dcmtool.scp.association import Node
from dcmtool.scp.connection import Connection
from dcmtool.scp.listener import Address, Listener
from dcmtool.scp.record import Outcome, Record, Totals
from dcmtool.scp.settings import ScpSettings
from dcmtool.transport.server_tls import prepare_server

MAX_CONNECTIONS = 500  # at a time, each a thread, most of which say nothing; more are closed at once
_LOOK = 0.2  # seconds between two looks whether a signal has come
_LAST_WORDS = 2.0  # seconds that associations have to end after their A-ABORT
_LOCAL = ("localhost", "127.0.0.1", "::1")

Hear = Callable[[Record], None]


class VerificationScp:
    """A Verification SCP that listens while it is entered; `hear` is told how each connection ended.

    It is called from one thread at a time. `own` is the self-signed identity, where it has one; `warnings`
    are what is unwise about the TLS settings.

    Raises:
        InputFileError: a file that the TLS settings name cannot be read, or is not what it should be.
        TlsSettingsError: no session can be made with these TLS settings.
        ListenFailed: on entering, the address cannot be listened on.
    """

    def __init__(self, settings: ScpSettings, hear: Hear) -> None:
        self._settings, self._hear, self._node = settings, hear, Node(settings)
        self._changed, self._stopping = Condition(), self._node.stopping
        self._open: set[Connection] = set()
        # A wait for an Event leaves its lock behind where a signal's handler raises an exception.
        self._told_to_stop: SimpleQueue[None] = SimpleQueue()
        self.totals = Totals()
        self.own = _identity(settings)
        tls = prepare_server(settings.tls, self.own) if settings.tls else None
        self._context = tls.context if tls else None
        self.warnings = tls.warnings if tls else ()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            stack.enter_context(_quiet_pynetdicom())
            self._listener = Listener(self._settings.host, self._settings.port, self._arrived)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        self._listener.close()
        with self._stack:
            with self._changed:
                for each in self._open:
                    each.end("the SCP was ended")
                self._changed.wait_for(lambda: not self._open, _LAST_WORDS)
                for each in self._open:
                    each.cut()
            self._listener.join(_LAST_WORDS)

    @property
    def address(self) -> Address:
        """The address and the port that it listens on."""
        return self._listener.address

    def wait(self) -> None:
        """Wait until as many associations have ended as it was to serve, or it is told to stop."""
        stopped = False
        while not stopped:
            with suppress(Empty):
                self._told_to_stop.get(timeout=_LOOK)  # two signals at once may not wake it
                stopped = True

    def stop(self) -> None:
        """End the wait, from whatever thread."""
        self._stopping.set()
        self._told_to_stop.put(None)

    def _arrived(self, accepted: socket.socket, peer: Address) -> None:
        """Serve a connection that was accepted, and tell how it ended."""
        begun, connection = monotonic_ns(), Connection(accepted)
        record = Record(*peer, Outcome.TURNED_AWAY, 0)
        try:
            refusal = self._refusal(connection)
            if refusal is None:
                record = connection.serve(record, self._node, self._context)
            else:
                record = record._replace(outcome=refusal)
        finally:
            connection.close()
            self._conclude(connection, record._replace(duration=monotonic_ns() - begun))

    def _refusal(self, connection: Connection) -> Outcome | None:
        """Return how a connection ends that is not to be served."""
        with self._changed:
            if self._stopping.is_set():  # as those end from which nothing has come yet
                return Outcome.NOTHING_SENT
            if len(self._open) >= MAX_CONNECTIONS:
                return Outcome.TURNED_AWAY
            self._open.add(connection)
            return None

    def _conclude(self, connection: Connection, record: Record) -> None:
        count = self._settings.count
        with self._changed:
            self.totals.add(record)
            self._open.discard(connection)
            self._changed.notify_all()
            if count is not None and self.totals.associations >= count:
                self.stop()
            self._hear(record)  # last, as it may raise whatever it likes; who waits has the lock after it


def _identity(settings: ScpSettings) -> Identity | None:
    """Return an identity for the run where there should be TLS and no files are named for it."""
    if settings.tls is None or settings.tls.settings.key_file is not None:
        return None
    names = (settings.host, *_LOCAL, socket.gethostname())
    return self_signed("dcmtool scp", [name for name in names if name and name.isascii()], datetime.now(UTC))


@contextmanager
def _quiet_pynetdicom() -> Iterator[None]:
    """Leave it to pynetdicom's log that a peer's UID is odd, or that a thread ends as the peer is gone."""
    before = threading.excepthook

    def hook(ended: threading.ExceptHookArgs) -> None:
        if not isinstance(ended.thread, Association | DULServiceProvider):
            before(ended)

    threading.excepthook = hook
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module=r"pydicom\b")
            yield
    finally:
        threading.excepthook = before

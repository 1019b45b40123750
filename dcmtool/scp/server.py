"""A Verification SCP that listens, serves, and says how each connection ended."""

import socket
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from queue import Empty, SimpleQueue
from time import monotonic_ns, time
from types import TracebackType
from typing import TYPE_CHECKING, Self

from dcmtool.certificates.throwaway import KeyedCertificate, self_signed
from dcmtool.emitter import Emitter
from dcmtool.errors import Stopped
from dcmtool.scp.explanation import turned_away
from dcmtool.scp.procedure import AcceptedConnection, Places
from dcmtool.scp.record import ConnectionOutcome, Record, Totals
from dcmtool.scp.settings import ScpSettings
from dcmtool.tls.server import prepare_server
from dcmtool.tls.server_layer import serve_over_tls
from dcmtool.transport.accepted import Connection, Served, SocketAddress
from dcmtool.transport.listening import MOST_CONNECTIONS, Server

if TYPE_CHECKING:
    from dcmtool.events import Listener

MORE_CONNECTIONS = 500  # than associations: most that say nothing are scanners and health checks
_MORE_OF_ONE = 400  # of these that one remote address may have, so that it shuts nobody else out
_LOOK = 0.2  # seconds between two looks whether a signal has come
# Seconds that associations have to end after their A-ABORT: less than ARTIM, since whoever ends us waits, and
# most peers close at once.
_LAST_WORDS = 0.8
_LOCAL = ("localhost", "127.0.0.1", "::1")

Report = Callable[[Record], object]


class VerificationScp:
    """A Verification SCP that listens while it is entered; `report` is called when a connection has ended.

    It is called from the one thread that serves, so it has to be quick; what it raises ends the wait, and is
    raised on leaving. `complain` is called there with a sentence where the system has nothing left for a
    connection, and `listener` with each event of each association. Where it `explains`, its records have
    findings about the callers. `own` is the self-signed identity, where it has one; `warnings` are what is
    unwise about the TLS settings.

    Raises:
        InputFileError: a file that the TLS settings name cannot be read, or is not what it should be.
        TlsSettingsError: no session can be made with these TLS settings.
        ListenFailed: on entering, the address cannot be listened on.
    """

    def __init__(
        self,
        settings: ScpSettings,
        report: Report,
        complain: Callable[[str], object] = lambda _sentence: None,
        listener: "Listener | None" = None,
        *,
        explains: bool = False,
    ) -> None:
        self._listener, self._explains = listener, explains
        self._settings, self._report, self._complain = settings, report, complain
        self._places = Places(settings.max_associations)
        self._open: dict[str, int] = {}  # connections by their remote address
        self._all_open = 0
        self._is_stopping = False
        self._most = min(settings.max_associations + MORE_CONNECTIONS, MOST_CONNECTIONS)
        # A wait for an Event leaves its lock behind where a signal's handler raises an exception.
        self._stopped: SimpleQueue[None] = SimpleQueue()
        self.totals = Totals()
        self.own = _identity(settings)
        tls = prepare_server(settings.tls, self.own) if settings.tls else None
        self._context = tls.context if tls else None
        self.warnings = tls.warnings if tls else ()

    def __enter__(self) -> Self:
        settings = self._settings
        self._server = Server(
            settings.host,
            settings.port,
            self._serve,
            send_timeout=settings.idle_timeout,
            complain=self._complain,
            failed=self.stop,
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.stop(Stopped(), _LAST_WORDS)

    @property
    def address(self) -> SocketAddress:
        """The address and the port that it listens on."""
        return self._server.address

    @property
    def open_associations(self) -> int:
        """How many associations are open now."""
        return self._places.taken

    def wait(self) -> None:
        """Wait until as many associations have ended as it was to serve, or it is told to stop."""
        stopped = False
        while not stopped:
            with suppress(Empty):
                self._stopped.get(timeout=_LOOK)  # two signals at once may not wake it
                stopped = True

    def stop(self) -> None:
        """End the wait, from whatever thread; what comes from now on is closed at once."""
        self._is_stopping = True
        self._stopped.put(None)

    # Within the thread that serves ------------------------------------------------------------------

    def _serve(self, connection: Connection) -> Served | None:
        peer = connection.peer
        if self._is_stopping:
            self._conclude(Record(*peer, ConnectionOutcome.NOTHING_SENT, 0))
            return None
        of_peer = self._open.get(peer.host, 0)
        if self._all_open >= self._most or of_peer >= self._settings.max_associations + _MORE_OF_ONE:
            findings = turned_away(self._settings, peer.host, connection.own_port) if self._explains else None
            self._conclude(Record(*peer, ConnectionOutcome.TURNED_AWAY, 0, findings=findings))
            return None
        self._all_open, self._open[peer.host] = self._all_open + 1, of_peer + 1
        emit = self._listener and Emitter(self._listener, monotonic_ns, time, "acceptor")
        accepted = AcceptedConnection(
            *(self._settings, self._places, peer, connection.wake, self._ended, emit),
            explained_port=connection.own_port if self._explains else None,
        )
        if self._context is None:
            return accepted.run()
        return serve_over_tls(accepted.run(), self._context, self._places.room)

    def _ended(self, record: Record) -> None:
        of_peer = self._open.pop(record.address) - 1
        if of_peer:
            self._open[record.address] = of_peer
        self._all_open -= 1
        self._conclude(record)

    def _conclude(self, record: Record) -> None:
        count = self._settings.count
        self.totals.add(record)
        if count is not None and self.totals.associations >= count:
            self.stop()
        self._report(record)


def _identity(settings: ScpSettings) -> KeyedCertificate | None:
    """Return an identity for the run where there should be TLS and no files are named for it."""
    if settings.tls is None or settings.tls.settings.key_file is not None:
        return None
    names = (settings.host, *_LOCAL, socket.gethostname())
    return self_signed("dcmtool scp", [name for name in names if name and name.isascii()], datetime.now(UTC))

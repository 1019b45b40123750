"""An exporter that listens, reads its files again when it is told to, and ends in order."""

import asyncio
import logging
import signal
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from errno import EACCES, EADDRINUSE
from typing import TYPE_CHECKING

import uvicorn

from dcmtool.advice import Words
from dcmtool.errors import DcmtoolError, ListenFailed
from dcmtool.exporter import web_config
from dcmtool.exporter.access import Networks
from dcmtool.exporter.application import Exporter
from dcmtool.exporter.authentication import Authentication
from dcmtool.exporter.configuration import Configuration
from dcmtool.exporter.guard import PATIENCE, GuardedProtocol
from dcmtool.exporter.probing import NodeProber
from dcmtool.exporter.settings import ExporterSettings
from dcmtool.exporter.web_config import WebConfig
from dcmtool.text import printable
from dcmtool.transport.accepted import SocketAddress
from dcmtool.transport.addresses import plain_address
from dcmtool.transport.descriptors import allow_descriptors
from dcmtool.transport.listening import BACKLOG, bound

if TYPE_CHECKING:
    from socket import socket

MOST_CONNECTIONS = 4000  # of clients: Prometheus keeps one open for each scrape that is under way at a time
_OWN_DESCRIPTORS = 100
_LAST_WORDS = 5  # seconds that answers have to be read at the end


class Listener:
    """What is told of a run: that it listens, sentences to log, and what is wrong."""

    def __init__(
        self,
        ready: Callable[[SocketAddress], None],
        say: Callable[[str], None],
        tell: Callable[[str], None],
        warn: Callable[[str], None],
    ) -> None:
        self.ready, self.say, self.tell, self.warn = ready, say, tell, warn


class ExporterServer:
    """An exporter with its files read; `run` serves until a signal comes.

    Raises:
        InputFileError: a file cannot be used.
        TlsSettingsError: TLS settings do not work together.
    """

    def __init__(self, settings: ExporterSettings, listener: Listener, words: Words) -> None:
        self._settings, self._listener, self._words = settings, listener, words
        self._configuration, self._web = self._read()
        self._reloading = asyncio.Lock()
        self._exporter: Exporter
        self._server: _Server

    def run(self) -> None:
        """Serve until SIGTERM or Ctrl-C; SIGHUP has the files read again.

        Raises:
            ListenFailed: the address cannot be listened on.
        """
        allow_descriptors(MOST_CONNECTIONS + self._settings.most_probes + _OWN_DESCRIPTORS)
        with suppress(KeyboardInterrupt):
            asyncio.run(self._serve())

    async def reload(self) -> str:
        """Read the files again, and return what is wrong with them, or nothing; then the old ones stay."""
        async with self._reloading:
            try:
                configuration, web = await asyncio.to_thread(self._read)  # probes go on
            except DcmtoolError as error:
                wrong = printable(error.in_words(self._words))
                self._listener.warn(f"the configuration stays as it was: {wrong}")
                self._exporter.health.reloaded(successful=False)
                return wrong
            self._configuration = self._exporter.configuration = configuration
            self._web = web
            await self._server.secure(web)
        self._exporter.health.reloaded(successful=True)
        self._listener.say(f"the configuration was read again: {self.summary}")
        return ""

    @property
    def summary(self) -> str:
        """How much there is to probe, and by what."""
        modules, nodes = self._configuration.modules, self._configuration.file
        allowed = f", and what is in {', '.join(self._settings.networks)}" if self._settings.networks else ""
        return f"modules {', '.join(modules)}; {len(nodes.names)} nodes of {nodes.path}{allowed}"

    def _read(self) -> tuple[Configuration, WebConfig]:
        settings = self._settings
        configuration = Configuration(settings.config_file, settings.node_file, self._listener.warn)
        return configuration, web_config.load(settings.web_config_file)

    # While it serves --------------------------------------------------------------------------------

    async def _serve(self) -> None:
        settings = self._settings
        self._exporter = Exporter(
            self._configuration,
            NodeProber(Networks(settings.networks), settings.most_probes),
            self.reload,
            self._listener.tell,
            self._words,
            offset=settings.offset,
            history=settings.history,
        )
        listening = _listening(settings.host, settings.port)
        application = Authentication(self._exporter, lambda: self._web)
        self._server = _Server(application, self._web)
        with _signals(self._server, self._exporter, self.reload), _log_of_uvicorn(self._listener.warn):
            self._listener.ready(SocketAddress(*plain_address(listening.getsockname())))
            await self._server.serve([listening])


class _Server(uvicorn.Server):
    """Serves on sockets that listen already, with TLS as it is configured now; signals are not its own."""

    def __init__(self, application: Authentication, web: WebConfig) -> None:
        config = uvicorn.Config(
            application,
            http=GuardedProtocol,
            ws="none",
            lifespan="off",
            interface="asgi3",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            limit_concurrency=MOST_CONNECTIONS,
            timeout_keep_alive=int(PATIENCE),
            timeout_graceful_shutdown=_LAST_WORDS,
        )
        config.load()
        config.encoded_headers = [*web.headers]
        super().__init__(config)
        self._web = web
        self._listening: list[socket] = []

    async def startup(self, sockets: "list[socket] | None" = None) -> None:
        """Begin to serve."""
        self._listening = sockets or []
        self.servers = [await self._serving(each.dup()) for each in self._listening]
        self.started = True

    async def secure(self, web: WebConfig) -> None:
        """Serve those who come from now on with another configuration."""
        was_plain, self._web = self._web.tls is None, web
        self.config.encoded_headers = [*web.headers]
        if was_plain and web.tls is None:
            return
        before = self.servers
        self.servers = [await self._serving(each.dup()) for each in self._listening]
        for server in before:
            await _close(server)

    async def _serving(self, listening: "socket") -> asyncio.Server:
        return await asyncio.get_running_loop().create_server(
            lambda: GuardedProtocol(self.config, self.server_state, {}),
            sock=listening,
            ssl=self._web.tls,
            ssl_handshake_timeout=PATIENCE if self._web.tls else None,
            backlog=BACKLOG,
        )

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to who runs it."""
        yield


async def _close(server: asyncio.Server) -> None:
    """Have a server take no more connections; those that it has taken it goes on to serve."""
    with suppress(NotImplementedError):  # as on Windows
        for each in server.sockets:
            asyncio.get_running_loop().remove_reader(each.fileno())
        await asyncio.sleep(0)  # asyncio forgets a connection whose task has not begun by the close
    server.close()


def _listening(host: str, port: int) -> "socket":
    """Return a socket that listens; an empty host is every address, where there is no IPv6 those of IPv4."""
    if host:
        return bound(host, port)
    try:
        return bound("::", port)
    except ListenFailed as failed:
        if failed.error.errno in (EADDRINUSE, EACCES):
            raise
        return bound("0.0.0.0", port)


@contextmanager
def _signals(
    server: uvicorn.Server, exporter: Exporter, reload: Callable[[], Coroutine[None, None, str]]
) -> Iterator[None]:
    """Have signals end the server in order, with the probes that are under way aborted, or reload it."""
    loop = asyncio.get_running_loop()

    def end() -> None:
        server.should_exit = True
        exporter.end()

    def begin_reload() -> None:
        task = loop.create_task(reload())
        reloads.add(task)
        task.add_done_callback(reloads.discard)

    reloads: set[asyncio.Task[str]] = set()  # which the loop alone does not keep
    wanted: dict[int, Callable[[], object]] = {signal.SIGINT: end, signal.SIGTERM: end}
    if sys.platform != "win32":
        wanted[signal.SIGHUP] = begin_reload

    def handle(number: int, _frame: object) -> None:
        loop.call_soon_threadsafe(wanted[number])

    # Not the loop's own handlers, which Windows has none of.
    before = {number: signal.signal(number, handle) for number in wanted}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class _Forwarding(logging.Handler):
    """Says in one line what the server of HTTP has to say."""

    def __init__(self, warn: Callable[[str], None]) -> None:
        super().__init__(logging.WARNING)
        self._warn = warn

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        shown = f": {type(error).__name__}: {error}" if error is not None else ""
        self._warn(printable(f"{record.getMessage().splitlines()[0]}{shown}"))


@contextmanager
def _log_of_uvicorn(warn: Callable[[str], None]) -> Iterator[None]:
    logger, handler = logging.getLogger("uvicorn"), _Forwarding(warn)
    logger.addHandler(handler)
    before, logger.propagate = logger.propagate, False
    try:
        yield
    finally:
        logger.propagate = before
        logger.removeHandler(handler)

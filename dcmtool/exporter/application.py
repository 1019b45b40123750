"""What is answered over HTTP, path by path as blackbox_exporter does."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from itertools import count
from math import isfinite
from time import monotonic_ns, time

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from dcmtool import __version__
from dcmtool.advice import Words
from dcmtool.emitter import Emitter
from dcmtool.events import Event, Pdu
from dcmtool.exporter import metrics, modules, pages
from dcmtool.exporter.configuration import Chosen, Configuration, Scrape
from dcmtool.exporter.guard import LEAVING
from dcmtool.exporter.health import Health
from dcmtool.exporter.history import History, PastProbe
from dcmtool.exporter.probing import NodeProber, Probe
from dcmtool.exporter.refusal import BAD_REQUEST, BUSY, RequestRefused
from dcmtool.text import brief, printable

PROBE = "/probe"
SCRAPE_TIMEOUT = "x-prometheus-scrape-timeout-seconds"
USUAL_TIMEOUT = 10.0  # seconds, where neither Prometheus nor the module says how long a probe may take
_LEAST_SHARE = 0.1  # of Prometheus's timeout, which is left where the offset is longer

Log = Callable[[str], object]


class Exporter:
    """Answers scrapes; `reload` reads the configuration again, and returns what was wrong or nothing.

    `tell` is called with a sentence for each probe that failed.
    """

    def __init__(
        self,
        configuration: Configuration,
        prober: NodeProber,
        reload: Callable[[], Awaitable[str]],
        tell: Log,
        words: Words,
        *,
        offset: float,
        history: int,
    ) -> None:
        self.configuration, self.prober, self.health = configuration, prober, Health(prober)
        self._reload, self._tell, self._words, self._offset = reload, tell, words, offset
        self._history, self._numbers = History(history), count(1)
        self._under_way: set[asyncio.Task[None]] = set()
        self._is_ending = False
        self._pages = Starlette(
            routes=[
                Route("/", self._index),
                Route(PROBE, self._probe),
                Route("/metrics", self._metrics),
                Route("/config", self._config),
                Route("/logs", self._logs),
                Route("/-/healthy", self._healthy),
                Route("/-/reload", self._reload_now, methods=["POST", "PUT"]),
            ],
            exception_handlers={RequestRefused: self._refused},  # type: ignore[dict-item]
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request: one for a probe, as nearly all are, without what is between routes."""
        if scope["path"] != PROBE or scope["method"] != "GET":
            await self._pages(scope, receive, send)
            return
        request = Request(scope)
        try:
            response = await self._probe(request)
        except RequestRefused as error:
            response = await self._refused(request, error)
        await response(scope, receive, send)

    def end(self) -> None:
        """Abort the probes that are under way, and answer no more of them."""
        self._is_ending = True
        for task in self._under_way:
            task.cancel()

    # The paths --------------------------------------------------------------------------------------

    async def _probe(self, request: Request) -> Response:
        query = request.query_params
        asked = Scrape(
            query.get("target", ""),
            query.get("module", modules.BUILT_IN),
            query.get("called"),
            query.get("calling"),
        )
        chosen = self.configuration.chosen(asked, takes_others=bool(self.prober.networks))
        timeout = self._timeout(request.headers.get(SCRAPE_TIMEOUT), chosen)
        events: list[Event] = []
        is_debugged = query.get("debug", "").lower() in ("true", "1")
        emitter = Emitter(_bounded(events), monotonic_ns, time) if is_debugged else None
        probe = await self._while_connected(request, chosen, timeout, emitter)
        shown = metrics.of_probe(probe)
        log = partial(pages.log, probe, shown, events, self._words)
        self._note(probe, log)
        if is_debugged:
            return PlainTextResponse(log())
        return Response(shown, media_type=metrics.CONTENT_TYPE)

    async def _metrics(self, _request: Request) -> Response:
        return Response(metrics.text(self.health.metrics()), media_type=metrics.CONTENT_TYPE)

    async def _config(self, _request: Request) -> Response:
        return PlainTextResponse(self.configuration.text())

    async def _logs(self, request: Request) -> Response:
        number = request.query_params.get("id", "")
        fits = number.isascii() and number.isdigit() and len(number) < 20
        entry = self._history.find(int(number)) if fits else None
        if entry is None:
            raise RequestRefused(404, "this probe is kept no longer, or there was none of this number")
        return PlainTextResponse(entry.log())

    async def _healthy(self, _request: Request) -> Response:
        return PlainTextResponse("Healthy\n")

    async def _index(self, _request: Request) -> Response:
        page = pages.index(self._history, self.configuration.modules, __version__)
        return HTMLResponse(page, headers={"content-security-policy": pages.POLICY})

    async def _reload_now(self, _request: Request) -> Response:
        wrong = await self._reload()
        return PlainTextResponse(f"{wrong}\n", 500) if wrong else PlainTextResponse("Reloaded\n")

    async def _refused(self, _request: Request, error: RequestRefused) -> Response:
        self.health.refused[error.status] = self.health.refused.get(error.status, 0) + 1
        return PlainTextResponse(f"{printable(error.sentence)}\n", error.status)

    # A probe ----------------------------------------------------------------------------------------

    def _timeout(self, header: str | None, chosen: Chosen) -> float:
        """Return how long a probe may take (s): so much less than Prometheus waits, or as the module says."""
        own = chosen.module.timeout
        if header is None:
            return own or USUAL_TIMEOUT
        try:
            given = float(header)
        except ValueError:
            given = 0
        if not isfinite(given) or given <= 0:
            raise RequestRefused(
                BAD_REQUEST, f"the header {SCRAPE_TIMEOUT} is '{brief(header)}', but should be seconds"
            )
        left = max(given - self._offset, given * _LEAST_SHARE)
        return left if own is None else min(own, left)

    async def _while_connected(
        self, request: Request, chosen: Chosen, timeout: float, emitter: Emitter | None
    ) -> Probe:
        """Return what came of a probe, which is aborted where the scrape is, or the exporter ends."""
        if self._is_ending:
            raise RequestRefused(BUSY, "the exporter ends")
        this = asyncio.current_task()
        assert this is not None, "it is awaited in one"
        is_left = False

        def leave() -> None:
            nonlocal is_left
            is_left = True
            this.cancel()

        leaving: list[Callable[[], object]] = request.scope[LEAVING]
        leaving.append(leave)
        self._under_way.add(this)
        try:
            return await self.prober.probe(chosen, self.configuration, timeout, emitter)
        except asyncio.CancelledError:
            self.health.probes["cancelled"] += 1
            if not (self._is_ending or is_left):
                raise
            this.uncancel()
            raise RequestRefused(BUSY, "the probe was aborted") from None
        finally:
            leaving.remove(leave)
            self._under_way.discard(this)

    def _note(self, probe: Probe, log: Callable[[], str]) -> None:
        success, chosen = probe.report.success, probe.chosen
        self.health.probes["success" if success else "failure"] += 1
        self.health.seconds += probe.duration
        reason = "" if probe.finding is None else probe.finding.id
        self._history.add(
            PastProbe(
                next(self._numbers),
                chosen.module.name,
                chosen.target.name,
                probe.started,
                probe.duration,
                success,
                reason,
                log,
            )
        )
        if not success:
            self._tell(f"{brief(chosen.target.name)}: {reason}: {printable(str(probe.report.error))}")


def _bounded(events: list[Event]) -> Callable[[Event], None]:
    """Return a listener that keeps events, as many as a page takes."""
    room = pages.MOST_BYTES

    def listen(event: Event) -> None:
        nonlocal room
        room -= len(event.what.data) if isinstance(event.what, Pdu) else 0
        if len(events) < pages.MOST_EVENTS and room > 0:
            events.append(event)

    return listen

"""Verify many nodes at once, each by the procedure of `dcmtool echo`, without harming one."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterable
from datetime import UTC, datetime
from functools import partial
from time import monotonic_ns
from typing import TYPE_CHECKING

from dcmtool.fleet.attempts import Attempts, addresses_of
from dcmtool.fleet.limits import Limits, within_descriptors
from dcmtool.fleet.lookups import Lookups
from dcmtool.fleet.result import NodeResult
from dcmtool.fleet.schedule import Schedule
from dcmtool.fleet.target import Target
from dcmtool.settings import TlsSettings
from dcmtool.transport import aio
from dcmtool.transport.addresses import MOST_LOOKUPS, is_numeric
from dcmtool.transport.arrival import are_stamped
from dcmtool.transport.running import Found
from dcmtool.verification.echo import verify
from dcmtool.verification.report import EchoReport

if TYPE_CHECKING:
    from dcmtool.tls.contexts import PreparedTls

_USUAL = Limits()
_PAUSE = 1.0  # seconds before a node is tried again: what passes by itself needs some time
_SHORT = 0.1  # seconds before one is tried again for which this machine had nothing left
_MOST_SHORT = 60.0  # seconds that this may go on: what else takes all descriptors may never end
_TICK = 0.01  # seconds between two looks at how late the loop is
_LEAVING = 1.0  # seconds that a sweep which is broken off leaves its associations to end


async def sweep(
    targets: Iterable[Target], limits: Limits = _USUAL, begun: Callable[[Target], object] | None = None
) -> AsyncGenerator[NodeResult, None]:
    """Yield what came of each target as it ends; `begun` is called as each begins, and begins again.

    What is open when the iterator is closed, or its task is cancelled, is aborted.

    Raises:
        InputFileError: a file that TLS settings name cannot be used; nothing has been sent.
        TlsSettingsError: no session can be made with TLS settings; nothing has been sent.
    """
    waiting = [*targets]
    running = _Sweep(waiting, _prepared(waiting), within_descriptors(limits, len(waiting))[0], begun)
    try:
        while (result := await running.next_result()) is not None:
            yield result
    finally:
        await running.leave()


def _prepared(targets: Iterable[Target]) -> "dict[TlsSettings, PreparedTls]":
    wanted = {each.request.tls for each in targets if each.request.tls is not None}
    if not wanted:
        return {}
    from dcmtool.tls.contexts import prepare

    return {settings: prepare(settings) for settings in wanted}


class _Sweep:
    """A sweep that is going on: whoever has a turn begins, and results wait to be fetched.

    As many results may wait as associations may be open: who does not fetch them holds the sweep up.
    """

    def __init__(
        self,
        targets: Iterable[Target],
        prepared: "dict[TlsSettings, PreparedTls]",
        limits: Limits,
        begun: Callable[[Target], object] | None,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._limits, self._prepared, self._begun = limits, prepared, begun
        self._coming = enumerate(targets)
        self._is_begun = self._all_came = self._is_leaving = False
        self._is_moving = self._is_settled = False
        self._schedule: Schedule[Attempts] = Schedule(limits)
        self._lookups = Lookups(self._loop, min(MOST_LOOKUPS, limits.concurrency))
        self._open: dict[Attempts, None] = {}
        self._pausing: dict[Attempts, asyncio.TimerHandle] = {}
        self._timer: asyncio.TimerHandle | None = None  # of the rate
        self._tick: asyncio.TimerHandle | None = None  # where what arrives is not stamped
        self._results: deque[NodeResult] = deque()
        self._failure: BaseException | None = None
        self._wanted: asyncio.Future[None] | None = None

    # From outside -----------------------------------------------------------------------------------

    async def next_result(self) -> NodeResult | None:
        """Return a result, None once there is none any more."""
        if not self._is_begun:
            self._is_begun = True
            if not are_stamped():
                self._watch_lateness()
            self._move()
        while not self._results:
            if self._failure is not None:
                raise self._failure
            if self._is_over():
                return None
            self._wanted = self._loop.create_future()
            await self._wanted
        result = self._results.popleft()
        if len(self._results) + 1 == self._limits.concurrency:
            self._move()  # there is room for one more
        return result

    async def leave(self) -> None:
        """Begin nothing more, and abort what is open."""
        self._is_leaving = True
        self._lookups.close()
        for timer in (self._timer, self._tick, *self._pausing.values()):
            if timer is not None:
                timer.cancel()
        self._pausing.clear()
        try:
            for attempts in tuple(self._open):
                if attempts.running is not None:
                    attempts.running.interrupt(KeyboardInterrupt())
            if self._open:
                self._wanted = self._loop.create_future()
                await asyncio.wait([self._wanted], timeout=_LEAVING)
        finally:
            for attempts in tuple(self._open):
                if attempts.running is not None:
                    attempts.running.close()

    def _is_over(self) -> bool:
        if self._is_leaving:
            return not self._open
        waits = self._schedule.ready or self._lookups.open or self._pausing
        return self._all_came and not (self._open or waits)

    # Within -----------------------------------------------------------------------------------------

    def _move(self) -> None:
        """Begin with whatever may begin; what ends at once has this looked at once more."""
        self._is_settled = False
        if self._is_moving:
            return
        self._is_moving = True
        try:
            while not (self._is_settled or self._is_leaving):
                self._is_settled = True
                self._take_in()
                self._begin_all()
        except Exception as error:
            self._fail(error)
        finally:
            self._is_moving = False
        self._tell()

    def _take_in(self) -> None:
        """Find the addresses of as many of the next targets as can be held, in their order."""
        most = self._limits.concurrency
        while max(self._schedule.ready, self._lookups.open, len(self._results)) < most:
            number, target = next(self._coming, (-1, None))
            if target is None:
                self._all_came = True
                return
            if target.do_not_probe:
                self._results.append(NodeResult(target, None, datetime.now(UTC)))
                continue
            attempts = Attempts(number, target)
            peer = target.request.peer
            if is_numeric(peer.host):
                self._place(attempts, addresses_of(peer), 0)
            else:
                self._lookups.ask(peer, attempts.patience, partial(self._found, attempts))

    def _found(self, attempts: Attempts, found: Found, waited: int) -> None:
        self._place(attempts, found, waited)
        self._move()

    def _place(self, attempts: Attempts, found: Found, waited: int) -> None:
        attempts.take(found, waited)
        if attempts.addresses:
            self._schedule.add(attempts.number, attempts.addresses, attempts)
        else:
            self._begin(attempts)  # and end at once: nothing is sent

    def _begin_all(self) -> None:
        most = self._limits.concurrency
        while len(self._results) < most and (attempts := self._schedule.take(monotonic_ns())) is not None:
            self._begin(attempts)
        if self._timer is None and (due := self._schedule.due(now := monotonic_ns())) is not None:
            self._timer = self._loop.call_later((due - now) / 1_000_000_000, self._rate_allows)

    def _rate_allows(self) -> None:
        self._timer = None
        self._move()

    def _begin(self, attempts: Attempts) -> None:
        request = attempts.target.request
        tls = None if request.tls is None else self._prepared[request.tls]
        attempts.begin()
        if self._begun is not None:
            self._begun(attempts.target)
        self._open[attempts] = None
        procedure = verify(request, monotonic_ns() - attempts.waited)
        running = aio.start(procedure, tls, partial(self._ended, attempts), attempts.find)
        if attempts in self._open:
            attempts.running = running

    def _watch_lateness(self) -> None:
        """See by how much the loop is late, which may be in the round trips of whatever is open."""
        for attempts in self._open:
            self._note_lateness(attempts)
        self._tick = self._loop.call_later(_TICK, self._watch_lateness)

    def _note_lateness(self, attempts: Attempts) -> None:
        if self._tick is not None:
            late = int((self._loop.time() - self._tick.when()) * 1_000_000_000)
            attempts.late = max(attempts.late, late)

    def _ended(self, attempts: Attempts, report: EchoReport | None, failure: BaseException | None) -> None:
        del self._open[attempts]
        self._note_lateness(attempts)
        attempts.running = None
        if attempts.addresses:
            self._schedule.give_back(attempts.addresses)
        try:
            if report is not None and not self._is_leaving:
                self._take_report(attempts, report)
        except Exception as error:
            failure = error
        if failure is not None:
            self._fail(failure)
        self._move()

    def _take_report(self, attempts: Attempts, report: EchoReport) -> None:
        if report.error is not None:
            if attempts.lacks_room(report, _MOST_SHORT):
                attempts.count -= 1  # nothing has been sent
                self._pause(attempts, _SHORT)
                return
            if attempts.count <= self._limits.retries and attempts.may_pass(report):
                self._pause(attempts, _PAUSE)
                return
        self._results.append(attempts.result(report))

    def _pause(self, attempts: Attempts, seconds: float) -> None:
        self._pausing[attempts] = self._loop.call_later(seconds, self._try_again, attempts)

    def _try_again(self, attempts: Attempts) -> None:
        del self._pausing[attempts]
        self._schedule.add(attempts.number, attempts.addresses, attempts)
        self._move()

    def _fail(self, failure: BaseException) -> None:
        if self._failure is None:
            self._failure = failure

    def _tell(self) -> None:
        """Wake up whoever waits for a result, or for the end."""
        wanted, has_news = self._wanted, self._results or self._failure is not None
        if wanted is not None and not wanted.done() and (has_news or self._is_over()):
            wanted.set_result(None)

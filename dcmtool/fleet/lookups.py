"""The addresses of many host names: each is asked for once, by a few threads."""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from threading import Thread
from time import monotonic_ns

from dcmtool.errors import TransportError
from dcmtool.settings import Peer
from dcmtool.steps import LONGEST_WAIT, Connect
from dcmtool.transport.addresses import MOST_LOOKUPS, Address, look_up
from dcmtool.transport.running import Found

# Called with the addresses, why there are none, or None after too long; and how long that took (ns).
Told = Callable[[Found, int], object]
_Answer = list[Address] | TransportError


class _Asker:
    """Who waits for an answer, since when (monotonic ns), and for how many seconds."""

    timer: asyncio.TimerHandle | None = None

    def __init__(self, told: Told, seconds: float | None) -> None:
        self.told, self.seconds, self.since = told, seconds, monotonic_ns()


class _Question:
    """A name that is asked for; `begun` is when its time began to count (monotonic ns)."""

    begun: int | None = None

    def __init__(self, peer: Peer) -> None:
        self.step = Connect(peer.host, peer.port, peer.family, None, None)
        self.askers: dict[_Asker, None] = {}  # in their order


class Lookups:
    """Looks names up within an event loop's thread; the threads that wait for the resolver are left behind.

    The time that an answer may take counts from when a thread begins with the name. Where the resolver leaves
    every thread waiting for longer than anybody does, it counts for the others too: a sweep ends.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, threads: int = MOST_LOOKUPS) -> None:
        self._loop, self._most = loop, threads
        self._answers: dict[tuple[str, str], _Answer] = {}
        self._questions: dict[tuple[str, str], _Question] = {}
        self._queue: deque[_Question] = deque()
        self._under_way: set[_Question] = set()
        self._work: SimpleQueue[_Question | None] = SimpleQueue()
        self._threads = 0
        self.open = 0  # names that somebody waits for

    def ask(self, peer: Peer, seconds: float | None, told: Told) -> None:
        """Find the addresses of a peer's host; they may be known already."""
        key = peer.host, peer.family
        if key in self._answers:
            told(self._answers[key], 0)
            return
        question = self._questions.get(key)
        if question is None:
            question = self._questions[key] = _Question(peer)
            self._queue.append(question)
        asker = _Asker(told, seconds)
        self.open += not question.askers
        question.askers[asker] = None
        if question.begun is None:
            self._begin()
            self._count_where_stuck()
        else:
            self._watch(question, asker)

    def close(self) -> None:
        """Ask for nothing more, tell nobody of what still comes, and end the threads that wait for work."""
        for question in self._questions.values():
            for asker in question.askers:
                if asker.timer is not None:
                    asker.timer.cancel()
            question.askers.clear()
        self._queue.clear()
        for _ in range(self._threads):
            self._work.put(None)

    # Within the loop --------------------------------------------------------------------------------

    def _begin(self) -> None:
        while self._queue and len(self._under_way) < self._most and self._has_thread():
            question = self._queue.popleft()
            self._under_way.add(question)
            self._count(question)
            self._work.put(question)

    def _has_thread(self) -> bool:
        """See that there is a thread for one question more, if the system has one."""
        if self._threads <= len(self._under_way):
            thread = Thread(target=self._serve, daemon=True, name="name lookup")
            try:
                thread.start()
            except RuntimeError:
                return False  # with another answer it is tried again
            self._threads += 1
        return True

    def _count(self, question: _Question) -> None:
        if question.begun is None:
            question.begun = monotonic_ns()
            for asker in question.askers:
                self._watch(question, asker)

    def _count_where_stuck(self) -> None:
        if len(self._under_way) >= self._threads and not any(each.askers for each in self._under_way):
            for question in self._queue:
                self._count(question)

    def _watch(self, question: _Question, asker: _Asker) -> None:
        """See that somebody who asks is told in time; who comes later waits no longer than the first."""
        if asker.seconds is not None and question.begun is not None:
            passed = (monotonic_ns() - question.begun) / 1_000_000_000
            left = max(0, min(asker.seconds, LONGEST_WAIT) - passed)
            asker.timer = self._loop.call_later(left, self._give_up, question, asker)

    def _give_up(self, question: _Question, asker: _Asker) -> None:
        del question.askers[asker]
        self.open -= not question.askers
        asker.told(None, monotonic_ns() - max(asker.since, question.begun or 0))
        self._count_where_stuck()

    def _answered(self, question: _Question, answer: _Answer, at: int) -> None:
        self._under_way.discard(question)
        key = question.step.host, question.step.family
        self._questions.pop(key, None)
        self._answers[key] = answer
        self.open -= bool(question.askers)
        for asker in question.askers:
            if asker.timer is not None:
                asker.timer.cancel()
            asker.told(answer, max(0, at - max(asker.since, question.begun or 0)))
        self._begin()

    # Within a thread --------------------------------------------------------------------------------

    def _serve(self) -> None:
        while (question := self._work.get()) is not None:
            answer: _Answer
            try:
                answer = look_up(question.step)
            except TransportError as error:
                answer = error
            with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                self._loop.call_soon_threadsafe(self._answered, question, answer, monotonic_ns())

"""Who of many may begin, and when: in the order given, within what may be asked at once."""

from collections import Counter, defaultdict
from collections.abc import Hashable
from heapq import heappop, heappush
from typing import Generic, TypeVar

from dcmtool.fleet.limits import Limits

_Job = TypeVar("_Job")
_Waiting = tuple[int, tuple[Hashable, ...], _Job]  # by its number, of which no two are the same


class Schedule(Generic[_Job]):
    """Holds what waits to begin; times are monotonic nanoseconds.

    A job that is for a machine with several addresses needs room at all of them: which one it ends at is not
    known before. What waits for an address holds nobody else up.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._interval = 0 if limits.rate is None else int(1_000_000_000 / limits.rate)
        self._ready: list[_Waiting[_Job]] = []
        self._held: defaultdict[Hashable, list[_Waiting[_Job]]] = defaultdict(list)  # by a busy address
        self._busy: Counter[Hashable] = Counter()
        self._next = 0  # when the rate allows one more to begin
        self.open = 0

    @property
    def ready(self) -> int:
        """How many wait that no address holds up, as far as is known."""
        return len(self._ready)

    def add(self, number: int, addresses: tuple[Hashable, ...], job: _Job) -> None:
        """Let a job wait; a lower number goes first."""
        heappush(self._ready, (number, addresses, job))

    def take(self, now: int) -> _Job | None:
        """Return a job that begins now; it is open until `give_back`."""
        if self.open >= self._limits.concurrency or now < self._next:
            return None
        while self._ready:
            waiting = heappop(self._ready)
            _, addresses, job = waiting
            held_by = self._full(addresses)
            if held_by is None:
                self.open += 1
                for address in addresses:
                    self._busy[address] += 1
                self._next = now + self._interval
                return job
            heappush(self._held[held_by], waiting)
            self._let_go(addresses)  # it may have been told of room that is another's now
        return None

    def give_back(self, addresses: tuple[Hashable, ...]) -> None:
        """Take note that a job at these addresses is over."""
        self.open -= 1
        for address in addresses:
            self._busy[address] -= 1
            if not self._busy[address]:
                del self._busy[address]
        self._let_go(addresses)

    def due(self, now: int) -> int | None:
        """Return when the rate allows one more, None where that is not what is waited for."""
        is_rate = self._ready and now < self._next and self.open < self._limits.concurrency
        return self._next if is_rate else None

    def _full(self, addresses: tuple[Hashable, ...]) -> Hashable | None:
        for address in addresses:
            if self._busy[address] >= self._limits.per_host:
                return address
        return None

    def _let_go(self, addresses: tuple[Hashable, ...]) -> None:
        """Have one of those that each address holds looked at again, if it has room now."""
        for address in addresses:
            held = self._held.get(address)
            if held and self._busy[address] < self._limits.per_host:
                heappush(self._ready, heappop(held))
                if not held:
                    del self._held[address]

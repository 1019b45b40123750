"""Many nodes again and again: what each one's state is, since when, and how it answered of late.

What is kept of a node has a bound, however long it goes on; what came of the echoes before is not kept.
"""

import asyncio
from collections import Counter, deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Sequence
from datetime import datetime
from itertools import count
from time import monotonic_ns

from dcmtool.diagnosis.findings import Finding
from dcmtool.fleet.result import NodeResult, State
from dcmtool.fleet.standing import Standing, standing_of
from dcmtool.fleet.target import Target
from dcmtool.named_tuple import NamedTuple

RECENT = 20  # round trips that are kept of a node: what a line of a terminal has room for

Sleep = Callable[[float], Awaitable[None]]


async def pause(seconds: float) -> None:
    """Wait so long."""
    await asyncio.sleep(seconds)


class Tick(NamedTuple):
    """The beginning of a round: its number from 1, and by how much the one before took too long (ns)."""

    number: int
    late: int


async def ticks(
    every: float, clock: Callable[[], int] = monotonic_ns, sleep: Sleep = pause
) -> AsyncGenerator[Tick, None]:
    """Yield the beginning of each round, `every` so many seconds; whoever asks for the next has ended one.

    A round that takes longer is followed by the next one at once, and the time counts from there.
    """
    begun, interval, late = clock(), int(every * 1_000_000_000), 0
    for number in count(1):
        yield Tick(number, late)
        left = begun + interval - clock()
        late = max(0, -left)
        if left > 0:
            await sleep(left / 1_000_000_000)
        begun = begun + interval if left > 0 else clock()


class StateChange(NamedTuple):
    """A node has another state, or another finding, than before; `at` is when that was seen.

    `since` is from when on it had the one before, and `lasted` how long (ns); both, and `before`, are None
    for the first. At the end of the watch every state ends: `after` is None, and so is the result.
    """

    target: Target
    before: State | None
    after: State | None
    at: datetime
    since: datetime | None = None
    lasted: int | None = None
    result: NodeResult | None = None

    @property
    def finding(self) -> Finding | None:
        """What is found of it now."""
        return None if self.result is None else self.result.finding


class WatchedNode:
    """A node: its state since when, its last round trips (ns, None for a failure), how often it failed."""

    __slots__ = ("_began", "failed", "recent", "since", "standing", "state", "target", "tried")

    def __init__(self, target: Target) -> None:
        self.target = target
        self.state: State | None = None
        self.standing: Standing | None = None
        self.since: datetime | None = None
        self.recent: deque[int | None] = deque(maxlen=RECENT)
        self.tried = self.failed = 0
        self._began = 0

    @property
    def loss(self) -> float:
        """The share of echoes that failed, from 0 to 1."""
        return self.failed / self.tried if self.tried else 0

    @property
    def order(self) -> tuple[int, int, float, str]:
        """What to sort by, the worst first; of those that answer, the ones that have failed most often."""
        assert self.standing is not None, "a result makes it known"
        grade, rank, name = self.standing.order
        return grade, rank, -self.loss, name

    def add(self, result: NodeResult, now: datetime, at: int) -> StateChange | None:
        """Count a result in, and return what has changed, if anything."""
        standing = standing_of(result)
        if result.state != "skipped":
            self.tried += 1
            self.failed += result.state == "failed"
            self.recent.append(standing.round_trip if result.state == "answered" else None)
        known = None if self.standing is None else self.standing.finding
        is_news = self.state != result.state or known != standing.finding
        self.standing = standing
        return self._turn(result.state, now, at, result) if is_news else None

    def end(self, now: datetime, at: int) -> StateChange:
        """Return the end of the state that it has."""
        return self._turn(None, now, at, None)

    def _turn(self, after: State | None, now: datetime, at: int, result: NodeResult | None) -> StateChange:
        lasted = None if self.since is None else at - self._began
        change = StateChange(self.target, self.state, after, now, self.since, lasted, result)
        self.state, self.since, self._began = after, now, at
        return change


class FleetWatch:
    """All nodes that are watched; `now` tells the wall clock, `clock` the monotonic nanoseconds.

    `asked` is how many nodes there has been a result of in this round, which is `round` from 1, began at
    `round_began` and goes on while it `is_asking`. `long_rounds` took longer than they should, the one before
    this by `late` nanoseconds. `changes` are counted without the first state of each node.
    """

    def __init__(self, now: Callable[[], datetime], clock: Callable[[], int] = monotonic_ns) -> None:
        self._now, self._clock = now, clock
        self._nodes: dict[tuple[str, str], WatchedNode] = {}
        self.began, self.round_began = now(), clock()
        self.round = self.asked = self.long_rounds = self.late = self.changes = 0
        self.is_asking = False
        self.states: Counter[State] = Counter()

    @property
    def nodes(self) -> Sequence[WatchedNode]:
        """Those that something is known of."""
        return tuple(self._nodes.values())

    def begin(self, tick: Tick) -> None:
        """Take the beginning of a round."""
        self.round, self.late, self.asked = tick.number, tick.late, 0
        self.long_rounds += tick.late > 0
        self.round_began, self.is_asking = self._clock(), True

    def end_round(self) -> None:
        """Take the end of a round."""
        self.is_asking = False

    def add(self, result: NodeResult) -> StateChange | None:
        """Count a result in, and return what has changed, if anything."""
        key = result.target.name, result.target.address
        node = self._nodes.get(key)
        if node is None:
            node = self._nodes[key] = WatchedNode(result.target)
        self.asked += 1
        change = node.add(result, self._now(), self._clock())
        if change is not None:
            self.states[result.state] += 1
            if change.before is not None:
                self.states[change.before] -= 1
                self.changes += 1
        return change

    def end(self) -> Iterator[StateChange]:
        """Yield the end of each node's state."""
        return (node.end(self._now(), self._clock()) for node in self.nodes)

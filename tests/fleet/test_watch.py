"""Nodes that are watched: when rounds begin, what is a change, and that nothing grows."""

import asyncio
import tracemalloc
from collections.abc import AsyncGenerator, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from dcmtool.cli.output.sweep_forms import SweepOutput
from dcmtool.cli.output.sweep_loop import Begun
from dcmtool.cli.output.sweep_watch import Watching
from dcmtool.fleet.limits import Limits
from dcmtool.fleet.result import NodeResult
from dcmtool.fleet.target import Target
from dcmtool.fleet.watch import RECENT, FleetWatch, StateChange, Tick, ticks
from tests.reporting.sweep_results import answered, interrupted, refused, rejected, skipped

SECOND = 1_000_000_000
NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)


class Clock:
    """A clock that goes on while somebody waits for it, and otherwise is set."""

    now = 0
    asleep = 0.0

    def __call__(self) -> int:
        return self.now

    async def sleep(self, seconds: float) -> None:
        """Let the time pass, and the loop too."""
        self.now += round(seconds * SECOND)
        self.asleep += seconds
        await asyncio.sleep(0)

    def wall(self) -> datetime:
        """Return the time of day."""
        return NOON + timedelta(microseconds=self.now // 1000)


async def _first(
    rounds: AsyncGenerator[Tick, None], clock: Clock, *taken: float
) -> list[tuple[float, float]]:
    """Return when each round began and by how much the one before was late, if they take so long."""
    begun = []
    for seconds in taken:
        tick = await anext(rounds)
        begun.append((clock.now / SECOND, tick.late / SECOND))
        clock.now += round(seconds * SECOND)
    return begun


def test_rounds_begin_every_so_often_and_one_that_takes_longer_is_followed_at_once() -> None:
    clock = Clock()
    rounds = ticks(10, clock, clock.sleep)
    begun = asyncio.run(_first(rounds, clock, 1, 9, 14, 10, 2, 0))
    assert begun == [(0, 0), (10, 0), (20, 0), (34, 4), (44, 0), (54, 0)]
    assert clock.asleep == 9 + 1 + 8


@pytest.fixture
def clock() -> Clock:
    """A clock at noon."""
    return Clock()


def _seen(change: StateChange | None) -> tuple[str | None, str | None, str | None] | None:
    return change and (change.before, change.after, change.finding and change.finding.id)


def test_a_change_is_another_state_or_another_finding(clock: Clock) -> None:
    watch = FleetWatch(clock.wall, clock)
    seen = []
    for result in (
        *(answered("a"), answered("a"), refused("a"), refused("a"), rejected("a"), answered("a")),
        skipped("b"),
    ):
        clock.now += SECOND
        seen.append(watch.add(result))
    assert [_seen(each) for each in seen] == [
        (None, "answered", None),
        None,
        ("answered", "failed", "refused"),
        None,
        ("failed", "failed", "called-title"),
        ("failed", "answered", None),
        (None, "skipped", None),
    ]
    assert dict(watch.states) == {"answered": 1, "failed": 0, "skipped": 1}
    assert watch.changes == 3
    last = seen[-2]
    assert last is not None
    assert (last.at, last.since) == (NOON + timedelta(seconds=6), NOON + timedelta(seconds=5))
    assert last.lasted == SECOND
    (node, alone) = watch.nodes
    assert (node.tried, node.failed, node.since) == (6, 3, NOON + timedelta(seconds=6))
    assert [*node.recent] == [1_500_000, 1_500_000, None, None, None, 1_500_000]
    assert (alone.tried, alone.loss, [*alone.recent]) == (0, 0, [])


def test_at_the_end_every_state_ends(clock: Clock) -> None:
    watch = FleetWatch(clock.wall, clock)
    watch.add(answered("a"))
    watch.add(refused("b"))
    clock.now += 5 * SECOND
    ends = [*watch.end()]
    assert [(each.target.name, each.before, each.after, each.lasted, each.result) for each in ends] == [
        ("a", "answered", None, 5 * SECOND, None),
        ("b", "failed", None, 5 * SECOND, None),
    ]


def test_the_worst_is_what_fails_then_what_has_failed_most_often(clock: Clock) -> None:
    watch = FleetWatch(clock.wall, clock)
    for result in (
        *(answered("a"), answered("b"), refused("c"), skipped("d"), refused("b"), answered("b")),
        *(answered("e"), answered("e"), answered("e"), refused("e"), answered("e")),
    ):
        watch.add(result)
    ordered = sorted(watch.nodes, key=lambda node: node.order)
    assert [node.target.name for node in ordered] == ["c", "b", "e", "a", "d"]


class _Fleet:
    """Some nodes, one of which fails every third time; each round is told to `after`."""

    def __init__(self, most: int) -> None:
        self._most, self.rounds = most, 0
        self._up = [answered(f"node-{number}") for number in range(10)]
        self._down = refused("node-0")
        self.watching: Watching | None = None
        self.taken: list[int] = []

    async def ask(
        self, targets: Sequence[Target], limits: Limits, begun: Begun | None
    ) -> AsyncGenerator[NodeResult, None]:
        """Yield what came of each."""
        self.rounds += 1
        for number, result in enumerate(self._up):
            yield self._down if number == 0 and self.rounds % 3 == 0 else result
        if self.rounds % 500 == 0:
            self.taken.append(tracemalloc.get_traced_memory()[0])
        if self.rounds == self._most:
            raise asyncio.CancelledError


def test_memory_does_not_grow(clock: Clock) -> None:
    fleet = _Fleet(2000)
    watching = Watching([], Limits(), SweepOutput(), fleet.ask, clock.sleep, clock)
    tracemalloc.start()
    try:
        with pytest.raises(asyncio.CancelledError):
            asyncio.run(watching.rounds(60))
    finally:
        tracemalloc.stop()
    assert max(fleet.taken[1:]) - fleet.taken[0] < 10_000
    assert watching.watch.round == 2000
    assert watching.watch.changes == 2 * 666
    assert all(len(node.recent) == RECENT for node in watching.watch.nodes)


def test_what_was_cut_off_says_nothing_of_a_node() -> None:
    watching = Watching([], Limits(), SweepOutput())
    watching.add(answered("a"))
    watching.add(interrupted("a"))
    assert watching.watch.changes == 0

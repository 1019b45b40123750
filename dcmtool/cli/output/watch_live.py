"""What a person sees of a sweep that is watched: how the nodes stand, the worst first, and the changes."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from heapq import nsmallest

from rich.text import Text

from dcmtool.cli.output.cells import cut, padded, width_of
from dcmtool.cli.output.sweep_live import Size
from dcmtool.cli.output.sweep_table import duration, milliseconds, nodes
from dcmtool.cli.output.watch_text import lost, states, time_since, what
from dcmtool.fleet.standing import Grade
from dcmtool.fleet.watch import RECENT, FleetWatch, StateChange, WatchedNode
from dcmtool.text import printable
from dcmtool.trace.live_view import sparkline
from dcmtool.trace.tables import shown
from dcmtool.trace.watched_terminal import time_of_day

MOST_CHANGES = 4  # the last ones that are shown
SORTED_EVERY = 1_000_000_000  # nanoseconds: rows do not change their places while they are read
_BLOCKS, _ASCII = "▁▂▃▄▅▆▇█", "_.-=+*#@"
_BESIDE = 7  # lines besides rows and changes
_TRIPS = ((80, RECENT), (56, 10), (0, 5))  # columns of a terminal, and how many round trips it has room for
_NARROW = 56  # columns below which the last round trip is left out
_LEAST_WORDS = 36  # columns; what is wrong has a line of its own where there are fewer
_LOST, _TRIP = 4, 8  # columns
_STYLES = {
    Grade.FAILED: "red",
    Grade.SLOW: "yellow",
    Grade.CERTIFICATE: "yellow",
    Grade.ANSWERED: "green",
    Grade.SKIPPED: "dim",
}


def _now() -> datetime:
    return datetime.now(UTC)


class WatchView:
    """The lines of a watch of `total` nodes with a round every so many seconds."""

    def __init__(
        self,
        watch: FleetWatch,
        total: int,
        every: float,
        clock: Callable[[], int],
        now: Callable[[], datetime] = _now,
    ) -> None:
        self._watch, self._total, self._every, self._clock, self._now = watch, total, every, clock, now
        self._begun = clock()
        self._changes: deque[StateChange] = deque(maxlen=MOST_CHANGES)
        self._worst: Sequence[WatchedNode] = ()
        self._sorted_at: int | None = None

    def take(self, change: StateChange) -> None:
        """Take a change of a node; the first state of each is none."""
        if change.before is not None:
            self._changes.append(change)

    def lines(self, size: Size) -> Iterator[Text]:
        """Yield what is shown on a terminal of this size."""
        now = self._now()
        changes = list(self._change_lines(size)) if size.height >= _BESIDE + 2 * MOST_CHANGES else []
        room = max(size.height - _BESIDE - len(changes), 0)
        yield self._title(size)
        yield self._round()
        yield self._late()
        yield from self._rows(size, room, now)
        yield from changes
        yield shown("Ctrl-C ends it", "dim")

    def _title(self, size: Size) -> Text:
        title = f"{nodes(self._total)} every {self._every:g} s"
        seconds = (self._clock() - self._begun) / 1_000_000_000
        since = f"since {time_of_day(self._watch.began)}, {duration(seconds, whole=True)}"
        gap = " " * max(size.width - len(title) - len(since), 2)
        return Text.assemble((title, "bold"), gap, (since, "dim"))

    def _round(self) -> Text:
        watch = self._watch
        left = self._every - (self._clock() - watch.round_began) / 1_000_000_000
        progress = f"{watch.asked:,} asked" if watch.is_asking else f"the next in {max(left, 0):.0f} s"
        return shown(f"round {watch.round:,}: {states(watch.states)}; {progress}")

    def _late(self) -> Text:
        """Return by how much the round before took too long, where it did."""
        late = self._watch.late / 1_000_000_000
        return shown(f"the round before took {self._every + late:.1f} s", "yellow") if late else Text("")

    def _rows(self, size: Size, room: int, now: datetime) -> Iterator[Text]:
        known = self._watch.nodes
        worst = self._in_order(known, room)
        layout = _Layout(worst, size, now)
        if worst:
            yield shown(layout.heading, "dim")
        taken = count = 0
        for node in worst:
            lines = layout.lines(node)
            if taken + len(lines) > room:
                break
            yield from lines
            taken, count = taken + len(lines), count + 1
        if count < len(known):
            numbers = self._watch.states.copy()
            numbers.subtract(node.state for node in worst[:count] if node.state is not None)
            yield shown(f"and {len(known) - count:,} more: {states(numbers)}", "dim")

    def _in_order(self, known: Sequence[WatchedNode], most: int) -> Sequence[WatchedNode]:
        now = self._clock()
        if self._sorted_at is None or now - self._sorted_at >= SORTED_EVERY or len(self._worst) < most:
            self._sorted_at = now
            self._worst = nsmallest(most, known, key=lambda node: node.order)
        return self._worst[:most]

    def _change_lines(self, size: Size) -> Iterator[Text]:
        if self._changes:
            yield Text("")
        for change in self._changes:
            head = f"{time_of_day(change.at)} {printable(change.target.name)}: "
            text = f"{change.before} -> {change.after}"
            found = what(change)
            line = shown(cut(head, size.width * 3 // 5), "dim")
            style = "red" if change.after == "failed" else "green"
            yield line.append(
                cut(f"{text}: {found}" if found else text, size.width - width_of(line.plain)), style
            )


class _Layout:
    """How wide the columns of some nodes are: what is wrong stands behind the others, or on the next line."""

    def __init__(self, rows: Sequence[WatchedNode], size: Size, now: datetime) -> None:
        self._now, self._blocks, self._width = now, _BLOCKS if size.unicode else _ASCII, size.width
        self._trips = next(trips for least, trips in _TRIPS if size.width >= least)
        since = max((len(time_since(node.since, now)) for node in rows), default=0)
        self._widths = [since, self._trips, _LOST, *((_TRIP,) if size.width >= _NARROW else ())]
        fixed = sum(self._widths) + 2 * len(self._widths)
        name = max((width_of(printable(node.target.name)) for node in rows), default=0)
        self._name = max(min(name, size.width - fixed), len("NAME"))
        self._words = size.width - fixed - self._name - 2
        self._beside = self._words >= _LEAST_WORDS

    @property
    def heading(self) -> str:
        """The line above the rows."""
        names = ("SINCE", f"LAST {self._trips}", "LOST", "TRIP")
        cells = [
            f"  {name:{side}{columns}.{columns}}"
            for name, side, columns in zip(names, "<<>>", self._widths, strict=False)
        ]
        return padded("NAME", self._name) + "".join(cells) + ("  STATE" if self._beside else "")

    def lines(self, node: WatchedNode) -> list[Text]:
        """Return the line of a node, or two."""
        standing = node.standing
        assert standing is not None, "a result makes it known"
        spark = sparkline([*node.recent][-self._trips :], self._blocks)
        cells = [
            shown(f"{time_since(node.since, self._now):<{self._widths[0]}}", "dim"),
            Text(" " * (self._trips - len(spark.plain))).append_text(spark),
            shown(f"{lost(node):>{_LOST}}", "red" if node.failed else ""),
            shown(f"{milliseconds(standing.round_trip):>{_TRIP}}"),
        ]
        line = shown(padded(cut(printable(node.target.name), self._name), self._name))
        for cell in cells[: len(self._widths)]:
            line.append("  ").append_text(cell)
        style = _STYLES[standing.grade]
        if self._beside:
            return [line.append(f"  {cut(standing.words, self._words)}", style)]
        if standing.grade is Grade.ANSWERED:
            return [line]
        return [line, shown(f"  {cut(standing.words, self._width - 2)}", style)]

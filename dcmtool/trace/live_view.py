"""A watch without end, on one screenful of the terminal: the figures, and the last round trips as a line.

It is gone when the watch ends.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from textwrap import wrap

from rich.console import Console, ConsoleOptions, RenderResult
from rich.live import Live
from rich.text import Text

from dcmtool.events import Event, Listener
from dcmtool.named_tuple import NamedTuple
from dcmtool.text import hours
from dcmtool.trace.tables import shown
from dcmtool.trace.watch import Watch
from dcmtool.trace.watched_terminal import time_of_day

EVERY = 100_000_000  # nanoseconds between two counts of the figures; an echo may take a thousandth of that
PENDING = 2  # seconds that an answer may take without a word
_CELL = 9  # columns of a figure: six of them fit 60
_BLOCKS, _ASCII = "▁▂▃▄▅▆▇█", "_.-=+*#@"
_LOST = "x"
_MOST_LINES = 4  # of the sentence below the figures


class Figures(NamedTuple):
    """What is shown of a watch: counts, round trips (ns), the last failure, and since when none answers."""

    answered: int
    lost: int
    times: tuple[int | None, ...]  # last, minimum, median, p95, maximum
    recent: tuple[int | None, ...]
    failure: str | None
    failed_at: datetime | None
    down: datetime | None


def figures(watch: Watch) -> Figures:
    """Return the figures of a watch as they are now."""
    trips, recent = watch.round_trips, tuple(watch.recent)
    answered = [each for each in recent if each is not None]
    last = answered[-1] if answered else None
    times = (last, trips.minimum, trips.quantile(0.5), trips.quantile(0.95), trips.maximum)
    lost = (watch.failure, watch.last_lost, watch.down)
    return Figures(watch.answered, watch.lost, times, recent, *lost)


class View:
    """What stands on the screen: `title` says who is watched, `clock` the monotonic nanoseconds.

    A thread of rich's draws it, so that what changes meanwhile is set as a whole: `figures`, and whether an
    echo is pending.
    """

    def __init__(self, title: str, started: datetime, clock: Callable[[], int], watch: Watch) -> None:
        self._title, self._started, self._clock, self._watch = title, started, clock, watch
        self._begun = clock()
        self.figures = Figures(0, 0, (None,) * 5, (), None, None, None)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width = options.max_width
        ascii_only = not (console.encoding or "ascii").lower().startswith("utf")
        for line in self.lines(width, _ASCII if ascii_only else _BLOCKS):
            line.truncate(width)
            line.no_wrap = True
            yield line

    def lines(self, width: int, blocks: str) -> Iterator[Text]:
        """Yield the lines for a terminal of this width."""
        now, seen = self._clock(), self.figures
        seconds = (now - self._begun) // 1_000_000_000
        since = f"since {time_of_day(self._started)}, {hours(seconds)}"
        gap = max(2, width - len(self._title) - len(since))
        yield Text.assemble(shown(self._title, "bold"), " " * gap, shown(since, "dim"))
        yield Text("")
        names = ("last", "lost", "min", "median", "p95", "max")
        share = _share(seen)
        widths = [max(_CELL, len(share) + 2) if name == "lost" else _CELL for name in names]
        yield shown("".join(f"{name:>{columns}}" for name, columns in zip(names, widths, strict=True)), "dim")
        yield _row(seen, share, widths)
        yield Text("")
        yield sparkline(seen.recent[-width:], blocks)
        yield from _broken(self._state(seen, now), width)
        yield shown("Ctrl-C ends it", "dim")

    def _state(self, seen: Figures, now: int) -> Text:
        """Return what is wrong, or was at last."""
        pending = self._watch.pending
        waited = 0 if pending is None else (now - pending) // 1_000_000_000
        if seen.down is not None:
            return shown(f"no answer since {time_of_day(seen.down)}: {seen.failure}", "bold red")
        if waited >= PENDING:
            return shown(f"waiting for an answer, {waited} s", "yellow")
        if seen.failure is not None and seen.failed_at is not None:
            return shown(f"last failure at {time_of_day(seen.failed_at)}: {seen.failure}", "yellow")
        return Text("")


def _share(seen: Figures) -> str:
    """Return how many were lost; neither none nor all is said of what is not quite that."""
    if not seen.lost:
        return "0"
    share = seen.lost / (seen.answered + seen.lost)
    percent = "<1%" if share < 0.01 else ">99%" if 0.99 < share < 1 else f"{share:.0%}"
    return f"{seen.lost} ({percent})"


def _row(seen: Figures, share: str, widths: Sequence[int]) -> Text:
    last, *others = (_ms(each) for each in seen.times)
    lost = shown(f"{share:>{widths[1]}}", "bold red" if seen.lost else "green")
    cells = "".join(f"{each:>{columns}}" for each, columns in zip(others, widths[2:], strict=True))
    return Text.assemble(shown(f"{last:>{widths[0]}}", "bold"), lost, shown(cells), shown(" ms", "dim"))


def _broken(sentence: Text, width: int) -> Iterator[Text]:
    """Yield a sentence broken at words, in no more lines than leave the figures on the screen."""
    for line in wrap(sentence.plain, width, max_lines=_MOST_LINES, placeholder=" ...") or [""]:
        yield shown(line, str(sentence.style))


def sparkline(recent: Sequence[int | None], blocks: str) -> Text:
    """Return a character an echo, the higher the longer it took between the shortest and the longest."""
    times = [each for each in recent if each is not None]
    low, high = min(times, default=0), max(times, default=0)
    line = Text()
    for each in recent:
        if each is None:
            line.append(_LOST, "bold red")
        else:
            height = 0 if high == low else (each - low) * (len(blocks) - 1) // (high - low)
            line.append(blocks[height], "green" if height < len(blocks) - 2 else "yellow")
    return line


def _ms(nanoseconds: int | None) -> str:
    if nanoseconds is None:
        return "-"
    milliseconds = nanoseconds / 1_000_000
    return f"{milliseconds:.3f}" if milliseconds < 100 else f"{milliseconds:.0f}"


@contextmanager
def live_view(
    console: Console, title: str, started: datetime, clock: Callable[[], int], watch: Watch
) -> Iterator[Listener]:
    """Show a watch until it ends; give the listener that is to be told of it."""
    view = View(title, started, clock, watch)
    with Live(view, console=console, transient=True, refresh_per_second=4, vertical_overflow="crop"):
        counted_at = clock() - EVERY

        def listen(event: Event) -> None:
            nonlocal counted_at
            over, now = watch(event), clock()
            if over and (now - counted_at >= EVERY or watch.down is not None):
                counted_at = now
                view.figures = figures(watch)

        yield listen

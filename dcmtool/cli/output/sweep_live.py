"""What a person sees while a sweep goes on: how far it is, and the failures as they come; gone at its end."""

import sys
from collections import deque
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Protocol, TextIO

from rich.console import Console, ConsoleOptions, RenderResult
from rich.live import Live
from rich.text import Text

from dcmtool.cli.output.appearance import Look
from dcmtool.cli.output.cells import cut, padded, width_of
from dcmtool.cli.output.sweep_table import nodes
from dcmtool.cli.output.terminals import takes_more
from dcmtool.fleet.result import NodeResult
from dcmtool.fleet.standing import Grade, Standing, standing_of
from dcmtool.fleet.target import Target
from dcmtool.named_tuple import NamedTuple
from dcmtool.text import hours, printable
from dcmtool.trace.tables import shown
from dcmtool.trace.terminal import console_for

MOST_FAILURES = 10  # that stay on the screen
_BESIDE = 4  # lines: bar, figures, a blank one, and how to end it
_LONGEST_BAR = 60  # columns
PENDING = 3  # seconds that a node may take without being named


class Shown(Protocol):
    """What is some lines at any moment."""

    def lines(self, size: "Size") -> Iterator[Text]:
        """Yield the lines for a terminal of this size."""


class Size(NamedTuple):
    """How much a terminal shows: columns, lines, and whether more than ASCII."""

    width: int
    height: int
    unicode: bool = True


class Screen:
    """What is `shown` on a terminal, drawn anew whenever `draw` is called, and gone once it is closed.

    Nothing is there before the first `draw`.
    """

    def __init__(self, stream: TextIO, appearance: Look, shown: Shown) -> None:
        self._stream, self._shown = stream, shown
        console = console_for(stream, coloured=appearance is Look.COLOURED)
        self._live = Live(
            self,
            console=console,
            auto_refresh=False,  # a thread of rich's would take the loop's time at any moment
            transient=True,
            redirect_stdout=False,  # it may be data's
            redirect_stderr=stream is sys.stderr,
        )

    def draw(self) -> None:
        """Draw what there is now, if the terminal takes it. Raises `OSError` where that is gone."""
        if not takes_more(self._stream):
            return
        if self._live.is_started:
            self._live.refresh()
        else:
            self._live.start(refresh=True)

    def close(self) -> None:
        """Take it all away. Raises as `draw`."""
        self._live.stop()

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        unicode = (console.encoding or "ascii").lower().startswith("utf")
        size = Size(options.max_width, max(console.height - 1, 1), unicode)  # the cursor has the last line
        for line in islice(self._shown.lines(size), size.height):
            line.truncate(size.width)
            line.no_wrap = True
            yield line


class Progress:
    """How far a sweep is; the clock is in monotonic nanoseconds."""

    def __init__(self, total: int, clock: Callable[[], int]) -> None:
        self._total, self._clock = total, clock
        self._running: dict[int, tuple[str, int]] = {}  # name, and since when; by the target's identity
        self._begun = clock()
        self._done = self._failed = 0
        self._failures: deque[Standing] = deque(maxlen=MOST_FAILURES)

    def begin(self, target: Target) -> None:
        """Count a node as one that is asked now."""
        self._running.pop(id(target), None)  # the first one has waited longest
        self._running[id(target)] = target.name, self._clock()

    def add(self, result: NodeResult) -> None:
        """Count a result in."""
        self._running.pop(id(result.target), None)
        self._done += 1
        if result.state == "failed":
            self._failed += 1
            self._failures.append(standing_of(result))

    def lines(self, size: Size) -> Iterator[Text]:
        """Yield what is shown on a terminal of this size."""
        yield self._bar(size)
        yield self._figures()
        room = size.height - _BESIDE
        if self._failures and room > 0:
            yield Text("")
            yield from failure_lines([*self._failures][-room:], size.width)
        yield shown(f"{self._awaited()}Ctrl-C ends it", "dim")

    def _awaited(self) -> str:
        """Return which node has been waited for longest, where that is long."""
        name, since = next(iter(self._running.values()), ("", 0))
        seconds = (self._clock() - since) // 1_000_000_000
        return f"waiting for {name}, {seconds} s; " if name and seconds >= PENDING else ""

    def _bar(self, size: Size) -> Text:
        count = f"{self._done:,} of {nodes(self._total)}"
        length = min(max(size.width - len(count) - 2, 0), _LONGEST_BAR)
        done = self._done * length // self._total if self._total else length
        sign, rest = ("\u2501", "\u2501") if size.unicode else ("#", "-")
        return Text.assemble((sign * done, "green"), (rest * (length - done), "dim"), "  ", count)

    def _figures(self) -> Text:
        seconds = (self._clock() - self._begun) / 1_000_000_000
        figures = [f"{len(self._running):,} running"]
        if self._done and seconds > 0:
            rate = self._done / seconds
            figures += [f"{rate:,.0f} nodes/s" if rate >= 10 else f"{rate:.1f} nodes/s"]
            figures += [f"{_duration((self._total - self._done) / rate)} left"]
        failed = (f"{self._failed:,} failed", "bold red" if self._failed else "green")
        return Text.assemble(failed, shown(f", {', '.join(figures)}"))


def failure_lines(failures: list[Standing], width: int) -> Iterator[Text]:
    """Yield a line a failure: the name, and what is wrong."""
    names = [cut(printable(each.name), width * 2 // 5) for each in failures]
    widest = max(map(width_of, names), default=0)
    for name, standing in zip(names, failures, strict=True):
        style = "red" if standing.grade is Grade.FAILED else "yellow"
        words = cut(standing.words, max(width - widest - 2, 0))
        yield Text.assemble(shown(padded(name, widest)), "  ", shown(words, style))


def _duration(seconds: float) -> str:
    whole = round(seconds)
    if whole < 100:
        return f"{whole} s"
    return hours(whole)

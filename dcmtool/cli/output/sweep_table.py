"""The table of a sweep: a row a node, the worst first, and what all of them come to."""

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from heapq import nsmallest

from dcmtool.cli.output.appearance import Look
from dcmtool.cli.output.cells import broken, padded, width_of
from dcmtool.cli.output.columns import BOLD, DIM, GREEN, RED, YELLOW
from dcmtool.cli.output.screen import columns_of, wrapped
from dcmtool.fleet.result import NodeResult, Summary
from dcmtool.fleet.standing import Grade, Standing, standing_of
from dcmtool.text import hours, printable
from dcmtool.verification.statistics import Durations

MOST_LISTED = 50  # of the nodes that answered, on a terminal: two screens of what is in order
SLOWEST = 5  # that are listed in their place
NARROW = 80  # columns below which the headings are short
_NARROWEST = 40  # columns; on fewer a terminal breaks the lines itself
_LEAST_NAME, _LEAST_WORDS = 8, 12  # columns
_GAP = "  "
COLOURS = {
    Grade.FAILED: RED,
    Grade.SLOW: YELLOW,
    Grade.CERTIFICATE: YELLOW,
    Grade.ANSWERED: GREEN,
    Grade.SKIPPED: DIM,
}

Cells = tuple[str, ...]
Write = Callable[[str], None]


class Table:
    """Gathers the results of a sweep, and writes the table at its end.

    In a pipe every node has a row. On a terminal the many that answered are counted, and the slowest of them
    listed, unless it is asked for in `full`.
    """

    def __init__(self, write: Write, appearance: Look, *, full: bool) -> None:
        self._write, self._look = write, appearance
        self._full = full or appearance is Look.PLAIN
        self._standings: list[Standing] = []

    def add(self, result: NodeResult) -> None:
        """Take a result in."""
        self._standings.append(standing_of(result))

    def end(self, total: Summary) -> None:
        """Write the table, and below it the totals."""
        width = None if self._look is Look.PLAIN else columns_of(sys.stdout)
        coloured = self._look is Look.COLOURED
        lines = [
            *table_lines(self._standings, width, full=self._full, coloured=coloured),
            *(("",) if self._standings else ()),
            *(wrapped(line, 0, width) for line in total_lines(total, self._standings)),
        ]
        self._write("\n".join(lines))


def table_lines(
    standings: Sequence[Standing], width: int | None, *, full: bool, coloured: bool
) -> Iterator[str]:
    """Yield the lines of the table; without `full` the many that answered are only counted."""
    listed, left = _listed(standings, full=full)
    secured = any(each.days_left is not None for each in standings)
    rows = [(*cells_of(each), *((_days(each.days_left),) if secured else ())) for each in listed]
    names = ("NAME", "STATE", "ROUND TRIP", "CERTIFICATE")
    if width is not None and width < NARROW:
        names = (*names[:2], "TRIP", "CERT")
    heading = names[: 4 if secured else 3]
    if not rows:
        return
    widths = fitted([heading, *rows], width)
    yield from row_lines(heading, widths, [BOLD] * len(heading) if coloured else ())
    for standing, row in zip(listed, rows, strict=True):
        if left and standing.grade is Grade.SKIPPED:  # the first of these
            yield _left(left, width, coloured=coloured)
            left = 0
        yield from row_lines(row, widths, ("", COLOURS[standing.grade]) if coloured else ())
    if left:
        yield _left(left, width, coloured=coloured)


def _listed(standings: Sequence[Standing], *, full: bool) -> tuple[list[Standing], int]:
    """Return what has a row, in order, and how many that answered have none."""
    ordered = sorted(standings, key=lambda each: each.order)
    answered = [each for each in ordered if each.grade is Grade.ANSWERED]
    if full or len(answered) <= MOST_LISTED:
        return ordered, 0
    slowest = nsmallest(SLOWEST, answered, key=lambda each: -(each.round_trip or 0))
    before = [each for each in ordered if each.grade < Grade.ANSWERED]
    after = [each for each in ordered if each.grade > Grade.ANSWERED]
    return [*before, *slowest, *after], len(answered) - len(slowest)


def _left(count: int, width: int | None, *, coloured: bool) -> str:
    text = f"and {count:,} more that answered, none of them slower (--full lists them)"
    return styled(wrapped(text, 0, width), DIM, coloured=coloured)


def cells_of(standing: Standing) -> Cells:
    """Return a node's name, its state, and its round trip, as they are shown."""
    return printable(standing.name), standing.words, milliseconds(standing.round_trip)


def milliseconds(time: int | None) -> str:
    """Return a time (ns) in milliseconds with three digits or so, a dash where there is none."""
    if time is None:
        return "-"
    number = time / 1_000_000
    return f"{number:.2f} ms" if number < 10 else f"{number:.1f} ms" if number < 100 else f"{number:.0f} ms"


def _days(left: int | None) -> str:
    return "-" if left is None else f"{left} d"


def fitted(rows: Iterable[Cells], width: int | None) -> list[int]:
    """Return how wide the columns are: of name, words, and others that are never broken."""
    name, words, *others = (max(map(width_of, column)) for column in zip(*rows, strict=True))
    if width is not None and width >= _NARROWEST:
        room = width - sum(others) - len(_GAP) * (len(others) + 1)
        name = min(name, max(room // 2, room - words, _LEAST_NAME))
        words = min(words, max(room - name, _LEAST_WORDS))
    return [name, words, *others]


def row_lines(cells: Cells, widths: Sequence[int], styles: Sequence[str]) -> Iterator[str]:
    """Yield the lines of a row: name and words are broken where they are too long, numbers stand right."""
    name, words = broken(cells[0], widths[0]), broken(cells[1], widths[1])
    for number in range(max(len(name), len(words))):
        left = [lines[number] if number < len(lines) else "" for lines in (name, words)]
        right = cells[2:] if number == 0 else ("",) * len(cells[2:])
        line = [padded(cell, wide) for cell, wide in zip(left, widths, strict=False)]
        line += [padded(cell, wide, right=True) for cell, wide in zip(right, widths[2:], strict=True)]
        kept = max((place for place, cell in enumerate(line) if cell.strip()), default=0)
        line = [*line[:kept], line[kept].rstrip()]
        for place, style in enumerate(styles[: len(line)]):
            line[place] = styled(line[place], style, coloured=True)
        yield _GAP.join(line)


def styled(text: str, style: str, *, coloured: bool) -> str:
    """Return a text with a style, the blanks behind it without."""
    shown = text.rstrip()
    return f"\x1b[{style}m{shown}\x1b[0m{text[len(shown) :]}" if coloured and style and shown else text


def total_lines(total: Summary, standings: Iterable[Standing]) -> Iterator[str]:
    """Yield what all nodes come to: how many, how they ended, and how long the echoes took."""
    yield f"{nodes(total.nodes)} in {duration(total.seconds)}: {counts(total)}"
    failed = {word: count for word, count in total.outcomes.items() if word not in ("success", "skipped")}
    if failed:
        by_number = sorted(failed.items(), key=lambda pair: (-pair[1], pair[0]))
        yield "failed: " + ", ".join(f"{count:,} {word}" for word, count in by_number)
    times = Durations()
    for each in standings:
        if each.round_trip is not None:
            times.add(each.round_trip)
    if times.count > 1:
        median, p95 = milliseconds(times.quantile(0.5)), milliseconds(times.quantile(0.95))
        yield f"round trips: median {median}, p95 {p95}, maximum {milliseconds(times.maximum)}"


def counts(total: Summary) -> str:
    """Return how many nodes there are of each state."""
    states = {"answered": total.answered, "failed": total.failed, "skipped": total.skipped}
    return ", ".join(f"{count:,} {state}" for state, count in states.items() if count or state == "answered")


def nodes(count: int) -> str:
    """Return a number of nodes."""
    return f"{count:,} {'node' if count == 1 else 'nodes'}"


def duration(time: float, *, whole: bool = False) -> str:
    """Return a time in seconds, or in hours, minutes and seconds."""
    if time < 100 and not whole:
        return f"{time:.2f} s"
    return hours(int(time))

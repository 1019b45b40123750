"""A figure and its yardstick, measured in turn in one run, so that a machine's moods cancel out."""

from collections.abc import Callable
from statistics import median
from typing import NamedTuple

Measure = Callable[[], float]


class Row(NamedTuple):
    """A line of the table: `ratio` None says that it was not measured, and `note` why."""

    name: str
    limit: float | None
    ratio: float | None
    ours: str = ""
    theirs: str = ""
    note: str = ""

    @property
    def failed(self) -> bool:
        """Whether the figure is beyond its limit."""
        return self.limit is not None and self.ratio is not None and self.ratio > self.limit


def compare(
    name: str, limit: float | None, ours: Measure, theirs: Measure, rounds: int, note: str = ""
) -> Row:
    """Measure both (seconds) in turn, `rounds` times after one warm-up; the ratio is the pairs' median."""
    ours(), theirs()
    pairs = [(ours(), theirs()) for _ in range(rounds)]
    ratio = median(a / b for a, b in pairs)
    mine, other = (_shown(median(column)) for column in zip(*pairs, strict=True))
    return Row(name, limit, ratio, mine, other, note)


def _shown(seconds: float) -> str:
    return f"{seconds * 1e3:.1f} ms" if seconds >= 1e-3 else f"{seconds * 1e6:.1f} µs"


def table(rows: list[Row]) -> str:
    """Return the rows as a Markdown table."""
    lines = [
        "| what | ratio | limit | dcmtool | yardstick |",
        "|---|---|---|---|---|",
    ]
    for row in rows:
        ratio = "not measured" if row.ratio is None else f"{row.ratio:.2f}{' **over**' if row.failed else ''}"
        limit = "" if row.limit is None else f"{row.limit:.2f}"
        name = f"{row.name} ({row.note})" if row.note else row.name
        lines.append(f"| {name} | {ratio} | {limit} | {row.ours} | {row.theirs} |")
    return "\n".join(lines)

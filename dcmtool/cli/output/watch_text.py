"""A sweep that is watched, in lines: one a change, and at its end how the nodes stand."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from dcmtool.cli.output.cells import padded, width_of
from dcmtool.cli.output.columns import BOLD, DIM
from dcmtool.cli.output.screen import wrapped
from dcmtool.cli.output.sweep_table import (
    COLOURS,
    MOST_LISTED,
    cells_of,
    duration,
    fitted,
    nodes,
    row_lines,
    styled,
)
from dcmtool.fleet.result import State
from dcmtool.fleet.standing import Grade, in_short
from dcmtool.fleet.target import Target
from dcmtool.fleet.watch import FleetWatch, StateChange, WatchedNode
from dcmtool.text import counted, printable

_WIDEST_NAME = 40  # columns of the names of changes; what is longer has its line longer
_STATE = max(map(len, ("answered", "failed", "skipped")))
_HEADING = ("NAME", "STATE", "SINCE", "LOST", "ROUND TRIP")
_SHORT = 90  # columns below which the last heading is short


class ChangeLines:
    """Makes a line of each change: when, which node, from what to what, and what is found."""

    def __init__(self, targets: Sequence[Target]) -> None:
        widths = (width_of(printable(each.name)) for each in targets)
        self._name = min(max(widths, default=0), _WIDEST_NAME)

    @property
    def heading(self) -> str:
        """The line above them."""
        return self._line(f"{'TIME':<19}", "NAME", "FROM", "TO", "FINDING")

    def line(self, change: StateChange) -> str:
        """Return the line of a change."""
        when = change.at.astimezone().strftime("%Y-%m-%d %H:%M:%S")
        return self._line(when, change.target.name, change.before or "-", change.after or "-", what(change))

    def _line(self, when: str, name: str, before: str, after: str, text: str) -> str:
        cells = (when, padded(printable(name), self._name), f"{before:<{_STATE}}", f"{after:<{_STATE}}", text)
        return "  ".join(cells).rstrip()


def what(change: StateChange) -> str:
    """Return what is found of a node that has changed, or why it is left alone."""
    if change.finding is not None:
        return in_short(change.finding)
    if change.after == "skipped":
        return printable(change.target.do_not_probe)
    if change.after == "failed" and change.result is not None:
        return change.result.outcome
    return ""


def table_lines(
    watch: FleetWatch, now: datetime, width: int | None, *, full: bool, coloured: bool
) -> Iterator[str]:
    """Yield how the nodes stand, the worst first; without `full` what has never failed is only counted."""
    ordered = sorted(watch.nodes, key=lambda node: node.order)
    listed = [node for node in ordered if full or not _is_in_order(node)]
    if len(ordered) - len(listed) <= MOST_LISTED:
        listed = ordered
    heading = _HEADING if width is None or width >= _SHORT else (*_HEADING[:-1], "TRIP")
    rows = [_row(node, now) for node in listed]
    if rows:
        widths = fitted([heading, *rows], width)
        yield from row_lines(heading, widths, [BOLD] * len(heading) if coloured else ())
        for node, row in zip(listed, rows, strict=True):
            yield from row_lines(row, widths, ("", COLOURS[_grade(node)]) if coloured else ())
    if len(listed) < len(ordered):
        text = f"and {len(ordered) - len(listed):,} more that answered each time (--full lists them)"
        yield styled(wrapped(text, 0, width), DIM, coloured=coloured)


def _is_in_order(node: WatchedNode) -> bool:
    return _grade(node) is Grade.ANSWERED and not node.failed


def _grade(node: WatchedNode) -> Grade:
    return Grade.SKIPPED if node.standing is None else node.standing.grade


def _row(node: WatchedNode, now: datetime) -> tuple[str, ...]:
    assert node.standing is not None, "a result makes it known"
    name, words, trip = cells_of(node.standing)
    return name, words, time_since(node.since, now), lost(node), trip


def total_line(watch: FleetWatch, seconds: float) -> str:
    """Return what the watch comes to."""
    rounds = f"{counted(watch.round, 'round')} in {duration(seconds)}"
    late = f", {watch.long_rounds:,} of them too long" if watch.long_rounds else ""
    changes = counted(watch.changes, "change")
    return f"{nodes(len(watch.nodes))}, {rounds}{late}: {states(watch.states)}; {changes}"


def states(numbers: "dict[State, int]") -> str:
    """Return how many nodes are in each state."""
    words: tuple[State, ...] = ("answered", "failed", "skipped")
    return ", ".join(
        f"{numbers.get(word, 0):,} {word}" for word in words if numbers.get(word) or word == "answered"
    )


def time_since(moment: datetime | None, now: datetime) -> str:
    """Return a moment as the clock on the wall had it, with its day where that is not today."""
    if moment is None:
        return "-"
    there, here = moment.astimezone(), now.astimezone()
    return there.strftime("%H:%M:%S" if there.date() == here.date() else "%m-%d %H:%M")


def lost(node: WatchedNode) -> str:
    """Return how many percent of the echoes failed; what is not none or all is not shown as that."""
    if not node.tried:
        return "-"
    share = node.loss
    if 0 < share < 0.01:
        return "<1%"
    return ">99%" if 0.99 < share < 1 else f"{share:.0%}"

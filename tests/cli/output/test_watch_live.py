"""A sweep that is watched, line by line: the view at several widths, the lines of changes, the last table."""

from datetime import UTC, datetime, timedelta

import pytest

from dcmtool.cli.output.cells import width_of
from dcmtool.cli.output.sweep_live import Size
from dcmtool.cli.output.watch_live import WatchView
from dcmtool.cli.output.watch_text import ChangeLines, lost, table_lines, time_since, total_line
from dcmtool.fleet.result import NodeResult
from dcmtool.fleet.target import Target
from dcmtool.fleet.watch import FleetWatch, StateChange, Tick, WatchedNode
from tests.reporting.sweep_results import answered, refused, rejected, skipped, target

SECOND = 1_000_000_000
NOON = datetime.now().astimezone().replace(hour=12, minute=0, second=0, microsecond=0)


class Watched:
    """A watch that begins at noon, one round every 10 s, and all that is made of it."""

    def __init__(self, *rounds: tuple[NodeResult, ...]) -> None:
        self.now = 0
        self.watch = FleetWatch(self._wall, lambda: self.now)
        self.view = WatchView(self.watch, len(rounds[0]), 10, lambda: self.now, self._wall)
        self.changes: list[StateChange] = []
        for number, results in enumerate(rounds, 1):
            self.watch.begin(Tick(number, 0))
            for result in results:
                change = self.watch.add(result)
                if change is not None:
                    self.view.take(change)
                    self.changes.append(change)
            self.watch.end_round()
            self.now += 10 * SECOND
        self.now -= 6 * SECOND

    def _wall(self) -> datetime:
        return NOON + timedelta(microseconds=self.now // 1000)

    def screen(self, width: int, height: int = 24) -> list[str]:
        """Return the lines on a terminal of this size without more than ASCII."""
        return [line.plain.rstrip() for line in self.view.lines(Size(width, height, unicode=False))]

    @property
    def targets(self) -> list[Target]:
        """The nodes."""
        return [node.target for node in self.watch.nodes]


FOUR = ((answered("pacs", 0.4), answered("mr", 81), refused("ct1"), skipped("injector")),)
THREE_ROUNDS = (
    *FOUR,
    (answered("pacs", 0.8), rejected("mr"), refused("ct1"), skipped("injector")),
    (answered("pacs", 0.5), answered("mr", 83), refused("ct1"), skipped("injector")),
)


def test_on_a_wide_terminal() -> None:
    assert Watched(*THREE_ROUNDS).screen(100) == [
        "4 nodes every 10 s" + " " * 59 + "since 12:00:00, 0:00:24",
        "round 3: 2 answered, 1 failed, 1 skipped; the next in 6 s",
        "",
        "NAME      SINCE     LAST 20               LOST      TRIP  STATE",
        "ct1       12:00:00                   xxx  100%         -  nothing listens on port 104 of "
        "192.0.2....",
        "mr        12:00:20                   _x@   33%   83.0 ms  answered",
        "pacs      12:00:00                   _@.    0%   0.50 ms  answered",
        "injector  12:00:00                           -         -  left alone: it hangs",
        "",
        "12:00:10 mr: answered -> failed: the node does not know the AE title PACS that it was called by",
        "12:00:20 mr: failed -> answered",
        "Ctrl-C ends it",
    ]


def test_on_a_narrow_terminal_what_is_wrong_has_a_line_of_its_own() -> None:
    assert Watched(*THREE_ROUNDS).screen(60)[3:10] == [
        "NAME      SINCE     LAST 10     LOST      TRIP",
        "ct1       12:00:00         xxx  100%         -",
        "  nothing listens on port 104 of 192.0.2.7, or a firewall...",
        "mr        12:00:20         _x@   33%   83.0 ms",
        "pacs      12:00:00         _@.    0%   0.50 ms",
        "injector  12:00:00                 -         -",
        "  left alone: it hangs",
    ]


@pytest.mark.parametrize(("width", "height"), [(60, 5), (60, 10), (100, 24), (160, 60)])
def test_of_more_nodes_than_rows_the_worst_are_shown_and_the_others_counted(width: int, height: int) -> None:
    many = tuple(answered(f"日本語ノード-{number}") for number in range(300))
    shown = Watched((*many, refused("ct1")), (*many, rejected("ct1"))).screen(width, height)
    assert len(shown) <= height
    assert max(map(width_of, shown)) <= width
    assert shown[-1] == "Ctrl-C ends it"
    assert height < 10 or any(line.startswith("ct1 ") for line in shown)
    (rest,) = [line for line in shown if line.startswith("and ")]
    rows = sum(line.startswith(("ct1 ", "日本")) for line in shown)
    assert rest.split()[1] == str(301 - rows)


def test_a_round_that_took_too_long_is_told() -> None:
    watched = Watched(*FOUR)
    watched.watch.begin(Tick(2, 5 * SECOND))
    watched.watch.add(FOUR[0][0])
    assert watched.screen(60)[1:3] == [
        "round 2: 2 answered, 1 failed, 1 skipped; 1 asked",
        "the round before took 15.0 s",
    ]
    assert total_line(watched.watch, 25) == (
        "4 nodes, 2 rounds in 25.00 s, 1 of them too long: 2 answered, 1 failed, 1 skipped; 0 changes"
    )


def test_a_change_is_a_line() -> None:
    watched = Watched(*THREE_ROUNDS)
    lines = ChangeLines(watched.targets)
    day = f"{NOON:%Y-%m-%d}"
    assert [lines.heading, *map(lines.line, watched.changes)] == [
        "TIME                 NAME      FROM      TO        FINDING",
        f"{day} 12:00:00  pacs      -         answered",
        f"{day} 12:00:00  mr        -         answered",
        f"{day} 12:00:00  ct1       -         failed    nothing listens on port 104 of 192.0.2.7, or a "
        "firewall refuses in its place",
        f"{day} 12:00:00  injector  -         skipped   it hangs",
        f"{day} 12:00:10  mr        answered  failed    the node does not know the AE title PACS that it was "
        "called by",
        f"{day} 12:00:20  mr        failed    answered",
    ]


def test_the_last_table() -> None:
    watched = Watched(*THREE_ROUNDS)
    lines = [*table_lines(watched.watch, NOON + timedelta(days=1), 80, full=False, coloured=False)]
    day = f"{NOON:%m-%d}"
    assert lines == [
        "NAME      STATE                                             SINCE  LOST     TRIP",
        f"ct1       nothing listens on port 104 of 192.0.2.7,   {day} 12:00  100%        -",
        "          or a firewall refuses in its place",
        f"mr        answered                                    {day} 12:00   33%  83.0 ms",
        f"pacs      answered                                    {day} 12:00    0%  0.50 ms",
        f"injector  left alone: it hangs                        {day} 12:00     -        -",
    ]


def test_in_the_last_table_what_never_failed_is_counted() -> None:
    many = tuple(answered(f"node-{number}") for number in range(2000))
    watched = Watched((*many, refused("ct1"), refused("ct2")), (*many, answered("ct1"), rejected("ct2")))
    lines = [*table_lines(watched.watch, NOON, 100, full=False, coloured=False)]
    assert [line.split()[0] for line in lines] == ["NAME", "ct2", "ct1", "and"]
    assert lines[-1] == "and 2,000 more that answered each time (--full lists them)"
    assert len([*table_lines(watched.watch, NOON, None, full=True, coloured=False)]) == 2003


@pytest.mark.parametrize(
    ("tried", "failed", "shown"),
    [(0, 0, "-"), (7, 0, "0%"), (1000, 1, "<1%"), (8, 1, "12%"), (1000, 999, ">99%"), (7, 7, "100%")],
)
def test_loss(tried: int, failed: int, shown: str) -> None:
    node = WatchedNode(target("a"))
    node.tried, node.failed = tried, failed
    assert lost(node) == shown


def test_a_moment_of_another_day_has_its_day() -> None:
    assert time_since(NOON.astimezone(UTC), NOON) == "12:00:00"
    assert time_since(NOON - timedelta(days=1), NOON) == f"{NOON - timedelta(days=1):%m-%d} 12:00"
    assert time_since(None, NOON) == "-"

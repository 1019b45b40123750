"""The screen of a watch without end, line by line, at several widths."""

import io
from datetime import datetime, timedelta

import pytest
from rich.console import Console

from dcmtool.dimse.messages import CEchoRsp
from dcmtool.errors import ConnectionLost, NoConnection
from dcmtool.events import EchoAnswered, Failed, Requesting
from dcmtool.settings import Peer
from dcmtool.trace.live_view import View, figures, live_view, sparkline
from dcmtool.trace.watch import RECENT, Watch
from tests.trace.told import event
from tests.upper_layer.pdu_table import REQUEST

MS, SECOND = 1_000_000, 1_000_000_000
NOON = datetime(2026, 11, 30, 12, 0, 0)
BEGUN = event(Requesting(Peer("h", 1), False, REQUEST))
LOST = event(Failed(NoConnection("connect", ConnectionLost())))
CLOSED = "the peer closed the connection without an A-ABORT (PS3.8 9.2.3, AA-4)"


def answer(round_trip: int, status: int = 0) -> object:
    """Return the event of an answer."""
    return event(EchoAnswered(CEchoRsp(1, status), round_trip), "peer")


class Clock:
    """A clock that is set."""

    now = 0

    def __call__(self) -> int:
        return self.now

    def wall(self) -> datetime:
        """Return the time of day."""
        return NOON + timedelta(microseconds=self.now // 1000)


def screen(*round_trips: int | None, width: int = 80, waits: int = 0, blocks: str = "01234567") -> list[str]:
    """Return the lines after echoes at one a second (None is lost), and some more seconds of waiting."""
    clock = Clock()
    watch = Watch(clock.wall)
    view = View("PACS at pacs port 104", NOON, clock, watch)
    for round_trip in round_trips:
        clock.now += SECOND
        watch(BEGUN)
        watch(LOST if round_trip is None else answer(round_trip))  # type: ignore[arg-type]
    view.figures = figures(watch)
    if waits:
        watch(event(Requesting(Peer("h", 1), False, REQUEST), at=clock.now))
        clock.now += waits * SECOND
    return [line.plain for line in view.lines(width, blocks)]


def test_before_the_first_answer() -> None:
    assert screen() == [
        "PACS at pacs port 104" + " " * 36 + "since 12:00:00, 0:00:00",
        "",
        "     last     lost      min   median      p95      max",
        "        -        0        -        -        -        - ms",
        "",
        "",
        "",
        "Ctrl-C ends it",
    ]


def test_the_figures() -> None:
    lines = screen(MS, 3 * MS, 2 * MS, 250 * MS)
    assert lines[0].endswith("since 12:00:00, 0:00:04")
    assert lines[3] == "      250        0    1.000    2.000      250      250 ms"
    assert lines[5:7] == ["0007", ""]


def test_since_when_nobody_answers() -> None:
    lines = screen(MS, None, None)
    assert lines[3] == "    1.000  2 (67%)    1.000    1.000    1.000    1.000 ms"
    assert lines[5] == "0xx"
    assert " ".join(lines[6:-1]) == f"no answer since 12:00:02: {CLOSED}"


@pytest.mark.parametrize("width", [60, 80, 200])
def test_the_sentence_is_broken_at_words(width: int) -> None:
    lines = screen(MS, None, width=width)
    assert all(len(line) <= width for line in lines)
    assert " ".join(lines[6:-1]) == f"no answer since 12:00:02: {CLOSED}"
    assert len(lines) == {60: 9, 80: 9, 200: 8}[width]


def test_a_sentence_without_end_leaves_the_figures_on_the_screen() -> None:
    lines = screen(None, width=20)
    assert len(lines) == 11
    assert lines[-2].endswith(" ...")


@pytest.mark.parametrize(
    ("answered", "lost", "share"),
    [
        (0, 5, "5 (100%)"),
        (0, 13, "13 (100%)"),
        (300, 1, "1 (<1%)"),
        (1, 300, "300 (>99%)"),
        (1, 1, "1 (50%)"),
    ],
)
def test_what_is_lost_stands_apart_from_its_neighbours(answered: int, lost: int, share: str) -> None:
    names, figures_ = screen(*[MS] * answered, *[None] * lost)[2:4]
    assert f"  {share}  " in figures_
    for name, figure in (("lost", share), ("max", "1.000" if answered else "-")):
        assert names.index(name) + len(name) == figures_.rindex(figure) + len(figure)


def test_what_failed_once_stays_told() -> None:
    assert " ".join(screen(MS, None, MS)[6:-1]) == f"last failure at 12:00:02: {CLOSED}"


def test_a_wait_is_told() -> None:
    assert screen(MS, waits=1)[6] == ""
    assert screen(MS, waits=7)[6] == "waiting for an answer, 7 s"


@pytest.mark.parametrize("width", [60, 100, 160])
def test_it_is_as_wide_as_the_terminal(width: int) -> None:
    console = Console(file=io.StringIO(), width=width, force_terminal=True, color_system=None)
    clock = Clock()
    watch = Watch(clock.wall)
    for _ in range(RECENT + 5):
        watch(BEGUN)
        watch(answer(MS))  # type: ignore[arg-type]
    watch(BEGUN)
    watch(LOST)
    view = View("PACS at pacs port 104", NOON, clock, watch)
    view.figures = figures(watch)
    lines = [
        "".join(segment.text for segment in line).rstrip() for line in console.render_lines(view, pad=False)
    ]
    assert len(lines) == (9 if width < 100 else 8)
    assert max(map(len, lines)) == width
    assert len(lines[5]) == width


def test_a_line_of_equal_times_is_flat() -> None:
    assert sparkline([5, 5, None], "01234567").plain == "00x"


def test_it_is_gone_at_the_end() -> None:
    file, clock = io.StringIO(), Clock()
    console = Console(file=file, width=60, force_terminal=True)
    with live_view(console, "pacs", NOON, clock, Watch(clock.wall)) as listen:
        listen(BEGUN)
        clock.now += SECOND
        listen(answer(MS))  # type: ignore[arg-type]
    shown = file.getvalue()
    assert "1.000" in shown
    assert shown.endswith("\x1b[2K")

"""The line that shows how far a long run is."""

import io
import re

import pytest
from rich.console import Console

from dcmtool.dimse.messages import CEchoRsp
from dcmtool.trace.progress_bar import progress_bar
from dcmtool.verification.progress import EchoAnswered, Releasing
from tests.trace.snapshots import SGR

MS = 1_000_000


def shown(repeat: int, *round_trips: int, every: int = 200) -> str:
    """Return what a console of 80 columns shows for echoes that are answered `every` so many milliseconds."""
    screen, now = io.StringIO(), 0
    console = Console(file=screen, force_terminal=True, width=80, color_system="standard")
    with progress_bar(console, repeat, lambda: now) as listen:
        for number, round_trip in enumerate(round_trips, 1):
            now += every * MS
            listen(EchoAnswered(CEchoRsp(number, 0), round_trip))
            listen(Releasing())
    return SGR.sub("", screen.getvalue())


def test_the_last_look_shows_all() -> None:
    assert re.search(r"echoes ━+ 2/2 0:00:0\d last 0\.250 ms", shown(2, 3 * MS, MS // 4))


def test_the_last_echo_is_shown_however_soon_it_comes() -> None:
    assert "3/3" in shown(3, MS, MS, MS, every=1)


def test_between_two_looks_nothing_is_drawn() -> None:
    assert "last 1.000 ms" in shown(9, MS, 2 * MS, 3 * MS, every=1)


def test_without_an_end() -> None:
    assert "2/?" in shown(0, MS, MS)


@pytest.mark.parametrize("repeat", [0, 5])
def test_nothing_of_it_is_left(repeat: int) -> None:
    screen = io.StringIO()
    with progress_bar(Console(file=screen, force_terminal=True, width=80), repeat, lambda: 0):
        pass
    assert screen.getvalue().endswith("\x1b[2K")  # the line is erased

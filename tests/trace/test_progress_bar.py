"""The line that shows how far a long run is."""

import io
import re
from datetime import datetime, timedelta

import pytest
from rich.console import Console

from dcmtool.dimse.messages import CEchoRsp
from dcmtool.errors import ConnectionLost, NoConnection
from dcmtool.events import EchoAnswered, Failed, Releasing, Requesting
from dcmtool.settings import Peer
from dcmtool.trace.progress_bar import progress_bar
from dcmtool.trace.watch import Watch
from tests.trace.snapshots import SGR
from tests.trace.told import event
from tests.upper_layer.pdu_table import REQUEST

MS = 1_000_000


NOON = datetime(2026, 11, 30, 12, 0, 0)
LOST = Failed(NoConnection("connect", ConnectionLost()))


def shown(repeat: int, *round_trips: int | None, every: int = 200) -> str:
    """Return what 110 columns show for echoes that end `every` so many milliseconds; None is lost."""
    screen, now = io.StringIO(), 0
    console = Console(file=screen, force_terminal=True, width=110, color_system="standard")
    watch = Watch(lambda: NOON + timedelta(milliseconds=now // MS))
    with progress_bar(console, repeat, lambda: now, watch) as listen:
        for number, round_trip in enumerate(round_trips, 1):
            now += every * MS
            listen(event(Requesting(Peer("h", 1), False, REQUEST)))
            answer = EchoAnswered(CEchoRsp(number, 0), round_trip) if round_trip is not None else LOST
            listen(event(answer, "peer"))
            listen(event(Releasing(), "local"))
    return SGR.sub("", screen.getvalue())


def test_the_last_look_shows_all() -> None:
    assert re.search(r"echoes ━+ 2/2 0:00:0\d last 0\.250 ms", shown(2, 3 * MS, MS // 4))


def test_the_last_echo_is_shown_however_soon_it_comes() -> None:
    assert "3/3" in shown(3, MS, MS, MS, every=1)


def test_between_two_looks_nothing_is_drawn() -> None:
    assert "last 1.000 ms" in shown(9, MS, 2 * MS, 3 * MS, every=1)


def test_without_an_end() -> None:
    assert "2/?" in shown(0, MS, MS)


def test_what_is_lost_and_since_when() -> None:
    text = shown(9, MS, None, None, every=2000)
    assert "3/9" in text
    assert "2 lost, no answer since 12:00:04" in text


def test_what_was_lost_stays_told() -> None:
    assert "last 1.000 ms, 1 lost, the last at 12:00:04" in shown(9, MS, None, MS, every=2000)


@pytest.mark.parametrize("repeat", [0, 5])
def test_nothing_of_it_is_left(repeat: int) -> None:
    screen = io.StringIO()
    with progress_bar(
        Console(file=screen, force_terminal=True, width=80), repeat, lambda: 0, Watch(datetime.now)
    ):
        pass
    assert screen.getvalue().endswith("\x1b[2K")  # the line is erased

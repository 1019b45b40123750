"""A watch on a terminal: a line an echo, with the time of day."""

import io
from datetime import UTC, datetime

import pytest

from dcmtool import events
from dcmtool.dimse.messages import CEchoRsp, c_echo_rq
from dcmtool.errors import (
    ConnectionLost,
    DcmtoolError,
    DeadlineExpired,
    EchoFailed,
    Interrupted,
    NoConnection,
    StatusNotSuccess,
)
from dcmtool.settings import Peer
from dcmtool.trace.levels import Level
from dcmtool.trace.terminal import console_for
from dcmtool.trace.watched_terminal import WatchedTerminal, time_of_day
from tests.trace.told import event
from tests.upper_layer.pdu_table import REQUEST

NOW = datetime(2026, 11, 30, 12, 1, 2, tzinfo=UTC)
TIME = f"  {time_of_day(NOW)}"
SENDING = events.EchoSending(1, 1, c_echo_rq(1))
REQUESTING = events.Requesting(Peer("pacs", 104), False, REQUEST)
REFUSED = StatusNotSuccess(0x0110, "Failure: Processing Failure")
CLOSED = "the peer closed the connection without an A-ABORT (PS3.8 9.2.3, AA-4)"


def shown(*told: events.What, reconnecting: bool = False, level: Level = Level.INFO) -> list[str]:
    """Return the lines of these events."""
    screen = io.StringIO()
    console = console_for(screen, coloured=False)
    console.width = 120
    terminal = WatchedTerminal(console, level, lambda: NOW, reconnecting=reconnecting)
    for what in told:
        terminal.show(event(what))
    return screen.getvalue().splitlines()


def answered(status: int = 0) -> events.EchoAnswered:
    """Return the event of an answer."""
    return events.EchoAnswered(CEchoRsp(1, status), 1_234_567)


def failed(stage: str, cause: DcmtoolError, kind: type = EchoFailed) -> events.Failed:
    """Return the event of a failure."""
    return events.Failed(kind(stage, cause))


def test_an_echo_is_a_line() -> None:
    assert shown(SENDING, answered(), SENDING, answered()) == [
        f"{TIME} I echo 1: answered after 1.235 ms",
        f"{TIME} I echo 2: answered after 1.235 ms",
    ]


def test_a_status_other_than_success_is_the_line() -> None:
    assert shown(SENDING, answered(0x0110), failed("echo", REFUSED)) == [
        f"{TIME} E echo 1: status 0x0110 (Failure: Processing Failure)"
    ]


def test_an_echo_without_an_answer_is_a_line() -> None:
    assert shown(SENDING, failed("echo", ConnectionLost())) == [f"{TIME} E echo 1: {CLOSED}"]


@pytest.mark.parametrize("level", [Level.INFO, Level.WARN])
def test_failures_have_a_line_each_while_reconnecting(level: Level) -> None:
    refused = failed("connect", ConnectionLost(), NoConnection)
    lines = shown(
        *(REQUESTING, refused, REQUESTING, SENDING, answered(), events.Releasing(), REQUESTING, refused),
        reconnecting=True,
        level=level,
    )
    assert [line for line in lines if " I " not in line] == [
        f"{TIME} E echo 1: {CLOSED}",
        f"{TIME} E echo 3: {CLOSED}",
    ]
    assert [line for line in lines if " I " in line] == (
        [f"{TIME} I echo 2: answered after 1.235 ms"] if level is Level.INFO else []
    )


def test_the_association_is_told_where_there_is_one() -> None:
    (line,) = shown(events.Releasing())
    assert line.endswith("Releasing Association")


def test_what_comes_between_two_echoes_is_no_echo() -> None:
    lines = shown(SENDING, answered(), failed("echo", ConnectionLost()))
    assert lines[-1].endswith(f"Echo Failed: {CLOSED}")
    late = failed("echo", DeadlineExpired("time for the next echo", "deadline", 5))
    assert "Echo Failed" in shown(REQUESTING, SENDING, answered(), late, reconnecting=True)[-1]


def test_ctrl_c_is_told_as_ever() -> None:
    (line,) = shown(SENDING, events.Failed(Interrupted("echo", KeyboardInterrupt())))
    assert line.endswith("Interrupted (stage: echo)")


def test_details_stay_details() -> None:
    lines = shown(REQUESTING, SENDING, answered(), reconnecting=True, level=Level.DEBUG)
    assert any("Requesting Association" in line for line in lines)
    assert lines[-1] == f"{TIME} I echo 1: answered after 1.235 ms"

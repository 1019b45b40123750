"""The lines of a watch."""

import pytest

from dcmtool import events
from dcmtool.dimse.messages import CEchoRsp, c_echo_rq
from dcmtool.errors import EchoFailed, StatusNotSuccess
from dcmtool.trace import plain
from dcmtool.trace.levels import Level, Line
from dcmtool.trace.plain import watched_lines
from tests.trace.told import event

ANSWERED = event(events.EchoAnswered(CEchoRsp(7, 0x0110), 1_234_567), "peer")
WORDS = "Received Echo Response (Failure: Processing Failure), MsgID 7, 1.235 ms"


@pytest.mark.parametrize("reconnecting", [False, True])
def test_an_answer_is_one_line(reconnecting: bool) -> None:
    assert list(watched_lines(ANSWERED, reconnecting=reconnecting)) == [Line(Level.INFO, WORDS)]


@pytest.mark.parametrize("reconnecting", [False, True])
def test_a_request_is_a_detail(reconnecting: bool) -> None:
    lines = list(
        watched_lines(event(events.EchoSending(1, 7, c_echo_rq(7)), "local"), reconnecting=reconnecting)
    )
    assert lines[0] == Line(Level.DEBUG, "Sending Echo Request (MsgID 7)")
    assert {line.level for line in lines} == {Level.DEBUG}


@pytest.mark.parametrize(("reconnecting", "level"), [(False, Level.INFO), (True, Level.DEBUG)])
def test_an_association_is_a_detail_where_there_are_many(reconnecting: bool, level: Level) -> None:
    lines = list(watched_lines(event(events.Releasing(), "local"), reconnecting=reconnecting))
    assert lines == [Line(level, "Releasing Association")]


@pytest.mark.parametrize("reconnecting", [False, True])
def test_problems_have_the_usual_lines(reconnecting: bool) -> None:
    failure = EchoFailed("echo", StatusNotSuccess(0x0110, "Failure: Processing Failure"))
    for problem in (event(events.Failed(failure)), event(events.Warned("odd"))):
        assert list(watched_lines(problem, reconnecting=reconnecting)) == list(plain.lines(problem))

"""Each echo on an association of its own, step by step."""

from dataclasses import replace

import pytest

from dcmtool.errors import ConnectFailed
from dcmtool.events import Failed
from dcmtool.settings import Timeouts
from dcmtool.steps import Clock, Connect, Wait
from dcmtool.verification.report import EchoReport, Outcome
from tests.peers import wire
from tests.verification.playbook import (
    ECHO,
    MS,
    TO_ASSOCIATE,
    TO_ECHO,
    USER_ABORT,
    Playbook,
    acse,
    echo_rsp,
    with_timeouts,
)

EACH = replace(ECHO, repeat=3, reconnect=True)
REFUSED = ConnectFailed("pacs", 104, (("192.0.2.7", ConnectionRefusedError(111, "refused")),))


def one(play: Playbook, message_id: int, status: int = 0) -> None:
    """Go through an association; the connection is closed at its end."""
    play.tells_the_time()
    play.associates()
    play.asks(message_id)
    play.receives(TO_ECHO, echo_rsp(message_id, status), None)
    play.released()


def report_of(play: Playbook) -> EchoReport:
    """Return the report, once the procedure has ended."""
    assert play.report is not None
    return play.report


def test_all_is_well() -> None:
    play = Playbook(EACH)
    for message_id in (1, 2, 3):
        one(play, message_id)
    report = report_of(play)
    assert (report.success, report.stage, report.address) == (True, "done", "192.0.2.7")
    assert (report.echoes.sent, report.echoes.received, report.echoes.total) == (3, 3, 3 * MS)
    assert [reply.message_id for reply in report.echoes.replies] == [1, 2, 3]
    assert {name: (times.count, times.quantile(0.5)) for name, times in report.per_phase.items()} == {
        "resolve": (3, MS),
        "connect": (3, MS),
        "associate": (3, 2 * MS),
        "echo": (3, 2 * MS),
        "release": (3, 2 * MS),
    }


def test_a_failure_ends_none_of_the_others_and_the_first_one_counts() -> None:
    play = Playbook(EACH)
    one(play, 1)
    play.tells_the_time()
    play.fails(REFUSED)
    play.closed()
    play.tells_the_time()
    play.requests()
    play.receives(TO_ASSOCIATE, wire.reject(1, 1, 7), acse(play.now // MS - 1))
    play.goes()
    report = report_of(play)
    assert (report.outcome, report.echoes.sent, report.echoes.received) == (Outcome.NO_CONNECTION, 3, 1)
    assert report.echoes.lost == 2
    assert report.per_phase["connect"].count == 2
    assert report.per_phase["associate"].count == 1


def test_a_failing_status_is_not_lost() -> None:
    play = Playbook(EACH)
    one(play, 1, 0x0110)
    one(play, 2)
    one(play, 3)
    report = report_of(play)
    assert (report.outcome, report.echoes.lost) == (Outcome.ECHO_FAILED, 0)
    assert report.echoes.statuses == {0x0110: 1, 0: 2}


def test_an_interval_is_waited_for_without_a_connection() -> None:
    play = Playbook(replace(EACH, interval=1, repeat=2))
    one(play, 1)  # was due at 0, began at 1 ms
    play.tells_the_time()
    play.waits(1001)
    assert isinstance(play.step, Connect)


def test_the_deadline_bounds_the_whole_run() -> None:
    play = Playbook(with_timeouts(Timeouts(socket=None, deadline=0.5), replace(EACH, interval=1)))
    play.tells_the_time()
    play.reaches(TO_ECHO)
    play.receives_anyhow(echo_rsp())
    play.reaches("A-RELEASE-RP")
    play.receives_anyhow(wire.pdu(wire.RELEASE_RP, bytes(4)))
    play.closed()
    play.tells_the_time()
    play.waits(500)
    report = report_of(play)
    sentence = "no time for the next echo within 0.5 s (timeouts.deadline)"
    assert (report.outcome, str(report.error)) == (Outcome.ECHO_FAILED, sentence)
    assert (report.echoes.sent, report.echoes.received) == (1, 1)


def test_ctrl_c_while_nothing_is_open() -> None:
    play = Playbook(replace(EACH, interval=1))
    one(play, 1)
    play.tells_the_time()
    assert isinstance(play.step, Wait)
    play.fails(KeyboardInterrupt())
    report = report_of(play)
    assert (report.outcome, str(report.error)) == (Outcome.INTERRUPTED, "interrupted (stage: echo)")
    assert (report.echoes.sent, report.echoes.received) == (1, 1)


@pytest.mark.parametrize("interval", [0, 1])
def test_ctrl_c_during_an_association_ends_the_run(interval: int) -> None:
    play = Playbook(replace(EACH, interval=interval))
    play.tells_the_time()
    play.requests()
    play.fails(KeyboardInterrupt())
    report, sent = play.ends()
    assert (report.outcome, sent) == (Outcome.INTERRUPTED, USER_ABORT)
    assert (report.echoes.sent, report.echoes.lost) == (0, 0)


def test_ctrl_c_with_a_request_outstanding_waits_for_the_response() -> None:
    play = Playbook(EACH, orderly=True)
    play.tells_the_time()
    play.associates()
    play.asks()
    play.fails(KeyboardInterrupt())
    assert isinstance(play.step, Clock)
    play.tells_the_time()
    play.receives_anyhow(echo_rsp())
    play.released()
    report = report_of(play)
    assert (report.outcome, report.echoes.received, report.echoes.lost) == (Outcome.INTERRUPTED, 1, 0)


def test_each_association_has_its_number_and_its_time() -> None:
    play = Playbook(replace(EACH, interval=1, repeat=2))
    one(play, 1)
    play.tells_the_time()
    play.waits(1001)
    play.fails(REFUSED)
    play.closed()
    report_of(play)
    first, second = (play.events[index].association for index in (0, -1))
    assert {event.association for event in play.events} == {first, second}
    assert second.number == first.number + 1
    assert (second.origin - first.origin, second.started - first.started) == (1000 * MS, 1)


def test_a_failure_between_two_associations_is_of_the_last_one() -> None:
    play = Playbook(replace(EACH, interval=1))
    one(play, 1)
    play.tells_the_time()
    play.fails(KeyboardInterrupt())
    report_of(play)
    assert isinstance(play.events[-1].what, Failed)
    assert len({event.association for event in play.events}) == 1

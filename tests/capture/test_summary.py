"""What connections come to for each pair of nodes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcmtool.capture import summary
from dcmtool.capture.connection import Endpoint, Spans
from dcmtool.capture.explanation import explained
from dcmtool.capture.summary import EXACT, PairSummary
from tests.capture.observations import (
    CT_STORAGE,
    MILLISECOND,
    accepted,
    connection,
    ended,
    rejected,
    request,
    use,
)


def test_pairs_are_told_apart_by_addresses_and_titles() -> None:
    counted = PairSummary()
    for number in range(3):
        counted.add(explained(accepted(use(), number=number)))
    counted.add(explained(rejected(1, 1, 7, asked=request(called_aet="PACS "))))
    counted.add(explained(connection(**ended("acceptor", "refused"))))
    first, second, third = counted.pairs
    assert (first.requestor, str(first.acceptor)) == (Endpoint("10.0.0.9"), "10.0.0.5:104")
    assert (first.calling, first.called) == ("MODALITY", "ORTHANC")
    assert (first.connections, first.associations, first.failed, first.findings) == (3, 3, 0, {})
    assert (second.called, second.failed, second.findings) == ("PACS", 1, {"called-title": 1})
    assert (third.calling, third.associations, third.findings) == ("", 0, {"refused": 1})
    assert (third.accept, third.commands) == (None, {})
    assert counted.left_out == 0


def test_times_of_each_command() -> None:
    counted = PairSummary()
    for accept in (1, 2, 3, 4, 100):
        uses = use(spans=Spans(1, accept, accept, accept)), use("C-STORE", spans=None)
        counted.add(accepted(*uses, asked=request(CT_STORAGE), accept=accept))
    (pair,) = counted.pairs
    assert pair.accept == Spans(5, 3, 100, 100)
    assert pair.commands == {"C-ECHO": Spans(5, 3, 100, 100)}


def test_findings_are_counted_once_a_connection() -> None:
    counted = PairSummary()
    counted.add(explained(accepted(use("C-STORE", (0xA700, 1), (0xC001, 1)), asked=request(CT_STORAGE))))
    (pair,) = counted.pairs
    assert (pair.failed, pair.findings) == (1, {"response-status": 1})


def test_what_several_answers_took_is_kept() -> None:
    counted = PairSummary()
    counted.add(accepted(use(spans=Spans(100, 5, 70, 90))))
    (pair,) = counted.pairs
    assert pair.commands["C-ECHO"] == Spans(100, 5, 70, 90)


def test_there_is_room_for_so_many_pairs() -> None:
    counted = PairSummary(most=2)
    for number in (1, 2, 3, 3, 1):
        counted.add(connection(requestor=Endpoint(f"10.0.0.{number}")))
    assert [pair.connections for pair in counted.pairs] == [2, 1]
    assert counted.left_out == 2


def test_there_is_room_for_so_many_commands() -> None:
    counted = PairSummary()
    counted.add(accepted(*(use(f"command 0x{number:04X}") for number in range(40))))
    counted.add(accepted(use("command 0x0001"), use("command 0x0027")))
    (pair,) = counted.pairs
    assert len(pair.commands) == 24
    assert pair.commands["command 0x0001"].times == 2


@given(st.lists(st.integers(0, 10**12), min_size=EXACT + 2, max_size=3 * EXACT))
def test_many_times_are_within_one_percent(times: list[int]) -> None:
    counted, seen = PairSummary(), accepted()
    for time in times:
        counted.add(seen._replace(accept=time))
    (pair,) = counted.pairs
    spans = pair.accept
    assert spans is not None
    assert (spans.times, spans.longest) == (len(times), max(times))
    exact = sorted(times)
    assert spans.median == pytest.approx(exact[-(-len(times) // 2) - 1], rel=0.01)
    assert spans.p95 == pytest.approx(exact[-(-len(times) * 95 // 100) - 1], rel=0.01)


def test_without_room_times_are_coarse(monkeypatch: pytest.MonkeyPatch) -> None:
    """One number an octave is kept for all that there is no room for."""
    monkeypatch.setattr(summary, "_MOST_TIMES", 8)
    counted = PairSummary()
    for number in range(1, 200):
        counted.add(accepted(accept=number * MILLISECOND))
    (pair,) = counted.pairs
    assert pair.accept is not None
    assert pair.accept.times == 199
    assert 50 * MILLISECOND < pair.accept.median < 200 * MILLISECOND

"""What all connections come to where there is little room, and whether a terminal has signs."""

import sys

import pytest

from dcmtool.capture.connection import Spans
from dcmtool.capture.summary import Pair, PairSummary
from dcmtool.cli.output import explain_forms
from dcmtool.cli.output.explain_forms import ExplainEnd, ExplainOutput, block_look, sink
from dcmtool.cli.output.explain_pairs import fits, pair_blocks, pair_rows
from dcmtool.cli.output.explain_text import BlockLook
from dcmtool.reporting import explain_report
from dcmtool.reporting.explain_report import ExplainTotal
from dcmtool.trace.levels import Level
from tests.capture.examples import BEGAN, MODALITY, MS, PACS, REJECTED, STORED
from tests.cli.output.test_diagnosis_run import at_a_terminal

PAIR = Pair(
    MODALITY._replace(port=None),
    PACS,
    *("CT1", "PACS"),
    *(12, 10, 3),
    {"called-title": 2, "refused": 1},
    Spans(10, 2 * MS, 5 * MS, 6 * MS),
    {"C-ECHO": Spans(3, MS, MS, MS), "C-STORE": Spans(9, 10 * MS, 30 * MS, 40 * MS)},
)
EMPTY = Pair(MODALITY._replace(address="", port=None), PACS._replace(address="", port=None))


def test_a_row_of_the_table() -> None:
    assert pair_rows([EMPTY, PAIR])[1:] == [
        (
            *("CT1 10.0.0.5", "PACS 10.0.0.9:104", "12", "10", "3", "called-title 2, refused 1"),
            "2.0 ms, 5.0 ms",
            "C-ECHO 1.0 ms, 1.0 ms; C-STORE 10.0 ms, 30.0 ms",
        ),
        ("unknown", "unknown", "0", "0", "0", "", "", ""),
    ]


@pytest.mark.parametrize(("width", "does"), [(None, True), (8, True), (7, False)])
def test_what_fits(width: int | None, does: bool) -> None:
    assert fits([("abc", "d"), ("e", "fgh")], width) is does


def test_a_block_a_pair() -> None:
    assert [*pair_blocks([EMPTY, PAIR], BlockLook())] == [
        "FAIL CT1 10.0.0.5 to PACS 10.0.0.9:104",
        "  in all   12 connections, 10 associations: something is wrong with 3",
        "  findings called-title 2, refused 1",
        "  accepted in 2.0 ms (median), 5.0 ms (p95)",
        "  answered C-ECHO in 1.0 ms (median), 1.0 ms (p95); C-STORE in 10.0 ms (median), 30.0 ms (p95)",
        "",
        "ok   unknown to unknown",
        "  in all   0 connections, 0 associations: nothing is wrong",
        "",
    ]


def total(*connections: object) -> ExplainEnd:
    """Return the end of a run with these connections."""
    found = ExplainTotal()
    for connection in connections:
        found.add(connection)  # type: ignore[arg-type]
    return ExplainEnd(found)


def test_the_summary_on_a_narrow_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = at_a_terminal(monkeypatch)
    monkeypatch.setenv("COLUMNS", "60")
    shown = sink(ExplainOutput(summary=True))
    for connection in (STORED, REJECTED):
        shown.add(connection)
    shown.end(total(STORED, REJECTED))
    text = terminal.getvalue()
    assert "\x1b[31m\u2717\x1b[0m \x1b[1mCT1 10.0.0.5 to PACS 10.0.0.9:104\x1b[0m\n" in text
    assert text.endswith("\n2 connections, 2 associations: something is wrong with 1\n(called-title 1)\n")


def test_what_there_was_no_room_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(explain_forms, "PairSummary", lambda: PairSummary(most=1))
    shown = sink(ExplainOutput(summary=True))
    for connection in (STORED, STORED._replace(acceptor=PACS._replace(port=105))):
        shown.add(connection)
    shown.end(total())
    assert "\n1 connection of more pairs than there is room for\n" in capsys.readouterr().out


@pytest.mark.parametrize(("encoding", "signs"), [("utf-8", True), ("ascii", False)])
def test_signs_are_shown_where_they_can_be(
    encoding: str, signs: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_a_terminal(monkeypatch, encoding)
    monkeypatch.setenv("COLUMNS", "77")
    assert block_look(ExplainOutput(level=Level.INFO)) == BlockLook(77, True, True, signs)
    monkeypatch.setattr(sys, "stdout", None)
    assert block_look(ExplainOutput()) == BlockLook()


@pytest.mark.parametrize(
    ("began", "text"),
    [(0, None), (1 << 80, None), (BEGAN + 1, "2026-11-30T08:15:00.250000001Z")],
)
def test_moments_in_json(began: int, text: str | None) -> None:
    assert explain_report.connection(STORED._replace(began=began))["began"] == text

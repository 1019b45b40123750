"""How nodes stand after a sweep: which is the worse, and in which words."""

from datetime import timedelta
from string import Formatter

import pytest

from dcmtool.diagnosis.findings import FINDINGS, made
from dcmtool.fleet.result import NodeResult
from dcmtool.fleet.standing import SLOW, Grade, in_short, standing_of
from dcmtool.verification.report import EchoReport
from tests.reporting.sweep_results import STARTED, answered, refused, rejected, short_of_days, skipped

EARLIER = STARTED - timedelta(days=60)  # when its certificate held for long


def slow(name: str, seconds: int) -> NodeResult:
    """Return the result of a node that took its time to answer."""
    result = answered(name)
    assert isinstance(result.report, EchoReport)
    result.report.phases.echo = seconds * SLOW
    return result


def test_the_worst_comes_first() -> None:
    results = [
        *(skipped("a"), answered("b"), answered("c", tls=True), short_of_days("d"), slow("e", 1)),
        *(slow("f", 3), rejected("g"), refused("h"), refused("b2")),
    ]
    ordered = sorted((standing_of(each) for each in results), key=lambda each: each.order)
    assert [each.name for each in ordered] == ["b2", "h", "g", "f", "e", "c", "d", "b", "a"]
    assert [each.grade for each in ordered] == [0, 0, 0, 1, 1, 2, 2, 3, 4]


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (refused("a"), "nothing listens on port 104 of 192.0.2.7, or a firewall refuses in its place"),
        (rejected("a"), "the node does not know the AE title PACS that it was called by"),
        (slow("a", 2), "answered, but the echo took 2.0 s"),
        (answered("a", tls=True), "answered, but its certificate ends soon"),
        (answered("a"), "answered"),
        (skipped("a", "it \x1bhangs"), "left alone: it \\x1bhangs"),
    ],
)
def test_what_is_said(result: NodeResult, words: str) -> None:
    assert standing_of(result).words == words


def test_the_days_are_those_of_the_date() -> None:
    assert standing_of(answered("a", tls=True)).days_left == 5
    then = standing_of(answered("a", tls=True)._replace(started=EARLIER))
    assert (then.days_left, then.grade) == (65, Grade.ANSWERED)
    assert standing_of(answered("a")).days_left is None


def test_a_failure_without_a_finding_is_its_outcome() -> None:
    standing = standing_of(rejected("a")._replace(finding=None))
    assert (standing.words, standing.finding) == ("rejected", None)
    assert standing.order > standing_of(rejected("a")).order


def test_in_short_there_are_no_causes() -> None:
    for name, definition in FINDINGS.items():
        facts = {field: "X" for _, field, _, _ in Formatter().parse(definition.sentence) if field}
        short = in_short(made(name, definition, facts))
        assert 10 < len(short) < 110
        assert not short.endswith(":")


def test_what_a_failure_is_about_is_not_left_out() -> None:
    finding = made("wrong-answer", FINDINGS["wrong-answer"], {"what": "no status"})
    assert in_short(finding) == "what the node sent is no answer to the echo: no status"
    facts = {"address": "192.0.2.7", "port": 104}
    finding = made("no-answer-to-connect", FINDINGS["no-answer-to-connect"], facts)
    assert in_short(finding) == "nothing comes back from 192.0.2.7 port 104"

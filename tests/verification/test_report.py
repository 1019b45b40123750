"""The report: outcome, statistics in constant memory, what was negotiated."""

import tracemalloc

import pytest

from dcmtool.errors import (
    AssociationAborted,
    AssociationFailed,
    AssociationRejected,
    Cause,
    EchoFailed,
    Interrupted,
    NoConnection,
    NoPresentationContext,
    ReleaseFailed,
    VerificationFailed,
)
from dcmtool.upper_layer.contexts import PresentationContext, propose
from dcmtool.upper_layer.indications import Accepted
from dcmtool.upper_layer.pdus import AssociateAc
from dcmtool.upper_layer.user_information import (
    ImplementationClassUid,
    ImplementationVersionName,
    MaximumLength,
    SubItem,
)
from dcmtool.verification.report import MAX_REPLIES, Echoes, EchoReport, NegotiatedParameters, Outcome, Reply

CONTEXTS = tuple(PresentationContext(context, 0, "1.2") for context in propose(1, "1.2.840", ("1.2",)))


def report_of(*information: SubItem) -> EchoReport:
    accepted = Accepted(AssociateAc("", "", (), information), CONTEXTS)
    return EchoReport("pacs", 104, accepted=accepted)


def test_without_an_error_it_is_a_success() -> None:
    report = EchoReport("pacs", 104)
    assert (report.success, report.outcome, report.negotiated) == (True, Outcome.SUCCESS, None)


@pytest.mark.parametrize(
    ("kind", "outcome"),
    [
        (NoConnection, "no-connection"),
        (AssociationFailed, "association-failed"),
        (AssociationRejected, "rejected"),
        (NoPresentationContext, "no-presentation-context"),
        (EchoFailed, "echo-failed"),
        (ReleaseFailed, "release-failed"),
        (AssociationAborted, "aborted"),
        (Interrupted, "interrupted"),
    ],
)
def test_outcome(kind: type[VerificationFailed], outcome: str) -> None:
    report = EchoReport("pacs", 104, error=kind("echo", Cause()))
    assert (report.success, report.outcome) == (False, outcome)


def test_every_failure_has_an_outcome() -> None:
    kinds = [*VerificationFailed.__subclasses__(), *AssociationFailed.__subclasses__()]
    outcomes = {EchoReport("pacs", 104, error=kind("echo", Cause())).outcome for kind in kinds}
    assert outcomes == set(Outcome) - {Outcome.SUCCESS}


def test_what_was_negotiated() -> None:
    report = report_of(
        MaximumLength(4096), ImplementationClassUid("1.2.3"), ImplementationVersionName("PACS")
    )
    assert report.negotiated == NegotiatedParameters(CONTEXTS, 4096, "1.2.3", "PACS")


def test_what_the_peer_did_not_say() -> None:
    assert report_of().negotiated == NegotiatedParameters(CONTEXTS, 0, "", "")


def test_no_echo_has_no_statistics() -> None:
    echoes = Echoes()
    assert (echoes.minimum, echoes.mean, echoes.maximum, echoes.deviation) == (None, None, None, None)
    assert (echoes.median, echoes.p95, echoes.p99, echoes.total) == (None, None, None, 0)
    assert (echoes.sent, echoes.received, echoes.lost) == (0, 0, 0)


def test_a_request_without_a_response_is_lost() -> None:
    echoes = Echoes()
    echoes.sent = 2
    echoes.add(Reply(1, 0x0110, 5))
    assert echoes.lost == 1
    assert repr(echoes) == "Echoes(sent=2, received=1, statuses={272: 1})"


def test_statistics() -> None:
    echoes = Echoes()
    for round_trip in range(1, 101):
        echoes.add(Reply(1, 0, round_trip))
    assert (echoes.minimum, echoes.maximum, echoes.total, echoes.mean) == (1, 100, 5050, 50.5)
    assert (echoes.median, echoes.p95, echoes.p99) == (50, 95, 99)
    assert echoes.deviation == pytest.approx(28.866, abs=0.001)


def test_memory_is_flat_beyond_the_replies_that_are_kept() -> None:
    echoes = Echoes()
    replies = [Reply(number, 0, 100_000 + number) for number in range(MAX_REPLIES)]
    for reply in replies:
        echoes.add(reply)
    rest = Reply(1, 0, 123_456)
    tracemalloc.start()
    for _ in range(100_000 - MAX_REPLIES):
        echoes.add(rest)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 32 * 1024
    assert echoes.replies == replies
    assert (echoes.received, echoes.statuses) == (100_000, {0: 100_000})

"""What a verification is expected to come to: the words, what they stand for, and what meets them."""

import errno
from typing import Any

import pytest

from dcmtool import errors
from dcmtool.diagnosis.expectation import CAUSES, MEANINGS, NUMBERS, SAME_AS, Expectation, came_to, vocabulary
from dcmtool.diagnosis.findings import FINDINGS
from dcmtool.diagnosis.rules import RULES
from dcmtool.errors import VerificationFailed
from dcmtool.settings import EchoRequest, Negotiation, Peer, TlsSettings
from dcmtool.verification.report import EchoReport, Outcome

REQUEST = EchoRequest(Peer("pacs", 104), Negotiation("US", "PACS"))
SECURED = EchoRequest(Peer("pacs", 104), Negotiation("US", "PACS"), tls=TlsSettings())


def rejected(*numbers: int) -> VerificationFailed:
    return errors.AssociationRejected("associate", errors.Rejection(*numbers))


def no_connection(number: int) -> VerificationFailed:
    attempts = (("127.0.0.1", OSError(number, "")),)
    return errors.NoConnection("connect", errors.ConnectFailed("pacs", 104, attempts))


def tls_failed(kind: str) -> VerificationFailed:
    return errors.TlsFailed("tls", errors.TlsFailure(kind, "what happened"))


ABORTED = errors.AssociationAborted("associate", errors.PeerAbort(0, 0))
DENIED = errors.EchoFailed("echo", errors.StatusNotSuccess(0x0124, "Not authorized"))
INTERRUPTED = errors.Interrupted("echo", KeyboardInterrupt())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("success", (Outcome.SUCCESS, "")),
        ("Rejected", (Outcome.REJECTED, "")),
        ("rejected:CALLED-TITLE", (Outcome.REJECTED, "called-title")),
        ("rejected:1/1/7", (Outcome.REJECTED, "1/1/7")),
        ("rejected:255/0/56", (Outcome.REJECTED, "255/0/56")),
        ("aborted:2/1", (Outcome.ABORTED, "2/1")),
        ("echo-failed:01FF", (Outcome.ECHO_FAILED, "01ff")),
        ("tls-failed:certificate", (Outcome.TLS_FAILED, "certificate")),
        ("tls-refused:client-certificate", (Outcome.TLS_FAILED, "client-certificate")),
        ("tls-failed:tls-refused", (Outcome.TLS_FAILED, "tls-refused")),
    ],
)
def test_words(text: str, expected: tuple[Outcome, str]) -> None:
    expectation = Expectation.of(text)
    assert expectation == expected
    assert Expectation.of(str(expectation)) == expectation


@pytest.mark.parametrize(
    "text",
    [
        *("", ":", "reject", "success:", "success:refused", "interrupted", "usage-error", "rejected:"),
        *("rejected:title", "rejected:called-", "rejected:refused", "no-connection:busy"),
        *(
            "rejected:1/1",
            "rejected:1/1/256",
            "rejected:1/1/07",
            "rejected:1/1/7/1",
            "aborted:1",
            "rejected:-",
        ),
        *(
            "echo-failed:124",
            "echo-failed:0x0124",
            "no-connection:1/1/7",
            "tls-failed:client-",
            "called-title",
        ),
    ],
)
def test_what_is_none(text: str) -> None:
    assert Expectation.of(text) is None


@pytest.mark.parametrize(
    ("failure", "came", "met", "unmet"),
    [
        (
            rejected(1, 1, 7),
            "rejected:called-title",
            ["rejected", "rejected:1/1/7", "rejected:called"],
            ["rejected:calling-title", "rejected:1/1/3", "success", "aborted", "association-failed"],
        ),
        (rejected(1, 1, 3), "rejected:calling-title", ["rejected:1/1/3"], ["rejected:called-title"]),
        (rejected(1, 3, 56), "rejected:rejected-reserved-reason", ["rejected:1/3/56"], ["rejected:busy"]),
        (no_connection(errno.ECONNREFUSED), "no-connection:refused", ["no-connection"], ["rejected"]),
        (no_connection(errno.ENETUNREACH), "no-connection:unreachable", [], ["no-connection:refused"]),
        (
            tls_failed("client-certificate-required"),
            "tls-failed:client-certificate-required",
            ["tls-refused:client-certificate", "tls-refused"],
            ["tls-failed:client-certificate-refused", "tls-failed:certificate"],
        ),
        (
            tls_failed("expired"),
            "tls-failed:certificate-expired",
            ["tls-failed:certificate"],
            ["tls-failed:client-certificate"],
        ),
        (ABORTED, "aborted:aborted-on-association", ["aborted:0/0"], ["aborted:2/0", "rejected"]),
        (DENIED, "echo-failed:echo-status", ["echo-failed:0124"], ["echo-failed:0122", "success"]),
        (INTERRUPTED, "interrupted", [], ["success", "echo-failed"]),
    ],
)
def test_what_meets_it(failure: VerificationFailed, came: str, met: list[str], unmet: list[str]) -> None:
    request = SECURED if isinstance(failure, errors.TlsFailed) else REQUEST
    report = EchoReport("pacs", 104, stage=failure.stage, error=failure)
    assert came_to(report, request) == came
    for text, wanted in [*((text, True) for text in met), *((text, False) for text in unmet)]:
        expectation: Any = Expectation.of(text)
        assert (text, expectation.is_met(report, request)) == (text, wanted)
    if not isinstance(failure, errors.Interrupted):
        whole: Any = Expectation.of(came)
        assert whole.is_met(report, request)


def test_a_success() -> None:
    report = EchoReport("pacs", 104, stage="done")
    assert came_to(report, REQUEST) == "success"
    for outcome in MEANINGS:
        assert Expectation(outcome).is_met(report, REQUEST) is (outcome is Outcome.SUCCESS)


def test_every_word_stands_for_something() -> None:
    assert {*MEANINGS} == {*Outcome} - {Outcome.INTERRUPTED}
    assert all(cause in FINDINGS for causes in CAUSES.values() for cause in causes)
    assert {*SAME_AS.values()} <= {*MEANINGS}
    assert {*CAUSES} == {*MEANINGS} - {Outcome.SUCCESS}
    for word, meaning in vocabulary():
        assert meaning
        assert str(Expectation.of(word)) == word
    assert all(Expectation.of(f"{outcome}:{each.names}") is None for outcome, each in NUMBERS.items())


def test_whatever_a_failure_is_put_down_to_can_be_expected() -> None:
    assert {rule.finding for rule in RULES} <= {cause for causes in CAUSES.values() for cause in causes}
    for cause, outcome in (
        (errors.Rejection, Outcome.REJECTED),
        (errors.TlsFailure, Outcome.TLS_FAILED),
        (errors.NothingAccepted, Outcome.NO_PRESENTATION_CONTEXT),
        (errors.ConnectFailed, Outcome.NO_CONNECTION),
        (errors.PeerAbort, Outcome.ABORTED),
    ):
        own = {rule.finding for rule in RULES if issubclass(rule.cause, cause)}
        assert own <= {*CAUSES[outcome]}

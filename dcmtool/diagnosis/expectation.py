"""What a verification is expected to come to, for drills: an outcome, and what it is to be put down to.

rejected                        rejected, for whatever reason
rejected:called-title           and the first thing to think of is the called AE title
rejected:1/1/7                  and with these numbers (PS3.8 9.3.4)
tls-failed:client-certificate   TLS failed for want of a client certificate, or since it was refused
"""

import re
from collections.abc import Callable, Iterator, Mapping

from dcmtool.diagnosis.findings import FINDINGS
from dcmtool.diagnosis.rules import finding_for
from dcmtool.errors import PeerAbort, Rejection, StatusNotSuccess, VerificationFailed
from dcmtool.named_tuple import NamedTuple
from dcmtool.settings import EchoRequest
from dcmtool.verification.report import EchoReport, Outcome, outcome_of

MEANINGS: Mapping[Outcome, str] = {
    Outcome.SUCCESS: "every echo was answered with Success, and the association ended in order",
    Outcome.NO_CONNECTION: "there is no TCP connection",
    Outcome.TLS_FAILED: "TLS was refused, by the node or by us",
    Outcome.ASSOCIATION_FAILED: "the request had no answer, or none that can be used",
    Outcome.REJECTED: "the node rejected the association",
    Outcome.NO_PRESENTATION_CONTEXT: "the node accepted the association, but no presentation context",
    Outcome.ECHO_FAILED: "an echo had no answer, or one other than Success",
    Outcome.RELEASE_FAILED: "the association could not be released in order",
    Outcome.ABORTED: "the node aborted the association",
}
SAME_AS = {"tls-refused": "tls-failed"}  # another word for an outcome

# What each can be put down to, by the ids of the findings.
CAUSES: Mapping[Outcome, tuple[str, ...]] = {
    Outcome.NO_CONNECTION: (
        *("unknown-host", "family-mismatch", "lookup-unanswered", "refused", "no-answer-to-connect"),
        *("unreachable", "local-policy", "closed-at-once", "connect-failed"),
    ),
    Outcome.TLS_FAILED: (
        *("tls-expected", "plain-expected", "other-protocol", "tls-version", "tls-cipher", "tls-sni"),
        *("tls-refused", "tls-unanswered", "client-certificate-required", "client-certificate-refused"),
        *("certificate-untrusted", "certificate-self-signed", "certificate-expired"),
        *("certificate-not-yet-valid", "certificate-other-host", "certificate-revoked"),
        *("certificate-weak", "certificate-purpose", "certificate-expires-soon", "revocation-unknown"),
    ),
    Outcome.ASSOCIATION_FAILED: (
        *("no-answer-to-association", "closed-on-association", "closed-at-once", "other-protocol"),
        "malformed-answer",
    ),
    Outcome.REJECTED: (
        *("called-title", "calling-title", "application-context", "protocol-version", "busy"),
        *("local-limit", "identity-refused", "rejected-without-reason", "rejected-reserved-reason"),
    ),
    Outcome.NO_PRESENTATION_CONTEXT: ("no-verification", "no-transfer-syntax"),
    Outcome.ECHO_FAILED: (
        *("closed-on-echo", "no-answer-to-echo", "echo-status", "wrong-answer", "malformed-answer"),
    ),
    Outcome.RELEASE_FAILED: ("release-unanswered",),
    Outcome.ABORTED: ("aborted-on-association", "aborted-on-echo", "release-aborted"),
}


def _of_rejection(cause: BaseException) -> str | None:
    return cause.numbers if isinstance(cause, Rejection) else None


def _of_abort(cause: BaseException) -> str | None:
    return f"{cause.source}/{cause.reason}" if isinstance(cause, PeerAbort) else None


def _of_status(cause: BaseException) -> str | None:
    return f"{cause.status:04x}" if isinstance(cause, StatusNotSuccess) else None


class Numbers(NamedTuple):
    """The numbers that an outcome may be expected with: names, an example, a pattern, those of a cause."""

    names: str
    example: str
    pattern: str
    of: Callable[[BaseException], str | None]


_BYTE = "(0|[1-9][0-9]?|1[0-9][0-9]|2[0-4][0-9]|25[0-5])"
NUMBERS: Mapping[Outcome, Numbers] = {
    Outcome.REJECTED: Numbers(
        "RESULT/SOURCE/REASON", "1/1/7 (PS3.8 9.3.4)", f"{_BYTE}/{_BYTE}/{_BYTE}", _of_rejection
    ),
    Outcome.ABORTED: Numbers("SOURCE/REASON", "0/0 (PS3.8 9.3.8)", f"{_BYTE}/{_BYTE}", _of_abort),
    Outcome.ECHO_FAILED: Numbers("STATUS", "0124 (PS3.7 Annex C)", "[0-9a-f]{4}", _of_status),
}


class Expectation(NamedTuple):
    """An outcome, and in a word or in numbers what it is put down to, where that matters."""

    outcome: Outcome
    detail: str = ""

    @classmethod
    def of(cls, text: str) -> "Expectation | None":
        """Return the expectation that a text is, None if it is none."""
        word, colon, detail = text.lower().partition(":")
        outcome = next((each for each in MEANINGS if each == SAME_AS.get(word, word)), None)
        if outcome is None or (colon and not _is_detail(outcome, detail)):
            return None
        return cls(outcome, detail)

    def __str__(self) -> str:
        return f"{self.outcome}:{self.detail}" if self.detail else str(self.outcome)

    def met_by(self, failure: VerificationFailed, request: EchoRequest) -> bool:
        """Return whether this failure is what was expected."""
        if outcome_of(failure) is not self.outcome:
            return False
        if not self.detail:
            return True
        numbers = NUMBERS.get(self.outcome)
        if numbers is not None and self.detail == numbers.of(failure.cause):
            return True
        finding = finding_for(failure, request)
        return finding is not None and _begins(finding.id, self.detail)

    def is_met(self, report: EchoReport, request: EchoRequest) -> bool:
        """Return whether a verification came to what was expected."""
        if report.error is None:
            return self.outcome is Outcome.SUCCESS
        return self.met_by(report.error, request)


def came_to(report: EchoReport, request: EchoRequest) -> str:
    """Return what a verification came to, as an expectation would say it: as exactly as can be."""
    if report.error is None:
        return str(Outcome.SUCCESS)
    finding = finding_for(report.error, request)
    return f"{report.outcome}:{finding.id}" if finding is not None else str(report.outcome)


def unmet(expectation: Expectation, report: EchoReport, request: EchoRequest) -> str:
    """Return in words what came in place of what was expected."""
    return f"expected {expectation}, but it came to {came_to(report, request)}"


def vocabulary() -> Iterator[tuple[str, str]]:
    """Yield every expectation but those of numbers, with what it means: an outcome, then its causes."""
    for outcome, meaning in MEANINGS.items():
        yield outcome, meaning
        for cause in CAUSES.get(outcome, ()):
            yield f"{outcome}:{cause}", FINDINGS[cause].sentence


def _is_detail(outcome: Outcome, detail: str) -> bool:
    if any(_begins(cause, detail) for cause in CAUSES.get(outcome, ())):
        return True
    numbers = NUMBERS.get(outcome)
    return numbers is not None and re.fullmatch(numbers.pattern, detail) is not None


def _begins(cause: str, detail: str) -> bool:
    """Return whether a word is the id of a finding, or its first parts, as they stand for several."""
    return bool(detail) and f"{cause}-".startswith(f"{detail}-")

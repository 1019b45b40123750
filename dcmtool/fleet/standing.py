"""How a node stands after a sweep, and which of two is the worse."""

from datetime import datetime
from enum import IntEnum

from dcmtool.diagnosis.findings import FINDINGS, Finding
from dcmtool.fleet.result import SHORT_OF_DAYS, NodeResult
from dcmtool.named_tuple import NamedTuple
from dcmtool.text import printable
from dcmtool.verification.report import EchoReport

SLOW = 1_000_000_000  # nanoseconds of one phase, as `diagnose` has it
SOON = 30  # days: a month to have a certificate renewed

_STAGES = {name: place for place, name in enumerate(FINDINGS)}
_PHASES = {
    "resolve": "the name lookup",
    "connect": "the connection",
    "tls": "the TLS handshake",
    "associate": "the association",
    "echo": "the echo",
    "release": "the release",
}


class Grade(IntEnum):
    """The worst is the least."""

    FAILED = 0
    SLOW = 1
    CERTIFICATE = 2  # that ends soon
    ANSWERED = 3
    SKIPPED = 4


class Standing(NamedTuple):
    """How a node stands: `words` say what is wrong, or that nothing is.

    `rank` is how grave it is within its grade, the least first: of failures the stage that they are at. The
    round trip is in nanoseconds; `days_left` are those of its certificate, None where it has shown none.
    """

    grade: Grade
    rank: int
    name: str
    words: str
    round_trip: int | None = None
    days_left: int | None = None
    finding: str | None = None

    @property
    def order(self) -> tuple[int, int, str]:
        """What to sort by, the worst first."""
        return self.grade, self.rank, self.name


def standing_of(result: NodeResult) -> Standing:
    """Return how a node stands; its certificate is compared with the date when it was asked."""
    target, report = result.target, result.report
    if report is None:
        return Standing(Grade.SKIPPED, 0, target.name, printable(f"left alone: {target.do_not_probe}"))
    trip, left = round_trip(report), _days_left(report, result.started)
    if not report.success:
        return _failed(result, report, trip, left)
    phase, longest = _longest(report)
    if longest >= SLOW:
        words = f"answered, but {_PHASES[phase]} took {longest / 1_000_000_000:.1f} s"
        return Standing(Grade.SLOW, -longest, target.name, words, trip, left)
    if left is not None and left <= SOON:
        words = "answered, but its certificate ends soon"
        return Standing(Grade.CERTIFICATE, left, target.name, words, trip, left)
    return Standing(Grade.ANSWERED, 0, target.name, "answered", trip, left)


def _failed(result: NodeResult, report: EchoReport, trip: int | None, left: int | None) -> Standing:
    name, finding = result.target.name, result.finding
    if finding is None:
        return Standing(Grade.FAILED, len(_STAGES), name, str(report.outcome), trip, left)
    words = in_short(finding)
    if finding.id == SHORT_OF_DAYS:
        return Standing(Grade.CERTIFICATE, left or 0, name, words, trip, left, finding.id)
    return Standing(Grade.FAILED, _STAGES[finding.id], name, words, trip, left, finding.id)


def in_short(finding: Finding) -> str:
    """Return the sentence of a finding, printable, without the causes that it ends with."""
    _, colon, causes = FINDINGS[finding.id].sentence.rpartition(": ")
    sentence = finding.sentence
    if colon and not causes.startswith("{"):
        sentence = sentence.rpartition(colon)[0]
    return printable(sentence)


def round_trip(report: EchoReport) -> int | None:
    """Return the round trip of a node's echo (ns), None where it has not answered one."""
    return report.echoes.median


def _longest(report: EchoReport) -> tuple[str, int]:
    phases = report.phases
    return max(
        ((name, getattr(phases, name) or 0) for name in _PHASES),
        key=lambda pair: pair[1],
    )


def _days_left(report: EchoReport, now: datetime) -> int | None:
    if report.tls is None:
        return None
    from dcmtool.certificates.description import described_if_any

    certificate = described_if_any(report.tls.certificate)
    return None if certificate is None else certificate.days_left(now)

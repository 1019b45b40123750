"""What came of a node in a sweep as a row, of which its table, its lines and its page are made."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from dcmtool.advice import API, Words
from dcmtool.fleet.result import SHORT_OF_DAYS, NodeResult, State
from dcmtool.named_tuple import NamedTuple
from dcmtool.text import printable
from dcmtool.verification.report import PHASES, EchoReport, Outcome

if TYPE_CHECKING:
    from dcmtool.certificates.description import Description

_GRAVEST_FIRST = ("failed", "warned", "answered", "skipped")


class SweepRow(NamedTuple):
    """A node on one line; its text is printable, its times are in nanoseconds.

    `happened` is what was seen, `sentence` what is wrong, by the finding, or why the node was skipped;
    `advice` what to do, in the order in which to try it.
    """

    name: str
    target: str
    tags: tuple[str, ...]
    state: State
    outcome: str
    started: datetime
    finding: str = ""
    certainty: str = ""
    sentence: str = ""
    happened: str = ""
    advice: tuple[str, ...] = ()
    round_trip: float | None = None
    late: int = 0
    phases: Mapping[str, int] = {}
    not_after: datetime | None = None
    days_left: int | None = None
    address: str = ""
    implementation: str = ""

    @property
    def grade(self) -> str:
        """How grave it is: `failed`, `warned` where only its certificate is short of days, and so on."""
        return "warned" if self.finding == SHORT_OF_DAYS else self.state

    @property
    def seconds(self) -> float:
        """How long its phases took in all."""
        return sum(self.phases.values()) / 1e9


def row_of(result: NodeResult, words: Words = API) -> SweepRow:
    """Return the row of a node; `words` are what sentences call the settings."""
    target, report, finding = result.target, result.report, result.finding
    row = SweepRow(
        printable(target.name),
        printable(target.address),
        tuple(map(printable, target.tags)),
        result.state,
        result.outcome,
        result.started,
        late=result.late,
    )
    if report is None:
        return row._replace(sentence=printable(target.do_not_probe))
    row = _measured(row, report)
    if report.error is None:
        return row
    from dcmtool.diagnosis.rules import sentence

    happened = printable(sentence(report.error, words))
    if finding is None:
        return row._replace(sentence=happened, happened=happened)
    return row._replace(
        finding=finding.id,
        certainty=finding.certainty,
        sentence=printable(finding.sentence),
        happened=happened,
        advice=tuple(printable(step.in_words(words)) for step in finding.advice),
    )


def _measured(row: SweepRow, report: EchoReport) -> SweepRow:
    taken = {phase: getattr(report.phases, phase) for phase in PHASES}
    negotiated, certificate = report.negotiated, _certificate(report)
    implementation = ""
    if negotiated is not None:
        implementation = negotiated.implementation_version_name or negotiated.implementation_class_uid
    return row._replace(
        round_trip=report.echoes.mean,
        phases={phase: time for phase, time in taken.items() if time is not None},
        not_after=certificate and certificate.not_after,
        days_left=certificate and certificate.days_left(row.started),
        address=report.address or "",
        implementation=printable(implementation),
    )


def _certificate(report: EchoReport) -> "Description | None":
    if report.tls is None:
        return None
    from dcmtool.certificates.description import described_if_any

    return described_if_any(report.tls.certificate)


def worst_first(row: SweepRow) -> tuple[int, str, str, str]:
    """Return the key that sorts rows so: what failed by how it ended, then by name."""
    return _GRAVEST_FIRST.index(row.grade), row.outcome, row.name, row.target


def in_seconds(nanoseconds: float) -> str:
    """Return a time in seconds without an exponent, which not every reader of figures takes."""
    return plain(nanoseconds / 1e9, 9)


def in_milliseconds(nanoseconds: float) -> str:
    """Return a time in milliseconds, likewise."""
    return plain(nanoseconds / 1e6, 6)


def plain(number: float, digits: int) -> str:
    """Return a number with at most so many digits after the point, without an exponent."""
    return f"{number:.{digits}f}".rstrip("0").rstrip(".")


def was_interrupted(row: SweepRow) -> bool:
    """Whether the sweep ended before the node had the time that it may take."""
    return row.outcome == Outcome.INTERRUPTED

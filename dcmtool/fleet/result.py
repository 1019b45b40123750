"""What came of a node in a sweep, and of all of them."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from dcmtool.fields import Fields, made
from dcmtool.fleet.target import Target
from dcmtool.named_tuple import NamedTuple
from dcmtool.verification.report import EchoReport

if TYPE_CHECKING:
    from dcmtool.diagnosis.findings import Finding

SKIPPED = "skipped"
SHORT_OF_DAYS = "certificate-expires-soon"  # the finding where nothing is wrong but that
State = Literal["answered", "failed", "skipped"]


class NodeResult(NamedTuple):
    """What came of a node; without a report it was skipped, for the reason that its target has.

    `started` is when it was begun, with a time zone. `attempts` is how often it was tried. `late` is by how
    long this machine may have been late in looking at what the node sent (ns), which its round trip may
    contain: 0 where the system says when something arrived.
    """

    target: Target
    report: EchoReport | None
    started: datetime
    finding: "Finding | None" = None
    attempts: int = 1
    late: int = 0

    @property
    def state(self) -> State:
        """Whether it answered, failed, or was skipped."""
        if self.report is None:
            return "skipped"
        return "answered" if self.report.success else "failed"

    @property
    def outcome(self) -> str:
        """How it ended, in one word: that of its report, or `skipped`."""
        return SKIPPED if self.report is None else str(self.report.outcome)


class Summary(Fields):
    """How many nodes there were, what came of them, and how long all took (s)."""

    nodes: int = 0
    answered: int = 0
    failed: int = 0
    skipped: int = 0
    outcomes: dict[str, int] = made(dict)
    findings: dict[str, int] = made(dict)
    seconds: float = 0

    def add(self, result: NodeResult) -> None:
        """Count a result in."""
        self.nodes += 1
        setattr(self, result.state, getattr(self, result.state) + 1)
        self.outcomes[result.outcome] = self.outcomes.get(result.outcome, 0) + 1
        if result.finding is not None:
            self.findings[result.finding.id] = self.findings.get(result.finding.id, 0) + 1


def summary_of(results: Iterable[NodeResult], seconds: float) -> Summary:
    """Return what these results come to."""
    summary = Summary(seconds=seconds)
    for result in results:
        summary.add(result)
    return summary

"""A sweep as a terminal shows it at its end, drawn by the code that shows it: a morning at a hospital."""

from collections.abc import Iterator

from dcmtool.cli.output.sweep_table import table_lines, total_lines
from dcmtool.diagnosis.findings import FINDINGS, made
from dcmtool.fleet.result import Summary
from dcmtool.fleet.standing import Grade, Standing, in_short

COMMAND = "dcmtool sweep --all"
_MS = 1_000_000  # nanoseconds
_TRIPS = (0.41, 0.38, 0.52, 0.44, 0.61, 12.6, 0.47, 0.55, 1.9, 0.43)


def _failed(rank: int, name: str, finding: str, **facts: object) -> Standing:
    return Standing(
        Grade.FAILED, rank, name, in_short(made(finding, FINDINGS[finding], facts)), finding=finding
    )


def _standings() -> Iterator[Standing]:
    yield _failed(0, "ct-er", "refused", address="10.20.4.17", port=104)
    yield _failed(1, "us-ward7", "no-answer-to-connect", address="10.20.9.3", port=11112)
    yield _failed(2, "mr3", "called-title", called="MR3")
    yield _failed(3, "viewer-old", "tls-expected", address="10.20.2.8", port=2762)
    words = "answered, but the association took 3.4 s"
    yield Standing(Grade.SLOW, 0, "teleradiology", words, 41 * _MS, 212)
    words = "answered, but its certificate ends soon"
    yield Standing(Grade.CERTIFICATE, 12, "archive", words, int(0.83 * _MS), 12)
    for number in range(412):
        trip = int(_TRIPS[number % 10] * _MS * (1 + number / 4000))
        yield Standing(Grade.ANSWERED, 0, f"modality-{number:03}", "answered", trip)
    reason = "left alone: it hangs after an echo"
    yield Standing(Grade.SKIPPED, 0, "injector", reason)


def drawn(columns: int) -> str:
    """Return what is shown on a terminal of so many columns, with its escape sequences."""
    standings = [*_standings()]
    outcomes = {"success": 414, "no-connection": 2, "rejected": 1, "association-failed": 1, "skipped": 1}
    total = Summary(419, 414, 4, 1, outcomes, {}, 10.18)
    table = table_lines(standings, columns, full=False, coloured=True)
    return "\n".join([*table, "", *total_lines(total, standings)])

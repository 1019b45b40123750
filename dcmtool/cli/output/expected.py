"""A run that is expected to end in some way: what is said of it at its end, and what there is to expect."""

from dcmtool.cli.output.columns import write_columns, write_json
from dcmtool.diagnosis.expectation import (
    CAUSES,
    MEANINGS,
    NUMBERS,
    SAME_AS,
    Expectation,
    came_to,
    unmet,
    vocabulary,
)
from dcmtool.errors import Interrupted
from dcmtool.settings import EchoRequest
from dcmtool.trace.levels import Level, Line
from dcmtool.verification.report import EchoReport


def conclusion(report: EchoReport, request: EchoRequest, expect: str) -> Line | None:
    """Return whether a run came to what was expected; None where the user ended it."""
    expectation = Expectation.of(expect)
    if expectation is None or isinstance(report.error, Interrupted):
        return None
    if expectation.is_met(report, request):
        return Line(Level.INFO, f"As expected: {came_to(report, request)}")
    return Line(Level.FATAL, unmet(expectation, report, request).capitalize())


def list_outcomes(form: str) -> None:
    """Write what there is to expect, as a table or as JSON."""
    if form in ("json", "ndjson"):
        write_json(
            [
                {"outcome": outcome, "meaning": meaning, "findings": list(CAUSES.get(outcome, ()))}
                for outcome, meaning in MEANINGS.items()
            ]
        )
        return
    rows = list(vocabulary())
    rows += [
        (f"{outcome}:{each.names}", f"with these numbers, such as {each.example}")
        for outcome, each in NUMBERS.items()
    ]
    rows += [(word, f"the same as {outcome}") for word, outcome in SAME_AS.items()]
    write_columns([("OUTCOME", "MEANING"), *rows])

"""A sweep as a table for spreadsheets: RFC 4180, with nothing in it that a spreadsheet would run."""

import re
from collections.abc import Sequence

from dcmtool.reporting.sweep_row import SweepRow, in_milliseconds
from dcmtool.verification.report import PHASES

COLUMNS = (
    *("name", "target", "tags", "outcome", "finding", "sentence", "advice", "round_trip_ms"),
    *(f"{phase}_ms" for phase in PHASES),
    *("late_ms", "certificate_not_after", "certificate_days_left", "address", "implementation", "started"),
)
# What begins a formula in one program or another, in full width too; also behind a semicolon, which parts
# cells where the comma is the decimal point.
_FORMULA = re.compile(r"(^|;)(\s*)([=+\-@\t\r\uff1d\uff0b\uff0d\uff20])")
_TO_QUOTE = re.compile(r'[",;\r\n]|^\s|\s$')


def heading() -> str:
    """Return the first line."""
    return ",".join(COLUMNS)


def line(row: SweepRow) -> str:
    """Return the line of a node; what is not known is empty."""
    times = (row.round_trip, *map(row.phases.get, PHASES), row.late)
    cells = [
        *_texts(row.name, row.target, " ".join(row.tags), row.outcome, row.finding, row.sentence),
        *_texts(row.advice[0] if row.advice else ""),
        *("" if time is None else in_milliseconds(time) for time in times),
        "" if row.not_after is None else f"{row.not_after:%Y-%m-%dT%H:%M:%SZ}",
        "" if row.days_left is None else str(row.days_left),  # a number, though it may be negative
        *_texts(row.address, row.implementation),
        f"{row.started:%Y-%m-%dT%H:%M:%SZ}",
    ]
    return ",".join(cells)


def _texts(*texts: str) -> Sequence[str]:
    return [_quoted(defused(text)) for text in texts]


def defused(text: str) -> str:
    """Return a text with an apostrophe before whatever a spreadsheet would run as a formula."""
    return _FORMULA.sub(r"\1\2'\3", text)


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if _TO_QUOTE.search(text) else text

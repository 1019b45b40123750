"""A sweep as Checkmk's local checks: a line a node, which is a service of the host that asks."""

import re

from dcmtool.reporting.nagios import ServiceState
from dcmtool.reporting.sweep_row import SweepRow, in_milliseconds, in_seconds, was_interrupted

# What Checkmk, and the Nagios core below it, takes in the name of a service.
_NOT_IN_A_NAME = re.compile(r"[^\w .:@\[\]/+-]")
_STATES = {
    "answered": ServiceState.OK,
    "warned": ServiceState.WARNING,
    "failed": ServiceState.CRITICAL,
    "skipped": ServiceState.UNKNOWN,
}


def line(row: SweepRow, taken: set[str]) -> str:
    """Return the line of a node: state, service, figures, text; its service is put with those `taken`."""
    state = ServiceState.UNKNOWN if was_interrupted(row) else _STATES[row.grade]
    return f'{state:d} "{_service(row, taken)}" {_figures(row)} {_text(row)}'


def _service(row: SweepRow, taken: set[str]) -> str:
    """Return a name that no other node of the sweep has: of two services of one name one would be lost."""
    name = whole = "DICOM " + _NOT_IN_A_NAME.sub("_", row.name)
    number = 1
    while name in taken:
        number += 1
        name = f"{whole} {number}"
    taken.add(name)
    return name


def _figures(row: SweepRow) -> str:
    """Return what was measured, in seconds and days, as name=value;warning;critical;minimum."""
    figures = [] if row.round_trip is None else [f"round_trip={in_seconds(row.round_trip)};;;0"]
    figures += [
        f"{phase}={in_seconds(row.phases[phase])};;;0"
        for phase in ("connect", "tls", "associate")
        if phase in row.phases
    ]
    if row.days_left is not None:
        figures.append(f"certificate_days={row.days_left}")
    return "|".join(figures) or "-"


def _text(row: SweepRow) -> str:
    if row.state == "skipped":
        text = f"not probed: {row.sentence}"
    elif row.state == "failed":
        text = ": ".join((row.sentence, *row.advice[:1]))
    else:
        text = f"{row.target} answered in {in_milliseconds(row.round_trip or 0)} ms"
    # A bar would begin figures, and a backslash with an n a line of its own.
    return text.replace("|", "/").replace("\\n", "/n")

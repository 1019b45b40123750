"""A sweep as one page for the person who has to be shown: it needs no network, and no script to be read."""

from base64 import b64encode
from collections.abc import Iterator, Sequence
from datetime import datetime
from hashlib import sha256
from html import escape
from importlib.resources import files

from dcmtool.fleet.result import Summary
from dcmtool.reporting.sweep_row import SweepRow, worst_first
from dcmtool.text import counted

_GRADES = {
    "failed": "failed",
    "warned": "certificate ends soon",
    "answered": "answered",
    "skipped": "not probed",
}


def document(rows: Sequence[SweepRow], total: Summary, host: str, ended: datetime, version: str) -> str:
    """Return the page, the worst first; `host` and `version` are those of whoever asked."""
    style, script = _asset("css"), _asset("js")
    probed = total.nodes - total.skipped
    title = f"DICOM nodes: {total.answered} of {probed} answered"
    tls = any(row.days_left is not None for row in rows)
    return "\n".join(
        (
            "<!DOCTYPE html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{_policy(style, script)}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="referrer" content="no-referrer">',
            f"<title>{title}</title>",
            f"<style>{style}</style>",
            "</head>",
            "<body>",
            f"<h1>{title}</h1>",
            f'<p class="quiet">{_origin(total, host, ended, version)}</p>',
            *_totals(rows),
            *_table(sorted(rows, key=worst_first), tls=tls),
            f"<script>{script}</script>",
            "</body>",
            "</html>",
        )
    )


def _asset(kind: str) -> str:
    file = files("dcmtool").joinpath("reporting", f"sweep_page.{kind}")
    return file.read_text(encoding="utf-8")


def _policy(style: str, script: str) -> str:
    """Return what the page may load and run: its own style and script, which are known by their hashes."""
    hashes = (b64encode(sha256(text.encode()).digest()).decode() for text in (style, script))
    allowed = " style-src 'sha256-{}'; script-src 'sha256-{}';".format(*hashes)
    return f"default-src 'none';{allowed} base-uri 'none'; form-action 'none'"


def _origin(total: Summary, host: str, ended: datetime, version: str) -> str:
    at = f"{ended:%Y-%m-%d} at {ended:%H:%M:%S %Z}"
    nodes = counted(total.nodes, "node")
    return escape(f"{nodes}, verified on {at} from {host} by dcmtool {version}, in {total.seconds:.1f} s")


def _totals(rows: Sequence[SweepRow]) -> Iterator[str]:
    """Yield how many nodes there are of each kind; of those that failed, of each outcome too."""
    yield '<ul class="totals">'
    for grade, words in _GRADES.items():
        of_grade = [row.outcome for row in rows if row.grade == grade]
        if of_grade:
            parts = sorted({*of_grade}, key=of_grade.count, reverse=True)
            detail = ", ".join(f"{of_grade.count(outcome)} {outcome}" for outcome in parts)
            more = f" <small>({escape(detail)})</small>" if grade == "failed" else ""
            yield f'<li class="{grade}"><b>{len(of_grade)}</b> {words}{more}</li>'
    yield "</ul>"


def _table(rows: Sequence[SweepRow], *, tls: bool) -> Iterator[str]:
    yield "<table>"
    yield "<thead><tr>"
    yield '<th scope="col" data-key="state" class="state">State</th>'
    yield '<th scope="col" data-key="name" class="name">Node</th>'
    yield '<th scope="col" data-key="finding">What is wrong, and what to do</th>'
    yield '<th scope="col" data-key="round-trip" data-first="-" class="number">Round trip</th>'
    if tls:
        yield '<th scope="col" data-key="days-left" class="number">Certificate</th>'
    yield "</tr></thead>"
    yield "<tbody>"
    for row in rows:
        yield from _row(row, tls=tls)
    yield "</tbody>"
    yield "</table>"


def _row(row: SweepRow, *, tls: bool) -> Iterator[str]:
    place = [*_GRADES].index(row.grade)
    outcome = f"<br><small>{escape(row.outcome)}</small>" if row.state == "failed" else ""
    yield "<tr>"
    yield (
        f'<td data-value="{place} {escape(row.outcome)}">'
        f'<span class="grade {row.grade}">{_GRADES[row.grade]}</span>{outcome}</td>'
    )
    yield f'<td class="name" data-value="{escape(row.name)}">{_node(row)}</td>'
    yield f"<td>{_explanation(row)}</td>"
    yield _number("round trip", row.round_trip, f"{(row.round_trip or 0) / 1e6:.2f} ms")
    if tls:
        yield _number("certificate", row.days_left, _days(row))
    yield "</tr>"


def _node(row: SweepRow) -> str:
    more = [row.target] if row.target != row.name else []
    if row.tags:
        more.append(", ".join(row.tags))
    small = f"<small>{escape(' · '.join(more))}</small>" if more else ""
    return f"<b>{escape(row.name)}</b>{small}"


def _explanation(row: SweepRow) -> str:
    """Return what is wrong, what was seen and what to do, the best first."""
    if not row.sentence:
        return ""
    text = f"<p><b>{escape(row.sentence)}</b></p>"
    if row.finding:
        text += (
            f"<p><small>{escape(row.happened)} ({escape(row.finding)}, {escape(row.certainty)})</small></p>"
        )
    if row.advice:
        kind = ' class="one"' if len(row.advice) == 1 else ""
        steps = "".join(f"<li>{escape(step)}</li>" for step in row.advice)
        text += f"<ol{kind}>{steps}</ol>"
    return text


def _days(row: SweepRow) -> str:
    if row.days_left is None or row.not_after is None:
        return ""
    days = f"{counted(row.days_left, 'day')} left" if row.days_left >= 0 else "expired"
    return f"{days}<br><small>{row.not_after:%Y-%m-%d}</small>"


def _number(label: str, value: float | None, shown: str) -> str:
    if value is None:
        return '<td class="number" data-value=""></td>'
    return f'<td class="number" data-label="{label}" data-value="{value:.0f}">{shown}</td>'

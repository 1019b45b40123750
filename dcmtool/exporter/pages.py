"""What people read: the log of a probe as text, and the index page."""

from collections.abc import Iterable, Sequence
from html import escape
from itertools import islice
from urllib.parse import quote

from dcmtool.advice import Words
from dcmtool.diagnosis.findings import Finding
from dcmtool.diagnosis.rules import sentence
from dcmtool.events import Event
from dcmtool.exporter.history import History, PastProbe
from dcmtool.exporter.probing import Probe
from dcmtool.text import brief, printable
from dcmtool.trace import plain

# Of a trace: a node that sends without end makes as much of it as it likes.
MOST_EVENTS, MOST_BYTES, MOST_LINES = 500, 100_000, 3000


def log(probe: Probe, metrics: bytes, events: Sequence[Event], words: Words) -> str:
    """Return what came of a probe, as text: what was wrong and what to do, the trace, and the metrics."""
    lines = [*_head(probe, words)]
    if events:
        lines += ["", "Trace of the association:", *islice(_trace(events, words), MOST_LINES)]
    lines += ["", "Metrics that would have been returned:", metrics.decode().rstrip()]
    lines += ["", "Module configuration:", probe.chosen.module.text.rstrip()]
    return "\n".join(lines) + "\n"


def _head(probe: Probe, words: Words) -> Iterable[str]:
    target, report = probe.chosen.target, probe.report
    yield f"Log of the probe of {brief(target.name)} at {probe.started.isoformat(timespec='milliseconds')}"
    yield f"target:   {printable(target.address)}, called from {target.request.negotiation.calling_aet}"
    yield f"module:   {brief(probe.chosen.module.name)}, within {probe.timeout:g} s"
    if report.address is not None:
        yield f"address:  {report.address}"
    if report.error is None:
        yield f"outcome:  success after {probe.duration:.3f} s"
        return
    yield f"outcome:  {report.outcome} after {probe.duration:.3f} s"
    yield f"failure:  {printable(sentence(report.error, words))}"
    if probe.finding is not None:
        yield from _finding(probe.finding, words)


def _finding(finding: Finding, words: Words) -> Iterable[str]:
    yield f"finding:  {finding.id} ({finding.certainty}): {printable(finding.sentence)}"
    if finding.alternatives:
        yield f"or:       {', '.join(finding.alternatives)}"
    for number, step in enumerate(finding.advice, 1):
        yield f"{'to do:' if number == 1 else '':<9} {number}. {printable(step.in_words(words))}"
    yield f"more:     {finding.page}"


def _trace(events: Sequence[Event], words: Words) -> Iterable[str]:
    for event in events:
        for line in plain.lines(event, words=words):
            if line.text:
                yield f"{event.offset / 1_000_000:9.3f} ms {line}"


_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem;
  color: #1b1b1b; background: #fff }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid #ddd; white-space: nowrap }
td:first-child { white-space: normal; overflow-wrap: anywhere; min-width: 9rem }
div { overflow-x: auto }
.number { text-align: right; font-variant-numeric: tabular-nums }
.failed { color: #b00020; font-weight: 600 }
.answered { color: #0a6b2d }
form { margin: 1rem 0 } input, button, select { font: inherit; padding: .2rem .5rem }
"""

# Nothing is loaded from anywhere, and no script runs, whatever a target is called.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'"


def index(history: History, modules: Iterable[str], version: str) -> str:
    """Return the index page."""
    options = "".join(f"<option>{escape(name)}</option>" for name in modules)
    rows = "\n".join(map(_row, history)) or '<tr><td colspan="6">No probe yet.</td></tr>'
    return f"""<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>dcmtool exporter</title><style>{_STYLE}</style></head>
<body>
<h1>dcmtool exporter</h1>
<p>Verifies DICOM nodes for Prometheus (dcmtool {escape(version)}).
See its <a href="metrics">metrics</a>, <a href="config">modules</a>, and <a href="-/healthy">health</a>.</p>
<form action="probe"><label>Target <input name="target" required placeholder="CALLED@HOST:PORT"></label>
<label>Module <select name="module">{options}</select></label>
<button name="debug" value="true">Probe and explain</button></form>
<h2>Recent probes</h2>
<div><table>
<thead><tr><th>Target<th>Module<th>Result<th>Time (UTC)<th class="number">Took<th>Log</tr></thead>
<tbody>
{rows}
</tbody>
</table></div>
</body>
</html>
"""


def _row(entry: PastProbe) -> str:
    result = (
        '<td class="answered">answered' if entry.success else f'<td class="failed">{escape(entry.reason)}'
    )
    again = f"probe?target={quote(entry.target)}&module={quote(entry.module)}&debug=true"
    target, module = escape(brief(entry.target)), escape(brief(entry.module))
    return (
        f'<tr><td><a href="{escape(again)}">{target}</a><td>{module}'
        f'{result}<td>{entry.started:%Y-%m-%d %H:%M:%S}<td class="number">{entry.duration * 1000:.1f} ms'
        f'<td><a href="logs?id={entry.number}">log</a></tr>'
    )

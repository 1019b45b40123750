"""Write what README and pages have from the code between two comments; `make docs` runs this."""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial

import dcmtool
from dcmtool.capture.connection import ObservedFinding, ServiceUse, Spans
from dcmtool.cli.exit_codes import MEANINGS
from dcmtool.diagnosis.findings import Finding
from dcmtool.events import AssociationId
from dcmtool.steps import TlsSession
from dcmtool.upper_layer.contexts import PresentationContext
from dcmtool.verification.report import Echoes, NegotiatedParameters, Phases, Reply
from dcmtool.verification.statistics import Durations
from tools import api_tables, state_table, trace_tables
from tools.folders import ROOT
from tools.markdown import table

PLACES = ("README.md", "docs/core.md", "docs/api.md", "docs/trace.md")
_MADE = re.compile(r"(<!-- made: (?P<name>[\w ]+) -->\n).*?(<!-- end -->)", re.DOTALL)
_CLASSES = (
    *(dcmtool.Timeouts, dcmtool.TlsSettings, dcmtool.Identity, dcmtool.Report, dcmtool.EchoReport),
    dcmtool.SweepResult,
    *(dcmtool.ObservedConnection, ServiceUse, Spans, ObservedFinding, Finding),
    *(dcmtool.Event, AssociationId),
    *(Phases, Echoes, Reply, Durations, NegotiatedParameters, PresentationContext, TlsSession),
)


def _exit_codes() -> Iterator[str]:
    yield from table(("code", "meaning"), ((str(code), text) for code, text in MEANINGS.items()))


TABLES: Mapping[str, Callable[[], Iterator[str]]] = {
    "exit codes": _exit_codes,
    "states": state_table.states,
    "transitions": state_table.transitions,
    "actions": state_table.actions,
    "echo": partial(api_tables.signature, dcmtool.echo),
    **{kind.__name__: partial(api_tables.fields, kind) for kind in _CLASSES},
    "outcomes": api_tables.outcomes,
    "errors": api_tables.tree,
    "events": api_tables.events,
    "trace header": trace_tables.header,
    "trace fields": trace_tables.head,
    "trace events": trace_tables.events,
    "trace values": trace_tables.values,
}


def renewed(text: str) -> str:
    """Return a page with all that it has from the code as the code has it now."""
    return _MADE.sub(lambda found: found[1] + "\n".join(TABLES[found["name"]]()) + "\n\n" + found[3], text)


def names(text: str) -> list[str]:
    """Return what a page has from the code."""
    return [found["name"] for found in _MADE.finditer(text)]


if __name__ == "__main__":
    for place in PLACES:
        page = ROOT / place
        page.write_text(renewed(page.read_text(encoding="utf-8")), encoding="utf-8")
        print(place)

"""Write the heads of the pages of findings, and their list, from the table; the rest is kept by hand."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from dcmtool.diagnosis.callers.table import ALTERNATIVES, CALLERS
from dcmtool.diagnosis.findings import FINDINGS, Definition, page_of
from dcmtool.diagnosis.observed.table import SERVICE_ALTERNATIVES, SERVICES
from dcmtool.diagnosis.rules import alternatives_of

ROOT = Path(__file__).parents[1]
INDEX = "docs/findings/index.md"
FIRST_SECTION = "\n## "
_HEADING = "| finding | at best | to act | in short |\n|---|---|---|---|\n"
_INTRODUCTION = """\
# Findings

`dcmtool diagnose` ends with findings, and `dcmtool echo` takes its hints from the same table. Each has a
page: what it means, how to tell it from what looks the same, and what to do.
`dcmtool diagnose --list-findings` prints this list.

"At best" is how certain a finding can be: what another cause could bring about as well is never certain.

"""
_CALLERS = """
## Findings about callers

`dcmtool scp --explain` has these, about who calls it. "We" are then those who run the SCP, and the node is
the caller.

"""
_OBSERVED = """
## Findings between two others

`explain` and `tap` have these beside those above, about a connection in which neither side is ours. All are
then said as a third party says them: who has to act is the requestor, the acceptor or the network.

"""


class _Table(NamedTuple):
    """Findings, their alternatives, and what those who have to act are called."""

    definitions: Mapping[str, Definition]
    alternatives: Callable[[str], tuple[str, ...]]
    actors: Mapping[str | None, str]


TABLES = (
    _Table(
        FINDINGS,
        lambda name: tuple(alternatives_of(name)),
        {
            "us": "we, on the side that calls",
            "node": "whoever runs the node",
            "network": "whoever runs the network",
            None: "nobody",
        },
    ),
    _Table(
        CALLERS,
        lambda name: ALTERNATIVES.get(name, ()),
        {
            "us": "we, on the side that is called",
            "node": "whoever runs the caller",
            "network": "whoever runs the network",
        },
    ),
    _Table(
        SERVICES,
        lambda name: SERVICE_ALTERNATIVES.get(name, ()),
        {
            "requestor": "whoever runs the requestor",
            "acceptor": "whoever runs the acceptor",
            "network": "whoever runs the network",
        },
    ),
)
NAMES = tuple(name for table in TABLES for name in table.definitions)


def head(name: str) -> str:
    """Return what a page begins with, up to its first section."""
    table = next(each for each in TABLES if name in each.definitions)
    definition = table.definitions[name]
    others = ", ".join(f"[{each}]({each}.md)" for each in table.alternatives(name) if each in NAMES)
    rows = [
        ("certainty at best", definition.certainty),
        ("to act", table.actors[definition.actor]),
        ("clause", definition.clause or "none"),
        ("may look the same", others or "nothing"),
    ]
    lines = "\n".join(f"| {title} | {text} |" for title, text in rows)
    return f"# {name}\n\n{_in_short(definition)}\n\n| | |\n|---|---|\n{lines}\n"


def _in_short(definition: Definition) -> str:
    sentence = definition.sentence.replace("{", "*").replace("}", "*")
    return f"{sentence[0].upper()}{sentence[1:]}."


def index() -> str:
    """Return the list of all findings."""
    of_nodes, of_callers, of_others = (f"{_HEADING}{_rows(table.definitions)}" for table in TABLES)
    return f"{_INTRODUCTION}{of_nodes}{_CALLERS}{of_callers}{_OBSERVED}{of_others}"


def _rows(definitions: Mapping[str, Definition]) -> str:
    return "".join(
        f"| [{name}]({name}.md) | {each.certainty} | {each.actor or ''} | {_in_short(each)} |\n"
        for name, each in definitions.items()
    )


def page(name: str, text: str) -> str:
    """Return a page with its head made anew."""
    start = text.find(FIRST_SECTION)
    return head(name) + (text[start:] if start >= 0 else "")


def main() -> None:
    """Write the list, and the head of every page that there is."""
    (ROOT / INDEX).write_text(index(), encoding="utf-8")
    for name in NAMES:
        path = ROOT / page_of(name)
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        path.write_text(page(name, text), encoding="utf-8")


if __name__ == "__main__":
    main()

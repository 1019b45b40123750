"""The stages and findings of a diagnosis as lines on standard output."""

import sys
from collections.abc import Iterator, Mapping, Sequence

from dcmtool.cli.output import finding_text
from dcmtool.cli.output.appearance import Look, look
from dcmtool.cli.output.columns import (
    BOLD,
    CYAN,
    DIM,
    GREEN,
    RED,
    YELLOW,
    width,
    write_columns,
    write_json,
    write_line,
)
from dcmtool.cli.output.screen import columns_of, wrapped
from dcmtool.diagnosis.checklist import TITLES, Stage, State, milliseconds
from dcmtool.diagnosis.definition import Actor
from dcmtool.diagnosis.findings import FINDINGS, Finding, Seen
from dcmtool.diagnosis.node_words import NodeEntry
from dcmtool.reporting import diagnosis_report
from dcmtool.settings import Color
from dcmtool.text import printable

_TITLE = max(map(len, TITLES.values()))
_MARKS: dict[State, tuple[str, str, str]] = {  # the sign, the word where it cannot be shown, the colour
    "ok": ("\u2713", "ok", GREEN),
    "slow": ("!", "slow", YELLOW),
    "noted": ("-", "note", DIM),
    "failed": ("\u2717", "FAIL", RED),
}
_WORD = 4  # columns of a mark in words
_ACTORS: Mapping[Actor | None, str] = {
    "us": "we do, on this side",
    "node": "who runs the node",
    "network": "who runs the network",
}
_HEAD = 8  # columns of what a line of a finding begins with
_MOST_SEEN = 4  # pieces of evidence shown of a finding; JSON has them all
_UNBROKEN = "\N{NO-BREAK SPACE}"  # between a time and its unit


def write_stage(stage: Stage, color: Color) -> None:
    """Write the line of a stage."""
    sign, word, style = _MARKS[stage.state]
    mark = sign if _shows(sign) else f"{word:<{_WORD}}"
    took = milliseconds(stage.took).replace(" ", _UNBROKEN)
    text = f"{printable(stage.text)}  {took}" if took else printable(stage.text)
    shown = wrapped(text, len(mark) + _TITLE + 3, width())
    before = shown.removesuffix(took).rstrip(" ") if took else shown
    time = _styled(shown[len(before) :].replace(_UNBROKEN, " "), DIM, color)
    write_line(f"{_styled(mark, style, color)} {TITLES[stage.id]:<{_TITLE}}  {before}{time}")


def announce(what: str, color: Color) -> None:
    """Write what is about to be tried."""
    mark = " " * (1 if _shows(_MARKS["ok"][0]) else _WORD)
    text = wrapped(f"{printable(what)} ...", len(mark) + _TITLE + 3, width())
    write_line(_styled(f"{mark} {TITLES['experiment']:<{_TITLE}}  {text}", DIM, color))


def write_findings(
    findings: Sequence[Finding], color: Color, works: str | None = None, entries: Sequence[NodeEntry] = ()
) -> None:
    """Write what was found, each finding as a paragraph, then what works, if that was found."""
    for finding in findings:
        write_line("")
        for line in _lines(finding, color):
            write_line(line)
    if works is not None:
        write_line("")
        write_line(f"{_styled('this works', f'{BOLD};{GREEN}', color)}: {printable(works)}")
    for entry in entries:
        write_line(f"{_styled('or there', f'{BOLD};{GREEN}', color)}: {printable(entry.text)}")
        write_line(_row("", f"in {entry.place}", color))


def _lines(finding: Finding, color: Color) -> Iterator[str]:
    style = GREEN if finding.actor is None else RED if finding.certainty == "certain" else YELLOW
    shown = wrapped(printable(finding_text.head(finding)), 2, columns_of(sys.stdout))
    yield _styled(finding.id, f"{BOLD};{style}", color) + shown.removeprefix(finding.id)
    if finding.actor is None:
        return
    evidence = map(_seen, finding.evidence[-_MOST_SEEN:])
    for title, text in finding_text.rows(finding, evidence, _ACTORS):
        yield _row(title, printable(text), color)


def _row(title: str, text: str, color: Color) -> str:
    shown = wrapped(text, _HEAD + 2, columns_of(sys.stdout))
    return f"  {_styled(f'{title:<{_HEAD}}', CYAN, color)}{shown}"


def _seen(seen: Seen) -> str:
    where = "" if seen.association is None else f"association {seen.association}"
    when = "" if seen.at is None else f"at {milliseconds(seen.at)}"
    return finding_text.seen_text(seen, where, when)


def _styled(text: str, style: str, color: Color) -> str:
    shows = look(color, sys.stdout) is Look.COLOURED
    return f"\x1b[{style}m{text}\x1b[0m" if shows and text.strip() else text


def _shows(sign: str) -> bool:
    """Return whether a sign can stand for a word: on a terminal that has it."""
    if look("auto", sys.stdout) is Look.PLAIN:
        return False
    try:
        sign.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return False
    return True


def write_rules(form: str) -> None:
    """Write all that there may be to find, as a table or as JSON."""
    if form == "json":
        write_json(diagnosis_report.rules())
        return
    rows = [
        (name, definition.certainty, definition.actor or "", definition.in_general)
        for name, definition in FINDINGS.items()
    ]
    write_columns([("FINDING", "AT BEST", "TO ACT", "WHAT IS SAID"), *rows])

"""A connection between two others as lines: a block, and below it what was found."""

import re
from collections.abc import Iterable, Iterator
from typing import get_args

from dcmtool.capture.connection import ObservedConnection, ObservedFinding
from dcmtool.cli.output import finding_text
from dcmtool.cli.output.columns import BOLD, CYAN, DIM, GREEN, RED, YELLOW
from dcmtool.cli.output.explain_rows import Row, head, rows, side_name, took
from dcmtool.cli.output.screen import wrapped
from dcmtool.diagnosis.definition import Actor
from dcmtool.diagnosis.findings import Seen
from dcmtool.named_tuple import NamedTuple
from dcmtool.text import printable

_TITLE = 8  # columns of what a line begins with
_JOINT = "\N{NO-BREAK SPACE}"  # between a number and its unit, where no line is broken
_UNIT = re.compile(r"(?<=\d) (?=(?:m?s|[kMG]B|bytes?)\b)")
_MOST_SEEN = 4  # pieces of evidence shown of a finding; JSON has them all


class BlockLook(NamedTuple):
    """How blocks look: their width (None: any), whether they have colours, and all that is known."""

    width: int | None = None
    coloured: bool = False
    verbose: bool = False
    signs: bool = False  # whether marks are signs, in place of words


# The sign, the word where it cannot be shown, and the colour.
_MARKS = {
    "ok": ("\u2713", "ok  ", GREEN),
    "note": ("-", "-   ", DIM),
    "failed": ("\u2717", "FAIL", RED),
}


def block(connection: ObservedConnection, look: BlockLook = BlockLook()) -> Iterator[str]:  # noqa: B008
    """Yield the lines of a connection; whatever the two sides sent, they are printable."""
    state = "failed" if connection.failed else "ok" if connection.is_association else "note"
    number = f"#{connection.number}  "
    yield from rows_as_lines(state, head(connection), rows(connection, verbose=look.verbose), look, number)
    for found in connection.findings:
        yield ""
        yield from _finding(connection, found, look)


def rows_as_lines(
    state: str, heading: str, told: Iterable[Row], look: BlockLook, number: str = ""
) -> Iterator[str]:
    """Yield a heading behind the mark of a state (ok, note, failed), and a line a row, or more, below it."""
    sign, word, style = _MARKS[state]
    mark = sign if look.signs else word
    text = wrapped(heading, len(mark) + 1 + len(number), look.width)
    yield f"{_styled(mark, style, look)} {_styled(number + text, BOLD, look)}"
    for title, each in told:
        yield _row(title, each, look)


def _finding(connection: ObservedConnection, found: ObservedFinding, look: BlockLook) -> Iterator[str]:
    finding = found.finding
    shown = wrapped(printable(finding_text.head(finding)), 4, look.width)
    style = RED if finding.certainty == "certain" else YELLOW
    yield "  " + _styled(finding.id, f"{BOLD};{style}", look) + shown.removeprefix(finding.id)
    evidence = map(_seen, finding.evidence[-_MOST_SEEN:])
    actors: dict[Actor | None, str] = dict.fromkeys(get_args(Actor), actor_text(connection, found))
    for title, text in finding_text.rows(finding, evidence, actors):
        yield "  " + _row(title, printable(text), look, 2)


def actor_text(connection: ObservedConnection, found: ObservedFinding) -> str:
    """Return who has to act."""
    match found.actor:
        case None:
            return "nobody"
        case "network":
            return "who runs the network"
        case side:
            return f"who runs {side_name(connection, side)}, the {side}"


def _seen(seen: Seen) -> str:
    return finding_text.seen_text(seen, "" if seen.at is None else f"after {took(seen.at)}")


def _row(title: str, text: str, look: BlockLook, margin: int = 0) -> str:
    width = max(_TITLE, len(title))
    joined = _UNIT.sub(_JOINT, text)
    shown = wrapped(joined, width + 3 + margin, look.width).replace(_JOINT, " ")
    return f"  {_styled(f'{title:<{width}}', CYAN, look)} {shown}"


def _styled(text: str, style: str, look: BlockLook) -> str:
    return f"\x1b[{style}m{text}\x1b[0m" if look.coloured and text.strip() else text

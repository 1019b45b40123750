"""What a finding says line by line, and these lines without colour: where it stands below something else."""

from collections.abc import Iterable, Iterator, Mapping

from dcmtool.cli.wording import COMMAND_LINE
from dcmtool.diagnosis.definition import Actor
from dcmtool.diagnosis.findings import Finding, Seen
from dcmtool.text import brief, printable

_ACTORS: Mapping[Actor | None, str] = {
    "us": "we do, at this SCP",
    "node": "who runs the caller",
    "network": "who runs the network",
}
_MOST_BYTES = 16
_TITLE = 7  # columns


def lines(finding: Finding) -> Iterator[str]:
    """Yield the lines of a finding about a caller, printable whatever the caller sent."""
    yield printable(head(finding))
    evidence = (seen_text(each, _after(each)) for each in finding.evidence)
    for title, text in rows(finding, evidence, _ACTORS):
        yield f"  {title:<{_TITLE}}{printable(text)}"


def head(finding: Finding) -> str:
    """Return what a finding is, and what it says."""
    return f"{finding.id} ({finding.certainty}): {finding.sentence}"


def rows(
    finding: Finding, evidence: Iterable[str], actors: Mapping[Actor | None, str]
) -> Iterator[tuple[str, str]]:
    """Yield the titles and texts below that; `actors` says who has to act."""
    for seen in evidence:
        yield "seen", seen
    if finding.alternatives:
        yield "or", ", ".join(finding.alternatives)
    if finding.actor is not None:
        yield "to act", actors[finding.actor]
    for number, step in enumerate(finding.advice, 1):
        yield "to do" if number == 1 else "", f"{number}. {step.in_words(COMMAND_LINE)}"
    yield "more", f"{finding.page}{f', {finding.clause}' if finding.clause else ''}"


def seen_text(seen: Seen, *about: str) -> str:
    """Return a piece of evidence, with what is known about it and how its bytes begin."""
    more = "..." if len(seen.data) > _MOST_BYTES else ""
    data = f"{seen.data[:_MOST_BYTES].hex(' ')}{more}" if seen.data else ""
    known = ", ".join(filter(None, (*about, data)))
    return f"{brief(seen.what)}{f' ({known})' if known else ''}"


def _after(seen: Seen) -> str:
    return "" if seen.at is None else f"after {seen.at / 1_000_000:.0f} ms"

"""What is wrong, or odd, in a data dictionary file."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from dcmtool.dictionary.lines import INTERNAL_VRS, STANDARD_VRS, BadLine, Entry, Span, parse
from dcmtool.text import printable

LONG_CREATOR = 16  # characters that this check lets pass without a word
MAX_CREATOR = 64  # characters of a value of VR LO (PS3.5 6.2)
_FORBIDDEN_GROUPS = (1, 3, 5, 7, 0xFFFF)  # odd, yet not for private elements (PS3.5 7.8)
_NUMBERS = re.compile(r"(\d+)(?:-(?:(\d+)|\d*n))?")


class LintFinding(NamedTuple):
    """One finding: the number of the line from 1, its rule in one word, and a sentence."""

    line: int
    rule: str
    message: str


def findings(text: str) -> Iterator[LintFinding]:
    """Yield the findings on the text of a data dictionary file, line by line; on a creator only once."""
    seen: dict[tuple[Span, Span, str], Entry] = {}
    creators: set[str] = set()
    for number, line in enumerate(text.split("\n"), 1):
        try:
            entry = parse(line, number)
        except BadLine as error:
            yield LintFinding(number, "bad-line", printable(str(error)))
            continue
        if entry is None:
            continue
        written = line.strip().split("\t")[1]
        key = entry.group, entry.element, entry.creator
        for rule, message in _of_entry(entry, written, seen.get(key)):
            yield LintFinding(number, rule, printable(message))
        if entry.creator not in creators and (problem := _creator_problem(entry.creator)):
            yield LintFinding(number, "long-creator", printable(problem))
        seen[key] = entry
        creators.add(entry.creator)
    if not seen:
        yield LintFinding(1, "no-entry", "the file holds no entry of a data dictionary")


def _of_entry(entry: Entry, written_vr: str, before: Entry | None) -> Iterator[tuple[str, str]]:
    if before is not None and before.vr != entry.vr:
        yield (
            "duplicate",
            f"{entry.tag()} is defined in line {before.line} as {before.vr}, here as {entry.vr}",
        )
    if written_vr not in STANDARD_VRS and written_vr not in INTERNAL_VRS:
        yield "unknown-vr", f"the VR '{written_vr}' is none of PS3.5 6.2, so {entry.vr} is assumed"
    if not _is_multiplicity(entry.vm):
        yield "unknown-vm", f"the VM '{entry.vm}' is none of PS3.5 6.4, such as 1, 1-3, 1-n or 2-2n"
    if problem := _group_problem(entry):
        yield "private-group", f"{entry.tag()} {problem}"


def _creator_problem(creator: str) -> str:
    """Return what is wrong with a private creator, at its first occurrence only."""
    length = len(creator)
    if length > MAX_CREATOR:
        return f"the private creator has {length} characters, where VR LO allows {MAX_CREATOR} (PS3.5 6.2)"
    if length > LONG_CREATOR:
        return f"the private creator '{creator}' has {length} characters, more than {LONG_CREATOR}"
    return ""


def _is_multiplicity(vm: str) -> bool:
    match = _NUMBERS.fullmatch(vm)
    if match is None or match[1] == "0":
        return False
    return match[2] is None or int(match[2]) > int(match[1])


def _group_problem(entry: Entry) -> str:
    """Return what is wrong with the group; ranges are rules, not elements, unless they have a creator."""
    group = entry.group.low
    if entry.creator:
        if group % 2 == 0 and group in entry.group:
            return "has a private creator, but its group is even (PS3.5 7.8)"
        if group in _FORBIDDEN_GROUPS:
            return "is in a group that private elements may not use (PS3.5 7.8)"
        return ""
    if group % 2 and entry.single:
        return "is in an odd group, but has no private creator (PS3.5 7.8)"
    return ""

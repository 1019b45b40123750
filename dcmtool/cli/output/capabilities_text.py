"""What a node accepts as a table by service on standard output, and what has changed."""

import sys
from collections.abc import Iterable, Iterator
from itertools import groupby
from string import ascii_uppercase

from dcmtool.cli.output.columns import BOLD, DIM, GREEN, RED, coloured, write_line
from dcmtool.cli.output.screen import columns_of, wrapped
from dcmtool.diagnosis.capabilities import NOT_PROPOSED, Capabilities, Capability
from dcmtool.reporting.capabilities_report import NOT_PROVED, Change
from dcmtool.settings import EchoRequest
from dcmtool.text import brief, counted, printable
from dcmtool.uids import described

_SOP_CLASS = "SOP class", "SOP classes"
_SHORT = 4  # transfer syntaxes that are written out beside a SOP class; more are a set with a letter


def write(found: Capabilities, request: EchoRequest) -> None:
    """Write what a node accepts."""
    accepted = [each for each in found.known if each.accepted]
    node = f"{brief(request.negotiation.called_aet)} at {brief(request.peer.host)} port {request.peer.port}"
    software = found.implementation_version_name or found.implementation_class_uid
    by = f" ({printable(software)})" if software else ""
    write_line(
        f"{node}{by} accepts {len(accepted)} of {len(found.known)} SOP classes, seen by "
        f"{counted(found.associations, 'association')}."
    )
    write_line(NOT_PROVED)
    sets = _Sets()
    for service, group in groupby(found.known, lambda each: each.sop_class.service):
        _write_service(service, list(group), sets)
    for line in sets.lines():
        write_line(line)
    for line in _left_out(found.known):
        write_line("")
        write_line(coloured(wrapped(line, 0, columns_of(sys.stdout)), DIM))


def _write_service(service: str, known: list[Capability], sets: "_Sets") -> None:
    accepted = [each for each in known if each.accepted]
    if not accepted:
        return
    write_line("")
    write_line(coloured(f"{service} ({len(accepted)} of {len(known)} SOP classes)", BOLD))
    width = max(len(each.sop_class.name) for each in accepted)
    for each in accepted:
        write_line(f"  {each.sop_class.name:<{width}}  {sets.shown(each)}")


class _Sets:
    """The longer sets of transfer syntaxes, each with a letter that stands for it."""

    def __init__(self) -> None:
        self._letters: dict[tuple[str, ...], str] = {}

    def shown(self, known: Capability) -> str:
        """Return the transfer syntaxes of a SOP class, or the name of their set."""
        if len(known.accepted) > _SHORT:
            text = f"set {self._letters.setdefault(known.accepted, self._next())}"
        else:
            text = ", ".join(_syntaxes(known.accepted))
        return text if known.complete else f"{text}, not all asked for"

    def _next(self) -> str:
        number, letter = divmod(len(self._letters), len(ascii_uppercase))
        return f"{ascii_uppercase[letter]}{number or ''}"

    def lines(self) -> Iterator[str]:
        """Yield what each set holds."""
        for syntaxes, letter in self._letters.items():
            yield ""
            yield coloured(f"Set {letter} ({len(syntaxes)} transfer syntaxes)", BOLD)
            yield from (f"  {each}" for each in _syntaxes(syntaxes))


def _syntaxes(uids: Iterable[str]) -> list[str]:
    return [_syntax(uid) for uid in uids]


def _syntax(uid: str) -> str:
    return brief(described(uid).removeprefix("="))


def _left_out(known: Iterable[Capability]) -> Iterator[str]:
    known = list(known)
    none = [
        f"{service} ({len(group)})"
        for service, group in ((name, list(each)) for name, each in groupby(known, _service))
        if not any(each.accepted for each in group) and all(each.result != NOT_PROPOSED for each in group)
    ]
    if none:
        yield f"None accepted of: {', '.join(none)}."
    unasked = sum(each.result == NOT_PROPOSED for each in known)
    if unasked:
        yield f"Not asked for: {counted(unasked, *_SOP_CLASS)}; --max-associations allows more associations."
    partly = sum(bool(each.accepted) and not each.complete for each in known)
    if partly:
        yield (
            f"Of {counted(partly, *_SOP_CLASS)} not every transfer syntax was asked for; "
            "--max-associations allows more associations."
        )


def _service(known: Capability) -> str:
    return known.sop_class.service


def write_changes(changed: list[Change], path: str) -> None:
    """Write what has changed since a saved run."""
    write_line("")
    if not changed:
        write_line(f"Nothing has changed since {brief(path)}.")
        return
    write_line(coloured(f"Changed since {brief(path)}:", BOLD))
    for change in changed:
        write_line(f"  {brief(change.name)}{_turn(change)}")
        for uid in change.lost:
            write_line(coloured(f"    - {_syntax(uid)}", RED))
        for uid in change.gained:
            write_line(coloured(f"    + {_syntax(uid)}", GREEN))


def _turn(change: Change) -> str:
    if change.was_accepted == change.is_accepted:
        return ""
    return ": now accepted" if change.is_accepted else ": no longer accepted"

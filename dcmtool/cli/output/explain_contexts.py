"""The presentation contexts of an association between two others, in brief or one by one."""

from collections.abc import Iterator, Sequence

from dcmtool.capture.connection import ObservedConnection
from dcmtool.capture.uid_names import shown
from dcmtool.text import brief, counted, printable
from dcmtool.uids import NAMES
from dcmtool.upper_layer.contexts import PresentationContext

_MOST = 4  # names in a line of the brief form
_MOST_LINES = 128  # contexts shown one by one, as many as there may be (PS3.8 7.1.1.13)


def contexts(connection: ObservedConnection, *, verbose: bool) -> Iterator[tuple[str, str]]:
    """Yield what was asked for and what of it was accepted."""
    known = connection.contexts
    if not known and connection.request is not None:
        known = tuple(map(PresentationContext, connection.request.contexts))
    if verbose:
        for context in known[:_MOST_LINES]:
            yield "context", _whole(context)
        return
    if known:
        asked = dict.fromkeys(shown(each.proposed.abstract_syntax) for each in known)
        yield "asked", f"{counted(len(known), 'context')}: {_listed([*asked])}"
    if any(context.result is not None for context in known):
        yield from _answered(known)


def _answered(known: Sequence[PresentationContext]) -> Iterator[tuple[str, str]]:
    """Yield what was accepted, by the transfer syntax, and what was not, by the reason."""
    accepted: dict[str, list[str]] = {}
    refused: dict[str, list[str]] = {}
    for each in known:
        name = shown(each.proposed.abstract_syntax)
        if each.accepted:
            accepted.setdefault(transfer_syntax(each.transfer_syntax), []).append(name)
        else:
            refused.setdefault(each.result_text if each.result is not None else "No Answer", []).append(name)
    count = sum(map(len, accepted.values()))
    told = "; ".join(f"{_listed([*dict.fromkeys(names)])} with {how}" for how, names in accepted.items())
    yield "accepted", f"{count} of {len(known)}{f': {told}' if told else ''}"
    if refused:
        why = "; ".join(f"{_listed([*dict.fromkeys(names)])} ({reason})" for reason, names in refused.items())
        yield "refused", printable(why)


def _whole(context: PresentationContext) -> str:
    offered = ", ".join(map(transfer_syntax, context.proposed.transfer_syntaxes)) or "no transfer syntax"
    result = context.result_text
    if context.accepted:
        result = f"accepted with {transfer_syntax(context.transfer_syntax)}"
    name = shown(context.proposed.abstract_syntax)
    return printable(f"{context.context_id}: {name} with {offered}: {result}")


def transfer_syntax(uid: str) -> str:
    """Return the name of a transfer syntax, or else its UID, printable."""
    return NAMES.get(uid) or brief(uid)


def _listed(names: Sequence[str]) -> str:
    if len(names) <= _MOST:
        return ", ".join(names)
    return f"{', '.join(names[: _MOST - 1])} and {len(names) - _MOST + 1} more"

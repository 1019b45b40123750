"""The presentation contexts of an association between two others, in brief or one by one."""

from collections.abc import Container, Iterator, Mapping, Sequence

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
    names = _names(known, {use.sop_class for use in connection.services})
    if known:
        yield "asked", f"{counted(len(known), 'context')}: {_listed([*dict.fromkeys(names.values())])}"
    if any(context.result is not None for context in known):
        yield from _answered(known, names)


def _names(known: Sequence[PresentationContext], used: Container[str]) -> dict[int, str]:
    """Return what the contexts are for, by their IDs: first what was used, since there may be a hundred."""
    first = sorted(known, key=lambda context: context.proposed.abstract_syntax not in used)
    return {context.context_id: shown(context.proposed.abstract_syntax) for context in first}


def _answered(known: Sequence[PresentationContext], names: Mapping[int, str]) -> Iterator[tuple[str, str]]:
    """Yield what was accepted, by the transfer syntax, and what was not, by the reason."""
    contexts = {context.context_id: context for context in known}
    accepted: dict[str, dict[str, None]] = {}
    refused: dict[str, dict[str, None]] = {}
    for number, name in names.items():
        context = contexts[number]
        if context.accepted:
            accepted.setdefault(transfer_syntax(context.transfer_syntax), {})[name] = None
        else:
            reason = "No Answer" if context.result is None else context.result_text
            refused.setdefault(reason, {})[name] = None
    told = "; ".join(f"{each} with {' or '.join(how)}" for each, how in _alike(accepted))
    count = sum(context.accepted for context in contexts.values())
    yield "accepted", f"{count} of {len(contexts)}{f': {told}' if told else ''}"
    if refused:
        why = "; ".join(f"{each} ({' or '.join(reasons)})" for each, reasons in _alike(refused))
        yield "refused", printable(why)


def _alike(groups: Mapping[str, dict[str, None]]) -> Iterator[tuple[str, list[str]]]:
    """Yield the names that have the same answers, with these."""
    alike: dict[tuple[str, ...], list[str]] = {}
    for answer, names in groups.items():
        alike.setdefault((*names,), []).append(answer)
    for each, answers in alike.items():
        yield _listed(each), answers


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

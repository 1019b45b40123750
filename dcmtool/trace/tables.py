"""The tables of the trace on a terminal: what was proposed and accepted, messages, PDUs byte by byte."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, pairwise

from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table
from rich.text import Text

from dcmtool.dimse.command_set import CommandSet
from dcmtool.identity import TYPES
from dcmtool.text import printable
from dcmtool.trace.annotated import Row, annotate
from dcmtool.trace.association_dump import user_name
from dcmtool.trace.command_dump import Labels, element_words, label
from dcmtool.uids import NAMES
from dcmtool.upper_layer.contexts import PresentationContext
from dcmtool.upper_layer.pdus import AssociateAc, AssociateRq, ProposedContext
from dcmtool.upper_layer.user_information import (
    AsynchronousOperationsWindow,
    ExtendedNegotiation,
    ImplementationClassUid,
    ImplementationVersionName,
    MaximumLength,
    RoleSelection,
    SubItem,
    UserIdentity,
    UserIdentityResponse,
    find,
)

LABEL = "cyan"
MAX_ROWS = 500  # of one PDU; 128 contexts with 53 transfer syntaxes each would make 14 000
MAX_BYTES = 256  # of one field; the longest that the standard's tables have is 64
_ID_LIST = 3  # IDs of equal contexts that are listed one by one
_LONG_NAME = 40  # characters of an element's name from which it is folded: a data dictionary may have any
WIDE = 120  # columns from which a PDU's bytes are shown 16 a line, and its values in a column of their own


def shown(text: str, style: str = "") -> Text:
    """Return text that is shown as it is: no markup, and nothing that could steer the terminal."""
    return Text(printable(text), style)


def pairs(rows: Iterable[tuple[str, str]]) -> Table:
    """Return labels with their values."""
    grid = _grid()
    for title, value in rows:
        grid.add_row(shown(title, LABEL), shown(value))
    return grid


def _grid(fixed: int = 1, folded: int = 1) -> Table:
    """Return a table without lines: columns that keep their width, then some that fold what is too long."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    for number in range(fixed + folded):
        grid.add_column(no_wrap=number < fixed, overflow="fold")
    return grid


# The association -------------------------------------------------------------------------------------


def request(associate: AssociateRq) -> Table:
    """Return what is about to be proposed."""
    titles = [("Calling AE title", associate.calling_aet), ("Called AE title", associate.called_aet)]
    application = ("App. context", _named(associate.application_context))
    grid = pairs([*titles, application, *_own_words(associate.user_information)])
    for title, value in _who(associate.user_information):
        grid.add_row(shown(title, LABEL), shown(value))
    for proposed, ids in _grouped(associate.contexts):
        grid.add_row(shown(f"Context {ids}", LABEL), _proposal(proposed))
    return grid


def answer(associate: AssociateAc) -> Table:
    """Return what the peer says of itself; its titles are reserved and mean nothing (PS3.8 9.3.3)."""
    theirs = associate.user_information
    return pairs([*_own_words(theirs), *(words for sub_item in theirs for words in _negotiated(sub_item))])


def _own_words(information: tuple[SubItem, ...]) -> Iterator[tuple[str, str]]:
    maximum, class_uid = find(information, MaximumLength), find(information, ImplementationClassUid)
    version = find(information, ImplementationVersionName)
    limit = f"{maximum.value} bytes" if maximum and maximum.value else "no limit"
    yield "Max PDU", limit if maximum else "not said, so no limit"
    yield "Implementation", version.name if version else "not named"
    yield "Class UID", class_uid.uid if class_uid else "missing (PS3.7 D.3.3.2)"


def _who(information: tuple[SubItem, ...]) -> Iterator[tuple[str, str]]:
    identity = find(information, UserIdentity)
    if identity is None:
        return
    kind = TYPES.get(identity.identity_type, f"of type {identity.identity_type}")
    name = f" {user_name(identity)}" if UserIdentity.is_named(identity.identity_type) else ""
    asked = ", to be confirmed" if identity.response_requested else ""
    yield "User identity", f"{kind}{name}{asked}"


def _negotiated(sub_item: SubItem) -> Iterator[tuple[str, str]]:
    match sub_item:
        case AsynchronousOperationsWindow(invoked, performed):
            yield "Async. window", f"{invoked or 'no limit'} invoked, {performed or 'no limit'} performed"
        case RoleSelection(sop_class, scu, scp):
            roles = "/".join(name for name, held in (("SCU", scu), ("SCP", scp)) if held) or "none"
            yield "Roles", f"{roles} for {_named(sop_class)}"
        case ExtendedNegotiation(sop_class, information):
            yield "Extended", f"{information.hex(' ')} for {_named(sop_class)}"
        case UserIdentityResponse(response):
            yield "User identity", f"response of {len(response)} bytes"


def contexts(answered: Sequence[PresentationContext]) -> Table:
    """Return what was proposed against what was accepted; equal contexts share a row."""
    grid = _grid(1, 2)
    grid.add_row(shown("Context", LABEL), shown("proposed", "bold"), shown("answered", "bold"))
    in_order = sorted(answered, key=lambda context: context.context_id)
    alike = groupby(in_order, key=lambda context: (context.proposed[1:], context[1:]))
    for _, group in alike:
        members = list(group)
        first = members[0]
        ids = _ids([context.context_id for context in members])
        grid.add_row(shown(ids, LABEL), _proposal(first.proposed), _answer(first))
    return grid


def _grouped(proposed: Iterable[ProposedContext]) -> Iterator[tuple[ProposedContext, str]]:
    for _, group in groupby(proposed, key=lambda context: context[1:]):
        members = list(group)
        yield members[0], _ids([context.context_id for context in members])


def _ids(ids: Sequence[int]) -> str:
    """Return the IDs of contexts that are alike; those that are proposed are odd (PS3.8 9.3.2.2)."""
    if len(ids) <= _ID_LIST:
        return ", ".join(map(str, ids))
    if all(after - before == 2 for before, after in pairwise(ids)):
        return f"{ids[0]}, {ids[1]}..{ids[-1]}"
    return f"{ids[0]} to {ids[-1]} ({len(ids)} of them)"


def _proposal(proposed: ProposedContext) -> Text:
    lines = [_named(proposed.abstract_syntax), *(f"  {_named(uid)}" for uid in proposed.transfer_syntaxes)]
    return Text("\n").join(shown(line) for line in lines)


def _answer(context: PresentationContext) -> Text:
    if context.result is None:
        return shown("no answer", "red")
    if not context.accepted:
        return shown(f"{context.result_text} ({context.result})", "red")
    strange = "" if context.transfer_syntax_was_proposed else ", which was not proposed"
    syntax = shown(f"  {_named(context.transfer_syntax)}{strange}")
    return Text("\n").join([shown(context.result_text, "green"), syntax])


def _named(uid: str) -> str:
    return NAMES.get(uid, uid)


# Messages and PDUs -----------------------------------------------------------------------------------


def command(elements: CommandSet, labels: Labels | None) -> Table:
    """Return the elements of a command set with their names (PS3.7 E.1, or the data dictionary's)."""
    named = {element: label(elements, element, labels) for element in elements}
    usual = all(len(name) <= _LONG_NAME for _, name in named.values())
    grid = _grid(2) if usual else _grid(1, 2)
    for element, value in elements.items():
        vr, name = named[element]
        tag = f"({element >> 16:04x},{element & 0xFFFF:04x}) {vr}"
        words = element_words(element, value).removeprefix("=")  # which marks names in DCMTK's dumps
        grid.add_row(shown(tag, LABEL), shown(name), shown(words))
    return grid


class Annotated:
    """A PDU byte by byte: offset, bytes, and the fields that they are, as wide as there is room."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        wide = options.max_width >= WIDE
        rows = annotate(self._data)
        grid = _grid(2, 2 if wide else 1)
        for row in rows[:MAX_ROWS]:
            data = Text(_hexadecimal(row.data, 16 if wide else 8))
            field = _columns(row) if wide else [_one_column(row, options.max_width - _BESIDE)]
            grid.add_row(shown(f"{row.offset:04x}", "dim"), data, *field)
        yield grid
        if len(rows) > MAX_ROWS:
            yield shown(f"and {len(rows) - MAX_ROWS} more fields: the trace file keeps all bytes", "dim")


_BESIDE = 4 + 2 + 23 + 2  # columns: the offset, 8 bytes, and the blanks behind them


def _columns(row: Row) -> list[Text]:
    return [shown("  " * row.depth + row.name, LABEL), shown(row.value)]


def _one_column(row: Row, width: int) -> Text:
    """Return name and value on one line if they fit, else on two."""
    name, value = _columns(row)
    if not row.value:
        return name
    fits = len(name) + 2 + len(value) <= width
    return Text.assemble(name, ": " if fits else ":\n" + "  " * (row.depth + 1), value)


def _hexadecimal(data: bytes, width: int) -> str:
    if len(data) > 8 and not any(data):
        return f"00 ({len(data)} times)"
    lines = [data[start : start + width].hex(" ") for start in range(0, min(len(data), MAX_BYTES), width)]
    if len(data) > MAX_BYTES:
        lines.append(f"and {len(data) - MAX_BYTES} more")
    return "\n".join(lines)

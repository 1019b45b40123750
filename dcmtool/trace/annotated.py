"""The bytes of a PDU, field by field, with the names that the tables of PS3.8 9.3 give them.

Every byte is in exactly one row, in order; what fits no field is in a row that says so, and nothing raises.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import NamedTuple

from dcmtool import identity
from dcmtool.dimse import command_set
from dcmtool.errors import PeerAbort, Rejection, RemoteProtocolError
from dcmtool.text import decoded, printable
from dcmtool.trace.command_dump import element_words
from dcmtool.uids import NAMES
from dcmtool.upper_layer import contexts, items, pdus
from dcmtool.upper_layer.user_information import UserIdentity

MAX_TEXT = 64  # bytes of a value that are shown as text; UIDs, titles and names are no longer


class Row(NamedTuple):
    """One field: where it begins, its bytes, its name, what it says, and how deep it is nested."""

    offset: int
    data: bytes
    name: str
    value: str
    depth: int


Show = Callable[[bytes], str]


class _CutShort(Exception):
    """A field has fewer bytes than it needs."""


class _Reader:
    """A cursor over one PDU that makes the rows."""

    def __init__(self, data: bytes) -> None:
        self.data, self.offset, self.depth = data, 0, 0
        self.rows: list[Row] = []

    def row(self, length: int, name: str, value: str) -> None:
        data = self.data[self.offset : self.offset + length]
        self.rows.append(Row(self.offset, data, name, value, self.depth))
        self.offset += length

    def field(self, end: int, length: int, name: str, show: Show) -> bytes:
        """Make a row of the next `length` bytes, or of those before `end` where they are fewer."""
        there = min(length, end - self.offset)
        data = self.data[self.offset : self.offset + there]
        if there < length:
            self.row(there, name, f"cut short: {there} of {length} bytes")
            raise _CutShort
        self.row(length, name, show(data))
        return data

    def number(self, end: int, length: int, name: str, show: Callable[[int], str] = str) -> int:
        value = self.field(end, length, name, lambda data: show(int.from_bytes(data)))
        return int.from_bytes(value)

    def reserved(self, end: int, length: int) -> None:
        self.field(end, length, "Reserved", lambda data: "not 0, ignored" if any(data) else "")

    def counted(self, end: int, name: str, show: Show) -> None:
        """Make the rows of a field behind the two bytes of its length."""
        length = self.number(end, 2, f"{name}-length")
        self.field(end, length, name, show)

    def rest(self, end: int, name: str, show: Show) -> None:
        """Make a row of all that is left."""
        if self.offset < end:
            self.field(end, end - self.offset, name, show)

    def inside(self, length: int, end: int, read: "Read") -> None:
        """Let `read` make the rows of the next `length` bytes, which may not go beyond `end`."""
        stop = min(end, self.offset + length)
        self.depth += 1
        with suppress(_CutShort):
            read(self, stop)
        self.rest(stop, "Bytes that belong to no field", _size)
        self.depth -= 1

    def items(self, end: int, table: Mapping[int, tuple[str, "Read"]]) -> None:
        """Make the rows of items until `end`."""
        while self.offset < end:
            if end - self.offset < 4:
                self.field(end, 4, "Item header", str)
            kind, length = (
                self.data[self.offset],
                int.from_bytes(self.data[self.offset + 2 : self.offset + 4]),
            )
            name, read = table.get(kind, ("Item of a type not defined here", _opaque))
            self.row(4, f"{name} ({kind:02X}H)", _length(length, end - self.offset - 4))
            self.inside(length, end, read)


Read = Callable[[_Reader, int], None]


def annotate(data: bytes) -> list[Row]:
    """Return the rows of one PDU, header included."""
    reader = _Reader(data)
    if len(data) < 6:
        if data:
            reader.row(len(data), "PDU header", f"cut short: {len(data)} of 6 bytes")
        return reader.rows
    kind, length = data[0], int.from_bytes(data[2:6])
    name = pdus.PDU_NAMES.get(kind, "PDU of a type not defined")
    reader.row(6, f"{name} ({kind:02X}H)", _length(length, len(data) - 6))
    reader.inside(length, len(data), _BODIES.get(kind, _opaque))
    reader.rest(len(data), "Bytes after the PDU", _size)
    return reader.rows


# What values say -------------------------------------------------------------------------------------


def _length(length: int, there: int) -> str:
    return f"length {length}" + (f", but {there} left" if length > there else "")


def _size(data: bytes) -> str:
    return f"{len(data)} byte(s)"


def _hidden(data: bytes) -> str:
    return f"{len(data)} byte(s), which are not shown" if data else _size(data)


def _text(data: bytes) -> str:
    return f'"{printable(decoded(data[:MAX_TEXT]))}"' + ("..." if len(data) > MAX_TEXT else "")


def _uid(data: bytes) -> str:
    uid = items.decode_uid(data)
    return NAMES[uid] if uid in NAMES else printable(uid[:MAX_TEXT])


def _version(version: int) -> str:
    return "version 1" if version & 1 else "bit 0, for version 1, is not set"


def _limit(value: int) -> str:
    return str(value) if value else "0 (no limit)"


def _flag(value: int) -> str:
    return {0: "no", 1: "yes"}.get(value, f"undefined ({value})")


def _control(header: int) -> str:
    kind = "command" if header & 1 else "data set"
    return f"{kind}, {'last' if header & 2 else 'not the last'} fragment"


def _numbered(names: Mapping[int, str]) -> Callable[[int], str]:
    return lambda value: f"{value} ({names.get(value, 'undefined')})"


# PDUs (PS3.8 9.3.2 to 9.3.8) -------------------------------------------------------------------------


def _opaque(reader: _Reader, end: int) -> None:
    reader.rest(end, "Value", _size)


def _associate(titles: tuple[str, str], table: "Mapping[int, tuple[str, Read]]") -> Read:
    def read(reader: _Reader, end: int) -> None:
        reader.number(end, 2, "Protocol-version", _version)
        reader.reserved(end, 2)
        for title in titles:
            reader.field(end, 16, title, _text)
        reader.reserved(end, 32)
        reader.items(end, table)

    return read


def _reject(reader: _Reader, end: int) -> None:
    reader.reserved(end, 1)
    reader.number(end, 1, "Result", _numbered(Rejection.RESULTS))
    source = reader.number(end, 1, "Source", _numbered(Rejection.SOURCES))
    reasons = {reason: words for (of, reason), words in Rejection.REASONS.items() if of == source}
    reader.number(end, 1, "Reason/Diag.", _numbered(reasons))


def _data(reader: _Reader, end: int) -> None:
    while reader.offset < end:
        length = reader.number(end, 4, "Item-length")
        reader.inside(length, end, _pdv)


def _pdv(reader: _Reader, end: int) -> None:
    reader.number(end, 1, "Presentation-context-ID")
    header = reader.number(end, 1, "Message control header", _control)
    fragment = reader.data[reader.offset : end]
    if header & 1 and _is_whole_command(fragment):
        while reader.offset < end:
            _element(reader)
    reader.rest(end, "Fragment", _size)


def _is_whole_command(fragment: bytes) -> bool:
    """Return whether a fragment reads as a command set that begins with its group length (PS3.7 6.3.1)."""
    try:
        elements = command_set.decode(fragment)
    except RemoteProtocolError:
        return False
    length = elements.get(command_set.GROUP_LENGTH)
    return fragment[:4] == bytes(4) and length == (len(fragment) - 12).to_bytes(4, "little")


def _element(reader: _Reader) -> None:
    start = reader.offset
    number = int.from_bytes(reader.data[start + 2 : start + 4], "little")
    length = int.from_bytes(reader.data[start + 4 : start + 8], "little")
    words = element_words(number, reader.data[start + 8 : start + 8 + length])
    reader.row(8 + length, command_set.tag_text(number), words.removeprefix("="))


def _release(reader: _Reader, end: int) -> None:
    reader.reserved(end, 4)


def _abort(reader: _Reader, end: int) -> None:
    reader.reserved(end, 2)
    source = reader.number(end, 1, "Source", _numbered(PeerAbort.SOURCES))
    only_from_provider = _numbered(PeerAbort.REASONS) if source == 2 else "{} (not significant)".format
    reader.number(end, 1, "Reason/Diag.", only_from_provider)


# Items (PS3.8 9.3.2 and 9.3.3, PS3.8 D.1, PS3.7 D.3.3) -------------------------------------------------


def _one(name: str, show: Show) -> Read:
    return lambda reader, end: reader.rest(end, name, show)


def _proposed(reader: _Reader, end: int) -> None:
    reader.number(end, 1, "Presentation-context-ID")
    reader.reserved(end, 3)
    reader.items(end, _SYNTAXES)


def _result(reader: _Reader, end: int) -> None:
    reader.number(end, 1, "Presentation-context-ID")
    reader.reserved(end, 1)
    reader.number(end, 1, "Result/Reason", _numbered(contexts.RESULTS))
    reader.reserved(end, 1)
    reader.items(end, _SYNTAXES)


def _maximum(reader: _Reader, end: int) -> None:
    reader.number(end, 4, "Maximum-length-received", _limit)


def _window(reader: _Reader, end: int) -> None:
    reader.number(end, 2, "Maximum-number-operations-invoked", _limit)
    reader.number(end, 2, "Maximum-number-operations-performed", _limit)


def _roles(reader: _Reader, end: int) -> None:
    reader.counted(end, "SOP-class-uid", _uid)
    reader.number(end, 1, "SCU-role", _flag)
    reader.number(end, 1, "SCP-role", _flag)


def _extended(reader: _Reader, end: int) -> None:
    reader.counted(end, "SOP-class-uid", _uid)
    reader.rest(end, "Service-class-application-information", _size)


def _common_extended(reader: _Reader, end: int) -> None:
    reader.counted(end, "SOP-class-uid", _uid)
    reader.counted(end, "Service-class-uid", _uid)
    length = reader.number(end, 2, "Related-general-sop-class-identification-length")
    reader.inside(length, end, _related)


def _related(reader: _Reader, end: int) -> None:
    while reader.offset < end:
        reader.counted(end, "Related-general-sop-class-uid", _uid)


def _identity(reader: _Reader, end: int) -> None:
    kind = reader.number(end, 1, "User-Identity-Type", _numbered(identity.TYPES))
    reader.number(end, 1, "Positive-response-requested", _flag)
    reader.counted(end, "Primary-field", _text if UserIdentity.is_named(kind) else _hidden)
    reader.counted(end, "Secondary-field", _hidden)


def _identity_response(reader: _Reader, end: int) -> None:
    reader.counted(end, "Server-response", _hidden)


_SYNTAXES: dict[int, tuple[str, Read]] = {
    items.ABSTRACT_SYNTAX: ("Abstract Syntax", _one("Abstract-syntax-name", _uid)),
    items.TRANSFER_SYNTAX: ("Transfer Syntax", _one("Transfer-syntax-name", _uid)),
}
_SUB_ITEMS: dict[int, tuple[str, Read]] = {
    0x51: ("Maximum Length", _maximum),
    0x52: ("Implementation Class UID", _one("Implementation-class-uid", _uid)),
    0x53: ("Asynchronous Operations Window", _window),
    0x54: ("SCP/SCU Role Selection", _roles),
    0x55: ("Implementation Version Name", _one("Implementation-version-name", _text)),
    0x56: ("SOP Class Extended Negotiation", _extended),
    0x57: ("SOP Class Common Extended Negotiation", _common_extended),
    0x58: ("User Identity", _identity),
    0x59: ("User Identity Response", _identity_response),
}
_APPLICATION_CONTEXT = ("Application Context", _one("Application-context-name", _uid))
_USER_INFORMATION: tuple[str, Read] = (
    "User Information",
    lambda reader, end: reader.items(end, _SUB_ITEMS),
)
_RQ_ITEMS: dict[int, tuple[str, Read]] = {
    items.APPLICATION_CONTEXT: _APPLICATION_CONTEXT,
    items.PROPOSED_CONTEXT: ("Presentation Context", _proposed),
    items.USER_INFORMATION: _USER_INFORMATION,
}
_AC_ITEMS: dict[int, tuple[str, Read]] = {
    items.APPLICATION_CONTEXT: _APPLICATION_CONTEXT,
    items.CONTEXT_RESULT: ("Presentation Context", _result),
    items.USER_INFORMATION: _USER_INFORMATION,
}
_BODIES: dict[int, Read] = {
    pdus.ASSOCIATE_RQ: _associate(("Called-AE-title", "Calling-AE-title"), _RQ_ITEMS),
    # PS3.8 9.3.3: two reserved fields, sent with what the request had there
    pdus.ASSOCIATE_AC: _associate(("Reserved (called title)", "Reserved (calling title)"), _AC_ITEMS),
    pdus.ASSOCIATE_RJ: _reject,
    pdus.P_DATA_TF: _data,
    pdus.RELEASE_RQ: _release,
    pdus.RELEASE_RP: _release,
    pdus.ABORT: _abort,
}

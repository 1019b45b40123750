"""Command sets: group 0000 elements in Implicit VR Little Endian, whatever was negotiated (PS3.7 6.3.1)."""

from collections.abc import Iterable
from struct import Struct, pack

from dcmtool.errors import RemoteProtocolError

# Elements by number, group 0000 (PS3.7 E.1)
GROUP_LENGTH = 0x0000
AFFECTED_SOP_CLASS_UID = 0x0002
COMMAND_FIELD = 0x0100
MESSAGE_ID = 0x0110
MESSAGE_ID_BEING_RESPONDED_TO = 0x0120
COMMAND_DATA_SET_TYPE = 0x0800
STATUS = 0x0900
OFFENDING_ELEMENT = 0x0901
ERROR_COMMENT = 0x0902
ERROR_ID = 0x0903

NAMES = {
    GROUP_LENGTH: "CommandGroupLength",
    AFFECTED_SOP_CLASS_UID: "AffectedSOPClassUID",
    COMMAND_FIELD: "CommandField",
    MESSAGE_ID: "MessageID",
    MESSAGE_ID_BEING_RESPONDED_TO: "MessageIDBeingRespondedTo",
    COMMAND_DATA_SET_TYPE: "CommandDataSetType",
    STATUS: "Status",
    OFFENDING_ELEMENT: "OffendingElement",
    ERROR_COMMENT: "ErrorComment",
    ERROR_ID: "ErrorID",
}
VRS = {
    GROUP_LENGTH: "UL",
    AFFECTED_SOP_CLASS_UID: "UI",
    COMMAND_FIELD: "US",
    MESSAGE_ID: "US",
    MESSAGE_ID_BEING_RESPONDED_TO: "US",
    COMMAND_DATA_SET_TYPE: "US",
    STATUS: "US",
    OFFENDING_ELEMENT: "AT",
    ERROR_COMMENT: "LO",
    ERROR_ID: "US",
}

LAST_TAG = 0xFFFF  # of group 0000
_ELEMENT = Struct("<HHI")  # group, element, length
_CLAUSE = "PS3.7 6.3.1"

CommandSet = dict[int, bytes]  # by tag; what a peer sends may have elements of other groups


def tag_text(element: int) -> str:
    """Return an element as `(0000,0900) Status`; only those of PS3.7 E.1 have names here."""
    name = NAMES.get(element)
    return f"({element >> 16:04x},{element & 0xFFFF:04x})" + (f" {name}" if name else "")


def us(value: int) -> bytes:
    """Return the encoding of a US value, 0 to 65535."""
    return pack("<H", value)


def ui(uid: str) -> bytes:
    """Return the encoding of a UI value, padded with a NUL to even length (PS3.5 9.1)."""
    raw = uid.encode("ascii")
    return raw + b"\0" * (len(raw) % 2)


def encode(elements: Iterable[tuple[int, bytes]]) -> bytes:
    """Return a command set of `elements`, in ascending order, behind its group length."""
    body = b"".join(_ELEMENT.pack(0, element, len(value)) + value for element, value in elements)
    return _ELEMENT.pack(0, GROUP_LENGTH, 4) + pack("<I", len(body)) + body


def decode(data: bytes) -> CommandSet:
    """Return the values of a command set by tag; of an element given twice the last counts.

    Raises:
        RemoteProtocolError: an element is cut short.
    """
    elements: CommandSet = {}
    unpack = _ELEMENT.unpack_from
    offset, end = 0, len(data)
    while offset < end:
        if end - offset < 8:
            raise RemoteProtocolError(
                f"the command set ends with {end - offset} stray byte(s)", _CLAUSE, abort_reason=6
            )
        group, element, length = unpack(data, offset)
        offset += 8
        element |= group << 16
        if length > end - offset:
            raise RemoteProtocolError(
                f"the element {tag_text(element)} claims {length} bytes where {end - offset} are left",
                _CLAUSE,
                abort_reason=6,
            )
        elements[element] = data[offset : offset + length]
        offset += length
    return elements


def check_group(elements: CommandSet) -> None:
    """See that all elements are of group 0000.

    Raises:
        RemoteProtocolError: one is not.
    """
    if elements and max(elements) > LAST_TAG:
        stranger = next(tag for tag in elements if tag > LAST_TAG)
        raise RemoteProtocolError(
            f"the command set has the element {tag_text(stranger)}, which is not of group 0000",
            _CLAUSE,
            abort_reason=6,
        )

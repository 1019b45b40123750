"""Command sets: group 0000 elements in Implicit VR Little Endian, whatever was negotiated (PS3.7 6.3.1)."""

from collections.abc import Iterable
from struct import Struct, pack

from dcmtool.errors import RemoteProtocolError

# Elements by number, group 0000 (PS3.7 E.1)
GROUP_LENGTH = 0x0000
AFFECTED_SOP_CLASS_UID = 0x0002
REQUESTED_SOP_CLASS_UID = 0x0003
COMMAND_FIELD = 0x0100
MESSAGE_ID = 0x0110
MESSAGE_ID_BEING_RESPONDED_TO = 0x0120
MOVE_DESTINATION = 0x0600
PRIORITY = 0x0700
COMMAND_DATA_SET_TYPE = 0x0800
STATUS = 0x0900
OFFENDING_ELEMENT = 0x0901
ERROR_COMMENT = 0x0902
ERROR_ID = 0x0903
AFFECTED_SOP_INSTANCE_UID = 0x1000
REQUESTED_SOP_INSTANCE_UID = 0x1001
EVENT_TYPE_ID = 0x1002
ATTRIBUTE_IDENTIFIER_LIST = 0x1005
ACTION_TYPE_ID = 0x1008
REMAINING_SUBOPERATIONS = 0x1020
COMPLETED_SUBOPERATIONS = 0x1021
FAILED_SUBOPERATIONS = 0x1022
WARNING_SUBOPERATIONS = 0x1023
MOVE_ORIGINATOR_AET = 0x1030
MOVE_ORIGINATOR_MESSAGE_ID = 0x1031

# Each element with its value representation and name
ELEMENTS = {
    GROUP_LENGTH: ("UL", "CommandGroupLength"),
    AFFECTED_SOP_CLASS_UID: ("UI", "AffectedSOPClassUID"),
    REQUESTED_SOP_CLASS_UID: ("UI", "RequestedSOPClassUID"),
    COMMAND_FIELD: ("US", "CommandField"),
    MESSAGE_ID: ("US", "MessageID"),
    MESSAGE_ID_BEING_RESPONDED_TO: ("US", "MessageIDBeingRespondedTo"),
    MOVE_DESTINATION: ("AE", "MoveDestination"),
    PRIORITY: ("US", "Priority"),
    COMMAND_DATA_SET_TYPE: ("US", "CommandDataSetType"),
    STATUS: ("US", "Status"),
    OFFENDING_ELEMENT: ("AT", "OffendingElement"),
    ERROR_COMMENT: ("LO", "ErrorComment"),
    ERROR_ID: ("US", "ErrorID"),
    AFFECTED_SOP_INSTANCE_UID: ("UI", "AffectedSOPInstanceUID"),
    REQUESTED_SOP_INSTANCE_UID: ("UI", "RequestedSOPInstanceUID"),
    EVENT_TYPE_ID: ("US", "EventTypeID"),
    ATTRIBUTE_IDENTIFIER_LIST: ("AT", "AttributeIdentifierList"),
    ACTION_TYPE_ID: ("US", "ActionTypeID"),
    REMAINING_SUBOPERATIONS: ("US", "NumberOfRemainingSuboperations"),
    COMPLETED_SUBOPERATIONS: ("US", "NumberOfCompletedSuboperations"),
    FAILED_SUBOPERATIONS: ("US", "NumberOfFailedSuboperations"),
    WARNING_SUBOPERATIONS: ("US", "NumberOfWarningSuboperations"),
    MOVE_ORIGINATOR_AET: ("AE", "MoveOriginatorApplicationEntityTitle"),
    MOVE_ORIGINATOR_MESSAGE_ID: ("US", "MoveOriginatorMessageID"),
    # retired (PS3.7 E.2)
    0x0001: ("UL", "CommandLengthToEnd"),
    0x0010: ("SH", "CommandRecognitionCode"),
    0x0200: ("AE", "Initiator"),
    0x0300: ("AE", "Receiver"),
    0x0400: ("AE", "FindLocation"),
    0x0850: ("US", "NumberOfMatches"),
    0x0860: ("US", "ResponseSequenceNumber"),
    0x4000: ("LT", "DialogReceiver"),
    0x4010: ("LT", "TerminalType"),
    0x5010: ("SH", "MessageSetID"),
    0x5020: ("SH", "EndMessageID"),
    0x5110: ("LT", "DisplayFormat"),
    0x5120: ("LT", "PagePositionID"),
    0x5130: ("CS", "TextFormatID"),
    0x5140: ("CS", "NormalReverse"),
    0x5150: ("CS", "AddGrayScale"),
    0x5160: ("CS", "Borders"),
    0x5170: ("IS", "Copies"),
    0x5180: ("CS", "CommandMagnificationType"),
    0x5190: ("CS", "Erase"),
    0x51A0: ("CS", "Print"),
    0x51B0: ("US", "Overlays"),
}
VRS = {element: vr for element, (vr, _) in ELEMENTS.items()}
NAMES = {element: name for element, (_, name) in ELEMENTS.items()}

LAST_TAG = 0xFFFF  # of group 0000
_ELEMENT = Struct("<HHI")  # group, element, length
_CLAUSE = "PS3.7 6.3.1"

CommandSet = dict[int, bytes]  # by tag; what a peer sends may have elements of other groups


def tag_text(element: int) -> str:
    """Return an element as `(0000,0900) Status`; only those of PS3.7 Annex E have names here."""
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
                f"the command set ends with {end - offset} stray byte(s)",
                _CLAUSE,
                abort_reason=6,
                kind="command-set",
            )
        group, element, length = unpack(data, offset)
        offset += 8
        element |= group << 16
        if length > end - offset:
            raise RemoteProtocolError(
                f"the element {tag_text(element)} claims {length} bytes where {end - offset} are left",
                _CLAUSE,
                abort_reason=6,
                kind="command-set",
            )
        elements[element] = data[offset : offset + length]
        offset += length
    return elements


def foreign_elements(elements: CommandSet) -> str:
    """Return what is wrong with a command set that has elements of other groups, or nothing.

    It can be read all the same: PS3.7 6.3.1 only has no place for them.
    """
    if not elements or max(elements) <= LAST_TAG:
        return ""
    first, *more = (tag for tag in elements if tag > LAST_TAG)
    rest = f" and {len(more)} more" if more else ""
    verb = "are" if more else "is"
    return f"the element {tag_text(first)}{rest}, which {verb} not of group 0000 ({_CLAUSE})"

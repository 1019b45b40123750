"""What the command sets of all DIMSE services say, as values (PS3.7 9.3, 10.3 and Annex E)."""

from typing import NamedTuple

from dcmtool.dimse import command_set as cs
from dcmtool.dimse.command_set import CommandSet, tag_text
from dcmtool.dimse.messages import COMMANDS, NO_DATA_SET
from dcmtool.errors import RemoteProtocolError
from dcmtool.text import decoded

_CLAUSE = "PS3.7 E.1"
_MAX_TEXT = 256  # bytes; the longest text of a command set is an LO of 64 characters, of up to 4 bytes each
_MAX_TAGS = 1024  # more attributes than any object has that is asked for by them
_RESPONSE = 0x8000  # the bit that makes a request's Command Field its response's
_REQUEST = (cs.MESSAGE_ID, cs.AFFECTED_SOP_CLASS_UID)
_QUERY = (*_REQUEST, cs.PRIORITY)
_REQUEST_OF_INSTANCE = (cs.MESSAGE_ID, cs.REQUESTED_SOP_CLASS_UID, cs.REQUESTED_SOP_INSTANCE_UID)
_EVENT_REPORT = (*_REQUEST, cs.AFFECTED_SOP_INSTANCE_UID, cs.EVENT_TYPE_ID)

# What each request must have besides Command Field and Command Data Set Type (PS3.7 9.1 and 10.1, usage M).
_MANDATORY = {
    0x0001: (*_QUERY, cs.AFFECTED_SOP_INSTANCE_UID),  # C-STORE-RQ
    0x0010: _QUERY,  # C-GET-RQ
    0x0020: _QUERY,  # C-FIND-RQ
    0x0021: (*_QUERY, cs.MOVE_DESTINATION),  # C-MOVE-RQ
    0x0030: _REQUEST,  # C-ECHO-RQ
    0x0100: _EVENT_REPORT,
    0x0110: _REQUEST_OF_INSTANCE,  # N-GET-RQ
    0x0120: _REQUEST_OF_INSTANCE,  # N-SET-RQ
    0x0130: (*_REQUEST_OF_INSTANCE, cs.ACTION_TYPE_ID),  # N-ACTION-RQ
    0x0140: _REQUEST,  # N-CREATE-RQ; the performer may choose the instance
    0x0150: _REQUEST_OF_INSTANCE,  # N-DELETE-RQ
    0x0FFF: (cs.MESSAGE_ID_BEING_RESPONDED_TO,),  # C-CANCEL-RQ
}
_MANDATORY_OF_RESPONSES = (cs.MESSAGE_ID_BEING_RESPONDED_TO, cs.STATUS)


class CommandHead(NamedTuple):
    """What every command set says, as `Command` has it: all that is needed to match responses to requests."""

    field: int
    has_data_set: bool
    message_id: int | None
    message_id_being_responded_to: int | None
    status: int | None
    sop_class: str

    @classmethod
    def from_command_set(cls, elements: CommandSet) -> "CommandHead":
        """Read a command set.

        Raises:
            RemoteProtocolError: it does not say which command it is, or a number is of another length.
        """
        return cls(
            *_kind(elements),
            _number(elements, cs.MESSAGE_ID),
            _number(elements, cs.MESSAGE_ID_BEING_RESPONDED_TO),
            _number(elements, cs.STATUS),
            _text(elements, cs.AFFECTED_SOP_CLASS_UID) or _text(elements, cs.REQUESTED_SOP_CLASS_UID),
        )

    @property
    def is_response(self) -> bool:
        """Whether it answers a request."""
        return self.field & _RESPONSE != 0


class Suboperations(NamedTuple):
    """How far a C-GET or C-MOVE is: numbers of sub-operations (PS3.7 9.1.3, 9.1.4), None where not told."""

    remaining: int | None
    completed: int | None
    failed: int | None
    warning: int | None


class Command(NamedTuple):
    """A command set of whatever service; None or nothing stands for an element that is not there.

    `sop_class` and `sop_instance` are the affected or the requested ones, whichever the command has.
    """

    field: int
    has_data_set: bool
    message_id: int | None
    message_id_being_responded_to: int | None
    status: int | None
    sop_class: str
    sop_instance: str
    priority: int | None
    move_destination: str
    move_originator: str
    move_originator_message_id: int | None
    event_type: int | None
    action_type: int | None
    suboperations: Suboperations
    attributes: tuple[int, ...]
    offending_elements: tuple[int, ...]
    error_comment: str
    error_id: int | None
    elements: CommandSet

    @classmethod
    def from_command_set(cls, elements: CommandSet) -> "Command":
        """Read a command set.

        Raises:
            RemoteProtocolError: it does not say which command it is, or a number is of another length.
        """
        return cls(
            *CommandHead.from_command_set(elements),
            _text(elements, cs.AFFECTED_SOP_INSTANCE_UID) or _text(elements, cs.REQUESTED_SOP_INSTANCE_UID),
            _number(elements, cs.PRIORITY),
            _text(elements, cs.MOVE_DESTINATION),
            _text(elements, cs.MOVE_ORIGINATOR_AET),
            _number(elements, cs.MOVE_ORIGINATOR_MESSAGE_ID),
            _number(elements, cs.EVENT_TYPE_ID),
            _number(elements, cs.ACTION_TYPE_ID),
            Suboperations(
                _number(elements, cs.REMAINING_SUBOPERATIONS),
                _number(elements, cs.COMPLETED_SUBOPERATIONS),
                _number(elements, cs.FAILED_SUBOPERATIONS),
                _number(elements, cs.WARNING_SUBOPERATIONS),
            ),
            _tags(elements, cs.ATTRIBUTE_IDENTIFIER_LIST),
            _tags(elements, cs.OFFENDING_ELEMENT),
            _text(elements, cs.ERROR_COMMENT),
            _number(elements, cs.ERROR_ID),
            elements,
        )

    @property
    def name(self) -> str:
        """The command's name, such as C-STORE-RQ; empty where PS3.7 E.1 has none."""
        return COMMANDS.get(self.field, "")

    @property
    def is_response(self) -> bool:
        """Whether it answers a request."""
        return self.field & _RESPONSE != 0

    @property
    def lacking(self) -> tuple[int, ...]:
        """The elements that the command must have, and has not."""
        wanted = _MANDATORY_OF_RESPONSES if self.is_response else _MANDATORY.get(self.field, ())
        return tuple(element for element in wanted if element not in self.elements)


def _kind(elements: CommandSet) -> tuple[int, bool]:
    """Return the Command Field, and whether a data set follows."""
    field = _number(elements, cs.COMMAND_FIELD)
    data_set_type = _number(elements, cs.COMMAND_DATA_SET_TYPE)
    if field is None or data_set_type is None:
        missing = cs.COMMAND_FIELD if field is None else cs.COMMAND_DATA_SET_TYPE
        raise RemoteProtocolError(
            f"the command set lacks the element {tag_text(missing)}", _CLAUSE, abort_reason=6
        )
    return field, data_set_type != NO_DATA_SET


def _number(elements: CommandSet, element: int) -> int | None:
    value = elements.get(element)
    if not value:  # of no length: sent, but without a value
        return None
    if len(value) != 2:
        raise RemoteProtocolError(
            f"the element {tag_text(element)} of the command set has {len(value)} byte(s), not 2",
            _CLAUSE,
            abort_reason=6,
        )
    return value[0] | value[1] << 8


def _text(elements: CommandSet, element: int) -> str:
    return decoded(elements.get(element, b"")[:_MAX_TEXT]).strip(" \0")


def _tags(elements: CommandSet, element: int) -> tuple[int, ...]:
    """Return the tags of a list, each as group and element in one number; a rest of it is passed over."""
    value = elements.get(element, b"")[: 4 * _MAX_TAGS]
    return tuple(
        int.from_bytes(value[at : at + 2], "little") << 16 | int.from_bytes(value[at + 2 : at + 4], "little")
        for at in range(0, len(value) - 3, 4)
    )

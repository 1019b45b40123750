"""C-ECHO-RQ and C-ECHO-RSP (PS3.7 9.3.5)."""

from typing import NamedTuple

from dcmtool.dimse import command_set as cs
from dcmtool.dimse.command_set import CommandSet, tag_text
from dcmtool.errors import UnexpectedResponse
from dcmtool.text import decoded
from dcmtool.uids import VERIFICATION_SOP_CLASS

C_ECHO_RQ = 0x0030
C_ECHO_RSP = 0x8030
NO_DATA_SET = 0x0101
_MAX_COMMENT = 256  # bytes; a value of VR LO has 64 characters (PS3.5 6.2), each of up to 4 bytes

# PS3.7 E.1-1, Command Field
COMMANDS = {
    0x0001: "C-STORE-RQ",
    0x8001: "C-STORE-RSP",
    0x0010: "C-GET-RQ",
    0x8010: "C-GET-RSP",
    0x0020: "C-FIND-RQ",
    0x8020: "C-FIND-RSP",
    0x0021: "C-MOVE-RQ",
    0x8021: "C-MOVE-RSP",
    0x0030: "C-ECHO-RQ",
    0x8030: "C-ECHO-RSP",
    0x0100: "N-EVENT-REPORT-RQ",
    0x8100: "N-EVENT-REPORT-RSP",
    0x0110: "N-GET-RQ",
    0x8110: "N-GET-RSP",
    0x0120: "N-SET-RQ",
    0x8120: "N-SET-RSP",
    0x0130: "N-ACTION-RQ",
    0x8130: "N-ACTION-RSP",
    0x0140: "N-CREATE-RQ",
    0x8140: "N-CREATE-RSP",
    0x0150: "N-DELETE-RQ",
    0x8150: "N-DELETE-RSP",
    0x0FFF: "C-CANCEL-RQ",
}


_VERIFICATION, _NO_DATA_SET = cs.ui(VERIFICATION_SOP_CLASS), cs.us(NO_DATA_SET)
_ID_MARK = b"\xfe\xca"
_BEFORE_ID, _AFTER_ID = cs.encode(
    (
        (cs.AFFECTED_SOP_CLASS_UID, _VERIFICATION),
        (cs.COMMAND_FIELD, cs.us(C_ECHO_RQ)),
        (cs.MESSAGE_ID, _ID_MARK),
        (cs.COMMAND_DATA_SET_TYPE, _NO_DATA_SET),
    )
).split(_ID_MARK)


def c_echo_rq(message_id: int) -> bytes:
    """Return the command set of a C-ECHO-RQ; `message_id` is 1 to 65535 (PS3.7 9.3.5.1)."""
    return _BEFORE_ID + cs.us(message_id) + _AFTER_ID


class CEchoRsp(NamedTuple):
    """A C-ECHO-RSP (PS3.7 9.3.5.2): its status, and what else the peer had to say."""

    message_id_being_responded_to: int
    status: int
    error_comment: str = ""

    def encode(self) -> bytes:
        """Return the response's command set."""
        elements = [
            (cs.AFFECTED_SOP_CLASS_UID, _VERIFICATION),
            (cs.COMMAND_FIELD, cs.us(C_ECHO_RSP)),
            (cs.MESSAGE_ID_BEING_RESPONDED_TO, cs.us(self.message_id_being_responded_to)),
            (cs.COMMAND_DATA_SET_TYPE, _NO_DATA_SET),
            (cs.STATUS, cs.us(self.status)),
        ]
        if self.error_comment:
            comment = self.error_comment.encode("latin-1")
            elements.append((cs.ERROR_COMMENT, comment + b" " * (len(comment) % 2)))
        return cs.encode(elements)

    @classmethod
    def from_command_set(cls, elements: CommandSet, message_id: int) -> "CEchoRsp":
        """Read the response to the request with `message_id`.

        Raises:
            UnexpectedResponse: it is not that response.
            RemoteProtocolError: it has elements that no command set has.
        """
        cs.check_group(elements)
        command = _us(elements, cs.COMMAND_FIELD)
        if command != C_ECHO_RSP:
            name = COMMANDS.get(command, "no command of PS3.7 E.1")
            raise UnexpectedResponse(f"the peer answered with 0x{command:04X} ({name}) instead of C-ECHO-RSP")
        answered = _us(elements, cs.MESSAGE_ID_BEING_RESPONDED_TO)
        data_set_type = _us(elements, cs.COMMAND_DATA_SET_TYPE)
        status = _us(elements, cs.STATUS)
        if answered != message_id:
            raise UnexpectedResponse(f"the response is to message {answered}, not to {message_id}")
        if data_set_type != NO_DATA_SET:
            raise UnexpectedResponse(
                f"the response announces a data set (Command Data Set Type 0x{data_set_type:04X}), "
                "which C-ECHO-RSP has not"
            )
        comment = elements.get(cs.ERROR_COMMENT)
        return cls(answered, status, decoded(comment[:_MAX_COMMENT]).strip(" \0") if comment else "")


def _us(elements: CommandSet, element: int) -> int:
    value = elements.get(element)
    if value is None:
        raise UnexpectedResponse(f"the response lacks the element {tag_text(element)}")
    if len(value) != 2:
        raise UnexpectedResponse(
            f"the element {tag_text(element)} of the response has {len(value)} byte(s), not 2"
        )
    return value[0] | value[1] << 8

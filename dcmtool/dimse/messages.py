"""C-ECHO-RQ and C-ECHO-RSP (PS3.7 9.3.5), both ways; `commands` reads those of every service."""

from dcmtool.dimse import command_set as cs
from dcmtool.dimse.command_set import CommandSet, tag_text
from dcmtool.errors import RemoteProtocolError, UnexpectedResponse
from dcmtool.named_tuple import NamedTuple
from dcmtool.text import brief, decoded
from dcmtool.uids import VERIFICATION_SOP_CLASS

C_ECHO_RQ = 0x0030
C_ECHO_RSP = 0x8030
NO_DATA_SET = 0x0101
_MAX_UID = 64  # characters (PS3.5 9.1)
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
_STATUS_MARK = b"\xfe\xcb"
_BEFORE_ANSWERED, _rest = cs.encode(
    (
        (cs.AFFECTED_SOP_CLASS_UID, _VERIFICATION),
        (cs.COMMAND_FIELD, cs.us(C_ECHO_RSP)),
        (cs.MESSAGE_ID_BEING_RESPONDED_TO, _ID_MARK),
        (cs.COMMAND_DATA_SET_TYPE, _NO_DATA_SET),
        (cs.STATUS, _STATUS_MARK),
    )
).split(_ID_MARK)
_BEFORE_STATUS, _ = _rest.split(_STATUS_MARK)


def c_echo_rq(message_id: int) -> bytes:
    """Return the command set of a C-ECHO-RQ; `message_id` is 1 to 65535 (PS3.7 9.3.5.1)."""
    return _BEFORE_ID + cs.us(message_id) + _AFTER_ID


_USUAL_LENGTH = len(_BEFORE_ID) + 2 + len(_AFTER_ID)


def usual_c_echo_rq(command: bytes) -> int | None:
    """Return the message ID of a C-ECHO-RQ that is encoded as nearly all are, None of any other command."""
    if len(command) == _USUAL_LENGTH and command.startswith(_BEFORE_ID) and command.endswith(_AFTER_ID):
        at = len(_BEFORE_ID)
        return command[at] | command[at + 1] << 8
    return None


def read_c_echo_rq(elements: CommandSet) -> int:
    """Return the message ID of a C-ECHO-RQ; `oddities` says what else is wrong with it.

    Raises:
        RemoteProtocolError: it is another command, or one that cannot be answered.
    """
    command = _word(elements, cs.COMMAND_FIELD, "request")
    if command != C_ECHO_RQ:
        name = COMMANDS.get(command, "no command of PS3.7 E.1")
        raise _unusable(f"the peer sent 0x{command:04X} ({name}) where only C-ECHO-RQ is served", "command")
    if cs.AFFECTED_SOP_CLASS_UID not in elements:
        missing = tag_text(cs.AFFECTED_SOP_CLASS_UID)
        raise _unusable(f"the peer's C-ECHO-RQ lacks the element {missing}", "no-sop-class")
    if _word(elements, cs.COMMAND_DATA_SET_TYPE, "C-ECHO-RQ") != NO_DATA_SET:
        raise _unusable("the peer's C-ECHO-RQ announces a data set, which it has not")
    return _word(elements, cs.MESSAGE_ID, "C-ECHO-RQ")


def oddities(elements: CommandSet) -> tuple[str, ...]:
    """Return what is wrong with a C-ECHO-RQ that can be answered all the same, as other nodes do."""
    uid = decoded(elements.get(cs.AFFECTED_SOP_CLASS_UID, b"")[:_MAX_UID]).rstrip("\0 ")
    found = []
    if uid != VERIFICATION_SOP_CLASS:
        found.append(f"the SOP class '{brief(uid)}', which is not Verification (PS3.7 9.3.5.1)")
    if odd := cs.foreign_elements(elements):
        found.append(odd)
    return tuple(found)


class CEchoRsp(NamedTuple):
    """A C-ECHO-RSP (PS3.7 9.3.5.2): its status, and what else the peer had to say."""

    message_id_being_responded_to: int
    status: int
    error_comment: str = ""

    def encode(self) -> bytes:
        """Return the response's command set."""
        if not self.error_comment:
            answered = cs.us(self.message_id_being_responded_to)
            return _BEFORE_ANSWERED + answered + _BEFORE_STATUS + cs.us(self.status)
        comment = self.error_comment.encode("latin-1")
        elements = [
            (cs.AFFECTED_SOP_CLASS_UID, _VERIFICATION),
            (cs.COMMAND_FIELD, cs.us(C_ECHO_RSP)),
            (cs.MESSAGE_ID_BEING_RESPONDED_TO, cs.us(self.message_id_being_responded_to)),
            (cs.COMMAND_DATA_SET_TYPE, _NO_DATA_SET),
            (cs.STATUS, cs.us(self.status)),
            (cs.ERROR_COMMENT, comment + b" " * (len(comment) % 2)),
        ]
        return cs.encode(elements)

    @classmethod
    def from_command_set(cls, elements: CommandSet, message_id: int) -> "CEchoRsp":
        """Read the response to the request with `message_id`.

        Raises:
            UnexpectedResponse: it is not that response.
        """
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


_USUAL_ANSWER = len(_BEFORE_ANSWERED) + 2 + len(_BEFORE_STATUS) + 2


def usual_c_echo_rsp(command: bytes, message_id: int) -> CEchoRsp | None:
    """Return the response to that request if it is encoded as nearly all are, None for any other command."""
    if len(command) == _USUAL_ANSWER and command.startswith(
        _BEFORE_ANSWERED + cs.us(message_id) + _BEFORE_STATUS
    ):
        return CEchoRsp(message_id, command[-2] | command[-1] << 8)
    return None


def _us(elements: CommandSet, element: int) -> int:
    value = elements.get(element)
    if value is None:
        raise UnexpectedResponse(f"the response lacks the element {tag_text(element)}")
    if len(value) != 2:
        raise UnexpectedResponse(
            f"the element {tag_text(element)} of the response has {len(value)} byte(s), not 2"
        )
    return value[0] | value[1] << 8


def _word(elements: CommandSet, element: int, what: str) -> int:
    value = elements.get(element)
    if value is None:
        raise _unusable(f"the peer's {what} lacks the element {tag_text(element)}")
    if len(value) != 2:
        raise _unusable(f"the peer's {what} has {len(value)} byte(s) in {tag_text(element)}, not 2")
    return value[0] | value[1] << 8


def _unusable(what: str, kind: str = "command-set") -> RemoteProtocolError:
    return RemoteProtocolError(what, "PS3.7 9.3.5.1", abort_reason=6, kind=kind)

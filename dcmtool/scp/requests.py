"""What the peer asks for on an association: C-ECHO-RQs, put together from their PDVs and checked."""

from collections.abc import Container

from dcmtool.dimse import command_set as cs
from dcmtool.dimse.command_set import CommandSet, tag_text
from dcmtool.dimse.fragments import CommandReassembler
from dcmtool.dimse.messages import C_ECHO_RQ, COMMANDS, NO_DATA_SET
from dcmtool.errors import RemoteProtocolError
from dcmtool.text import decoded, printable
from dcmtool.uids import VERIFICATION_SOP_CLASS
from dcmtool.upper_layer.pdus import Pdv

_CLAUSE = "PS3.7 9.3.5.1"


class Requests:
    """Takes the PDVs of an association in order, and gives the message IDs of the requests that they make."""

    def __init__(self) -> None:
        self._context_id = 0
        self._reassembler: CommandReassembler | None = None

    def add(self, pdv: Pdv, accepted: Container[int]) -> int | None:
        """Take the next PDV; return the message ID with the last one of a request.

        Raises:
            RemoteProtocolError: it belongs to no C-ECHO-RQ on one of the accepted presentation contexts.
        """
        if pdv.context_id not in accepted:
            raise RemoteProtocolError(
                f"the peer sent a message on presentation context {pdv.context_id}, which was not accepted",
                "PS3.8 9.3.5.1",
                abort_reason=6,
            )
        if self._reassembler is None:
            self._context_id, self._reassembler = pdv.context_id, CommandReassembler(pdv.context_id)
        elif pdv.context_id != self._context_id:
            raise RemoteProtocolError(
                f"the peer went on with a message of presentation context {self._context_id} on "
                f"{pdv.context_id}",
                "PS3.8 E.1",
                abort_reason=6,
            )
        command = self._reassembler.add(pdv)
        if command is None:
            return None
        self._reassembler = None
        return _message_id(cs.decode(command))


def _message_id(elements: CommandSet) -> int:
    """Return the message ID of a C-ECHO-RQ. Raises `RemoteProtocolError`: it is none."""
    cs.check_group(elements)
    field = _word(elements, cs.COMMAND_FIELD)
    if field != C_ECHO_RQ:
        name = COMMANDS.get(field, "no command of PS3.7 E.1")
        raise _unusable(f"the peer sent 0x{field:04X} ({name}) where only C-ECHO-RQ is served")
    uid = decoded(elements.get(cs.AFFECTED_SOP_CLASS_UID, b"")).rstrip("\0 ")
    if uid != VERIFICATION_SOP_CLASS:
        raise _unusable(f"the peer's C-ECHO-RQ is for the SOP class '{printable(uid)}', not Verification")
    if _word(elements, cs.COMMAND_DATA_SET_TYPE) != NO_DATA_SET:
        raise _unusable("the peer's C-ECHO-RQ announces a data set, which it has not")
    return _word(elements, cs.MESSAGE_ID)


def _word(elements: CommandSet, element: int) -> int:
    value = elements.get(element)
    if value is None:
        raise _unusable(f"the peer's request lacks the element {tag_text(element)}")
    if len(value) != 2:
        raise _unusable(f"the peer's request has {len(value)} bytes in {tag_text(element)}, not 2")
    return int.from_bytes(value, "little")


def _unusable(what: str) -> RemoteProtocolError:
    return RemoteProtocolError(what, _CLAUSE, abort_reason=6)

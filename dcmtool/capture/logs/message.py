"""A command as a log tells it, and the bytes that say the same (PS3.7 9.3, 10.3 and Annex E)."""

from dcmtool.association.observed import Side
from dcmtool.capture.logs.names import encodable
from dcmtool.dimse import command_set as cs
from dcmtool.dimse.messages import COMMANDS, NO_DATA_SET
from dcmtool.named_tuple import NamedTuple
from dcmtool.uids import VERIFICATION_SOP_CLASS
from dcmtool.upper_layer.pdus import PDataTf, Pdv

FIELDS = {name: field for field, name in COMMANDS.items()}
RESPONSE = 0x8000
PENDING = 0xFF00, 0xFF01  # the statuses that more responses follow (PS3.4 C.4.1.1.4)
CANCEL = FIELDS["C-CANCEL-RQ"]
# Requests that name their SOP class as the requested one (PS3.7 10.3).
_OF_INSTANCES = tuple(FIELDS[f"{name}-RQ"] for name in ("N-GET", "N-SET", "N-ACTION", "N-DELETE"))
_WITH_PRIORITY = tuple(FIELDS[f"C-{name}-RQ"] for name in ("STORE", "FIND", "MOVE", "GET"))
_DATA_SET = 1  # any number but that for none
_SUBOPERATIONS = (
    cs.REMAINING_SUBOPERATIONS,
    cs.COMPLETED_SUBOPERATIONS,
    cs.FAILED_SUBOPERATIONS,
    cs.WARNING_SUBOPERATIONS,
)


class LoggedMessage(NamedTuple):
    """A command: who sent it, its Command Field, and what else is told; None and "" is what is not.

    `message_id` of a response is that of its request. `suboperations` are in the order of PS3.7 9.1.4.
    """

    field: int
    sender: Side | None = None
    context_id: int | None = None
    message_id: int | None = None
    sop_class: str = ""
    status: int | None = None
    has_data_set: bool = False
    move_destination: str = ""
    suboperations: tuple[int | None, ...] = ()

    @property
    def is_response(self) -> bool:
        """Whether it answers a request."""
        return self.field & RESPONSE != 0

    def encode(self) -> bytes:
        """Return it as PDUs; context and message ID have to be known. A data set is there, and empty."""
        context_id, data_set = self.context_id or 1, _DATA_SET if self.has_data_set else NO_DATA_SET
        number = cs.MESSAGE_ID_BEING_RESPONDED_TO if self.is_response else cs.MESSAGE_ID
        if self.field == CANCEL:
            number = cs.MESSAGE_ID_BEING_RESPONDED_TO
        elements = {
            cs.COMMAND_FIELD: cs.us(self.field),
            number: cs.us(self.message_id or 0),
            cs.COMMAND_DATA_SET_TYPE: cs.us(data_set),
        }
        if sop_class := self.sop_class or self._only_sop_class():
            of_instance = self.field in _OF_INSTANCES
            named = cs.REQUESTED_SOP_CLASS_UID if of_instance else cs.AFFECTED_SOP_CLASS_UID
            elements[named] = cs.ui(sop_class.encode("ascii", "replace").decode())
        if self.field in _WITH_PRIORITY:
            elements[cs.PRIORITY] = cs.us(0)
        if self.status is not None:
            elements[cs.STATUS] = cs.us(self.status)
        if self.move_destination:
            elements[cs.MOVE_DESTINATION] = encodable(self.move_destination, 16).encode("latin-1").ljust(16)
        for element, count in zip(_SUBOPERATIONS, self.suboperations, strict=False):
            if count is not None:
                elements[element] = cs.us(count)
        command = PDataTf((Pdv(context_id, True, True, cs.encode(sorted(elements.items()))),))
        data = PDataTf((Pdv(context_id, False, True, b""),))
        return command.encode() + (data.encode() if self.has_data_set else b"")

    def _only_sop_class(self) -> str:
        return VERIFICATION_SOP_CLASS if self.field & ~RESPONSE == FIELDS["C-ECHO-RQ"] else ""

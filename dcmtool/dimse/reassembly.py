"""The messages of one side of an association put together, whatever the service (PS3.8 Annex E)."""

from collections.abc import Container
from typing import NamedTuple

from dcmtool.dimse import command_set as cs
from dcmtool.dimse.command_set import CommandSet
from dcmtool.dimse.fragments import CommandReassembler
from dcmtool.errors import RemoteProtocolError
from dcmtool.upper_layer.pdus import Pdv

_NO_DATA_SET = b"\x01\x01"  # Command Data Set Type (PS3.7 E.1)


class WholeCommand(NamedTuple):
    """The command set of a message, and whether a data set follows it."""

    context_id: int
    elements: CommandSet
    has_data_set: bool


class WholeDataSet(NamedTuple):
    """The end of a message's data set, which was counted (bytes) and not kept."""

    context_id: int
    length: int


class MessageReassembler:
    """Puts the messages of one side together, on whichever of the contexts; data sets are only counted.

    One message comes after the other, each on a single context (PS3.8 E.1). `accepted` are the contexts that
    may be used; None allows any.
    """

    def __init__(self, accepted: Container[int] | None = None) -> None:
        self._accepted = accepted
        self._context_id: int | None = None  # of the message that is on its way
        self._command: CommandReassembler | None = None  # until its command set is whole
        self._length = 0  # of its data set so far

    def may_begin(self, context_id: int) -> bool:
        """Return whether a message may begin now, and on this context."""
        return self._context_id is None and (self._accepted is None or context_id in self._accepted)

    @property
    def held(self) -> int:
        """How many bytes are kept of a message that is not whole."""
        return self._command.held if self._command is not None else 0

    def forget(self) -> None:
        """Take the next PDV as the first of a message."""
        self._context_id = self._command = None

    @property
    def data_set_context(self) -> int | None:
        """The context of the message whose data set is on its way, if one is."""
        return self._context_id if self._command is None else None

    def count(self, length: int) -> None:
        """Take fragments of that data set, of so many bytes, the last one not among them."""
        self._length += length

    def add(self, pdv: Pdv, skipped: int = 0) -> WholeCommand | WholeDataSet | None:
        """Take the next PDV, of which `skipped` bytes more were not kept; return what it makes whole.

        Raises:
            RemoteProtocolError: it does not belong there; what has come of its message is forgotten.
        """
        try:
            whole = self._add(pdv, skipped)
        except RemoteProtocolError:
            self.forget()
            raise
        return whole

    def _add(self, pdv: Pdv, skipped: int) -> WholeCommand | WholeDataSet | None:
        context_id, is_command, is_last, data = pdv
        if self._context_id is None:
            self._begin(context_id)
        elif context_id != self._context_id:
            raise RemoteProtocolError(
                f"the peer went on with a message of presentation context {self._context_id} on {context_id}",
                "PS3.8 E.1",
                abort_reason=6,
            )
        if self._command is not None:
            command = self._command.add(pdv)
            return None if command is None else self._whole_command(context_id, command)
        if is_command:
            raise RemoteProtocolError(
                "the peer sent a command where the data set of a message goes on", "PS3.8 E.1", abort_reason=6
            )
        self._length += len(data) + skipped
        if not is_last:
            return None
        self._context_id = None
        return WholeDataSet(context_id, self._length)

    def _begin(self, context_id: int) -> None:
        if self._accepted is not None and context_id not in self._accepted:
            raise RemoteProtocolError(
                f"the peer sent a message on presentation context {context_id}, which was not accepted",
                "PS3.8 9.3.5.1",
                abort_reason=6,
                kind="context",
            )
        self._context_id, self._command, self._length = context_id, CommandReassembler(context_id), 0

    def _whole_command(self, context_id: int, command: bytes) -> WholeCommand:
        elements = cs.decode(command)
        kind = elements.get(cs.COMMAND_DATA_SET_TYPE)
        if kind is None:
            raise RemoteProtocolError(
                f"the peer's message lacks the element {cs.tag_text(cs.COMMAND_DATA_SET_TYPE)}",
                "PS3.7 6.3.1",
                abort_reason=6,
                kind="command-set",
            )
        self._command = None
        has_data_set = kind != _NO_DATA_SET
        if not has_data_set:
            self._context_id = None
        return WholeCommand(context_id, elements, has_data_set)

"""Messages cut into PDVs, and put together again (PS3.8 Annex E; PS3.7 8.3)."""

from collections.abc import Container

from dcmtool.errors import MaximumLengthTooSmall, RemoteProtocolError
from dcmtool.upper_layer.pdus import Pdv

LARGEST_PDU = 131072  # what DCMTK takes an unlimited or larger maximum as, and so what its -v shows
MAX_COMMAND_SET = 1 << 16  # a command set of every element of PS3.7 E.1 is under 1 KiB; comments are 64 bytes
_PDV_HEADER = 6  # length, context ID and control header count towards the PDU's length (PS3.8 D.1)


def largest_fragment(peer_max_pdu: int) -> int:
    """Return how many bytes of a message go into one PDV, given the peer's Maximum Length (0: no limit).

    DCMTK leaves 12 bytes for headers, and so does this; a maximum too small for that is used as it is.

    Raises:
        MaximumLengthTooSmall: no PDV fits.
    """
    maximum = min(peer_max_pdu or LARGEST_PDU, LARGEST_PDU)
    if maximum <= _PDV_HEADER:
        raise MaximumLengthTooSmall(peer_max_pdu)
    return maximum - 12 if maximum > 13 else maximum - _PDV_HEADER


def fragment(command: bytes, context_id: int, size: int) -> tuple[Pdv, ...]:
    """Return the PDVs of a command set, each of at most `size` bytes, the last one marked."""
    if len(command) <= size:
        return (Pdv(context_id, True, True, command),)
    return tuple(
        Pdv(context_id, True, start + size >= len(command), command[start : start + size])
        for start in range(0, len(command), size)
    )


class CommandReassembler:
    """Puts the command set of one message after the other together, on one context and without data sets.

    A message may come on one of the contexts in `others` as well: `context_id` is that of the last one.
    `reassembly` puts those of any context together, and counts data sets.
    """

    def __init__(self, context_id: int, others: Container[int] = ()) -> None:
        self.context_id, self._others = context_id, others
        self._parts = bytearray()
        self._room = MAX_COMMAND_SET

    def add(self, pdv: Pdv) -> bytes | None:
        """Take the next PDV; return the whole command set with its last one.

        Raises:
            RemoteProtocolError: the PDV does not belong to a command on the context in use.
        """
        if pdv.context_id != self.context_id:
            self._change_context(pdv.context_id)
        if not pdv.is_command:
            raise RemoteProtocolError(
                "the peer sent a fragment of a data set where a command belongs", "PS3.8 E.2"
            )
        if pdv.is_last and self._room == MAX_COMMAND_SET:  # the only fragment
            return pdv.data
        self._room -= max(1, len(pdv.data))  # an empty fragment counts too: they must come to an end
        if self._room < 0:
            raise RemoteProtocolError(
                f"the peer sent a command set of more than {MAX_COMMAND_SET} bytes", "PS3.7 6.3.1"
            )
        self._parts += pdv.data
        if not pdv.is_last:
            return None
        command = bytes(self._parts)
        self._parts.clear()
        self._room = MAX_COMMAND_SET
        return command

    @property
    def held(self) -> int:
        """How many bytes are kept of a command set that is not whole."""
        return len(self._parts)

    def _change_context(self, context_id: int) -> None:
        """Take the next message on another context; one that has begun stays on its own (PS3.8 E.1)."""
        if context_id not in self._others or self._room < MAX_COMMAND_SET:
            raise RemoteProtocolError(
                f"the peer answered on presentation context {context_id} instead of {self.context_id}",
                "PS3.8 9.3.5.1",
            )
        self.context_id = context_id

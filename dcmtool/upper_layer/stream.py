"""Cuts one direction of an observed connection into PDUs, and P-DATA-TF into PDVs, keeping no data set.

What is no PDU is an item like any other: nothing is raised, and nothing depends on the pieces the bytes
come in. Memory is bounded by the longest PDU of the association's control, and the longest command fragment.
"""

from struct import Struct
from typing import NamedTuple

from dcmtool.errors import NotDicom, RemoteProtocolError
from dcmtool.upper_layer.pdus import P_DATA_TF, PDU_HEADER, PDU_NAMES, Pdv
from dcmtool.upper_layer.reader import PDU_LIMITS, too_long

_PDV_HEADER = Struct(">IBB")  # length, presentation context ID, message control header (PS3.8 9.3.5.1)
_DATA_PDU = Struct(">BxIIBB")  # a P-DATA-TF's header and that of its first PDV
_DATA_PDU_HEADERS = 6  # what of the PDU's length the PDV's header takes
_SHOWN = 8  # bytes of what is no PDU


class WholePdu(NamedTuple):
    """All bytes of a PDU other than P-DATA-TF."""

    kind: int
    data: bytes


class DataBegun(NamedTuple):
    """The header of a P-DATA-TF: the length of its body."""

    length: int


class Fragment(NamedTuple):
    """A PDV; of a data set's, `skipped` bytes were not kept."""

    pdv: Pdv
    skipped: int


_NO_PDV = RemoteProtocolError("a P-DATA-TF has no PDV", "PS3.8 9.3.5", abort_reason=6)
Item = WholePdu | DataBegun | Fragment | RemoteProtocolError


class PduStream:
    """A buffer of bytes that one side sent; `max_command` bounds a PDV of a command set (bytes)."""

    def __init__(self, max_command: int) -> None:
        self._buffer = bytearray()
        self._max_command = max_command
        self._in_data = 0  # bytes of the P-DATA-TF that are to come
        self._to_skip = 0  # bytes of it that mean nothing more
        self._pdv: Pdv | None = None  # of a data set, on its way
        self._pdv_length = self._pdv_left = 0
        self._is_lost = False  # where the next PDU would begin

    def feed(self, data: bytes | memoryview) -> None:
        """Take bytes that were sent; those that mean nothing are not copied."""
        if self._is_lost:
            return
        count = min(self.unread, len(data))
        if count:
            self.skip(count)
            data = memoryview(data)[count:]
        self._buffer += data

    @property
    def unread(self) -> int:
        """How many bytes come next of which nothing is told: those of a data set's PDV, but for its last."""
        if self._buffer or self._is_lost:
            return 0
        return self._to_skip if self._pdv is None else max(self._pdv_left - 1, 0)

    def skip(self, count: int) -> None:
        """Pass over bytes that were sent and are not here, at most `unread` of them."""
        if self._pdv is None:
            self._to_skip -= count
        else:
            self._pdv_left -= count
        self._in_data -= count

    def skim(self, data: memoryview, context_id: int, longest: int) -> tuple[int, int]:
        """Take fragments of a data set up to the last one, as far as nothing is to be told of them.

        They are those of this context, in P-DATA-TFs of one PDV and at most `longest` bytes (0: any). Returns
        how many bytes were taken, and those of the data set in the fragments that ended.
        """
        at, counted, end = 0, 0, len(data)
        if self._buffer or self._is_lost or self._to_skip:
            return 0, 0
        if self._in_data:
            pdv, left = self._pdv, self._pdv_left
            if pdv is None or pdv.is_last or pdv.context_id != context_id or self._in_data != left:
                return 0, 0
            if left > end:
                self._in_data = self._pdv_left = left - end
                return end, 0
            at, counted = left, self._pdv_length
            self._pdv, self._in_data, self._pdv_left = None, 0, 0
        unpack, most = _DATA_PDU.unpack_from, longest or 1 << 32
        while at + _DATA_PDU.size <= end:
            kind, length, pdv_length, context, control = unpack(data, at)
            if (
                kind != P_DATA_TF
                or not _DATA_PDU_HEADERS <= length <= most
                or pdv_length + 4 != length
                or context != context_id
                or control & 3
            ):
                break
            following = at + PDU_HEADER.size + length
            if following > end:
                self._pdv, self._pdv_length = Pdv(context_id, False, False, b""), pdv_length - 2
                self._in_data = self._pdv_left = following - end
                return end, counted
            at, counted = following, counted + pdv_length - 2
        return at, counted

    def next_item(self) -> Item | None:
        """Return what comes next, or None where more bytes are needed."""
        while self._in_data:
            item = self._next_in_data()
            if item is not None or self._in_data:
                return item
        return None if self._is_lost else self._next_pdu()

    def skip_data(self) -> None:
        """Pass over the rest of the P-DATA-TF that has begun."""
        self._to_skip, self._pdv = self._in_data, None

    def pass_over(self, count: int) -> bool:
        """Count bytes that were sent and not seen, where they are of a PDV whose bytes are not kept."""
        left = self._to_skip if self._pdv is None else self._pdv_left
        if count > left:
            return False
        if self._pdv is None:
            self._to_skip -= count - 1
        else:
            self._pdv_left -= count - 1
        self._in_data -= count - 1
        self._buffer += b"\0"  # the last of them, which may make an item whole
        return True

    def lose(self) -> None:
        """Forget where the next PDU begins: what is fed means nothing until `resume`."""
        self._is_lost, self._pdv = True, None
        self._in_data = self._to_skip = 0
        self._buffer.clear()

    def resume(self) -> None:
        """Take what is fed from now on as the beginning of a PDU."""
        self._is_lost = False

    @property
    def is_lost(self) -> bool:
        """Whether it is not known where the next PDU begins."""
        return self._is_lost

    def finish(self) -> RemoteProtocolError | None:
        """Return what is wrong with the bytes that are left when no more come."""
        if self._buffer and not self._in_data and self._buffer[0] not in PDU_NAMES:
            return self._lose(NotDicom(bytes(self._buffer)))
        return None

    @property
    def partial(self) -> str:
        """The name of the PDU that has begun and not ended, or nothing."""
        if self._in_data:
            return PDU_NAMES[P_DATA_TF]
        return PDU_NAMES.get(self._buffer[0], "a PDU") if self._buffer else ""

    def _next_pdu(self) -> Item | None:
        buffer = self._buffer
        if not buffer:
            return None
        if buffer[0] not in PDU_NAMES:
            return self._lose(NotDicom(bytes(buffer[:_SHOWN]))) if len(buffer) >= _SHOWN else None
        if len(buffer) < PDU_HEADER.size:
            return None
        kind, length = PDU_HEADER.unpack_from(buffer)
        if kind == P_DATA_TF:
            del buffer[: PDU_HEADER.size]
            self._in_data = length
            return DataBegun(length) if length else _NO_PDV
        if length > PDU_LIMITS[kind]:
            return self._lose(too_long(kind, length, PDU_LIMITS[kind]))
        end = PDU_HEADER.size + length
        if len(buffer) < end:
            return None
        return WholePdu(kind, self._take(end))

    def _next_in_data(self) -> Item | None:
        """Return the next item within a P-DATA-TF; None where bytes are needed, or it has ended."""
        if self._to_skip:
            count = min(len(self._buffer), self._to_skip)
            del self._buffer[:count]
            self._to_skip -= count
            self._in_data -= count
            return None
        return self._next_pdv() if self._pdv is None else self._pass_over(self._pdv)

    def _next_pdv(self) -> Item | None:
        buffer = self._buffer
        if len(buffer) < min(_PDV_HEADER.size, self._in_data):
            return None
        length, context_id, control = (
            _PDV_HEADER.unpack_from(buffer) if self._in_data >= _PDV_HEADER.size else (0, 0, 0)
        )
        if length < 2 or 4 + length > self._in_data:
            return self._refuse_data("the PDV lengths in a P-DATA-TF do not add up", "PS3.8 9.3.5.1")
        pdv = Pdv(context_id, control & 1 == 1, control & 2 == 2, b"")
        if pdv.is_command:
            if length - 2 > self._max_command:
                what = (
                    f"a command set has a fragment of {length - 2} bytes where {self._max_command} make sense"
                )
                return self._refuse_data(what, "PS3.7 6.3.1")
            if len(buffer) < 4 + length:
                return None
            self._in_data -= 4 + length
            return Fragment(pdv._replace(data=self._take(4 + length)[_PDV_HEADER.size :]), 0)
        self._take(_PDV_HEADER.size)
        self._in_data -= _PDV_HEADER.size
        self._pdv, self._pdv_length, self._pdv_left = pdv, length - 2, length - 2
        return self._pass_over(pdv)

    def _pass_over(self, pdv: Pdv) -> Item | None:
        count = min(len(self._buffer), self._pdv_left)
        del self._buffer[:count]
        self._in_data -= count
        self._pdv_left -= count
        if self._pdv_left:
            return None
        self._pdv = None
        return Fragment(pdv, self._pdv_length)

    def _refuse_data(self, what: str, clause: str) -> RemoteProtocolError:
        self._to_skip = self._in_data
        return RemoteProtocolError(what, clause, abort_reason=6)

    def _lose(self, error: RemoteProtocolError) -> RemoteProtocolError:
        self._is_lost = True
        self._buffer.clear()
        return error

    def _take(self, count: int) -> bytes:
        data = bytes(self._buffer[:count])
        del self._buffer[:count]
        return data

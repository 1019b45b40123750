"""What is kept of one direction of a connection where data sets are not: the rest is counted.

Kept are the association's control, command sets, and the headers of all PDUs and PDVs. Stars stand for the
UIDs of instances in command sets, and in association requests and their answers for what proves who a user
is. TLS records are kept, since nobody can read them. Whatever is neither is counted: patient data begins
anywhere in protocols that nobody follows here.
"""

from struct import Struct
from typing import Literal

from dcmtool.dimse.hidden import InstanceHider
from dcmtool.upper_layer.hidden import bytes_without_secrets
from dcmtool.upper_layer.pdus import ASSOCIATE_AC, ASSOCIATE_RQ, P_DATA_TF, PDU_HEADER, PDU_NAMES
from dcmtool.upper_layer.reader import MAX_ASSOCIATE

_MOST_COMMAND = 1 << 16  # bytes of a PDV: a command set of every element of PS3.7 E.1 is under 1 KiB
_MOST_CONTROL = 4  # bytes of all other PDUs (PS3.8 9.3)
_PDV_HEADER = Struct(">IBB")  # length, presentation context ID, message control header (PS3.8 9.3.5.1)
_RECORD = Struct(">BBBH")  # type, version, length (RFC 8446 5.1)
_RECORD_TYPES, _MOST_RECORD = range(20, 24), (1 << 14) + 2048  # RFC 5246 6.2.3
_PROXY = b"PROXY "  # of HAProxy's protocol, version 1: a line before all else
_LONGEST_PROXY = 107

Piece = tuple[bytes, int]  # bytes that are kept, and how many are left out behind them


class DataSetCutter:
    """Takes one direction in any pieces, and returns what is kept and left out of it, in order.

    A piece begins with each P-DATA-TF, so that readers of the capture find it where packets begin. A header
    or an association PDU that has not come whole is held back.
    """

    def __init__(self) -> None:
        self._protocol: Literal["", "dicom", "tls", "unknown"] = ""
        self._held = bytearray()
        self._wanted = 0  # bytes without which nothing is to be done
        self._keep = self._leave_out = 0  # bytes that are to come, in this order
        self._in_data = 0  # bytes of a P-DATA-TF behind these
        self._command: InstanceHider | None = InstanceHider()  # None: it is not kept
        self._has_last = False  # whether the last fragment of that has begun
        self._in_command = False
        self._pieces: list[Piece] = []
        self._kept = bytearray()

    def cut(self, data: bytes | memoryview) -> list[Piece]:
        """Return what is to be written of bytes that have come."""
        if self._held:
            self._held += data
            if len(self._held) < self._wanted:
                return []
            data, self._held = memoryview(bytes(self._held)), bytearray()
        else:
            data = memoryview(data)
        while data:
            used = self._take(data)
            if not used:
                self._held += data
                break
            data = data[used:]
        self._break()
        pieces, self._pieces = self._pieces, []
        return pieces

    def rest(self) -> list[Piece]:
        """Return what was held back, which nothing follows."""
        held, self._held = len(self._held), bytearray()
        return [(b"", held)] if held else []

    # Inside: each takes bytes from the beginning of `data`, and returns how many, none where it needs more

    def _take(self, data: memoryview) -> int:
        if self._keep:
            count = min(self._keep, len(data))
            self._kept += self._shown(bytes(data[:count]))
            self._keep -= count
            return count
        if self._leave_out:
            return self._left_out(data)
        if self._in_data:
            return self._next_pdv(data)
        match self._protocol:
            case "dicom":
                return self._next_pdu(data)
            case "tls":
                return self._next_record(data)
            case "unknown":
                self._leave_out = len(data)
                return self._left_out(data)
        return self._first(data)

    def _shown(self, data: bytes) -> bytes:
        """Return bytes that are kept with stars for what is hidden in a command set."""
        return self._command.feed(data) if self._in_command and self._command is not None else data

    def _left_out(self, data: memoryview) -> int:
        count = min(self._leave_out, len(data))
        self._pieces.append((bytes(self._kept), count))
        self._kept.clear()
        self._leave_out -= count
        return count

    def _break(self) -> None:
        """End a piece."""
        if self._kept:
            self._pieces.append((bytes(self._kept), 0))
            self._kept.clear()

    def _needs(self, count: int) -> int:
        self._wanted = count
        return 0

    def _give_up(self, data: memoryview) -> int:
        self._protocol = "unknown"
        return self._take(data)

    def _first(self, data: memoryview) -> int:
        """Find out by its first bytes what is spoken."""
        begins = bytes(data[: len(_PROXY)])
        if _PROXY.startswith(begins):
            line = bytes(data[:_LONGEST_PROXY])
            if b"\r\n" in line:
                self._keep = line.index(b"\r\n") + 2
                return self._take(data)
            return self._give_up(data) if len(data) >= _LONGEST_PROXY else self._needs(len(data) + 1)
        if data[0] in PDU_NAMES:
            self._protocol = "dicom"
        elif data[0] in _RECORD_TYPES:
            self._protocol = "tls"
        else:
            self._protocol = "unknown"
        return self._take(data)

    def _next_record(self, data: memoryview) -> int:
        if len(data) < _RECORD.size:
            return self._needs(_RECORD.size)
        kind, major, _, length = _RECORD.unpack_from(data)
        if kind not in _RECORD_TYPES or major != 3 or length > _MOST_RECORD:
            return self._give_up(data)
        self._keep = _RECORD.size + length
        return self._take(data)

    def _next_pdu(self, data: memoryview) -> int:
        if data[0] not in PDU_NAMES:
            return self._give_up(data)
        if len(data) < PDU_HEADER.size:
            return self._needs(PDU_HEADER.size)
        kind, length = PDU_HEADER.unpack_from(data)
        whole: int = PDU_HEADER.size + length
        if kind in (ASSOCIATE_RQ, ASSOCIATE_AC) and length <= MAX_ASSOCIATE:
            if len(data) < whole:
                return self._needs(whole)
            self._kept += bytes_without_secrets(bytes(data[:whole]))
            return whole
        self._in_command = False
        if kind == P_DATA_TF:
            self._break()
            self._in_data = length
        elif length <= _MOST_CONTROL:
            self._keep = length
        else:
            self._leave_out = length
        self._kept += data[: PDU_HEADER.size]
        return PDU_HEADER.size

    def _next_pdv(self, data: memoryview) -> int:
        if self._in_data < _PDV_HEADER.size:
            self._leave_out, self._in_data = self._in_data, 0
            return self._left_out(data)
        if len(data) < _PDV_HEADER.size:
            return self._needs(_PDV_HEADER.size)
        length, _, control = _PDV_HEADER.unpack_from(data)
        if length < 2 or 4 + length > self._in_data:
            self._leave_out, self._in_data = self._in_data, 0
            return self._left_out(data)
        self._kept += data[: _PDV_HEADER.size]
        self._in_data -= 4 + length
        if self._keeps(length - 2, control):
            self._keep = length - 2
        else:
            self._leave_out = length - 2
        return _PDV_HEADER.size

    def _keeps(self, length: int, control: int) -> bool:
        """Return whether the fragment that begins is kept (PS3.8 E.2): those of commands are."""
        is_command = control & 1 == 1
        if self._has_last or not is_command:
            self._command = InstanceHider()
        self._has_last = control & 2 == 2
        if is_command and length > _MOST_COMMAND:
            self._command = None
        self._in_command = is_command and self._command is not None
        return self._in_command

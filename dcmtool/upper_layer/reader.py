"""Cuts a stream of bytes into PDUs; a PDU's length is checked before its body is read (PS3.8 9.3.1)."""

from dcmtool.errors import NotDicom, RemoteProtocolError, TlsWanted
from dcmtool.upper_layer.pdus import (
    ABORT,
    ASSOCIATE_AC,
    ASSOCIATE_RJ,
    ASSOCIATE_RQ,
    P_DATA_TF,
    PDU_HEADER,
    PDU_NAMES,
    RELEASE_RP,
    RELEASE_RQ,
)

# An answer to 128 contexts takes about 10 KiB; extended negotiation may add items of 64 KiB each.
MAX_ASSOCIATE = 1 << 20
# The longest bodies (bytes) of PDUs by type; that of P-DATA-TF is negotiated.
PDU_LIMITS = {
    ASSOCIATE_RQ: MAX_ASSOCIATE,
    ASSOCIATE_AC: MAX_ASSOCIATE,
    ASSOCIATE_RJ: 4,
    P_DATA_TF: MAX_ASSOCIATE,
    RELEASE_RQ: 4,
    RELEASE_RP: 4,
    ABORT: 4,
}
_HEADER_LENGTH = PDU_HEADER.size
_SHOWN = 8  # bytes of what is no PDU
_TLS_ALERT = b"\x15\x03"  # content type and major version (RFC 8446 5.1)


class PduReader:
    """A buffer of received bytes that gives whole PDUs back.

    `max_pdu` is the Maximum Length that we proposed, in bytes: the bound of a P-DATA-TF's body (PS3.8 D.1).
    0 proposes no limit; what one PDU may take of our memory has one all the same. `max_associate` bounds the
    bodies of A-ASSOCIATE-RQ and A-ASSOCIATE-AC.
    """

    def __init__(self, max_pdu: int, max_associate: int = MAX_ASSOCIATE) -> None:
        self._buffer = bytearray()
        self._max_data, self._max_associate = max_pdu or MAX_ASSOCIATE, max_associate

    def feed(self, data: bytes) -> None:
        """Take bytes that arrived."""
        self._buffer += data

    def next_pdu(self) -> tuple[int, bytes] | None:
        """Return the type and body of the next whole PDU, or None where more bytes are needed.

        Raises:
            RemoteProtocolError: what is there is no PDU, or one longer than it may be.
        """
        data = self.next_whole()
        return None if data is None else (data[0], data[_HEADER_LENGTH:])

    def next_whole(self) -> bytes | None:
        """Return all bytes of the next whole PDU, or None where more bytes are needed.

        Raises:
            RemoteProtocolError: what is there is no PDU, or one longer than it may be.
        """
        buffer = self._buffer
        if len(buffer) < _HEADER_LENGTH:
            if buffer and buffer[0] not in PDU_LIMITS and buffer != _TLS_ALERT[:1]:  # its second byte tells
                raise self._not_a_pdu()
            return None
        kind, length = PDU_HEADER.unpack_from(buffer)
        if kind == P_DATA_TF:
            limit = self._max_data
        elif kind in PDU_LIMITS:
            limit = min(PDU_LIMITS[kind], self._max_associate)
        else:
            raise self._not_a_pdu()
        if length > limit:
            raise too_long(kind, length, limit, bytes(buffer[:_SHOWN]))
        end = _HEADER_LENGTH + length
        if len(buffer) < end:
            return None
        data = bytes(buffer[:end])
        del buffer[:end]
        return data

    @property
    def held(self) -> int:
        """How many bytes are kept."""
        return len(self._buffer)

    def clear(self) -> None:
        """Forget the bytes that are kept."""
        self._buffer.clear()

    @property
    def has_part(self) -> bool:
        """Whether there are bytes of a PDU that is not whole yet."""
        return bool(self._buffer)

    @property
    def partial(self) -> str:
        """The name of the PDU that has begun and not ended, or nothing."""
        return PDU_NAMES.get(self._buffer[0], "a PDU") if self._buffer else ""

    def _not_a_pdu(self) -> RemoteProtocolError:
        start = bytes(self._buffer[:_SHOWN])
        if start.startswith(_TLS_ALERT):
            return TlsWanted()
        return NotDicom(start)


def too_long(kind: int, length: int, limit: int, start: bytes = b"") -> RemoteProtocolError:
    """Return what is wrong with a PDU whose body is longer than the limit, and that begins so."""
    name = PDU_NAMES[kind]
    if kind == P_DATA_TF:
        return RemoteProtocolError(
            f"the peer sent {name} of {length} bytes where we take at most {limit}",
            "PS3.8 D.1",
            abort_reason=6,
            offset=2,
            kind="too-long",
        )
    return RemoteProtocolError(
        f"the peer sent {name} of {length} bytes where at most {limit} make sense",
        "PS3.8 9.3.1",
        abort_reason=6,
        offset=2,
        kind="too-long",
        start=start,
    )

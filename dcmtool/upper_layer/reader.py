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
_HEADER_LENGTH = PDU_HEADER.size
_TLS_ALERT = b"\x15\x03"  # content type and major version (RFC 8446 5.1)


class PduReader:
    """A buffer of received bytes that gives whole PDUs back.

    `max_pdu` is the Maximum Length that we proposed, in bytes: the bound of a P-DATA-TF's body (PS3.8 D.1).
    0 proposes no limit; what one PDU may take of our memory has one all the same.
    """

    def __init__(self, max_pdu: int) -> None:
        self._buffer = bytearray()
        self._limits = {
            ASSOCIATE_RQ: MAX_ASSOCIATE,
            ASSOCIATE_AC: MAX_ASSOCIATE,
            ASSOCIATE_RJ: 4,
            P_DATA_TF: max_pdu or MAX_ASSOCIATE,
            RELEASE_RQ: 4,
            RELEASE_RP: 4,
            ABORT: 4,
        }

    def feed(self, data: bytes) -> None:
        """Take bytes that arrived."""
        self._buffer += data

    def next_pdu(self) -> tuple[int, bytes] | None:
        """Return the type and body of the next whole PDU, or None where more bytes are needed.

        Raises:
            RemoteProtocolError: what is there is no PDU, or one longer than it may be.
        """
        buffer = self._buffer
        if len(buffer) < _HEADER_LENGTH:
            if buffer and buffer[0] not in self._limits:
                raise self._not_a_pdu()
            return None
        kind, length = PDU_HEADER.unpack_from(buffer)
        limit = self._limits.get(kind)
        if limit is None:
            raise self._not_a_pdu()
        if length > limit:
            raise _too_long(kind, length, limit)
        end = _HEADER_LENGTH + length
        if len(buffer) < end:
            return None
        body = bytes(buffer[_HEADER_LENGTH:end])
        del buffer[:end]
        return kind, body

    @property
    def partial(self) -> str:
        """The name of the PDU that has begun and not ended, or nothing."""
        return PDU_NAMES.get(self._buffer[0], "a PDU") if self._buffer else ""

    def _not_a_pdu(self) -> RemoteProtocolError:
        start = bytes(self._buffer[:8])
        if start.startswith(_TLS_ALERT):
            return TlsWanted()
        return NotDicom(start)


def _too_long(kind: int, length: int, limit: int) -> RemoteProtocolError:
    name = PDU_NAMES[kind]
    if kind == P_DATA_TF:
        return RemoteProtocolError(
            f"the peer sent {name} of {length} bytes where we take at most {limit}",
            "PS3.8 D.1",
            abort_reason=6,
        )
    return RemoteProtocolError(
        f"the peer sent {name} of {length} bytes where at most {limit} make sense",
        "PS3.8 9.3.1",
        abort_reason=6,
    )

"""The connection as pynetdicom reads it: each PDU is checked before it is handed on."""

import socket
from contextlib import suppress
from time import monotonic
from typing import Any

from pynetdicom.transport import AssociationSocket

from dcmtool.dimse.fragments import MAX_COMMAND_SET
from dcmtool.errors import RemoteProtocolError
from dcmtool.upper_layer.pdus import Abort, PDataTf, decode_pdu
from dcmtool.upper_layer.reader import PduReader

_CHUNK = 1 << 16  # bytes of one read


class Line(AssociationSocket):
    """A connection from which some bytes have been read already.

    pynetdicom believes what a PDU says of its length, puts fragments together without end, and waits for the
    rest of a PDU for ever. Here a PDU that breaks a clause of PS3.8, a message without end, and a PDU that is
    not there within `seconds` end the connection, the first two with an A-ABORT; `refused` is why, and
    `peer_abort` the A-ABORT that the peer sent.
    """

    def __init__(
        self, association: Any, connection: socket.socket, arrived: bytes, max_pdu: int, seconds: float
    ) -> None:
        super().__init__(association, client_socket=connection)
        self._connection = connection
        self._arrived, self._seconds = bytearray(arrived), seconds
        self._reader = PduReader(max_pdu)
        self._message_bytes = 0
        self.refused: RemoteProtocolError | TimeoutError | None = None
        self.peer_abort: Abort | None = None

    @property
    def ready(self) -> bool:
        """Whether there is something to read."""
        return bool(self._arrived) or bool(super().ready)

    def recv(self, nr_bytes: int) -> bytearray:
        """Return the next bytes, fewer where the peer closes the connection before.

        Raises:
            OSError: there will be none, or what has come is not to be handed on.
        """
        data = self._read(nr_bytes)
        try:
            self._check(bytes(data))
        except RemoteProtocolError as error:
            self.refused = error
            with suppress(OSError):
                self._connection.sendall(Abort(2, error.abort_reason).encode())
            raise ConnectionAbortedError(str(error)) from error
        return data

    def _read(self, count: int) -> bytearray:
        data = self._arrived[:count]
        del self._arrived[:count]
        end = monotonic() + self._seconds
        while len(data) < count:
            self._connection.settimeout(max(0.001, end - monotonic()))
            try:
                more = self._connection.recv(min(_CHUNK, count - len(data)))
            except TimeoutError as error:
                self.refused = TimeoutError(f"the rest of a PDU did not come within {self._seconds:g} s")
                raise self.refused from error
            if not more:
                break
            data += more
        return data

    def _check(self, data: bytes) -> None:
        self._reader.feed(data)
        pdu = self._reader.next_pdu()
        if pdu is None:
            return
        decoded = decode_pdu(*pdu)
        if isinstance(decoded, Abort):
            self.peer_abort = decoded
        elif isinstance(decoded, PDataTf):
            self._count(decoded)

    def _count(self, data: PDataTf) -> None:
        """Count the bytes of a message until its end; an empty fragment counts too."""
        for pdv in data.pdvs:
            self._message_bytes += max(1, len(pdv.data))
            if self._message_bytes > MAX_COMMAND_SET:
                raise RemoteProtocolError(
                    f"the peer sent a message of more than {MAX_COMMAND_SET} bytes", "PS3.7 6.3.1"
                )
            if pdv.is_last:
                self._message_bytes = 0

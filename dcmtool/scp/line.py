"""The connection as pynetdicom has it: it reads what was checked, and what it sends is seen."""

import socket
import ssl
from collections.abc import Callable
from time import monotonic
from typing import Any

from pynetdicom.transport import AssociationSocket

from dcmtool.dimse.messages import c_echo_rq
from dcmtool.errors import RemoteProtocolError, reason_of
from dcmtool.scp.farewell import read_the_rest, say_last
from dcmtool.scp.requests import Requests
from dcmtool.upper_layer.pdus import (
    ABORT,
    ASSOCIATE_AC,
    ASSOCIATE_RJ,
    P_DATA_TF,
    PDU_HEADER,
    PDU_NAMES,
    RELEASE_RP,
    RELEASE_RQ,
    Abort,
    PDataTf,
    Pdu,
    Pdv,
    decode_pdu,
)
from dcmtool.upper_layer.reader import PduReader

_CHUNK = 1 << 16  # bytes of one read
_MAX_UNANSWERED = 100  # requests; without an asynchronous operations window there is one (PS3.7 D.3.3.3)
_LAST = (ASSOCIATE_RJ, RELEASE_RP, ABORT)  # nothing is sent after these
_NOTHING_YET = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class Aborted(Exception):
    """The association is aborted because we want it so; its text says why."""


class Line(AssociationSocket):
    """A connection over which an association request has come: its PDU, and maybe more bytes after it.

    pynetdicom believes what a PDU says of its length, waits for the rest of one for ever, puts fragments
    together without end, answers whatever command as an echo, and its threads end by an exception over a
    command set that it cannot read. Here it is handed whole PDUs in their turn, and in place of the peer's
    messages the C-ECHO-RQs that they are. Everything else ends the connection with an A-ABORT, and so does
    a peer from which nothing whole comes for `seconds` though it is its turn.

    `refused` is why it ended so, or because we wanted it; `last` the last PDU that was sent, an
    A-ASSOCIATE-RJ, A-RELEASE-RP or A-ABORT; `peer_abort` the A-ABORT that the peer sent; `lost` how the
    connection broke. `leaving` is called before the last PDU is sent.
    """

    def __init__(
        self,
        association: Any,
        connection: socket.socket,
        arrived: tuple[bytes, bytes],
        limits: tuple[int, float],
        leaving: Callable[[], None],
    ) -> None:
        super().__init__(association, client_socket=connection)
        request, more = arrived
        max_pdu, self._seconds = limits
        self._association, self._connection, self._leaving = association, connection, leaving
        self._reader, self._requests = PduReader(max_pdu), Requests()
        self._handed_on = bytearray(request)
        self._reader.feed(more)
        self._is_accepted = self._is_releasing = self._is_over = False
        self._unanswered = 1  # the association request
        self._since = monotonic()  # when it became the peer's turn
        self.echoes = 0
        self._abort_wanted: Aborted | None = None
        self.refused: RemoteProtocolError | TimeoutError | Aborted | None = None
        self.last: Pdu | None = None
        self.peer_abort: Abort | None = None
        self.lost = "the peer closed the connection"

    # What comes ------------------------------------------------------------------------------------

    @property
    def ready(self) -> bool:
        """Whether there is a whole PDU to read, or the end of the connection to be noticed."""
        if self._handed_on:
            return True
        if self._is_over:  # it was noticed
            return False
        try:
            if self._abort_wanted is not None:
                raise self._abort_wanted
            self._take()
            self._check_time()
        except (RemoteProtocolError, TimeoutError, Aborted) as error:
            self._refuse(error)
        return bool(self._handed_on) or self._is_over

    def recv(self, nr_bytes: int) -> bytearray:
        """Return the next bytes of what `ready` found; none at the end of the connection."""
        data = self._handed_on[:nr_bytes]
        del self._handed_on[:nr_bytes]
        return data

    def _take(self) -> None:
        """Hand on the next PDU, or the next whole message, if it has come."""
        while not self._handed_on:
            pdu = self._reader.next_pdu()
            if pdu is not None:
                self._hand_on(*pdu)
            elif not (super().ready and self._receive()):
                return

    def _receive(self) -> bool:
        """Read what there is; return whether that is anything."""
        try:
            self._connection.settimeout(0)
            data = self._connection.recv(_CHUNK)
        except _NOTHING_YET:
            return False
        except OSError as error:
            self.lost, data = f"the connection broke: {reason_of(error)}", b""
        self._is_over = not data
        self._reader.feed(data)
        return bool(data)

    def _hand_on(self, kind: int, body: bytes) -> None:
        self._check_turn(kind)
        pdu = decode_pdu(kind, body)
        if isinstance(pdu, PDataTf):
            for pdv in pdu.pdvs:
                self._hand_on_request(pdv)
            return
        if isinstance(pdu, Abort):
            self.peer_abort = pdu
        self._is_releasing = self._is_releasing or kind == RELEASE_RQ
        self._handed_on += PDU_HEADER.pack(kind, len(body)) + body
        self._since = monotonic()

    def _hand_on_request(self, pdv: Pdv) -> None:
        accepted = {each.context_id for each in self._association.accepted_contexts}
        message_id = self._requests.add(pdv, accepted)
        if message_id is None:
            return
        self._unanswered += 1
        if self._unanswered > _MAX_UNANSWERED:
            raise RemoteProtocolError(
                f"the peer sent {self._unanswered} requests without waiting for an answer", "PS3.7 D.3.3.3"
            )
        self._handed_on += PDataTf((Pdv(pdv.context_id, True, True, c_echo_rq(message_id)),)).encode()
        self._since = monotonic()

    def _check_turn(self, kind: int) -> None:
        """See that a PDU comes when it may (PS3.8 9.2, as the state table has it for an acceptor)."""
        is_open = self._is_accepted and not self._is_releasing
        if kind == ABORT or (is_open and kind in (P_DATA_TF, RELEASE_RQ)):
            return
        when = "in the middle of the association" if is_open else "after its A-RELEASE-RQ"
        if not self._is_accepted:
            when = "before the association was accepted"
        raise RemoteProtocolError(f"the peer sent {PDU_NAMES[kind]} {when}", "PS3.8 9.2.3", abort_reason=2)

    def _check_time(self) -> None:
        if self._handed_on or self._unanswered or self._is_over:
            return
        if monotonic() - self._since > self._seconds:
            part = self._reader.partial
            what = f"the rest of {part} did not come within" if part else "nothing came for"
            raise TimeoutError(f"{what} {self._seconds:g} s")

    def _refuse(self, error: RemoteProtocolError | TimeoutError | Aborted) -> None:
        self._is_over = True
        self._handed_on.clear()
        if self.last is not None:
            read_the_rest(self._connection)
            return
        self.refused = error
        self._leaving()
        self.last = Abort(2, error.abort_reason) if isinstance(error, RemoteProtocolError) else Abort(0, 0)
        say_last(self._connection, self.last.encode())

    def abort(self, why: str) -> None:
        """Have the association aborted, from whatever thread, unless it has ended."""
        self._abort_wanted = self._abort_wanted or Aborted(why)

    @property
    def is_ending(self) -> bool:
        """Whether it is to be aborted, or the last PDU was sent."""
        return self._abort_wanted is not None or self.last is not None

    # What is sent ----------------------------------------------------------------------------------

    def send(self, bytestream: bytes) -> None:
        """Send a PDU of pynetdicom's, unless the last one was sent."""
        if self.last is not None:
            return
        kind, body = bytestream[0], bytestream[PDU_HEADER.size :]
        if kind in _LAST:
            self._leaving()
            self.last = decode_pdu(kind, body)
        elif kind == ASSOCIATE_AC:
            self._is_accepted, self._unanswered = True, 0
        if self._write(bytestream) and kind == P_DATA_TF:
            answered = sum(pdv.is_last for pdv in PDataTf.decode(body).pdvs)
            self.echoes += answered
            self._unanswered -= answered
        self._since = monotonic()

    def _write(self, data: bytes) -> bool:
        """Write all to the peer, and return whether it was taken."""
        try:
            self._connection.settimeout(self._seconds)
            self._connection.sendall(data)
        except OSError as error:
            if isinstance(error, TimeoutError):
                self.lost = f"the peer did not read for {self._seconds:g} s"
            self.event_queue.put("Evt17")  # the transport connection is closed (PS3.8 9.2.2)
            return False
        return True

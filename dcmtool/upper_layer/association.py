"""One association as its requestor sees it: bytes in, indications and bytes out (PS3.8 9.2).

No socket and no clock: `now` is monotonic nanoseconds, and a caller that waits asks `next_deadline`.
"""

from collections import deque
from collections.abc import Iterable
from functools import lru_cache

from dcmtool.errors import RemoteProtocolError, UnexpectedPdu
from dcmtool.upper_layer import events, pdus
from dcmtool.upper_layer.contexts import negotiated
from dcmtool.upper_layer.events import Indication, Observer
from dcmtool.upper_layer.reader import PduReader
from dcmtool.upper_layer.states import TRANSITIONS, Action, Event, State
from dcmtool.upper_layer.user_information import MaximumLength, find

ARTIM_NS = 1_000_000_000  # nothing is left to learn after an abort, so the timer is short (PS3.8 9.1.4)
_SERVICE_USER, _SERVICE_PROVIDER = 0, 2


@lru_cache(maxsize=64)  # most associations of a process ask for the same
def _encoded(request: pdus.AssociateRq, _sub_item_types: tuple[type, ...]) -> bytes:
    # The types are part of the key, since sub-items of two types with the same fields are equal tuples.
    return request.encode()


_PDU_EVENTS = {
    pdus.ASSOCIATE_RQ: Event.ASSOCIATE_RQ,
    pdus.ASSOCIATE_AC: Event.ASSOCIATE_AC,
    pdus.ASSOCIATE_RJ: Event.ASSOCIATE_RJ,
    pdus.P_DATA_TF: Event.DATA_TF,
    pdus.RELEASE_RQ: Event.RELEASE_RQ,
    pdus.RELEASE_RP: Event.RELEASE_RP,
    pdus.ABORT: Event.ABORT,
}


class Association:
    """The requestor's end of an association; local calls that the state forbids raise RuntimeError."""

    def __init__(self, request: pdus.AssociateRq, observer: Observer | None = None) -> None:
        self._request = request
        self._observer = observer
        proposed = find(request.user_information, MaximumLength)
        self._reader = PduReader(proposed.value if proposed else 0)
        self._outgoing: deque[bytes] = deque()
        self._eof = False
        self._deaf = True  # until the connection is open, and once no bytes can mean anything more
        self._starved = True  # nothing has come in since all of it was read
        self._artim: int | None = None
        self.state = State.IDLE
        self._step(Event.ASSOCIATE_REQUEST)

    # What the local user asks for -------------------------------------------------------------------

    def transport_opened(self) -> None:
        """Take note that the TCP connection is open; A-ASSOCIATE-RQ is ready to send (AE-2)."""
        self._step(Event.TRANSPORT_OPEN)
        self._deaf = False
        self._send(
            pdus.ASSOCIATE_RQ, _encoded(self._request, tuple(map(type, self._request.user_information)))
        )

    def send_data(self, pdvs: Iterable[pdus.Pdv]) -> None:
        """Make P-DATA-TF ready to send, one PDU a PDV (DT-1)."""
        for pdv in pdvs:
            self._step(Event.DATA_REQUEST)
            self._send(pdus.P_DATA_TF, pdus.PDataTf((pdv,)).encode())

    def release(self) -> None:
        """Make A-RELEASE-RQ ready to send (AR-1)."""
        self._step(Event.RELEASE_REQUEST)
        self._send(pdus.RELEASE_RQ, pdus.ReleaseRq().encode())

    def respond_to_release(self, now: int) -> None:
        """Make A-RELEASE-RP ready to send (AR-4, AR-9)."""
        if self._step(Event.RELEASE_RESPONSE) is Action.AR_4:
            self._artim = now + ARTIM_NS
        self._send(pdus.RELEASE_RP, pdus.ReleaseRp().encode())

    def abort(self, now: int) -> None:
        """Make A-ABORT ready to send, where the state has anything to abort (AA-1)."""
        if self.state in (State.IDLE, State.AWAITING_TRANSPORT_CLOSE):
            return
        if self._step(Event.ABORT_REQUEST) is Action.AA_1:
            self._send_abort(_SERVICE_USER, 0, now)

    # What the transport brings ----------------------------------------------------------------------

    def receive_data(self, data: bytes) -> None:
        """Take bytes from the peer; none means that the peer has closed the connection."""
        self._starved = False
        if not data:
            self._eof = True
        elif not self._deaf:  # what cannot be read is not kept either
            self._reader.feed(data)

    def next_indication(self, now: int) -> Indication | None:
        """Return the next thing that the bytes received mean, or None where more of them are needed.

        Raises:
            RemoteProtocolError: they break a clause of PS3.8; an A-ABORT is then ready to send (AA-8).
        """
        while not self._starved and self.state is not State.IDLE:
            pdu = self._next_pdu(now)
            if pdu is None:
                self._starved = True
                return self._closed() if self._eof else None
            indication = self._take(*pdu, now)
            if indication is not None:
                return indication
        return None

    def handle_timeout(self, now: int) -> None:
        """Take note of the time: once the ARTIM timer has run out, the association is over (AA-2)."""
        if self._artim is not None and now >= self._artim:
            self._step(Event.ARTIM_EXPIRED)

    # What the transport is to do --------------------------------------------------------------------

    def data_to_send(self) -> bytes | None:
        """Return the next PDU to write, or None."""
        return self._outgoing.popleft() if self._outgoing else None

    def next_deadline(self) -> int | None:
        """Return when `handle_timeout` is due, or None while the timer is stopped."""
        return self._artim

    # Inside -----------------------------------------------------------------------------------------

    def _step(self, event: Event) -> Action:
        transition = TRANSITIONS.get((event, self.state))
        if transition is None:
            raise RuntimeError(f"{event.name} is not possible in state {self.state.name}")
        before, self.state = self.state, transition.next_state
        if self.state is State.IDLE:
            self._artim, self._deaf = None, True
        if self._observer is not None:
            self._observer(events.StateChanged(event, transition.action, before, self.state))
        return transition.action

    def _send(self, kind: int, data: bytes) -> None:
        self._outgoing.append(data)
        if self._observer is not None:
            self._observer(events.PduSent(kind, data))

    def _send_abort(self, source: int, reason: int, now: int) -> None:
        if self._artim is None:  # AA-7 does not restart the timer, or a peer could hold it back for ever
            self._artim = now + ARTIM_NS
        self._send(pdus.ABORT, pdus.Abort(source, reason).encode())

    def _next_pdu(self, now: int) -> tuple[int, pdus.Pdu] | None:
        if self._deaf:
            return None
        try:
            received = self._reader.next_pdu()
            if received is None:
                return None
            kind, body = received
            if self._observer is not None:
                self._observer(events.PduReceived(kind, body))
            return kind, pdus.decode_pdu(kind, body)
        except RemoteProtocolError as error:
            self._deaf = True  # where the next PDU would begin is no longer known
            action = self._step(Event.INVALID_PDU)
            self._send_abort(_SERVICE_PROVIDER, error.abort_reason, now)
            if action is Action.AA_7:
                return None
            raise

    def _take(self, kind: int, pdu: pdus.Pdu, now: int) -> Indication | None:
        before = self.state
        action = self._step(_PDU_EVENTS[kind])
        if isinstance(pdu, pdus.PDataTf) and (action is Action.DT_2 or action is Action.AR_6):
            return events.DataReceived(pdu.pdvs)
        if action is Action.AA_8:
            error = UnexpectedPdu(pdus.PDU_NAMES[kind], before.words)
            self._send_abort(_SERVICE_PROVIDER, error.abort_reason, now)
            raise error
        if action is Action.AA_7:
            self._send_abort(_SERVICE_PROVIDER, 2, now)
        if before is State.AWAITING_TRANSPORT_CLOSE:
            return None
        return self._indication(pdu, before)

    def _indication(self, pdu: pdus.Pdu, before: State) -> Indication:
        match pdu:
            case pdus.AssociateAc():
                return events.Accepted(pdu, negotiated(self._request.contexts, pdu.contexts))
            case pdus.AssociateRj():
                return events.Rejected(pdu)
            case pdus.Abort():
                return events.Aborted(pdu.source, pdu.reason)
            case pdus.ReleaseRq():
                return events.ReleaseRequested(collision=before is State.AWAITING_RELEASE_RESPONSE)
            case _:
                return events.ReleaseConfirmed()

    def _closed(self) -> Indication:
        self._step(Event.TRANSPORT_CLOSED)
        return events.TransportClosed(self._reader.partial)

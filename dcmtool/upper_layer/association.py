"""One association as one of its two sides sees it: bytes in, indications and bytes out (PS3.8 9.2).

No socket and no clock: `now` is monotonic nanoseconds, and a caller that waits asks `next_deadline`.
"""

from collections import deque
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, Self

from dcmtool.errors import RemoteProtocolError, UnexpectedPdu
from dcmtool.upper_layer import indications, pdus
from dcmtool.upper_layer.contexts import negotiated
from dcmtool.upper_layer.indications import Indication
from dcmtool.upper_layer.reader import PduReader
from dcmtool.upper_layer.states import REQUEST_REFUSED, TRANSITIONS, Action, State, StateEvent, Transition
from dcmtool.upper_layer.undecoded import raw_titles
from dcmtool.upper_layer.user_information import MaximumLength, UserIdentity, find

if TYPE_CHECKING:
    from dcmtool.events import Emit, Sender

ARTIM_NS = 1_000_000_000  # nothing is left to learn after an abort, so the timer is short (PS3.8 9.1.4)
_SERVICE_USER, _SERVICE_PROVIDER = 0, 2
_RELEASE_RQ, _RELEASE_RP = pdus.ReleaseRq().encode(), pdus.ReleaseRp().encode()
_UNSUPPORTED_VERSION = pdus.AssociateRj(1, 2, 2)  # PS3.8 9.3.4
_NOTHING_TO_ABORT = (State.IDLE, State.AWAITING_ASSOCIATE_RQ, State.AWAITING_TRANSPORT_CLOSE)


@lru_cache(maxsize=64)  # most associations of a process ask for the same
def _encoded(request: pdus.AssociateRq, _sub_item_types: tuple[type, ...]) -> bytes:
    # The types are part of the key, since sub-items of two types with the same fields are equal tuples.
    return request.encode()


# What each PDU is to the state machine of the side that receives it.
PDU_EVENTS = {
    pdus.ASSOCIATE_RQ: StateEvent.ASSOCIATE_RQ,
    pdus.ASSOCIATE_AC: StateEvent.ASSOCIATE_AC,
    pdus.ASSOCIATE_RJ: StateEvent.ASSOCIATE_RJ,
    pdus.P_DATA_TF: StateEvent.DATA_TF,
    pdus.RELEASE_RQ: StateEvent.RELEASE_RQ,
    pdus.RELEASE_RP: StateEvent.RELEASE_RP,
    pdus.ABORT: StateEvent.ABORT,
}


class Association:
    """One side's end of an association; local calls that the state forbids raise RuntimeError.

    `request_titles`, called and calling, are those of the request that an acceptor decoded, still padded.
    """

    _request: pdus.AssociateRq | None = None  # the requestor's own
    _undecoded: bytes | None = None  # the request that an acceptor received
    _limits = pdus.RequestLimits()
    request_titles = "", ""

    def __init__(
        self, role: Literal["requestor", "acceptor"], reader: PduReader, emit: "Emit | None" = None
    ) -> None:
        self._transitions = TRANSITIONS[role]
        self._reader = reader
        self._emit = emit
        self._outgoing: deque[bytes] = deque()
        self._eof = False
        self._discards_input = True  # until the connection is open, and once no bytes can mean anything more
        self._needs_input = True  # nothing has come in since all of it was read
        self._artim: int | None = None
        self.state = State.IDLE

    @classmethod
    def requestor(cls, request: pdus.AssociateRq, emit: "Emit | None" = None) -> Self:
        """Return the requestor's end, which waits for its connection (AE-1)."""
        proposed = find(request.user_information, MaximumLength)
        association = cls("requestor", PduReader(proposed.value if proposed else 0), emit)
        association._request = request
        association._step(StateEvent.ASSOCIATE_REQUEST)
        return association

    @classmethod
    def acceptor(
        cls,
        max_pdu: int,
        emit: "Emit | None" = None,
        limits: pdus.RequestLimits = _limits,
    ) -> Self:
        """Return the acceptor's end; `max_pdu` is the Maximum Length it will answer with (PS3.8 D.1)."""
        association = cls("acceptor", PduReader(max_pdu, limits.length), emit)
        association._limits = limits
        return association

    # What the local user asks for -------------------------------------------------------------------

    def transport_opened(self, artim: int | None = None) -> None:
        """Take note that the TCP connection is open.

        A requestor's A-ASSOCIATE-RQ is ready to send (AE-2); an acceptor waits for it until `artim` (AE-5).
        """
        request = self._request
        if request is None:
            self._step(StateEvent.TRANSPORT_INDICATION)
            self._artim = artim
        else:
            self._step(StateEvent.TRANSPORT_OPEN)
            types: tuple[type, ...] = tuple(map(type, request.user_information))
            encode = _encoded.__wrapped__ if UserIdentity in types else _encoded  # no secret is kept
            self._send(encode(request, types))
        self._discards_input = False

    def decode_request(self, now: int) -> pdus.AssociateRq:
        """Decode the peer's A-ASSOCIATE-RQ, once it was indicated, and forget its bytes.

        Raises:
            RemoteProtocolError: it breaks a clause of PS3.8; an A-ABORT is then ready to send (AA-8).
        """
        data, self._undecoded = self._undecoded, None
        if data is None:
            raise RuntimeError("there is no request to decode")
        try:
            request = pdus.decode_request(data[pdus.PDU_HEADER.size :], self._limits)
        except RemoteProtocolError as error:
            if self.state is State.AWAITING_LOCAL_ASSOCIATE_RESPONSE:
                self._take_invalid_pdu(error, now)
            raise
        self.request_titles = raw_titles(data)
        return request

    def accept(self, answer: pdus.AssociateAc) -> None:
        """Make A-ASSOCIATE-AC ready to send (AE-7); its titles should be `request_titles` (PS3.8 9.3.3)."""
        data = answer.encode()
        self._step(StateEvent.ASSOCIATE_ACCEPT)
        self._send(data)

    def reject(self, answer: pdus.AssociateRj, now: int) -> None:
        """Make A-ASSOCIATE-RJ ready to send (AE-8); the bytes of the request are forgotten."""
        self._step(StateEvent.ASSOCIATE_REJECT)
        self._undecoded = None
        self._artim = now + ARTIM_NS
        self._send(answer.encode())

    def send_data(self, pdvs: Iterable[pdus.Pdv]) -> None:
        """Make P-DATA-TF ready to send, one PDU a PDV (DT-1, AR-7)."""
        for pdv in pdvs:
            self._step(StateEvent.DATA_REQUEST)
            self._send(pdus.PDataTf((pdv,)).encode())

    def release(self) -> None:
        """Make A-RELEASE-RQ ready to send (AR-1)."""
        self._step(StateEvent.RELEASE_REQUEST)
        self._send(_RELEASE_RQ)

    def respond_to_release(self, now: int) -> None:
        """Make A-RELEASE-RP ready to send (AR-4, AR-9)."""
        if self._step(StateEvent.RELEASE_RESPONSE) is Action.AR_4:
            self._artim = now + ARTIM_NS
        self._send(_RELEASE_RP)

    def abort(self, now: int, provider_reason: int | None = None) -> None:
        """Make A-ABORT ready to send, where the state has anything to abort (AA-1).

        A `provider_reason` (PS3.8 9.3.8) says what in the peer's data broke the standard.
        """
        if self.state in _NOTHING_TO_ABORT:
            return
        if self._step(StateEvent.ABORT_REQUEST) is Action.AA_1:
            self._artim = now + ARTIM_NS
            source = _SERVICE_USER if provider_reason is None else _SERVICE_PROVIDER
            self._send(pdus.Abort(source, provider_reason or 0).encode())

    def refuse_data(self, now: int) -> None:
        """Make A-ABORT ready to send to what cannot be held, as to an invalid PDU (AA-1, AA-8); forget it."""
        self._discard_input()
        action = self._step(StateEvent.INVALID_PDU)
        if action is not Action.AA_7:
            self._artim = now + ARTIM_NS
        self._send(pdus.Abort(_SERVICE_PROVIDER, 0).encode())

    # What the transport brings ----------------------------------------------------------------------

    def receive_data(self, data: bytes) -> None:
        """Take bytes from the peer; none means that the peer has closed the connection."""
        self._needs_input = False
        if not data:
            self._eof = True
        elif not self._discards_input:  # what cannot be read is not kept either
            self._reader.feed(data)

    def next_indication(self, now: int) -> Indication | None:
        """Return the next thing that the bytes received mean, or None where more of them are needed.

        Raises:
            RemoteProtocolError: they break a clause of PS3.8; the answer is then ready to send, an A-ABORT
                (AA-1, AA-8) or, to a request of another version of the protocol, an A-ASSOCIATE-RJ (AE-6).
        """
        while not self._needs_input and self.state is not State.IDLE:
            pdu = self._next_pdu(now)
            if pdu is None:
                self._needs_input = True
                return self._closed() if self._eof else None
            indication = self._take(*pdu, now)
            if indication is not None:
                return indication
        return None

    def handle_timeout(self, now: int) -> None:
        """Take note of the time: once the ARTIM timer has run out, the association is over (AA-2)."""
        if self._artim is not None and now >= self._artim:
            self._step(StateEvent.ARTIM_EXPIRED)

    # What the transport is to do --------------------------------------------------------------------

    def data_to_send(self) -> bytes | None:
        """Return the next PDU to write, or None."""
        return self._outgoing.popleft() if self._outgoing else None

    def next_deadline(self) -> int | None:
        """Return when `handle_timeout` is due, or None while the timer is stopped."""
        return self._artim

    @property
    def partial(self) -> str:
        """The name of the PDU that has come in part, or nothing."""
        return self._reader.partial

    @property
    def undecoded_request(self) -> bytes:
        """The A-ASSOCIATE-RQ that was indicated and is not decoded yet, or nothing."""
        return self._undecoded or b""

    @property
    def held(self) -> int:
        """How many bytes are kept of PDUs that are not whole, or not decoded yet."""
        return self._reader.held + len(self._undecoded or b"")

    @property
    def mid_pdu(self) -> bool:
        """Whether a PDU of the peer has begun and not ended."""
        return self._reader.has_part

    # Inside -----------------------------------------------------------------------------------------

    def _step(self, event: StateEvent, transition: Transition | None = None) -> Action:
        if transition is None:
            transition = self._transitions.get((event, self.state))
            if transition is None:
                raise RuntimeError(f"{event.name} is not possible in state {self.state.name}")
        before, self.state = self.state, transition.next_state
        if self.state is State.IDLE:
            self._artim, self._discards_input = None, True
        if self._emit is not None:
            from dcmtool.events import StateChanged  # nothing of it is needed where nobody listens

            self._emit(StateChanged(event, transition.action, before, self.state), None)
        return transition.action

    def _send(self, data: bytes) -> None:
        self._outgoing.append(data)
        if self._emit is not None:
            self._emit_pdu(data, "local")

    def _emit_pdu(self, data: bytes, sender: "Sender") -> None:
        from dcmtool.events import Pdu
        from dcmtool.upper_layer.hidden import bytes_without_secrets

        assert self._emit is not None
        self._emit(Pdu(data[0], bytes_without_secrets(data)), sender)

    def _next_pdu(self, now: int) -> tuple[int, pdus.AnyPdu | None] | None:
        """Return the type of the next PDU and what it says; a request that is waited for stays undecoded."""
        if self._discards_input:
            return None
        try:
            data = self._reader.next_whole()
            if data is None:
                return None
            kind = data[0]
            if self._emit is not None:
                self._emit_pdu(data, "peer")
            if kind == pdus.ASSOCIATE_RQ and self.state is State.AWAITING_ASSOCIATE_RQ:
                self._undecoded = data
                return kind, None
            return kind, pdus.decode_pdu(kind, data[pdus.PDU_HEADER.size :])
        except RemoteProtocolError as error:
            self._take_invalid_pdu(error, now)
            return None

    def _take_invalid_pdu(self, error: RemoteProtocolError, now: int) -> None:
        """Answer what is no sound PDU; raise the error, unless the association is being closed anyhow."""
        self._discard_input()
        self._refuse(self._step(StateEvent.INVALID_PDU), error, now)

    def _discard_input(self) -> None:
        """Read and keep nothing any more: where the next PDU would begin is no longer known."""
        self._discards_input, self._undecoded = True, None
        self._reader.clear()

    def _refuse(self, action: Action, error: RemoteProtocolError, now: int) -> None:
        """Make an A-ABORT ready to send and raise the error (AA-1, AA-8); or only send it (AA-7)."""
        if action is not Action.AA_7:  # which would let a peer hold the timer back for ever
            self._artim = now + ARTIM_NS
        # Table 9-9 has AA-1 abort as the service user, who can give no reason (PS3.8 9.3.8): we give it.
        self._send(pdus.Abort(_SERVICE_PROVIDER, error.abort_reason).encode())
        if action is not Action.AA_7:
            raise error

    def _take(self, kind: int, pdu: pdus.AnyPdu | None, now: int) -> Indication | None:
        if pdu is None:
            return self._take_request(now)
        before = self.state
        action = self._step(PDU_EVENTS[kind])
        if isinstance(pdu, pdus.PDataTf) and (action is Action.DT_2 or action is Action.AR_6):
            return indications.DataReceived(pdu.pdvs)
        if action is Action.AA_8 or action is Action.AA_7 or action is Action.AA_1:
            self._refuse(action, UnexpectedPdu(pdus.PDU_NAMES[kind], before.words), now)
        if before is State.AWAITING_TRANSPORT_CLOSE:
            return None
        return self._indication(pdu, before)

    def _take_request(self, now: int) -> Indication:
        """Take the A-ASSOCIATE-RQ that an acceptor waits for, if it is of our version of the protocol."""
        data = self._undecoded or b""
        version = int.from_bytes(data[6:8])
        if version & 1 or len(data) < 8:  # one too short is found out when it is decoded
            self._step(StateEvent.ASSOCIATE_RQ)
            self._artim = None
            return indications.AssociateRequested(len(data))
        self._undecoded = None
        self._step(StateEvent.ASSOCIATE_RQ, REQUEST_REFUSED)
        self._artim = now + ARTIM_NS
        self._send(_UNSUPPORTED_VERSION.encode())
        raise RemoteProtocolError(
            f"the peer does not speak version 1 of the protocol: its A-ASSOCIATE-RQ has 0x{version:04X}",
            "PS3.8 9.3.2",
            offset=6,
            kind="version",
        )

    def _indication(self, pdu: pdus.AnyPdu, before: State) -> Indication:
        match pdu:
            case pdus.AssociateAc():
                proposed = self._request.contexts if self._request else ()
                return indications.Accepted(pdu, negotiated(proposed, pdu.contexts))
            case pdus.AssociateRj():
                return indications.Rejected(pdu)
            case pdus.Abort():
                return indications.Aborted(pdu.source, pdu.reason)
            case pdus.ReleaseRq():
                return indications.ReleaseRequested(collision=before is State.AWAITING_RELEASE_RESPONSE)
            case _:
                return indications.ReleaseConfirmed()

    def _closed(self) -> Indication:
        self._step(StateEvent.TRANSPORT_CLOSED)
        return indications.TransportClosed(self._reader.partial)

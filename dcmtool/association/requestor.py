"""The requestor's procedures of an association: connect, TLS, associate, release, abort (PS3.8 7, 9.2)."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import TYPE_CHECKING

from dcmtool.association.exchange import MOST_DISCARDED, Exchange, released_and_closed
from dcmtool.errors import (
    ConnectionLost,
    NothingAccepted,
    Rejection,
    TlsFailure,
    TlsWanted,
    UnexpectedResponse,
)
from dcmtool.settings import Peer, Timeouts
from dcmtool.steps import Connected, Deadline, Procedure, TlsSession, connect, earliest, start_tls
from dcmtool.upper_layer import indications
from dcmtool.upper_layer.association import Association
from dcmtool.upper_layer.contexts import PresentationContext
from dcmtool.upper_layer.indications import Accepted
from dcmtool.upper_layer.pdus import AssociateRq
from dcmtool.upper_layer.states import State

if TYPE_CHECKING:
    from dcmtool.events import Emit

_PDV_HEADER = 6  # an empty PDV counts too
_UNANSWERABLE = (ConnectionLost, TlsFailure, TlsWanted)  # nobody is there to hear of an abort


class Requestor:
    """One association with a peer, from the connection to its end; the procedures are run in this order.

    What they wait for is bounded by `timeouts` and by `overall`, the end of the whole run. What happens is
    emitted; what is odd and does no harm is said to `warn`. All that they raise on their own is a `Cause`.
    """

    def __init__(
        self,
        peer: Peer,
        associate_rq: AssociateRq,
        timeouts: Timeouts,
        now: int,
        overall: Deadline | None = None,
        emit: "Emit | None" = None,
        warn: Callable[[str], None] | None = None,
    ) -> None:
        self.exchange = Exchange(Association.requestor(associate_rq, emit), now, overall)
        self._peer, self._associate_rq, self._timeouts, self._emit = peer, associate_rq, timeouts, emit
        self._warn = warn
        self._connected_by: Deadline | None = None
        self._late = 0  # bytes of data that came during the release

    # To the association -----------------------------------------------------------------------------

    def connect(self, *, secured: bool = False) -> Procedure[Connected]:
        """Connect to the peer; `secured` says that TLS is to follow."""
        exchange, peer, timeouts = self.exchange, self._peer, self._timeouts
        if self._emit is not None:
            from dcmtool import events  # loaded where somebody listens alone
            from dcmtool.upper_layer.hidden import without_secrets

            self._emit(events.Requesting(peer, secured, without_secrets(self._associate_rq)), None)
        self._connected_by = exchange.within("connect", timeouts.connect)
        connected = yield from connect(peer.host, peer.port, peer.family, self._connected_by, timeouts.socket)
        exchange.now = connected.connected_at
        if self._emit is not None:
            from dcmtool import events

            self._emit(events.TransportOpened(connected.address, connected.port, timeouts.socket), None)
        return connected

    def start_tls(self) -> Procedure[TlsSession]:
        """Secure the connection.

        Raises:
            TlsFailure: there is no session, or it was refused for its certificate, and then the error has it.
        """
        host = self._peer.host
        try:
            secured = yield from start_tls(host, earliest(self._connected_by, self._acse_deadline()))
        except TlsFailure as failure:
            if self._emit is not None and failure.session is not None:
                from dcmtool import events

                self._emit(events.TlsRefused(failure.session, host), None)
            raise
        self.exchange.now = secured.at
        if self._emit is not None:
            from dcmtool import events

            self._emit(events.TlsEstablished(secured.session, host), None)
        return secured.session

    def associate(self) -> Procedure[Accepted]:
        """Request the association; return the acceptance, which may be of no context.

        Raises:
            Rejection: the peer rejects it.
        """
        if self._emit is not None:
            from dcmtool import events

            self._emit(events.Associating(), None)
        exchange = self.exchange
        exchange.association.transport_opened()
        deadline = self._acse_deadline()
        yield from exchange.flush(deadline)
        indication = yield from exchange.next_indication("answer to A-ASSOCIATE-RQ", deadline)
        if isinstance(indication, indications.Rejected):
            raise Rejection(*indication.answer)
        assert isinstance(indication, Accepted), "the state table allows no other"
        if self._emit is not None:
            from dcmtool import events
            from dcmtool.upper_layer.hidden import without_secrets

            shown = without_secrets(self._associate_rq), without_secrets(indication.answer)
            self._emit(events.Negotiated(*shown, indication.contexts), "peer")
        return indication

    # To its end -------------------------------------------------------------------------------------

    def release(self) -> Procedure[None]:
        """Release the association in order.

        Raises:
            UnexpectedResponse: the peer sends data without end instead of A-RELEASE-RP.
        """
        deadline = yield from self.request_release()
        yield from self.await_release(deadline)

    def request_release(self) -> Procedure[Deadline | None]:
        """Begin the release; return until when to wait for its end."""
        if self._emit is not None:
            from dcmtool import events

            self._emit(events.Releasing(), "local")
        yield from self.exchange.read_clock()
        deadline = self._acse_deadline()
        self.exchange.association.release()
        return deadline

    def await_release(self, deadline: Deadline | None) -> Procedure[None]:
        """Send A-RELEASE-RQ if it is not sent yet, and wait for its answer; raises what `release` does."""
        exchange, collided = self.exchange, False
        while exchange.association.state is not State.IDLE:
            try:
                yield from exchange.flush(deadline)
                indication = yield from exchange.next_indication("A-RELEASE-RP", deadline)
            except ConnectionLost as lost:
                if collided:
                    raise released_and_closed() from lost
                raise
            if isinstance(indication, indications.ReleaseRequested):  # a collision (PS3.8 9.2, AR-8, AR-9)
                collided = True
                exchange.association.respond_to_release(exchange.now)
            elif isinstance(indication, indications.DataReceived):
                self._discard(indication)

    def _discard(self, indication: indications.DataReceived) -> None:
        """Pass over data that comes before A-RELEASE-RP, as it may (PS3.8 9.2, AR-6): nobody asked for it."""
        if self._late == 0 and self._warn is not None:
            self._warn("the peer sent data during the release, which is passed over (PS3.8 9.2, AR-6)")
        self._late += sum(_PDV_HEADER + len(pdv.data) for pdv in indication.pdvs)
        if self._late > MOST_DISCARDED:
            raise UnexpectedResponse(
                f"the peer sent more than {MOST_DISCARDED} bytes of data instead of A-RELEASE-RP",
                "PS3.8 7.2.2",
            )

    def abort(self) -> Procedure[int]:
        """Abort the association, if there is one, and wait for the peer to close; return when it began."""
        exchange = self.exchange
        begun = yield from exchange.read_clock()
        if exchange.association.state is not State.IDLE and self._emit is not None:
            from dcmtool import events

            self._emit(events.Aborting(), "local")
        exchange.association.abort(begun)
        yield from exchange.wait_for_close()
        return begun

    def abandon(self, cause: BaseException) -> Procedure[None]:
        """End the association as well as it can be after a failure; what fails now is not news."""
        opening = self.exchange.association.state is State.AWAITING_TRANSPORT_OPEN
        if opening or isinstance(cause, _UNANSWERABLE):
            return
        with suppress(KeyboardInterrupt):  # stopped once more: close at once
            yield from self.abort()

    def _acse_deadline(self) -> Deadline | None:
        return self.exchange.within("acse", self._timeouts.acse)


def first_accepted(contexts: Iterable[PresentationContext]) -> PresentationContext:
    """Return the first context that messages may use.

    Raises:
        NothingAccepted: there is none.
    """
    answered = tuple(contexts)
    for context in answered:
        if context.accepted:
            return context
    raise NothingAccepted(tuple((context.context_id, _result(context)) for context in answered))


def _result(context: PresentationContext) -> str:
    return "no answer" if context.result is None else context.result_text

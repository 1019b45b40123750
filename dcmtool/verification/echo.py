"""The Verification SCU's procedure (PS3.4 A.2, PS3.7 9.1.5), written once as a generator of steps."""

from collections.abc import Iterable
from functools import lru_cache, partial
from itertools import count
from typing import TYPE_CHECKING

from dcmtool.association.proposal import Proposal, associate_rq, user_identity
from dcmtool.association.requestor import Requestor, first_accepted
from dcmtool.dimse import status
from dcmtool.dimse.command_set import CommandSet
from dcmtool.dimse.fragments import largest_fragment
from dcmtool.dimse.messages import CEchoRsp
from dcmtool.errors import (
    AssociationAborted,
    AssociationFailed,
    AssociationRejected,
    Cause,
    EchoFailed,
    Interrupted,
    NoConnection,
    NoPresentationContext,
    NothingAccepted,
    PeerAbort,
    Rejection,
    ReleaseFailed,
    RemoteProtocolError,
    StatusNotSuccess,
    TlsFailed,
    TlsFailure,
    TlsWanted,
    UnexpectedResponse,
    VerificationFailed,
)
from dcmtool.settings import EchoRequest, Negotiation
from dcmtool.steps import Deadline, Procedure, close, earliest
from dcmtool.text import brief
from dcmtool.uids import VERIFICATION_SOP_CLASS, described
from dcmtool.upper_layer.contexts import PresentationContext
from dcmtool.upper_layer.pdus import AssociateRq
from dcmtool.upper_layer.user_information import MaximumLength, find
from dcmtool.verification.c_echo import CEcho, unsolicited
from dcmtool.verification.report import EchoReport, Reply

if TYPE_CHECKING:
    from dcmtool.emitter import Emitter

_BY_STAGE: dict[str, type[VerificationFailed]] = {
    "connect": NoConnection,
    "tls": TlsFailed,
    "associate": AssociationFailed,
    "echo": EchoFailed,
    "release": ReleaseFailed,
}
_BY_CAUSE: dict[type[Cause], type[VerificationFailed]] = {
    TlsFailure: TlsFailed,
    TlsWanted: TlsFailed,
    PeerAbort: AssociationAborted,
    Rejection: AssociationRejected,
    NothingAccepted: NoPresentationContext,
}
# Failures that are what the peer sent, not what we missed.
_BY_PEER = (Rejection, PeerAbort, RemoteProtocolError, UnexpectedResponse)
_GRACE = 1  # seconds that Ctrl-C leaves the peer for what it has been asked


def proposal(negotiation: Negotiation) -> Proposal:
    """Return what an echo proposes: equal contexts for Verification, one of which is used."""
    context = (VERIFICATION_SOP_CLASS, negotiation.transfer_syntaxes)
    contexts = (context,) * negotiation.contexts
    identity = None if negotiation.identity is None else user_identity(negotiation.identity)
    titles = negotiation.calling_aet, negotiation.called_aet
    return Proposal(*titles, contexts, negotiation.max_pdu, user_identity=identity)


@lru_cache(maxsize=64)  # a monitor asks its nodes the same again and again
def _usual_rq(negotiation: Negotiation) -> AssociateRq:
    return associate_rq(proposal(negotiation))


def _associate_rq(negotiation: Negotiation) -> AssociateRq:
    if negotiation.identity is None:
        return _usual_rq(negotiation)
    return associate_rq.__wrapped__(proposal(negotiation))  # no secret is kept


def verify(
    request: EchoRequest,
    started: int,
    emitter: "Emitter | None" = None,
    *,
    detail: bool = True,
    orderly: bool = False,
) -> Procedure[EchoReport]:
    """Verify a node: yield the steps to take, return the report.

    `started` is the time in monotonic nanoseconds. Warnings and failures are emitted, and with `detail`
    everything else. No failure is raised: the report holds it. Ctrl-C aborts the association;
    with `orderly`, and where the request watches, it ends in order, and only a second one aborts it.
    """
    _warn_of_exposure(request, emitter)
    orderly = orderly or request.watches
    numbers = range(request.repeat) if request.repeat else count()
    seconds = request.timeouts.deadline
    overall = None if seconds is None else Deadline.after(started, "deadline", seconds)

    # The annotation is text: making its type would take longer than all else here.
    def associate(numbers: Iterable[int], started: int) -> "Procedure[EchoReport]":
        return _Verification(request, numbers, started, overall, emitter, detail, orderly).run()

    if not request.reconnect:
        return associate(numbers, started)
    from dcmtool.verification.reconnecting import verify_each

    return verify_each(request, numbers, started, overall, emitter, associate)


class _Verification:
    """The state of one run on one association: how far it is, and what is known."""

    def __init__(
        self,
        request: EchoRequest,
        numbers: Iterable[int],
        started: int,
        overall: Deadline | None,
        emitter: "Emitter | None",
        detail: bool,
        orderly: bool,
    ) -> None:
        self._emit = emitter if detail else None
        # No method of this object, so that all of it is freed at its end: a watch runs for days.
        self._warn = partial(_warn, emitter)
        self._requestor = Requestor(
            request.peer,
            _associate_rq(request.negotiation),
            request.timeouts,
            started,
            overall,
            self._emit,
            self._warn,
        )
        self._exchange = self._requestor.exchange
        self._request = request
        self._numbers = numbers  # of the echoes, from 0
        self._started = started
        self._report = EchoReport(request.peer.host, request.peer.port)
        self._emitter = emitter
        self._orderly = orderly
        self._equals: tuple[int, ...] = ()  # the contexts that a response may come on as well
        self._interrupt: KeyboardInterrupt | None = None  # after which the association ends in order

    def run(self) -> Procedure[EchoReport]:
        try:
            yield from self._connect()
            if self._request.tls is not None:
                yield from self._start_tls()
            context, max_pdv = yield from self._associate()
            yield from self._echo_all(context, max_pdv)
            yield from self._finish()
            self._report.stage = "done"
        except Cause as cause:
            self._fail(failure_at(self._report.stage, cause))
            yield from self._give_up(cause)
        except KeyboardInterrupt as interrupt:
            self._fail(Interrupted(self._report.stage, interrupt))
            yield from self._give_up(interrupt)
        yield from close()
        return self._report

    # The stages -------------------------------------------------------------------------------------

    def _connect(self) -> Procedure[None]:
        connected = yield from self._requestor.connect(secured=self._request.tls is not None)
        self._report.address, self._report.source = connected.address, connected.source
        self._report.phases.resolve = connected.resolved_at - self._started
        self._report.phases.connect = connected.connected_at - connected.resolved_at

    def _start_tls(self) -> Procedure[None]:
        self._report.stage = "tls"
        begun = self._exchange.now
        try:
            self._report.tls = yield from self._requestor.start_tls()
        except TlsFailure as failure:
            self._report.tls = failure.session
            raise
        self._report.phases.tls = self._exchange.now - begun

    def _associate(self) -> Procedure[tuple[PresentationContext, int]]:
        self._report.stage = "associate"
        begun = self._exchange.now
        accepted = yield from self._requestor.associate()
        self._report.phases.associate = self._exchange.now - begun
        self._report.accepted = accepted
        context = first_accepted(accepted.contexts)
        self._equals = _equal_to(context, accepted.contexts)
        self._report.stage = "echo"
        self._check_identity()
        maximum = find(accepted.answer.user_information, MaximumLength)
        max_pdv = largest_fragment(maximum.value if maximum else 0)
        if self._emit is not None:
            from dcmtool import events  # loaded where somebody listens alone

            self._emit(events.Established(context, max_pdv), "peer")
        return context, max_pdv

    def _check_identity(self) -> None:
        """Warn where the peer does not confirm who the user is, as it was asked to."""
        identity = self._request.negotiation.identity
        if identity is not None and identity.positive_response and self._report.identity_confirmed is False:
            self._warn(
                "the peer accepted the association without confirming the user identity: "
                "it may not have looked at it (PS3.7 D.3.3.7)"
            )

    def _echo_all(self, context: PresentationContext, max_pdv: int) -> Procedure[None]:
        if not context.transfer_syntax_was_proposed:
            self._warn(
                f"the peer accepted presentation context {context.context_id} with the transfer syntax "
                f"{brief(described(context.transfer_syntax))}, which was not proposed (PS3.8 9.3.3.2)"
            )
        seconds = self._request.timeouts.dimse
        c_echo = CEcho(
            self._exchange, context.context_id, max_pdv, seconds, self._emit, self._warn, self._equals
        )
        begun = due = self._exchange.now
        interval = int(self._request.interval * 1_000_000_000)
        for number in self._numbers:
            if interval and self._interrupt is None:
                due = (yield from self._pause(due)) + interval
            if self._interrupt is not None:
                break
            # 0 confuses peers, so 65535 is followed by 1 (PS3.7 9.1.5.1.1 asks only for a unique number)
            yield from self._echo(c_echo, number % 0xFFFF + 1)
        self._report.phases.echo = self._exchange.now - begun
        if self._interrupt is not None:
            self._fail(Interrupted(self._report.stage, self._interrupt))

    def _pause(self, due: int) -> Procedure[int]:
        """Wait until an echo is due, and return when it starts; nothing may come from the peer."""
        try:
            indication = yield from self._exchange.next_indication_until("time for the next echo", due)
            if indication is not None:
                raise unsolicited(indication)
        except KeyboardInterrupt as interrupt:
            self._interrupt = interrupt
        return max(due, self._exchange.now)

    def _echo(self, c_echo: CEcho, message_id: int) -> Procedure[None]:
        sent, deadline = yield from c_echo.send(message_id)
        echoes = self._report.echoes
        echoes.sent += 1
        try:
            come = yield from c_echo.receive(message_id, deadline)
        except KeyboardInterrupt as interrupt:
            if not self._orderly:
                raise
            come = yield from self._last_response(c_echo, message_id, deadline, interrupt)
        response = c_echo.response(message_id, sent, come)
        reply = Reply(message_id, response.status, self._exchange.now - sent)
        echoes.add(reply)
        if self._emit is not None:
            from dcmtool import events

            self._emit(events.EchoAnswered(response, reply.round_trip), "peer")
        if response.status != status.SUCCESS:
            meaning = status.meaning(response.status)
            self._fail(EchoFailed("echo", StatusNotSuccess(response.status, meaning, response.error_comment)))

    def _last_response(
        self, c_echo: CEcho, message_id: int, deadline: Deadline | None, interrupt: KeyboardInterrupt
    ) -> Procedure[CEchoRsp | CommandSet]:
        """Wait for the response a little longer after Ctrl-C, so that the association ends in order."""
        self._interrupt = interrupt
        try:
            return (yield from c_echo.receive(message_id, (yield from self._grace(deadline))))
        except Cause as cause:
            raise interrupt from cause

    # How it ends ------------------------------------------------------------------------------------

    def _finish(self) -> Procedure[None]:
        self._report.stage = "release"
        if self._request.abort:
            begun = yield from self._requestor.abort()
            self._report.phases.release = (yield from self._exchange.read_clock()) - begun
        else:
            yield from self._release()

    def _release(self) -> Procedure[None]:
        deadline = yield from self._requestor.request_release()
        begun = self._exchange.now
        try:
            yield from self._requestor.await_release(deadline)
        except KeyboardInterrupt as interrupt:
            if self._interrupt is not None or not self._orderly:
                raise
            self._interrupt = interrupt
            self._fail(Interrupted(self._report.stage, interrupt))
            yield from self._requestor.await_release((yield from self._grace(deadline)))
        self._report.phases.release = self._exchange.now - begun

    def _give_up(self, cause: BaseException) -> Procedure[None]:
        """End the association as well as it can be after a failure."""
        if isinstance(cause, NothingAccepted):
            try:
                yield from self._release()  # PS3.8 9.2: an association is not ended by closing
                return
            except (Cause, KeyboardInterrupt) as failure:
                cause = failure  # which leaves the abort
        yield from self._requestor.abandon(cause)

    def _grace(self, deadline: Deadline | None) -> Procedure[Deadline | None]:
        """Return the end of a wait that Ctrl-C cuts short."""
        now = yield from self._exchange.read_clock()
        return earliest(deadline, Deadline.after(now, "Ctrl-C", _GRACE))

    def _fail(self, failure: VerificationFailed) -> None:
        if self._report.error is None:
            self._report.error = failure
        if self._emitter is not None:
            from dcmtool import events

            said = isinstance(failure.cause, _BY_PEER)
            self._emitter(events.Failed(failure), "peer" if said else None)


def _warn(emitter: "Emitter | None", sentence: str) -> None:
    if emitter is not None:
        from dcmtool import events

        emitter(events.Warned(sentence), None)


def _warn_of_exposure(request: EchoRequest, emitter: "Emitter | None") -> None:
    identity = request.negotiation.identity
    if identity is None or emitter is None:
        return
    sentence = identity.exposure(request.tls)
    if sentence is not None:
        from dcmtool import events

        emitter(events.Warned(sentence), None)


def _equal_to(context: PresentationContext, contexts: Iterable[PresentationContext]) -> tuple[int, ...]:
    """Return the IDs of the other accepted contexts of the same abstract syntax.

    Some nodes keep one context a SOP class, the last one accepted, and answer on that.
    """
    syntax = context.proposed.abstract_syntax
    return tuple(
        other.context_id
        for other in contexts
        if other.accepted and other.proposed.abstract_syntax == syntax and other is not context
    )


def failure_at(stage: str, cause: Cause) -> VerificationFailed:
    """Return the failure that a cause is at a stage: connect, tls, associate, echo or release."""
    failure = _BY_CAUSE.get(type(cause), _BY_STAGE[stage])(stage, cause)
    failure.__cause__ = cause
    return failure

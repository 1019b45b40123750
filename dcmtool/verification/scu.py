"""The Verification SCU's procedure (PS3.4 A.2, PS3.7 9.1.5), written once as a generator of steps."""

from collections.abc import Generator, Iterable
from contextlib import suppress
from functools import lru_cache
from itertools import count
from typing import Any, cast

from dcmtool.dimse import command_set, messages, status
from dcmtool.dimse.fragments import CommandReassembler, fragment, largest_fragment
from dcmtool.errors import (
    AssociationAborted,
    AssociationFailed,
    AssociationRejected,
    Cause,
    ConnectionLost,
    EchoFailed,
    Interrupted,
    NoConnection,
    NoPresentationContext,
    NothingAccepted,
    PeerAbort,
    Rejection,
    ReleaseFailed,
    StatusNotSuccess,
    TlsFailed,
    TlsFailure,
    TlsWanted,
    UnexpectedResponse,
    VerificationFailed,
)
from dcmtool.settings import EchoRequest, Negotiation
from dcmtool.steps import (
    Clock,
    Close,
    Connect,
    Connected,
    Deadline,
    Secured,
    StartTls,
    Step,
    earliest,
)
from dcmtool.text import printable
from dcmtool.uids import (
    IMPLEMENTATION_CLASS_UID,
    IMPLEMENTATION_VERSION_NAME,
    VERIFICATION_SOP_CLASS,
    described,
)
from dcmtool.upper_layer import events
from dcmtool.upper_layer.contexts import PresentationContext, propose
from dcmtool.upper_layer.pdus import AssociateRq
from dcmtool.upper_layer.states import State
from dcmtool.upper_layer.user_information import (
    ImplementationClassUid,
    ImplementationVersionName,
    MaximumLength,
    find,
)
from dcmtool.verification import progress
from dcmtool.verification.conversation import Conversation, Procedure
from dcmtool.verification.report import EchoReport, Reply

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


_UNANSWERABLE = (ConnectionLost, TlsFailure, TlsWanted)  # nobody is there to hear of an abort

_IMPLEMENTATION = (
    ImplementationClassUid(IMPLEMENTATION_CLASS_UID),
    ImplementationVersionName(IMPLEMENTATION_VERSION_NAME),
)


@lru_cache(maxsize=64)  # a monitor asks its nodes the same again and again
def associate_rq(negotiation: Negotiation) -> AssociateRq:
    """Return the A-ASSOCIATE-RQ that says what is to be negotiated."""
    return AssociateRq(
        negotiation.called_aet,
        negotiation.calling_aet,
        propose(negotiation.contexts, VERIFICATION_SOP_CLASS, negotiation.transfer_syntaxes),
        (MaximumLength(negotiation.max_pdu), *_IMPLEMENTATION),
    )


def verify(
    request: EchoRequest,
    started: int,
    listener: progress.Listener | None = None,
    *,
    detail: bool = True,
    orderly: bool = False,
) -> Generator[Step, Any, EchoReport]:
    """Verify a node: yield the steps to take, return the report.

    `started` is the time in monotonic nanoseconds. The listener hears of warnings and failures, and with
    `detail` of everything else. No failure is raised: the report holds it. Ctrl-C aborts the association;
    with `orderly`, and where the request watches, it ends in order, and only a second one aborts it.
    """
    orderly = orderly or request.watches
    numbers = range(request.repeat) if request.repeat else count()
    seconds = request.timeouts.deadline
    overall = None if seconds is None else Deadline.after(started, "--deadline", seconds)

    def associate(numbers: Iterable[int], started: int) -> Generator[Step, Any, EchoReport]:
        return _Verification(request, numbers, started, overall, listener, detail, orderly).run()

    if not request.reconnect:
        return associate(numbers, started)
    from dcmtool.verification.reconnecting import verify_each

    return verify_each(request, numbers, started, overall, listener, associate)


class _Verification(Conversation):
    """The state of one run: where it is, what time it is, what is known."""

    def __init__(
        self,
        request: EchoRequest,
        numbers: Iterable[int],
        started: int,
        overall: Deadline | None,
        listener: progress.Listener | None,
        detail: bool,
        orderly: bool,
    ) -> None:
        self._tell = listener if detail else None
        super().__init__(associate_rq(request.negotiation), started, request.timeouts, overall, self._tell)
        self.request = request
        self._numbers = numbers  # of the echoes, from 0
        self.started = started
        self.report = EchoReport(request.peer.host, request.peer.port)
        self._problem = listener
        self._orderly = orderly
        self._interrupt: KeyboardInterrupt | None = None  # after which the association ends in order
        self._connection_deadline: Deadline | None = None

    def run(self) -> Generator[Step, Any, EchoReport]:
        try:
            yield from self._connect()
            if self.request.tls is not None:
                yield from self._start_tls()
            context, size = yield from self._associate()
            yield from self._echo_all(context, size)
            yield from self._finish()
            self.report.stage = "done"
        except Cause as cause:
            self._fail(_failure(self.report.stage, cause))
            yield from self._give_up(cause)
        except KeyboardInterrupt as interrupt:
            self._fail(Interrupted(self.report.stage, interrupt))
            yield from self._give_up(interrupt)
        yield Close()
        return self.report

    # The stages -------------------------------------------------------------------------------------

    def _connect(self) -> Procedure:
        if self._tell is not None:
            self._tell(progress.Requesting(self.request, self._associate_rq))
        peer, timeouts = self.request.peer, self.request.timeouts
        self._connection_deadline = earliest(
            self._budget("-to, connection timeout", timeouts.connect), self._overall
        )
        connected: Connected = yield Connect(
            peer.host, peer.port, peer.family, self._connection_deadline, timeouts.socket
        )
        self.now = connected.connected_at
        self.report.address = connected.address
        self.report.phases.resolve = connected.resolved_at - self.started
        self.report.phases.connect = connected.connected_at - connected.resolved_at
        if self._tell is not None:
            self._tell(progress.TransportOpened(connected.address, connected.port, timeouts.socket))

    def _start_tls(self) -> Procedure:
        self.report.stage = "tls"
        begun = self.now
        host = self.request.peer.host
        try:
            secured: Secured = yield StartTls(
                host, earliest(self._connection_deadline, self._acse_deadline())
            )
        except TlsFailure as failure:
            self.report.tls = failure.session
            if self._tell is not None and failure.session is not None:
                self._tell(progress.SessionRefused(failure.session, host))
            raise
        self.now = secured.at
        self.report.phases.tls = self.now - begun
        self.report.tls = secured.session
        if self._tell is not None:
            self._tell(progress.Secured(secured.session, host))

    def _associate(self) -> Generator[Step, Any, tuple[PresentationContext, int]]:
        self.report.stage = "associate"
        if self._tell is not None:
            self._tell(progress.Associating())
        begun = self.now
        self._association.transport_opened()
        deadline = self._acse_deadline()
        yield from self._flush(deadline)
        indication = yield from self._next_indication("answer to A-ASSOCIATE-RQ", deadline)
        if isinstance(indication, events.Rejected):
            raise Rejection(*indication.answer)
        accepted = cast(events.Accepted, indication)  # the state table allows no other
        self.report.phases.associate = self.now - begun
        self.report.accepted = accepted
        if self._tell is not None:
            self._tell(progress.Negotiated(self.request, self._associate_rq, *accepted))
        context = next((context for context in accepted.contexts if context.accepted), None)
        if context is None:
            raise NothingAccepted(tuple((c.context_id, _result(c)) for c in accepted.contexts))
        self.report.stage = "echo"
        maximum = find(accepted.answer.user_information, MaximumLength)
        size = largest_fragment(maximum.value if maximum else 0)
        if self._tell is not None:
            self._tell(progress.Established(context, size))
        return context, size

    def _echo_all(self, context: PresentationContext, size: int) -> Procedure:
        if not context.transfer_syntax_was_proposed:
            self._warn(
                f"the peer accepted presentation context {context.context_id} with the transfer syntax "
                f"{printable(described(context.transfer_syntax))}, which was not proposed (PS3.8 9.3.3.2)"
            )
        begun = due = self.now
        interval = int(self.request.interval * 1_000_000_000)
        reassembler = CommandReassembler(context.context_id)
        for number in self._numbers:
            if interval and self._interrupt is None:
                due = (yield from self._pause(due)) + interval
            if self._interrupt is not None:
                break
            # 0 confuses peers, so 65535 is followed by 1 (PS3.7 9.1.5.1.1 asks only for a unique number)
            yield from self._echo(context.context_id, size, number % 0xFFFF + 1, reassembler)
        self.report.phases.echo = self.now - begun
        if self._interrupt is not None:
            self._fail(Interrupted(self.report.stage, self._interrupt))

    def _pause(self, due: int) -> Generator[Step, Any, int]:
        """Wait until an echo is due; return when it starts."""
        try:
            yield from self._wait_until(due)
        except KeyboardInterrupt as interrupt:
            self._interrupt = interrupt
        return max(due, self.now)

    def _echo(
        self, context_id: int, size: int, message_id: int, reassembler: CommandReassembler
    ) -> Procedure:
        command = messages.c_echo_rq(message_id)
        if self._tell is not None:
            self._tell(progress.EchoSending(context_id, message_id, command))
        self._association.send_data(fragment(command, context_id, size))
        deadline = self._overall
        if self.request.timeouts.dimse is not None:
            self.now = yield Clock()
            deadline = earliest(self._budget("-td, DIMSE timeout", self.request.timeouts.dimse), deadline)
        sent = yield from self._flush(deadline)
        echoes = self.report.echoes
        echoes.sent += 1
        try:
            elements = yield from self._next_command(reassembler, deadline)
        except KeyboardInterrupt as interrupt:
            if not self._orderly:
                raise
            elements = yield from self._last_command(reassembler, deadline, interrupt)
        if self._tell is not None:
            self._tell(progress.MessageReceived(context_id, elements))
        response = messages.CEchoRsp.from_command_set(elements, message_id)
        if self.now < sent:
            raise UnexpectedResponse("the peer sent the response before it had the request", "PS3.7 9.3.5.2")
        reply = Reply(message_id, response.status, self.now - sent)
        echoes.add(reply)
        if self._tell is not None:
            self._tell(progress.EchoAnswered(response, reply.round_trip))
        if response.status != status.SUCCESS:
            meaning = status.meaning(response.status)
            self._fail(EchoFailed("echo", StatusNotSuccess(response.status, meaning, response.error_comment)))

    def _last_command(
        self, reassembler: CommandReassembler, deadline: Deadline | None, interrupt: KeyboardInterrupt
    ) -> Generator[Step, Any, command_set.CommandSet]:
        """Wait for the response a little longer after Ctrl-C, so that it ends in order."""
        self._interrupt = interrupt
        try:
            return (yield from self._next_command(reassembler, (yield from self._grace(deadline))))
        except Cause as cause:
            raise interrupt from cause

    def _finish(self) -> Procedure:
        self.report.stage = "release"
        if self.request.abort:
            yield from self._abort()
        else:
            yield from self._release()

    # How it ends ------------------------------------------------------------------------------------

    def _release(self) -> Procedure:
        if self._tell is not None:
            self._tell(progress.Releasing())
        begun = self.now = yield Clock()
        deadline = self._acse_deadline()
        self._association.release()
        try:
            yield from self._await_release(deadline)
        except KeyboardInterrupt as interrupt:
            if self._interrupt is not None or not self._orderly:
                raise
            self._interrupt = interrupt
            self._fail(Interrupted(self.report.stage, interrupt))
            yield from self._await_release((yield from self._grace(deadline)))
        self.report.phases.release = self.now - begun

    def _await_release(self, deadline: Deadline | None) -> Procedure:
        while self._association.state is not State.IDLE:
            yield from self._flush(deadline)
            indication = yield from self._next_indication("A-RELEASE-RP", deadline)
            if isinstance(indication, events.ReleaseRequested):  # a collision (PS3.8 9.2, AR-8, AR-9)
                self._association.respond_to_release(self.now)
            elif isinstance(indication, events.DataReceived):  # not ours: every request has its response
                raise UnexpectedResponse("the peer sent data instead of A-RELEASE-RP", "PS3.8 7.2.2")

    def _abort(self) -> Procedure:
        if self._tell is not None:
            self._tell(progress.Aborting())
        begun = self.now = yield Clock()
        self._association.abort(self.now)
        yield from self._wait_for_close()
        self.now = yield Clock()
        self.report.phases.release = self.now - begun

    def _give_up(self, cause: BaseException) -> Procedure:
        """End the association as well as it can be after a failure; what fails now is not news."""
        if isinstance(cause, NothingAccepted):
            try:
                yield from self._release()  # PS3.8 9.2: an association is not ended by closing
                return
            except (Cause, KeyboardInterrupt) as failure:
                cause = failure  # which leaves the abort
        if isinstance(cause, _UNANSWERABLE) or self.report.stage in ("connect", "tls"):
            return
        with suppress(KeyboardInterrupt):  # stopped once more: close at once
            yield from self._abort_after_failure()

    def _abort_after_failure(self) -> Procedure:
        self.now = yield Clock()
        if self._association.state is not State.IDLE and self._tell is not None:
            self._tell(progress.Aborting())
        self._association.abort(self.now)
        yield from self._wait_for_close()

    def _fail(self, failure: VerificationFailed) -> None:
        if self.report.error is None:
            self.report.error = failure
        if self._problem is not None:
            self._problem(progress.Failed(failure))

    def _warn(self, sentence: str) -> None:
        if self._problem is not None:
            self._problem(progress.Warned(sentence))


def _result(context: PresentationContext) -> str:
    return "no answer" if context.result is None else context.result_text


def _failure(stage: str, cause: Cause) -> VerificationFailed:
    failure = _BY_CAUSE.get(type(cause), _BY_STAGE[stage])(stage, cause)
    failure.__cause__ = cause
    return failure

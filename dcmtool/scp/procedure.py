"""One connection, from its beginning to its end, with what is to go wrong on purpose."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from dcmtool.association.acceptor import Acceptor
from dcmtool.diagnosis.callers.call import Stage
from dcmtool.errors import (
    Cause,
    ConnectionLost,
    DeadlineExpired,
    MaximumLengthTooSmall,
    NoRoom,
    NotDicom,
    PeerAbort,
    Rejection,
    RemoteProtocolError,
    Stopped,
    TlsFailure,
    reason_of,
)
from dcmtool.room import Room
from dcmtool.scp import negotiation
from dcmtool.scp.explanation import CallNotes
from dcmtool.scp.record import ConnectionOutcome, Record, RequestSummary, TlsFacts
from dcmtool.scp.settings import ScpSettings
from dcmtool.steps import Deadline, Procedure, clock, start_tls
from dcmtool.tls.stream import looks_like_tls
from dcmtool.upper_layer.pdus import AssociateRj, AssociateRq
from dcmtool.upper_layer.user_information import MaximumLength, find

if TYPE_CHECKING:
    from dcmtool.events import Emit

_LEAVING = 250_000_000  # ns for a peer that has just gone to free its place


class Places:
    """The places for associations; who finds none is woken once one is free."""

    def __init__(self, count: int) -> None:
        self._count = self._free = count
        self._waiting: dict[Callable[[], object], None] = {}  # in the order in which they came
        self.room = Room()  # for what waits, be it for its rest or for a place

    def take(self, wake: Callable[[], object]) -> bool:
        """Take a place if one is free; if not, `wake` is called once one is, which others may then take."""
        if not self._free:
            self._waiting[wake] = None
            return False
        self._free -= 1
        return True

    def forget(self, wake: Callable[[], object]) -> None:
        """Call that no more: it waits no longer."""
        self._waiting.pop(wake, None)

    @property
    def taken(self) -> int:
        """How many are taken."""
        return self._count - self._free

    def leave(self) -> None:
        """Give a place back."""
        self._free += 1
        waiting, self._waiting = self._waiting, {}
        for wake in waiting:
            wake()


class Ending(NamedTuple):
    """How a connection ended, why in words, and with which numbers it was rejected, if it was."""

    outcome: ConnectionOutcome
    reason: str = ""
    rejection: Rejection | None = None


class Refused(Exception):
    """The association request is refused: with which numbers."""

    def __init__(self, rejection: Rejection) -> None:
        super().__init__(rejection)
        self.rejection = rejection


class AcceptedConnection:
    """Serves one connection.

    `wake` has the driver end a pause of it early; `conclude` is called with its record once it has ended,
    `emit` with what happens meanwhile. The record has findings where `explained_port`, our own, is given.
    """

    def __init__(
        self,
        settings: ScpSettings,
        places: Places,
        peer: tuple[str, int],
        wake: Callable[[], object],
        conclude: Callable[[Record], object],
        emit: "Emit | None" = None,
        *,
        explained_port: int | None = None,
    ) -> None:
        self._emit, self._explained_port = emit, explained_port
        self._settings, self._places, self._peer = settings, places, peer
        self._wake, self._conclude = wake, conclude
        self._has_place = False
        self._tls: TlsFacts | None = None
        self._request: RequestSummary | None = None
        self._accepted = self._echoes = 0
        self._acceptor: Acceptor
        self._notes: CallNotes | None = None

    def run(self) -> Procedure[None]:
        """Serve it to its end."""
        begun = yield from clock()
        if self._emit is not None:
            from dcmtool.events import TransportOpened

            self._emit(TransportOpened(*self._peer, None), "peer")
        self._acceptor = Acceptor(self._settings.max_pdu, begun, self._emit, self._places.room)
        if self._explained_port is not None:
            self._notes = CallNotes(self._settings, self._peer[0], self._explained_port, begun)
        ending = Ending(ConnectionOutcome.ABORTED, "the SCP was ended")
        try:
            ending = yield from self._ending()
            self._leave()
            yield from self._acceptor.finish()
        finally:
            self._leave()
            self._acceptor.give_back()
            self._conclude(self._record(ending, self._acceptor.now - begun))

    def _record(self, ending: Ending, duration: int) -> Record:
        (host, port), (outcome, reason, rejection) = self._peer, ending
        record = Record(
            *(host, port, outcome, duration, reason, self._tls),
            request=self._request,
            accepted=self._accepted,
            echoes=self._echoes,
            status=self._settings.faults.status,
            rejection=rejection,
            warnings=tuple(self._acceptor.warnings),
        )
        notes = self._notes
        return record if notes is None else record._replace(findings=notes.findings(record, self._acceptor))

    def _ending(self) -> Procedure[Ending]:
        """Serve it until nothing but the last PDU is left to send, and return how it ended."""
        try:
            if self._settings.tls is not None:
                yield from self._start_tls()
            return (yield from self._associate_and_serve())
        except (Refused, Cause) as cause:
            if self._notes is not None and isinstance(cause, Cause):
                self._notes.ended(cause)
            ending = self._ended_with(cause)
            _forget_frames(cause)
            return ending

    def _ended_with(self, cause: "Refused | Cause") -> Ending:
        match cause:
            case Refused(rejection=rejection):
                self._acceptor.reject(AssociateRj(*rejection.args))
                return Ending(ConnectionOutcome.REJECTED, rejection.reason_text, rejection)
            case Stopped():
                self._acceptor.abort()
                outcome = ConnectionOutcome.ABORTED if self._request else ConnectionOutcome.NOTHING_SENT
                return Ending(outcome, str(cause))
            case NoRoom():
                return self._ended_without_room(cause)
            case _:
                return self._ended_by(cause) if self._request else self._no_request(cause)

    def _ended_without_room(self, cause: NoRoom) -> Ending:
        """Refuse what cannot be held: a whole request by its rejection, any other PDU by an abort."""
        if self._acceptor.undecoded_request:
            rejection = negotiation.CONGESTION
            self._acceptor.reject(AssociateRj(*rejection.args))
            return Ending(ConnectionOutcome.REJECTED, f"{rejection.reason_text}: {cause}", rejection)
        self._acceptor.refuse_data()
        return Ending(
            ConnectionOutcome.ABORTED if self._request else ConnectionOutcome.NO_REQUEST, str(cause)
        )

    # Before the association -------------------------------------------------------------------------

    def _start_tls(self) -> Procedure[None]:
        secured = yield from start_tls("", self._acse_deadline())
        session = secured.session
        self._acceptor.now = secured.at
        self._tls = TlsFacts(session.protocol, session.cipher, session.certificate)

    def _acse_deadline(self) -> Deadline:
        return Deadline.after(self._acceptor.now, "acse", self._settings.acse_timeout)

    def _associate_and_serve(self) -> Procedure[Ending]:
        acceptor, faults = self._acceptor, self._settings.faults
        yield from acceptor.receive_request(self._acse_deadline())
        self._request = RequestSummary.of_undecoded(acceptor.undecoded_request)
        self._note("requested")
        yield from self._take_place()
        if faults.delay_accept:
            yield from self._delay(faults.delay_accept)
        yield from self._answer(self._decoded())
        return (yield from self._serve())

    def _take_place(self) -> Procedure[None]:
        """Take a place, or wait a little for one."""
        take = partial(self._places.take, self._wake)
        until = self._acceptor.now + _LEAVING
        try:
            self._has_place = yield from self._acceptor.pause(until, take)
        finally:
            self._places.forget(self._wake)
        if not self._has_place:
            raise Refused(negotiation.LIMIT_EXCEEDED)

    def _leave(self) -> None:
        if self._has_place:
            self._has_place = False
            self._places.leave()

    def _decoded(self) -> AssociateRq:
        summary, self._request = self._request, None  # one that cannot be decoded is none
        pdu, notes = self._acceptor.undecoded_request, self._notes
        try:
            request = self._acceptor.decode_request()
        except RemoteProtocolError as error:
            if notes is not None:
                notes.refused_request(error, pdu)
            raise
        self._request = summary and RequestSummary.of(request, pdu)
        if notes is not None:
            notes.took_request(request, pdu)
        return request

    def _answer(self, request: AssociateRq) -> Procedure[None]:
        rejection = self._settings.faults.reject or negotiation.rejection(request, self._settings)
        if rejection is not None:
            raise Refused(rejection)
        answer = negotiation.answer(request, self._acceptor.padded_titles, self._settings)
        longest = find(request.user_information, MaximumLength)
        try:
            yield from self._acceptor.accept(answer, longest.value if longest else 0)
        except MaximumLengthTooSmall:
            self._request = None  # it cannot be answered
            self._note("connected")
            self._acceptor.abort(provider_reason=6)
            raise
        self._accepted = sum(each.result == 0 for each in answer.contexts)
        self._note("accepted")

    def _note(self, stage: Stage) -> None:
        if self._notes is not None:
            self._notes.reached(stage, self._acceptor.now)

    # The association --------------------------------------------------------------------------------

    def _serve(self) -> Procedure[Ending]:
        acceptor, faults, idle = self._acceptor, self._settings.faults, self._settings.idle_timeout
        while True:
            request = yield from acceptor.next_request(Deadline.after(acceptor.now, "idle", idle))
            if request is None:
                self._note("releasing")
                return Ending(ConnectionOutcome.RELEASED, (yield from acceptor.respond_to_release()))
            self._note("asked")
            if self._echoes == faults.abort_after:
                if self._notes is not None:
                    self._notes.aborted_on_purpose()
                acceptor.abort()
                return Ending(ConnectionOutcome.ABORTED, f"on purpose, after {self._echoes} echoes")
            if faults.delay_echo:
                yield from self._delay(faults.delay_echo)
            yield from acceptor.answer_echo(request, faults.status)
            self._echoes += 1
            self._note("echoed")

    def _delay(self, seconds: float) -> Procedure[None]:
        yield from self._acceptor.pause(Deadline.after(self._acceptor.now, "delay", seconds).at)

    # What went wrong --------------------------------------------------------------------------------

    def _no_request(self, cause: Cause) -> Ending:
        """Return how a connection ended on which no association was asked for."""
        partial = self._acceptor.partial
        match cause:
            case TlsFailure():
                return Ending(ConnectionOutcome.TLS_FAILED, cause.what)
            case DeadlineExpired(seconds=seconds) if not partial:
                return Ending(ConnectionOutcome.NOTHING_SENT, f"nothing came within {seconds:g} s")
            case DeadlineExpired(seconds=seconds):
                return Ending(
                    ConnectionOutcome.NO_REQUEST, f"the rest of {partial} did not come within {seconds:g} s"
                )
            case ConnectionLost(error=error):
                outcome = ConnectionOutcome.NO_REQUEST if partial else ConnectionOutcome.NOTHING_SENT
                return Ending(outcome, _lost(cause, partial) if error or partial else "")
            case PeerAbort():
                return Ending(ConnectionOutcome.NO_REQUEST, f"{cause} before it asked for an association")
            case MaximumLengthTooSmall(maximum=maximum):
                return Ending(
                    ConnectionOutcome.NO_REQUEST,
                    f"the peer's A-ASSOCIATE-RQ has a maximum length of {maximum}, too small for any message "
                    "(PS3.8 D.1)",
                )
            case _:
                return Ending(ConnectionOutcome.NO_REQUEST, _in_words(cause))

    def _ended_by(self, cause: Cause) -> Ending:
        """Return how an association ended that was neither released nor rejected."""
        partial = self._acceptor.partial
        match cause:
            case PeerAbort():
                return Ending(ConnectionOutcome.ABORTED_BY_PEER, str(cause))
            case DeadlineExpired(budget="idle", seconds=seconds):
                self._acceptor.abort()
                what = f"the rest of {partial} did not come within" if partial else "nothing came for"
                return Ending(ConnectionOutcome.ABORTED, f"{what} {seconds:g} s")
            case DeadlineExpired(seconds=seconds):
                return Ending(ConnectionOutcome.CONNECTION_LOST, f"the peer did not read for {seconds:g} s")
            case ConnectionLost():
                return Ending(ConnectionOutcome.CONNECTION_LOST, _lost(cause, partial))
            case TlsFailure():
                return Ending(ConnectionOutcome.CONNECTION_LOST, cause.what)
            case _:
                return Ending(ConnectionOutcome.ABORTED, str(cause))


def _forget_frames(error: BaseException | None) -> None:
    """Let go of the frames that an error came through: they hold it, and with it all of the connection.

    Only the garbage collector would free them, some thousand connections later.
    """
    while error is not None:
        error.__traceback__, error = None, error.__context__


def _lost(lost: ConnectionLost, partial: str) -> str:
    inside = f" in the middle of {partial}" if partial else ""
    if lost.error is None:
        return f"the peer closed the connection{inside}"
    return f"the connection broke{inside}: {reason_of(lost.error)}"


def _in_words(cause: Cause) -> str:
    if isinstance(cause, NotDicom) and looks_like_tls(cause.start):
        return "the peer wants TLS, which is not spoken here: it sent a TLS ClientHello"
    return str(cause)

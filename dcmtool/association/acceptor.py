"""The acceptor's side of one association, as procedures that any driver can take (PS3.8 7.1 to 7.3)."""

from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from dcmtool.association.exchange import MOST_DISCARDED
from dcmtool.dimse.fragments import fragment, largest_fragment
from dcmtool.dimse.messages import CEchoRsp, oddities, read_c_echo_rq, usual_c_echo_rq
from dcmtool.dimse.reassembly import MessageReassembler, WholeCommand
from dcmtool.errors import Cause, ConnectionLost, PeerAbort, RemoteProtocolError
from dcmtool.named_tuple import NamedTuple
from dcmtool.room import Room, Share
from dcmtool.steps import Deadline, HalfClose, Procedure, Receive, Received, Send, clock, receive
from dcmtool.upper_layer import indications
from dcmtool.upper_layer.association import Association
from dcmtool.upper_layer.contexts import ACCEPTANCE, negotiated
from dcmtool.upper_layer.pdus import AssociateAc, AssociateRj, AssociateRq, Pdv

if TYPE_CHECKING:
    from dcmtool.events import Emit

MOST_WARNINGS = 8  # of one association: a peer may have a new one in each message
LONGEST_START = 64  # bytes that are kept of what a peer begins with
MAX_UNANSWERED = 100  # requests; without an asynchronous operations window there is one (PS3.7 D.3.3.3)
_LAST_WORDS = 1.0  # seconds that the last PDU may take to be written


class EchoRequested(NamedTuple):
    """A C-ECHO-RQ that is to be answered (PS3.7 9.3.5.1)."""

    context_id: int
    message_id: int


class Acceptor:
    """The acceptor of one association: what it waits for, and what it answers.

    `max_pdu` is the longest P-DATA-TF that it takes (bytes), `now` the time (monotonic ns), `room` what it
    shares with others for PDUs that are not whole. A procedure raises what ends the association:
    `PeerAbort`, `ConnectionLost`, `DeadlineExpired`, `NoRoom` (to be answered by `refuse_data` or `reject`),
    or a `RemoteProtocolError`, to which `finish` sends the answer. `start` is what the peer begins with, of
    which `received` bytes came; `warnings` is what is wrong with its messages and can be worked with.
    """

    def __init__(self, max_pdu: int, now: int, emit: "Emit | None" = None, room: Room | None = None) -> None:
        self._share = Share(room or Room())
        self._association = Association.acceptor(max_pdu, emit)
        self._request: AssociateRq | None = None  # for who hears of what was negotiated
        self._emit = emit
        self._fragment_size = 0
        self._messages = MessageReassembler(())
        self._waiting: deque[EchoRequested | None] = deque()  # None: the release
        self._unanswered = 0
        self._late = b""  # what came behind the A-RELEASE-RQ
        self._gone: Cause | None = None
        self.start, self.received = b"", 0
        self.warnings: list[str] = []
        self.now = now

    # The association request ------------------------------------------------------------------------

    def receive_request(self, deadline: Deadline) -> Procedure[None]:
        """Wait for an A-ASSOCIATE-RQ, and leave it undecoded.

        Raises:
            RemoteProtocolError: something else came.
        """
        self._association.transport_opened(deadline.at)
        indication = yield from self._receive("A-ASSOCIATE-RQ", deadline)
        if not isinstance(indication, indications.AssociateRequested):
            self._take(indication)
            self._raise_if_gone()

    @property
    def undecoded_request(self) -> bytes:
        """The bytes of the request, until it is decoded."""
        return self._association.undecoded_request

    def decode_request(self) -> AssociateRq:
        """Return the request, whose bytes are then forgotten.

        Raises:
            RemoteProtocolError: it breaks a clause of PS3.8.
        """
        request = self._association.decode_request(self.now)
        if self._emit is not None:
            self._request = request
        return request

    @property
    def padded_titles(self) -> tuple[str, str]:
        """The called and the calling AE title of the decoded request, as an answer repeats them."""
        return self._association.request_titles

    def accept(self, answer: AssociateAc, peer_max_pdu: int) -> Procedure[None]:
        """Send the A-ASSOCIATE-AC to a peer that takes PDUs of so many bytes (0: of any length).

        Raises:
            MaximumLengthTooSmall: no message fits into that.
            RemoteProtocolError: the peer has sent more without waiting for the answer.
        """
        self._fragment_size = largest_fragment(peer_max_pdu)
        self._take(self._association.next_indication(self.now))  # nothing may have come yet
        self._raise_if_gone()
        if self._emit is not None and self._request is not None:
            self._emit_negotiated(self._emit, self._request, answer)
        accepted = frozenset(each.context_id for each in answer.contexts if each.result == ACCEPTANCE)
        self._messages = MessageReassembler(accepted)
        self._association.accept(answer)
        yield from self._flush(None)

    def reject(self, answer: AssociateRj) -> None:
        """Refuse the association; `finish` sends the A-ASSOCIATE-RJ."""
        self._association.reject(answer, self.now)

    def refuse_data(self) -> None:
        """Abort over a PDU that there is no room for; `finish` sends the A-ABORT."""
        self._messages = MessageReassembler(())
        self._association.refuse_data(self.now)

    # The association --------------------------------------------------------------------------------

    def next_request(self, deadline: Deadline) -> Procedure[EchoRequested | None]:
        """Wait for what the peer asks for next: an echo, or with None the release."""
        while not self._waiting:
            self._raise_if_gone()
            self._take((yield from self._receive("the next request", deadline)))
        return self._waiting.popleft()

    def answer_echo(self, request: EchoRequested, status: int) -> Procedure[None]:
        """Send a C-ECHO-RSP."""
        self._unanswered -= 1
        context_id, message_id = request
        command = CEchoRsp(message_id, status).encode()
        if self._emit is not None:
            from dcmtool.events import EchoAnswering

            self._emit(EchoAnswering(context_id, message_id, status, command), "local")
        self._association.send_data(fragment(command, context_id, self._fragment_size))
        yield from self._flush(None)

    def respond_to_release(self) -> Procedure[str]:
        """Confirm the release; `finish` sends the A-RELEASE-RP.

        Return in words what the peer did right behind its request, without waiting for that; mostly nothing.
        """
        words, behind = "", self._association.held
        try:
            received = yield Receive("close of the connection", None, self.now)
        except ConnectionLost:
            words = "the peer did not wait for the answer and reset the connection"
        else:
            if isinstance(received, Received):
                self._late = received.data
                behind += len(self._late)
            if behind:
                words = f"the peer sent {behind} bytes more behind its A-RELEASE-RQ"
            elif received is not None:
                words = "the peer closed without waiting for the answer"
        self._association.respond_to_release(self.now)
        return words

    def abort(self, provider_reason: int | None = None) -> None:
        """Abort the association, if it has begun and not ended; `finish` sends the A-ABORT.

        A `provider_reason` (PS3.8 9.3.8) says what in the peer's PDUs broke the standard.
        """
        self._association.abort(self.now, provider_reason)

    def pause(self, until: int, is_over: Callable[[], bool] = lambda: False) -> Procedure[bool]:
        """Wait until that time (monotonic ns), or until it `is_over`; return whether that came first.

        What the peer asks for meanwhile is kept for later; where it goes, or breaks a rule, the wait ends.
        """
        while not is_over():
            self._raise_if_gone()
            if self.now >= until:
                return False
            self._take((yield from self._receive("the end of a pause", None, until)))
        return True

    @property
    def partial(self) -> str:
        """The name of a PDU that has come in part, or nothing."""
        return self._association.partial

    # Its end ----------------------------------------------------------------------------------------

    def finish(self) -> Procedure[None]:
        """Send what is left, and wait for the peer to close, at most until ARTIM (PS3.8 9.1.5).

        A system that closes over unread bytes resets the connection, and our last PDU would be lost.
        """
        self.now = yield from clock()
        with suppress(Cause):
            yield from self._flush(Deadline.after(self.now, "last words", _LAST_WORDS))
            if self._late:  # which means nothing any more
                self._association.receive_data(self._late)
                self._association.next_indication(self.now)
            yield HalfClose()
            self._hold()
            yield from self._discard(Deadline.after(self.now, "ARTIM", _LAST_WORDS))

    def _discard(self, deadline: Deadline) -> Procedure[None]:
        association, left, refused = self._association, MOST_DISCARDED, False
        data = b"\0"
        while data and left > 0:
            received = yield from receive("close of the connection", deadline)
            data = received.data
            self._count(data)
            left -= len(data)
            if not (data and refused):  # PS3.8 9.2.3, AA-7, would be an A-ABORT after the last word
                association.receive_data(data)
                association.next_indication(received.at)
                refused = association.data_to_send() is not None
                self._hold()

    def give_back(self) -> None:
        """Give the room back that it takes, once nothing is waited for any more."""
        self._share.give_back()

    # Inside -----------------------------------------------------------------------------------------

    def _flush(self, deadline: Deadline | None) -> Procedure[None]:
        while (data := self._association.data_to_send()) is not None:
            sent = yield Send(data, deadline)
            assert isinstance(sent, int)
            self.now = sent

    def _receive(
        self, awaited: str, deadline: Deadline | None, until: int | None = None
    ) -> Procedure[indications.Indication | None]:
        """Return the next indication; None once it is `until`, or where the driver was woken."""
        association = self._association
        while (indication := association.next_indication(self.now)) is None:
            self._hold()
            received = yield Receive(awaited, deadline, until)
            if received is None:
                self.now = yield from clock()
                return None
            assert isinstance(received, Received)
            self.now = received.at
            self._count(received.data)
            association.receive_data(received.data)
        return indication

    def _count(self, data: bytes) -> None:
        """Count what came, and keep its beginning."""
        if self.received < LONGEST_START:
            self.start += data[: LONGEST_START - self.received]
        self.received += len(data)

    def _hold(self) -> None:
        """Take as much room as is needed for what is held while something is waited for.

        Raises:
            NoRoom: there is not as much.
        """
        self._share.hold(self._association.held + self._messages.held)

    def _take(self, indication: indications.Indication | None) -> None:
        """Keep what an indication asks for, or that the peer is gone."""
        match indication:
            case indications.DataReceived(pdvs):
                self._take_pdvs(pdvs)
            case indications.ReleaseRequested():
                self._waiting.append(None)
            case indications.Aborted():
                self._gone = PeerAbort(*indication)
            case indications.TransportClosed(partial):
                self._gone = ConnectionLost(partial=partial)

    def _take_pdvs(self, pdvs: tuple[Pdv, ...]) -> None:
        try:
            for pdv in pdvs:
                request = self._usual_echo(pdv) or self._whole_echo(pdv)
                if request is not None:
                    self._waiting.append(request)
                    self._unanswered += 1
            if self._unanswered > MAX_UNANSWERED:
                raise RemoteProtocolError(
                    f"the peer sent {self._unanswered} requests without waiting for an answer",
                    "PS3.7 D.3.3.3",
                    kind="too-many",
                )
        except RemoteProtocolError as error:
            self.abort(error.abort_reason)
            raise

    def _usual_echo(self, pdv: Pdv) -> EchoRequested | None:
        """Return the request in a PDV that is a C-ECHO-RQ as nearly all are, if nobody listens."""
        context_id, is_command, is_last, data = pdv
        if self._emit is None and is_command and is_last and self._messages.may_begin(context_id):
            message_id = usual_c_echo_rq(data)
            return None if message_id is None else EchoRequested(context_id, message_id)
        return None

    def _whole_echo(self, pdv: Pdv) -> EchoRequested | None:
        """Return the request that a PDV makes whole."""
        whole = self._messages.add(pdv)
        if not isinstance(whole, WholeCommand):
            return None
        if self._emit is not None:
            from dcmtool.events import MessageReceived

            self._emit(MessageReceived(whole.context_id, whole.elements), "peer")
        request = EchoRequested(whole.context_id, read_c_echo_rq(whole.elements))
        for odd in oddities(whole.elements):
            self._warn(f"the peer's command set has {odd}")
        return request

    def _warn(self, sentence: str) -> None:
        if self._emit is not None:
            from dcmtool.events import Warned

            self._emit(Warned(sentence), None)
        if len(self.warnings) < MOST_WARNINGS and sentence not in self.warnings:
            self.warnings.append(sentence)

    def _emit_negotiated(self, emit: "Emit", request: AssociateRq, answer: AssociateAc) -> None:
        from dcmtool.events import Negotiated
        from dcmtool.upper_layer.hidden import without_secrets

        self._request = None
        contexts = negotiated(request.contexts, answer.contexts)
        emit(Negotiated(without_secrets(request), without_secrets(answer), contexts), "local")

    def _raise_if_gone(self) -> None:
        gone, self._gone = self._gone, None  # raised, it would hold the frames that hold it
        if gone is not None:
            raise gone

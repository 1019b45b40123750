"""The acceptor by bytes and steps alone: what it asks of a driver, and what it makes of the answers."""

import struct
from collections.abc import Callable

import pytest

from dcmtool import events
from dcmtool.association.acceptor import MAX_UNANSWERED, Acceptor, EchoRequested
from dcmtool.emitter import Emitter
from dcmtool.errors import (
    Cause,
    ConnectionLost,
    DeadlineExpired,
    MaximumLengthTooSmall,
    NoRoom,
    PeerAbort,
    RemoteProtocolError,
    UnexpectedPdu,
)
from dcmtool.room import FREE, Room
from dcmtool.steps import Clock, Deadline, HalfClose, Procedure, Receive, Received, Result, Send, Step
from dcmtool.upper_layer.contexts import answers
from dcmtool.upper_layer.pdus import AssociateAc, AssociateRj
from dcmtool.upper_layer.states import State
from tests.peers import wire
from tests.peers.scu import ECHO, RELEASE, USER_ABORT, VERIFICATION, associate_request, command
from tests.peers.wire import COMMAND, p_data

MS = 1_000_000
ACSE = Deadline(30_000 * MS, "acse", 30)
IDLE = Deadline(60_000 * MS, "idle", 60)
REQUEST = "A-ASSOCIATE-RQ"
NEXT, PAUSE, CLOSE = "the next request", "the end of a pause", "close of the connection"
RELEASE_RP = wire.pdu(wire.RELEASE_RP, bytes(4))
SUPPORTED = {wire.VERIFICATION: {wire.IMPLICIT_LITTLE_ENDIAN}}


def echo_rsp(message_id: int = 7, status: int = 0, context_id: int = 1) -> bytes:
    """Return the P-DATA-TF with a C-ECHO-RSP."""
    return p_data(context_id, wire.echo_response(message_id, status))


class Play:
    """A procedure of an acceptor that is driven by hand; every step takes a millisecond."""

    def __init__(self, *, listens: bool = False, max_pdu: int = 16384, room: Room | None = None) -> None:
        self.now = 0
        self.events: list[events.Event] = []
        emit = Emitter(self.events.append, lambda: self.now, lambda: 0, "acceptor") if listens else None
        self.acceptor = Acceptor(max_pdu, 0, emit, room)
        self.step: Step | None = None
        self.result: object = None
        self.sent = b""

    def begins(self, procedure: Procedure[object]) -> None:
        """Begin with a procedure."""
        self._procedure = procedure
        self._go(lambda: next(procedure))

    def _go(self, resume: Callable[[], Step]) -> None:
        try:
            self.step = resume()
        except StopIteration as stop:
            self.step, self.result = None, stop.value

    def gives(self, result: Result) -> None:
        """Answer the step."""
        self.now += MS
        self._go(lambda: self._procedure.send(result))

    def fails(self, error: Cause) -> None:
        """Let the step fail."""
        self.now += MS
        self._go(lambda: self._procedure.throw(error))

    def receives(self, awaited: str, data: bytes, deadline: Deadline | None = None) -> None:
        """Expect a wait, and bring data, or the peer's close."""
        assert isinstance(self.step, Receive)
        assert self.step.awaited == awaited
        assert deadline is None or self.step.deadline == deadline
        self.gives(Received(data, self.now + MS))

    def sends(self, data: bytes) -> None:
        """Expect a write."""
        assert isinstance(self.step, Send)
        assert self.step.data == data
        self.gives(self.now + MS)

    def writes(self) -> bytes:
        """Expect some writes, and return what is written."""
        data = b""
        while isinstance(self.step, Send):
            data += self.step.data
            self.gives(self.now + MS)
        return data

    def finishes(self, last: bytes, *more: bytes) -> None:
        """Expect the end: the last PDU if there is one, and then the peer's close, after this."""
        self.begins(self.acceptor.finish())
        self.tells_the_time()
        if last:
            assert isinstance(self.step, Send)
            assert self.step.deadline == Deadline.after(self.acceptor.now, "last words", 1)
            self.sends(last)
        self.half_closes()
        assert isinstance(self.step, Receive)
        assert self.step.deadline == Deadline.after(self.acceptor.now, "ARTIM", 1)
        for data in (*more, b""):
            self.receives(CLOSE, data)
        self.ends()

    def releases(self, behind: bytes | ConnectionLost | None) -> object:
        """Respond to the release, behind whose request this has come."""
        self.begins(self.acceptor.respond_to_release())
        assert self.step == Receive(CLOSE, None, self.acceptor.now)
        if isinstance(behind, ConnectionLost):
            self.fails(behind)
        else:
            self.gives(None if behind is None else Received(behind, self.now + MS))
        return self.result

    def tells_the_time(self) -> None:
        """Expect a look at the clock."""
        assert isinstance(self.step, Clock)
        self.gives(self.now)

    def half_closes(self) -> None:
        """Expect our side to be closed."""
        assert isinstance(self.step, HalfClose)
        self.gives(None)

    def ends(self) -> None:
        """Expect no further step."""
        assert self.step is None

    # Stages -----------------------------------------------------------------------------------------

    def requested(self, request: bytes = b"") -> None:
        """Let the request come."""
        self.begins(self.acceptor.receive_request(ACSE))
        self.receives(REQUEST, request or associate_request(), ACSE)
        assert self.step is None

    def answer(self) -> AssociateAc:
        """Decode the request, and return what accepts it."""
        request = self.acceptor.decode_request()
        return AssociateAc(*self.acceptor.padded_titles, answers(request.contexts, SUPPORTED), ())

    def associated(self, *, maximum: int = 16384, request: bytes = b"") -> None:
        """Let the association be made."""
        self.requested(request)
        answer = self.answer()
        self.begins(self.acceptor.accept(answer, maximum))
        self.sends(answer.encode())
        assert self.step is None

    def asks(self, data: bytes) -> object:
        """Let the peer send this, and return what it asks for."""
        self.begins(self.acceptor.next_request(IDLE))
        if self.step is not None:
            self.receives(NEXT, data, IDLE)
        assert self.step is None
        return self.result

    def answers(self, request: EchoRequested, status: int = 0) -> bytes:
        """Let an echo be answered, and return what is written."""
        self.begins(self.acceptor.answer_echo(request, status))
        return self.writes()

    @property
    def pdus(self) -> list[tuple[str | None, int]]:
        """Who sent which PDUs, as a listener is told."""
        return [
            (event.sender, event.what.kind) for event in self.events if isinstance(event.what, events.Pdu)
        ]

    @property
    def state(self) -> State:
        """The state of the association."""
        return self.acceptor._association.state


@pytest.fixture(params=[False, True], ids=["unheard", "heard"])
def play(request: pytest.FixtureRequest) -> Play:
    """An acceptor, with and without a listener: both take the same steps."""
    return Play(listens=request.param)


@pytest.fixture
def associated(play: Play) -> Play:
    """One with an association."""
    play.associated()
    return play


# In order ---------------------------------------------------------------------------------------------


def test_an_association_from_begin_to_end(play: Play) -> None:
    play.requested()
    assert play.acceptor.undecoded_request == associate_request()
    answer = play.answer()
    assert play.acceptor.undecoded_request == b""
    assert play.acceptor.padded_titles == ("YOU".ljust(16), "ME".ljust(16))
    play.begins(play.acceptor.accept(answer, 0))
    play.sends(answer.encode())
    for message_id in (0, 7, 65535):
        asked = play.asks(p_data(1, command(message_id=message_id)))
        assert asked == EchoRequested(1, message_id)
        assert play.answers(EchoRequested(1, message_id)) == echo_rsp(message_id)
    assert play.asks(RELEASE) is None
    assert play.releases(None) == ""
    play.finishes(RELEASE_RP)
    assert play.state is State.IDLE


@pytest.mark.parametrize(
    ("behind", "words"),
    [
        (b"", "the peer closed without waiting for the answer"),
        (ECHO, f"the peer sent {len(ECHO)} bytes more behind its A-RELEASE-RQ"),
        (
            ConnectionLost(ConnectionResetError(104, "Connection reset by peer")),
            "the peer did not wait for the answer and reset the connection",
        ),
    ],
    ids=["closes", "sends more", "resets"],
)
def test_what_comes_right_behind_the_release_is_told_apart(
    associated: Play, behind: bytes | ConnectionLost, words: str
) -> None:
    assert associated.asks(RELEASE) is None
    assert associated.releases(behind) == words
    associated.finishes(RELEASE_RP)
    assert associated.state is State.IDLE


def test_the_beginning_of_what_came_is_kept_and_the_rest_counted(play: Play) -> None:
    assert (play.acceptor.start, play.acceptor.received) == (b"", 0)
    whole = associate_request()
    play.begins(play.acceptor.receive_request(ACSE))
    play.receives(REQUEST, whole[:60], ACSE)
    assert (play.acceptor.start, play.acceptor.received) == (whole[:60], 60)
    play.receives(REQUEST, whole[60:], ACSE)
    assert (play.acceptor.start, play.acceptor.received) == (whole[:64], len(whole))
    play.acceptor.abort()
    play.finishes(wire.abort(0, 0), ECHO)
    assert (play.acceptor.start, play.acceptor.received) == (whole[:64], len(whole) + len(ECHO))


def test_the_time_of_an_acceptor_is_that_of_its_beginning() -> None:
    assert Acceptor(16384, 5).now == 5


def test_what_comes_right_behind_the_release_is_read_before_our_side_is_closed() -> None:
    play = Play(listens=True)
    play.associated()
    assert play.asks(RELEASE) is None
    play.releases(ECHO)
    play.begins(play.acceptor.finish())
    play.tells_the_time()
    play.sends(RELEASE_RP)
    assert isinstance(play.step, HalfClose)
    assert play.pdus[-3:] == [("peer", wire.RELEASE_RQ), ("local", wire.RELEASE_RP), ("peer", wire.P_DATA)]


def test_what_comes_right_behind_the_release_takes_no_more_room_than_there_is() -> None:
    play = Play(room=(room := Room(0)))
    play.associated()
    assert play.asks(RELEASE) is None
    play.releases(p_data(1, bytes(2 * FREE))[: FREE + 1])
    play.begins(play.acceptor.finish())
    play.tells_the_time()
    play.sends(RELEASE_RP)
    play.half_closes()
    play.ends()
    assert room.taken == 0


def test_what_comes_in_pieces(play: Play) -> None:
    whole = associate_request()
    play.begins(play.acceptor.receive_request(ACSE))
    for byte in whole[:-1]:
        play.receives(REQUEST, bytes([byte]), ACSE)
        assert play.acceptor.partial == REQUEST
    play.receives(REQUEST, whole[-1:], ACSE)
    assert (play.step, play.acceptor.partial) == (None, "")


def test_a_request_in_fragments_and_another_encoding(associated: Play) -> None:
    odd = command(more={0x0900: b"\0\0"})
    associated.begins(associated.acceptor.next_request(IDLE))
    associated.receives(NEXT, p_data(1, odd[:9], COMMAND), IDLE)
    associated.receives(NEXT, p_data(1, odd[9:]), IDLE)
    assert associated.result == EchoRequested(1, 7)


def test_two_requests_in_one_pdu_are_answered_in_order(associated: Play) -> None:
    both = wire.pdu(wire.P_DATA, p_data(1, command(message_id=1))[6:] + p_data(1, command(message_id=2))[6:])
    assert associated.asks(both) == EchoRequested(1, 1)
    assert associated.asks(b"") == EchoRequested(1, 2)


def test_an_answer_is_cut_to_the_peers_maximum_length(play: Play) -> None:
    play.associated(maximum=26)
    assert play.asks(ECHO) == EchoRequested(1, 7)
    written, whole = play.answers(EchoRequested(1, 7), 0x0110), b""
    while written:
        length = int.from_bytes(written[2:6])
        assert length <= 26
        ((_, control, data),) = wire.pdvs(written[6 : 6 + length])
        whole, written = whole + data, written[6 + length :]
        assert bool(control & wire.LAST) is not bool(written)
    assert whole == wire.echo_response(7, 0x0110)


def test_what_a_listener_is_told() -> None:
    play = Play(listens=True)
    play.associated()
    asked = play.asks(ECHO)
    assert isinstance(asked, EchoRequested)
    play.answers(asked, 0x0110)
    assert play.pdus == [
        *(("peer", wire.ASSOCIATE_RQ), ("local", wire.ASSOCIATE_AC)),
        *(("peer", wire.P_DATA), ("local", wire.P_DATA)),
    ]
    told = [event for event in play.events if not isinstance(event.what, events.Pdu | events.StateChanged)]
    assert [type(event.what) for event in told] == [
        *(events.Negotiated, events.MessageReceived, events.EchoAnswering)
    ]
    assert [event.sender for event in told] == ["local", "peer", "local"]
    assert {event.association.role for event in told} == {"acceptor"}
    answering = told[-1].what
    assert isinstance(answering, events.EchoAnswering)
    assert answering[:3] == (1, 7, 0x0110)


def test_elements_of_other_groups_are_warned_of() -> None:
    play = Play(listens=True)
    play.associated()
    assert play.asks(p_data(1, command() + b"\x08\0\0\0\0\0\0\0")) == EchoRequested(1, 7)
    assert play.events[-1].what == events.Warned(
        "the peer's command set has the element (0008,0000), which is not of group 0000 (PS3.7 6.3.1)"
    )


# Refusals ---------------------------------------------------------------------------------------------


def test_a_rejection(play: Play) -> None:
    play.requested()
    play.acceptor.reject(AssociateRj(1, 1, 7))
    play.finishes(wire.reject(1, 1, 7))


def test_a_maximum_length_that_holds_no_message(play: Play) -> None:
    play.requested()
    with pytest.raises(MaximumLengthTooSmall):
        play.begins(play.acceptor.accept(play.answer(), 6))
    play.acceptor.abort(provider_reason=6)
    play.finishes(wire.abort(2, 6))


@pytest.mark.parametrize(
    ("data", "answer"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", wire.abort(2, 1)),
        (ECHO, wire.abort(2, 2)),
        (associate_request(version=2), wire.reject(1, 2, 2)),
        (struct.pack(">BxI", 1, (1 << 18) + 1), wire.abort(2, 6)),
    ],
    ids=["HTTP", "data", "another version", "too long"],
)
def test_what_is_no_request(play: Play, data: bytes, answer: bytes) -> None:
    play.begins(play.acceptor.receive_request(ACSE))
    with pytest.raises(RemoteProtocolError):
        play.receives(REQUEST, data, ACSE)
    play.finishes(answer)


def test_a_request_that_cannot_be_decoded(play: Play) -> None:
    play.requested(wire.pdu(wire.ASSOCIATE_RQ, b"\0\1"))
    with pytest.raises(RemoteProtocolError):
        play.acceptor.decode_request()
    play.finishes(wire.abort(2, 6))


@pytest.mark.parametrize(
    ("before", "data", "error"),
    [
        (b"", USER_ABORT, PeerAbort),
        (b"", b"", ConnectionLost),
        (USER_ABORT[:5], b"", ConnectionLost),
    ],
)
def test_a_peer_that_goes_before_its_request(
    play: Play, before: bytes, data: bytes, error: type[Cause]
) -> None:
    play.begins(play.acceptor.receive_request(ACSE))
    if before:
        play.receives(REQUEST, before, ACSE)
    with pytest.raises(error):
        play.receives(REQUEST, data, ACSE)


def test_time_that_runs_out(play: Play) -> None:
    play.begins(play.acceptor.receive_request(ACSE))
    with pytest.raises(DeadlineExpired):
        play.fails(DeadlineExpired(REQUEST, "acse", 30))
    play.acceptor.abort()  # of nothing
    play.finishes(b"")


def test_a_peer_that_sends_more_before_the_answer(play: Play) -> None:
    play.requested(associate_request() + ECHO)
    with pytest.raises(UnexpectedPdu):
        play.begins(play.acceptor.accept(play.answer(), 0))
    play.finishes(wire.abort(2, 2))


def test_a_peer_that_aborts_before_the_answer(play: Play) -> None:
    play.requested(associate_request() + USER_ABORT)
    with pytest.raises(PeerAbort):
        play.begins(play.acceptor.accept(play.answer(), 0))
    play.finishes(b"")


# The association --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "error"), [(USER_ABORT, PeerAbort), (b"", ConnectionLost), (ECHO + USER_ABORT, PeerAbort)]
)
def test_a_peer_that_goes(associated: Play, data: bytes, error: type[Cause]) -> None:
    if data.startswith(ECHO):
        assert associated.asks(data) == EchoRequested(1, 7)
        data = b""
    with pytest.raises(error):
        associated.asks(data)


@pytest.mark.parametrize(
    ("data", "answer"),
    [
        (p_data(3, command()), wire.abort(2, 6)),
        (p_data(1, command(field=0x0001)), wire.abort(2, 6)),
        (p_data(1, b"", 0) + ECHO, wire.abort(2, 0)),
        (b"\xff" * 10, wire.abort(2, 1)),
        (associate_request(), wire.abort(2, 2)),
    ],
    ids=["another context", "C-STORE", "data set", "garbage", "another request"],
)
def test_what_breaks_a_rule_is_answered_by_an_abort(associated: Play, data: bytes, answer: bytes) -> None:
    with pytest.raises(RemoteProtocolError):
        associated.asks(data)
    associated.finishes(answer)


def test_a_message_goes_on_where_the_usual_one_would_begin(associated: Play) -> None:
    with pytest.raises(RemoteProtocolError, match=r"PS3\.7 6\.3\.1"):
        associated.asks(p_data(1, command()[:20], COMMAND) + ECHO)


@pytest.mark.parametrize("of_the_usual", [True, False])
def test_too_many_requests_without_an_answer(associated: Play, of_the_usual: bool) -> None:
    asked = ECHO if of_the_usual else p_data(1, command(more={0x0900: b"\0\0"}))
    one = asked[6:]
    pdu = wire.pdu(wire.P_DATA, one * MAX_UNANSWERED)
    assert associated.asks(pdu) == EchoRequested(1, 7)
    associated.answers(EchoRequested(1, 7))
    associated.begins(associated.acceptor.pause(IDLE.at))
    with pytest.raises(RemoteProtocolError, match=f"{MAX_UNANSWERED + 1} requests"):
        associated.receives(PAUSE, asked * 2)
    associated.finishes(wire.abort(2, 0))


def test_requests_that_are_answered_may_be_as_many_as_the_peer_likes(associated: Play) -> None:
    for _ in range(MAX_UNANSWERED + 1):
        assert associated.asks(ECHO) == EchoRequested(1, 7)
        associated.answers(EchoRequested(1, 7))


# Pauses -----------------------------------------------------------------------------------------------


def test_a_pause_passes(associated: Play) -> None:
    until = associated.now + 50 * MS
    associated.begins(associated.acceptor.pause(until))
    assert associated.step == Receive(PAUSE, None, until)
    associated.gives(None)
    associated.tells_the_time()  # woken too early
    associated.gives(None)
    associated.now = until
    associated.gives(until)
    associated.ends()
    assert associated.result is False


def test_a_pause_keeps_what_comes(associated: Play) -> None:
    associated.begins(associated.acceptor.pause(associated.now + 50 * MS))
    associated.receives(PAUSE, ECHO)
    associated.receives(PAUSE, RELEASE)
    associated.gives(None)
    associated.gives(associated.now + 50 * MS)
    assert associated.asks(b"") == EchoRequested(1, 7)
    assert associated.answers(EchoRequested(1, 7)) == echo_rsp()  # PS3.8 9.2, AR-7
    assert associated.asks(b"") is None


def test_a_pause_is_over_early(play: Play) -> None:
    play.requested()
    over = iter([False, False, True])
    play.begins(play.acceptor.pause(play.now + 50 * MS, lambda: next(over)))
    for _ in range(2):
        play.gives(None)
        play.gives(play.now)
    assert (play.step, play.result) == (None, True)


@pytest.mark.parametrize(("data", "error"), [(USER_ABORT, PeerAbort), (b"", ConnectionLost)])
def test_a_peer_that_goes_as_a_pause_ends(associated: Play, data: bytes, error: type[Cause]) -> None:
    associated.begins(associated.acceptor.pause(associated.now + MS))
    with pytest.raises(error):
        associated.receives(PAUSE, data)  # a moment before, or just when it is over


# The end ----------------------------------------------------------------------------------------------


def test_our_own_abort(associated: Play) -> None:
    associated.acceptor.abort()
    associated.finishes(wire.abort(0, 0), ECHO, RELEASE)


def test_what_comes_after_the_end_is_not_answered_and_has_a_bound(associated: Play) -> None:
    associated.acceptor.abort()
    associated.begins(associated.acceptor.finish())
    associated.tells_the_time()
    associated.sends(wire.abort(0, 0))
    associated.half_closes()
    received = 0
    while associated.step is not None:
        associated.receives(CLOSE, b"\xff" * 65536)
        received += 65536
    assert received == 1 << 20


def test_the_last_byte_that_is_read_after_the_end(associated: Play) -> None:
    associated.acceptor.abort()
    associated.begins(associated.acceptor.finish())
    associated.tells_the_time()
    associated.sends(wire.abort(0, 0))
    associated.half_closes()
    associated.receives(CLOSE, b"\xff" * ((1 << 20) - 1))
    associated.receives(CLOSE, b"\xff")
    associated.ends()


def test_a_listener_is_told_what_comes_after_our_own_abort() -> None:
    play = Play(listens=True)
    play.associated()
    play.acceptor.abort()
    play.finishes(wire.abort(0, 0), ECHO, RELEASE)
    assert play.pdus[-3:] == [("local", wire.ABORT), ("peer", wire.P_DATA), ("peer", wire.RELEASE_RQ)]


def test_nothing_more_is_read_once_the_time_is_over(associated: Play) -> None:
    associated.acceptor.abort()
    associated.begins(associated.acceptor.finish())
    associated.tells_the_time()
    associated.sends(wire.abort(0, 0))
    associated.half_closes()
    associated.fails(DeadlineExpired(CLOSE, "ARTIM", 1))
    associated.ends()


def test_a_last_word_that_cannot_be_written(associated: Play) -> None:
    associated.acceptor.abort()
    associated.begins(associated.acceptor.finish())
    associated.tells_the_time()
    associated.fails(ConnectionLost())
    associated.ends()


def test_128_contexts(play: Play) -> None:
    contexts = [(2 * index + 1, *VERIFICATION[1:]) for index in range(128)]
    play.associated(request=associate_request(*contexts))
    assert play.asks(p_data(255, command())) == EchoRequested(255, 7)


# Room for what waits ----------------------------------------------------------------------------------

LARGE = associate_request(user=(wire.item(0x51, bytes(4)), wire.item(0xEE, bytes(FREE))))


def test_the_rest_of_a_pdu_is_waited_for_where_there_is_room() -> None:
    play = Play(room=(room := Room(len(LARGE))))
    play.begins(play.acceptor.receive_request(IDLE))
    play.receives(REQUEST, LARGE[: FREE + 100])
    assert room.taken == 100
    play.receives(REQUEST, LARGE[FREE + 100 :])
    play.ends()
    assert play.acceptor.decode_request().calling_aet == "ME"
    play.acceptor.give_back()
    assert room.taken == 0


def test_what_there_is_no_room_for_is_forgotten_and_aborted() -> None:
    play = Play(room=(room := Room(99)))
    play.begins(play.acceptor.receive_request(IDLE))
    with pytest.raises(NoRoom) as caught:
        play.receives(REQUEST, LARGE[: FREE + 100])
    assert caught.value.args == (FREE + 100, 99)
    play.acceptor.refuse_data()
    play.finishes(wire.abort(2, 0), b"more")
    assert room.taken == 0


def test_a_whole_request_waits_for_a_place_where_there_is_room() -> None:
    play = Play(room=(room := Room(len(LARGE))))
    play.begins(play.acceptor.receive_request(IDLE))
    play.receives(REQUEST, LARGE)
    play.begins(play.acceptor.pause(play.now + 100 * MS))
    assert room.taken == len(LARGE) - FREE
    play.acceptor.reject(AssociateRj(2, 3, 1))
    play.finishes(wire.reject(2, 3, 1))
    assert room.taken == 0


def test_what_needs_no_room_waits_whatever_others_hold() -> None:
    play = Play(room=Room(0))
    play.begins(play.acceptor.receive_request(IDLE))
    play.receives(REQUEST, LARGE[:FREE])
    assert isinstance(play.step, Receive)
    with pytest.raises(NoRoom):
        play.receives(REQUEST, LARGE[FREE : FREE + 1])


def test_a_message_that_is_not_whole_needs_room_too() -> None:
    play = Play(room=(room := Room(FREE)))
    play.associated()
    play.begins(play.acceptor.next_request(IDLE))
    play.receives(NEXT, p_data(1, bytes(FREE + 10), COMMAND))
    assert room.taken == 10
    with pytest.raises(NoRoom):
        play.receives(NEXT, p_data(1, bytes(FREE), COMMAND))
    play.acceptor.refuse_data()
    play.finishes(wire.abort(2, 0))
    assert room.taken == 0


def test_what_comes_after_the_end_takes_no_more_room_than_there_is() -> None:
    play = Play(room=Room(0))
    play.associated()
    play.acceptor.abort()
    play.begins(play.acceptor.finish())
    play.tells_the_time()
    play.sends(wire.abort(0, 0))
    play.half_closes()
    play.receives(CLOSE, p_data(1, bytes(2 * FREE))[: FREE + 1])
    play.ends()


# What is told ------------------------------------------------------------------------------------------


OF_ANOTHER_GROUP = "which is not of group 0000 (PS3.7 6.3.1)"


def test_warnings_are_kept_once_each_and_eight_in_all(associated: Play) -> None:
    for element in (*range(6), *range(10)):
        odd = p_data(1, command() + bytes((8, 0, element, 0, 0, 0, 0, 0)))
        assert associated.asks(odd) == EchoRequested(1, 7)
        associated.answers(EchoRequested(1, 7))
    assert associated.acceptor.warnings == [
        f"the peer's command set has the element (0008,{element:04x}), {OF_ANOTHER_GROUP}"
        for element in range(8)
    ]


def test_what_a_peer_that_goes_had_begun(associated: Play) -> None:
    associated.begins(associated.acceptor.next_request(IDLE))
    associated.receives(NEXT, USER_ABORT[:5], IDLE)
    with pytest.raises(ConnectionLost) as caught:
        associated.receives(NEXT, b"", IDLE)
    assert caught.value.partial == "A-ABORT"


def test_too_many_requests_in_words(associated: Play) -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        associated.asks(wire.pdu(wire.P_DATA, ECHO[6:] * (MAX_UNANSWERED + 1)))
    assert (str(caught.value), caught.value.kind) == (
        "the peer sent 101 requests without waiting for an answer (PS3.7 D.3.3.3)",
        "too-many",
    )


def test_the_contexts_that_a_listener_is_told() -> None:
    play = Play(listens=True)
    play.associated()
    (told,) = [event.what for event in play.events if isinstance(event.what, events.Negotiated)]
    assert [(each.context_id, each.accepted) for each in told.contexts] == [(1, True)]


def test_nothing_is_read_behind_what_has_been_refused_after_the_end() -> None:
    play = Play(listens=True)
    play.associated()
    play.acceptor.abort()
    play.finishes(wire.abort(0, 0), associate_request(), ECHO)
    assert play.pdus[-3:] == [("local", wire.ABORT), ("peer", wire.ASSOCIATE_RQ), ("local", wire.ABORT)]

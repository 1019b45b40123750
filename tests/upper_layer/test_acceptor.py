"""The acceptor's end of an association, in every state; what both roles share is in test_association."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcmtool import events
from dcmtool.errors import RemoteProtocolError
from dcmtool.upper_layer import indications as ind
from dcmtool.upper_layer import pdus
from dcmtool.upper_layer.association import ARTIM_NS, Association
from dcmtool.upper_layer.pdus import AssociateAc, AssociateRj, RequestLimits
from dcmtool.upper_layer.states import State, StateEvent
from dcmtool.upper_layer.user_information import (
    ImplementationVersionName,
    MaximumLength,
    UnknownSubItem,
    UserIdentity,
    find,
)
from tests.peers import scu
from tests.upper_layer import strategies
from tests.upper_layer.pdu_table import REQUEST, ROWS, Row, octets
from tests.upper_layer.state_table import ACCEPTOR_STATES, transcription
from tests.upper_layer.test_association import (
    ABORT,
    NOW,
    PDU_EVENTS,
    PDV,
    PDV_PDU,
    RELEASE_RP,
    RELEASE_RQ,
    UNSOUND,
    indications,
    outcome,
    sent,
)

ARTIM = NOW + 30_000_000_000
ANSWER = AssociateAc("ANY-SCP", "ECHOSCU", (pdus.ContextResult(1, 0, "1.2.840.10008.1.2"),), ())
REJECTION = AssociateRj(1, 1, 7)
UNEXPECTED = octets("07 00 00000004 0000 02 02")
STATES = tuple(map(State, ACCEPTOR_STATES))
every_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
every_state = pytest.mark.parametrize("state", STATES, ids=lambda state: state.name)
every_open_state = pytest.mark.parametrize("state", STATES[1:], ids=lambda state: state.name)


def opened(emit: events.Emit | None = None) -> Association:
    """Return an acceptor's association whose connection is open."""
    association = Association.acceptor(16384, emit)
    association.transport_opened(ARTIM)
    return association


def requested(emit: events.Emit | None = None) -> Association:
    """Return one that has its request."""
    association = opened(emit)
    assert indications(association, REQUEST.encode()) == [ind.AssociateRequested(223)]
    return association


def _collided(association: Association) -> None:
    association.release()
    indications(association, RELEASE_RQ)


def _confirmed(association: Association) -> None:
    _collided(association)
    indications(association, RELEASE_RP)


_FROM_ESTABLISHED: dict[State, Callable[[Association], object]] = {
    State.IDLE: lambda association: indications(association, ABORT),
    State.ESTABLISHED: indications,
    State.AWAITING_RELEASE_RESPONSE: Association.release,
    State.RELEASE_REQUESTED_BY_PEER: lambda association: indications(association, RELEASE_RQ),
    State.ACCEPTOR_RELEASE_COLLISION: _collided,
    State.ACCEPTOR_RELEASE_COLLISION_CONFIRMED: _confirmed,
    State.AWAITING_TRANSPORT_CLOSE: lambda association: association.abort(NOW),
}


def in_state(state: State, emit: events.Emit | None = None) -> Association:
    """Return an acceptor's association in a state, with nothing left to send."""
    association = opened(emit) if state is State.AWAITING_ASSOCIATE_RQ else requested(emit)
    if state in _FROM_ESTABLISHED:
        association.accept(ANSWER)
        _FROM_ESTABLISHED[state](association)
    sent(association)
    assert association.state is state
    return association


# The course of an association ---------------------------------------------------------------------------


def test_an_echo_from_request_to_release() -> None:
    association = Association.acceptor(16384)
    assert association.state.name == "IDLE"
    association.transport_opened(ARTIM)
    assert association.next_deadline() == ARTIM
    assert indications(association, REQUEST.encode()) == [ind.AssociateRequested(223)]
    assert association.next_deadline() is None
    assert association.decode_request(NOW) == REQUEST
    association.accept(ANSWER)
    assert sent(association) == [ANSWER.encode()]
    assert indications(association, PDV_PDU) == [ind.DataReceived((PDV,))]
    association.send_data([PDV])
    assert sent(association) == [PDV_PDU]
    assert indications(association, RELEASE_RQ) == [ind.ReleaseRequested(collision=False)]
    association.respond_to_release(NOW)
    assert sent(association) == [RELEASE_RP]
    assert association.next_deadline() == NOW + ARTIM_NS
    assert indications(association, b"") == [ind.TransportClosed("")]
    assert association.state.name == "IDLE"


def test_rejection() -> None:
    association = in_state(State.AWAITING_LOCAL_ASSOCIATE_RESPONSE)
    association.reject(REJECTION, NOW)
    assert sent(association) == [REJECTION.encode()]
    assert (association.state, association.next_deadline()) == (13, NOW + ARTIM_NS)


def test_release_collision() -> None:
    association = in_state(State.AWAITING_RELEASE_RESPONSE)
    assert indications(association, RELEASE_RQ) == [ind.ReleaseRequested(collision=True)]
    assert indications(association, RELEASE_RP) == [ind.ReleaseConfirmed()]
    association.respond_to_release(NOW)
    assert sent(association) == [RELEASE_RP]
    assert (association.state, association.next_deadline()) == (13, NOW + ARTIM_NS)


def test_the_request_is_decoded_once_and_its_titles_can_be_sent_back() -> None:
    association = opened()
    indications(association, scu.associate_request(called=b"YOU\0\0", calling=b"ME".ljust(16, b"\0")))
    request = association.decode_request(NOW)
    assert (request.called_aet, request.calling_aet) == ("YOU", "ME")
    association.accept(AssociateAc(*association.request_titles, (), ()))
    (answer,) = sent(association)
    assert answer[10:42] == b"YOU\0\0".ljust(16) + b"ME".ljust(16, b"\0")
    with pytest.raises(RuntimeError, match="no request to decode"):
        association.decode_request(NOW)


def test_a_request_can_be_decoded_after_its_peer_is_gone() -> None:
    association = requested()
    assert indications(association, ABORT) == [ind.Aborted(0, 0)]
    assert association.decode_request(NOW) == REQUEST


def test_an_unsound_request_whose_peer_is_gone_needs_no_answer() -> None:
    association = opened()
    indications(association, octets("01 00 00000002 0001"), b"")
    with pytest.raises(RemoteProtocolError, match="has a body of 2 bytes"):
        association.decode_request(NOW)
    assert (association.state, sent(association)) == (1, [])


def test_an_answer_that_cannot_be_encoded_changes_nothing() -> None:
    association = requested()
    with pytest.raises(UnicodeEncodeError):
        association.accept(ANSWER._replace(called_aet="☂"))
    assert association.state.name == "AWAITING_LOCAL_ASSOCIATE_RESPONSE"


# What comes in place of a request -----------------------------------------------------------------------


def test_an_abort_as_the_first_pdu_ends_it() -> None:
    association = opened()
    assert indications(association, octets("07 00 00000004 0000 02 06")) == [ind.Aborted(2, 6)]
    assert (association.state, association.next_deadline(), sent(association)) == (1, None, [])


def test_a_connection_that_closes_before_its_request_ends_it() -> None:
    association = opened()
    assert indications(association, REQUEST.encode()[:9], b"") == [ind.TransportClosed("A-ASSOCIATE-RQ")]
    assert (association.state, association.next_deadline()) == (1, None)


def test_the_timer_ends_a_wait_for_the_request() -> None:
    association = opened()
    association.handle_timeout(ARTIM - 1)
    assert association.state.name == "AWAITING_ASSOCIATE_RQ"
    association.handle_timeout(ARTIM)
    assert association.state.name == "IDLE"
    assert indications(association, REQUEST.encode()) == []


def test_before_its_request_there_is_nothing_to_abort() -> None:
    association = opened()
    association.abort(NOW)
    assert (association.state, sent(association)) == (2, [])


def test_another_version_of_the_protocol_is_rejected() -> None:
    association = opened()
    association.receive_data(scu.associate_request(version=0x8002))
    with pytest.raises(RemoteProtocolError) as caught:
        association.next_indication(NOW)
    assert str(caught.value) == (
        "the peer does not speak version 1 of the protocol: its A-ASSOCIATE-RQ has 0x8002 (PS3.8 9.3.2)"
    )
    assert sent(association) == [AssociateRj(1, 2, 2).encode()]
    assert (association.state, association.next_deadline()) == (13, NOW + ARTIM_NS)
    with pytest.raises(RuntimeError, match="no request to decode"):
        association.decode_request(NOW)


@pytest.mark.parametrize("body", ["", "00", "0001", "0001 0000"])
def test_a_request_too_short_is_told_when_it_is_decoded(body: str) -> None:
    association = opened()
    data = octets(body)
    assert indications(association, octets("01 00") + len(data).to_bytes(4) + data) == [
        ind.AssociateRequested(6 + len(data))
    ]
    with pytest.raises(RemoteProtocolError, match=f"has a body of {len(data)} bytes where at least 68"):
        association.decode_request(NOW)
    assert sent(association) == [octets("07 00 00000004 0000 02 06")]
    assert (association.state, association.next_deadline()) == (13, NOW + ARTIM_NS)


# Bounds -------------------------------------------------------------------------------------------------

LIMITS = RequestLimits()


def refusal(data: bytes, limits: RequestLimits = LIMITS) -> str:
    """Return the sentence that a request is refused with."""
    association = Association.acceptor(16384, limits=limits)
    association.transport_opened(ARTIM)
    association.receive_data(data)
    with pytest.raises(RemoteProtocolError) as caught:  # noqa: PT012
        association.next_indication(NOW)
        association.decode_request(NOW)
    assert sent(association) == [octets("07 00 00000004 0000 02 06")]
    assert (association.state, association.next_deadline()) == (13, NOW + ARTIM_NS)
    return str(caught.value)


def test_the_length_of_a_request_is_checked_before_its_body_comes() -> None:
    assert refusal(octets("01 00 00040001")) == (
        "the peer sent A-ASSOCIATE-RQ of 262145 bytes where at most 262144 make sense (PS3.8 9.3.1)"
    )


def contexts(count: int, syntaxes: int) -> bytes:
    """Return a request for so many contexts, each with so many transfer syntaxes."""
    transfer = tuple(f"1.{number}" for number in range(syntaxes))
    proposed = (pdus.ProposedContext((2 * number + 1) % 256, "1.2", transfer) for number in range(count))
    return REQUEST._replace(contexts=tuple(proposed)).encode()


def test_as_many_contexts_and_transfer_syntaxes_as_make_sense() -> None:
    association = opened()
    indications(association, contexts(128, 128))
    assert len(association.decode_request(NOW).contexts) == 128
    assert refusal(contexts(129, 1)) == (
        "A-ASSOCIATE-RQ proposes more than 128 presentation contexts (PS3.8 9.3.2.2)"
    )
    assert refusal(contexts(1, 129)) == (
        "A-ASSOCIATE-RQ proposes more than 128 transfer syntaxes for presentation context 1 (PS3.8 9.3.2.2)"
    )


def test_bounds_are_the_callers() -> None:
    assert "more than 1 presentation contexts" in refusal(contexts(2, 1), RequestLimits(contexts=1))
    assert "at most 68 make sense" in refusal(REQUEST.encode(), RequestLimits(length=68))


# What storescp and Orthanc accept -----------------------------------------------------------------------


def accepted(data: bytes) -> pdus.AssociateRq:
    """Return the request that the bytes make."""
    association = opened()
    assert indications(association, data) == [ind.AssociateRequested(len(data))]
    return association.decode_request(NOW)


def test_names_of_any_length_and_letters() -> None:
    name = ImplementationVersionName("A_NAME_OF_MORE_THAN_SIXTEEN_LETTERS")
    request = accepted(
        scu.associate_request(
            (1, "1.2.\xe9", ["1.\xff"]),
            called=b"A\\B\xe9",
            calling=b"",
            user=[name.encode()],
        )
    )
    assert (request.called_aet, request.calling_aet) == ("A\\B\xe9", "")
    assert request.contexts == (pdus.ProposedContext(1, "1.2.\xe9", ("1.\xff",)),)
    assert find(request.user_information, ImplementationVersionName) == name
    assert find(request.user_information, MaximumLength) is None


def test_what_later_editions_may_add() -> None:
    unknown, identity = UnknownSubItem(0x77, b"\1\2"), UserIdentity(9, True, b"token")
    request = accepted(scu.associate_request(user=[unknown.encode(), identity.encode()], version=0x0003))
    assert request.user_information == (unknown, identity)


def test_a_context_without_transfer_syntax_is_a_context() -> None:
    assert accepted(scu.associate_request((1, "1.2", []))).contexts == (pdus.ProposedContext(1, "1.2", ()),)


# Every PDU in every state -------------------------------------------------------------------------------


@every_row
@every_open_state
def test_a_pdu_takes_the_state_where_the_table_says(row: Row, state: State) -> None:
    action, following = transcription("acceptor")[PDU_EVENTS[row.kind], state.value]
    association = in_state(state)
    result, after, answer = outcome(association, [row.data(reserved=0xFF)])
    assert after == following
    assert ("UnexpectedPdu" in result) == (action in ("AA-1", "AA-8"))
    assert (result == "[]") == (state is State.AWAITING_TRANSPORT_CLOSE)
    assert answer == ([UNEXPECTED] if action in ("AA-1", "AA-7", "AA-8") else [])
    assert (association.next_deadline() is not None) == (following == 13)


@every_row
@every_open_state
def test_byte_by_byte_is_the_same_as_whole(row: Row, state: State) -> None:
    data = row.data()
    pieces = [data[index : index + 1] for index in range(len(data))]
    assert outcome(in_state(state), pieces) == outcome(in_state(state), [data])


@every_open_state
def test_the_connection_closes(state: State) -> None:
    association = in_state(state)
    assert indications(association, b"") == [ind.TransportClosed("")]
    assert (association.state, association.next_deadline()) == (1, None)


@pytest.mark.parametrize(("data", "reason"), UNSOUND.values(), ids=UNSOUND)
@every_open_state
def test_an_unsound_pdu_is_answered_with_an_abort(data: bytes, reason: int, state: State) -> None:
    association = in_state(state)
    result, after, answer = outcome(association, [data])
    assert ("Error" in result or "NotDicom" in result) == (state is not State.AWAITING_TRANSPORT_CLOSE)
    assert answer == [octets("07 00 00000004 0000 02") + bytes((reason,))]
    assert (after, association.next_deadline()) == (13, NOW + ARTIM_NS)


LOCAL_CALLS: dict[StateEvent, Callable[[Association], object]] = {
    StateEvent.TRANSPORT_INDICATION: lambda association: association.transport_opened(ARTIM),
    StateEvent.ASSOCIATE_ACCEPT: lambda association: association.accept(ANSWER),
    StateEvent.ASSOCIATE_REJECT: lambda association: association.reject(REJECTION, NOW),
    StateEvent.DATA_REQUEST: lambda association: association.send_data([PDV]),
    StateEvent.RELEASE_REQUEST: Association.release,
    StateEvent.RELEASE_RESPONSE: lambda association: association.respond_to_release(NOW),
}


@every_state
@pytest.mark.parametrize("event", LOCAL_CALLS, ids=lambda event: event.name)
def test_local_calls_are_those_that_the_table_allows(event: StateEvent, state: State) -> None:
    association = in_state(state)
    cell = transcription("acceptor").get((event.value, state.value))
    if cell is None:
        with pytest.raises(RuntimeError, match=f"^{event.name} is not possible in state {state.name}$"):
            LOCAL_CALLS[event](association)
        assert (association.state, sent(association)) == (state, [])
    else:
        LOCAL_CALLS[event](association)
        assert association.state == cell[1]
        assert len(sent(association)) == (0 if event is StateEvent.TRANSPORT_INDICATION else 1)


@given(st.data(), st.sampled_from(STATES), strategies.STREAMS)
def test_any_bytes_in_any_state_are_indications_or_a_protocol_error(
    data: st.DataObject, state: State, stream: bytes
) -> None:
    association = in_state(state)
    errors: list[RemoteProtocolError] = []
    for chunk in (*data.draw(strategies.chunked(stream)), b"", b""):
        try:
            for indication in indications(association, chunk):
                if isinstance(indication, ind.AssociateRequested):
                    association.decode_request(NOW)
        except RemoteProtocolError as error:
            errors.append(error)
    assert [error.abort_reason for error in errors] in ([], [0], [1], [2], [6])
    assert {data[0] for data in sent(association)} <= {pdus.ABORT, pdus.ASSOCIATE_RJ}
    association.handle_timeout(ARTIM)
    assert association.state is State.IDLE


# What is kept, and given up ------------------------------------------------------------------------------


def test_what_has_come_of_a_request_is_named_and_counted() -> None:
    association, data = opened(), REQUEST.encode()
    assert (association.partial, association.mid_pdu, association.held) == ("", False, 0)
    indications(association, data[:9])
    assert (association.partial, association.mid_pdu, association.held) == ("A-ASSOCIATE-RQ", True, 9)
    indications(association, data[9:] + PDV_PDU[:3])
    assert (association.undecoded_request, association.held) == (data, len(data) + 3)
    assert association.request_titles == ("", "")
    association.decode_request(NOW)
    assert association.request_titles == ("ANY-SCP".ljust(16), "ECHOSCU".ljust(16))
    assert (association.undecoded_request, association.held) == (b"", 3)


@every_open_state
def test_what_cannot_be_held_is_forgotten_and_aborted(state: State) -> None:
    association = in_state(state)
    indications(association, PDV_PDU[:8])
    before = association.next_deadline()
    association.refuse_data(NOW + 1)
    assert sent(association) == [octets("07 00 00000004 0000 02 00")]
    assert association.state is State.AWAITING_TRANSPORT_CLOSE
    closing = state is State.AWAITING_TRANSPORT_CLOSE  # whose timer goes on
    assert association.next_deadline() == (before if closing else NOW + 1 + ARTIM_NS)
    assert (association.held, association.undecoded_request) == (0, b"")
    assert indications(association, PDV_PDU) == []


def test_what_is_no_pdu_is_not_kept() -> None:
    association = in_state(State.ESTABLISHED)
    with pytest.raises(RemoteProtocolError):
        indications(association, b"HTTP/1.1 200 OK")
    assert association.held == 0


@pytest.mark.parametrize("version", ["0002", "8000"])
def test_where_another_version_is(version: str) -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        indications(opened(), octets("01 00 00000002" + version))
    error = caught.value
    assert error.what == (
        f"the peer does not speak version 1 of the protocol: its A-ASSOCIATE-RQ has 0x{version}"
    )
    assert (error.clause, error.offset, error.kind) == ("PS3.8 9.3.2", 6, "version")


def test_there_is_a_request_to_decode_only_once() -> None:
    association = requested()
    association.decode_request(NOW)
    with pytest.raises(RuntimeError, match=r"^there is no request to decode$"):
        association.decode_request(NOW)


def test_an_acceptor_tells_what_it_receives_and_sends() -> None:
    told: list[tuple[str | None, int]] = []
    association = requested(
        lambda what, sender: told.append((sender, what.kind)) if isinstance(what, events.Pdu) else None
    )
    association.accept(ANSWER)
    assert told == [("peer", 1), ("local", 2)]

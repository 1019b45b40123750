"""One association: bytes and local calls in, indications and bytes out, in every state."""

import tracemalloc
from collections.abc import Callable, Iterable

import pytest

from dcmtool import events
from dcmtool.errors import RemoteProtocolError, UnexpectedPdu
from dcmtool.upper_layer import indications as ind
from dcmtool.upper_layer import pdus
from dcmtool.upper_layer.association import ARTIM_NS, Association, _encoded
from dcmtool.upper_layer.contexts import PresentationContext
from dcmtool.upper_layer.states import Action, State, StateEvent
from dcmtool.upper_layer.user_information import (
    ImplementationClassUid,
    ImplementationVersionName,
    MaximumLength,
    SubItem,
    UserIdentity,
)
from tests.upper_layer.pdu_table import REQUEST, ROWS, Row, octets
from tests.upper_layer.state_table import REQUESTOR_STATES, transcription

NOW = 5_000_000_000
ACCEPTANCE = next(row for row in ROWS if row.name == "AC")
REJECTION = next(row for row in ROWS if row.name == "RJ")
DATA = next(row for row in ROWS if row.kind == pdus.P_DATA_TF)
RELEASE_RQ = octets("05 00 00000004 00000000")
RELEASE_RP = octets("06 00 00000004 00000000")
ABORT = octets("07 00 00000004 0000 00 00")
PDV = pdus.Pdv(1, True, True, b"\xcc")
PDV_PDU = octets("04 00 00000007 00000003 01 03 cc")
# The events of the state table that PDUs make, by the PDU's type.
PDU_EVENTS = {1: 6, 2: 3, 3: 4, 4: 10, 5: 12, 6: 13, 7: 16}

Emitted = list[tuple[events.What, events.Sender | None]]
STATES = tuple(map(State, REQUESTOR_STATES))
every_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
every_state = pytest.mark.parametrize("state", STATES, ids=lambda state: state.name)


def sent(association: Association) -> list[bytes]:
    """Return what is ready to send, PDU by PDU, and take it."""
    return list(iter(association.data_to_send, None))


def indications(association: Association, *chunks: bytes, now: int = NOW) -> list[ind.Indication]:
    """Return what the chunks mean."""
    found: list[ind.Indication] = []
    for chunk in chunks:
        association.receive_data(chunk)
        found += iter(lambda: association.next_indication(now), None)
    return found


def _collided(association: Association) -> None:
    association.release()
    indications(association, RELEASE_RQ)


def _answered_collision(association: Association) -> None:
    _collided(association)
    association.respond_to_release(NOW)


# How an association in state 6 gets to the others.
_FROM_ESTABLISHED: dict[State, Callable[[Association], object]] = {
    State.IDLE: lambda association: indications(association, ABORT),
    State.ESTABLISHED: indications,
    State.AWAITING_RELEASE_RESPONSE: Association.release,
    State.RELEASE_REQUESTED_BY_PEER: lambda association: indications(association, RELEASE_RQ),
    State.RELEASE_COLLISION: _collided,
    State.RELEASE_COLLISION_ANSWERED: _answered_collision,
    State.AWAITING_TRANSPORT_CLOSE: lambda association: association.abort(NOW),
}


def in_state(state: State, emit: events.Emit | None = None) -> Association:
    """Return an association in a state, with nothing left to send."""
    association = Association.requestor(REQUEST, emit)
    if state is not State.AWAITING_TRANSPORT_OPEN:
        association.transport_opened()
    if state in _FROM_ESTABLISHED:
        indications(association, ACCEPTANCE.data())
        _FROM_ESTABLISHED[state](association)
    sent(association)
    assert association.state is state
    return association


# The course of an association ---------------------------------------------------------------------------


def test_an_echo_from_request_to_release() -> None:
    association = Association.requestor(REQUEST)
    assert association.state.name == "AWAITING_TRANSPORT_OPEN"
    assert sent(association) == []
    association.transport_opened()
    assert sent(association) == [REQUEST.encode()]
    (accepted,) = indications(association, ACCEPTANCE.data())
    assert accepted == ind.Accepted(
        pdus.AssociateAc.decode(ACCEPTANCE.data()[6:]),
        (PresentationContext(REQUEST.contexts[0], 0, "1.2.840.10008.1.2"),),
    )
    association.send_data([PDV, PDV])
    assert sent(association) == [PDV_PDU, PDV_PDU]
    assert indications(association, DATA.data() + PDV_PDU) == [
        ind.DataReceived(pdus.PDataTf.decode(DATA.data()[6:]).pdvs),
        ind.DataReceived((PDV,)),
    ]
    association.release()
    assert sent(association) == [RELEASE_RQ]
    assert indications(association, RELEASE_RP) == [ind.ReleaseConfirmed()]
    assert association.state is State.IDLE
    assert association.next_deadline() is None


def test_rejection() -> None:
    association = in_state(State.AWAITING_ASSOCIATE_RESPONSE)
    assert indications(association, REJECTION.data()) == [ind.Rejected(pdus.AssociateRj(1, 1, 7))]
    assert association.state is State.IDLE


def test_data_may_come_until_the_release_is_confirmed() -> None:
    association = in_state(State.AWAITING_RELEASE_RESPONSE)
    assert indications(association, PDV_PDU) == [ind.DataReceived((PDV,))]
    assert association.state is State.AWAITING_RELEASE_RESPONSE


def test_release_collision() -> None:
    association = in_state(State.AWAITING_RELEASE_RESPONSE)
    assert indications(association, RELEASE_RQ) == [ind.ReleaseRequested(collision=True)]
    association.respond_to_release(NOW)
    assert sent(association) == [RELEASE_RP]
    assert association.next_deadline() is None
    assert indications(association, RELEASE_RP) == [ind.ReleaseConfirmed()]


def test_the_peer_releases() -> None:
    association = in_state(State.ESTABLISHED)
    assert indications(association, RELEASE_RQ) == [ind.ReleaseRequested(collision=False)]
    association.send_data([PDV])  # AR-7
    association.respond_to_release(NOW)
    assert sent(association) == [PDV_PDU, RELEASE_RP]
    assert association.next_deadline() == NOW + ARTIM_NS
    assert indications(association, b"") == [ind.TransportClosed("")]
    assert association.state is State.IDLE


@pytest.mark.parametrize("state", [s for s in STATES if s not in (1, 4, 13)], ids=lambda s: s.name)
def test_the_peer_aborts(state: State) -> None:
    association = in_state(state)
    assert indications(association, octets("07 ff 00000004 ffff 02 06")) == [ind.Aborted(2, 6)]
    assert association.state is State.IDLE
    assert sent(association) == []


@pytest.mark.parametrize("state", [s for s in STATES if s not in (1, 4, 13)], ids=lambda s: s.name)
def test_we_abort(state: State) -> None:
    association = in_state(state)
    association.abort(NOW)
    assert sent(association) == [ABORT]
    assert association.state is State.AWAITING_TRANSPORT_CLOSE
    assert association.next_deadline() == NOW + ARTIM_NS
    association.abort(NOW + 1)
    assert sent(association) == []
    assert association.next_deadline() == NOW + ARTIM_NS


def test_an_abort_without_a_connection_sends_nothing() -> None:
    for state in (State.AWAITING_TRANSPORT_OPEN, State.IDLE):
        association = in_state(state)
        association.abort(NOW)
        assert association.state is State.IDLE
        assert sent(association) == []


# The connection ends ------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [s for s in STATES if s is not State.IDLE], ids=lambda s: s.name)
def test_the_connection_closes(state: State) -> None:
    association = in_state(state)
    assert indications(association, b"") == [ind.TransportClosed("")]
    assert association.state is State.IDLE
    assert association.next_indication(NOW) is None


def test_the_connection_closes_in_the_middle_of_a_pdu() -> None:
    association = in_state(State.ESTABLISHED)
    assert indications(association, PDV_PDU[:9], b"") == [ind.TransportClosed("P-DATA-TF")]


def test_a_last_pdu_comes_before_the_end() -> None:
    association = in_state(State.ESTABLISHED)
    association.receive_data(PDV_PDU)
    association.receive_data(b"")
    assert association.next_indication(NOW) == ind.DataReceived((PDV,))
    assert association.next_indication(NOW) == ind.TransportClosed("")


# Every PDU in every state, whole and in pieces ----------------------------------------------------------


def outcome(association: Association, chunks: Iterable[bytes]) -> tuple[str, State, list[bytes]]:
    """Return what chunks lead to: the indications or error, the state, and what is then sent."""
    try:
        result = repr(indications(association, *chunks))
    except RemoteProtocolError as error:
        result = repr(error)
    return result, association.state, sent(association)


@every_row
@pytest.mark.parametrize("state", [s for s in STATES if s not in (1, 4)], ids=lambda s: s.name)
def test_a_pdu_takes_the_state_where_the_table_says(row: Row, state: State) -> None:
    action, following = transcription()[PDU_EVENTS[row.kind], state.value]
    association = in_state(state)
    result, after, answer = outcome(association, [row.data(reserved=0xFF)])
    assert after == following
    assert ("UnexpectedPdu" in result) == (action == "AA-8")
    assert (result == "[]") == (state is State.AWAITING_TRANSPORT_CLOSE)
    unexpected = octets("07 00 00000004 0000 02 02")
    assert answer == ([unexpected] if action in ("AA-7", "AA-8") else [])
    assert (association.next_deadline() is not None) == (following == 13)


@every_row
@pytest.mark.parametrize("state", [s for s in STATES if s not in (1, 4)], ids=lambda s: s.name)
def test_byte_by_byte_is_the_same_as_whole(row: Row, state: State) -> None:
    data = row.data()
    pieces = [data[index : index + 1] for index in range(len(data))]
    assert outcome(in_state(state), pieces) == outcome(in_state(state), [data])


@every_row
@pytest.mark.parametrize("state", [s for s in STATES if s not in (1, 4)], ids=lambda s: s.name)
def test_a_truncated_pdu_is_waited_for_and_then_named(row: Row, state: State) -> None:
    association = in_state(state)
    assert indications(association, row.data()[:-1]) == []
    assert association.state is state
    assert indications(association, b"") == [ind.TransportClosed(pdus.PDU_NAMES[row.kind])]


@every_row
def test_a_trailing_pdu_is_kept_for_the_next_state(row: Row) -> None:
    whole = in_state(State.AWAITING_ASSOCIATE_RESPONSE)
    parts = in_state(State.AWAITING_ASSOCIATE_RESPONSE)
    together = outcome(whole, [ACCEPTANCE.data() + row.data()])
    assert outcome(parts, [ACCEPTANCE.data(), row.data()]) == together


def test_unexpected_pdus_are_named() -> None:
    association = in_state(State.AWAITING_ASSOCIATE_RESPONSE)
    association.receive_data(RELEASE_RP)
    with pytest.raises(UnexpectedPdu) as caught:
        association.next_indication(NOW)
    assert str(caught.value) == (
        "the peer sent A-RELEASE-RP while we were waiting for the answer to A-ASSOCIATE-RQ (PS3.8 9.2.3)"
    )
    assert association.next_deadline() == NOW + ARTIM_NS


# What is no sound PDU -----------------------------------------------------------------------------------

UNSOUND = {
    "HTTP": (b"HTTP/1.1 400 Bad Request\r\n", 1),
    "an unknown type": (b"\x08", 1),
    "a P-DATA-TF beyond the limit": (octets("04 00 00004001"), 6),
    "an A-ASSOCIATE-AC beyond the limit": (octets("02 00 00100001"), 6),
    "an A-RELEASE-RP beyond the limit": (octets("06 00 00000005"), 6),
    "an empty P-DATA-TF": (octets("04 00 00000000"), 6),
    "an A-ABORT cut short": (octets("07 00 00000003 000000"), 6),
}
every_unsound = pytest.mark.parametrize(("data", "reason"), UNSOUND.values(), ids=UNSOUND.keys())


@every_unsound
@pytest.mark.parametrize("state", [s for s in STATES if s not in (1, 4, 13)], ids=lambda s: s.name)
def test_an_unsound_pdu_is_answered_with_an_abort(data: bytes, reason: int, state: State) -> None:
    association = in_state(state)
    association.receive_data(data)
    with pytest.raises(RemoteProtocolError) as caught:
        association.next_indication(NOW)
    assert caught.value.abort_reason == reason
    assert sent(association) == [octets("07 00 00000004 0000 02") + bytes((reason,))]
    assert association.state is State.AWAITING_TRANSPORT_CLOSE
    # What follows is not read; the end of the connection is.
    assert indications(association, PDV_PDU, ABORT, data) == []
    assert [type(found) for found in indications(association, b"")] == [ind.TransportClosed]


@every_unsound
def test_an_unsound_pdu_while_closing_is_answered_once_more(data: bytes, reason: int) -> None:
    association = in_state(State.AWAITING_TRANSPORT_CLOSE)
    assert indications(association, data, data) == []
    assert sent(association) == [octets("07 00 00000004 0000 02") + bytes((reason,))]
    assert association.state is State.AWAITING_TRANSPORT_CLOSE


@pytest.mark.parametrize("data", [ABORT, b"HTTP", ACCEPTANCE.data()])
@pytest.mark.parametrize("state", [State.IDLE, State.AWAITING_TRANSPORT_OPEN], ids=lambda s: s.name)
def test_bytes_without_a_connection_mean_nothing(data: bytes, state: State) -> None:
    association = in_state(state)
    assert indications(association, data) == []
    assert association.state is state
    assert sent(association) == []


def test_bytes_from_before_the_connection_do_not_count() -> None:
    association = in_state(State.AWAITING_TRANSPORT_OPEN)
    association.receive_data(b"HTTP")
    association.transport_opened()
    assert [type(found) for found in indications(association, ACCEPTANCE.data())] == [ind.Accepted]


@pytest.mark.parametrize("data", [b"HTTP", octets("02 00 00000001"), ABORT], ids=["HTTP", "head", "abort"])
def test_a_flood_takes_no_memory(data: bytes) -> None:
    association = in_state(State.AWAITING_TRANSPORT_CLOSE)
    chunk = bytes(1 << 16)
    tracemalloc.start()
    try:
        for flood in (data, *[chunk] * 256):
            association.receive_data(flood)
            association.next_indication(NOW)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 1 << 18


# The timer ----------------------------------------------------------------------------------------------


def test_the_timer_ends_the_association() -> None:
    association = in_state(State.AWAITING_TRANSPORT_CLOSE)
    association.handle_timeout(NOW + ARTIM_NS - 1)
    assert association.state.name == "AWAITING_TRANSPORT_CLOSE"
    association.handle_timeout(NOW + ARTIM_NS)
    assert association.state is State.IDLE
    assert association.next_deadline() is None


def test_no_timer_runs_during_the_association() -> None:
    association = in_state(State.ESTABLISHED)
    association.handle_timeout(NOW + 1000 * ARTIM_NS)
    assert association.state is State.ESTABLISHED


def test_a_peer_cannot_hold_the_timer_back() -> None:
    association = in_state(State.AWAITING_TRANSPORT_CLOSE)
    # AA-7 sends, it does not restart the timer (PS3.8 table 9-9).
    assert (
        indications(association, REQUEST.encode(), REQUEST.encode(), b"HTTP", now=NOW + ARTIM_NS // 2) == []
    )
    assert len(sent(association)) == 3
    assert association.next_deadline() == NOW + ARTIM_NS


# Local calls --------------------------------------------------------------------------------------------

LOCAL_CALLS: dict[StateEvent, Callable[[Association], object]] = {
    StateEvent.TRANSPORT_OPEN: Association.transport_opened,
    StateEvent.DATA_REQUEST: lambda association: association.send_data([PDV]),
    StateEvent.RELEASE_REQUEST: Association.release,
    StateEvent.RELEASE_RESPONSE: lambda association: association.respond_to_release(NOW),
}


@every_state
@pytest.mark.parametrize("event", LOCAL_CALLS, ids=lambda event: event.name)
def test_local_calls_are_those_that_the_table_allows(event: StateEvent, state: State) -> None:
    association = in_state(state)
    cell = transcription().get((event.value, state.value))
    if cell is None:
        with pytest.raises(RuntimeError, match=f"^{event.name} is not possible in state {state.name}$"):
            LOCAL_CALLS[event](association)
        assert association.state is state
        assert sent(association) == []
    else:
        LOCAL_CALLS[event](association)
        assert association.state == cell[1]
        assert len(sent(association)) == 1


# What is emitted -----------------------------------------------------------------------------------------


def recorder(emitted: Emitted) -> events.Emit:
    """Return what keeps all that is emitted."""

    def emit(what: events.What, sender: events.Sender | None) -> None:
        emitted.append((what, sender))

    return emit


def test_every_step_and_pdu_is_emitted() -> None:
    emitted: Emitted = []
    association = Association.requestor(REQUEST, recorder(emitted))
    association.transport_opened()
    indications(association, REJECTION.data(reserved=0xFF))
    assert emitted == [
        (events.StateChanged(StateEvent.ASSOCIATE_REQUEST, Action.AE_1, State(1), State(4)), None),
        (events.StateChanged(StateEvent.TRANSPORT_OPEN, Action.AE_2, State(4), State(5)), None),
        (events.Pdu(1, REQUEST.encode()), "local"),
        (events.Pdu(3, REJECTION.data(reserved=0xFF)), "peer"),
        (events.StateChanged(StateEvent.ASSOCIATE_RJ, Action.AE_4, State(5), State(1)), None),
    ]


def test_a_pdu_that_cannot_be_read_is_emitted() -> None:
    emitted: Emitted = []
    association = in_state(State.ESTABLISHED, recorder(emitted))
    emitted.clear()
    with pytest.raises(RemoteProtocolError):
        indications(association, octets("04 00 00000000"))
    assert emitted == [
        (events.Pdu(4, octets("04 00 00000000")), "peer"),
        (events.StateChanged(StateEvent.INVALID_PDU, Action.AA_8, State(6), State(13)), None),
        (events.Pdu(7, octets("07 00 00000004 0000 02 06")), "local"),
    ]


# The request --------------------------------------------------------------------------------------------


def first_pdu(*user_information: SubItem) -> bytes:
    """Return the A-ASSOCIATE-RQ that goes out with this user information."""
    association = Association.requestor(REQUEST._replace(user_information=user_information))
    association.transport_opened()
    (data,) = sent(association)
    return data


def test_requests_that_are_equal_tuples_are_not_mistaken_for_each_other() -> None:
    assert b"\x52\x00\x00\x031.2" in first_pdu(ImplementationClassUid("1.2"))
    assert b"\x55\x00\x00\x031.2" in first_pdu(ImplementationVersionName("1.2"))


@pytest.mark.parametrize("user_information", [(), (MaximumLength(0),)])
def test_data_of_any_sensible_length_is_taken_where_no_limit_was_proposed(
    user_information: tuple[SubItem, ...],
) -> None:
    association = Association.requestor(REQUEST._replace(user_information=user_information))
    association.transport_opened()
    large = pdus.PDataTf((pdus.Pdv(1, False, True, bytes(500_000)),))
    _, received = indications(association, ACCEPTANCE.data(), large.encode())
    assert received == ind.DataReceived(large.pdvs)


def test_a_request_with_a_secret_is_not_remembered() -> None:
    _encoded.cache_clear()
    secret = REQUEST._replace(user_information=(UserIdentity(2, False, b"me", b"secret"),))
    for request, remembered in ((secret, 0), (REQUEST, 1)):
        association = Association.requestor(request)
        association.transport_opened()
        assert sent(association) == [request.encode()]
        assert _encoded.cache_info().currsize == remembered

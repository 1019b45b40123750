"""An association between two others, observed: by bytes alone, in any pieces, from the middle, and broken."""

import tracemalloc
from collections.abc import Iterable
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dcmtool.association.observed import ObservedAssociation, Side
from dcmtool.dimse import command_set as cs
from dcmtool.dimse.messages import CEchoRsp, c_echo_rq
from dcmtool.dimse.reassembly import MessageReassembler
from dcmtool.events import (
    AbortSent,
    AssociationId,
    DataSetReceived,
    Event,
    MessageReceived,
    Negotiated,
    Pdu,
    ProtocolFault,
    Requested,
    RequestRejected,
    StateChanged,
    TransportEnded,
    Warned,
    What,
)
from dcmtool.upper_layer import pdus
from dcmtool.upper_layer.association import Association
from dcmtool.upper_layer.contexts import negotiated
from dcmtool.upper_layer.pdus import (
    AssociateAc,
    AssociateRj,
    ContextResult,
    PDataTf,
    Pdv,
    ProposedContext,
    ReleaseRp,
    ReleaseRq,
)
from dcmtool.upper_layer.states import State
from dcmtool.upper_layer.user_information import MaximumLength
from tests.upper_layer import strategies
from tests.upper_layer.pdu_table import REQUEST
from tests.upper_layer.test_both_roles import COLLIDING, ESTABLISHING, STEPS, Game, Step

ID = AssociationId(1, "observer", 1_700_000_000.0, 0)
ANSWER = AssociateAc(
    "ANY-SCP", "ECHOSCU", (ContextResult(1, 0, "1.2.840.10008.1.2"),), (MaximumLength(16384),)
)
STORE = cs.encode([(cs.COMMAND_FIELD, cs.us(1)), (cs.COMMAND_DATA_SET_TYPE, cs.us(0))])
ECHO, ECHO_RSP = c_echo_rq(1), CEchoRsp(1, 0).encode()
RELEASE_RQ, RELEASE_RP = ReleaseRq().encode(), ReleaseRp().encode()
ABORT = pdus.Abort(2, 6).encode()
SIDES: tuple[Side, ...] = ("requestor", "acceptor")
Sent = tuple[Side, bytes]


def p_data(*pdvs: Pdv) -> bytes:
    """Return a P-DATA-TF."""
    return PDataTf(pdvs).encode()


def command(data: bytes, context_id: int = 1) -> bytes:
    """Return the P-DATA-TF of a command set."""
    return p_data(Pdv(context_id, True, True, data))


OPENING: list[Sent] = [("requestor", REQUEST.encode()), ("acceptor", ANSWER.encode())]
RELEASING: list[Sent] = [("requestor", RELEASE_RQ), ("acceptor", RELEASE_RP)]


def observe(sent: Iterable[Sent], observed: ObservedAssociation | None = None) -> list[Event]:
    """Return what is told of bytes in their order."""
    observed = observed or ObservedAssociation(ID)
    return [event for side, data in sent for event in observed.receive(side, data, 7)]


def told(sent: Iterable[Sent], *without: type) -> list[tuple[str | None, What]]:
    """Return who did what, but for events of some classes."""
    return [(event.sender, event.what) for event in observe(sent) if not isinstance(event.what, without)]


def faults(sent: Iterable[Sent]) -> list[str]:
    """Return the sentences of the faults, each with who is to blame."""
    return [f"{side}: {what.error}" for side, what in told(sent) if isinstance(what, ProtocolFault)]


def states(sent: Iterable[Sent]) -> list[str]:
    """Return the steps of the two state machines."""
    return [
        f"{side} {what.before.value} {what.action.label} {what.after.value}"
        for side, what in told(sent)
        if isinstance(what, StateChanged)
    ]


# What is told -------------------------------------------------------------------------------------------


def test_an_echo_from_request_to_release() -> None:
    exchange: list[Sent] = [("requestor", command(ECHO)), ("acceptor", command(ECHO_RSP))]
    assert told(OPENING + exchange + RELEASING, StateChanged) == [
        ("requestor", Pdu(1, REQUEST.encode())),
        ("requestor", Requested(REQUEST)),
        ("acceptor", Pdu(2, ANSWER.encode())),
        ("acceptor", Negotiated(REQUEST, ANSWER, negotiated(REQUEST.contexts, ANSWER.contexts))),
        ("requestor", MessageReceived(1, cs.decode(ECHO))),
        ("acceptor", MessageReceived(1, cs.decode(ECHO_RSP))),
        ("requestor", Pdu(5, RELEASE_RQ)),
        ("acceptor", Pdu(6, RELEASE_RP)),
    ]
    assert states([*OPENING, *exchange, *RELEASING, ("requestor", b"")]) == [
        "requestor 1 AE-1 4",
        "requestor 4 AE-2 5",
        "acceptor 1 AE-5 2",
        "acceptor 2 AE-6 3",
        "acceptor 3 AE-7 6",
        "requestor 5 AE-3 6",
        "requestor 6 AR-1 7",
        "acceptor 6 AR-2 8",
        "acceptor 8 AR-4 13",
        "requestor 7 AR-3 1",
        "acceptor 13 AR-5 1",
    ]


def test_each_event_knows_its_association_and_time() -> None:
    events = ObservedAssociation(ID).receive("requestor", REQUEST.encode(), 12)
    assert {(event.association, event.at) for event in events} == {(ID, 12)}


def test_a_data_set_is_counted() -> None:
    stored: list[Sent] = [
        ("requestor", command(STORE)),
        ("requestor", p_data(Pdv(1, False, False, bytes(1000)))),
        ("requestor", p_data(Pdv(1, False, False, b""), Pdv(1, False, True, bytes(24)))),
        ("requestor", command(ECHO)),
    ]
    assert told(OPENING + stored, StateChanged, Pdu)[2:] == [
        ("requestor", MessageReceived(1, cs.decode(STORE))),
        ("requestor", DataSetReceived(1, 1024)),
        ("requestor", MessageReceived(1, cs.decode(ECHO))),
    ]


def test_a_rejection() -> None:
    answer = AssociateRj(1, 1, 7)
    sent: list[Sent] = [OPENING[0], ("acceptor", answer.encode()), ("acceptor", b""), ("requestor", b"")]
    assert told(sent, StateChanged, Pdu) == [
        ("requestor", Requested(REQUEST)),
        ("acceptor", RequestRejected(answer)),
        ("acceptor", TransportEnded("closed", "")),
        ("requestor", TransportEnded("closed", "")),
    ]
    assert states(sent)[-3:] == ["acceptor 3 AE-8 13", "requestor 5 AE-4 1", "acceptor 13 AR-5 1"]


def test_an_abort() -> None:
    sent: list[Sent] = [*OPENING, ("acceptor", ABORT)]
    assert told(sent, StateChanged, Pdu)[-1] == ("acceptor", AbortSent(2, 6))
    assert states(sent)[-2:] == ["acceptor 6 AA-1 13", "requestor 6 AA-3 1"]


def test_what_was_on_its_way_to_one_that_aborted_is_no_fault() -> None:
    sent: list[Sent] = [("requestor", ABORT), ("acceptor", command(ECHO_RSP)), ("acceptor", RELEASE_RQ)]
    assert faults(OPENING + sent) == []


@pytest.mark.parametrize("first", SIDES)
def test_releases_that_cross(first: Side) -> None:
    second: Side = "acceptor" if first == "requestor" else "requestor"
    sent: list[Sent] = [(first, RELEASE_RQ), (second, RELEASE_RQ)]
    sent += [("requestor", RELEASE_RP), ("acceptor", RELEASE_RP)]
    assert faults(OPENING + sent) == []
    steps = states(OPENING + sent)
    assert f"{second} 7 AR-8 {'10' if second == 'acceptor' else '9'}" in steps
    assert f"{first} 7 AR-8 {'10' if first == 'acceptor' else '9'}" in steps
    assert steps[-4:] == [
        "requestor 9 AR-9 11",
        "acceptor 10 AR-10 12",
        "acceptor 12 AR-4 13",
        "requestor 11 AR-3 1",
    ]


# How it ends --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["closed", "reset"])
def test_the_connection_ends_in_the_middle_of_a_pdu(how: Literal["closed", "reset"]) -> None:
    observed = ObservedAssociation(ID)
    observe([*OPENING, ("acceptor", command(ECHO_RSP)[:20])], observed)
    ended = observed.receive("acceptor", b"", 8) if how == "closed" else observed.reset("acceptor", 8)
    assert ended[0].what == TransportEnded(how, "P-DATA-TF")
    assert observed.state("requestor") is State.IDLE
    assert observed.state("acceptor") is (State.IDLE if how == "reset" else State.ESTABLISHED)
    assert observed.receive("acceptor", command(ECHO_RSP), 9) == observed.reset("acceptor", 9) == []
    if how == "reset":  # which ends the other direction, too
        assert observed.receive("requestor", command(ECHO), 9) == observed.reset("requestor", 9) == []


def test_a_reset_after_the_other_side_closed() -> None:
    observed = ObservedAssociation(ID)
    observe([*OPENING, ("requestor", b"")], observed)
    assert observed.reset("acceptor", 9)[0].what == TransportEnded("reset", "")
    assert observed.state("requestor") is observed.state("acceptor") is State.IDLE


def test_what_was_on_its_way_to_one_that_closed_is_no_fault() -> None:
    sent: list[Sent] = [("requestor", b""), ("acceptor", command(ECHO_RSP)), ("acceptor", ABORT)]
    assert faults(OPENING + sent) == []


# Faults -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "sentences"),
    [
        (
            [("acceptor", b"HTTP/1.1 200 OK"), ("acceptor", b"more")],
            [
                "acceptor: what the peer sent is no DICOM PDU: it begins with 48 54 54 50 2f 31 2e 31 "
                '("HTTP/1.1") (PS3.8 9.3.1)'
            ],
        ),
        (
            [("acceptor", b"no"), ("acceptor", b"")],
            ['acceptor: what the peer sent is no DICOM PDU: it begins with 6e 6f ("no") (PS3.8 9.3.1)'],
        ),
        (
            [("requestor", b"\1\0\xff\xff\xff\xff"), ("requestor", REQUEST.encode())],
            [
                "requestor: the peer sent A-ASSOCIATE-RQ of 4294967295 bytes "
                "where at most 1048576 make sense (PS3.8 9.3.1)"
            ],
        ),
        (
            [("requestor", b"\1\0\0\0\0\0")],
            ["requestor: A-ASSOCIATE-RQ has a body of 0 bytes where at least 68 belong (PS3.8 9.3.2)"],
        ),
        (
            [("acceptor", REQUEST.encode())],
            ["acceptor: A-ASSOCIATE-RQ was sent while the requestor was idle (PS3.8 9.2.3)"],
        ),
        (
            [("requestor", ANSWER.encode())],
            ["requestor: A-ASSOCIATE-AC was sent while the acceptor was idle (PS3.8 9.2.3)"],
        ),
        (
            [OPENING[0], ("requestor", command(ECHO)), OPENING[1], ("requestor", command(ECHO))],
            [
                "requestor: P-DATA-TF was sent while the acceptor was deciding on the A-ASSOCIATE-RQ "
                "(PS3.8 9.2.3)"
            ],
        ),
        (
            [*OPENING, ("requestor", RELEASE_RQ), ("requestor", RELEASE_RQ)],
            [
                "requestor: A-RELEASE-RQ was sent while the acceptor was asked by the peer to release "
                "(PS3.8 9.2.3)"
            ],
        ),
        (
            [*OPENING, *RELEASING, ("acceptor", command(ECHO))],
            ["acceptor: P-DATA-TF was sent while the requestor was idle (PS3.8 9.2.3)"],
        ),
        (
            [*OPENING, ("requestor", p_data(Pdv(1, False, True, bytes(20000))))],
            [
                "requestor: P-DATA-TF of 20006 bytes was sent to the acceptor, which takes 16384 (PS3.8 D.1)",
                "requestor: the peer sent a fragment of a data set where a command belongs (PS3.8 E.2)",
            ],
        ),
        (
            [*OPENING, ("requestor", b"\4\0\0\0\0\0"), ("requestor", command(ECHO))],
            ["requestor: a P-DATA-TF has no PDV (PS3.8 9.3.5)"],
        ),
        (
            [*OPENING, ("requestor", b"\4\0\0\0\0\7\0\0\0\7\1\3\0"), ("requestor", command(ECHO))],
            ["requestor: the PDV lengths in a P-DATA-TF do not add up (PS3.8 9.3.5.1)"],
        ),
        (
            [*OPENING, ("requestor", b"\4\0\0\0\0\3\0\0\0"), ("requestor", command(ECHO))],
            ["requestor: the PDV lengths in a P-DATA-TF do not add up (PS3.8 9.3.5.1)"],
        ),
        (
            [*OPENING, ("acceptor", p_data(Pdv(1, True, True, bytes(65537)))), ("acceptor", command(ECHO))],
            [
                "acceptor: P-DATA-TF of 65543 bytes was sent to the requestor, which takes 16384 (PS3.8 D.1)",
                "acceptor: a command set has a fragment of 65537 bytes where 65536 make sense (PS3.7 6.3.1)",
            ],
        ),
        (
            [*OPENING, ("requestor", command(ECHO, 3)), ("requestor", command(ECHO))],
            [
                "requestor: the peer sent a message on presentation context 3, which was not accepted "
                "(PS3.8 9.3.5.1)"
            ],
        ),
    ],
)
def test_a_fault_is_an_event(sent: list[Sent], sentences: list[str]) -> None:
    assert faults(sent) == sentences
    if sent[-1][1] == command(ECHO) and len(sent) > 2 and "RELEASE" not in str(sentences):
        what = told(sent)[-1][1]
        assert isinstance(what, MessageReceived | ProtocolFault)  # it goes on with what can be read


def test_after_a_fault_in_a_message_the_next_one_is_read() -> None:
    sent: list[Sent] = [
        ("requestor", p_data(Pdv(3, True, False, STORE[:9]))),  # not accepted: passed over to its end
        ("requestor", p_data(Pdv(3, True, False, STORE[9:12]), Pdv(3, True, True, STORE[12:]))),
        ("requestor", p_data(Pdv(3, False, False, b"data"), Pdv(3, False, True, b"set"))),
        ("requestor", command(ECHO)),
    ]
    assert [what for _, what in told(OPENING + sent, StateChanged, Pdu)[3:]] == [
        MessageReceived(1, cs.decode(ECHO))
    ]


@pytest.mark.parametrize("is_command", [True, False])
def test_after_a_fault_in_a_message_the_next_one_is_read_with_its_data_set(is_command: bool) -> None:
    fault = Pdv(3, True, True, ECHO) if is_command else Pdv(1, False, False, b"data")
    sent: list[Sent] = [
        *(("requestor", p_data(fault)), ("requestor", command(STORE))),
        ("requestor", p_data(Pdv(1, False, True, b"data"))),
    ]
    (_, broken), *read = told(OPENING + sent, StateChanged, Pdu)[2:]
    assert isinstance(broken, ProtocolFault)
    assert [what for _, what in read] == [MessageReceived(1, cs.decode(STORE)), DataSetReceived(1, 4)]


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        ([*OPENING, ("requestor", p_data(Pdv(1, True, True, ECHO), Pdv(1, False, True, bytes(20000))))], 6),
        ([*OPENING, ("requestor", RELEASE_RQ), ("requestor", RELEASE_RQ)], 2),
    ],
)
def test_a_fault_has_the_reason_of_the_abort_that_would_answer_it(sent: list[Sent], reason: int) -> None:
    first, *_ = [what.error for _, what in told(sent) if isinstance(what, ProtocolFault)]
    assert first.abort_reason == reason


def test_the_longest_data_that_the_other_side_takes_is_no_fault() -> None:
    fragment = Pdv(1, False, True, bytes(16384 - 6))
    sent: list[Sent] = [("requestor", command(STORE)), ("requestor", p_data(fragment))]
    assert faults(OPENING + sent) == []


def test_data_where_none_belongs_is_one_fault_and_not_read() -> None:
    sent: list[Sent] = [("acceptor", p_data(Pdv(1, True, True, ECHO), Pdv(1, False, True, bytes(20000))))]
    ((_, what),) = told(OPENING + RELEASING + sent, StateChanged, Pdu)[2:]
    assert isinstance(what, ProtocolFault)


def test_a_request_may_be_longer_than_what_an_acceptor_of_ours_takes() -> None:
    syntaxes = ("1.2.840.10008.1.2",) * 100
    contexts = tuple(ProposedContext(number, "1.2", syntaxes) for number in range(1, 256, 2))
    request = REQUEST._replace(contexts=contexts)
    assert len(request.encode()) > 1 << 18
    assert told([("requestor", request.encode())], StateChanged, Pdu) == [("requestor", Requested(request))]


def test_a_request_has_no_more_contexts_than_there_are_numbers() -> None:
    request = REQUEST._replace(contexts=REQUEST.contexts * 129)
    assert faults([("requestor", request.encode())]) == [
        "requestor: A-ASSOCIATE-RQ proposes more than 128 presentation contexts (PS3.8 9.3.2.2)"
    ]


# From the middle ----------------------------------------------------------------------------------------

MIDDLE = (None, Warned("the association was not seen from its beginning"))


@pytest.mark.parametrize(
    ("sent", "expected", "following"),
    [
        (("requestor", command(ECHO)), MessageReceived(1, cs.decode(ECHO)), (6, 6)),
        (("acceptor", command(ECHO, 99)), MessageReceived(99, cs.decode(ECHO)), (6, 6)),
        (("acceptor", ANSWER.encode()), Pdu(2, ANSWER.encode()), (6, 6)),
        (("acceptor", AssociateRj(1, 1, 1).encode()), RequestRejected(AssociateRj(1, 1, 1)), (1, 13)),
        (("requestor", RELEASE_RQ), Pdu(5, RELEASE_RQ), (7, 8)),
        (("requestor", RELEASE_RP), Pdu(6, RELEASE_RP), (13, 1)),
        (("acceptor", ABORT), AbortSent(2, 6), (1, 13)),
    ],
)
def test_it_may_begin_in_the_middle(sent: Sent, expected: What, following: tuple[int, int]) -> None:
    observed = ObservedAssociation(ID)
    events = [(event.sender, event.what) for event in observe([sent], observed)]
    assert MIDDLE in events
    assert (sent[0], expected) in events
    assert (observed.state("requestor"), observed.state("acceptor")) == following


def test_a_data_set_whose_beginning_was_not_seen_is_passed_over() -> None:
    sent: list[Sent] = [("requestor", p_data(Pdv(1, False, True, b"data"))), ("requestor", command(ECHO))]
    assert told(sent) == [MIDDLE, ("requestor", MessageReceived(1, cs.decode(ECHO)))]


# Any pieces, any bytes ----------------------------------------------------------------------------------


@st.composite
def exchanges(draw: st.DrawFn) -> list[Sent]:
    """What two sides may send: PDUs that make sense in a row, and bytes that do not."""
    pieces = st.sampled_from(
        [command(ECHO), command(STORE), p_data(Pdv(1, False, True, b"data")), RELEASE_RQ]
    )
    sent: list[Sent] = list(OPENING) if draw(st.booleans()) else []
    for _ in range(draw(st.integers(0, 6))):
        data = draw(
            pieces | strategies.damaged() | st.binary(max_size=20) | strategies.PDUS.map(lambda p: p.encode())
        )
        sent.append((draw(st.sampled_from(SIDES)), data))
    return sent


@given(st.data(), exchanges())
@settings(max_examples=100)
def test_any_bytes_in_any_pieces_give_the_same_events(data: st.DataObject, sent: list[Sent]) -> None:
    sent = [each for each in sent if each[1]] + [(side, b"") for side in SIDES]
    pieces = [
        (side, piece) for side, each in sent for piece in (data.draw(strategies.chunked(each)) or [b""])
    ]
    observed = ObservedAssociation(ID)
    events = observe(pieces, observed)
    assert repr(events) == repr(observe(sent))
    assert observed.state("requestor") is observed.state("acceptor") is State.IDLE
    for event in events:
        if isinstance(event.what, ProtocolFault):
            assert str(event.what.error).isprintable()


@st.composite
def stores(draw: st.DrawFn) -> list[Sent]:
    """What a requestor sends of messages with data sets in fragments, most of them as they should be."""
    sent: list[Sent] = list(OPENING)
    odd = [p_data(Pdv(3, False, False, b"odd")), command(ECHO), p_data(Pdv(1, False, False, b""))]
    for _ in range(draw(st.integers(1, 3))):
        sizes = draw(st.lists(st.sampled_from([0, 1, 5, 40, 4090, 16379]), min_size=1, max_size=6))
        sent.append(("requestor", command(STORE)))
        sent += [("requestor", p_data(Pdv(1, False, False, bytes(size)))) for size in sizes]
        sent += [("requestor", each) for each in draw(st.lists(st.sampled_from(odd), max_size=1))]
        sent.append(("requestor", p_data(Pdv(1, False, False, b"a"), Pdv(1, False, True, b"bc"))))
        sent.append(("acceptor", command(ECHO_RSP)))
        sent += RELEASING[:1] * draw(st.integers(0, 1))
    return sent


@given(st.data(), stores())
@settings(max_examples=40)
def test_data_sets_in_any_pieces_whether_told_or_skipped(data: st.DataObject, sent: list[Sent]) -> None:
    with pytest.MonkeyPatch.context() as patch:  # each fragment is looked at
        patch.setattr(MessageReassembler, "data_set_context", None)
        expected = observe(sent)
    observed = ObservedAssociation(ID)
    events: list[Event] = []
    for side, whole in sent:
        pieces = data.draw(strategies.chunked(whole)) if len(whole) < 100 else [whole[:50], whole[50:]]
        for piece in pieces:
            count = min(observed.unread(side), data.draw(st.integers(0, len(piece))))
            observed.skip(side, count)
            events += observed.receive(side, piece[count:], 7) if count < len(piece) else []
    assert repr(events) == repr(expected)


def test_nothing_is_unread_of_one_that_closed() -> None:
    observed = ObservedAssociation(ID)
    observe(
        [*OPENING, ("requestor", command(STORE)), ("requestor", b"\4\0\0\0\0\x20\0\0\0\x1c\1\0")], observed
    )
    assert observed.unread("requestor") == 25
    observe([("requestor", b"")], observed)
    assert observed.unread("requestor") == 0


@given(st.sampled_from(([], ESTABLISHING, COLLIDING)), STEPS)
def test_two_sides_that_keep_to_the_table_have_no_fault(before: list[Step], steps: list[Step]) -> None:
    game = Game()
    for step in before + steps:
        game.play(step)
    observed = ObservedAssociation(ID)
    sent: list[Sent] = [
        ("requestor" if role == "requestor" else "acceptor", data) for role, data in game.wire
    ]
    events = observe(sent, observed)
    # The acceptor's data may be no message; that alone is the test's doing.
    assert {what.error.clause for event in events if isinstance(what := event.what, ProtocolFault)} <= {
        "PS3.7 6.3.1"
    }


def test_a_flood_takes_no_memory() -> None:
    observed = ObservedAssociation(ID)
    observe([*OPENING, ("requestor", command(STORE))], observed)
    observe([("requestor", b"\4\0\xff\xff\xff\xff" + b"\xff\xff\xff\xfb\1\0")], observed)
    chunk = bytes(1 << 16)
    tracemalloc.start()
    try:
        for _ in range(256):
            observed.receive("requestor", chunk, 7)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 1 << 18


def test_an_association_of_ours_and_one_observed_tell_the_same_states() -> None:
    steps: list[StateChanged] = []
    ours = Association.requestor(
        REQUEST, lambda what, _: steps.append(what) if isinstance(what, StateChanged) else None
    )
    ours.transport_opened()
    ours.receive_data(ANSWER.encode())
    ours.next_indication(0)
    ours.release()
    ours.receive_data(RELEASE_RP)
    ours.next_indication(0)
    assert [
        (side, what) for side, what in told(OPENING + RELEASING) if side == "requestor" and what in steps
    ] == [("requestor", step) for step in steps]


# What was not seen ----------------------------------------------------------------------------------------


def test_a_hole_within_a_data_set() -> None:
    stored = p_data(Pdv(1, False, True, bytes(1000)))
    observed = ObservedAssociation(ID)
    observe([*OPENING, ("requestor", command(STORE)), ("requestor", stored[:100])], observed)
    assert observed.missed("requestor", 912 - 100, 8) == []
    assert not observed.is_lost("requestor")
    told = observe([("requestor", stored[912:])], observed)
    assert [event.what for event in told] == [DataSetReceived(1, 1000)]


def test_a_hole_elsewhere() -> None:
    observed = ObservedAssociation(ID)
    observe([*OPENING, ("acceptor", command(ECHO_RSP)[:20])], observed)
    assert observed.partial("acceptor") == "P-DATA-TF"
    assert [event.what for event in observed.missed("acceptor", 1, 8)] == [
        Warned("1 byte of the acceptor's, and what they mean, were not seen")
    ]
    assert observed.is_lost("acceptor")
    assert observe([("acceptor", command(ECHO_RSP)[21:])], observed) == []
    observed.resume("acceptor")
    # The rest of a data set, of a message that had begun before, is passed over.
    assert observe([("acceptor", p_data(Pdv(1, False, True, b"")))], observed) == []
    assert [event.what for event in observe([("acceptor", command(ECHO_RSP))], observed)] == [
        MessageReceived(1, cs.decode(ECHO_RSP))
    ]


def test_what_does_not_fit_after_a_hole_is_no_fault() -> None:
    observed = ObservedAssociation(ID)
    observe(OPENING[:1], observed)
    observed.missed("acceptor", len(OPENING[1][1]), 8)
    observed.resume("acceptor")
    events = observe([("requestor", command(ECHO)), ("acceptor", command(ECHO_RSP)), *RELEASING], observed)
    assert [event for event in events if isinstance(event.what, ProtocolFault)] == []
    assert observed.state("requestor") is State.IDLE


def test_a_side_may_not_be_seen_at_all() -> None:
    observed = ObservedAssociation(ID)
    observed.allow_gaps()
    events = observe([OPENING[0], ("requestor", command(ECHO)), RELEASING[0], ("requestor", b"")], observed)
    assert [event for event in events if isinstance(event.what, ProtocolFault)] == []


def test_nothing_is_missed_after_the_end() -> None:
    observed = ObservedAssociation(ID)
    observe([*OPENING, ("acceptor", b"")], observed)
    assert observed.missed("acceptor", 5, 8) == []

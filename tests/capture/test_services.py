"""Commands counted, matched with their answers, and timed."""

import pytest

from dcmtool.capture.connection import ServiceUse, Spans
from dcmtool.dimse import command_set as cs
from dcmtool.uids import VERIFICATION_SOP_CLASS
from tests.capture.conversations import (
    BEGAN,
    CT,
    ECHO,
    FIND,
    OPENING,
    RELEASING,
    Hole,
    Sent,
    data_set,
    p_data,
    request,
    response,
    result,
)

COMMITMENT = "1.2.840.10008.1.20.1"
STORE, C_FIND, EVENT, CANCEL, ACTION = 0x0001, 0x0020, 0x0100, 0x0FFF, 0x0130
QUERY: list[Sent] = [("requestor", request(C_FIND, 5, FIND)), ("requestor", data_set(50))]


def uses(*sent: Sent | Hole) -> tuple[ServiceUse, ...]:
    """Return what is counted on an association, nothing being wrong with it."""
    connection = result([*OPENING, *sent])
    assert connection.faults == ()
    return connection.services


def match(message_id: int, status: int = 0xFF00) -> list[Sent]:
    """Return a response with an identifier."""
    return [("acceptor", response(C_FIND, message_id, status, data_set=True)), ("acceptor", data_set(30))]


def test_pending_responses_are_counted_and_the_final_one_ends_the_span() -> None:
    sent = [*QUERY, *match(5), *match(5), *match(5, 0xFF01), ("acceptor", response(C_FIND, 5, 0))]
    statuses = ((0, 1), (0xFF00, 2), (0xFF01, 1))
    # From the end of the identifier to the final response.
    assert uses(*sent) == (
        ServiceUse("C-FIND", FIND, "requestor", 1, statuses, Spans(1, 70, 70, 70), 4, 140),
    )


def test_a_request_that_is_cancelled() -> None:
    cancel = p_data(
        cs.encode(
            [
                (cs.COMMAND_FIELD, cs.us(CANCEL)),
                (cs.MESSAGE_ID_BEING_RESPONDED_TO, cs.us(5)),
                (cs.COMMAND_DATA_SET_TYPE, cs.us(0x0101)),
            ]
        )
    )
    connection = result([*OPENING, *QUERY, ("requestor", cancel), ("acceptor", response(C_FIND, 5, 0xFE00))])
    assert connection.unanswered == ()
    assert [(use.command, use.sop_class, use.requests, use.statuses) for use in connection.services] == [
        ("C-FIND", FIND, 1, ((0xFE00, 1),)),
        ("C-CANCEL", FIND, 1, ()),
    ]
    (use,) = uses(("requestor", cancel))
    assert (use.command, use.sop_class) == ("C-CANCEL", VERIFICATION_SOP_CLASS)  # of the context


def test_several_requests_at_once() -> None:
    sent: list[Sent] = [("requestor", request(STORE, 1)), ("requestor", data_set())]
    sent += [("requestor", request(STORE, 2)), ("requestor", data_set())]
    sent += [("acceptor", response(STORE, 2, 0xA700)), ("acceptor", response(STORE, 1, 0))]
    (use,) = uses(*sent)
    assert (use.requests, use.statuses, use.data_sets) == (2, ((0, 1), (0xA700, 1)), 2)
    assert use.spans == Spans(2, 10, 40, 40)


def test_an_answer_before_the_end_of_the_data_set() -> None:
    sent: list[Sent] = [("requestor", request(STORE, 1)), ("requestor", data_set(last=False))]
    (use,) = uses(*sent, ("acceptor", response(STORE, 1, 0xA700)), ("requestor", data_set()))
    assert (use.spans, use.data_sets, use.data_bytes) == (Spans(1, 20, 20, 20), 1, 2000)


def test_the_acceptor_asks_too() -> None:
    sent: list[Sent] = [("requestor", request(ACTION, 1, COMMITMENT)), ("requestor", data_set())]
    sent += [("acceptor", response(ACTION, 1, 0))]
    sent += [("acceptor", request(EVENT, 1, COMMITMENT)), ("acceptor", data_set(10))]
    sent += [("requestor", response(EVENT, 1, 0))]
    assert [(use.command, use.sender, use.statuses, use.data_sets) for use in uses(*sent)] == [
        ("N-ACTION", "requestor", ((0, 1),), 1),
        ("N-EVENT-REPORT", "acceptor", ((0, 1),), 1),
    ]


def test_requests_without_an_answer() -> None:
    sent: list[Sent] = [("requestor", request(STORE, 1)), ("requestor", data_set())]
    sent += [("requestor", request(STORE, 1)), ("requestor", data_set()), *QUERY, *match(5)]
    connection = result([*OPENING, *sent, *RELEASING])
    assert connection.unanswered == ("C-STORE", "C-STORE", "C-FIND")
    assert connection.waiting == BEGAN + 130  # since the end of the first data set
    assert result([*OPENING, *sent[2:]]).waiting == BEGAN + 130
    assert result([*OPENING, *ECHO]).waiting is None


def test_since_when_a_request_waits_is_known_where_it_was_seen_whole() -> None:
    sent: list[Sent | Hole] = [*OPENING, ("requestor", request(STORE, 1)), Hole("requestor", 500)]
    connection = result([*sent, ("requestor", request(STORE, 1))])
    assert (connection.unanswered, connection.waiting) == (("C-STORE", "C-STORE"), BEGAN + 140)
    assert result(sent).waiting is None


def test_elements_of_other_groups() -> None:
    elements = [(cs.COMMAND_FIELD, cs.us(0x0030)), (cs.COMMAND_DATA_SET_TYPE, cs.us(0x0101))]
    odd = p_data(cs.encode(elements) + bytes.fromhex("08 00 16 00 00 00 00 00"))
    connection = result([*OPENING, ("requestor", odd), ("requestor", odd)])
    assert connection.warnings == (
        "the peer's command set has the element (0008,0016), which is not of group 0000 (PS3.7 6.3.1)",
    )


@pytest.mark.parametrize(
    ("answer", "odd"),
    [
        (response(STORE, 7, 0), "answered message 7 with C-STORE-RSP"),
        (response(C_FIND, 1, 0), "answered message 1 with C-FIND-RSP"),
        (response(0x0444, 1, 0), "answered message 1 with a response"),
        (
            p_data(
                cs.encode(
                    [
                        (cs.COMMAND_FIELD, cs.us(0x8001)),
                        (cs.COMMAND_DATA_SET_TYPE, cs.us(0x0101)),
                    ]
                )
            ),
            "answered no message ID with C-STORE-RSP",
        ),
    ],
    ids=["message", "command", "unknown", "no ID"],
)
def test_an_answer_to_nothing(answer: bytes, odd: str) -> None:
    connection = result(
        [*OPENING, ("requestor", request(STORE, 1)), ("requestor", data_set()), ("acceptor", answer)]
    )
    assert connection.warnings == (f"the acceptor {odd}, which was not asked for",)
    assert connection.unanswered == ("C-STORE",)


def test_a_command_that_ps3_7_has_not() -> None:
    (use,) = uses(("requestor", request(0x0444, 1)), ("requestor", data_set()))
    assert use.command == "command 0x0444"


def test_a_request_without_a_message_id() -> None:
    elements = [(cs.COMMAND_FIELD, cs.us(0x0030)), (cs.COMMAND_DATA_SET_TYPE, cs.us(0x0101))]
    connection = result([*OPENING, ("requestor", p_data(cs.encode(elements)))])
    assert connection.services[0].sop_class == VERIFICATION_SOP_CLASS
    assert connection.unanswered == ()


def test_a_command_that_cannot_be_read_is_a_fault() -> None:
    elements = [(cs.COMMAND_FIELD, b"\1"), (cs.COMMAND_DATA_SET_TYPE, cs.us(0))]
    connection = result([*OPENING, ("requestor", p_data(cs.encode(elements))), ("requestor", data_set())])
    assert connection.services == ()
    assert [str(fault.error) for fault in connection.faults] == [
        "the element (0000,0100) CommandField of the command set has 1 byte(s), not 2 (PS3.7 E.1)"
    ]


def test_a_hole_may_have_had_the_answer() -> None:
    sent: list[Sent | Hole] = [*OPENING, *QUERY, Hole("acceptor", 500), *match(5)]
    assert result(sent).unanswered == ()
    connection = result([*sent, ("acceptor", response(C_FIND, 5, 0)), ("acceptor", response(C_FIND, 6, 0))])
    (use,) = connection.services
    assert (use.requests, use.statuses, use.spans) == (1, ((0, 2), (0xFF00, 1)), Spans(1, 40, 40, 40))
    assert len(connection.warnings) == 1


@pytest.mark.parametrize("count", [100, 2_000])
def test_many_times_are_kept_in_little_room(count: int) -> None:
    (use,) = uses(*ECHO * count)
    assert use.requests == count
    assert use.spans == Spans(count, 10, 10, 10)


def test_more_kinds_than_there_are() -> None:
    sent: list[Sent] = []
    for number in range(1, 71):
        sent += [("requestor", request(0x0030, number, f"1.2.{number}", data_set=False))]
        sent += [("acceptor", response(0x0030, number, 0))]
    connection = result([*OPENING, *sent])
    assert len(connection.services) == 64
    assert connection.warnings == ("there are more kinds of commands and statuses than are counted",)
    assert connection.unanswered == ()


def test_more_statuses_than_there_are() -> None:
    sent: list[Sent] = []
    for status in range(70):
        sent += [
            ("requestor", request(0x0030, 1, CT, data_set=False)),
            ("acceptor", response(0x0030, 1, status)),
        ]
    connection = result([*OPENING, *sent])
    assert len(connection.services[0].statuses) == 64
    assert connection.warnings == ("there are more kinds of commands and statuses than are counted",)


def test_more_requests_at_once_than_anybody_has() -> None:
    sent: list[Sent] = [("requestor", request(0x0030, number, data_set=False)) for number in range(1500)]
    assert len(result([*OPENING, *sent]).unanswered) == 1500
    assert len(result([*OPENING, *sent, *sent]).unanswered) == 2048

"""One connection between two others, followed: by bytes alone, in any pieces, with holes, and broken."""

import tracemalloc
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dcmtool import events
from dcmtool.association.observed import Side
from dcmtool.capture.connection import Endpoint, ObservedConnection, Protocol, ServiceUse, Spans
from dcmtool.capture.observer import ConnectionObserver
from dcmtool.dimse import command_set as cs
from dcmtool.errors import NotDicom
from dcmtool.events import Event, ProtocolFault, TransportEnded, TransportOpened
from dcmtool.steps import TlsSession
from dcmtool.uids import VERIFICATION_SOP_CLASS
from dcmtool.upper_layer import pdus
from dcmtool.upper_layer.contexts import negotiated
from dcmtool.upper_layer.pdus import AssociateRj
from dcmtool.upper_layer.user_information import UnknownSubItem, UserIdentity
from tests.capture.conversations import (
    AC,
    ACCEPTOR,
    ANSWER,
    BEGAN,
    CLOSING,
    ECHO,
    OPENING,
    RELEASE_RP,
    RELEASE_RQ,
    RELEASING,
    REQUESTOR,
    RQ,
    Hole,
    Sent,
    data_set,
    feed,
    observer,
    p_data,
    request,
    response,
    result,
)
from tests.upper_layer.pdu_table import REQUEST

ABORT = pdus.Abort(2, 6).encode()
STORE = request(1, 1)
STORING: list[Sent] = [
    ("requestor", STORE),
    ("requestor", data_set(1000, last=False)),
    ("requestor", data_set(24)),
    ("acceptor", response(1, 1, 0)),
]
V1 = b"PROXY TCP4 192.0.2.9 192.0.2.2 50999 104\r\n"
V2 = b"\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c" + bytes(12)
HELLO = bytes.fromhex("16 0301 0004 01000000")


def faults(connection: ObservedConnection) -> list[str]:
    """Return the sentences of the faults, each with who is to blame."""
    return [f"{fault.sender}: {fault.error}" for fault in connection.faults]


# An association ---------------------------------------------------------------------------------------


def test_an_association_from_its_beginning_to_its_end() -> None:
    sent = [*OPENING, *ECHO, *RELEASING, *CLOSING]
    assert result(sent) == ObservedConnection(
        *(3, REQUESTOR, ACCEPTOR, BEGAN, BEGAN + 170, "dicom", "released", "requestor"),
        connect=7,
        accept=10,
        release=10,
        request=REQUEST,
        request_pdu=RQ,
        answer=ANSWER,
        contexts=negotiated(REQUEST.contexts, ANSWER.contexts),
        services=(
            ServiceUse(
                "C-ECHO", VERIFICATION_SOP_CLASS, "requestor", 1, ((0, 1),), Spans(1, 10, 10, 10), 0, 0
            ),
        ),
        starts=(RQ[:64], AC[:64]),
        bytes=(
            sum(len(data) for side, data in sent if side == "requestor"),
            sum(len(data) for side, data in sent if side == "acceptor"),
        ),
        syns=1,
        requested=BEGAN + 100,
        release_by="requestor",
        hung_up=BEGAN + 160,
    )


def test_only_so_many_warnings_are_kept() -> None:
    assert (
        len(result([*OPENING, *[("acceptor", response(1, number, 0)) for number in range(40)]]).warnings)
        == 32
    )


def test_what_is_not_known_yet() -> None:
    connection = result(OPENING[:1])
    assert (connection.ending, connection.ended, connection.answer, connection.accept) == (
        *("open", None, None, None),
    )
    assert connection.is_association


def test_a_memoryview_will_do() -> None:
    made = observer()
    for side, data in [*OPENING, *STORING, *RELEASING]:
        made.received(side, memoryview(bytearray(data)), BEGAN + 100)
    assert made.result().services[0].data_bytes == 1024
    assert made.result().ending == "released"


def test_secrets_are_hidden() -> None:
    identity = UserIdentity(2, False, b"alice", b"hush-hush")
    rq = REQUEST._replace(user_information=(*REQUEST.user_information, identity)).encode()
    connection = result([("requestor", rq), ("acceptor", AC)])
    assert b"hush" in rq
    assert b"hush" not in connection.request_pdu
    assert "hush" not in repr(connection)
    assert len(connection.request_pdu) == len(rq)


def test_a_rejection() -> None:
    answer = AssociateRj(1, 1, 7)
    connection = result([OPENING[0], ("acceptor", answer.encode()), *CLOSING])
    assert (connection.ending, connection.ended_by, connection.answer, connection.accept) == (
        *("rejected", "acceptor", answer, 10),
    )
    assert connection.contexts == ()


def test_an_abort_of_what_was_rejected() -> None:
    connection = result([OPENING[0], ("acceptor", AssociateRj(1, 1, 7).encode()), ("requestor", ABORT)])
    assert (connection.ending, connection.abort, connection.faults) == ("rejected", (2, 6), ())


@pytest.mark.parametrize("side", ["requestor", "acceptor"])
def test_an_abort(side: Side) -> None:
    connection = result([*OPENING, STORING[0], (side, ABORT), ("acceptor", b""), ("requestor", b"")])
    assert (connection.ending, connection.ended_by, connection.abort) == ("aborted", side, (2, 6))
    assert connection.unanswered == ("C-STORE",)


def test_an_abort_after_the_release_changes_nothing() -> None:
    connection = result([*OPENING, *RELEASING, ("acceptor", ABORT)])
    assert (connection.ending, connection.ended_by, connection.abort) == ("released", "requestor", None)
    assert len(connection.faults) == 1


def test_releases_that_cross() -> None:
    sent: list[Sent] = [("acceptor", RELEASE_RQ), ("requestor", RELEASE_RQ)]
    sent += [("requestor", RELEASE_RP), ("acceptor", RELEASE_RP)]
    connection = result(OPENING + sent)
    assert (connection.ending, connection.ended_by, connection.release) == ("released", "acceptor", 20)


def test_a_release_that_nobody_asked_for_is_none() -> None:
    connection = result([*OPENING, ("acceptor", RELEASE_RP)])
    assert (connection.ending, connection.release) == ("open", None)
    assert faults(connection) == [
        "acceptor: A-RELEASE-RP was sent while the requestor was associated (PS3.8 9.2.3)"
    ]


@pytest.mark.parametrize("how", ["closed", "reset"])
def test_the_connection_ends_in_the_midst(how: Literal["closed", "reset"]) -> None:
    made = observer()
    at = feed(made, [*OPENING, *STORING[:2], ("requestor", STORE[:20])])
    made.closed("requestor", at) if how == "closed" else made.reset("requestor", at)
    connection = made.result()
    assert (connection.ending, connection.ended_by, connection.ended) == (how, "requestor", at)
    assert connection.partial == ("P-DATA-TF", "")
    assert connection.unanswered == ("C-STORE",)


def test_what_is_cut_short_at_the_end_of_the_capture() -> None:
    connection = result([*OPENING, ("acceptor", b"\4\0\0")])
    assert (connection.ending, connection.partial) == ("open", ("", "P-DATA-TF"))


def test_several_associations_on_one_connection() -> None:
    connection = result([*OPENING, *RELEASING, *OPENING, *ECHO, *RELEASING])
    assert (connection.ending, connection.request) == ("released", REQUEST)
    assert connection.warnings == ("another association was requested on the same connection",)
    assert faults(connection)[0] == (
        "acceptor: A-ASSOCIATE-AC was sent while the requestor was idle (PS3.8 9.2.3)"
    )


def test_only_so_many_faults_are_kept() -> None:
    connection = result([*OPENING, *RELEASING[1:] * 40])
    assert len(connection.faults) == 32
    assert connection.warnings == ("8 more faults are not listed",)
    assert result([*OPENING, *RELEASING[1:] * 33]).warnings == ("1 more fault is not listed",)


def test_a_request_that_only_a_strict_reader_refuses() -> None:
    odd = REQUEST._replace(user_information=(UnknownSubItem(0x51, b"123"),)).encode()
    connection = result([("requestor", odd), ("acceptor", AC), *ECHO])
    assert connection.request is not None
    assert connection.request.called_aet == REQUEST.called_aet
    assert connection.answer == ANSWER
    assert connection.contexts[0].accepted
    assert len(connection.faults) == 1
    assert connection.accept == 10


def test_a_request_that_nobody_can_read() -> None:
    connection = result([("requestor", b"\1\0\0\0\0\x04abcd"), ("acceptor", AC)])
    assert (connection.request, connection.protocol, connection.answer) == (None, "dicom", ANSWER)
    assert (len(connection.faults), connection.warnings) == (1, ())


def test_a_request_that_is_cut_by_the_capture_still_has_its_titles() -> None:
    sent: list[Sent | Hole] = [("requestor", RQ[:50]), Hole("requestor", len(RQ) - 50), OPENING[1], *ECHO]
    connection = result([*sent, *RELEASING])
    assert (connection.request, connection.answer, connection.ending) == (None, ANSWER, "released")
    assert connection.starts[0] == RQ[:50]  # and nothing from behind the hole
    assert connection.warnings[-1] == (
        "the A-ASSOCIATE-RQ could not be read whole; in it 'ECHOSCU' calls 'ANY-SCP'"
    )
    assert connection.services[0].requests == 1


def test_an_acceptance_that_cannot_be_read() -> None:
    connection = result([OPENING[0], ("acceptor", b"\2\0\0\0\0\x46" + bytes(70))])
    assert (connection.answer, len(connection.faults)) == (None, 1)


def test_a_request_of_4_gb() -> None:
    connection = result([("requestor", b"\1\0\xff\xff\xff\xff"), ("requestor", bytes(100))])
    assert connection.protocol == "dicom"
    assert faults(connection) == [
        "requestor: the peer sent A-ASSOCIATE-RQ of 4294967295 bytes where at most 1048576 make sense "
        "(PS3.8 9.3.1)"
    ]


# What the listener is told ----------------------------------------------------------------------------


def test_the_listener_is_told_of_all() -> None:
    seen: list[Event] = []
    made = observer(events=seen)
    feed(made, [*OPENING, *ECHO, *RELEASING, *CLOSING])
    assert seen[0] == Event(
        seen[0].association, "requestor", BEGAN + 7, TransportOpened("192.0.2.2", 104, None)
    )
    assert seen[0].association == (3, "observer", BEGAN / 1e9, BEGAN)
    assert {event.association for event in seen} == {seen[0].association}
    kinds = [type(event.what).__name__ for event in seen if not isinstance(event.what, events.StateChanged)]
    assert kinds == [
        *("TransportOpened", "Pdu", "Requested", "Pdu", "Negotiated", "MessageReceived", "MessageReceived"),
        *("Pdu", "Pdu", "TransportEnded", "TransportEnded"),
    ]


@pytest.mark.parametrize("how", ["closed", "reset"])
def test_the_listener_is_told_of_the_end_of_what_is_no_association(how: Literal["closed", "reset"]) -> None:
    seen: list[Event] = []
    made = observer(events=seen)
    made.received("requestor", b"GET / HTTP/1.0\r\n\r\n", BEGAN + 10)
    made.closed("acceptor", BEGAN + 20) if how == "closed" else made.reset("acceptor", BEGAN + 20)
    assert [event.what for event in seen[1:]] == [TransportEnded(how, "")]


def test_a_connection_is_opened_once_and_closed_once() -> None:
    seen: list[Event] = []
    made = observer(events=seen)
    made.opened(BEGAN + 8)
    made.closed("requestor", BEGAN + 9)
    made.closed("requestor", BEGAN + 10)
    assert len(seen) == 2
    assert (made.result().connect, made.result().ended, made.result().hung_up) == (7, BEGAN + 9, BEGAN + 9)


def test_an_acceptor_without_a_port_is_not_told() -> None:
    seen: list[Event] = []
    made = ConnectionObserver(1, Endpoint(), Endpoint(), 0, seen.append)
    made.opened(1)
    assert seen == []
    assert made.result().connect is None


# Connections that carry no association ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("sender", "start", "protocol"),
    [
        ("requestor", b"GET / HTTP/1.0\r\n\r\n", "http"),
        ("acceptor", b"HTTP/1.1 400 Bad Request\r\n", "http"),
        ("requestor", b"\x0bMSH|^~\\&|", "hl7"),
        ("requestor", b"MSH|^~\\&|", "hl7"),
        ("acceptor", b"SSH-2.0-OpenSSH_9.2\r\n", "ssh"),
        ("acceptor", b"220 mail.example ESMTP\r\n", "mail"),
        ("requestor", b"EHLO example\r\n", "mail"),
        ("requestor", HELLO, "tls"),
        ("requestor", b"\x80\x2e\x01\x03\x01" + bytes(50), "tls"),
        ("requestor", V1, "proxy"),
        ("requestor", V2, "proxy"),
        ("requestor", V1[:20], "proxy"),
        ("requestor", V2[:14], "proxy"),
        ("requestor", b"\x03\x00\x00\x13\x0e\xe0\x00\x00", "unknown"),  # RDP
        ("requestor", b"\x05\x00\x00", "unknown"),
        ("requestor", b"\x7fELF and what not", "unknown"),
        ("requestor", b"\r\n", "unknown"),
        ("requestor", b"\x02\x01", "unknown"),
    ],
)
def test_what_is_spoken(sender: Side, start: bytes, protocol: Protocol) -> None:
    connection = result([(sender, start[:1]), (sender, start[1:] or b"?"), ("requestor", b"")])
    assert connection.protocol == protocol
    assert not connection.is_association
    assert connection.starts[sender == "acceptor"] == start[:64]
    assert (connection.ending, connection.ended_by) == ("closed", "requestor")
    assert (connection.faults, connection.warnings) == ((), ())
    assert (connection.tls is not None) == (start == HELLO)


def test_nothing_was_sent() -> None:
    connection = result([("requestor", b"")])
    assert (connection.protocol, connection.starts, connection.ending) == ("", (b"", b""), "closed")


def test_nobody_listens() -> None:
    made = ConnectionObserver(1, REQUESTOR, ACCEPTOR, BEGAN)
    made.syn(BEGAN)
    made.reset("acceptor", BEGAN + 5)
    connection = made.result()
    assert (connection.ending, connection.ended_by, connection.ended) == ("refused", "acceptor", BEGAN + 5)


def test_nobody_answers() -> None:
    made = ConnectionObserver(1, REQUESTOR, ACCEPTOR, BEGAN)
    for again in range(3):
        made.syn(BEGAN + again)
    connection = made.result()
    assert (connection.ending, connection.syns, connection.connect) == ("unanswered", 3, None)


@pytest.mark.parametrize("side", ["requestor", "acceptor"])
def test_a_reset_after_it_was_opened(side: Side) -> None:
    made = observer()
    made.reset(side, BEGAN + 9)
    assert (made.result().ending, made.result().ended_by) == ("reset", side)


def test_segments_that_came_again_are_counted() -> None:
    made = observer()
    made.retransmitted("acceptor", BEGAN + 9)
    assert made.result().retransmitted == (0, 1)


# DICOM with others -------------------------------------------------------------------------------------


@pytest.mark.parametrize("header", [V1, V2])
def test_an_association_behind_a_proxy(header: bytes) -> None:
    taken = result([("requestor", header + RQ), OPENING[1], *ECHO, *RELEASING])
    assert (taken.protocol, taken.ending, taken.request) == ("dicom", "released", REQUEST)
    assert (taken.faults, taken.request_pdu, taken.accept) == ((), RQ, 10)
    assert taken.starts[0] == (header + RQ)[:64]
    refused = result([("requestor", header + RQ), ("acceptor", ABORT), ("acceptor", b"")])
    assert (refused.protocol, refused.ending, refused.request) == ("proxy", "aborted", REQUEST)


def test_tls_behind_a_proxy() -> None:
    connection = result([("requestor", V1 + HELLO), ("acceptor", HELLO)])
    assert connection.protocol == "tls"


@pytest.mark.parametrize("start", [V1 + V1, V1 + b"GET / HTTP/1.0\r\n", b"PROXY " + bytes(200)])
def test_what_is_behind_a_proxy_is_looked_at_once(start: bytes) -> None:
    connection = result([("requestor", start)])
    assert (connection.protocol, connection.is_association) == ("proxy", False)


def test_dicom_at_a_port_for_tls() -> None:
    alert = bytes.fromhex("15 0303 0002 02 0a")
    for sent in ([OPENING[0], ("acceptor", alert)], [("acceptor", alert), OPENING[0]]):
        assert result(sent).partial == ("", "")
        connection = result([*sent, ("acceptor", b"")])
        assert (connection.protocol, connection.request) == ("dicom", REQUEST)
        assert connection.tls is not None
        assert connection.tls.alerts == (("acceptor", "unexpected message"),)
        assert [fault.sender for fault in connection.faults] == ["acceptor"]


@pytest.mark.parametrize("first", ["requestor", "acceptor"])
def test_dicom_at_a_port_for_something_else(first: Side) -> None:
    sent: list[Sent] = [OPENING[0], ("acceptor", b"SSH-2.0-OpenSSH_9.2\r\n")]
    connection = result([*(sent if first == "requestor" else sent[::-1]), ("acceptor", b"more")])
    assert (connection.protocol, connection.request) == ("dicom", REQUEST)
    assert len(connection.faults) == 1
    assert connection.starts[1].startswith(b"SSH-2.0")


@pytest.mark.parametrize("start", [b"GET / HTTP/1.0\r\n\r\n", HELLO])
def test_something_else_at_a_port_for_dicom(start: bytes) -> None:
    connection = result([("requestor", start), ("acceptor", ABORT), ("acceptor", b"")])
    assert (connection.ending, connection.ended_by, connection.abort) == ("aborted", "acceptor", (2, 6))
    assert connection.protocol == ("tls" if start == HELLO else "http")
    assert (connection.warnings, connection.faults) == ((), ())


# Holes and beginnings that were not seen ---------------------------------------------------------------


def test_a_hole_within_a_data_set_is_passed_over() -> None:
    part = data_set(1000, last=False)
    sent: list[Sent | Hole] = [*OPENING, STORING[0], ("requestor", part[:100]), Hole("requestor", 500)]
    sent += [("requestor", part[600:]), *STORING[2:], *RELEASING]
    connection = result(sent)
    assert (connection.ending, connection.missing) == ("released", (500, 0))
    assert [(use.data_sets, use.data_bytes) for use in connection.services] == [(1, 1024)]
    assert connection.warnings == (
        "of what the requestor sent, 500 bytes are not in the capture; they are of data sets, and counted",
    )
    assert connection.faults == ()


def test_a_hole_to_the_end_of_a_data_set() -> None:
    last = data_set(1000)
    sent: list[Sent | Hole] = [*OPENING, STORING[0], ("requestor", last[:12]), Hole("requestor", 1000)]
    connection = result([*sent, STORING[3], *RELEASING])
    assert [(use.data_sets, use.data_bytes, use.spans) for use in connection.services] == [
        (1, 1000, Spans(1, 10, 10, 10))
    ]


def test_a_hole_across_pdus() -> None:
    sent: list[Sent | Hole] = [
        *OPENING,
        STORING[0],
        ("requestor", data_set(1000)[:100]),
        Hole("requestor", 5000),
    ]
    sent += [STORING[3], ("requestor", b"in the middle of something"), *ECHO, *RELEASING]
    seen: list[Event] = []
    made = observer(events=seen)
    feed(made, sent)
    connection = made.result()
    assert (connection.ending, connection.faults, connection.unanswered) == ("released", (), ())
    assert [
        (use.command, use.requests, use.statuses, use.spans, use.data_sets) for use in connection.services
    ] == [
        ("C-STORE", 1, ((0, 1),), None, 0),
        ("C-ECHO", 1, ((0, 1),), Spans(1, 10, 10, 10), 0),
    ]
    assert connection.warnings == (
        "of what the requestor sent, 5000 bytes are not in the capture; PDUs were lost in 1 place",
    )
    assert "5000 bytes of the requestor's, and what they mean, were not seen" in [
        event.what.sentence for event in seen if isinstance(event.what, events.Warned)
    ]


def test_a_hole_without_an_end() -> None:
    connection = result(
        [*OPENING, Hole("acceptor", 10), ("acceptor", b"no PDU begins here"), ("acceptor", b"")]
    )
    assert connection.warnings == (
        "of what the acceptor sent, 10 bytes are not in the capture; nothing could be read after them",
    )


def test_a_second_hole_before_the_first_is_over() -> None:
    connection = result([*OPENING, Hole("acceptor", 10), Hole("acceptor", 5), *RELEASING])
    assert (connection.ending, connection.missing) == ("released", (0, 15))


def test_a_data_set_may_be_found_in_the_middle_of_a_segment() -> None:
    part = data_set(1000, last=False)
    sent: list[Sent | Hole] = [*OPENING, STORING[0], Hole("requestor", 100)]
    sent += [("requestor", (part[50:] + part + data_set(24))[at : at + 7]) for at in range(0, 2046, 7)]
    connection = result([*sent, STORING[3], *RELEASING])
    assert (connection.ending, connection.faults) == ("released", ())


@pytest.mark.parametrize("hole", [0, 1])
def test_the_request_or_its_answer_was_not_seen(hole: int) -> None:
    sent: list[Sent | Hole] = [*OPENING]
    sent[hole] = Hole(OPENING[hole][0], 200)
    connection = result([*sent, *ECHO, *RELEASING])
    assert (connection.ending, connection.protocol) == ("released", "dicom")
    assert (connection.request is None, connection.answer is None) == (hole == 0, hole == 1)
    assert [(use.command, use.requests, use.statuses) for use in connection.services] == [
        ("C-ECHO", 1, ((0, 1),))
    ]
    assert connection.faults == ()


def test_the_release_was_not_seen_whole() -> None:
    connection = result([*OPENING, *ECHO, Hole("requestor", 10), RELEASING[1]])
    assert (connection.ending, connection.ended_by, connection.faults) == ("released", None, ())


def test_from_the_middle() -> None:
    connection = result([("requestor", bytes(500)), *STORING, *ECHO, *RELEASING], handshake=False)
    assert (connection.protocol, connection.ending, connection.handshake) == ("dicom", "released", False)
    assert (connection.request, connection.answer, connection.connect) == (None, None, None)
    assert connection.warnings == ("the association was not seen from its beginning",)
    assert connection.faults == ()
    # The first message that is seen may have begun before.
    assert [(use.command, use.requests, use.statuses) for use in connection.services] == [
        ("C-STORE", 1, ((0, 1),)),
        ("C-ECHO", 1, ((0, 1),)),
    ]


def test_only_the_acceptor_is_found_in_the_middle() -> None:
    connection = result([("requestor", bytes(500)), STORING[3]], handshake=False)
    assert (connection.protocol, connection.is_association) == ("dicom", True)


@pytest.mark.parametrize("handshake", [True, False])
@pytest.mark.parametrize(
    "answer", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"SSH-2.0-server\r\n", b"\0\1\2garbage"]
)
@pytest.mark.parametrize("is_greeting", [True, False])
def test_a_request_that_is_answered_by_another_protocol(
    answer: bytes, handshake: bool, is_greeting: bool
) -> None:
    sent: list[Sent] = [("requestor", RQ), ("acceptor", answer)]
    connection = result(sent[::-1] if is_greeting else sent, handshake=handshake)
    is_known = handshake or not is_greeting or answer[0] != 0  # else it may be of what was before
    assert (connection.protocol, connection.starts[1]) == ("dicom", answer if is_known else b"")
    assert [type(each.error) for each in connection.faults] == ([NotDicom] if is_known else [])


def test_from_its_beginning_without_the_handshake() -> None:
    connection = result([*OPENING, *ECHO, *RELEASING], handshake=False)
    assert (connection.protocol, connection.ending, connection.request) == ("dicom", "released", REQUEST)
    assert (connection.warnings, connection.faults) == ((), ())


def test_tls_from_the_middle() -> None:
    record = bytes.fromhex("17 0303 0020") + bytes(32)
    connection = result([("requestor", record), ("acceptor", record)], handshake=False)
    assert connection.protocol == "tls"
    assert connection.tls is not None
    assert connection.tls.established


def test_another_protocol_from_the_middle() -> None:
    connection = result([("requestor", b"GET / HTTP/1.0\r\n\r\n")], handshake=False)
    assert (connection.protocol, connection.is_association) == ("http", False)


def test_one_side_only_was_captured() -> None:
    made = ConnectionObserver(1, REQUESTOR, ACCEPTOR, BEGAN)
    made.syn(BEGAN)
    feed(made, [("requestor", RQ), *[STORING[0], STORING[2]] * 2, RELEASING[0], CLOSING[0]])
    connection = made.result()
    assert (connection.faults, connection.unanswered, connection.partial) == ((), (), ("", ""))
    assert connection.services[0].requests == 2
    assert connection.warnings == ("nothing that the acceptor sent is in the capture",)
    other = result([OPENING[1], STORING[3], RELEASING[1]])
    assert other.warnings[-1] == "nothing that the requestor sent is in the capture"
    assert (other.answer, other.ending) == (ANSWER, "released")


def test_what_means_nothing_need_not_be_told() -> None:
    part = data_set(1000, last=False)
    made = observer()
    feed(made, [*OPENING, STORING[0], ("requestor", part[:100])])
    unread = made.unread("requestor")
    assert (unread, made.unread("acceptor")) == (1012 - 100 - 1, 0)
    made.skip("requestor", unread, BEGAN + 200)
    feed(made, [("requestor", part[-1:]), *STORING[2:], *RELEASING], BEGAN + 300)
    whole = observer()
    feed(whole, [*OPENING, STORING[0], ("requestor", part)])
    feed(whole, [*STORING[2:], *RELEASING], BEGAN + 310)
    assert made.result() == whole.result()


def test_what_is_not_followed_means_nothing() -> None:
    made = observer()
    made.received("requestor", b"GET / HTTP/1.0\r\n", BEGAN)
    assert made.unread("requestor") == 0  # until what is shown of it is whole
    made.received("requestor", bytes(100), BEGAN)
    assert made.unread("requestor") > 1000
    made.skip("requestor", 1000, BEGAN)
    assert made.result().bytes == (1116, 0)


def test_holes_in_what_is_not_followed() -> None:
    connection = result([("requestor", b"GET / HTTP/1.0"), Hole("requestor", 10), Hole("acceptor", 0)])
    assert (connection.missing, connection.warnings) == ((10, 0), ())
    record = bytes.fromhex("17 0303 0020")
    secured = result([("requestor", record), Hole("requestor", 32), ("acceptor", record + bytes(32))])
    assert secured.tls is not None
    assert secured.tls.established


# From logs -----------------------------------------------------------------------------------------------


def told(*whats: tuple[events.What, Side | None]) -> ObservedConnection:
    """Return what an observer makes of what a log says, each 10 ns after the other."""
    made = ConnectionObserver(1, Endpoint("", None), Endpoint("pacs", 104), BEGAN, handshake=False)
    for number, (what, sender) in enumerate(whats):
        made.told(what, sender, BEGAN + 10 * number)
    return made.result()


def test_a_log_tells_an_association() -> None:
    contexts = negotiated(REQUEST.contexts, ANSWER.contexts)
    connection = told(
        (TransportOpened("pacs", 104, None), "requestor"),
        (events.Requested(REQUEST), "requestor"),
        (events.Negotiated(REQUEST, ANSWER, contexts), "acceptor"),
        (events.MessageReceived(1, cs.decode(STORE[12:])), "requestor"),
        (events.DataSetReceived(1, 100), "requestor"),
        (events.MessageReceived(1, cs.decode(response(1, 1, 0xA700)[12:])), "acceptor"),
        (events.Warned("it is slow"), None),
        (events.Warned("it is slow"), None),
        (events.Releasing(), "requestor"),
        (events.Pdu(pdus.RELEASE_RP, b""), "acceptor"),
        (TransportEnded("closed", ""), "acceptor"),
    )
    assert (connection.protocol, connection.ending, connection.accept, connection.release) == (
        *("dicom", "released", 10, 10),
    )
    assert (connection.request, connection.contexts) == (REQUEST, contexts)
    assert connection.services[0].statuses == ((0xA700, 1),)
    assert connection.warnings == ("it is slow",)
    assert (connection.requested, connection.release_by, connection.hung_up) == (
        *(BEGAN + 10, "requestor", BEGAN + 100),
    )


@pytest.mark.parametrize(
    ("what", "ending"),
    [(events.RequestRejected(AssociateRj(1, 1, 3)), "rejected"), (events.AbortSent(0, 0), "aborted")],
)
def test_a_log_tells_how_it_ended(what: events.What, ending: str) -> None:
    assert told((events.Requested(REQUEST), "requestor"), (what, "acceptor")).ending == ending
    nothing = told(
        (TransportOpened("pacs", 104, None), "requestor"), (TransportEnded("reset", ""), "acceptor")
    )
    assert (nothing.ending, nothing.protocol, nothing.is_association) == ("reset", "", False)


def test_a_log_tells_a_session() -> None:
    session = TlsSession("TLSv1", "TLS_RSA_WITH_AES_128_CBC_SHA", 128, b"der", True, "pacs")
    connection = told((events.TlsEstablished(session, "pacs"), "requestor"))
    assert connection.protocol == "tls"
    assert connection.tls is not None
    assert (connection.tls.version, connection.tls.established) == ("TLS 1.0", True)
    assert connection.tls.certificates == (b"der",)
    both = told((events.TlsEstablished(session, "pacs"), None), (events.Requested(REQUEST), "requestor"))
    assert both.protocol == "dicom"


# In any pieces, and whatever they are ---------------------------------------------------------------------


@st.composite
def cut(draw: st.DrawFn, sent: list[Sent]) -> list[Sent]:
    """Cut what each side sends into pieces."""
    pieces: list[Sent] = []
    for side, data in sent:
        ends = sorted({*draw(st.lists(st.integers(1, max(1, len(data) - 1)), max_size=4)), len(data)})
        pieces += [(side, data[start:end]) for start, end in zip([0, *ends], ends, strict=False)]
    return [piece for piece in pieces if piece[1]]


WHOLE = [("requestor", V1), *OPENING, *STORING, *ECHO, *RELEASING]


@given(cut(WHOLE))
@settings(max_examples=50, deadline=None)
def test_pieces_change_nothing(pieces: list[Sent]) -> None:
    made = observer()
    for side, data in pieces:
        made.received(side, data, BEGAN + 100)
    whole = observer()
    for side, data in WHOLE:
        whole.received(side, data, BEGAN + 100)
    assert made.result() == whole.result()


STEPS = st.one_of(
    st.tuples(st.sampled_from(["received"]), st.binary(max_size=40)),
    st.tuples(
        st.sampled_from(["received"]),
        st.sampled_from([RQ, AC, STORE, V1, V2, HELLO, data_set(30), response(1, 1, 0), RELEASE_RQ, ABORT]),
    ),
    st.tuples(st.sampled_from(["missed"]), st.integers(0, 1 << 33)),
    st.tuples(st.sampled_from(["syn", "opened", "retransmitted", "closed", "reset"]), st.none()),
)


@given(st.booleans(), st.lists(st.tuples(st.sampled_from(["requestor", "acceptor"]), STEPS), max_size=12))
@settings(max_examples=60, deadline=None)
def test_whatever_happens_nothing_is_raised(
    handshake: bool, steps: list[tuple[Side, tuple[str, bytes | int | None]]]
) -> None:
    made = observer(handshake=handshake, events=[])
    for number, (side, (method, argument)) in enumerate(steps):
        at = BEGAN - number
        if method in ("syn", "opened"):
            getattr(made, method)(at)
        elif argument is None:
            getattr(made, method)(side, at)
        else:
            getattr(made, method)(side, argument, at)
    connection = made.result()
    assert connection.protocol in ("dicom", "tls", "http", "proxy", "hl7", "ssh", "mail", "unknown", "")
    assert len(connection.faults) <= 32


@pytest.mark.parametrize(
    "sent",
    [
        [("requestor", STORE)] * 1000,
        [("requestor", request(1, number)) for number in range(1200)],
        [("requestor", request(number, 1, str(number), data_set=False)) for number in range(1, 1200)],
        [("acceptor", response(1, 1, number)) for number in range(1200)],
        [("acceptor", b"\4\0\0\0\0\0")] * 1000,
        [("requestor", data_set(60000))] * 300,
        [("acceptor", HELLO)] * 1000,
    ],
)
def test_memory_is_bounded(sent: list[Sent]) -> None:
    made = observer()
    feed(made, OPENING if sent[0][1] != HELLO else [])
    tracemalloc.start()
    try:
        feed(made, sent)
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < 1 << 20
    assert made.result().bytes != (0, 0)


def test_an_observer_that_saw_nothing_is_small() -> None:
    tracemalloc.start()
    try:
        made = [ConnectionObserver(number, REQUESTOR, ACCEPTOR, BEGAN) for number in range(100)]
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept / len(made) < 2048


def test_no_fault_is_a_traceback() -> None:
    seen: list[Event] = []
    made = observer(events=seen)
    feed(made, [*OPENING, ("requestor", p_data(b"\0\0\0\1\1\0\0\0x"))])
    assert [event.sender for event in seen if isinstance(event.what, ProtocolFault)]

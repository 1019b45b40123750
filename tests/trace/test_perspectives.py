"""The same events as an acceptor has them, and as an observer of both sides sees them."""

import pytest

from dcmtool import events
from dcmtool.errors import ConnectionLost, RemoteProtocolError
from dcmtool.trace import plain
from dcmtool.trace.levels import Level
from dcmtool.upper_layer import pdus
from dcmtool.upper_layer.contexts import PresentationContext
from tests.trace.snapshots import SGR, rendered
from tests.trace.told import event
from tests.upper_layer.pdu_table import REQUEST

ANSWER = pdus.AssociateAc("A", "B", (), ())
NEGOTIATED = events.Negotiated(REQUEST, ANSWER, (PresentationContext(REQUEST.contexts[0], 0, "1.2"),))


def lines(what: events.What, sender: events.Sender | None) -> list[str]:
    """Return the plain lines of what happened."""
    return [str(line) for line in plain.lines(event(what, sender))]


def laid_out(what: events.What, sender: events.Sender | None) -> list[str]:
    """Return the lines on a terminal, without their times."""
    output = SGR.sub("", rendered([event(what, sender)], Level.DEBUG, 80))
    return [line[11:] for line in output.splitlines()]


@pytest.mark.parametrize(
    ("sender", "head", "requestor", "acceptor"),
    [
        ("peer", "The peer's answer", "Our", "Their"),
        ("local", "Our answer", "Their", "Our"),
        ("acceptor", "The acceptor's answer", "Requestor's", "Acceptor's"),
    ],
)
def test_whose_parameters_they_are(sender: events.Sender, head: str, requestor: str, acceptor: str) -> None:
    made = lines(NEGOTIATED, sender)
    assert [line.split()[-1] for line in made if line.startswith(f"D: {requestor} Max PDU Re")] == ["16384"]
    assert [line.split()[-1] for line in made if line.startswith(f"D: {acceptor} Max PDU Re")] == ["0"]
    assert [line for line in made if line.startswith(f"D: {requestor} Implementation Version Name: ")]
    assert (made[0] == "D: Parsing an A-ASSOCIATE PDU") == (sender == "peer")
    arrow = "<" if sender != "local" else ">"
    assert laid_out(NEGOTIATED, sender)[0] == f"D {arrow} {head}"


@pytest.mark.parametrize(
    ("kind", "sender", "line"),
    [
        (pdus.ASSOCIATE_RQ, "peer", "D: PDU Type: Associate Request, PDU Length: 4 + 6 bytes PDU header"),
        (pdus.ASSOCIATE_RQ, "local", "T: sending A-ASSOCIATE-RQ, 10 bytes"),
        (pdus.RELEASE_RQ, "peer", "T: received A-RELEASE-RQ, 4 bytes after the header"),
        (pdus.ABORT, "requestor", "T: requestor sent A-ABORT, 10 bytes"),
        (pdus.ABORT, "acceptor", "T: acceptor sent A-ABORT, 10 bytes"),
        (0x2A, "acceptor", "T: acceptor sent PDU of type 2AH, 10 bytes"),
    ],
)
def test_who_sent_a_pdu(kind: int, sender: events.Sender, line: str) -> None:
    pdu = events.Pdu(kind, bytes((kind, 0, 0, 0, 0, 4, 0, 0, 0, 0)))
    assert lines(pdu, sender)[0] == line
    arrow = ">" if sender in ("local", "requestor") else "<"
    assert laid_out(pdu, sender)[0][:4] == f"D {arrow} "


def test_a_failure_without_a_stage() -> None:
    failed = events.Failed(RemoteProtocolError("it is wrong", "PS3.8 9.3.1"))
    assert lines(failed, "peer") == ["F: Association Failed: it is wrong (PS3.8 9.3.1)"]
    assert laid_out(failed, "peer") == ["F < Association Failed: it is wrong (PS3.8 9.3.1)"]
    first, *_ = laid_out(events.Failed(ConnectionLost()), None)
    assert first.startswith("F   Association Failed: the peer closed")


@pytest.mark.parametrize(
    ("what", "sender", "line"),
    [
        (
            events.RequestRejected(pdus.AssociateRj(1, 1, 7)),
            "acceptor",
            "I: The acceptor rejected the association: Result: Rejected Permanent, Source: Service User, "
            "Reason: Called AE Title Not Recognized",
        ),
        (
            events.AbortSent(2, 6),
            "requestor",
            "I: The requestor aborted the association (A-ABORT from the service provider: "
            "invalid PDU parameter value)",
        ),
        (
            events.AbortSent(0, 6),
            "peer",
            "I: The peer aborted the association (A-ABORT from the service user)",
        ),
        (
            events.AbortSent(2, 99),
            "local",
            "I: We aborted the association (A-ABORT from the service provider: reason 99)",
        ),
        (events.AbortSent(9, 0), "peer", "I: The peer aborted the association (A-ABORT from the source 9)"),
        (events.DataSetReceived(3, 70), "peer", "D: Data set of 70 bytes on Presentation Context ID: 3"),
        (events.TransportEnded("closed", ""), "requestor", "D: The requestor closed the connection"),
        (
            events.TransportOpened("192.0.2.2", 104, None),
            "requestor",
            "D: The requestor connected to 192.0.2.2 port 104",
        ),
        (
            events.TransportEnded("reset", "P-DATA-TF"),
            "acceptor",
            "D: The acceptor reset the connection in the middle of P-DATA-TF",
        ),
        (
            events.ProtocolFault(RemoteProtocolError("it is wrong", "PS3.8 9.3.1")),
            "acceptor",
            "E: The acceptor: it is wrong (PS3.8 9.3.1)",
        ),
    ],
)
def test_what_one_side_did(what: events.What, sender: events.Sender, line: str) -> None:
    assert lines(what, sender) == [line]
    arrow = ">" if sender in ("local", "requestor") else "<"
    shown = " ".join(" ".join(laid_out(what, sender)).split())
    assert shown == f"{line[0]} {arrow} {line[3:]}"


@pytest.mark.parametrize(("sender", "side"), [("peer", "Their"), ("requestor", "Requestor's")])
def test_a_request_of_others(sender: events.Sender, side: str) -> None:
    made = lines(events.Requested(REQUEST), sender)
    assert [line.split()[-1] for line in made if line.startswith(f"D: {side} Max PDU Receive")] == ["16384"]
    assert made[-1] == "I: Association Received"
    assert laid_out(events.Requested(REQUEST), sender)[0].endswith(
        "Association Requested (ECHOSCU calls ANY-SCP)"
    )


@pytest.mark.parametrize(
    ("role", "sender", "whose"),
    [
        ("acceptor", "peer", "The peer's"),
        ("observer", "requestor", "The requestor's"),
        ("observer", "acceptor", "The acceptor's"),
        ("requestor", "peer", ""),  # whose run warns of it, once
    ],
)
def test_elements_of_other_groups(role: events.Role, sender: events.Sender, whose: str) -> None:
    association = events.AssociationId(1, role, 0.0, 0)
    message = events.MessageReceived(1, {0x00000100: b"\x30\0", 0x00080005: b"ISO_IR 100"})
    told = events.Event(association, sender, 0, message)
    sentence = f"{whose} message has the element (0008,0005), which is not of group 0000 (PS3.7 6.3.1)"
    warnings = [line.text for line in plain.lines(told) if line.level == Level.WARN]
    assert warnings == ([sentence] if whose else [])
    assert ("is not of group 0000" in rendered([told], Level.WARN, 120)) is bool(whose)

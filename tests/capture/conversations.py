"""What two nodes say to each other, by bytes alone, and what an observer makes of it."""

from collections.abc import Iterable
from typing import NamedTuple

from dcmtool.association.observed import Side
from dcmtool.capture.connection import Endpoint, ObservedConnection
from dcmtool.capture.observer import ConnectionObserver
from dcmtool.dimse import command_set as cs
from dcmtool.dimse.messages import CEchoRsp, c_echo_rq
from dcmtool.events import Event
from dcmtool.upper_layer.pdus import AssociateAc, ContextResult, PDataTf, Pdv, ReleaseRp, ReleaseRq
from dcmtool.upper_layer.user_information import MaximumLength
from tests.upper_layer.pdu_table import REQUEST

REQUESTOR, ACCEPTOR = Endpoint("192.0.2.1", 50104), Endpoint("192.0.2.2", 104)
BEGAN = 1_700_000_000_000_000_000
CT, FIND = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.2.2.1"
RQ = REQUEST.encode()
ANSWER = AssociateAc(
    "ANY-SCP", "ECHOSCU", (ContextResult(1, 0, "1.2.840.10008.1.2"),), (MaximumLength(16384),)
)
AC = ANSWER.encode()
ECHO_RQ, ECHO_RSP = c_echo_rq(1), CEchoRsp(1, 0).encode()
RELEASE_RQ, RELEASE_RP = ReleaseRq().encode(), ReleaseRp().encode()
Sent = tuple[Side, bytes]


class Hole(NamedTuple):
    """How many bytes of a side's were not seen."""

    sender: Side
    size: int


def p_data(data: bytes, *, command: bool = True, last: bool = True, context_id: int = 1) -> bytes:
    """Return a P-DATA-TF of one PDV."""
    return PDataTf((Pdv(context_id, command, last, data),)).encode()


def request(field: int, message_id: int, sop_class: str = CT, *, data_set: bool = True) -> bytes:
    """Return the P-DATA-TF of a request."""
    return p_data(
        cs.encode(
            [
                (cs.AFFECTED_SOP_CLASS_UID, cs.ui(sop_class)),
                (cs.COMMAND_FIELD, cs.us(field)),
                (cs.MESSAGE_ID, cs.us(message_id)),
                (cs.COMMAND_DATA_SET_TYPE, cs.us(0 if data_set else 0x0101)),
            ]
        )
    )


def response(field: int, message_id: int, status: int, *, data_set: bool = False) -> bytes:
    """Return the P-DATA-TF of a response."""
    return p_data(
        cs.encode(
            [
                (cs.COMMAND_FIELD, cs.us(field | 0x8000)),
                (cs.MESSAGE_ID_BEING_RESPONDED_TO, cs.us(message_id)),
                (cs.COMMAND_DATA_SET_TYPE, cs.us(0 if data_set else 0x0101)),
                (cs.STATUS, cs.us(status)),
            ]
        )
    )


def data_set(length: int = 1000, *, last: bool = True) -> bytes:
    """Return the P-DATA-TF of a data set, or of a part of one."""
    return p_data(bytes(length), command=False, last=last)


OPENING: list[Sent] = [("requestor", RQ), ("acceptor", AC)]
RELEASING: list[Sent] = [("requestor", RELEASE_RQ), ("acceptor", RELEASE_RP)]
ECHO: list[Sent] = [("requestor", p_data(ECHO_RQ)), ("acceptor", p_data(ECHO_RSP))]
CLOSING: list[Sent] = [("requestor", b""), ("acceptor", b"")]


def observer(*, handshake: bool = True, events: list[Event] | None = None) -> ConnectionObserver:
    """Return an observer of a connection that has just been opened, after 7 ns."""
    made = ConnectionObserver(
        3, REQUESTOR, ACCEPTOR, BEGAN, None if events is None else events.append, handshake=handshake
    )
    if handshake:
        made.syn(BEGAN)
        made.opened(BEGAN + 7)
    return made


def feed(made: ConnectionObserver, sent: Iterable[Sent | Hole], at: int = BEGAN + 100) -> int:
    """Tell of what was sent, each 10 ns after the other, nothing being the end; return when it was over."""
    for each in sent:
        match each:
            case Hole(sender, size):
                made.missed(sender, size, at)
            case (sender, b""):
                made.closed(sender, at)
            case (sender, data):
                made.received(sender, data, at)
        at += 10
    return at


def result(sent: Iterable[Sent | Hole], *, handshake: bool = True) -> ObservedConnection:
    """Return what an observer makes of what was sent."""
    made = observer(handshake=handshake)
    feed(made, sent)
    return made.result()

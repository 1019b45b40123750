"""Every way that a peer can fail a verification: what it sends, and what must come of it."""

import errno
from dataclasses import replace
from typing import NamedTuple

import pytest

from dcmtool.errors import (
    AssociationAborted,
    AssociationFailed,
    AssociationRejected,
    ConnectionLost,
    EchoFailed,
    NoConnection,
    ReleaseFailed,
    TransportError,
    VerificationFailed,
)
from dcmtool.verification.report import EchoReport, Outcome
from tests.peers import wire
from tests.verification.playbook import (
    ECHO,
    RELEASE_RP,
    RELEASE_RQ,
    TO_ASSOCIATE,
    TO_ECHO,
    TO_RELEASE,
    USER_ABORT,
    Playbook,
    artim,
    echo_rq,
    echo_rsp,
)

OUTCOMES = {
    AssociationFailed: Outcome.ASSOCIATION_FAILED,
    AssociationRejected: Outcome.REJECTED,
    AssociationAborted: Outcome.ABORTED,
    EchoFailed: Outcome.ECHO_FAILED,
    ReleaseFailed: Outcome.RELEASE_FAILED,
}
CLOSED = "the peer closed the connection without an A-ABORT (PS3.8 9.2.3, AA-4)"
RESET = ConnectionLost(ConnectionResetError(errno.ECONNRESET, "reset"))
BROKEN = "the connection broke: Connection reset by peer"


class Failure(NamedTuple):
    """What the peer sends (or the error that the wait ends in), and what must come of it.

    `answer` is the A-ABORT that the peer gets; None for none.
    """

    name: str
    given: bytes | TransportError
    sentence: str
    answer: bytes | None = None
    kind: type[VerificationFailed] | None = None  # None: the kind of its stage


def provider(reason: int) -> bytes:
    """Return the A-ABORT of the service provider (PS3.8 9.3.8)."""
    return wire.abort(2, reason)


def cut(pdu: bytes, end: int) -> bytes:
    """Return a PDU whose body ends early, its length put right."""
    return wire.pdu(pdu[0], pdu[6:end])


REQUEST = wire.Request(
    1,
    b"ANY-SCP",
    b"ECHOSCU",
    "1.2.840.10008.3.1.1.1",
    (wire.Context(1, wire.VERIFICATION, (wire.IMPLICIT_LITTLE_ENDIAN,)),),
    (),
)
AC = wire.accept(REQUEST)
WITHOUT_SYNTAX = AC[:74] + wire.item(0x10, b"1.2.840.10008.3.1.1.1") + wire.item(0x21, bytes([1, 0, 0, 0]))
ASSOCIATE_RQ = wire.pdu(wire.ASSOCIATE_RQ, AC[6:])
HEAD = "A-ASSOCIATE-AC"
WAITING = "waiting for the answer to A-ASSOCIATE-RQ"


def _unexpected(pdu: str, state: str) -> str:
    return f"the peer sent {pdu} while we were {state} (PS3.8 9.2.3)"


def _abort_sentence(source: str) -> str:
    return f"the peer aborted the association (A-ABORT from the {source})"


# Anywhere: the connection ends, the peer aborts, or what it sends is no PDU.
ANYWHERE = [
    Failure("close", b"", CLOSED),
    Failure("reset", RESET, BROKEN),
    Failure("abort by the user", wire.abort(0, 3), _abort_sentence("service user"), None, AssociationAborted),
    Failure(
        "abort by the provider",
        wire.abort(2, 6),
        _abort_sentence("service provider: invalid PDU parameter value"),
        None,
        AssociationAborted,
    ),
    Failure(
        "abort with numbers that are not defined",
        wire.abort(2, 77),
        _abort_sentence("service provider: reason 77"),
        None,
        AssociationAborted,
    ),
    Failure(
        "abort by nobody known",
        wire.abort(9, 0),
        _abort_sentence("source 9"),
        None,
        AssociationAborted,
    ),
    Failure(
        "abort of the wrong length",
        wire.pdu(wire.ABORT, bytes(3)),
        "A-ABORT has a body of 3 bytes, not 4 (PS3.8 9.3.8)",
        provider(6),
    ),
]

ASSOCIATING = [
    *ANYWHERE,
    Failure(
        "HTTP",
        b"HTTP/1.1 400 Bad\x1b Request\r\n\r\n",
        "what the peer sent is no DICOM PDU: it begins with 48 54 54 50 2f 31 2e 31"
        ' ("HTTP/1.1") (PS3.8 9.3.1)',
        provider(1),
    ),
    Failure(
        "body too short",
        cut(AC, 6 + 67),
        f"{HEAD} has a body of 67 bytes where at least 68 belong (PS3.8 9.3.3)",
        provider(6),
    ),
    Failure(
        "stray byte at the end",
        wire.pdu(2, AC[6:] + b"\0"),
        f"{HEAD} ends with 1 stray byte(s) where an item of at least 4 should be (PS3.8 9.3.3)",
        provider(6),
    ),
    Failure(
        "item longer than the PDU",
        cut(AC, -1),
        f"item 0x50 in {HEAD} claims 38 bytes where 37 are left (PS3.8 9.3.3)",
        provider(6),
    ),
    Failure(
        "protocol version without bit 0",
        AC[:6] + b"\0\2" + AC[8:],
        f"{HEAD} has protocol version 0x0002, without bit 0 for version 1 (PS3.8 9.3.3)",
        provider(6),
    ),
    Failure(
        "absurd length",
        b"\2\0\xff\xff\xff\xff",
        f"the peer sent {HEAD} of 4294967295 bytes where at most 1048576 make sense (PS3.8 9.3.1)",
        provider(6),
    ),
    Failure(
        "accepted context without transfer syntax",
        wire.pdu(2, WITHOUT_SYNTAX[6:]),
        "presentation context 1 is accepted with 0 transfer syntaxes (PS3.8 9.3.3.2)",
        provider(6),
    ),
    Failure("release", RELEASE_RQ, _unexpected("A-RELEASE-RQ", WAITING), provider(2)),
    Failure("release response", RELEASE_RP, _unexpected("A-RELEASE-RP", WAITING), provider(2)),
    Failure("data", echo_rsp(), _unexpected("P-DATA-TF", WAITING), provider(2)),
    Failure("request", ASSOCIATE_RQ, _unexpected("A-ASSOCIATE-RQ", WAITING), provider(2)),
    Failure(
        "rejection",
        wire.reject(1, 1, 7),
        "Result: Rejected Permanent, Source: Service User, Reason: Called AE Title Not Recognized",
        None,
        AssociationRejected,
    ),
    Failure(
        "rejection with numbers that are not defined",
        wire.reject(3, 4, 0),
        "Result: Undefined (3), Source: Undefined (4), Reason: Undefined (0)",
        None,
        AssociationRejected,
    ),
    Failure(
        "rejection of the wrong length",
        wire.pdu(wire.ASSOCIATE_RJ, bytes(3)),
        "A-ASSOCIATE-RJ has a body of 3 bytes, not 4 (PS3.8 9.3.4)",
        provider(6),
    ),
]


def _response(command_field: int = wire.ECHO_RSP, data_set_type: int = 0x0101) -> bytes:
    return wire.p_data(1, wire.echo_response(1, 0, command_field, data_set_type))


def _without(number: int) -> bytes:
    return wire.p_data(1, wire.echo_response(1, omit=frozenset({number})))


def _lacks(element: str) -> str:
    return f"the response lacks the element {element} (PS3.7 9.3.5)"


RSP = wire.echo_response(1)
PDV = wire.p_data(1, RSP)[6:]
PDVS = "the PDV lengths in a P-DATA-TF of {} bytes do not add up after {} PDVs (PS3.8 9.3.5.1)"

ECHOING = [
    *ANYWHERE,
    Failure(
        "early release",
        RELEASE_RQ,
        "the peer asked for the release (A-RELEASE-RQ) instead of answering (PS3.8 7.2.1)",
        USER_ABORT,
    ),
    Failure(
        "another message",
        echo_rsp(77),
        "the response is to message 77, not to 1 (PS3.7 9.3.5)",
        USER_ABORT,
    ),
    Failure(
        "known command",
        _response(command_field=0x8001),
        "the peer answered with 0x8001 (C-STORE-RSP) instead of C-ECHO-RSP (PS3.7 9.3.5)",
        USER_ABORT,
    ),
    Failure(
        "our request sent back",
        echo_rq(),
        "the peer answered with 0x0030 (C-ECHO-RQ) instead of C-ECHO-RSP (PS3.7 9.3.5)",
        USER_ABORT,
    ),
    Failure(
        "unknown command",
        _response(command_field=0x8123),
        "the peer answered with 0x8123 (no command of PS3.7 E.1) instead of C-ECHO-RSP (PS3.7 9.3.5)",
        USER_ABORT,
    ),
    Failure("no command field", _without(0x0100), _lacks("(0000,0100) CommandField"), USER_ABORT),
    Failure("no message id", _without(0x0120), _lacks("(0000,0120) MessageIDBeingRespondedTo"), USER_ABORT),
    Failure("no data set type", _without(0x0800), _lacks("(0000,0800) CommandDataSetType"), USER_ABORT),
    Failure("no status", _without(0x0900), _lacks("(0000,0900) Status"), USER_ABORT),
    Failure("empty command set", wire.p_data(1, b""), _lacks("(0000,0100) CommandField"), USER_ABORT),
    Failure(
        "data set announced",
        _response(data_set_type=0),
        "the response announces a data set (Command Data Set Type 0x0000), which C-ECHO-RSP has not"
        " (PS3.7 9.3.5)",
        USER_ABORT,
    ),
    Failure(
        "data PDV",
        wire.p_data(1, RSP, wire.LAST),
        "the peer sent a fragment of a data set where a command belongs (PS3.8 E.2)",
        USER_ABORT,
    ),
    Failure(
        "another context",
        echo_rsp(context_id=3),
        "the peer answered on presentation context 3 instead of 1 (PS3.8 9.3.5.1)",
        USER_ABORT,
    ),
    Failure(
        "two responses in one PDU",
        wire.pdu(wire.P_DATA, PDV + PDV),
        "the peer sent more than the response (PS3.8 E.2)",
        USER_ABORT,
    ),
    Failure(
        "command set cut short",
        wire.p_data(1, RSP[:-1]),
        "the element (0000,0900) Status claims 2 bytes where 1 are left (PS3.7 6.3.1)",
        USER_ABORT,
    ),
    Failure(
        "unknown PDU type",
        wire.pdu(9, bytes(4)),
        "what the peer sent is no DICOM PDU: it begins with 09 00 00 00 00 04 00 00"
        ' ("\\t\\x00\\x00\\x00\\x00\\x04\\x00\\x00") (PS3.8 9.3.1)',
        provider(1),
    ),
    Failure(
        "PDU over our maximum",
        wire.pdu(wire.P_DATA, bytes(16385)),
        "the peer sent P-DATA-TF of 16385 bytes where we take at most 16384 (PS3.8 D.1)",
        provider(6),
    ),
    Failure("no PDV", wire.pdu(wire.P_DATA, b""), PDVS.format(0, 0), provider(6)),
    Failure(
        "PDV over its PDU",
        wire.pdu(wire.P_DATA, PDV + b"\0\0\0\xff\1\3"),
        PDVS.format(len(PDV) + 6, 1),
        provider(6),
    ),
    Failure("acceptance again", AC, _unexpected("A-ASSOCIATE-AC", "associated"), provider(2)),
    Failure("rejection", wire.reject(1, 1, 1), _unexpected("A-ASSOCIATE-RJ", "associated"), provider(2)),
    Failure("request", ASSOCIATE_RQ, _unexpected("A-ASSOCIATE-RQ", "associated"), provider(2)),
    Failure("release response", RELEASE_RP, _unexpected("A-RELEASE-RP", "associated"), provider(2)),
]

_FOR_RP = "waiting for A-RELEASE-RP"
RELEASING = [
    *ANYWHERE,
    Failure("rejection", wire.reject(1, 1, 1), _unexpected("A-ASSOCIATE-RJ", _FOR_RP), provider(2)),
    Failure("acceptance", AC, _unexpected("A-ASSOCIATE-AC", _FOR_RP), provider(2)),
    Failure("request", ASSOCIATE_RQ, _unexpected("A-ASSOCIATE-RQ", _FOR_RP), provider(2)),
    Failure(
        "response of the wrong length",
        wire.pdu(wire.RELEASE_RP, bytes(2)),
        "A-RELEASE-RP has a body of 2 bytes, not 4 (PS3.8 9.3.7)",
        provider(6),
    ),
]


CHUNKS = pytest.mark.parametrize("chunk", [None, 1, 7], ids=["whole", "byte by byte", "by sevens"])

# What each wait belongs to; "" is the connection.
STAGES: dict[str, tuple[type[VerificationFailed], str]] = {
    "": (NoConnection, "connect"),
    TO_ASSOCIATE: (AssociationFailed, "associate"),
    TO_ECHO: (EchoFailed, "echo"),
    TO_RELEASE: (ReleaseFailed, "release"),
}


def check(report: EchoReport, kind: type[VerificationFailed], stage: str, sentence: str) -> None:
    """Check what a report says of a failure; of nonsense as much is shown as had come."""
    assert type(report.error) is kind
    said, start, shown = str(report.error).partition(" it begins with ")
    if start and sentence.startswith(said + start + shown[:2]):
        sentence = str(report.error)
    assert (str(report.error), report.error.stage, report.stage) == (sentence, stage, stage)
    assert not report.success


def until_abort() -> Playbook:
    """Return a run that has just sent its A-ABORT, on purpose."""
    play = Playbook(replace(ECHO, abort=True))
    play.associates()
    play.echoes()
    play.tells_the_time()
    play.sends(USER_ABORT, artim(7))
    return play

"""The hint for each cause of a failure, and the sentence that goes with it."""

import errno
from typing import Any

import pytest

from dcmtool import errors
from dcmtool.errors import (
    AssociationAborted,
    AssociationFailed,
    AssociationRejected,
    ConnectFailed,
    ConnectionLost,
    DeadlineExpired,
    EchoFailed,
    Interrupted,
    MaximumLengthTooSmall,
    NameNotResolved,
    NoConnection,
    NoPresentationContext,
    NotDicom,
    NothingAccepted,
    PeerAbort,
    Rejection,
    ReleaseFailed,
    StatusNotSuccess,
    TlsFailed,
    TlsFailure,
    TlsWanted,
    UnexpectedPdu,
    VerificationFailed,
)
from dcmtool.reporting.advice import RULES, Case, advice, message, without_advice
from dcmtool.settings import EchoRequest, Negotiation, Peer, TlsSettings, first_transfer_syntaxes

PLAIN = EchoRequest(Peer("pacs", 104), Negotiation("US {1}", "Archive"))
SECURED = EchoRequest(Peer("pacs", 104), tls=TlsSettings())
MANY = EchoRequest(Peer("pacs", 104), Negotiation(transfer_syntaxes=first_transfer_syntaxes(51)))
LATE = DeadlineExpired("answer", "-ta, ACSE timeout", 30)


def unconnected(*numbers: int | None) -> NoConnection:
    """Return the failure of as many attempts, each with the system's error."""
    attempts = tuple((f"192.0.2.{place}", _error(number)) for place, number in enumerate(numbers))
    return NoConnection("connect", ConnectFailed("pacs", 104, attempts))


def _error(number: int | None) -> OSError:
    return TimeoutError("no answer in its share of the time") if number is None else OSError(number, "")


def rejected(result: int, source: int, reason: int) -> AssociationRejected:
    """Return the failure of a rejection."""
    return AssociationRejected("associate", Rejection(result, source, reason))


def unaccepted(*results: str) -> NoPresentationContext:
    """Return the failure of contexts with these results."""
    numbered = tuple((2 * place + 1, text) for place, text in enumerate(results))
    return NoPresentationContext("associate", NothingAccepted(numbered))


def answered(status: int) -> EchoFailed:
    """Return the failure of a status."""
    return EchoFailed("echo", StatusNotSuccess(status, "meaning"))


NOTHING_BACK = "nothing comes back at all: the address is wrong, or a firewall drops what is sent to port 104"
NOT_THE_PORT = "104 is not the DICOM port: ask for that of the node Archive"
TOO_MANY = "servers built on DCMTK take at most 50 transfer syntaxes a context: lower -pts"
ALLOW = "have Verification allowed for US {1} at the node"

GIVEN: dict[str, tuple[VerificationFailed, EchoRequest, str | None]] = {
    "called title": (
        *(rejected(1, 1, 7), PLAIN),
        "the called AE title is case-sensitive; you sent Archive: give the node's own with -aec",
    ),
    "calling title": (
        *(rejected(1, 1, 3), PLAIN),
        "the node only answers callers that it knows; you sent US {1}: have that title added there, "
        "or give one that it knows with -aet",
    ),
    "rejected for no reason": (
        *(rejected(1, 1, 1), PLAIN),
        "the node gives no reason: see its log, and whether it knows the titles US {1} and Archive "
        "and this host's address",
    ),
    "busy": (rejected(2, 3, 2), PLAIN, "the node is busy for now: try again later"),
    "rejected by the provider": (rejected(1, 2, 2), PLAIN, None),
    "unknown name": (
        *(NoConnection("connect", NameNotResolved("pacs", 104, "unknown")), PLAIN),
        "check the spelling of the name, or give the node's address in its place",
    ),
    "refused": (
        *(unconnected(errno.ECONNREFUSED, errno.ECONNREFUSED), PLAIN),
        "nothing listens on port 104 there, or a firewall says so: check that the node is running, "
        "and its port",
    ),
    "unreachable": (
        *(unconnected(errno.EHOSTUNREACH, errno.ENETUNREACH), PLAIN),
        "no way leads to this address: check it, the network and the VPN",
    ),
    "no answer to the connection": (unconnected(errno.ETIMEDOUT, None), PLAIN, NOTHING_BACK),
    "two ways to fail": (unconnected(errno.ETIMEDOUT, errno.ECONNREFUSED), PLAIN, None),
    "another error": (unconnected(errno.EACCES), PLAIN, None),
    "late name": (
        *(NoConnection("connect", DeadlineExpired("address of pacs", "-to", 1)), PLAIN),
        "the name service does not answer: give the node's address in place of its name",
    ),
    "late connection": (
        NoConnection("connect", DeadlineExpired("TCP connection to pacs port 104", "-to", 1)),
        *(PLAIN, NOTHING_BACK),
    ),
    "late TLS": (
        *(TlsFailed("tls", DeadlineExpired("answer to the TLS ClientHello", "-ta", 1)), SECURED),
        "something listens but does not answer TLS: if the port is one without, leave +tla or +tls out",
    ),
    "HTTP": (
        *(AssociationFailed("associate", NotDicom(b"HTTP/1.0")), PLAIN),
        f"this port speaks HTTP: {NOT_THE_PORT}",
    ),
    "SSH": (
        *(AssociationFailed("associate", NotDicom(b"SSH-2.0-")), PLAIN),
        f"this port speaks SSH: {NOT_THE_PORT}",
    ),
    "mail": (
        *(AssociationFailed("associate", NotDicom(b"220 mail")), PLAIN),
        f"this port speaks FTP or SMTP: {NOT_THE_PORT}",
    ),
    "something else": (
        *(AssociationFailed("associate", NotDicom(b"\xff{}")), PLAIN),
        f"this port does not speak DICOM: {NOT_THE_PORT}",
    ),
    "TLS wanted": (
        *(TlsFailed("associate", TlsWanted()), PLAIN),
        "this port wants TLS: try +tla, or +tls where it asks for a certificate",
    ),
    "TLS refused": (TlsFailed("tls", TlsFailure("kind", "what", "do {this}")), SECURED, "do {this}"),
    "TLS broken": (TlsFailed("tls", TlsFailure("broken", "what")), SECURED, None),
    "too many syntaxes, closed": (AssociationFailed("associate", ConnectionLost()), MANY, TOO_MANY),
    "too many syntaxes, silent": (AssociationFailed("associate", LATE), MANY, TOO_MANY),
    "closed": (
        *(AssociationFailed("associate", ConnectionLost()), PLAIN),
        "the port may want TLS: try +tla; or the node hangs up on callers that it does not know",
    ),
    "closed, TLS": (
        *(AssociationFailed("associate", ConnectionLost()), SECURED),
        "the node may hang up on callers that it does not know: see its log",
    ),
    "silent": (
        *(AssociationFailed("associate", LATE), PLAIN),
        "something listens but says nothing: the port may be none of DICOM, or want TLS (try +tla)",
    ),
    "silent, TLS": (AssociationFailed("associate", LATE), SECURED, None),
    "aborted at once": (
        *(AssociationAborted("associate", PeerAbort(0, 0)), PLAIN),
        "some nodes abort where they should reject: see whether it knows the titles US {1} and Archive",
    ),
    "aborted later": (AssociationAborted("echo", PeerAbort(2, 1)), PLAIN, None),
    "no Verification": (
        *(unaccepted(*["Abstract Syntax Not Supported"] * 2), PLAIN),
        "the node offers no Verification (1.2.840.10008.1.1) to US {1}: have it allowed there",
    ),
    "no syntax": (
        *(unaccepted("Transfer Syntaxes Not Supported"), PLAIN),
        "the node takes none of the transfer syntaxes offered: offer more with -pts",
    ),
    "several results": (unaccepted("User Rejection", "No Reason"), PLAIN, None),
    "small PDUs": (
        *(EchoFailed("echo", MaximumLengthTooSmall(6)), PLAIN),
        "have the maximum PDU length raised in the node's configuration; 16384 is usual",
    ),
    "not supported": (answered(0x0122), PLAIN, ALLOW),
    "not authorized": (answered(0x0124), PLAIN, ALLOW),
    "short of something": (
        *(answered(0x0213), PLAIN),
        "the node is short of something for now: try again later",
    ),
    "another status": (answered(0x0110), PLAIN, None),
    "no answer": (
        *(EchoFailed("echo", DeadlineExpired("C-ECHO-RSP", "-td", 1)), PLAIN),
        "the node took the association but does not answer: see its log, or allow it more time",
    ),
    "closed later": (EchoFailed("echo", ConnectionLost()), PLAIN, None),
    "no release": (ReleaseFailed("release", LATE), PLAIN, None),
    "unexpected PDU": (AssociationFailed("associate", UnexpectedPdu("P-DATA-TF", "waiting")), PLAIN, None),
    "interrupted": (Interrupted("echo", KeyboardInterrupt()), PLAIN, None),
}


@pytest.mark.parametrize("case", GIVEN.values(), ids=GIVEN)
def test_advice(case: tuple[VerificationFailed, EchoRequest, str | None]) -> None:
    failure, request, expected = case
    assert advice(failure, request) == expected


def test_every_rule_is_needed() -> None:
    used = set()
    for failure, request, _ in GIVEN.values():
        case = Case(failure.cause, failure.stage, request)
        applying = [place for place, rule in enumerate(RULES) if _applies(rule, case)]
        used |= {*applying[:1]}
    assert used == {*range(len(RULES))}


def _applies(rule: Any, case: Case) -> bool:
    return isinstance(case.cause, rule.cause) and rule.applies(case)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.sentence[:40])
def test_a_hint_is_one_short_line_of_a_sentence(rule: Any) -> None:
    assert rule.sentence[0].islower() or rule.sentence.startswith("{port}")
    assert not rule.sentence.endswith(".")
    assert len(rule.sentence) <= 130
    assert issubclass(rule.cause, errors.Cause)


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (
            rejected(1, 1, 7),
            "the peer rejected the association: Rejected Permanent by the Service User: "
            "Called AE Title Not Recognized",
        ),
        (
            rejected(9, 9, 9),
            "the peer rejected the association: Undefined (9) by the Undefined (9): Undefined (9)",
        ),
        (
            unaccepted("User Rejection"),
            "no acceptable presentation context: all 1 proposed were refused: User Rejection",
        ),
        (TlsFailed("tls", TlsFailure("kind", "what: now", "do this")), "what: now"),
        (TlsFailed("tls", TlsFailure("kind", "what")), "what"),
        (
            TlsFailed("associate", TlsWanted()),
            "the peer answered with a TLS alert: it wants TLS here (RFC 8446 6)",
        ),
        (Interrupted("echo", KeyboardInterrupt()), "interrupted (stage: echo)"),
        (EchoFailed("echo", ConnectionLost()), str(ConnectionLost())),
    ],
)
def test_the_message(failure: VerificationFailed, expected: str) -> None:
    assert message(failure) == expected


def test_only_advice_at_the_end_is_taken_off() -> None:
    cause = TlsFailure("kind", "what", "do this")
    assert without_advice("F: what: do this", cause) == "F: what"
    assert without_advice("do this: what", cause) == "do this: what"
    assert without_advice("what: do this", ConnectionLost()) == "what: do this"

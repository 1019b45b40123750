"""What to change after a failure: a table from its cause to one sentence, empty where none would help."""

from collections.abc import Callable
from errno import ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, ETIMEDOUT
from typing import Any, NamedTuple

from dcmtool.errors import (
    AssociationRejected,
    ConnectFailed,
    ConnectionLost,
    DeadlineExpired,
    MaximumLengthTooSmall,
    NameNotResolved,
    NoPresentationContext,
    NotDicom,
    NothingAccepted,
    PeerAbort,
    Rejection,
    StatusNotSuccess,
    TlsFailure,
    TlsWanted,
    VerificationFailed,
)
from dcmtool.settings import EchoRequest

DCMTK_SYNTAXES = 50  # transfer syntaxes a context that servers built on DCMTK take; more are left unanswered


class Case(NamedTuple):
    """A failure as the rules see it: its cause, the stage, and what was asked for."""

    cause: Any  # each rule knows the type of its own
    stage: str
    request: EchoRequest


class Rule(NamedTuple):
    """One row: the type of the cause, when it applies, and what to say; the first row that applies counts."""

    cause: type[BaseException]
    applies: Callable[[Case], bool]
    sentence: str


def _is(**fields: object) -> Callable[[Case], bool]:
    return lambda case: all(getattr(case.cause, name) == value for name, value in fields.items())


def _at(*stages: str) -> Callable[[Case], bool]:
    return lambda case: case.stage in stages


def _begins(*starts: bytes) -> Callable[[Case], bool]:
    return lambda case: case.cause.start.startswith(starts)


def _errors(*numbers: int | None) -> Callable[[Case], bool]:
    return lambda case: {error.errno for _, error in case.cause.attempts} <= {*numbers}


def _every_context(text: str) -> Callable[[Case], bool]:
    return lambda case: {result for _, result in case.cause.results} == {text}


def _always(_case: Case) -> bool:
    return True


def _offers_too_many(case: Case) -> bool:
    offered = len(case.request.negotiation.transfer_syntaxes)
    return case.stage == "associate" and offered > DCMTK_SYNTAXES


def _without_tls(case: Case) -> bool:
    return case.stage == "associate" and case.request.tls is None


_TOO_MANY = f"servers built on DCMTK take at most {DCMTK_SYNTAXES} transfer syntaxes a context: lower -pts"
_NOTHING_BACK = (
    "nothing comes back at all: the address is wrong, or a firewall drops what is sent to port {port}"
)
_OTHER_PORT = "{port} is not the DICOM port: ask for that of the node {called}"

RULES = (
    Rule(
        Rejection,
        _is(source=1, reason=7),
        "the called AE title is case-sensitive; you sent {called}: give the node's own with -aec",
    ),
    Rule(
        Rejection,
        _is(source=1, reason=3),
        "the node only answers callers that it knows; you sent {calling}: have that title added there, "
        "or give one that it knows with -aet",
    ),
    Rule(
        Rejection,
        _is(source=1, reason=1),
        "the node gives no reason: see its log, and whether it knows the titles {calling} and {called} "
        "and this host's address",
    ),
    Rule(Rejection, _is(result=2), "the node is busy for now: try again later"),
    Rule(
        NameNotResolved,
        _always,
        "check the spelling of the name, or give the node's address in its place",
    ),
    Rule(
        ConnectFailed,
        _errors(ECONNREFUSED),
        "nothing listens on port {port} there, or a firewall says so: check that the node is running, "
        "and its port",
    ),
    Rule(
        ConnectFailed,
        _errors(EHOSTUNREACH, ENETUNREACH),
        "no way leads to this address: check it, the network and the VPN",
    ),
    Rule(
        DeadlineExpired,
        lambda case: case.cause.waiting_for.startswith("address of"),
        "the name service does not answer: give the node's address in place of its name",
    ),
    Rule(ConnectFailed, _errors(ETIMEDOUT, None), _NOTHING_BACK),
    Rule(DeadlineExpired, _at("connect"), _NOTHING_BACK),
    Rule(
        DeadlineExpired,
        _at("tls"),
        "something listens but does not answer TLS: if the port is one without, leave +tla or +tls out",
    ),
    Rule(NotDicom, _begins(b"HTTP/"), "this port speaks HTTP: " + _OTHER_PORT),
    Rule(NotDicom, _begins(b"SSH-"), "this port speaks SSH: " + _OTHER_PORT),
    Rule(NotDicom, _begins(b"220 ", b"220-"), "this port speaks FTP or SMTP: " + _OTHER_PORT),
    Rule(NotDicom, _at("associate"), "this port does not speak DICOM: " + _OTHER_PORT),
    Rule(TlsWanted, _always, "this port wants TLS: try +tla, or +tls where it asks for a certificate"),
    Rule(ConnectionLost, _offers_too_many, _TOO_MANY),
    Rule(DeadlineExpired, _offers_too_many, _TOO_MANY),
    Rule(
        ConnectionLost,
        _without_tls,
        "the port may want TLS: try +tla; or the node hangs up on callers that it does not know",
    ),
    Rule(
        ConnectionLost, _at("associate"), "the node may hang up on callers that it does not know: see its log"
    ),
    Rule(
        DeadlineExpired,
        _without_tls,
        "something listens but says nothing: the port may be none of DICOM, or want TLS (try +tla)",
    ),
    Rule(
        PeerAbort,
        _at("associate"),
        "some nodes abort where they should reject: see whether it knows the titles {calling} and {called}",
    ),
    Rule(
        NothingAccepted,
        _every_context("Abstract Syntax Not Supported"),
        "the node offers no Verification (1.2.840.10008.1.1) to {calling}: have it allowed there",
    ),
    Rule(
        NothingAccepted,
        _every_context("Transfer Syntaxes Not Supported"),
        "the node takes none of the transfer syntaxes offered: offer more with -pts",
    ),
    Rule(
        MaximumLengthTooSmall,
        _always,
        "have the maximum PDU length raised in the node's configuration; 16384 is usual",
    ),
    Rule(StatusNotSuccess, _is(status=0x0122), "have Verification allowed for {calling} at the node"),
    Rule(StatusNotSuccess, _is(status=0x0124), "have Verification allowed for {calling} at the node"),
    Rule(StatusNotSuccess, _is(status=0x0213), "the node is short of something for now: try again later"),
    Rule(
        DeadlineExpired,
        _at("echo"),
        "the node took the association but does not answer: see its log, or allow it more time",
    ),
)


def advice(failure: VerificationFailed, request: EchoRequest) -> str | None:
    """Return one sentence on what to change, None where there is nothing good to say."""
    case = Case(failure.cause, failure.stage, request)
    rule = next((rule for rule in RULES if isinstance(case.cause, rule.cause) and rule.applies(case)), None)
    if rule is None:
        return _told_with(failure.cause) or None
    titles = request.negotiation
    return rule.sentence.format(port=request.peer.port, calling=titles.calling_aet, called=titles.called_aet)


def without_advice(text: str, cause: BaseException) -> str:
    """Return a text that ends with what the cause says without the advice that the cause itself gives."""
    told = _told_with(cause)
    return text.removesuffix(f": {told}") if told else text


def _told_with(cause: BaseException) -> str:
    return cause.advice if isinstance(cause, TlsFailure | TlsWanted) else ""


def message(failure: VerificationFailed) -> str:
    """Return what happened in one sentence that stands alone, without advice."""
    cause, text = failure.cause, without_advice(str(failure), failure.cause)
    if isinstance(failure, AssociationRejected) and isinstance(cause, Rejection):
        return (
            f"the peer rejected the association: {cause.result_text} by the {cause.source_text}: "
            f"{cause.reason_text}"
        )
    return (
        f"no acceptable presentation context: {text}" if isinstance(failure, NoPresentationContext) else text
    )

"""The rows of the association, the echo and the release (PS3.8 7, PS3.7 9.1.5)."""

from typing import Any

from dcmtool.diagnosis.evidence import Attempt
from dcmtool.diagnosis.rule import Applies, Rule, always, at, both, has
from dcmtool.errors import (
    Cause,
    ConnectionLost,
    DeadlineExpired,
    MaximumLengthTooSmall,
    NothingAccepted,
    PeerAbort,
    Rejection,
    RemoteProtocolError,
    StatusNotSuccess,
)
from dcmtool.settings import Negotiation

DCMTK_SYNTAXES = 50  # transfer syntaxes a context that servers built on older releases of DCMTK take,
DCMTK_RELEASE = "3.6.7"  # this the last of them; more are left unanswered. 3.7.0 takes 128
_TOO_MANY = {"most": DCMTK_SYNTAXES, "release": DCMTK_RELEASE}

_WHO = ("called-title", "calling-title", "calling-address")  # what nodes do not say who they do not know
_HANGS_UP = ("closed-at-once", "tls-expected", *_WHO, "proxy-header-expected", "busy", "other-protocol")
_SILENT = ("tls-expected", "other-protocol", "busy", "slow-reverse-lookup")


def _offers_too_many(_cause: Any, attempt: Attempt) -> bool:
    return attempt.stage == "associate" and attempt.asked.syntaxes > DCMTK_SYNTAXES


def _without_tls(_cause: Any, attempt: Attempt) -> bool:
    return attempt.stage == "associate" and not attempt.asked.secured


def _calls_any(_cause: Any, attempt: Attempt) -> bool:
    return attempt.asked.called == Negotiation.called_aet


def _with_identity(_cause: Any, attempt: Attempt) -> bool:
    return attempt.asked.identity


def _cut_short(cause: Any, _attempt: Attempt) -> bool:
    return bool(cause.partial)


def _may_be_none(cause: Any, _attempt: Attempt) -> bool:
    return bool(cause.start)


def _spoke_first(_cause: Any, attempt: Attempt) -> bool:
    return attempt.stage == "associate" and attempt.spoke_first


def _every_context(text: str) -> Applies:
    return lambda cause, _attempt: {result for _, result in cause.results} == {text}


def _is_undefined(cause: Any, _attempt: Attempt) -> bool:
    return not cause.is_defined


def _has_own_reason(cause: Any, _attempt: Attempt) -> bool:
    """Whether an abort is the provider's with a reason: its protocol machine takes something for a fault."""
    return cause.source == 2 and cause.reason in (1, 2, 4, 5, 6)


_REJECTIONS = (
    # dcmqrscp says 1/1/7 for a wrong calling title or address too.
    Rule(
        Rejection,
        both(has(source=1, reason=7), _calls_any),
        "called-title",
        ("calling-title", "calling-address"),
        advice=("no-called-title", "calling-too", "log-of-node"),
    ),
    Rule(Rejection, has(source=1, reason=7), "called-title", ("calling-title", "calling-address")),
    # 1/1/3 is title or address; archives with several titles say it of the called one as well.
    Rule(
        Rejection,
        both(has(source=1, reason=3), _calls_any),
        "calling-title",
        ("calling-address", "called-title"),
        advice=("calling-title-and-called", "no-called-title", "log-of-node"),
    ),
    Rule(Rejection, has(source=1, reason=3), "calling-title", ("calling-address", "called-title")),
    Rule(Rejection, has(result=1, source=1, reason=2), "application-context"),
    # By PS3.8 the application context; dcm4che says it where a limit of its own is reached.
    Rule(
        Rejection, has(result=2, source=1, reason=2), "local-limit", ("application-context", "busy"), "likely"
    ),
    # pynetdicom refuses an identity with 2/2/1, others with 1/2/1.
    Rule(
        Rejection,
        both(has(source=2, reason=1), _with_identity),
        "identity-refused",
        ("rejected-without-reason", "busy"),
    ),
    Rule(Rejection, has(result=2, source=3, reason=2), "local-limit", (), "certain"),
    Rule(Rejection, has(source=3, reason=2), "local-limit", ("busy",)),
    Rule(Rejection, has(source=3, reason=1), "busy", ("local-limit",)),
    Rule(Rejection, has(result=1, source=2, reason=2), "protocol-version"),
    Rule(Rejection, has(result=2, source=2, reason=2), "protocol-version", ("busy",)),
    Rule(
        Rejection,
        has(result=2, source=2, reason=1),
        "busy",
        ("local-limit", "rejected-without-reason", "identity-refused"),
    ),
    Rule(Rejection, has(result=2, reason=1), "busy", ("local-limit", "rejected-without-reason")),
    Rule(Rejection, has(result=1, source=1, reason=1), "rejected-without-reason", _WHO),
    Rule(
        Rejection, has(result=1, source=2, reason=1), "rejected-without-reason", ("identity-refused", *_WHO)
    ),
    # 1/3/8 and 1/3/56 are seen in the field.
    Rule(Rejection, _is_undefined, "rejected-reserved-reason", (*_WHO, "local-limit", "busy")),
)

_ANSWERS = (
    Rule(
        ConnectionLost,
        _offers_too_many,
        "closed-on-association",
        _HANGS_UP,
        advice=("fewer-syntaxes", "unknown-caller"),
        facts=_TOO_MANY,
    ),
    Rule(
        DeadlineExpired,
        _offers_too_many,
        "no-answer-to-association",
        _SILENT,
        advice=("fewer-syntaxes", "node-hangs", "longer-acse"),
        facts=_TOO_MANY,
    ),
    Rule(
        ConnectionLost,
        both(at("associate"), _cut_short),
        "malformed-answer",
        ("closed-on-association",),
        "likely",
    ),
    Rule(
        DeadlineExpired,
        both(at("associate"), _cut_short),
        "no-answer-to-association",
        ("malformed-answer", "large-requests-lost"),
        advice=("node-hangs", "longer-acse", "capture"),
    ),
    Rule(ConnectionLost, _spoke_first, "closed-at-once", ("calling-address", "busy")),
    Rule(ConnectionLost, _without_tls, "closed-on-association", _HANGS_UP),
    Rule(
        ConnectionLost,
        at("associate"),
        "closed-on-association",
        (*_WHO, "other-protocol", "busy", "client-certificate-required", "client-certificate-refused"),
        advice=("unknown-caller", "log-of-node"),
    ),
    Rule(
        DeadlineExpired,
        _without_tls,
        "no-answer-to-association",
        _SILENT,
        advice=("silent-without-tls", "node-hangs", "longer-acse"),
    ),
    Rule(
        DeadlineExpired,
        at("associate"),
        "no-answer-to-association",
        ("other-protocol", "busy", "slow-reverse-lookup"),
        advice=("node-hangs", "longer-acse"),
    ),
    Rule(
        PeerAbort,
        both(at("associate"), _has_own_reason),
        "aborted-on-association",
        ("application-context", "protocol-version"),
        advice=("provider-abort", "log-of-node", "vendor"),
    ),
    Rule(
        PeerAbort,
        both(at("associate"), _calls_any),
        "aborted-on-association",
        (*_WHO, "busy"),
        advice=("abort-for-rejection", "no-called-title", "log-of-node"),
    ),
    Rule(PeerAbort, at("associate"), "aborted-on-association", (*_WHO, "busy")),
    Rule(NothingAccepted, _every_context("Abstract Syntax Not Supported"), "no-verification", _WHO[:2]),
    Rule(NothingAccepted, _every_context("Transfer Syntaxes Not Supported"), "no-transfer-syntax"),
    Rule(NothingAccepted, always, "no-verification", ("no-transfer-syntax", *_WHO)),
    # Much else begins with a byte of 1 to 7, but not with a length that a PDU may have.
    Rule(RemoteProtocolError, both(at("associate"), _may_be_none), "malformed-answer", ("other-protocol",)),
    Rule(Cause, at("associate"), "malformed-answer"),
)

_ECHO = (
    Rule(MaximumLengthTooSmall, always, "malformed-answer", advice=("maximum-length",)),
    Rule(
        PeerAbort,
        both(at("echo"), _has_own_reason),
        "aborted-on-echo",
        ("no-verification",),
        advice=("provider-abort", "log-of-node", "vendor"),
    ),
    # Orthanc does it to a caller that it does not know, where it is not told to answer everybody's echo.
    Rule(PeerAbort, at("echo"), "aborted-on-echo", ("calling-title", "calling-address", "no-verification")),
    Rule(ConnectionLost, at("echo"), "closed-on-echo", ("calling-title", "calling-address")),
    Rule(
        StatusNotSuccess,
        has(status=(0x0122, 0x0124)),
        "echo-status",
        ("calling-title", "no-verification"),
        advice=("not-allowed", "log-of-node"),
    ),
    Rule(
        StatusNotSuccess,
        has(status=0x0213),
        "echo-status",
        ("busy",),
        advice=("out-of-resources", "load-of-node"),
    ),
    Rule(StatusNotSuccess, always, "echo-status"),
    Rule(DeadlineExpired, at("echo"), "no-answer-to-echo", ("slow-echo",)),
    Rule(Cause, at("echo"), "wrong-answer"),
)

_RELEASE = (
    Rule(PeerAbort, at("release"), "release-aborted"),
    Rule(Cause, at("release"), "release-unanswered"),
)

ASSOCIATION_RULES: tuple[Rule, ...] = (*_REJECTIONS, *_ANSWERS, *_ECHO, *_RELEASE)

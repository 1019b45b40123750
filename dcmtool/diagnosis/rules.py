"""What an attempt comes to: a table from what ended it to a finding, for hints, reports and diagnoses alike.

The first row that applies counts. Stacks differ from PS3.8 in what their codes mean, and the rows say so.
"""

from errno import (
    EACCES,
    EADDRNOTAVAIL,
    ECONNABORTED,
    ECONNREFUSED,
    ECONNRESET,
    EHOSTDOWN,
    EHOSTUNREACH,
    ENETDOWN,
    ENETUNREACH,
    EPERM,
    ETIMEDOUT,
)
from typing import Any

from dcmtool.advice import Advice, Words
from dcmtool.diagnosis.association_rules import ASSOCIATION_RULES
from dcmtool.diagnosis.evidence import Attempt, Inquiry, fact_of, of_failure
from dcmtool.diagnosis.findings import FINDINGS, Finding, Seen, made
from dcmtool.diagnosis.rule import Applies, Rule, always, at, both
from dcmtool.diagnosis.tls_rules import TLS_RULES
from dcmtool.errors import (
    Advised,
    AssociationRejected,
    Cause,
    ConnectFailed,
    DeadlineExpired,
    NameNotResolved,
    NoPresentationContext,
    NotDicom,
    Rejection,
    TlsWanted,
    VerificationFailed,
    reason_of,
)
from dcmtool.settings import EchoRequest, Negotiation
from dcmtool.text import brief, decoded
from dcmtool.upper_layer.pdus import PDU_NAMES


def _errors(*numbers: int | None) -> Applies:
    return lambda cause, _attempt: {error.errno for _, error in cause.attempts} <= {*numbers}


def _over_ipv6(cause: Any, _attempt: Attempt) -> bool:
    return all(":" in address for address, _ in cause.attempts)


def _begins(*starts: bytes) -> Applies:
    return lambda cause, _attempt: cause.start.startswith(starts)


def _of_one_family(_cause: Any, attempt: Attempt) -> bool:
    return attempt.asked.family != "auto"


def _awaits_address(cause: Any, _attempt: Attempt) -> bool:
    return bool(cause.waiting_for.startswith("address of"))


def _is_temporary(cause: Any, _attempt: Attempt) -> bool:
    return bool(cause.temporary)


_SPEAKING = (
    ((b"HTTP/", b"<htm", b"<!DO"), "speaks HTTP"),
    ((b"SSH-",), "speaks SSH"),
    ((b"220 ", b"220-"), "speaks FTP or SMTP"),
    ((b"+OK", b"* OK"), "speaks a mail protocol (POP3 or IMAP)"),
    ((b"\x0b", b"MSH|"), "speaks HL7 (MLLP)"),
)

CONNECTION_RULES = (
    Rule(NameNotResolved, _is_temporary, "lookup-unanswered", ("unknown-host",)),
    Rule(NameNotResolved, _of_one_family, "family-mismatch", ("unknown-host",)),
    Rule(NameNotResolved, always, "unknown-host"),
    Rule(DeadlineExpired, _awaits_address, "lookup-unanswered"),
    Rule(ConnectFailed, _errors(ECONNREFUSED), "refused"),
    Rule(
        ConnectFailed,
        _errors(EHOSTUNREACH, ENETUNREACH, EHOSTDOWN, ENETDOWN, EADDRNOTAVAIL),
        "unreachable",
    ),
    # Linux says EACCES of its own policy, and of a firewall's ICMPv6 "administratively prohibited" as well.
    Rule(
        ConnectFailed,
        both(_errors(EACCES), _over_ipv6),
        "unreachable",
        ("local-policy",),
        advice=("unreachable", "firewall-rule", "own-firewall"),
    ),
    Rule(ConnectFailed, _errors(EPERM, EACCES), "local-policy"),
    Rule(ConnectFailed, _errors(ECONNRESET, ECONNABORTED), "closed-at-once", ("calling-address",)),
    Rule(ConnectFailed, _errors(ETIMEDOUT, None), "no-answer-to-connect"),
    Rule(ConnectFailed, _errors(ECONNREFUSED, ETIMEDOUT, None), "refused", ("no-answer-to-connect",)),
    Rule(ConnectFailed, always, "connect-failed"),
    Rule(DeadlineExpired, at("connect"), "no-answer-to-connect"),
    *(
        Rule(NotDicom, both(at("associate"), _begins(*starts)), "other-protocol", (), "certain", None, facts)
        for starts, facts in ((starts, {"speaks": text}) for starts, text in _SPEAKING)
    ),
    Rule(
        NotDicom,
        at("associate"),
        "other-protocol",
        ("malformed-answer",),
        facts={"speaks": "does not speak DICOM"},
    ),
    Rule(TlsWanted, always, "tls-expected", (), "certain", ("wants-tls",)),
)
# What looks the same over several associations, or by its time.
ALIKE = (
    *(("intermittent", name) for name in ("tls-expected", "plain-expected", "called-title", "calling-title")),
    ("intermittent", "different-peers", "busy", "local-limit"),
    ("slow-accept", "slow-reverse-lookup"),
    ("service-denied", "calling-title", "calling-address", "called-title"),
)
_REST = (Rule(Cause, at("connect"), "connect-failed"), Rule(Cause, at("tls"), "tls-refused"))
RULES: tuple[Rule, ...] = (*CONNECTION_RULES, *TLS_RULES, *ASSOCIATION_RULES, *_REST)


def rule_for(attempt: Attempt) -> Rule | None:
    """Return the row for what ended an attempt; None where it was in order, or the user ended it."""
    cause = attempt.cause
    return next(
        (rule for rule in RULES if isinstance(cause, rule.cause) and rule.applies(cause, attempt)), None
    )


def finding_of(attempt: Attempt) -> Finding | None:
    """Return what an attempt comes to; None where it was in order, or the user ended it."""
    rule = rule_for(attempt)
    if rule is None:
        return None
    own = attempt.cause.advice if isinstance(attempt.cause, Advised) else None
    return made(
        rule.finding,
        FINDINGS[rule.finding],
        {**facts_of(attempt), **rule.facts},
        evidence=_evidence(attempt),
        alternatives=rule.alternatives,
        certainty=rule.certainty,
        advice=rule.advice,
        first=own if rule.advice is None else None,
    )


def _evidence(attempt: Attempt) -> tuple[Seen, ...]:
    """Return what ended an attempt, each thing once; what the peer sent before is no evidence of that."""
    ends = {each.what: each for each in reversed(attempt.seen) if each.what not in PDU_NAMES.values()}
    return tuple(ends.values())[::-1] or (Seen(_what(attempt.cause), attempt.number),)


def facts_of(attempt: Attempt) -> dict[str, object]:
    """Return what may stand in the sentences about an attempt."""
    asked, cause = attempt.asked, attempt.cause
    return {
        **facts_about(asked),
        "address": attempt.address or _tried(cause) or asked.host,
        "source": attempt.source or "this host's address",
        "what": _what(cause),
        "code": cause.numbers if isinstance(cause, Rejection) else "",
    }


def facts_about(asked: Inquiry) -> dict[str, object]:
    """Return what may stand in the sentences about what was asked."""
    family = {"ipv4": "IPv4", "ipv6": "IPv6"}.get(asked.family, "such")
    return {
        "host": brief(asked.host),
        "port": asked.port,
        "node": asked.node,
        "calling": asked.calling,
        "called": asked.called,
        "family": family,
        "sni": f"{brief(asked.server_name)} was sent" if asked.server_name else "none was sent",
    }


def _tried(cause: BaseException | None) -> str:
    return ", ".join(address for address, _ in cause.attempts) if isinstance(cause, ConnectFailed) else ""


def _what(cause: BaseException | None) -> str:
    if isinstance(cause, ConnectFailed) and cause.attempts:
        return reason_of(cause.attempts[-1][1])
    if isinstance(cause, NotDicom):
        return f'it begins with {cause.start.hex(" ")} ("{brief(decoded(cause.start))}")'
    return "" if cause is None else fact_of(cause)


def alternatives_of(name: str) -> tuple[str, ...]:
    """Return the ids of all that may look the same as a finding, by whichever row."""
    alike = [*({rule.finding: None} | dict.fromkeys(rule.alternatives) for rule in RULES), *ALIKE]
    others = dict.fromkeys(other for each in alike if name in each for other in each if other != name)
    return tuple(others)


# Hints and messages ---------------------------------------------------------------------------------


def finding_for(failure: VerificationFailed, request: EchoRequest) -> Finding | None:
    """Return what a failure comes to by itself; None where the user ended the run."""
    return finding_of(of_failure(failure, request))


def advice_for(failure: VerificationFailed, request: EchoRequest) -> Advice | None:
    """Return what to change; None where the user ended the run."""
    finding = finding_for(failure, request)
    return None if finding is None else finding.first_advice


def is_default_title(attempt: Attempt) -> bool:
    """Return whether the node was called by the title that stands for any."""
    return attempt.asked.called == Negotiation.called_aet


def sentence(failure: VerificationFailed, words: Words) -> str:
    """Return what happened in one sentence that stands alone, without advice."""
    cause = failure.cause
    if isinstance(failure, AssociationRejected) and isinstance(cause, Rejection):
        return (
            f"the peer rejected the association: {cause.result_text} by the {cause.source_text}: "
            f"{cause.reason_text}"
        )
    text = cause.fact if isinstance(cause, Advised) else failure.in_words(words)
    return (
        f"no acceptable presentation context: {text}" if isinstance(failure, NoPresentationContext) else text
    )

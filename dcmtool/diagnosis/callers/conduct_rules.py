"""The rules of callers once they asked for an association: what they send, and how they leave."""

from collections.abc import Iterator, Set

from dcmtool.diagnosis.callers.call import Call
from dcmtool.diagnosis.callers.connection_rules import left, sent
from dcmtool.diagnosis.callers.subject import Subject
from dcmtool.diagnosis.evidence import bytes_of
from dcmtool.diagnosis.findings import Finding, Seen
from dcmtool.errors import (
    ConnectionLost,
    DeadlineExpired,
    PeerAbort,
    RemoteProtocolError,
    TlsFailure,
    UnexpectedPdu,
)
from dcmtool.text import counted

# Of a request, what a caller may leave for once it has the answer.
_TAKES_OFFENCE = ("roles-proposed", "asynchronous-window", "identity-unanswered")
MESSAGE_HAS = "the peer's command set has "  # which a warning begins with
_PROVIDER = 2  # a source of A-ABORT (PS3.8 9.3.8)
# What is wrong with what was sent, by its `kind`: the finding.
_KINDS = {
    "too-long": "pdu-too-long",
    "context": "refused-context-used",
    "too-many": "too-many-requests",
    "command": "other-command",
    "no-sop-class": "no-affected-sop-class",
    "command-set": "malformed-command",
}


def of_conduct(call: Call, subject: Subject, known: Set[str]) -> Iterator[Finding]:
    """Yield what a caller did that it should not have; `known` are the ids of what its request shows."""
    for each in call.warnings[:1]:
        what = each.removeprefix(MESSAGE_HAS)
        yield subject.finding("odd-command", Seen(what), what=what)
    cause = call.cause
    match cause:
        case None:
            yield from _of_release(call, subject)
        case TlsFailure() | ConnectionLost() | PeerAbort():
            yield from _of_leaving(call, cause, subject, known)
        case DeadlineExpired():
            yield from _of_silence(call, cause, subject)
        case RemoteProtocolError():
            yield _of_fault(call, cause, subject)


def _of_release(call: Call, subject: Subject) -> Iterator[Finding]:
    if call.behind_release:
        seen = sent(call.behind_release, at=call.ended)
        yield subject.finding("release-not-awaited", seen)


def _of_leaving(
    call: Call, cause: TlsFailure | ConnectionLost | PeerAbort, subject: Subject, known: Set[str]
) -> Iterator[Finding]:
    """Yield what it means that a caller left without a release, by what it waited for."""
    if _is_for_a_fault(call):
        return
    how = cause.what if isinstance(cause, TlsFailure) else left(cause)
    waited = _milliseconds(call.ended - call.waiting)
    seen = sent(how, at=call.ended)
    if call.partial:
        yield subject.finding("left-in-the-middle", seen, pdu=call.partial, how=how)
    elif call.accepted and isinstance(cause, PeerAbort) and cause.source == _PROVIDER and cause.reason:
        reason = PeerAbort.REASONS.get(cause.reason, f"reason {cause.reason}")
        seen = Seen(how, at=call.ended, data=bytes_of(cause))
        yield subject.finding("refuses-our-answer", seen, reason=reason)
    elif call.stage == "requested":
        yield subject.finding("left-before-answer", seen, *_delayed(call), waited=waited, how=how)
    elif call.stage == "asked":
        yield subject.finding("left-before-response", seen, *_delayed(call), waited=waited, how=how)
    elif call.stage in ("echoed", "releasing"):
        yield subject.finding("no-release", seen, how=how)
    elif call.accepted:
        accepted = f"{call.accepted} of {counted(call.contexts, 'context')}"
        absent = [each for each in _TAKES_OFFENCE if each not in known]
        yield subject.finding("left-after-answer", seen, without=absent, accepted=accepted, how=how)


def _is_for_a_fault(call: Call) -> bool:
    """Return whether it leaves for what goes wrong here on purpose."""
    purpose = call.purpose
    return purpose.refused_contexts or purpose.aborted or (purpose.status != 0 and call.echoes > 0)


def _delayed(call: Call) -> tuple[Seen, ...]:
    delay = call.purpose.delay_accept if call.stage == "requested" else call.purpose.delay_echo
    return (Seen(f"we delay the answer by {delay:g} s on purpose"),) if delay else ()


def _of_silence(call: Call, late: DeadlineExpired, subject: Subject) -> Iterator[Finding]:
    seconds = f"{late.seconds:g}"
    seen = Seen(left(late), at=call.ended)
    if late.budget != "idle":
        yield subject.finding("does-not-read", seen)
    elif call.partial:
        yield subject.finding("left-in-the-middle", seen, pdu=call.partial, how=left(late))
    elif call.stage == "echoed":
        yield subject.finding("association-left-open", seen, seconds=seconds)
    elif call.accepted:
        yield subject.finding("silent-after-answer", seen, seconds=seconds)
    else:
        yield subject.finding("no-release", seen, how=left(late))


def _of_fault(call: Call, error: RemoteProtocolError, subject: Subject) -> Finding:
    """Return what is wrong with what was sent on an association."""
    what = f"{error.what} ({error.clause})"
    seen = sent(error.what, call.faulty, at=call.ended)
    if isinstance(error, UnexpectedPdu):
        early = call.stage == "requested"
        return subject.finding("data-before-answer" if early else "misplaced-pdu", seen, pdu=error.pdu)
    name = _KINDS.get(error.kind)
    if name is None:
        where = "" if error.offset is None else f" at byte {error.offset}"
        return subject.finding("malformed-pdu", seen, where=where, what=what)
    return subject.finding(name, seen, what=what)


def _milliseconds(time: int) -> str:
    return f"{time / 1_000_000:.0f} ms" if time < 10_000_000_000 else f"{time / 1_000_000_000:.1f} s"

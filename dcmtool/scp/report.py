"""What an SCP tells of its connections: in a line each, and as JSON by the schema `scp`."""

from collections import Counter
from datetime import UTC, datetime
from typing import Any

from dcmtool.certificates.description import describe
from dcmtool.scp.record import Outcome, Record, TlsFacts, Totals
from dcmtool.text import printable
from dcmtool.uids import VERIFICATION_SOP_CLASS
from dcmtool.upper_layer.pdus import AssociateRq
from dcmtool.upper_layer.user_information import ImplementationVersionName, MaximumLength, find

SCHEMA = "dcmtool.scp/1"

_ENDED = {
    Outcome.RELEASED: "released",
    Outcome.REJECTED: "rejected",
    Outcome.ABORTED_BY_PEER: "aborted by the peer",
    Outcome.ABORTED: "aborted",
    Outcome.CONNECTION_LOST: "connection lost",
    Outcome.NO_REQUEST: "no association",
    Outcome.TLS_FAILED: "no TLS session",
    Outcome.NOTHING_SENT: "nothing was sent",
    Outcome.TURNED_AWAY: "turned away, too many connections",
}

Document = dict[str, Any]  # of plain JSON types


# In words -------------------------------------------------------------------------------------------


def sentence(record: Record) -> str:
    """Return who it was, from where, what was asked, how it ended, and how long it took."""
    parts = [part for part in (_asked(record), _done(record)) if part]
    ended = _ENDED[record.outcome] + (f": {record.reason}" if record.reason else "")
    who = f"{record.address} port {record.port}{_tls(record.tls)}"
    return f"{who}: {', '.join([*parts, ended])} ({_time(record)})"


def _asked(record: Record) -> str:
    request = record.request
    if request is None:
        return ""
    return f"{printable(request.calling_aet)} called {printable(request.called_aet)} for {_purpose(request)}"


def _purpose(request: AssociateRq) -> str:
    """Return what the presentation contexts are for: Verification first, the rest counted."""
    others = Counter(context.abstract_syntax for context in request.contexts)
    wanted = ["Verification"] if others.pop(VERIFICATION_SOP_CLASS, 0) else []
    if len(others) == 1:
        wanted += [_name(uid) for uid in others]
    elif others:
        wanted.append(f"{len(others)} other SOP classes" if wanted else f"{len(others)} SOP classes")
    return " and ".join(wanted) or "nothing"


def _name(uid: str) -> str:
    from pydicom.config import IGNORE
    from pydicom.uid import UID

    return printable(UID(uid, validation_mode=IGNORE).name)


def _done(record: Record) -> str:
    request = record.request
    if request is None or record.outcome is Outcome.REJECTED:
        return ""
    accepted = f"{record.accepted} of {counted(len(request.contexts), 'context')} accepted"
    return f"{accepted}, {counted(record.echoes, 'echo', 'echoes')}"


def counted(number: int, one: str, many: str = "") -> str:
    """Return a number with what it counts."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def _tls(facts: TlsFacts | None) -> str:
    if facts is None:
        return ""
    subject = _subject(facts)
    return f" ({facts.protocol}, {printable(subject)})" if subject else f" ({facts.protocol})"


def _subject(facts: TlsFacts) -> str | None:
    if not facts.certificate:
        return None
    try:
        return describe(facts.certificate).subject
    except ValueError:
        return "a certificate that cannot be read"


def _time(record: Record) -> str:
    seconds = record.duration / 1_000_000_000
    return f"{seconds:.1f} s" if seconds >= 10 else f"{seconds * 1000:.0f} ms"


def summary(totals: Totals, seconds: float) -> str:
    """Return what a run of these seconds comes to."""
    of_associations = {
        _ENDED[outcome]: count for outcome, count in sorted(totals.outcomes.items()) if outcome.of_association
    }
    how = ", ".join(f"{count} {words}" for words, count in of_associations.items())
    without = totals.connections - totals.associations
    return (
        f"{counted(totals.associations, 'association')}{f' ({how})' if how else ''}, "
        f"{counted(totals.echoes, 'echo', 'echoes')}, "
        f"{counted(without, 'connection')} without an association, in {seconds:.1f} s"
    )


# As JSON --------------------------------------------------------------------------------------------


def listening(address: str, port: int, title: str, fingerprint: str | None) -> Document:
    """Return that it listens, under which title, and with which self-signed certificate, if any."""
    told = {"address": address, "port": port, "aetitle": title, "fingerprint_sha256": fingerprint}
    return _event("listening", listening=told)


def connection(record: Record) -> Document:
    """Return what became of a connection."""
    rejection = record.rejection
    told = {
        "address": record.address,
        "port": record.port,
        "outcome": str(record.outcome),
        "reason": record.reason or None,
        "duration_ns": record.duration,
        "tls": _tls_facts(record.tls),
        "association": _association(record),
        "rejection": rejection and dict(zip(("result", "source", "reason"), rejection.args, strict=True)),
    }
    return _event("connection", connection=told)


def ended(totals: Totals, duration: int) -> Document:
    """Return what all connections come to; the duration is in nanoseconds."""
    told = {
        "connections": totals.connections,
        "associations": totals.associations,
        "echoes": totals.echoes,
        "outcomes": {str(outcome): totals.outcomes.get(outcome, 0) for outcome in Outcome},
        "duration_ns": duration,
    }
    return _event("ended", totals=told)


def _event(event: str, **told: Document) -> Document:
    time = datetime.now(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"
    kinds = dict.fromkeys(("listening", "connection", "totals"))
    return {"schema": SCHEMA, "event": event, "time": time, **kinds, **told}


def _tls_facts(facts: TlsFacts | None) -> Document | None:
    if facts is None:
        return None
    return {"protocol": facts.protocol, "cipher": facts.cipher, "client_subject": _subject(facts)}


def _association(record: Record) -> Document | None:
    request = record.request
    if request is None:
        return None
    version = find(request.user_information, ImplementationVersionName)
    longest = find(request.user_information, MaximumLength)
    return {
        "calling_aet": request.calling_aet,
        "called_aet": request.called_aet,
        "abstract_syntaxes": list(dict.fromkeys(each.abstract_syntax for each in request.contexts)),
        "contexts_proposed": len(request.contexts),
        "contexts_accepted": record.accepted,
        "max_pdu": longest.value if longest else None,
        "implementation_version_name": version.name if version else None,
        "echoes": record.echoes,
    }

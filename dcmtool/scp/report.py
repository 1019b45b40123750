"""What an SCP tells of its connections: in a line each, and as JSON by the schema `scp`."""

from datetime import UTC, datetime
from typing import Any

from dcmtool.advice import API, Words
from dcmtool.certificates.description import describe
from dcmtool.reporting.finding_report import finding
from dcmtool.scp.record import ConnectionOutcome, Record, RequestSummary, TlsFacts, Totals
from dcmtool.text import counted, printable
from dcmtool.uids import VERIFICATION_SOP_CLASS

SCHEMA = "dcmtool.scp/1"
_MOST_SHOWN = 200  # characters of a certificate's subject, which a client chooses

_ENDED = {
    ConnectionOutcome.RELEASED: "released",
    ConnectionOutcome.REJECTED: "rejected",
    ConnectionOutcome.ABORTED_BY_PEER: "aborted by the peer",
    ConnectionOutcome.ABORTED: "aborted",
    ConnectionOutcome.CONNECTION_LOST: "connection lost",
    ConnectionOutcome.NO_REQUEST: "no association",
    ConnectionOutcome.TLS_FAILED: "no TLS session",
    ConnectionOutcome.NOTHING_SENT: "nothing was sent",
    ConnectionOutcome.TURNED_AWAY: "turned away, too many connections",
}

Document = dict[str, Any]  # of plain JSON types


# In words -------------------------------------------------------------------------------------------


def sentence(record: Record) -> str:
    """Return who it was, from where, what was asked, how it ended, and how long it took."""
    parts = [part for part in (_asked(record), _done(record)) if part]
    ended = _ended(record)
    who = f"{record.address} port {record.port}{_tls(record.tls)}"
    return f"{who}: {', '.join([*parts, ended])} ({_time(record)})"


def _ended(record: Record) -> str:
    if record.outcome is ConnectionOutcome.ABORTED_BY_PEER:  # whose reason says so too
        return record.reason.replace("the peer aborted the association", "aborted by the peer", 1)
    return _ENDED[record.outcome] + (f": {record.reason}" if record.reason else "")


def _asked(record: Record) -> str:
    request = record.request
    if request is None:
        return ""
    purpose = f" for {_purpose(request)}" if request.abstract_syntaxes else ""
    return f"{printable(request.calling_aet)} called {printable(request.called_aet)}{purpose}"


def _purpose(request: RequestSummary) -> str:
    """Return what the presentation contexts are for: Verification first, the rest counted."""
    others = [uid for uid in request.abstract_syntaxes if uid != VERIFICATION_SOP_CLASS]
    wanted = ["Verification"] if len(others) < len(request.abstract_syntaxes) else []
    if len(others) == 1:
        wanted += [_name(uid) for uid in others]
    elif others:
        wanted.append(f"{len(others)} other SOP classes" if wanted else f"{len(others)} SOP classes")
    return " and ".join(wanted)


def _name(uid: str) -> str:
    from pydicom.config import IGNORE
    from pydicom.uid import UID

    return printable(UID(uid, validation_mode=IGNORE).name)


def _done(record: Record) -> str:
    request = record.request
    if request is None or record.outcome is ConnectionOutcome.REJECTED:
        return ""
    accepted = f"{record.accepted} of {counted(request.contexts, 'context')} accepted"
    status = f" answered with 0x{record.status:04X}" if record.status and record.echoes else ""
    return f"{accepted}, {counted(record.echoes, 'echo', 'echoes')}{status}"


def _tls(facts: TlsFacts | None) -> str:
    if facts is None:
        return ""
    subject = _subject(facts)
    return f" ({facts.protocol}, {printable(subject)})" if subject else f" ({facts.protocol})"


def _subject(facts: TlsFacts) -> str | None:
    if not facts.certificate:
        return None
    try:
        return describe(facts.certificate).subject[:_MOST_SHOWN]
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


def title_padding(record: Record) -> str:
    """Return what is odd about the padding of the titles in the request, or nothing."""
    if record.request is None or not record.request.nul_padded:
        return ""
    return "the peer pads the AE titles of its A-ASSOCIATE-RQ with NUL, not blanks (PS3.8 9.3.2)"


# As JSON --------------------------------------------------------------------------------------------


def listening(address: str, port: int, title: str, fingerprint: str | None) -> Document:
    """Return that it listens, under which title, and with which self-signed certificate, if any."""
    told = {"address": address, "port": port, "aetitle": title, "fingerprint_sha256": fingerprint}
    return _event("listening", listening=told)


def connection(record: Record, words: Words = API) -> Document:
    """Return what became of a connection; settings that advice names are called as these words have them."""
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
        "warnings": list(record.warnings),
        "findings": None if record.findings is None else [finding(each, words) for each in record.findings],
    }
    return _event("connection", connection=told)


def ended(totals: Totals, duration: int) -> Document:
    """Return what all connections come to; the duration is in nanoseconds."""
    told = {
        "connections": totals.connections,
        "associations": totals.associations,
        "echoes": totals.echoes,
        "outcomes": {str(outcome): totals.outcomes.get(outcome, 0) for outcome in ConnectionOutcome},
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
    return {
        "calling_aet": request.calling_aet,
        "called_aet": request.called_aet,
        "abstract_syntaxes": list(request.abstract_syntaxes),
        "contexts_proposed": request.contexts,
        "contexts_accepted": record.accepted,
        "max_pdu": request.max_pdu,
        "implementation_version_name": request.implementation_version_name,
        "echoes": record.echoes,
    }

"""What is seen of connections between two others as JSON, by `dcmtool/schemas/explain-1.json`."""

import json
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from dcmtool.advice import API, Words
from dcmtool.capture.connection import (
    Endpoint,
    ObservedConnection,
    ObservedFinding,
    ObservedTls,
    ServiceUse,
    Spans,
)
from dcmtool.capture.icmp import Unreachable
from dcmtool.capture.protocols import shown_of
from dcmtool.capture.uid_names import name_of
from dcmtool.dimse.service_status import service_meaning
from dcmtool.errors import Rejection
from dcmtool.reporting import finding_report
from dcmtool.reporting.upper_layer_report import abort, rejection
from dcmtool.upper_layer.contexts import PresentationContext
from dcmtool.upper_layer.pdus import AssociateRj
from dcmtool.upper_layer.user_information import (
    ImplementationClassUid,
    ImplementationVersionName,
    MaximumLength,
    SubItem,
    UserIdentity,
    find,
)

if TYPE_CHECKING:
    from dcmtool.capture.summary import Pair, PairSummary

SCHEMA = "dcmtool.explain/1"

Object = dict[str, Any]  # of plain JSON types
_SIDES = ("requestor", "acceptor")


class ExplainTotal:
    """What all connections come to: how many were shown, and how many left out as not wanted."""

    def __init__(self) -> None:
        self.connections = self.associations = self.failed = self.left_out = 0
        self.findings: Counter[str] = Counter()

    def add(self, connection: ObservedConnection) -> None:
        """Count a connection in."""
        self.connections += 1
        self.associations += connection.is_association
        self.failed += connection.failed
        self.findings.update({found.finding.id for found in connection.findings})


def beginning() -> str:
    """Return how the document of a run begins; what follows are connections, with commas between them."""
    return f'{{"schema": {json.dumps(SCHEMA)}, "connections": ['


def rest(
    pairs: "PairSummary", warnings: Iterable[str], errors: Iterable[str], total: ExplainTotal, code: int
) -> str:
    """Return how it ends, once all connections are written."""
    known = {
        "pairs": [pair(each) for each in pairs.pairs],
        "without_pair": pairs.left_out,
        "summary": summary(total),
        "warnings": list(warnings),
        "errors": list(errors),
        "exit_code": code,
    }
    return f"], {json.dumps(known, allow_nan=False)[1:]}"


def summary(total: ExplainTotal) -> Object:
    """Return what all connections come to."""
    return {
        "connections": total.connections,
        "associations": total.associations,
        "failed": total.failed,
        "left_out": total.left_out,
        "findings": dict(sorted(total.findings.items())),
    }


def connection(seen: ObservedConnection, words: Words = API) -> Object:
    """Return what is known of a connection; `words` are what its findings call settings."""
    return {
        "number": seen.number,
        "source": seen.source,
        "requestor": _endpoint(seen.requestor),
        "acceptor": _endpoint(seen.acceptor),
        "began": _instant(seen.began),
        "ended": _instant(seen.ended),
        "protocol": seen.protocol or None,
        "ending": seen.ending,
        "ended_by": seen.ended_by,
        "handshake": seen.handshake,
        "times": {"connect_ns": seen.connect, "accept_ns": seen.accept, "release_ns": seen.release},
        "association": _association(seen),
        "services": [_service(use) for use in seen.services],
        "unanswered": dict(sorted(Counter(seen.unanswered).items())),
        "abort": None if seen.abort is None else abort(*seen.abort),
        "tls": None if seen.tls is None else _tls(seen.tls),
        "starts": _both(start[: shown_of(start)].hex(" ") or None for start in seen.starts),
        "partial": _both(name or None for name in seen.partial),
        "bytes": _both(seen.bytes),
        "missing_bytes": _both(seen.missing),
        "retransmitted_segments": _both(seen.retransmitted),
        "syns": seen.syns,
        "unreachable": None if seen.unreachable is None else _unreachable(seen.unreachable),
        "faults": [
            {
                "sender": each.sender,
                "text": str(each.error),
                "clause": each.error.clause or None,
                "at": _instant(each.at),
            }
            for each in seen.faults
        ],
        "warnings": list(seen.warnings),
        "findings": [_finding(each, words) for each in seen.findings],
    }


def pair(seen: "Pair") -> Object:
    """Return what the connections of a pair of nodes come to."""
    return {
        "requestor": {"address": seen.requestor.address or None, "aetitle": seen.calling or None},
        "acceptor": {**_endpoint(seen.acceptor), "aetitle": seen.called or None},
        "connections": seen.connections,
        "associations": seen.associations,
        "failed": seen.failed,
        "findings": dict(sorted(seen.findings.items())),
        "accept": _spans(seen.accept),
        "commands": {name: _spans(spans) for name, spans in sorted(seen.commands.items())},
    }


def _both(values: Iterable[object]) -> Object:
    return dict(zip(_SIDES, values, strict=True))


def _instant(nanoseconds: int | None) -> str | None:
    """Return a moment in ISO 8601, in UTC and to the nanosecond; None where there is none."""
    if nanoseconds is None or nanoseconds <= 0:
        return None
    seconds, rest = divmod(nanoseconds, 1_000_000_000)
    try:
        date = datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):  # a capture may say what it likes
        return None
    return f"{date:%Y-%m-%dT%H:%M:%S}.{rest:09}Z"


def _endpoint(end: Endpoint) -> Object:
    return {"address": end.address or None, "port": end.port}


def _finding(found: ObservedFinding, words: Words) -> Object:
    return {**finding_report.finding(found.finding, words), "actor": found.actor}


def _unreachable(said: Unreachable) -> Object:
    return {"sender": said.sender, "by": said.by, "what": said.what, "at": _instant(said.at)}


def _association(seen: ObservedConnection) -> Object | None:
    request, answer = seen.request, seen.answer
    if request is None:
        return None
    accepted = () if answer is None or isinstance(answer, AssociateRj) else answer.user_information
    contexts = seen.contexts or tuple(map(PresentationContext, request.contexts))
    identity = find(request.user_information, UserIdentity)
    return {
        "calling_aet": request.calling_aet,
        "called_aet": request.called_aet,
        "requestor": _implementation(request.user_information),
        "acceptor": _implementation(accepted),
        "user_identity_type": None if identity is None else identity.identity_type,
        "contexts": [_context(each) for each in contexts],
        "rejection": rejection(Rejection(*answer)) if isinstance(answer, AssociateRj) else None,
    }


def _implementation(information: Iterable[SubItem]) -> Object:
    items = tuple(information)
    uid, version = find(items, ImplementationClassUid), find(items, ImplementationVersionName)
    maximum = find(items, MaximumLength)
    return {
        "implementation_class_uid": uid.uid if uid else None,
        "implementation_version_name": version.name if version else None,
        "max_pdu": maximum.value if maximum else None,
    }


def _context(context: PresentationContext) -> Object:
    return {
        "id": context.context_id,
        "abstract_syntax": context.proposed.abstract_syntax,
        "name": name_of(context.proposed.abstract_syntax) or None,
        "transfer_syntaxes": list(context.proposed.transfer_syntaxes),
        "result": context.result,
        "result_text": context.result_text,
        "transfer_syntax": context.transfer_syntax if context.accepted else None,
    }


def _service(use: ServiceUse) -> Object:
    return {
        "command": use.command,
        "sop_class": use.sop_class or None,
        "name": name_of(use.sop_class) or None,
        "sender": use.sender,
        "requests": use.requests,
        "statuses": [
            {"status": code, "meaning": service_meaning(use.command, code), "count": count}
            for code, count in use.statuses
        ],
        "answered_after": _spans(use.spans),
        "data_sets": use.data_sets,
        "data_bytes": use.data_bytes,
    }


def _spans(spans: Spans | None) -> Object | None:
    if spans is None:
        return None
    return {
        "count": spans.times,
        "median_ns": spans.median,
        "p95_ns": spans.p95,
        "maximum_ns": spans.longest,
    }


def _tls(session: ObservedTls) -> Object:
    from dcmtool.certificates.description import described_if_any

    def certificate(der: bytes) -> Object:
        described = described_if_any(der)
        return {
            "subject": described.subject if described else None,
            "issuer": described.issuer if described else None,
            "not_before": described.not_before.astimezone(UTC).isoformat() if described else None,
            "not_after": described.not_after.astimezone(UTC).isoformat() if described else None,
            "names": list(described.names) if described else [],
            "fingerprint_sha256": described.fingerprint if described else None,
        }

    return {
        "offered": list(session.offered),
        "suites": list(session.suites),
        "server_name": session.server_name,
        "version": session.version or None,
        "suite": session.suite or None,
        "certificates": [certificate(each) for each in session.certificates],
        "client_certificates": [certificate(each) for each in session.client_certificates],
        "asks_for_certificate": session.asks_for_certificate,
        "alerts": [{"sender": side, "alert": name} for side, name in session.alerts],
        "established": session.established,
    }

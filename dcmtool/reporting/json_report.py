"""A verification as JSON, by `dcmtool/schemas`: times in nanoseconds, a peer's text as it is."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from dcmtool.advice import API, Words
from dcmtool.dimse import status
from dcmtool.errors import PeerAbort, Rejection, VerificationFailed
from dcmtool.reporting.upper_layer_report import abort, rejection
from dcmtool.settings import EchoRequest
from dcmtool.steps import TlsSession
from dcmtool.text import printable
from dcmtool.verification.report import Echoes, EchoReport, NegotiatedParameters, Phases

if TYPE_CHECKING:
    from dcmtool.certificates.description import Description
    from dcmtool.diagnosis.findings import Finding
    from dcmtool.events import EchoAnswered
    from dcmtool.identity import Identity

SCHEMA = "dcmtool.echo/1"
REPLY_SCHEMA = "dcmtool.echo-reply/1"

Document = dict[str, Any]  # of plain JSON types


def document(
    report: EchoReport,
    request: EchoRequest,
    exit_code: int,
    started: datetime,
    words: Words = API,
    expected: str | None = None,
    known: "Finding | None" = None,
) -> Document:
    """Return the report of a verification that ended with this exit code.

    `started` is when it began, with a time zone: certificates are compared with that date. `words` are what
    sentences call the settings; `expected` is the outcome that the run was to have, if any. `known` is what
    a failure is put down to, where that has been found out.
    """
    error, cause = report.error, report.error.cause if report.error else None
    message, advice, finding = in_words(error, request, words, known) if error else (None, None, None)
    return {
        "schema": SCHEMA,
        "started": instant(started),
        "peer": _peer(report, request),
        "outcome": str(report.outcome),
        "finding": finding,
        "expected": expected,
        "stage": report.stage,
        "exit_code": exit_code,
        "message": message,
        "advice": advice,
        "phases": _phases(report.phases),
        "association": _association(report.negotiated),
        "user_identity": _user_identity(request.negotiation.identity, report),
        "rejection": rejection(cause) if isinstance(cause, Rejection) else None,
        "abort": abort(cause.source, cause.reason) if isinstance(cause, PeerAbort) else None,
        "tls": _tls(report.tls, report.host, started) if report.tls else None,
        "echoes": _echoes(report.echoes, request.repeat),
    }


def in_words(
    error: VerificationFailed, request: EchoRequest, words: Words = API, known: "Finding | None" = None
) -> tuple[str, str | None, str | None]:
    """Return what happened, what to change where that is known, and the id of what was found."""
    from dcmtool.diagnosis.rules import finding_for, sentence  # of no use to a success

    finding = known or finding_for(error, request)
    if finding is None:
        return sentence(error, words), None, None
    advice = finding.first_advice
    return sentence(error, words), advice.in_words(words) if advice else None, finding.id


def without_verification(outcome: str, message: str, exit_code: int) -> Document:
    """Return the report of a run that ended before there was a verification to report, or in spite of it."""
    nothing = (
        *("started", "finding", "expected", "advice", "phases", "association", "user_identity"),
        *("rejection", "abort", "tls", "echoes"),
    )
    return {
        "schema": SCHEMA,
        "peer": None,
        "outcome": outcome,
        "stage": None,
        "exit_code": exit_code,
        "message": message,
        **dict.fromkeys(nothing),
    }


def reply(answered: "EchoAnswered", offset: int, started: datetime) -> Document:
    """Return one echo's reply; `offset` is the time since the run `started` until it was there (ns)."""
    return {
        "schema": REPLY_SCHEMA,
        "started": instant(started),
        "message_id": answered.response.message_id_being_responded_to,
        "status": answered.response.status,
        "round_trip_ns": answered.round_trip,
        "offset_ns": offset,
    }


def _peer(report: EchoReport, request: EchoRequest) -> Document:
    return {
        "host": report.host,
        "port": report.port,
        "address": report.address,
        "calling_aet": request.negotiation.calling_aet,
        "called_aet": request.negotiation.called_aet,
    }


def _phases(phases: Phases) -> Document:
    return {
        "resolve_ns": phases.resolve,
        "connect_ns": phases.connect,
        "tls_ns": phases.tls,
        "associate_ns": phases.associate,
        "echo_ns": phases.echo,
        "release_ns": phases.release,
    }


def _association(negotiated: NegotiatedParameters | None) -> Document | None:
    if negotiated is None:
        return None
    contexts = [
        {
            "id": context.context_id,
            "abstract_syntax": context.proposed.abstract_syntax,
            "accepted": context.accepted,
            "result": context.result,
            "result_text": context.result_text,
            "transfer_syntax": context.transfer_syntax if context.accepted else None,
        }
        for context in negotiated.contexts
    ]
    return {
        "contexts": contexts,
        "max_pdu": negotiated.max_pdu,
        "implementation_class_uid": negotiated.implementation_class_uid or None,
        "implementation_version_name": negotiated.implementation_version_name or None,
    }


def _user_identity(identity: "Identity | None", report: EchoReport) -> Document | None:
    if identity is None:
        return None
    return {
        "type": identity.kind,
        "type_text": identity.kind_text,
        "user": identity.user,
        "confirmation_requested": identity.positive_response,
        "confirmed": report.identity_confirmed,
    }


def _tls(session: TlsSession, host: str, now: datetime) -> Document:
    certificate, error = _certificate(session, host, now)
    return {
        "protocol": session.protocol,
        "cipher": session.cipher,
        "bits": session.bits,
        "server_name": session.server_name,
        "certificate": certificate,
        "certificate_error": error,
    }


def _certificate(session: TlsSession, host: str, now: datetime) -> tuple[Document | None, str | None]:
    """Return the peer's certificate described, or why it cannot be read."""
    if not session.certificate:
        return None, None
    from dcmtool.certificates.description import describe

    try:
        described = describe(session.certificate)
    except ValueError as error:
        return None, printable(str(error))
    matches = described.matches(session.server_name or host)
    return _described(described, now) | {"verified": session.verified, "name_matches": matches}, None


def _described(certificate: "Description", now: datetime) -> Document:
    return {
        "subject": certificate.subject,
        "issuer": certificate.issuer,
        "serial": str(certificate.serial),  # longer than what JSON readers hold in a number
        "names": list(certificate.names),
        "common_name": certificate.common_name,
        "not_before": _iso(certificate.not_before),
        "not_after": _iso(certificate.not_after),
        "days_left": certificate.days_left(now),
        "state": certificate.state(now),
        "key_kind": certificate.key_kind,
        "key_bits": certificate.key_bits,
        "signature_hash": certificate.signature_hash,
        "self_signed": certificate.self_signed,
        "fingerprint_sha256": certificate.fingerprint,
    }


def instant(date: datetime) -> str:
    """Return a moment in ISO 8601, to the microsecond."""
    return date.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def _iso(date: datetime) -> str:
    """Return a date in ISO 8601, to the second."""
    return date.astimezone(UTC).isoformat(timespec="seconds").removesuffix("+00:00") + "Z"


def _echoes(echoes: Echoes, requested: int) -> Document:
    statuses = [
        {"status": number, "meaning": status.meaning(number), "count": count}
        for number, count in sorted(echoes.statuses.items())
    ]
    return {
        "requested": requested,
        "sent": echoes.sent,
        "received": echoes.received,
        "lost": echoes.lost,
        "statuses": statuses,
        "round_trip": _round_trip(echoes) if echoes.received else None,
    }


def _round_trip(echoes: Echoes) -> Document:
    return {
        "minimum_ns": echoes.minimum,
        "median_ns": echoes.median,
        "p95_ns": echoes.p95,
        "p99_ns": echoes.p99,
        "mean_ns": echoes.mean,
        "maximum_ns": echoes.maximum,
        "deviation_ns": echoes.deviation,
    }

"""Events as the plain lines of DCMTK's tools, which scripts read; no colour, whatever they are shown on."""

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from dcmtool.dimse import command_set, status
from dcmtool.errors import (
    AssociationRejected,
    Interrupted,
    NoPresentationContext,
    PeerAbort,
    Rejection,
    VerificationFailed,
)
from dcmtool.trace.association_dump import negotiated_parameters, request_parameters
from dcmtool.trace.command_dump import Labels, command_lines, status_detail
from dcmtool.trace.levels import Level, Line
from dcmtool.upper_layer import events, pdus
from dcmtool.verification import progress

if TYPE_CHECKING:
    from datetime import datetime


def _now() -> "datetime":
    from datetime import UTC, datetime  # which a run without TLS need not load

    return datetime.now(UTC)


def lines(
    event: progress.ProgressEvent | events.TraceEvent,
    labels: Labels | None = None,
    now: "Callable[[], datetime]" = _now,
) -> Iterator[Line]:
    """Yield the lines that an event makes, at whatever level; elements are named as `labels` says.

    Of a certificate they tell how long it is valid from `now` on.
    """
    match event:
        case progress.Failed(failure):
            yield from _failure(failure)
        case progress.Warned(sentence):
            yield Line(Level.WARN, sentence)
        case events.PduSent() | events.PduReceived() | events.StateChanged():
            yield from _wire(event)
        case progress.EchoSending() | progress.MessageReceived() | progress.EchoAnswered():
            yield from _echo(event, labels)
        case progress.Secured() | progress.SessionRefused():
            yield from _tls(event, now())
        case _:
            yield from _association(event)


def _association(event: progress.ProgressEvent) -> Iterator[Line]:
    match event:
        case progress.Requesting(_, associate):
            yield from _at(Level.DEBUG, request_parameters(associate))
            yield Line(Level.INFO, "Requesting Association")
        case progress.TransportOpened(address, port, socket_timeout):
            limit = f"{socket_timeout:g} seconds" if socket_timeout else "0 (infinite)"
            yield Line(Level.DEBUG, f"connected to {address} port {port}")
            yield Line(Level.DEBUG, f"setting network send timeout to {limit}")
            yield Line(Level.DEBUG, f"setting network receive timeout to {limit}")
        case progress.Associating():
            yield Line(Level.DEBUG, "Constructing Associate RQ PDU")
        case progress.Negotiated(_, associate, answer, contexts):
            yield Line(Level.DEBUG, "Parsing an A-ASSOCIATE PDU")
            yield from _at(Level.DEBUG, negotiated_parameters(associate, answer, contexts))
        case progress.Established(_, max_pdv):
            yield Line(Level.INFO, f"Association Accepted (Max Send PDV: {max_pdv})")
        case progress.Releasing():
            yield Line(Level.INFO, "Releasing Association")
        case progress.Aborting():
            yield Line(Level.INFO, "Aborting Association")


def _tls(event: progress.Secured | progress.SessionRefused, now: "datetime") -> Iterator[Line]:
    from dcmtool.trace import tls_dump  # what it needs is loaded where there is TLS alone

    yield from _at(Level.DEBUG, tls_dump.details(event.session, event.host, now))
    if isinstance(event, progress.Secured):
        yield from _at(Level.INFO, tls_dump.summary(event.session, event.host, now))


def _echo(
    event: progress.EchoSending | progress.MessageReceived | progress.EchoAnswered, labels: Labels | None
) -> Iterator[Line]:
    match event:
        case progress.EchoSending(context_id, message_id, command):
            yield Line(Level.INFO, f"Sending Echo Request (MsgID {message_id})")
            yield Line(Level.DEBUG, f"DIMSE Command to be sent on Presentation Context ID: {context_id}")
            yield from _at(Level.DEBUG, command_lines(command_set.decode(command), labels))
        case progress.MessageReceived(context_id, elements):
            yield Line(Level.DEBUG, f"DIMSE Command received on Presentation Context ID: {context_id}")
            yield from _at(Level.DEBUG, command_lines(elements, labels))
            detail = status_detail(elements)
            if detail:
                yield Line(Level.DEBUG, "Status Detail (should never be any):")
                yield from _at(Level.DEBUG, command_lines(detail, labels))
        case _:
            yield Line(Level.INFO, f"Received Echo Response ({status.meaning(event.response.status)})")


def _wire(event: events.TraceEvent) -> Iterator[Line]:
    match event:
        case events.PduReceived(pdus.ASSOCIATE_AC, body):
            yield Line(
                Level.DEBUG, f"PDU Type: Associate Accept, PDU Length: {len(body)} + 6 bytes PDU header"
            )
            header = pdus.PDU_HEADER.pack(pdus.ASSOCIATE_AC, len(body))
            yield from _at(Level.DEBUG, _hex(header + body))
        case events.PduReceived(kind, body):
            yield Line(Level.TRACE, f"received {pdus.PDU_NAMES[kind]}, {len(body)} bytes after the header")
            yield from _at(Level.TRACE, _hex(body))
        case events.PduSent(kind, data):
            yield Line(Level.TRACE, f"sending {pdus.PDU_NAMES[kind]}, {len(data)} bytes")
            yield from _at(Level.TRACE, _hex(data))
        case _:
            yield Line(
                Level.TRACE,
                f"state {event.before.value} ({event.before.words}), "
                f"event {event.event.value} ({event.event.name}): {event.action.label}, "
                f"state {event.after.value} ({event.after.words})",
            )


def _failure(failure: VerificationFailed) -> Iterator[Line]:
    cause = failure.cause
    if isinstance(failure, AssociationRejected) and isinstance(cause, Rejection):
        yield from _rejection(cause)
    elif isinstance(failure, Interrupted):
        yield Line(Level.FATAL, str(failure).capitalize())
    elif isinstance(failure, NoPresentationContext):
        yield Line(Level.FATAL, f"No Acceptable Presentation Contexts: {failure}")
    elif failure.stage == "echo":
        yield Line(Level.ERROR, f"Echo Failed: {failure}")
        if isinstance(cause, PeerAbort):
            yield Line(Level.INFO, "Peer Aborted Association")
    elif failure.stage == "release":
        yield Line(Level.FATAL, f"Association Release Failed: {failure}")
    else:
        yield Line(Level.FATAL, f"Association Request Failed: {failure}")


def _rejection(rejection: Rejection) -> Iterator[Line]:
    """Yield DCMTK's lines: undefined numbers (PS3.8 9.3.4) are named, then shown as the first one."""
    result, source, reason = rejection.result, rejection.source, rejection.reason
    if result not in Rejection.RESULTS:
        yield Line(Level.ERROR, _undefined(f"result 0x{result:04x}"))
        result = 1
    if source not in Rejection.SOURCES:
        yield Line(Level.ERROR, _undefined(f"source 0x{source:04x}"))
    if (source, reason) not in Rejection.REASONS:
        yield Line(Level.ERROR, _undefined(f"reason 0x{source << 8 | reason:04x}"))
        reason_text = "No Reason"
    else:
        reason_text = rejection.reason_text
    yield Line(Level.FATAL, "Association Rejected:")
    source_text = Rejection.SOURCES.get(source, Rejection.SOURCES[1])
    yield Line(Level.FATAL, f"Result: {Rejection.RESULTS[result]}, Source: {source_text}")
    yield Line(Level.FATAL, f"Reason: {reason_text}")


def _undefined(what: str) -> str:
    return f"Received invalid A-ASSOCIATE-RJ reject {what}, using default."


def _hex(data: bytes) -> Iterator[str]:
    for start in range(0, len(data), 16):
        yield "".join(f"  {byte:02x}" for byte in data[start : start + 16])


def _at(level: Level, texts: Iterable[str]) -> Iterator[Line]:
    return (Line(level, text) for text in texts)

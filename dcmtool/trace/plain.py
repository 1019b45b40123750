"""Events as the plain lines of DCMTK's tools, which scripts read; no colour, whatever they are shown on."""

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from dcmtool import events
from dcmtool.advice import API, Words
from dcmtool.dimse import command_set, status
from dcmtool.errors import (
    AssociationRejected,
    DcmtoolError,
    Interrupted,
    NoPresentationContext,
    PeerAbort,
    Rejection,
    VerificationFailed,
)
from dcmtool.text import printable
from dcmtool.trace.association_dump import negotiated_parameters, request_parameters
from dcmtool.trace.command_dump import Labels, command_lines, elements_of, status_detail
from dcmtool.trace.levels import Level, Line
from dcmtool.upper_layer import pdus
from dcmtool.upper_layer.undecoded import has_nul_padding
from dcmtool.upper_layer.user_information import UserIdentityResponse, find

if TYPE_CHECKING:
    from datetime import datetime


def _now() -> "datetime":
    from datetime import UTC, datetime  # which a run without TLS need not load

    return datetime.now(UTC)


def lines(
    event: events.Event,
    labels: Labels | None = None,
    now: "Callable[[], datetime]" = _now,
    words: Words = API,
) -> Iterator[Line]:
    """Yield the lines that an event makes, at whatever level; elements are named as `labels` says.

    Of a certificate they show how long it is valid from `now` on. `words` are what settings are called.
    """
    for line in _lines(event, labels, now, words):
        yield line if line.text.isprintable() else line._replace(text=printable(line.text))


def _lines(
    event: events.Event, labels: Labels | None, now: "Callable[[], datetime]", words: Words
) -> Iterator[Line]:
    """Yield the lines with the text of peers as it is."""
    match event.what:
        case events.Failed(failure):
            yield from _failure(failure, words)
        case events.Warned(sentence):
            yield Line(Level.WARN, sentence)
        case events.Pdu(kind, data):
            yield from _pdu(kind, data, event.sender)
        case events.StateChanged() as change:
            yield Line(Level.TRACE, _state(change))
        case (
            events.EchoSending() | events.MessageReceived() | events.EchoAnswered() | events.EchoAnswering()
        ) as message:
            yield from _echo(message, labels)
            if foreign := foreign_elements(event):
                yield Line(Level.WARN, foreign)
        case events.TlsEstablished() | events.TlsRefused() as session:
            yield from _tls(session, now(), words)
        case events.Requested(associate):
            answerer: events.Sender = "local" if event.sender == "peer" else "acceptor"
            yield from _at(Level.DEBUG, request_parameters(associate, answerer))
            yield Line(Level.INFO, "Association Received")
        case what:
            yield from _association(what, event.sender)
            yield from _of_one_side(what, event.sender)


def foreign_elements(event: events.Event) -> str:
    """Return what is odd about the elements of a message that an acceptor or an observer sees, or nothing.

    A requestor's run warns of it itself, once, whoever listens.
    """
    if event.association.role == "requestor" or not isinstance(event.what, events.MessageReceived):
        return ""
    foreign = command_set.foreign_elements(event.what.elements)
    return f"{_whose(event.sender)} message has {foreign}" if foreign else ""


def watched_lines(
    event: events.Event, labels: Labels | None = None, *, reconnecting: bool, words: Words = API
) -> Iterator[Line]:
    """Yield the lines of a verification that is watched: one an echo, with its message ID and round trip.

    While `reconnecting`, those about each association are details.
    """
    if isinstance(event.what, events.EchoAnswered):
        response, time = event.what.response, event.what.round_trip / 1_000_000
        number = response.message_id_being_responded_to
        received = f"Received Echo Response ({status.meaning(response.status)})"
        yield Line(Level.INFO, f"{received}, MsgID {number}, {time:.3f} ms")
        return
    details = reconnecting or isinstance(event.what, events.EchoSending)
    for line in lines(event, labels, words=words):
        yield Line(Level.DEBUG, line.text) if details and line.level == Level.INFO else line


def _association(what: events.What, sender: events.Sender | None) -> Iterator[Line]:
    match what:
        case events.Requesting(_, _, associate):
            yield from _at(Level.DEBUG, request_parameters(associate))
            yield Line(Level.INFO, "Requesting Association")
        case events.TransportOpened(address, port) if sender == "peer":
            yield Line(Level.DEBUG, f"connection from {address} port {port}")
        case events.TransportOpened(address, port) if sender == "requestor":
            yield Line(Level.DEBUG, f"The requestor connected to {address} port {port}")
        case events.TransportOpened(address, port, socket_timeout):
            limit = f"{socket_timeout:g} seconds" if socket_timeout else "0 (infinite)"
            yield Line(Level.DEBUG, f"connected to {address} port {port}")
            yield Line(Level.DEBUG, f"setting network send timeout to {limit}")
            yield Line(Level.DEBUG, f"setting network receive timeout to {limit}")
        case events.Associating():
            yield Line(Level.DEBUG, "Constructing Associate RQ PDU")
        case events.Negotiated(associate, answer, contexts):
            if sender == "peer":
                yield Line(Level.DEBUG, "Parsing an A-ASSOCIATE PDU")
            yield from _at(Level.DEBUG, negotiated_parameters(associate, answer, contexts, sender))
            if confirmed := identity_confirmed(answer):
                yield Line(Level.INFO, confirmed)
        case events.Established(_, max_pdv):
            yield Line(Level.INFO, f"Association Accepted (Max Send PDV: {max_pdv})")
        case events.Releasing():
            yield Line(Level.INFO, "Releasing Association")
        case events.Aborting():
            yield Line(Level.INFO, "Aborting Association")


def identity_confirmed(answer: pdus.AssociateAc) -> str:
    """Return that an answer confirms who the user is (PS3.7 D.3.3.7.2), or nothing."""
    response = find(answer.user_information, UserIdentityResponse)
    if response is None:
        return ""
    length = len(response.response)
    return f"User Identity Confirmed{f' (response of {length} bytes)' if length else ''}"


def _who(sender: events.Sender | None) -> str:
    """Return who did something, where that is told of others."""
    return {"local": "we", "peer": "the peer", None: "nobody"}.get(sender, f"the {sender}").capitalize()


def _whose(sender: events.Sender | None) -> str:
    return {"local": "Our", None: "A"}.get(sender, f"{_who(sender)}'s")


def _of_one_side(what: events.What, sender: events.Sender | None) -> Iterator[Line]:
    """Yield what an acceptor or an observer has to say."""
    match what:
        case events.RequestRejected(answer):
            yield Line(Level.INFO, f"{_who(sender)} rejected the association: {Rejection(*answer)}")
        case events.AbortSent(source, reason):
            yield Line(Level.INFO, str(PeerAbort(source, reason)).replace("the peer", _who(sender), 1))
        case events.DataSetReceived(context_id, length):
            yield Line(Level.DEBUG, f"Data set of {length} bytes on Presentation Context ID: {context_id}")
        case events.ProtocolFault(error):
            yield Line(Level.ERROR, f"{_who(sender)}: {error}")
        case events.TransportEnded(how, partial):
            inside = f" in the middle of {partial}" if partial else ""
            yield Line(Level.DEBUG, f"{_who(sender)} {how} the connection{inside}")


def _tls(event: events.TlsEstablished | events.TlsRefused, now: "datetime", words: Words) -> Iterator[Line]:
    from dcmtool.trace import tls_dump  # what it needs is loaded where there is TLS alone

    yield from _at(Level.DEBUG, tls_dump.details(event.session, event.host, now, words))
    if isinstance(event, events.TlsEstablished):
        yield from _at(Level.INFO, tls_dump.summary(event.session, event.host, now))


def _echo(
    event: events.EchoSending | events.MessageReceived | events.EchoAnswered | events.EchoAnswering,
    labels: Labels | None,
) -> Iterator[Line]:
    match event:
        case events.EchoAnswering(context_id, message_id, code, command):
            words = f"Sending Echo Response ({status.meaning(code)})"
            yield Line(Level.INFO, f"{words}, MsgID {message_id}")
            yield Line(Level.DEBUG, f"DIMSE Command to be sent on Presentation Context ID: {context_id}")
            yield from _at(Level.DEBUG, command_lines(elements_of(command), labels))
        case events.EchoSending(context_id, message_id, command):
            yield Line(Level.INFO, f"Sending Echo Request (MsgID {message_id})")
            yield Line(Level.DEBUG, f"DIMSE Command to be sent on Presentation Context ID: {context_id}")
            yield from _at(Level.DEBUG, command_lines(elements_of(command), labels))
        case events.MessageReceived(context_id, elements):
            yield Line(Level.DEBUG, f"DIMSE Command received on Presentation Context ID: {context_id}")
            yield from _at(Level.DEBUG, command_lines(elements, labels))
            detail = status_detail(elements)
            if detail:
                yield Line(Level.DEBUG, "Status Detail (should never be any):")
                yield from _at(Level.DEBUG, command_lines(detail, labels))
        case _:
            yield Line(Level.INFO, f"Received Echo Response ({status.meaning(event.response.status)})")


_SENT: dict[events.Sender | None, str] = {
    "local": "sending",
    "peer": "received",
    "requestor": "requestor sent",
    "acceptor": "acceptor sent",
}
# What DCMTK's tools tell of what they receive, and at a level of its own.
_ASSOCIATE = {pdus.ASSOCIATE_RQ: "Associate Request", pdus.ASSOCIATE_AC: "Associate Accept"}


def _pdu(kind: int, data: bytes, sender: events.Sender | None) -> Iterator[Line]:
    length = len(data) - pdus.PDU_HEADER.size
    how, name = _SENT.get(sender, "sent"), pdus.PDU_NAMES.get(kind, f"PDU of type {kind:02X}H")
    if sender != "peer":
        yield Line(Level.TRACE, f"{how} {name}, {len(data)} bytes")
        yield from _at(Level.TRACE, _hex(data))
    elif kind in _ASSOCIATE:
        yield Line(Level.DEBUG, f"PDU Type: {_ASSOCIATE[kind]}, PDU Length: {length} + 6 bytes PDU header")
        yield from _at(Level.DEBUG, _hex(data))
    else:
        yield Line(Level.TRACE, f"{how} {name}, {length} bytes after the header")
        yield from _at(Level.TRACE, _hex(data[pdus.PDU_HEADER.size :]))
    if padding := title_padding(kind, data, sender):
        yield Line(Level.INFO, padding)


def title_padding(kind: int, data: bytes, sender: events.Sender | None) -> str:
    """Return what is odd about the padding of the AE titles in an association PDU of another, or nothing."""
    if sender == "local" or kind not in _ASSOCIATE:
        return ""
    if not has_nul_padding(data):
        return ""
    clause = "PS3.8 9.3.2" if kind == pdus.ASSOCIATE_RQ else "PS3.8 9.3.3"
    return f"{_who(sender)} pads the AE titles of its {pdus.PDU_NAMES[kind]} with NUL, not blanks ({clause})"


def _state(change: events.StateChanged) -> str:
    return (
        f"state {change.before.value} ({change.before.words}), "
        f"event {change.event.value} ({change.event.name}): {change.action.label}, "
        f"state {change.after.value} ({change.after.words})"
    )


def _failure(failure: DcmtoolError, words: Words) -> Iterator[Line]:
    stage, cause = stage_and_cause(failure)
    sentence = failure.in_words(words)
    if isinstance(cause, Rejection) and isinstance(failure, AssociationRejected):
        yield from _rejection(cause)
    elif isinstance(failure, Interrupted):
        yield Line(Level.FATAL, str(failure).capitalize())
    elif isinstance(failure, NoPresentationContext):
        yield Line(Level.FATAL, f"No Acceptable Presentation Contexts: {sentence}")
    elif stage == "echo":
        yield Line(Level.ERROR, f"Echo Failed: {sentence}")
        if isinstance(cause, PeerAbort):
            yield Line(Level.INFO, "Peer Aborted Association")
    elif stage == "release":
        yield Line(Level.FATAL, f"Association Release Failed: {sentence}")
    elif stage:
        yield Line(Level.FATAL, f"Association Request Failed: {sentence}")
    else:
        yield Line(Level.FATAL, f"Association Failed: {sentence}")


def stage_and_cause(failure: DcmtoolError) -> tuple[str, BaseException]:
    """Return where a verification failed, and why; what failed outside of one is its own cause."""
    if isinstance(failure, VerificationFailed):
        return failure.stage, failure.cause
    return "", failure


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

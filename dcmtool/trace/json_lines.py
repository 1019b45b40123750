"""Records as lines of JSON, one object an event, for programs: the names in them stay.

Every object has `offset_ns`, `event` and `direction` ("sent", "received" or null); bytes are hexadecimal.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any

from dcmtool.dimse import command_set, status
from dcmtool.errors import RemoteProtocolError
from dcmtool.trace import timers
from dcmtool.trace.command_dump import element_words
from dcmtool.trace.record import Record
from dcmtool.upper_layer import events, pdus
from dcmtool.upper_layer.contexts import PresentationContext
from dcmtool.upper_layer.states import State
from dcmtool.verification import progress

Fields = dict[str, Any]


def json_line(record: Record) -> str:
    """Return a record as one line of ASCII with its line end."""
    event = record.event
    name, fields = _EVENTS[type(event)]
    head = {"offset_ns": record.offset, "event": name, "direction": record.direction}
    return json.dumps({**head, **fields(event)}) + "\n"


def _plain(value: object) -> Any:
    """Return a value as JSON has it: bytes as hexadecimal digits, named tuples as objects of their type."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, tuple):
        return _fields(value) if hasattr(value, "_asdict") else [_typed(each) for each in value]
    return value


def _typed(value: object) -> Any:
    """Return one of several values; the sub-items of User Information are told apart by their types."""
    if hasattr(value, "_asdict"):
        return {"type": type(value).__name__, **_fields(value)}
    return _plain(value)


def _fields(value: Any) -> Fields:
    return {name: _plain(field) for name, field in value._asdict().items()}


def _pdu(kind: int, body: bytes, data: bytes) -> Fields:
    fields: Fields = {"pdu": pdus.PDU_NAMES[kind], "bytes": data.hex()}
    try:
        fields["fields"] = _plain(pdus.decode_pdu(kind, body))
    except RemoteProtocolError as error:
        fields["error"] = str(error)
    return fields


def _requesting(event: progress.Requesting) -> Fields:
    peer, request = event.request.peer, event.request
    return {
        "peer": {"host": peer.host, "port": peer.port, "family": peer.family},
        "tls": request.tls is not None,  # without its settings, which may hold a password
        "repeat": request.repeat,
        "abort": request.abort,
        "associate": _plain(event.associate),
    }


def _session(event: progress.Secured | progress.SessionRefused) -> Fields:
    return {"host": event.host, "session": _fields(event.session)}


def _context(context: PresentationContext) -> Fields:
    return _fields(context.proposed) | {
        "result": context.result,
        "result_text": context.result_text,
        "accepted_transfer_syntax": context.transfer_syntax if context.accepted else None,
    }


def _negotiated(event: progress.Negotiated) -> Fields:
    return {"answer": _plain(event.answer), "contexts": [_context(context) for context in event.contexts]}


def _elements(elements: command_set.CommandSet) -> Iterator[Fields]:
    for element, value in elements.items():
        yield {
            "tag": f"0000{element:04x}",
            "name": command_set.NAMES.get(element),
            "vr": command_set.VRS.get(element, "UN"),
            "bytes": value.hex(),
            "value": element_words(element, value),
        }


def _echo_sending(event: progress.EchoSending) -> Fields:
    elements = list(_elements(command_set.decode(event.command)))
    return {"context_id": event.context_id, "message_id": event.message_id, "elements": elements}


def _answered(event: progress.EchoAnswered) -> Fields:
    response = event.response
    return {
        "message_id": response.message_id_being_responded_to,
        "status": response.status,
        "status_text": status.meaning(response.status),
        "error_comment": response.error_comment,
        "round_trip_ns": event.round_trip,
    }


def _failed(event: progress.Failed) -> Fields:
    failure, cause = event.failure, event.failure.cause
    numbers = {name: value for name, value in vars(cause).items() if isinstance(value, int | float | str)}
    return {
        "stage": failure.stage,
        "failure": type(failure).__name__,
        "cause": {"type": type(cause).__name__, **numbers},
        "sentence": str(failure),
    }


def _state(state: State) -> Fields:
    return {"number": state.value, "name": state.name}


def _state_changed(event: events.StateChanged) -> Fields:
    return {
        "cause": {"number": event.event.value, "name": event.event.name},
        "action": event.action.label,
        "before": _state(event.before),
        "after": _state(event.after),
    }


def _pdu_received(event: events.PduReceived) -> Fields:
    return _pdu(event.kind, event.body, pdus.PDU_HEADER.pack(event.kind, len(event.body)) + event.body)


_EVENTS: dict[type, tuple[str, Callable[[Any], Fields]]] = {
    progress.Requesting: ("requesting", _requesting),
    progress.TransportOpened: ("transport_opened", _fields),
    progress.Secured: ("tls_established", _session),
    progress.SessionRefused: ("tls_refused", _session),
    progress.Associating: ("associating", _fields),
    progress.Negotiated: ("negotiated", _negotiated),
    progress.Established: (
        "established",
        lambda event: {"context": _context(event.context), "max_pdv": event.max_pdv},
    ),
    progress.EchoSending: ("echo_sending", _echo_sending),
    progress.MessageReceived: (
        "message_received",
        lambda event: {"context_id": event.context_id, "elements": list(_elements(event.elements))},
    ),
    progress.EchoAnswered: ("echo_answered", _answered),
    progress.Releasing: ("releasing", _fields),
    progress.Aborting: ("aborting", _fields),
    progress.Warned: ("warned", _fields),
    progress.Failed: ("failed", _failed),
    events.PduSent: ("pdu", lambda event: _pdu(event.kind, event.data[6:], event.data)),
    events.PduReceived: ("pdu", _pdu_received),
    events.StateChanged: ("state_changed", _state_changed),
    timers.TimerStarted: ("timer_started", _fields),
    timers.TimerStopped: ("timer_stopped", _fields),
    timers.TimerExpired: ("timer_expired", _fields),
}

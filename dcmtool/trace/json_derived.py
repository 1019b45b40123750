"""What a trace file says beside the values that events have: names and meanings, for who reads it by eye."""

from collections.abc import Callable
from typing import Any, NamedTuple

from dcmtool import events
from dcmtool.dimse import command_set, status
from dcmtool.dimse.messages import CEchoRsp
from dcmtool.errors import RemoteProtocolError
from dcmtool.upper_layer import pdus
from dcmtool.upper_layer.contexts import PresentationContext

Write = Callable[[Any], Any]


class Derived(NamedTuple):
    """How it is made of a value, where other values are written by what is given, and its JSON Schema."""

    make: Callable[[Any, Write], Any]
    schema: dict[str, Any]


_TEXT, _TEXT_OR_NULL = {"type": "string"}, {"type": ["string", "null"]}


def _pdu_name(pdu: events.Pdu, _write: Write) -> str | None:
    return pdus.PDU_NAMES.get(pdu.kind)


def _pdu_fields(pdu: events.Pdu, write: Write) -> Any:
    try:
        return write(_decoded(pdu))
    except RemoteProtocolError:
        return None


def _pdu_error(pdu: events.Pdu, _write: Write) -> str | None:
    try:
        _decoded(pdu)
    except RemoteProtocolError as error:
        return str(error)
    return None


def _decoded(pdu: events.Pdu) -> pdus.AnyPdu:
    if pdu.kind not in pdus.PDU_NAMES:
        raise RemoteProtocolError(f"{pdu.kind:02X}H is the type of no PDU", "PS3.8 9.3.1")
    return pdus.decode_pdu(pdu.kind, pdu.data[pdus.PDU_HEADER.size :])


def _elements(sending: events.EchoSending | events.EchoAnswering, write: Write) -> Any:
    try:
        return write(command_set.decode(sending.command))
    except RemoteProtocolError:
        return None


DERIVED: dict[type, dict[str, Derived]] = {
    events.Pdu: {
        "pdu": Derived(_pdu_name, _TEXT_OR_NULL),
        "fields": Derived(_pdu_fields, {"type": ["object", "null"]}),
        "error": Derived(_pdu_error, _TEXT_OR_NULL),
    },
    events.EchoSending: {"elements": Derived(_elements, {"type": ["array", "null"]})},
    events.EchoAnswering: {"elements": Derived(_elements, {"type": ["array", "null"]})},
    events.Failed: {"sentence": Derived(lambda failed, _: str(failed.failure), _TEXT)},
    PresentationContext: {"result_text": Derived(lambda context, _: context.result_text, _TEXT)},
    CEchoRsp: {"status_text": Derived(lambda response, _: status.meaning(response.status), _TEXT)},
}

"""The trace file as the code writes it: its first line, and what each event has."""

from collections.abc import Iterator
from typing import Any

from dcmtool.dimse.messages import CEchoRsp
from dcmtool.settings import Peer
from dcmtool.steps import TlsSession
from dcmtool.trace.json_lines import EVENTS, SCHEMA, Head
from dcmtool.trace.json_values import codec
from dcmtool.upper_layer.contexts import PresentationContext
from dcmtool.upper_layer.pdus import AssociateAc, AssociateRj, AssociateRq, ContextResult, ProposedContext
from tools.markdown import code, table

HEAD = {
    "association": "its number in the process that wrote it",
    "role": "ours in it",
    "started": "when it began, in UTC, to the microsecond",
    "origin_ns": "the same moment by a clock that never goes back, the same for all associations",
    "offset_ns": "when this happened: nanoseconds since the association began, by that clock",
    "sender": "who did it, as we or an observer of both sides see it",
    "event": "one of the names below",
}
_VALUES = (Peer, AssociateRq, AssociateAc, AssociateRj, ProposedContext, ContextResult, PresentationContext)
_OTHERS = (CEchoRsp, TlsSession)


def header() -> Iterator[str]:
    """Yield what the first line has."""
    rows = ((code("schema"), code(SCHEMA)), (code("version"), "that of the dcmtool that wrote it"))
    yield from table(("field", "meaning"), rows)


def head() -> Iterator[str]:
    """Yield what every event has."""
    properties = codec(Head).schema["properties"]
    rows = ((code(name), HEAD[name] + _choices(schema)) for name, schema in properties.items())
    yield from table(("field", "meaning"), rows)


def _choices(schema: dict[str, Any]) -> str:
    either = schema.get("anyOf", [schema])
    words = [code(word) for inner in either for word in inner.get("enum", ())]
    return (": " if words else "") + ", ".join(words) + (" or null" if len(either) > 1 else "")


def events() -> Iterator[str]:
    """Yield the events, each with when it happens and its own fields."""
    rows = ((code(name), summary(kind), _fields(kind)) for name, kind in EVENTS.items())
    yield from table(("event", "when", "its own fields"), rows)


def values() -> Iterator[str]:
    """Yield the objects in the fields of events."""
    rows = ((code(kind.__name__), summary(kind), _fields(kind)) for kind in (*_VALUES, *_OTHERS))
    yield from table(("object", "what it is", "its fields"), rows)


def summary(kind: Any) -> str:
    """Return what a class says of itself."""
    return " ".join((kind.__doc__ or "").split("\n\n")[0].split())


def _fields(kind: Any) -> str:
    return ", ".join(map(code, codec(kind).schema["properties"]))

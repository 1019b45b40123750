"""The values that events have as JSON and back, by the types that their fields are declared with.

Bytes are hexadecimal digits. A named tuple is an object of its fields; where it may be of several types, as
sub-items of User Information are, `type` says which. What is derived stands beside them, and is not read.
"""

from collections.abc import Sequence
from enum import IntEnum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, NamedTuple, Union, get_args, get_origin, get_type_hints

from dcmtool.advice import Advice
from dcmtool.dimse import command_set
from dcmtool.dimse.command_set import CommandSet
from dcmtool.dimse.messages import CEchoRsp
from dcmtool.errors import DcmtoolError, RemoteProtocolError
from dcmtool.settings import Peer
from dcmtool.steps import TlsSession
from dcmtool.trace import json_codec
from dcmtool.trace.command_dump import element_words
from dcmtool.trace.json_codec import HEXADECIMAL, TEXT, Codec, Fields, Mismatch, Schema, closed
from dcmtool.trace.json_derived import DERIVED
from dcmtool.trace.json_errors import error_codec
from dcmtool.upper_layer import states
from dcmtool.upper_layer.contexts import PresentationContext
from dcmtool.upper_layer.pdus import AssociateAc, AssociateRj, AssociateRq
from dcmtool.upper_layer.states import Action, State

# What annotations name that is only imported for type checking where they stand.
_NAMES = {
    "Action": Action,
    "AssociateAc": AssociateAc,
    "AssociateRj": AssociateRj,
    "AssociateRq": AssociateRq,
    "CEchoRsp": CEchoRsp,
    "CommandSet": CommandSet,
    "DcmtoolError": DcmtoolError,
    "Peer": Peer,
    "PresentationContext": PresentationContext,
    "RemoteProtocolError": RemoteProtocolError,
    "State": State,
    "StateEvent": states.StateEvent,
    "TlsSession": TlsSession,
}
# Fields that have another name in JSON, where theirs is taken or lacks its unit.
_KEYS = {("StateChanged", "event"): "cause", ("EchoAnswered", "round_trip"): "round_trip_ns"}


@cache
def codec(kind: Any) -> Codec:
    """Return how values of a type, given as an annotation, are written and read."""
    origin, arguments = get_origin(kind), get_args(kind)
    if kind in json_codec.SCALARS:
        return json_codec.scalar(kind)
    if kind is bytes:
        return HEXADECIMAL
    if kind is object:
        return json_codec.ANYTHING
    if origin is not None:
        return _generic(origin, arguments)
    if kind is Action:
        return _ACTION
    if kind is Advice:
        return _advice()
    if issubclass(kind, IntEnum):
        return json_codec.enumeration(kind)
    if issubclass(kind, BaseException):
        return error_codec(kind, codec)
    return structure(kind)


def _generic(origin: Any, arguments: tuple[Any, ...]) -> Codec:
    if origin is Literal:
        return json_codec.literal(arguments)
    if origin in (Union, UnionType):
        return _union(arguments)
    if origin is dict:
        return _COMMAND_SET
    if origin is Sequence or arguments[-1] is Ellipsis:
        return json_codec.sequence(codec(arguments[0]))
    return json_codec.fixed([codec(each) for each in arguments])


_LABELS = {action.label: action for action in Action}
_ACTION = Codec(
    lambda action: action.label,
    lambda label: json_codec.one_of(_LABELS, label),
    {"enum": list(_LABELS)},
)


def structure(kind: Any) -> Codec:
    """Return how a named tuple or a dataclass is written: an object of its fields and what is derived."""
    hints, derived = get_type_hints(kind, localns=_NAMES), DERIVED.get(kind, {})
    names = {_KEYS.get((kind.__name__, name), name): name for name in hints}
    codecs = {key: codec(hints[name]) for key, name in names.items()}

    def write(value: Any) -> Fields:
        fields = {key: codecs[key].write(getattr(value, name)) for key, name in names.items()}
        return fields | {key: each.make(value, _write) for key, each in derived.items()}

    def read(value: Any) -> Any:
        fields = json_codec.read_fields(value, codecs)
        try:
            return kind(**{names[key]: field for key, field in fields.items()})
        except DcmtoolError as error:
            raise Mismatch("", f"cannot be: {error}") from error

    properties = {key: each.schema for key, each in (codecs | derived).items()}
    return Codec(write, read, closed(properties))


def _write(value: Any) -> Any:
    """Return a value as the type that it has is written."""
    kind: Any = dict[int, bytes] if isinstance(value, dict) else type(value)
    return codec(kind).write(value)


def _union(kinds: Sequence[Any]) -> Codec:
    """Return how a value of one of several types is written: of a type or nothing; of one of named tuples."""
    others = [kind for kind in kinds if kind is not NoneType]
    if len(others) < len(kinds):
        return json_codec.optional(codec(Union[tuple(others)]))  # noqa: UP007 (known at run time alone)
    by_name = {kind.__name__: codec(kind) for kind in kinds}

    def write(value: Any) -> Fields:
        name = type(value).__name__
        return {"type": name, **by_name[name].write(value)}

    def read(value: Any) -> Any:
        return json_codec.one_of(by_name, json_codec.type_of(value)).read(value)

    def schema(name: str, inner: Schema) -> Schema:
        return closed({"type": {"const": name}, **inner["properties"]})

    return Codec(write, read, {"anyOf": [schema(name, each.schema) for name, each in by_name.items()]})


def _advice() -> Codec:
    """Return how advice is written, of which none is read that there is no sentence for."""
    plain = structure(Advice)

    def read(value: Any) -> Advice:
        advice: Advice = plain.read(value)
        try:
            str(advice)
        except KeyError:  # the sentence, or a fact in it
            raise Mismatch("", "is not known here") from None
        return advice

    return plain._replace(read=read)


_TAG = 4  # bytes of group and element


class _Element(NamedTuple):
    tag: bytes
    bytes: bytes


def _write_command_set(elements: CommandSet) -> list[Fields]:
    return [
        {
            "tag": f"{tag:08x}",
            "name": command_set.NAMES.get(tag),
            "vr": command_set.VRS.get(tag, "UN"),
            "bytes": value.hex(),
            "value": element_words(tag, value),
        }
        for tag, value in elements.items()
    ]


def _read_command_set(value: Any) -> CommandSet:
    elements = list(json_codec.read_each(codec(_Element), json_codec.read_list(value)))
    if any(len(element.tag) != _TAG for element in elements):
        raise Mismatch("tag", f"is not of {_TAG} bytes")
    return {int.from_bytes(element.tag): element.bytes for element in elements}


_COMMAND_SET = Codec(
    _write_command_set,
    _read_command_set,
    {
        "type": "array",
        "items": closed(
            {
                "tag": HEXADECIMAL.schema,
                "name": {"type": ["string", "null"]},
                "vr": TEXT.schema,
                "bytes": HEXADECIMAL.schema,
                "value": TEXT.schema,
            }
        ),
    },
)

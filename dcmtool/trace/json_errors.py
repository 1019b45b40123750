"""Errors as JSON and back: the name of the class, and what it is made of.

An error of dcmtool has the arguments of its class, a system's error its number and words, any other its text.
Tracebacks and causes in Python's sense are not kept.
"""

import builtins
from collections.abc import Callable
from functools import cache
from typing import Any, get_type_hints

from dcmtool import errors
from dcmtool.advice import Advice
from dcmtool.errors import DcmtoolError
from dcmtool.steps import TlsSession
from dcmtool.trace.json_codec import (
    TEXT,
    WHOLE,
    Codec,
    Fields,
    Mismatch,
    bounded,
    optional,
    read_fields,
    shown,
    type_of,
)

CodecOf = Callable[[Any], Codec]

_CLASSES: dict[str, Any] = {
    name: kind
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, DcmtoolError)
}
_ERRNO = WHOLE._replace(read=lambda value: bounded(WHOLE.read(value), (1 << 31) - 1))  # a C int
_SYSTEM = {"errno": optional(_ERRNO), "strerror": optional(TEXT)}
_WITH_TEXT = {"text": TEXT}


def error_codec(kind: type[BaseException], codec: CodecOf) -> Codec:
    """Return the codec of errors that are of this class; other values are written as `codec` has it."""
    return Codec(
        lambda error: _write(error, codec),
        lambda value: _read(value, kind, codec),
        {"type": "object"},  # its type, and what is of that type
    )


@cache
def _fields(kind: Any, codec: CodecOf) -> dict[str, Codec]:
    """Return the arguments of a class of errors, each kept in a field of its name; or just a text."""
    init: Any = kind.__init__
    if init is Exception.__init__:
        return _WITH_TEXT
    hints = get_type_hints(init, localns={"TlsSession": TlsSession, "Advice": Advice})
    return {name: codec(hint) for name, hint in hints.items() if name != "return"}


def _write(error: BaseException, codec: CodecOf) -> Fields:
    name = type(error).__name__
    head = {"type": name}
    if isinstance(error, OSError):
        return head | {"errno": error.errno, "strerror": error.strerror}
    if isinstance(error, DcmtoolError):
        if _CLASSES.get(name) is not type(error):
            return {"type": "DcmtoolError", "text": str(error)}
        fields = _fields(_CLASSES[name], codec)
        if fields is not _WITH_TEXT:
            return head | {name: each.write(getattr(error, name)) for name, each in fields.items()}
    return head | {"text": str(error)}


def _read(value: Any, wanted: type[BaseException], codec: CodecOf) -> BaseException:
    name = type_of(value)
    kind: Any = vars(builtins).get(name, _CLASSES.get(name))
    if not (isinstance(kind, type) and issubclass(kind, wanted)):
        raise Mismatch("type", f"is {shown(name)}, which is not known here")
    if issubclass(kind, OSError):
        number, words = read_fields(value, _SYSTEM).values()
        return kind() if number is None else kind(number, words)
    fields = _fields(_CLASSES[name], codec) if name in _CLASSES else _WITH_TEXT
    values = read_fields(value, fields)
    if fields is not _WITH_TEXT:
        error: BaseException = kind(**values)
        return error
    return _with_text(kind, values["text"])


def _with_text(kind: type[BaseException], text: str) -> BaseException:
    try:
        return kind(text) if text else kind()
    except TypeError:  # one of Python's that is made of more than its text
        raise Mismatch("type", f"is {shown(kind.__name__)}, which is not known here") from None

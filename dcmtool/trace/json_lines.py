"""Events as lines of JSON in ASCII, one object each, and back: the trace file.

The first line names the format and its version. The names in it stay; in a later version of dcmtool an object
may have more of them.
"""

import json
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import partial
from io import TextIOBase
from typing import Any, NamedTuple, get_args

from dcmtool.errors import InputFileError
from dcmtool.events import AssociationId, Event, Role, Sender, What
from dcmtool.text import printable
from dcmtool.trace.json_codec import Codec, Mismatch
from dcmtool.trace.json_values import codec, structure

SCHEMA = "dcmtool.trace/1"
MAX_LINE = 1 << 26  # characters; the longest PDU that dcmtool reads makes a fourth of it, its fields included


def name_of(what: type) -> str:
    """Return how an event of this class is called: `TlsEstablished` is `tls_established`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", what.__name__).lower()


EVENTS: dict[str, Any] = {name_of(kind): kind for kind in get_args(What)}


class Head(NamedTuple):
    """What every event has, in the order of the line; `started` is ISO 8601, in UTC."""

    association: int
    role: Role
    started: str
    origin_ns: int
    offset_ns: int
    sender: Sender | None
    event: str


def header(version: str) -> str:
    """Return the first line of a trace that this version of dcmtool writes."""
    return json.dumps({"schema": SCHEMA, "version": version}) + "\n"


def json_line(event: Event) -> str:
    """Return an event as one line of ASCII with its line end."""
    association = event.association
    head = Head(
        association.number,
        association.role,
        datetime.fromtimestamp(association.started, UTC).isoformat(timespec="microseconds")[:26] + "Z",
        association.origin,
        event.offset,
        event.sender,
        name_of(type(event.what)),
    )
    return json.dumps(head._asdict() | codec(EVENTS[head.event]).write(event.what)) + "\n"


def read(lines: Iterable[str], path: str = "the trace") -> Iterator[Event]:
    """Yield the events of a trace, equal to those that were written.

    Of an error, which equals nothing but itself, they have one of the same class with equal fields.

    Raises:
        InputFileError: a line is not what it should be; `path` is how the trace is called.
    """
    number = 0
    for number, line in enumerate(_texts(lines, path), 1):
        try:
            document = _document(line)
            if number == 1:
                _check_header(document)
                continue
            event = _event(document)
        except Mismatch as mismatch:
            raise InputFileError(path, f"line {number}: {mismatch}") from mismatch
        yield event
    if not number:
        raise InputFileError(path, f"line 1: there is none, where {SCHEMA} should be named")


def _texts(lines: Iterable[str], path: str) -> Iterator[str]:
    number = 0
    if isinstance(lines, TextIOBase):  # whose own lines have no bound
        lines = iter(partial(lines.readline, MAX_LINE + 1), "")
    try:
        for number, line in enumerate(lines, 1):  # noqa: B007 (it is told below)
            yield line
    except UnicodeDecodeError as error:
        raise InputFileError(path, f"after line {number}: there is something else than text") from error


def _document(line: str) -> dict[str, Any]:
    if len(line) > MAX_LINE:
        raise Mismatch("", f"has {len(line)} characters, more than a line of a trace can have")
    try:
        document = json.loads(line, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise Mismatch("", "is not JSON") from None
    if not isinstance(document, dict):
        raise Mismatch("", "is not an object")
    return document


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def _check_header(document: dict[str, Any]) -> None:
    schema = document.get("schema")
    if schema != SCHEMA:
        named = f"names {printable(repr(schema)[:40])}" if schema is not None else "names no schema"
        raise Mismatch("", f"{named}, where {SCHEMA} should be named")


_HEAD = structure(Head)


def _event(document: dict[str, Any]) -> Event:
    head: Head = _HEAD.read(document)
    if head.event not in EVENTS:
        raise Mismatch("event", f"is '{printable(head.event[:40])}', which is not known here")
    association = AssociationId(head.association, head.role, _seconds(head.started), head.origin_ns)
    what: Codec = codec(EVENTS[head.event])
    return Event(association, head.sender, head.origin_ns + head.offset_ns, what.read(document))


def _seconds(text: str) -> float:
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise Mismatch("started", "is not a time by ISO 8601") from None
    if time.tzinfo is None:
        raise Mismatch("started", "is a time without its zone")
    seconds = time.timestamp()
    try:
        datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError):  # such as a year before the first, once it is in UTC
        raise Mismatch("started", "is not in the years 1 to 9999 of UTC") from None
    return seconds

"""The target that takes what is seen of a connection between two others."""

from collections.abc import Iterator
from typing import NamedTuple

from dcmtool.association.observed import Side
from dcmtool.capture.connection import Endpoint, ObservedConnection
from dcmtool.capture.observer import ConnectionObserver
from dcmtool.events import Event
from tests.fuzz.checks import check_error, check_events, check_text
from tests.fuzz.memory import in_pieces

_AT = 1_795_521_600_000_000_000  # ns since 1970
_MOST = 64  # of what is bounded by a number of its own, none of which is more
_ACTIONS = ("received", "reset", "missed", "syn", "opened", "retransmitted", "skip", "result")


class _Part(NamedTuple):
    action: str
    side: Side
    length: int
    data: bytes


def connection(data: bytes) -> None:
    """What is seen of a connection; of one whose beginning was seen, the pieces must not matter.

    The first byte says whether it was. Then each part is a byte, whose lowest bit says which side, and whose
    next three what it did; two bytes of a length; and so many bytes, if it sent any: none are its end.
    """
    if not data:
        return
    parts, handshake, events = list(_parts(data[1:])), bool(data[0] & 1), list[Event]()
    whole = _seen(parts, handshake, events)
    _check(whole)
    check_events(events)
    if handshake and all(part.action != "missed" for part in parts):
        size = 1 if len(data) <= 256 else 7
        single = [
            part._replace(data=piece)
            for part in parts
            for piece in (in_pieces(part.data, size) if part.data else [b""])
        ]
        assert repr(_seen(single, handshake)) == repr(whole)  # errors are equal to themselves alone


def _parts(data: bytes) -> Iterator[_Part]:
    at = 0
    while at < len(data):
        kind, length = data[at], int.from_bytes(data[at + 1 : at + 3])
        side: Side = "acceptor" if kind & 1 else "requestor"
        action, at = _ACTIONS[kind >> 1 & 7], at + 3
        sent = data[at : at + length] if action == "received" else b""
        yield _Part(action, side, length, sent)
        at += len(sent)


def _seen(parts: list[_Part], handshake: bool, events: list[Event] | None = None) -> ObservedConnection:
    observer = ConnectionObserver(
        *(1, Endpoint("192.0.2.1", 50104), Endpoint("192.0.2.2", 104), _AT),
        None if events is None else events.append,
        handshake=handshake,
    )
    for action, side, length, data in parts:
        match action:
            case "received" if data:
                observer.received(side, memoryview(data), _AT)
            case "received":
                observer.closed(side, _AT)
            case "missed":
                observer.missed(side, length, _AT)
            case "reset":
                observer.reset(side, _AT)
            case "syn":
                observer.syn(_AT)
            case "opened":
                observer.opened(_AT)
            case "retransmitted":
                observer.retransmitted(side, _AT)
            case "skip":
                observer.skip(side, min(length, observer.unread(side)), _AT)
            case _:
                observer.result()
    return observer.result()


def _check(seen: ObservedConnection) -> None:
    """Check that what is seen can be told, and is not endless."""
    for warning in seen.warnings:
        check_text(warning)
    for fault in seen.faults:
        check_error(fault.error)
    assert max(len(seen.warnings), len(seen.faults), len(seen.services)) <= _MOST
    assert max(map(len, seen.starts)) <= _MOST
    if seen.tls is not None:
        for text in (*seen.tls.offered, *seen.tls.suites, *(name for _, name in seen.tls.alerts)):
            check_text(text)

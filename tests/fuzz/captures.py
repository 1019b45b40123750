"""Targets that take captures: a whole file, and segments of TCP connections in any order."""

import gzip
from collections.abc import Iterator
from contextlib import suppress

from dcmtool.capture.connection import Endpoint
from dcmtool.capture.tcp_streams import Streams
from dcmtool.errors import InputFileError
from tests.capture.packets import ACCEPTOR, ETHERNET, REQUESTOR, TIME, ipv4, linked, tcp
from tests.capture.seen import Needless, Recorder, Seen, seen
from tests.fuzz.checks import check_error, check_text

_ENDINGS = ("closed", "reset")
_CONTENT = bytes(range(256))


def capture(data: bytes) -> None:
    """A capture of any format, as it is and packed: what is told of it."""
    found: list[Seen] = []
    for file in (data, gzip.compress(data, 1)):
        with suppress(InputFileError):
            found.append(_read(file))
    assert len(found) in (0, 2)
    assert len({repr([each.log for each in one.connections]) for one in found}) <= 1


def _read(file: bytes) -> Seen:
    try:
        found = seen(file)
    except InputFileError as error:
        check_error(error)
        raise
    for warning in found.warnings:
        check_text(warning)
    for each in found.connections:
        _check(each)
    return found


def segments(data: bytes) -> None:
    """Segments of four connections, whatever their order; bytes that nobody needs make no difference.

    Each is eight bytes: which connection and side, its flags, how far its number and the one it acknowledges
    are from where the side began, how many bytes it carries, and how many milliseconds later it comes.
    """
    assert _seen_in(data, Recorder) == _seen_in(data, Needless)


def _seen_in(data: bytes, kind: type[Recorder]) -> list[tuple[str, int, int]]:
    """Return the ends of each connection, and how many bytes each sent."""
    done: list[Recorder] = []

    def observe(requestor: Endpoint, acceptor: Endpoint, at: int, handshake: bool) -> Recorder:
        done.append(kind(0, requestor, acceptor, at, handshake))
        return done[-1]

    streams = Streams(observe, lambda _: None, check_text)
    for at, packet in _packets(data):
        streams.add((ETHERNET, at, packet, 0, len(packet), len(packet)))
    streams.finish()
    for each in done:
        _check(each)
    return [(each.ends, len(each.bytes["requestor"]), len(each.bytes["acceptor"])) for each in done]


def _packets(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = TIME
    for start in range(0, len(data) - 7, 8):
        kind, flags, *places, size, later = data[start : start + 8]
        at += later * 1_000_000
        number, acknowledged = ((high << 8 | low) - 0x4000 for high, low in (places[:2], places[2:]))
        (source, port), (target, target_port) = (REQUESTOR, ACCEPTOR) if kind & 1 else (ACCEPTOR, REQUESTOR)
        ends = (source, port ^ kind >> 1 & 3, target, target_port ^ kind >> 1 & 3)
        segment = tcp(ends, number, acknowledged, flags, _CONTENT[:size])
        yield at, linked(ETHERNET, ipv4(source, target, segment))


def _check(connection: Recorder) -> None:
    """Check that what a connection is told makes sense."""
    for side in ("requestor", "acceptor"):
        ends = [entry for entry in connection.log if entry in [f"{side} {how}" for how in _ENDINGS]]
        assert len(ends) <= 2
        assert len(set(ends)) == len(ends)
    resets = [number for number, entry in enumerate(connection.log) if entry.endswith("reset")]
    assert resets in ([], [len(connection.log) - 1])
    assert connection.log.count("opened") <= 1

"""What many connections come to for each pair of nodes: how many, how they failed, and how long things took.

Memory is bounded: of pairs beyond a number only the count of their connections is kept.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import accumulate

from dcmtool.capture.connection import Endpoint, ObservedConnection, Spans
from dcmtool.named_tuple import NamedTuple
from dcmtool.text import brief

MOST_PAIRS = 10_000
_MOST_COMMANDS = 24  # of a pair; PS3.7 E.1 has a dozen
EXACT = 64  # different times are kept as they are; from then on to a part of them
_FINE, _COARSE = 7, 1  # bits of a time that count: within 0.8 %, and which octave
_MOST_TIMES = 500_000  # of all pairs; from then on coarse ones alone
_PADDING = " \0"
_Key = tuple[str, Endpoint, str, str]


class Pair(NamedTuple):
    """What the connections from one node to another come to, by address and title of both.

    `requestor` has no port, since each connection has another. `findings` counts the connections that each
    finding was made of; `commands` has how long each command took to be answered, where that was seen.
    """

    requestor: Endpoint
    acceptor: Endpoint
    calling: str = ""
    called: str = ""
    connections: int = 0
    associations: int = 0
    failed: int = 0
    findings: Mapping[str, int] = {}
    accept: Spans | None = None
    commands: Mapping[str, Spans] = {}


class PairSummary:
    """Counts connections by pairs of nodes; `left_out` are those of pairs for which there was no room."""

    def __init__(self, most: int = MOST_PAIRS) -> None:
        self._tallies: dict[_Key, _Tally] = {}
        self._most = most
        self._room = _Room(_MOST_TIMES)
        self.left_out = 0

    def add(self, connection: ObservedConnection) -> None:
        """Count a connection, which was explained, in."""
        request = connection.request
        titles = (request.calling_aet, request.called_aet) if request else ("", "")
        calling, called = (brief(title.strip(_PADDING)) for title in titles)
        key = connection.requestor.address, connection.acceptor, calling, called
        tally = self._tallies.get(key)
        if tally is None:
            if len(self._tallies) >= self._most:
                self.left_out += 1
                return
            tally = self._tallies[key] = _Tally(self._room)
        tally.add(connection)

    @property
    def pairs(self) -> Sequence[Pair]:
        """What there is, in the order in which it came."""
        return [tally.pair(*key) for key, tally in self._tallies.items()]


class _Tally:
    """The counts of one pair."""

    __slots__ = ("accept", "associations", "commands", "connections", "failed", "findings", "room")

    def __init__(self, room: "_Room") -> None:
        self.room = room
        self.connections = self.associations = self.failed = 0
        self.findings: Counter[str] = Counter()
        self.accept = _Times(room)
        self.commands: dict[str, _Times] = {}

    def add(self, connection: ObservedConnection) -> None:
        self.connections += 1
        self.associations += connection.is_association
        self.failed += connection.failed
        self.findings.update({each.finding.id for each in connection.findings})
        if connection.accept is not None:
            self.accept.add(Spans(1, connection.accept, connection.accept, connection.accept))
        for use in connection.services:
            if use.spans is not None and (
                use.command in self.commands or len(self.commands) < _MOST_COMMANDS
            ):
                self.commands.setdefault(use.command, _Times(self.room)).add(use.spans)

    def pair(self, address: str, acceptor: Endpoint, calling: str, called: str) -> Pair:
        times = {name: each.spans() for name, each in self.commands.items()}
        return Pair(
            Endpoint(address),
            acceptor,
            calling,
            called,
            self.connections,
            self.associations,
            self.failed,
            dict(self.findings.most_common()),
            self.accept.spans(),
            {name: spans for name, spans in times.items() if spans is not None},
        )


class _Room:
    """How many different times there is room for."""

    def __init__(self, left: int) -> None:
        self.left = left


class _Times:
    """Times with how often each one was, in bounded memory."""

    __slots__ = ("_bits", "_counts", "_longest", "_room")

    def __init__(self, room: _Room) -> None:
        self._room = room
        self._counts: dict[int, int] = {}
        self._bits = 0  # of a time that count; 0: all
        self._longest = 0

    def add(self, spans: Spans) -> None:
        """Count in what is known of several times, so that their own median and 95 % come out again."""
        self._longest = max(self._longest, spans.longest)
        half, most = -(-spans.times // 2), -(-spans.times * 95 // 100)
        for time, count in (
            (spans.median, half),
            (spans.p95, most - half),
            (spans.longest, spans.times - most),
        ):
            if count > 0:
                self._count(time, count)

    def spans(self) -> Spans | None:
        """Return how they are distributed, None where there are none."""
        total = sum(self._counts.values())
        if not total:
            return None
        return Spans(total, self._quantile(total, 50), self._quantile(total, 95), self._longest)

    def _count(self, time: int, count: int) -> None:
        kept = _rounded(time, self._bits)
        if kept not in self._counts:
            if self._room.left <= 0 and self._bits != _COARSE:
                self._fold(_COARSE)
            elif not self._bits and len(self._counts) >= EXACT:
                self._fold(_FINE)
            kept = _rounded(time, self._bits)
        before = len(self._counts)
        self._counts[kept] = self._counts.get(kept, 0) + count
        self._room.left -= len(self._counts) - before

    def _fold(self, bits: int) -> None:
        self._bits = bits
        counts: Counter[int] = Counter()
        for time, count in self._counts.items():
            counts[_rounded(time, bits)] += count
        self._room.left += len(self._counts) - len(counts)
        self._counts = dict(counts)

    def _quantile(self, total: int, share: int) -> int:
        rank = -(-total * share // 100)
        times = sorted(self._counts)
        up_to = accumulate(self._counts[time] for time in times)
        return min(
            next(time for time, count in zip(times, up_to, strict=True) if count >= rank), self._longest
        )


def _rounded(time: int, bits: int) -> int:
    """Return the middle of all times whose first bits are the same as this one's."""
    shift = time.bit_length() - bits if bits else 0
    return time if shift <= 0 else ((time >> shift) << shift) + (1 << shift >> 1)

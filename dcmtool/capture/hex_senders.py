"""Who sent the bytes of a dump: as the dump tells, or by what the PDUs are (PS3.8 9.3, PS3.7 E.1)."""

from collections.abc import Callable, Iterator

from dcmtool.association.observed import Side
from dcmtool.capture.connection import Endpoint, ObservedConnection
from dcmtool.capture.observer import ConnectionObserver
from dcmtool.dimse import command_set as cs
from dcmtool.dimse.messages import COMMANDS
from dcmtool.upper_layer import pdus
from dcmtool.upper_layer.reader import MAX_ASSOCIATE

Observe = Callable[[Endpoint, Endpoint, int, bool], ConnectionObserver]

_HEADER = pdus.PDU_HEADER.size
_COMMAND = _HEADER + 6  # where that of a message begins in its PDU, behind the header of the PDV
_LOOKED_AT = 512  # bytes of a P-DATA-TF: a command set has its Command Field among the first
_RESPONSE = 0x8000
_OF_ACCEPTOR = tuple(field for field, name in COMMANDS.items() if name == "N-EVENT-REPORT-RQ")
_OTHER: dict[Side, Side] = {"requestor": "acceptor", "acceptor": "requestor"}
_BY_KIND: dict[int, Side] = {
    pdus.ASSOCIATE_RQ: "requestor",
    pdus.ASSOCIATE_AC: "acceptor",
    pdus.ASSOCIATE_RJ: "acceptor",
    pdus.RELEASE_RQ: "requestor",
}

NOWHERE = (Endpoint(), Endpoint())


class Senders:
    """Takes the bytes of a dump, and shows them to the observer of the connection that they belong to."""

    def __init__(self, observe: Observe) -> None:
        self._observe = observe
        self._observer: ConnectionObserver | None = None
        self._whose: dict[str, Side] = {}  # sides by what the dump tells of them
        self._current, self._ends = "", NOWHERE
        self._has_two = self._at_record = False
        self._mixed = _Mixed()

    def begin_record(self, whose: str, ends: tuple[Endpoint, Endpoint] = NOWHERE) -> None:
        """What comes now is another record, and whose, in any words; "" if it is not told.

        `ends` are the sender's and the receiver's.
        """
        self._current, self._ends, self._at_record = whose, ends, True

    def add(self, data: bytes) -> Iterator[ObservedConnection]:
        """Take bytes, and yield the connection before, if they begin another."""
        if not data:
            return
        is_request = self._at_record and _is_request(data)
        self._at_record = False
        if is_request and self._observer is not None and (self._has_two or self._mixed.is_between):
            yield from self.finish()
        if self._current not in self._whose and len(self._whose) == 1 and self._current:
            self._begin_two()
        if self._has_two:
            self._show(self._whose.setdefault(self._current, "requestor"), data)
            return
        for sender, part in self._mixed.split(data):
            if self._mixed.has_begun_again and self._observer is not None:
                yield from self.finish(keep=True)
            self._whose.setdefault(self._current, sender)
            self._show(sender, part)

    def finish(self, *, keep: bool = False) -> Iterator[ObservedConnection]:
        """Yield the connection that there was."""
        if not keep:
            for sender, part in self._mixed.rest():
                self._show(sender, part)
            self._mixed = _Mixed()
        if self._observer is not None:
            yield self._observer.result()
        self._observer, self._whose, self._has_two = None, {}, False

    def _begin_two(self) -> None:
        """From now on the dump tells who sent what."""
        for sender, part in self._mixed.rest():
            self._show(sender, part)
        ((_, first),) = self._whose.items()
        self._whose[self._current] = _OTHER[first]
        self._has_two = True

    def _show(self, sender: Side, data: bytes) -> None:
        if self._observer is None:
            ends = self._ends if sender == "requestor" else self._ends[::-1]
            self._observer = self._observe(*ends, 0, True)
        self._observer.received(sender, data, 0)


def _is_request(data: bytes) -> bool:
    """Return whether these bytes begin an A-ASSOCIATE-RQ."""
    if len(data) < _HEADER:
        return False
    kind, length = pdus.PDU_HEADER.unpack_from(data)
    return bool(kind == pdus.ASSOCIATE_RQ and data[1] == 0 and length <= MAX_ASSOCIATE)


class _Mixed:
    """The PDUs of both sides one after the other, each told by what it is."""

    def __init__(self) -> None:
        self._start = bytearray()  # of a PDU whose sender is not known yet
        self._left = 0  # bytes of the PDU whose sender is
        self._sender: Side = "requestor"
        self._asked: Side = "requestor"  # who sent the last A-RELEASE-RQ
        self._has_begun = False
        self.has_begun_again = False

    @property
    def is_between(self) -> bool:
        """Whether no PDU is begun."""
        return not self._left and not self._start

    def split(self, data: bytes) -> Iterator[tuple[Side, bytes]]:
        """Yield the parts of the PDUs with who sent them."""
        at = 0
        while at < len(data):
            if self._left:
                part = data[at : at + self._left]
                at += len(part)
                self._left -= len(part)
                yield self._sender, part
                continue
            missing = self._wanted() - len(self._start)
            self._start += data[at : at + missing]
            at += missing
            if len(self._start) >= self._wanted():
                yield from self._begin()

    def rest(self) -> Iterator[tuple[Side, bytes]]:
        """Yield the beginning of a PDU that did not go on."""
        if self._start:
            start, self._start = bytes(self._start), bytearray()
            yield self._sender, start

    def _wanted(self) -> int:
        """Return how many bytes tell who sent the PDU."""
        if len(self._start) < _HEADER:
            return _HEADER
        kind, length = pdus.PDU_HEADER.unpack_from(self._start)
        return _HEADER + (min(length, _LOOKED_AT) if kind == pdus.P_DATA_TF else 0)

    def _begin(self) -> Iterator[tuple[Side, bytes]]:
        start, self._start = bytes(self._start), bytearray()
        kind, length = pdus.PDU_HEADER.unpack_from(start)
        self._sender = self._sender_of(kind, start)
        self._left = length - (len(start) - _HEADER)
        self.has_begun_again = kind == pdus.ASSOCIATE_RQ and self._has_begun
        self._has_begun = True
        yield self._sender, start
        self.has_begun_again = False

    def _sender_of(self, kind: int, start: bytes) -> Side:
        if kind == pdus.RELEASE_RP:
            return _OTHER[self._asked]
        if kind == pdus.P_DATA_TF:
            return self._sender_of_data(start)
        sender = _BY_KIND.get(kind, self._sender)
        if kind == pdus.RELEASE_RQ:
            self._asked = sender
        return sender

    def _sender_of_data(self, start: bytes) -> Side:
        """Return who sent a P-DATA-TF: a command tells, and what follows it is from the same side."""
        if len(start) < _COMMAND or not start[_COMMAND - 1] & 1:
            return self._sender
        field = _command_field(start[_COMMAND:])
        if field is None:
            return self._sender
        is_of_acceptor = (field & ~_RESPONSE in _OF_ACCEPTOR) != bool(field & _RESPONSE)
        return "acceptor" if is_of_acceptor else "requestor"


def _command_field(command: bytes) -> int | None:
    """Return the Command Field of a command set that may be cut."""
    at = 0
    while at + 8 <= len(command):
        group, element, length = (
            int.from_bytes(command[at + start : at + end], "little")
            for start, end in ((0, 2), (2, 4), (4, 8))
        )
        if (group, element) == (0, cs.COMMAND_FIELD):
            return int.from_bytes(command[at + 8 : at + 10], "little")
        at += 8 + length
    return None

"""Dumps in hexadecimal: of `xxd`, `hexdump -C`, `od`, Wireshark, tcpdump, and pynetdicom's raw PDUs.

Who sent what is told by indentation or by the names of arrays where both sides are there, as Wireshark has
them, by the addresses where packets are dumped whole, or else by what the PDUs are.
"""

import re
from collections.abc import Callable, Iterable, Iterator

from dcmtool.capture import hex_frames
from dcmtool.capture.connection import Endpoint, ObservedConnection
from dcmtool.capture.hex_lines import HexLine, in_log, last_offset, parsed, peer_of
from dcmtool.capture.hex_senders import NOWHERE, Senders
from dcmtool.capture.observer import ConnectionObserver
from dcmtool.capture.timeless import without_times
from dcmtool.errors import InputFileError

Observe = Callable[[Endpoint, Endpoint, int, bool], ConnectionObserver]

ENOUGH = 3  # lines one after the other that make a text a dump
_LEAST = 4  # bytes of a line that may be the only one
_REPEATED = "*"
_MOST_REPEATED = 1 << 28  # bytes in all that are not in the dump: a line of it may stand for any number
_MOST_OF_FRAME = 1 << 18  # bytes of a packet that is put together to be looked into
_RAW = re.compile(r"={4,} (DEBUG - |END )ENCODED PDU =+")
_NODE = re.compile(r"Node ([01]): (\S{1,64}):(\d{1,5})\s*$")
INDENTED = "indented by {}"
NOT_INDENTED = INDENTED.format(0)


def is_dump(line: str) -> bool:
    """Return whether a line is one of a dump, as far as one line can tell."""
    found = parsed(line[:4096])
    return found is not None and len(found.data) >= _LEAST


def read(
    lines: Iterable[str], path: str, observe: Observe, warn: Callable[[str], None]
) -> Iterator[ObservedConnection]:
    """Yield the connections that are dumped, one after the other.

    Raises:
        InputFileError: there is no dump in it.
    """
    dump = _Dump(observe, warn)
    for line in lines:
        yield from map(without_times, dump.take(line))
    yield from map(without_times, dump.finish())
    if not dump.has_any:
        raise InputFileError(path, "holds no bytes in hexadecimal")


class _Dump:
    """A dump as it comes: records, which begin where offsets do again, and whose they are."""

    def __init__(self, observe: Observe, warn: Callable[[str], None]) -> None:
        self._senders, self._warn = Senders(observe), warn
        self._whose = ""
        self._nodes = NOWHERE  # as Wireshark calls them: what they send is not indented, and is
        self._frame = bytearray()  # the beginning of a record, until it is known what it is
        self._is_frame: bool | None = None
        self._last: HexLine | None = None
        self._is_repeated = self._is_raw = self._has_warned = False
        self._repeated = 0
        self.has_any = False

    def take(self, line: str) -> Iterator[ObservedConnection]:
        if found := _RAW.search(line[:512]):
            yield from self._record("", is_raw=found[1] != "END ")
        elif self._is_raw:
            yield from self._add(in_log(line))
        elif (node := _NODE.match(line[:512])) is not None:
            self._name_node(int(node[1]), Endpoint(node[2], int(node[3])))
        elif (peer := peer_of(line[:512])) is not None:
            yield from self._record(peer)
        elif line.strip() == _REPEATED:
            self._is_repeated = True
        elif (parts := parsed(line)) is not None:
            yield from self._take_line(parts)
        elif self._is_repeated and (offset := last_offset(line)) is not None:
            yield from self._repeat(offset)
        elif not line.strip() and self._is_frame:
            yield from self._record(self._whose)

    def _name_node(self, number: int, end: Endpoint) -> None:
        self._nodes = (end, self._nodes[1]) if number == 0 else (self._nodes[0], end)

    def finish(self) -> Iterator[ObservedConnection]:
        yield from self._record("")
        yield from self._senders.finish()

    def _take_line(self, line: HexLine) -> Iterator[ObservedConnection]:
        indent = (line.indent or "").expandtabs()
        whose = self._whose if line.indent is None else INDENTED.format(len(indent))
        if line.offset is not None:
            if int(line.offset, 16) == 0 or (whose != self._whose and not self._is_frame):
                yield from self._record(whose)
            elif self._is_repeated:
                yield from self._repeat(line.offset)
        elif whose != self._whose:
            yield from self._record(whose)
        self._last = line
        yield from self._add(line.data)

    def _repeat(self, offset: str) -> Iterator[ObservedConnection]:
        """Add the lines like the last one that the dump leaves out."""
        self._is_repeated = False
        last = self._last
        if last is None or last.offset is None or not last.data:
            return
        base = 16 if len(last.offset) != 7 else 8  # od without a radix has 7 octal digits
        try:
            count = int(offset, base) - int(last.offset, base) - len(last.data)
        except ValueError:  # no octal number
            return
        if count < 0 or self._repeated + count > _MOST_REPEATED:
            self._warn_once()
            return
        self._repeated += count
        block = last.data * (4096 // len(last.data) + 1)
        while count > 0:
            yield from self._add(block[: min(count, len(block))])
            count -= len(block)

    def _warn_once(self) -> None:
        if not self._has_warned:
            self._has_warned = True
            self._warn("the dump leaves out more bytes than can be taken as read: those were passed over")

    def _record(self, whose: str, *, is_raw: bool = False) -> Iterator[ObservedConnection]:
        """End a record, and begin another of whose bytes."""
        yield from self._end_frame()
        self._whose, self._is_raw, self._is_frame, self._last = whose, is_raw, None, None
        self._senders.begin_record(whose, self._nodes if whose == NOT_INDENTED else self._nodes[::-1])

    def _add(self, data: bytes) -> Iterator[ObservedConnection]:
        self.has_any |= bool(data)
        if self._is_frame is False:
            yield from self._senders.add(data)
            return
        self._frame += data
        if self._is_frame is None and len(self._frame) >= hex_frames.ENOUGH:
            self._is_frame = hex_frames.is_frame(self._frame)
        if self._is_frame is False or len(self._frame) > _MOST_OF_FRAME:
            yield from self._flush()

    def _flush(self) -> Iterator[ObservedConnection]:
        data, self._frame = bytes(self._frame), bytearray()
        yield from self._senders.add(data)

    def _end_frame(self) -> Iterator[ObservedConnection]:
        """Take a record that is a packet for what it carries."""
        carried = hex_frames.carried_by(bytes(self._frame)) if self._is_frame else None
        if carried is not None:
            self._frame.clear()
            self._senders.begin_record(str(carried.sender), (carried.sender, carried.receiver))
            yield from self._senders.add(carried.data)
        elif self._frame:
            yield from self._flush()

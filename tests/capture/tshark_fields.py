"""What Wireshark's tshark says of the connections in a capture, to be compared."""

import re
import subprocess
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from tests.peers.programs import require

TSHARK = "/usr/bin/tshark"
_FIELDS = (
    *("frame.time_epoch", "tcp.stream", "tcp.srcport", "tcp.dstport", "ip.dst", "dicom.pdu.type"),
    *("dicom.assoc.ae.calling", "dicom.assoc.ae.called", "dicom.pctx.id", "dicom.pctx.result"),
    *("dicom.assoc.reject.result", "dicom.assoc.reject.source", "dicom.assoc.reject.reason"),
    *("dicom.assoc.abort.source", "dicom.assoc.abort.reason", "_ws.col.Info"),
)


class Frame(NamedTuple):
    """A packet: when (ns since 1970), of which connection, who sent it, and its fields by their names."""

    at: int
    stream: int
    source: int
    fields: dict[str, str]

    def values(self, field: str) -> list[str]:
        """Return the values of a field, which may be there several times."""
        return [each.strip() for each in self.fields[field].split(",") if each]

    def numbers(self, field: str) -> list[int]:
        """Return the values of a field of numbers."""
        return [int(each, 0) for each in self.values(field)]


class Shown:
    """A connection as tshark shows it."""

    def __init__(self, frames: list[Frame]) -> None:
        self.frames = frames
        self.stream, self.began = frames[0].stream, frames[0].at
        self.caller, self.port = frames[0].source, int(frames[0].fields["tcp.dstport"])

    def values(self, field: str) -> list[str]:
        """Return the values of a field in all packets, each as often as it is there."""
        return [value for frame in self.frames for value in frame.values(field)]

    def numbers(self, field: str) -> list[int]:
        """Return the values of a field of numbers."""
        return [int(value, 0) for value in self.values(field)]

    def pdus(self, *, of_caller: bool) -> Counter[int]:
        """Return how many PDUs of each type one side sent."""
        frames = (frame for frame in self.frames if (frame.source == self.caller) == of_caller)
        return Counter(number for frame in frames for number in frame.numbers("dicom.pdu.type"))

    def time_of(self, kind: int) -> int:
        """Return when the first PDU of a type was whole."""
        return next(frame.at for frame in self.frames if kind in frame.numbers("dicom.pdu.type"))

    def commands(self, word: str) -> int:
        """Return how often a command is told of, such as C-STORE-RQ."""
        pattern = re.compile(rf"{word}(?!-DATA)")
        return sum(len(pattern.findall(frame.fields["_ws.col.Info"])) for frame in self.frames)


def shown(capture: Path, ports: Iterable[int]) -> list[Shown]:
    """Return the connections of a capture, in which DICOM is at these ports."""
    command = [require(TSHARK), "-r", str(capture), "-Y", "tcp", "-T", "fields", "-E", "separator=/t"]
    command += [word for field in _FIELDS for word in ("-e", field)]
    command += [word for port in ports for word in ("-d", f"tcp.port=={port},dicom")]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    frames = sorted(_frames(run.stdout), key=lambda frame: frame.stream)
    return [Shown([*group]) for _, group in groupby(frames, lambda frame: frame.stream)]


def _frames(text: str) -> Iterator[Frame]:
    for line in text.splitlines():
        fields = dict(zip(_FIELDS, line.split("\t"), strict=True))
        seconds, _, rest = fields["frame.time_epoch"].partition(".")
        at = int(seconds) * 1_000_000_000 + int(rest.ljust(9, "0")[:9])
        yield Frame(at, int(fields["tcp.stream"]), int(fields["tcp.srcport"]), fields)

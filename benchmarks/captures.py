"""Captures of C-STOREs, written as a capturing program would: one association, objects of 512 KiB."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from struct import Struct
from tempfile import TemporaryDirectory
from typing import NamedTuple

from benchmarks.comparison import Row, compare
from dcmtool.dimse import command_set as cs
from dcmtool.upper_layer.pdus import (
    AssociateAc,
    AssociateRq,
    ContextResult,
    PDataTf,
    Pdv,
    ProposedContext,
    ReleaseRp,
    ReleaseRq,
)
from dcmtool.upper_layer.user_information import MaximumLength

CT, IMPLICIT = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.1.2"
TSHARK = "/usr/bin/tshark"
ON_A_NETWORK, ON_LOOPBACK = 1448, 65160  # bytes of data in the longest segment
OBJECT, LONGEST_PDU = 512 << 10, 16384  # DCMTK's
_SYN, _ACK, _FIN, _PUSH = 2, 16, 1, 8
_RECORD = Struct("<IIII")
_HEADERS = Struct(">12xHBBHHHBBH8sHHIIBBHHH")  # Ethernet, IPv4, TCP


class Writer:
    """Writes the packets of one TCP connection to a capture; each is 10 µs after the one before."""

    def __init__(self, path: Path, segment: int) -> None:
        self._file = path.open("wb", buffering=1 << 20)
        self._file.write(Struct("<IHHiIII").pack(0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))
        self._segment, self._at = segment, 1_700_000_000_000_000
        self._next = [0xFFFFFF00, 77]  # sequence numbers of the requestor and the acceptor
        self._begin()

    def send(self, side: int, data: bytes) -> None:
        """Write what a side (0: the requestor) sends, and its acknowledgments: one of two segments."""
        for number, start in enumerate(range(0, len(data), self._segment)):
            piece = data[start : start + self._segment]
            self._packet(side, _ACK | (_PUSH if start + len(piece) == len(data) else 0), piece)
            if number % 2:
                self._packet(1 - side, _ACK)

    def close(self) -> None:
        """Write how both sides close."""
        for side in (0, 1):
            self._packet(side, _ACK | _FIN)
        self._packet(0, _ACK)
        self._file.close()

    def _begin(self) -> None:
        self._packet(0, _SYN)
        self._packet(1, _SYN | _ACK)
        self._packet(0, _ACK)

    def _packet(self, side: int, flags: int, data: bytes = b"") -> None:
        self._at += 10
        ports, hosts = [50000, 104], [b"\n\0\0\5", b"\n\0\0\6"]
        total = 40 + len(data)
        headers = _HEADERS.pack(
            *(0x0800, 0x45, 0, total if total < 65536 else 0, 0, 0x4000, 64, 6, 0),
            *(hosts[side] + hosts[1 - side], ports[side], ports[1 - side]),
            *(self._next[side], self._next[1 - side] if flags & _ACK else 0, 0x50, flags, 65535, 0, 0),
        )
        size = len(headers) + len(data)
        self._file.write(_RECORD.pack(*divmod(self._at, 1_000_000), size, size) + headers + data)
        count = len(data) + (flags & (_SYN | _FIN) != 0)
        self._next[side] = (self._next[side] + count) & 0xFFFFFFFF


def store_capture(path: Path, size: int, segment: int) -> None:
    """Write a capture of C-STOREs, of about so many bytes of data sets, in segments of at most so many."""
    writer = Writer(path, segment)
    context = ProposedContext(1, CT, (IMPLICIT,))
    maximum = (MaximumLength(LONGEST_PDU),)
    writer.send(0, AssociateRq("ARCHIVE", "MODALITY", (context,), maximum).encode())
    writer.send(1, AssociateAc("ARCHIVE", "MODALITY", (ContextResult(1, 0, IMPLICIT),), maximum).encode())
    data_set = b"".join(_data_set())
    for number in range(max(1, size // OBJECT)):
        for side, message in (
            (0, _command(number, 1, True) + data_set),
            (1, _command(number, 0x8001, False)),
        ):
            writer.send(side, message)
    writer.send(0, ReleaseRq().encode())
    writer.send(1, ReleaseRp().encode())
    writer.close()


def _command(number: int, field: int, has_data_set: bool) -> bytes:
    elements = [
        (cs.AFFECTED_SOP_CLASS_UID, CT.encode() + b"\0" * (len(CT) % 2)),
        (cs.COMMAND_FIELD, cs.us(field)),
        (cs.MESSAGE_ID if has_data_set else cs.MESSAGE_ID_BEING_RESPONDED_TO, cs.us(number & 0xFFFF)),
        (cs.COMMAND_DATA_SET_TYPE, cs.us(0 if has_data_set else 0x101)),
    ]
    if not has_data_set:
        elements.append((cs.STATUS, cs.us(0)))
    return PDataTf((Pdv(1, True, True, cs.encode(elements)),)).encode()


def _data_set() -> Iterator[bytes]:
    fragment = LONGEST_PDU - 6
    for start in range(0, OBJECT, fragment):
        is_last = start + fragment >= OBJECT
        yield PDataTf((Pdv(1, False, is_last, bytes(min(fragment, OBJECT - start))),)).encode()


def rows() -> list[Row]:
    """A capture beside tshark's reading of it; ten times of it, and the memory that this takes."""
    with TemporaryDirectory() as folder:
        small, medium, large = (Path(folder, name) for name in ("small", "medium", "large"))
        for path, size in ((small, 32), (medium, 100), (large, 1000)):
            store_capture(path, size * 1_000_000, ON_A_NETWORK)
        few, many = _read(medium), _read(large)
        times = f"{many.seconds:.2f} s", f"10 x {few.seconds:.2f} s"
        memory = f"{many.peak / 1024:.1f} MiB", "100 MiB"
        return [
            *_beside_tshark(small),
            Row(
                "`dcmtool explain` of a capture of 1 GB / ten times one of 100 MB",
                1.3,
                many.seconds / few.seconds / 10,
                *times,
            ),
            Row(
                "peak memory of `dcmtool explain` with a capture of 1 GB",
                1.0,
                many.peak / 1024 / 100,
                *memory,
            ),
        ]


def _beside_tshark(path: Path) -> Iterator[Row]:
    name = "`dcmtool explain` of a capture of 32 MB of C-STOREs / `tshark -Y dicom`"
    if not os.access(TSHARK, os.X_OK):
        yield Row(name, 0.2, None, note="needs tshark")
        return

    def by_tshark() -> float:
        begun = time.perf_counter()
        command = [TSHARK, "-r", str(path), "-Y", "dicom"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return time.perf_counter() - begun

    yield compare(name, 0.2, lambda: _read(path).seconds, by_tshark, 3, "both as processes")


class _Reading(NamedTuple):
    seconds: float
    peak: int  # KiB


# Explains a capture, and tells how much memory that took: ru_maxrss would have what its parent took, too.
_READER = """
import re, sys
from dcmtool.cli.main import main
main(["explain", "-q", sys.argv[1]])
print(re.search(r"VmHWM:\\s+(\\d+) kB", open("/proc/self/status").read())[1], file=sys.stderr)
"""


def _read(path: Path) -> _Reading:
    begun = time.perf_counter()
    command = [sys.executable, "-c", _READER, str(path)]
    run = subprocess.run(command, check=True, capture_output=True)
    return _Reading(time.perf_counter() - begun, int(run.stderr.splitlines()[-1]))

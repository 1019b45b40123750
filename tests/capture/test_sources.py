"""What a file is, by how it begins or as told; text of any encoding; pipes; and what cannot be read."""

import gzip
import io
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import pytest

from dcmtool.capture import sources
from dcmtool.capture.sources import FORMATS, Observe, Observed, Warn
from dcmtool.capture.text_lines import MAX_LINE, lines
from dcmtool.errors import InputFileError
from tests.capture import told

CLIENTS = (told.SAMPLES / "dcmtk-clients.log").read_bytes()


def read(file: BinaryIO, form: str | None = None) -> tuple[list[list[str]], list[str]]:
    notes, warnings = told.Notes(), list[str]()
    list(sources.read(file, "file", form, notes.observe, warnings.append))
    return notes.stories, warnings


NOISE = random.Random(17).randbytes(100_000)
STORIES, _ = read(io.BytesIO(CLIENTS))


@pytest.mark.parametrize("path", sorted(told.SAMPLES.iterdir()), ids=lambda path: path.name)
def test_every_sample_is_recognised(path: Path) -> None:
    """It is read as what it is told to be, and in no other way."""
    begun: list[str] = []
    found = sources._recognised(lines(b"", io.BytesIO(path.read_bytes())), begun)
    program = path.name.split("-")[0]
    by_name = {"orthanc": "orthanc-log", "dcmtk": "dcmtk-log", "echo": "trace", "refused": "trace"}
    is_log = path.name.endswith(".log") and "raw" not in path.name
    expected = by_name.get(program, "pynetdicom-log" if is_log else "hex")
    assert found == expected
    assert told.read(path)[0].stories == told.read(path, expected)[0].stories


@pytest.mark.parametrize(
    "data",
    [
        CLIENTS.replace(b"\n", b"\r\n"),
        CLIENTS.decode().encode("utf-16"),
        b"\xfe\xff" + CLIENTS.decode().encode("utf-16-be"),
        CLIENTS.decode().replace("\n", "\r\n").encode("utf-16-le"),
        CLIENTS.decode().encode("utf-16-be"),
        b"\xef\xbb\xbf" + CLIENTS,
        gzip.compress(CLIENTS),
        b"text first\n" * 100 + CLIENTS,
        b"x" * (3 * MAX_LINE // 2) + b"\n" + CLIENTS,
        CLIENTS.rstrip(b"\n"),
        CLIENTS.replace(b"I: Requesting", b"\xff\xfe\xe4I: Requesting"),
    ],
    ids=range(11),
)
def test_texts(data: bytes) -> None:
    assert read(io.BytesIO(data)) == (STORIES, [])


def test_lines_have_a_bound() -> None:
    data = b"a" * MAX_LINE + b"b" * MAX_LINE + b"\nnext\n" + b"c" * (MAX_LINE + 1)
    found = list(lines(b"", io.BytesIO(data)))
    assert [(each[0], len(each)) for each in found] == [("a", MAX_LINE), ("n", 4), ("c", MAX_LINE)]
    assert list(lines(b"one\ntw", io.BytesIO(b"o"))) == ["one", "two"]
    assert len(next(lines(b"", io.BytesIO(data), 2 * MAX_LINE + 9))) == 2 * MAX_LINE


def test_a_packed_file_that_was_cut() -> None:
    packed = gzip.compress(CLIENTS * 3)
    stories, warnings = read(io.BytesIO(packed[:-12]))
    assert stories[:4] == STORIES[:4]
    assert warnings == ["the file was cut, or is damaged: what comes before that place counts"]


def test_a_packed_file_that_is_damaged() -> None:
    packed = gzip.compress(CLIENTS)
    with pytest.raises(InputFileError, match="file: is damaged: it does not unpack as gzip does"):
        read(io.BytesIO(packed[:-8] + bytes(8)))
    with pytest.raises(InputFileError, match="is damaged"):
        read(io.BytesIO(b"\x1f\x8b" + bytes(40)))


def test_an_empty_file() -> None:
    with pytest.raises(InputFileError, match="file: is empty"):
        read(io.BytesIO())


@pytest.mark.parametrize(
    "data",
    [
        *(b"x", b"text\n" * 100_000, NOISE.replace(b"\x1f", b""), b"{}", b"\0" * 100_000),
        *(b"x" * 3_000_000, b"\0\0", b"\r\n"),
    ],
    ids=range(8),
)
def test_what_is_nothing_known(data: bytes) -> None:
    with pytest.raises(InputFileError, match="tells of no association that can be read here; what can is"):
        read(io.BytesIO(data))


class BrokenFile(io.BytesIO):
    """A file that cannot be read."""

    def read(self, size: int | None = -1) -> bytes:
        raise IsADirectoryError(21, "Is a directory")


def test_a_file_that_cannot_be_read() -> None:
    with pytest.raises(InputFileError, match="file: cannot be read: Is a directory"):
        read(BrokenFile())


CAPTURED = (
    *(
        b"\xa1\xb2\xc3\xd4",
        b"\xd4\xc3\xb2\xa1",
        b"\xa1\xb2\x3c\x4d",
        b"\x4d\x3c\xb2\xa1",
        b"\x0a\x0d\x0d\x0a",
    ),
)


@pytest.mark.parametrize("magic", CAPTURED, ids=bytes.hex)
@pytest.mark.parametrize("is_packed", [False, True])
def test_captures(monkeypatch: pytest.MonkeyPatch, magic: bytes, is_packed: bool) -> None:
    """Whoever reads them has the file from its beginning, and unpacks it."""
    data = magic + NOISE
    data = gzip.compress(data) if is_packed else data
    seen: list[bytes] = []

    def captured(file: BinaryIO, _path: str, _observe: Observe, _warn: Warn) -> Iterator[Observed]:
        seen.append(file.read())
        yield from ()

    monkeypatch.setattr(sources, "captured", captured)
    assert read(io.BytesIO(data)) == ([], [])
    assert seen == [data]


def test_a_capture_as_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "captured", lambda *_: iter(()))
    for form in sources.CAPTURES:
        assert read(io.BytesIO(b"anything"), form) == ([], [])
        assert read(io.BytesIO(gzip.compress(b"anything")), form) == ([], [])


def test_every_format_can_be_told() -> None:
    assert {"pcap", "pcapng", "trace", "hex", "dcmtk-log", "pynetdicom-log", "orthanc-log"} == set(FORMATS)
    assert read(io.BytesIO(b"nothing of it"), "dcmtk-log") == ([], [])


def test_a_pipe_is_read_as_it_comes() -> None:
    """An association is told once it is over, though the pipe goes on."""
    script = (
        "import sys; from dcmtool.capture import sources; from tests.capture.told import Notes\n"
        "for _ in sources.read(sys.stdin.buffer, '-', None, Notes().observe, print):\n"
        "    print('one', flush=True)\n"
    )
    first = CLIENTS[: CLIENTS.index(b"I: Releasing Association") + 25]
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(first)
        process.stdin.flush()
        assert process.stdout.readline() == b"one\n"
        process.stdin.write(CLIENTS[len(first) :])
        process.stdin.close()
        assert process.stdout.read() == b"one\n" * 4


def test_no_value_of_a_data_set_is_kept() -> None:
    """Logs and dumps hold identifiers; whatever is made of them does not."""
    for path in told.SAMPLES.iterdir():
        notes, found = told.read(path)
        shown = repr(found) + "".join(repr(each.events) + repr(each.lines) for each in notes.observers)
        assert "1.2.826.0.1.3680043.9.9999" not in shown, path.name
        assert "ZZTOP" not in shown, path.name

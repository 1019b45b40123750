"""Files that are explained: to their end, until told to stop, and those that cannot be read."""

import os
from pathlib import Path

import pytest

from dcmtool.capture.input_file import STDIN, buffered, opened
from dcmtool.errors import InputFileError


def test_a_file_is_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"abc" * 1_000_000)
    told: list[tuple[str, int, int | None]] = []
    with opened(str(path), progress=lambda *how: told.append(how)) as file, buffered(file) as whole:
        assert whole.read() == b"abc" * 1_000_000
    assert {(name, size) for name, _, size in told} <= {(str(path), 3_000_000)}


def test_it_is_at_its_end_once_stopped(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"a" * 3_000_000)
    stopped: list[bool] = []
    with opened(str(path), lambda: bool(stopped)) as file, buffered(file) as whole:
        assert len(whole.read(10)) == 10
        stopped.append(True)
        assert len(whole.read(3_000_000)) < 3_000_000
        assert whole.read(1) == b""


def test_a_pipe_on_which_nothing_comes_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    reader, writer = os.pipe()
    looks = iter([False, False, False, True, True, True])
    with open(reader, "rb", buffering=0) as stdin, open(writer, "wb", buffering=0) as source:
        monkeypatch.setattr("sys.stdin", stdin)
        with opened(STDIN, lambda: next(looks)) as file, buffered(file) as whole:
            source.write(b"live")
            assert whole.read(4) == b"live"
            assert whole.read(4) == b""
        assert not stdin.closed


def test_stdin_that_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", None)
    with pytest.raises(InputFileError, match="standard input is closed"):
        opened(STDIN)


@pytest.mark.parametrize(
    ("name", "reason"),
    [("none", "No such file or directory"), (".", "Is a directory"), ("a\0b", "embedded null byte")],
)
def test_what_cannot_be_opened(name: str, reason: str, tmp_path: Path) -> None:
    with pytest.raises(InputFileError, match=reason):
        opened(str(tmp_path / name))


def test_what_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"a")
    with opened(str(path)) as file:
        os.close(file.fileno())
        try:
            with pytest.raises(InputFileError, match="Bad file descriptor"):
                file.readinto(bytearray(1))
        finally:
            os.dup2(os.open(path, os.O_RDONLY), file.fileno())

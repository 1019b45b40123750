"""Short texts from files: whatever a path leads to ends in the text or in one sentence."""

import io
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from dcmtool.config import text_file
from dcmtool.errors import InputFileError
from tests.config.rights import ordinary


def refusal(path: object, most: int = 10) -> str:
    with pytest.raises(InputFileError) as caught:
        text_file.read(str(path), most, "list")
    assert caught.value.path == str(path)
    return caught.value.reason


def test_what_fits_is_read(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"0123456789")
    assert text_file.read(f"{tmp_path}/f", 10, "list") == b"0123456789"


def test_what_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "binary").write_bytes(b"a\0b")
    assert refusal(tmp_path / "none") == "cannot be read: No such file or directory"
    assert refusal(tmp_path) == "cannot be read: Is a directory"
    assert refusal(tmp_path / "loop") == "cannot be read: Too many levels of symbolic links"
    assert refusal(tmp_path / "binary") == "holds a NUL byte, so it is not a text file"
    assert refusal("/dev/zero") == "is larger than 10 bytes, as no list is"


def test_what_nobody_may_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tmp_path.chmod(0o755)
    monkeypatch.chdir(tmp_path)  # the folders above are the user's own
    (tmp_path / "open").touch(mode=0o644)
    (tmp_path / "secret").touch(mode=0o000)
    with ordinary():
        assert text_file.read("open", 10, "list") == b""
        assert refusal("secret") == "cannot be read: Permission denied"


def _optional(path: object) -> bytes | None:
    return text_file.read_if_there(str(path), 10, "list")


def test_a_file_that_need_not_be_there(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"x")
    assert _optional(tmp_path / "f") == b"x"
    assert _optional(tmp_path / "none") is None
    assert _optional(tmp_path / "f" / "below") is None
    assert _optional(tmp_path / ("x" * 300)) is None


def test_one_that_is_there_must_be_readable(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    for path in (tmp_path, tmp_path / "loop", "/dev/zero"):
        with pytest.raises(InputFileError):
            _optional(path)


def test_a_folder_that_may_not_be_searched_holds_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*_args: Any) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("dcmtool.pipes.read", denied)
    monkeypatch.setattr(os, "lstat", denied)
    assert _optional("/root/f") is None
    monkeypatch.undo()
    monkeypatch.setattr("dcmtool.pipes.read", denied)
    with pytest.raises(InputFileError, match="cannot be read: Permission denied"):
        _optional("/")  # this one is there


class _Stdin:
    def __init__(self, buffer: Any) -> None:
        self.buffer = buffer


class _Broken:
    def read(self, _most: int) -> bytes:
        raise OSError(5, "Input/output error")


def test_standard_input(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "stdin", _Stdin(io.BytesIO(b"x")))
    assert text_file.text_or_stdin("-", 10, "list") == ("standard input", "x")
    (tmp_path / "f").write_bytes(b"y")
    assert text_file.text_or_stdin(f"{tmp_path}/f", 10, "list") == (f"{tmp_path}/f", "y")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig", "latin-1"])
def test_what_spreadsheets_write(encoding: str, tmp_path: Path) -> None:
    mark = "\ufeff" if encoding[-3:] in ("-le", "-be") else ""
    (tmp_path / "f").write_bytes(f"{mark}Grö\n".encode(encoding))
    assert text_file.text_or_stdin(f"{tmp_path}/f", 10, "list")[1] == "Grö\n"


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"\xff\xfea\0b", "begins as UTF-16 does, but is not all of it"),
        (b"\xff\xfe\0\0", "holds a NUL byte, so it is not a text file"),
        (b"a\0b\0", "holds a NUL byte, so it is not a text file"),
        (b"\xff\xfe" + b"a\0" * 5, "is larger than 10 bytes, as no list is"),
    ],
)
def test_what_is_no_text_of_a_spreadsheet(raw: bytes, reason: str, tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(raw)
    with pytest.raises(InputFileError) as caught:
        text_file.text_or_stdin(f"{tmp_path}/f", 10, "list")
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    ("stdin", "reason"),
    [
        (None, "cannot be read: it is closed"),
        (_Stdin(_Broken()), "cannot be read: Input/output error"),
        (_Stdin(io.BytesIO(b"\0")), "holds a NUL byte, so it is not a text file"),
        (_Stdin(io.BytesIO(b"x" * 11)), "is larger than 10 bytes, as no list is"),
    ],
)
def test_standard_input_that_cannot_be_used(
    stdin: object, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", stdin)
    with pytest.raises(InputFileError) as caught:
        text_file.text_or_stdin("-", 10, "list")
    assert (caught.value.path, caught.value.reason) == ("standard input", reason)


def test_every_byte_is_text() -> None:
    assert text_file.decoded(b"\xef\xbb\xbfR\xc3\xb6") == "Rö"
    assert text_file.decoded(b"R\xf6") == "Rö"

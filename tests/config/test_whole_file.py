"""Files that are written whole or not at all."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dcmtool.config import whole_file
from dcmtool.errors import OutputFileError
from tests.peers.programs import ROOT


def refusal(path: object, *, replace: bool = True) -> str:
    with pytest.raises(OutputFileError) as caught:
        whole_file.write(str(path), b"new", replace=replace)
    assert caught.value.path == str(path)
    return caught.value.reason


def test_a_new_file_has_the_rights_of_any(tmp_path: Path) -> None:
    (tmp_path / "usual").touch()
    whole_file.write(f"{tmp_path}/f", b"new", replace=False)
    assert (tmp_path / "f").read_bytes() == b"new"
    assert (tmp_path / "f").stat().st_mode == (tmp_path / "usual").stat().st_mode
    assert sorted(each.name for each in tmp_path.iterdir()) == ["f", "usual"]


def test_one_that_is_there_keeps_its_rights_and_its_links(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"old")
    (tmp_path / "f").chmod(0o640)
    (tmp_path / "link").symlink_to("f")
    assert refusal(tmp_path / "link", replace=False) == "it exists, and is not to be replaced"
    assert (tmp_path / "f").read_bytes() == b"old"
    whole_file.write(f"{tmp_path}/link", b"new", replace=True)
    assert (tmp_path / "f").read_bytes() == b"new"
    assert (tmp_path / "f").stat().st_mode & 0o777 == 0o640
    assert (tmp_path / "link").is_symlink()


def test_what_fails_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    (tmp_path / "f").write_bytes(b"old")
    monkeypatch.setattr(os, "fsync", full)
    assert refusal(tmp_path / "f") == "No space left on device"
    assert (tmp_path / "f").read_bytes() == b"old"
    assert [each.name for each in tmp_path.iterdir()] == ["f"]


def test_what_cannot_be_written(tmp_path: Path) -> None:
    assert refusal(tmp_path) == "Is a directory"
    assert refusal(tmp_path / "none" / "f") == "No such file or directory"
    assert "null" in refusal(f"{tmp_path}/a\0b")


def test_a_device_stays_one(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/dev/full")
    assert refusal(tmp_path / "link") == "No space left on device"
    whole_file.write("/dev/null", b"new", replace=False)
    assert Path("/dev/null").is_char_device()


# Written piece by piece ------------------------------------------------------------


def test_it_appears_at_the_end_and_others_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "nodes.prom"
    before = os.umask(0o022)
    try:
        with whole_file.opened(str(path)) as write:
            write(b"one\n")
            assert not path.exists()
            write(b"two\n")
    finally:
        os.umask(before)
    assert path.read_bytes() == b"one\ntwo\n"
    assert path.stat().st_mode & 0o777 == 0o644
    assert os.listdir(tmp_path) == ["nodes.prom"]


def test_the_umask_counts_and_so_does_the_mode_of_what_is_replaced(tmp_path: Path) -> None:
    new, old = tmp_path / "new", tmp_path / "old"
    old.write_text("before")
    old.chmod(0o640)
    before = os.umask(0o077)
    try:
        for path in (new, old):
            with whole_file.opened(str(path)) as write:
                write(b"after")
    finally:
        os.umask(before)
    assert [path.stat().st_mode & 0o777 for path in (new, old)] == [0o600, 0o640]
    assert [path.read_text() for path in (new, old)] == ["after", "after"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_where_it_does_not_come_to_its_end_the_old_one_stays(
    error: type[BaseException], tmp_path: Path
) -> None:
    path = tmp_path / "nodes.csv"
    path.write_text("before")

    def break_off() -> None:
        with whole_file.opened(str(path)) as write:
            write(b"half of")
            raise error

    with pytest.raises(error):
        break_off()
    assert {each.name: each.read_text() for each in tmp_path.iterdir()} == {"nodes.csv": "before"}


@pytest.mark.parametrize("target", ["victim", "nothing"])
def test_a_planted_link_is_replaced_and_not_followed(target: str, tmp_path: Path) -> None:
    (tmp_path / "victim").write_text("mine")
    (tmp_path / "link").symlink_to(tmp_path / target)
    with whole_file.opened(str(tmp_path / "link")) as write:
        write(b"ours")
    assert {each.name: each.read_text() for each in tmp_path.iterdir()} == {"victim": "mine", "link": "ours"}


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("no/such/folder", "No such file or directory"),
        ("", "No such file or directory"),
        (".", "Is a directory"),
        ("a\0b", "embedded null byte"),
    ],
)
def test_what_cannot_be_written_is_named_before_anything_is_done(
    path: str, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(OutputFileError, match=f"cannot be written: .*{reason}"), whole_file.opened(path):
        pytest.fail("it is open")
    assert os.listdir(tmp_path) == []


def test_a_full_disk_is_named() -> None:
    with pytest.raises(OutputFileError, match="No space left"), whole_file.opened("/dev/full") as write:
        write(b"text")


def test_a_device_and_a_pipe_are_written_as_they_are() -> None:
    program = (
        "from dcmtool.config import whole_file\n"
        "with whole_file.opened('/dev/stdout') as write: write(b'one\\n')\n"
        "whole_file.write('/dev/stdout', b'two\\n', replace=False)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True
    )
    assert done.stdout == "one\ntwo\n"

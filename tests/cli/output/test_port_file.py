"""`--port-file`: how the file comes and goes, and what is planted in its place."""

import os
import threading
from pathlib import Path

import pytest

from dcmtool import pipes
from dcmtool.cli.output.port_file import announced
from dcmtool.errors import OutputFileError


def test_it_is_there_until_the_end(tmp_path: Path) -> None:
    path = tmp_path / "port"
    with announced(str(path), 11112):
        assert path.read_bytes() == b"11112\n"
        assert path.stat().st_mode & 0o777 == 0o644
        assert os.listdir(tmp_path) == ["port"]
    assert os.listdir(tmp_path) == []


def test_a_name_alone_is_one_in_this_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with announced("port", 1):
        assert os.listdir(tmp_path) == ["port"]
    assert os.listdir(tmp_path) == []


def test_an_old_file_is_replaced_and_not_written_to(tmp_path: Path) -> None:
    path, other = tmp_path / "port", tmp_path / "other"
    path.write_text("a longer text")
    os.link(path, other)
    with announced(str(path), 5):
        assert (path.read_text(), other.read_text()) == ("5\n", "a longer text")


@pytest.mark.parametrize("target", ["victim", "nothing", "port"])
def test_a_planted_link_is_not_followed(target: str, tmp_path: Path) -> None:
    (tmp_path / "victim").write_text("mine")
    path = tmp_path / "port"
    path.symlink_to(tmp_path / target)
    with announced(str(path), 5):
        assert path.read_text() == "5\n"
        assert not path.is_symlink()
    assert {each.name: each.read_text() for each in tmp_path.iterdir()} == {"victim": "mine"}


def test_a_planted_link_to_a_pipe_is_not_followed(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    path = tmp_path / "port"
    path.symlink_to(tmp_path / "pipe")
    with announced(str(path), 5):
        assert path.read_text() == "5\n"


def test_the_old_way_of_naming_a_partial_file_can_be_planted_in_vain(tmp_path: Path) -> None:
    path = tmp_path / "port"
    planted = tmp_path / f"port.{os.getpid()}"
    planted.symlink_to(tmp_path / "victim")
    with announced(str(path), 5):
        pass
    assert os.listdir(tmp_path) == [planted.name]


@pytest.mark.parametrize("kind", ["file", "link", "nothing"])
def test_only_our_own_is_removed(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "port"
    with announced(str(path), 5):
        path.unlink()
        if kind == "file":
            path.write_text("another's")
        elif kind == "link":
            path.symlink_to(tmp_path)
    assert os.listdir(tmp_path) == ([] if kind == "nothing" else ["port"])


def test_a_pipe_is_written_to_as_it_is(tmp_path: Path) -> None:
    path, seen = tmp_path / "pipe", []
    os.mkfifo(path)
    reader = threading.Thread(target=lambda: seen.append(path.read_text()))
    reader.start()
    with announced(str(path), 5):
        reader.join()
        assert seen == ["5\n"]
    assert path.is_fifo()


def test_a_pipe_that_nobody_reads(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    with pytest.raises(OutputFileError) as caught, pipes.bounded(0.05), announced(str(path), 5):
        raise AssertionError
    assert str(caught.value) == f"{path} cannot be written: nobody came to read it within 0.05 s"
    assert path.is_fifo()


def test_standard_output_is_written_to_as_it_is(capfd: pytest.CaptureFixture[str]) -> None:
    with announced("/dev/stdout", 5):
        assert capfd.readouterr().out == "5\n"
    assert os.path.islink("/dev/stdout")


def test_a_device_stays() -> None:
    with announced("/dev/null", 5):
        pass
    assert not os.path.isfile("/dev/null")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("folder", "Is a directory"),
        ("nowhere/port", "No such file or directory"),
        ("a\0b", "embedded null byte"),
        ("file/port", "Not a directory"),
    ],
)
def test_it_cannot_be_written(name: str, reason: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    with pytest.raises(OutputFileError) as caught, announced(f"{tmp_path}/{name}", 5):
        raise AssertionError
    assert caught.value.reason == reason
    assert sorted(os.listdir(tmp_path)) == ["file", "folder"]


def test_a_full_disk_leaves_nothing() -> None:
    with pytest.raises(OutputFileError, match="No space left on device"), announced("/dev/full", 5):
        raise AssertionError


def test_what_cannot_be_moved_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_source: str, _target: str) -> None:
        raise PermissionError(1, "no")

    monkeypatch.setattr(os, "replace", refused)
    with pytest.raises(OutputFileError), announced(f"{tmp_path}/port", 5):
        raise AssertionError
    assert os.listdir(tmp_path) == []

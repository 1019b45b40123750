"""Files that may be pipes: who is at the other end may come late or never."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from dcmtool import pipes
from tests.peers.programs import require


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    """A pipe in the file system, with nobody at either end."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    return path


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """A short wait where no deadline is given."""
    monkeypatch.setattr(pipes, "LONGEST_WAIT", 0.05)


@pytest.mark.parametrize(("most", "expected"), [(100, b"text"), (4, b"text"), (2, b"te"), (0, b"")])
def test_a_file(most: int, expected: bytes, tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"text")
    assert pipes.read(f"{tmp_path}/f", most) == expected


def test_a_device_is_read_up_to_the_bound() -> None:
    assert pipes.read("/dev/zero", 200_000) == bytes(200_000)
    assert pipes.read("/dev/null", 10) == b""


@pytest.mark.parametrize(
    ("name", "kind"), [("", IsADirectoryError), ("none", FileNotFoundError), ("a\0b", ValueError)]
)
def test_what_cannot_be_read(name: str, kind: type[Exception], tmp_path: Path) -> None:
    with pytest.raises(kind):
        pipes.read(f"{tmp_path}/{name}", 10)


@pytest.mark.parametrize("length", [0, 5, 300_000])
def test_a_writer_that_comes_late(length: int, pipe: Path) -> None:
    seen: list[bytes] = []
    reader = threading.Thread(target=lambda: seen.append(pipes.read(str(pipe), 1 << 20)))
    reader.start()
    pipe.write_bytes(bytes(length))  # which waits for the reader
    reader.join()
    assert seen == [bytes(length)]


@pytest.mark.usefixtures("short")
def test_a_writer_that_never_comes(pipe: Path) -> None:
    with pytest.raises(TimeoutError, match=r"^nobody wrote it to its end within 0.05 s$"):
        pipes.read(str(pipe), 10)


@pytest.mark.usefixtures("short")
def test_a_writer_that_never_ends(pipe: Path) -> None:
    descriptor = os.open(pipe, os.O_RDWR)
    os.write(descriptor, b"a")
    with pytest.raises(TimeoutError):
        pipes.read(str(pipe), 10)
    os.close(descriptor)


def test_a_deadline_bounds_all_files_together(pipe: Path) -> None:
    with pipes.bounded(0.05):
        for _ in range(2):
            with pytest.raises(TimeoutError, match=r"within 0.05 s$"):
                pipes.read(str(pipe), 10)
    with pipes.bounded(None), pipes.bounded(0.01), pytest.raises(TimeoutError, match=r"within 0.01 s$"):
        pipes.read(str(pipe), 10)


@pytest.mark.parametrize("command", ["echo text", "true", "cat /dev/null; echo text"])
def test_what_a_shell_makes_of_a_command(command: str) -> None:
    program = "import sys; from dcmtool import pipes; print(pipes.read(sys.argv[1], 100))"
    run = [require("/usr/bin/bash"), "-c", f'exec "$0" -c "$1" <({command})', sys.executable, program]
    done = subprocess.run(run, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[1])
    assert done.stdout == ("b''\n" if command == "true" else "b'text\\n'\n")


def test_a_reader_that_comes_late(pipe: Path) -> None:
    def write() -> None:
        descriptor = pipes.open_for_writing(str(pipe), os.O_CREAT, 0o600)
        pipes.write(descriptor, bytes(300_000))
        os.close(descriptor)

    writer = threading.Thread(target=write)
    writer.start()
    assert pipe.read_bytes() == bytes(300_000)  # which waits for the writer
    writer.join()


@pytest.mark.usefixtures("short")
def test_a_reader_that_never_comes(pipe: Path) -> None:
    with pytest.raises(TimeoutError, match=r"^nobody came to read it within 0.05 s$"):
        pipes.open_for_writing(str(pipe), 0, 0o600)


@pytest.mark.usefixtures("short")
def test_a_reader_that_does_not_read_on(pipe: Path) -> None:
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    descriptor = pipes.open_for_writing(str(pipe), 0, 0o600)
    with pytest.raises(TimeoutError, match=r"^nobody read on within 0.05 s$"):
        pipes.write(descriptor, bytes(300_000))
    os.close(reader)
    os.close(descriptor)


def test_a_socket_is_no_pipe(tmp_path: Path) -> None:
    import socket

    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"{tmp_path}/socket")
        with pytest.raises(OSError, match="No such device or address"):
            pipes.open_for_writing(f"{tmp_path}/socket", 0, 0o600)


@pytest.mark.parametrize("seconds", [float("inf"), 1e300, 1e10, float("nan"), -5, 0])
def test_any_number_of_seconds_can_be_waited_for(seconds: float, pipe: Path) -> None:
    writer = threading.Timer(0.02, lambda: pipe.write_bytes(b"x"))
    writer.start()
    with pipes.bounded(seconds):
        assert pipes.read(str(pipe), 10) == b"x"
    writer.join()

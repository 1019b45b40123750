"""`dcmtool tap`: what it says and shows, how it ends, and that nobody who does not read holds up a line."""

import contextlib
import io
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from dcmtool.capture.connection import Endpoint, ObservedConnection
from dcmtool.cli.main import main
from dcmtool.cli.output import tap_run
from dcmtool.tap.calls import TapTotals
from dcmtool.trace.levels import Level
from tests.peers.dcmtool_scp import wait_for
from tests.peers.programs import ROOT, STARTUP, environment, refusing_port
from tests.peers.scu import RELEASE, associate_request
from tests.tap.captured import packets
from tests.tap.ends import HOST, node, read_all

Tap = Callable[..., tuple[int, list[str], str]]


def call(port: int, data: bytes = b"x") -> None:
    """Call an echoing node, and close."""
    with socket.create_connection((HOST, port)) as caller:
        caller.sendall(data)
        caller.shutdown(socket.SHUT_WR)
        assert read_all(caller) == data


@pytest.fixture
def tap(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Tap]:
    """Return a function that runs `dcmtool tap --once`, calls, and returns its code and what it wrote."""
    with node() as to:

        def run(
            *options: str, data: bytes = b"x", to: int = to, listen: str = f"{HOST}:0"
        ) -> tuple[int, list[str], str]:
            port_file = tmp_path / "port"

            def wait_and_call() -> None:
                wait_for(lambda: port_file.exists())
                with contextlib.suppress(OSError):
                    call(int(port_file.read_text()), data)

            caller = threading.Thread(target=wait_and_call)
            caller.start()
            code = main(["tap", *options, "--once", "--port-file", str(port_file), listen, f"{HOST}:{to}"])
            caller.join()
            assert not port_file.exists()
            captured = capsys.readouterr()
            return code, captured.err.splitlines(), captured.out

        yield run


def test_what_is_said(tap: Tap) -> None:
    code, said, shown = tap()
    assert code == 0
    assert said[0].startswith(f"I: listening on {HOST} port ")
    assert ", passing to 127.0.0.1 port " in said[0]
    assert said[1].startswith("I: both sides see the address of the tap now")
    assert said[2].startswith("I: 1 connection, 2 bytes, in ")
    assert len(said) == 3
    assert shown


def test_nothing_is_said(tap: Tap) -> None:
    _, said, shown = tap("-q")
    assert said == []
    assert shown


def test_connections_are_told_as_they_come(tap: Tap) -> None:
    _, said, _ = tap("-v")
    assert any(line.startswith(f"D: [1] connection from {HOST}:") for line in said)


@pytest.mark.parametrize("options", [["-d"], ["-ll", "trace"]])
def test_events_are_shown(tap: Tap, options: list[str]) -> None:
    _, said, _ = tap(*options, data=associate_request() + RELEASE)
    assert "I: [1] Association Received" in said
    assert any("A-ASSOCIATE-RQ" in line for line in said) or options == ["-d"]
    traced = [line for line in said if line.startswith("T: ")]
    assert bool(traced) == (options != ["-d"])


def test_objects_for_programs(tap: Tap) -> None:
    _, _, shown = tap("-o", "ndjson")
    (document,) = map(json.loads, shown.splitlines())
    assert document["number"] == 1


def test_a_line_that_fails_says_so(tap: Tap) -> None:
    _, said, shown = tap("--delay", "0.01", "--cut-after", "1", "--color", "always")
    said = [line.partition(" ")[2] for line in said]  # behind the time of day
    assert "W: everything is passed on 0.01 s late" in said
    assert "W: each connection is cut after 1 bytes" in said
    assert "cut by the tap after 1 bytes" in shown


def test_every_address(tap: Tap) -> None:
    _, said, _ = tap(listen="0")
    guide = (ROOT / "docs" / "guide" / "captures.md").read_text(encoding="utf-8")
    sample = guide[guide.index("$ dcmtool tap 11112 ") :].splitlines()[1:4]
    for shown, line in zip(sample, said, strict=False):
        line = re.sub(r"on 0\.0\.0\.0 port \d+", "on 0.0.0.0 port 11112", line)
        assert re.sub(r"to 127\.0\.0\.1 port \d+", "to archive.example.org port 104", line) == shown


def test_a_node_that_refuses(tap: Tap) -> None:
    with refusing_port() as port:
        code, said, shown = tap(to=port)
    assert code == 0
    assert "the tap could not reach the node" in shown
    assert said[-1].startswith("I: 1 connection, 0 bytes, 1 without a way to the node, in ")


def test_a_capture(tap: Tap, tmp_path: Path) -> None:
    file = tmp_path / "seen.pcapng"
    assert tap("--write", str(file), "--write-data")[0] == 0
    assert b"x" in [each.data for each in packets(file.read_bytes())]


@pytest.mark.parametrize("option", ["--write", "--port-file"])
def test_a_file_that_cannot_be_written(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tap", option, "/nonexistent/file", f"{HOST}:0", "localhost:104"]) == 40
    assert "Error: /nonexistent/file cannot be written" in capsys.readouterr().err


def test_a_capture_that_cannot_be_written_to_its_end(tap: Tap) -> None:
    code, said, _ = tap("--write", "/dev/full")
    assert code == 40
    assert any("the tap goes on without it" in line for line in said)


def test_an_address_that_is_taken(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server((HOST, 0)) as taken:
        assert main(["tap", f"{HOST}:{taken.getsockname()[1]}", "localhost:104"]) == 60
    assert "another program listens there" in capsys.readouterr().err


def test_a_system_with_too_few_descriptors(monkeypatch: pytest.MonkeyPatch, tap: Tap) -> None:
    monkeypatch.setattr(tap_run, "allow_descriptors", lambda _count: 64)
    _, said, _ = tap()
    assert said[0].startswith("W: only 64 files and connections may be open at a time")


@pytest.mark.parametrize(
    ("silent", "turned_away", "said"),
    [(0, 0, "2 connections, 9 bytes, in 1.5 s"), (1, 2, "1 more on which nothing was sent, 2 turned away")],
)
def test_what_it_all_came_to(silent: int, turned_away: int, said: str) -> None:
    totals = TapTotals()
    totals.connections, totals.bytes, totals.silent, totals.turned_away = 2, 9, silent, turned_away
    assert said in tap_run.summary(totals, 1.5)


# As a process ---------------------------------------------------------------------------------------


class Process:
    """A tap as a process, from when it listens."""

    def __init__(self, folder: Path, to: int, *options: str, stdout: int = subprocess.DEVNULL) -> None:
        port_file, self.said = folder / "port", folder / "stderr"
        words: Sequence[str] = [*options, "--port-file", str(port_file), f"{HOST}:0", f"{HOST}:{to}"]
        with self.said.open("wb") as stderr:
            self.process = subprocess.Popen(
                [sys.executable, "-W", "error", "-m", "dcmtool", "tap", *words],
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                cwd=ROOT,
                env=environment(),
            )
        wait_for(lambda: port_file.exists() or self.process.poll() is not None, STARTUP)
        self.port = int(port_file.read_text())


@contextlib.contextmanager
def process(folder: Path, to: int, *options: str, stdout: int = subprocess.DEVNULL) -> Iterator[Process]:
    """Run a tap; it is surely gone at the end."""
    tap = Process(folder, to, *options, stdout=stdout)
    try:
        yield tap
    finally:
        tap.process.kill()
        tap.process.wait()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_end_it_in_order(tmp_path: Path, number: int) -> None:
    with node() as to, process(tmp_path, to, "--write", str(tmp_path / "seen")) as tap:
        with socket.create_connection((HOST, tap.port)) as caller:
            caller.sendall(b"x")
            assert caller.recv(1) == b"x"
            tap.process.send_signal(number)
            with pytest.raises(ConnectionResetError):
                caller.recv(1)
        assert tap.process.wait(STARTUP) == 0
        assert not (tmp_path / "port").exists()
        assert tap.said.read_text().splitlines()[-1].startswith("I: 1 connection, 2 bytes, in ")
    assert len(packets((tmp_path / "seen").read_bytes())) == 3 + 4 + 2


@pytest.mark.parametrize("closed", [False, True])
def test_an_output_that_nobody_reads_stops_nothing(tmp_path: Path, closed: bool) -> None:
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(writer, bytes(4096))
    if closed:
        os.close(reader)
    with node() as to, process(tmp_path, to, stdout=writer) as tap:
        for _ in range(10):
            call(tap.port)
        tap.process.send_signal(signal.SIGTERM)
        code = tap.process.wait(STARTUP)
    os.close(writer)
    if closed:
        assert "the tap goes on" in tap.said.read_text()
        assert code == 40
    else:
        os.close(reader)
        assert code == 0


# The reporter by itself -----------------------------------------------------------------------------


class Broken(io.StringIO):
    """A stream whose reader is gone."""

    def write(self, _text: str) -> int:
        raise BrokenPipeError("gone")


SEEN = ObservedConnection(1, Endpoint(HOST, 1), Endpoint(HOST, 2), 0)


def test_stdout_that_is_gone_is_told_and_raised_at_the_end(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdout", Broken())
    reporter = tap_run.TapReporter(Level.INFO, "text", "never", None)
    reporter.write_connection(SEEN)
    reporter.write_connection(SEEN)
    reporter.close()
    with pytest.raises(BrokenPipeError):
        reporter.raise_failure()
    assert capsys.readouterr().err == "W: stdout cannot be written any more; the tap goes on\n"


def test_what_nobody_reads_in_time_is_counted(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("dcmtool.cli.output.writer.MOST_LINES", 0)
    reporter = tap_run.TapReporter(Level.INFO, "text", "never", None)
    reporter.write_connection(SEEN)
    reporter.complain("something")
    reporter.close()
    assert capsys.readouterr().err.splitlines() == [
        "W: stdout: 1 line was not written, as nobody read",
        "W: 1 line was not written, as nobody read",
    ]

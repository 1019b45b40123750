"""`dcmtool sweep --watch` against nodes that start and stop, and how it ends."""

import contextlib
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dcmtool.cli.main import main
from tests.peers.dcmtool_scp import scp_process, wait_for
from tests.peers.programs import ROOT, environment, refusing_port, require
from tests.peers.scripted import ScriptedPeer, Step
from tests.peers.vocabulary import ExpectPdu, Silence
from tests.peers.wire import ABORT, ASSOCIATE_RQ
from tests.reporting.documents import read

GUIDE = ROOT / "docs" / "guide" / "many-nodes.md"
EVERY = "0.1"
LATE = re.compile(r"W: a round took [\d.]+ s, longer than 0\.1 s: the next one follows at once\n")


class Watched:
    """A watch as a process, whose words go to files."""

    def __init__(self, folder: Path, *args: str) -> None:
        self._out, self._err = folder / "watch.out", folder / "watch.err"
        command = [sys.executable, "-W", "error", "-m", "dcmtool", "sweep", "--watch", EVERY, *args]
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self.process = subprocess.Popen(command, stdout=out, stderr=err, cwd=ROOT, env=environment())

    @property
    def lines(self) -> list[str]:
        """The whole lines that it has written to stdout."""
        return self._out.read_text().split("\n")[:-1]

    def wait_for(self, count: int) -> list[str]:
        """Return the lines once there are so many."""
        wait_for(lambda: len(self.lines) >= count or self.process.poll() is not None)
        assert self.process.poll() is None, self.said
        return self.lines

    def wait_until(self, shown: Callable[[list[str]], bool]) -> None:
        """Wait until the lines show something."""
        wait_for(lambda: shown(self.lines) or self.process.poll() is not None)
        assert self.process.poll() is None, self.said

    @property
    def said(self) -> str:
        """What it has written to stderr."""
        return self._err.read_text()

    def end(self, number: int = signal.SIGINT) -> tuple[int, str]:
        """Send a signal, and return the exit code and what it has said but that a busy machine is late."""
        self.process.send_signal(number)
        return self.process.wait(30), LATE.sub("", self.said)


@contextlib.contextmanager
def watched(folder: Path, *args: str) -> Iterator[Watched]:
    """Run a watch that is surely gone at the end."""
    running = Watched(folder, *args)
    try:
        yield running
    finally:
        if running.process.poll() is None:
            running.process.kill()
        running.process.wait()


@pytest.fixture
def history(tmp_path: Path) -> list[dict[str, Any]]:
    """What a watch writes of a node that stops and starts, one that stays, and one that never was there."""
    node_file = tmp_path / "nodes.toml"
    with (
        scp_process(tmp_path, "-q") as stays,
        refusing_port() as away,
        contextlib.ExitStack() as first,
    ):
        (tmp_path / "moving").mkdir()
        moving = first.enter_context(scp_process(tmp_path / "moving", "-q"))
        ports = {"stays": stays.port, "moves": moving.port, "away": away}
        tables = [f'[nodes.{name}]\nhost = "127.0.0.1"\nport = {port}\n' for name, port in ports.items()]
        node_file.write_text(
            "\n".join([*tables, '[nodes.left]\nhost = "h"\nport = 1\ndo-not-probe = "it hangs"'])
        )
        with watched(tmp_path, "--nodes", str(node_file), "--all", "--output", "ndjson") as watch:
            watch.wait_for(4)
            assert moving.end() == 0
            watch.wait_until(lambda lines: '"refused"' in lines[-1] and len(lines) > 4)
            command = [sys.executable, "-m", "dcmtool", "scp", "-q", "--bind", "127.0.0.1", str(moving.port)]
            again = first.enter_context(subprocess.Popen(command, cwd=ROOT, env=environment()))
            first.callback(again.kill)
            watch.wait_until(lambda lines: '"to": "answered"' in lines[-1])
            assert watch.end() == (0, "")
    (tmp_path / "history.ndjson").write_text("".join(f"{line}\n" for line in watch.lines))
    return [read(line, "sweep-change") for line in watch.lines]


def test_ndjson_gives_changes_alone_and_jq_the_availability(
    history: list[dict[str, Any]], tmp_path: Path
) -> None:
    seen = [(each["name"], each["from"], each["to"], each["finding"]) for each in history]
    assert sorted(seen[:4]) == [
        ("away", None, "failed", "refused"),
        ("left", None, "skipped", None),
        ("moves", None, "answered", None),
        ("stays", None, "answered", None),
    ]
    moved, ends = seen[4:-4], seen[-4:]  # what ends may be seen ending, before nothing listens
    assert moved[0][:3] == ("moves", "answered", "failed")
    assert moved[-2:] == [(*moved[-2][:2], "failed", "refused"), ("moves", "failed", "answered", None)]
    assert {each[:1] + each[2:3] for each in moved[:-1]} == {("moves", "failed")}
    assert {(name, to) for name, _, to, _ in ends} == {
        (name, None) for name in ("away", "left", "moves", "stays")
    }
    down, last, up = history[4], history[-6], history[-5]
    assert last["report"]["outcome"] == "no-connection"
    assert (up["report"]["outcome"], history[-1]["report"]) == ("success", None)
    availability, outages = re.findall(r"^```sh\n(jq .*?)^```", GUIDE.read_text(), re.MULTILINE | re.DOTALL)
    of_nodes = _jq(availability, tmp_path)
    assert {name: share for name, share in of_nodes if name != "moves"} == {"away": "0", "stays": "100"}
    assert 0 < float(dict(of_nodes)["moves"]) < 100
    ended = [row[1] for row in _jq(outages, tmp_path) if row[0] == "moves" and row[2] == up["at"]]
    assert ended == [up["since"]]
    assert up["since"] in (down["at"], last["at"])


def _jq(command: str, folder: Path) -> list[list[str]]:
    """Return the cells of what a command line of the guide shows of the history."""
    require("/usr/bin/jq")
    shown = subprocess.run(
        ["/bin/sh", "-c", command], cwd=folder, check=True, capture_output=True, text=True, timeout=30
    )
    return [line.split("\t") for line in shown.stdout.splitlines()]


def test_in_a_pipe_a_change_is_a_line_and_the_end_a_summary(tmp_path: Path) -> None:
    with scp_process(tmp_path, "-q") as scp, watched(tmp_path, f"127.0.0.1:{scp.port}") as watch:
        watch.wait_for(2)
        assert scp.end() == 0
        watch.wait_until(lambda lines: "nothing listens" in lines[-1])
        assert watch.end() == (0, "")
    heading, first, *between, lost, last = watch.lines  # what ends may be seen ending
    assert heading.split() == ["TIME", "NAME", "FROM", "TO", "FINDING"]
    assert first.split()[2:] == [f"127.0.0.1:{scp.port}", "-", "answered"]
    assert lost.split()[4:9] == ["failed", "nothing", "listens", "on", "port"]
    changes = "1 change" if not between else f"{len(between) + 1} changes"
    assert re.fullmatch(rf"1 node, \d+ rounds in [\d.]+ s.*: 0 answered, 1 failed; {changes}", last)


def test_a_file_is_renewed_whole_each_round(tmp_path: Path) -> None:
    file, page = tmp_path / "sweep.json", tmp_path / "sweep.html"
    files = ("--output", "json", "--output-file", str(file), "--html", str(page))

    def outcome() -> str:
        return str(read(file.read_text(), "sweep")["nodes"][0]["outcome"]) if file.exists() else ""

    with scp_process(tmp_path, "-q") as scp, watched(tmp_path, *files, f"127.0.0.1:{scp.port}") as watch:
        wait_for(lambda: outcome() == "success")
        assert scp.end() == 0
        wait_for(lambda: outcome() == "no-connection")
        assert watch.end() == (0, "")
        assert page.read_text().endswith("</html>\n")
    assert watch.lines == []
    assert not [each for each in tmp_path.iterdir() if each.name.startswith(".")]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_what_is_open_is_ended_in_order(number: int, tmp_path: Path) -> None:
    with (
        ScriptedPeer(ExpectPdu(ASSOCIATE_RQ), Silence()) as peer,
        watched(tmp_path, "--output", "ndjson", f"127.0.0.1:{peer.port}") as watch,
    ):
        wait_for(lambda: len(peer.pdus) >= 1)
        code, said = watch.end(number)
    assert (code, said) == (0 if number == signal.SIGINT else -number, "")
    assert watch.lines == []
    assert peer.types[-1] == ABORT


def test_a_round_that_takes_too_long_is_told_once(tmp_path: Path) -> None:
    silent: list[Step] = [ExpectPdu(ASSOCIATE_RQ), Silence()]
    with (
        ScriptedPeer(*silent, then=[silent] * 99) as peer,
        watched(tmp_path, "--deadline", "0.3", f"127.0.0.1:{peer.port}") as watch,
    ):
        wait_for(lambda: bool(watch.said))
        said = watch.said
        assert watch.end() == (0, "")
    assert LATE.fullmatch(said)
    assert " of them too long: 0 answered, 1 failed" in watch.lines[-1]


def test_nobody_reads_the_changes_any_more(tmp_path: Path) -> None:
    with scp_process(tmp_path, "-q") as scp:
        command = [sys.executable, "-m", "dcmtool", "sweep", "--watch", EVERY, f"127.0.0.1:{scp.port}"]
        done = subprocess.run(
            ["/bin/sh", "-c", f"{' '.join(command)} | head -1; exec >&-; sleep 0"],
            cwd=ROOT,
            env=environment(),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert (done.stdout.split()[0], done.stderr) == ("TIME", "")


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (("-o", "json"), "json is of a whole sweep: name a file"),
        (("-o", "checkmk"), "take the changes with --output ndjson"),
        (("-o", "ndjson", "--output-file", "f"), "by >> FILE in place of --output-file FILE"),
        (("--output-file", "/nowhere/f"), "/nowhere/f cannot be written"),
    ],
)
def test_what_cannot_be_watched(
    args: tuple[str, ...], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with ScriptedPeer() as peer:
        code = main(["sweep", "--watch", "60", *args, f"127.0.0.1:{peer.port}"])
    captured = capsys.readouterr()
    assert (code, captured.out) == (40 if "/nowhere/f" in args else 1, "")
    assert sentence in captured.err
    assert peer.pdus == []

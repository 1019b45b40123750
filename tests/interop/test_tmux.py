"""What a person sees in a terminal, by tmux: the demo, from its first line to its last."""

import re
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cli.commands.test_selftest import TABLE
from tests.peers.dcmtool_scp import scp_process
from tests.peers.programs import ROOT, environment, refusing_port, require
from tests.peers.scripted import ScriptedPeer
from tests.peers.vocabulary import ExpectPdu, Silence
from tests.peers.wire import ABORT, ASSOCIATE_RQ

pytestmark = pytest.mark.interop


class Tmux:
    """A tmux server of our own with one window of 100 columns."""

    def __init__(self, socket: Path) -> None:
        self._command = [require("/usr/bin/tmux"), "-S", str(socket), "-f", "/dev/null"]

    def __call__(self, *args: str) -> str:
        """Give a command to the server and return what it prints."""
        variables = environment({"TERM": "xterm", "LC_ALL": "C.UTF-8"})
        for name in ("COLUMNS", "LINES"):  # of the tests' own terminal
            variables.pop(name, None)
        done = subprocess.run(
            [*self._command, *args],
            env=variables,
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
            timeout=60,
        )
        return done.stdout

    def screen(self, command: list[str]) -> list[str]:
        """Return what stands in the window once a command has ended in it."""
        self.start(f"{shlex.join(command)}; {self.signal('ended')}", 100, 60)
        self("wait-for", "ended")
        return self.lines()

    def start(self, commands: str, columns: int, rows: int) -> None:
        """Run commands of the shell in a window of this size, which stays."""
        self("new-session", "-d", "-x", str(columns), "-y", str(rows), f"{commands}; read wait")

    def signal(self, name: str) -> str:
        """Return the command that ends a `wait-for` of this name."""
        return shlex.join([*self._command, "wait-for", "-S", name])

    def lines(self) -> list[str]:
        """Return what stands in the window."""
        return self("capture-pane", "-p").rstrip().splitlines()

    def wait_until(self, is_there: Callable[[list[str]], bool]) -> list[str]:
        """Return what stands in the window once it is what is waited for."""
        end = time.monotonic() + 60
        while not is_there(lines := self.lines()):
            assert time.monotonic() < end, lines
        return lines


@pytest.fixture
def tmux(tmp_path: Path) -> Iterator[Tmux]:
    """A tmux that is ended again."""
    running = Tmux(tmp_path / "tmux")
    yield running
    running("kill-server")


def test_the_demo(tmux: Tmux) -> None:
    shown = tmux.screen([sys.executable, "-m", "tests.peers.demo"])
    assert shown[0] == "A node is started: dcmtool scp"
    assert sum("I < Received Echo Response (Success) after" in line for line in shown) == 3
    assert "exit code 0: the node talks to us" in shown
    ticked = [line.replace("ok  ", "\u2713", 1) for line in TABLE.splitlines()]
    assert shown[-len(ticked) :] == ticked


@pytest.mark.parametrize("columns", [60, 100, 160])
def test_a_watch_without_end(tmux: Tmux, columns: int, tmp_path: Path) -> None:
    """The view stands on one screen while the node answers, and gives way to the figures."""
    with scp_process(tmp_path, "-q") as scp:
        options = ["--repeat", "0", "--interval", "0.02", "-aec", "WATCHED"]
        command = [sys.executable, "-m", "dcmtool", "echo", *options, "127.0.0.1", str(scp.port)]
        tmux.start(shlex.join(command) + "; " + tmux.signal("ended"), columns, 40)
        shown = tmux.wait_until(lambda lines: len(lines) == 8 and len(lines[5]) == columns)
        assert shown[0].startswith(f"WATCHED at 127.0.0.1 port {scp.port}  ")
        assert len(shown[0]) == columns
        assert shown[2].split() == ["last", "lost", "min", "median", "p95", "max"]
        last, lost, *others, unit = shown[3].split()
        assert (lost, unit) == ("0", "ms")
        assert all(float(figure) > 0 for figure in (last, *others))
        assert set(shown[5]) <= set("▁▂▃▄▅▆▇█")
        assert shown[-1] == "Ctrl-C ends it"
        tmux("send-keys", "C-c")
        tmux("wait-for", "ended")
    after = tmux.lines()
    assert not any("Ctrl-C ends it" in line for line in after)
    assert any(line.endswith("F: Interrupted (stage: echo)") for line in after)
    assert "round trip (ms)" in after


def test_a_watch_of_a_node_that_is_down(tmux: Tmux) -> None:
    """Why nobody answers is said once above the view, which counts on."""
    with refusing_port() as port:
        options = ["--repeat", "0", "--interval", "0.05", "--reconnect"]
        command = [sys.executable, "-m", "dcmtool", "echo", *options, "127.0.0.1", str(port)]
        tmux.start(shlex.join(command) + "; " + tmux.signal("ended"), 100, 40)
        shown = tmux.wait_until(lambda lines: any("xxxxxxxx" in line for line in lines))
        tmux("send-keys", "C-c")
        tmux("wait-for", "ended")
    assert sum(line.startswith("F: Association Request Failed") for line in shown) == 1
    assert sum(line.startswith("hint: ") for line in shown) == 1
    assert any(line.startswith("no answer since ") for line in shown)


def _sweep(*args: str) -> list[str]:
    return [sys.executable, "-m", "dcmtool", "sweep", *args]


@pytest.mark.parametrize("columns", [60, 100, 160])
def test_a_sweep(tmux: Tmux, columns: int, tmp_path: Path) -> None:
    """The view stands while a node keeps it waiting, and gives way to the table."""
    silent = ScriptedPeer(ExpectPdu(ASSOCIATE_RQ), Silence())
    with scp_process(tmp_path, "-q") as scp, refusing_port() as away, silent as peer:
        words = [f"NODE{number}@127.0.0.1:{scp.port}" for number in range(60)]
        words += [f"127.0.0.1:{port}" for port in (away, peer.port)]
        (tmp_path / "words").write_text("\n".join(words))
        command = shlex.join(_sweep("--deadline", "600", "--per-host", "8", "-"))
        tmux.start(f"{command} < {tmp_path}/words; {tmux.signal('ended')}", columns, 40)
        shown = tmux.wait_until(
            lambda lines: lines[:1] != [] and lines[0].endswith("61 of 62 nodes") and "wait" in lines[-1]
        )
        assert len(shown) == 5
        assert set(shown[0].split()[0]) == {"━"}
        assert re.fullmatch(r"1 failed, 1 running, [\d.]+ nodes/s, \S+( s)? left", shown[1])
        assert shown[3].startswith(f"127.0.0.1:{away}  nothing listens on port {away} of 127.")
        assert len(shown[3]) <= columns
        assert re.fullmatch(rf"waiting for 127\.0\.0\.1:{peer.port}, \d+ s; Ctrl-C ends it", shown[4])
        tmux("send-keys", "C-c")
        tmux("wait-for", "ended")
        assert peer.types[-1] == ABORT
    after = tmux.lines()
    assert not any("Ctrl-C" in line or "━" in line for line in after)
    table = after[[line.split()[:1] for line in after].index(["NAME"]) :]
    assert table[0].split()[:2] == ["NAME", "STATE"]
    assert table[1].startswith(f"127.0.0.1:{away} ")
    assert any(line.startswith("and 55 more that answered") for line in table)
    assert any(line.startswith("61 nodes in ") for line in table)


@pytest.mark.parametrize("columns", [60, 100, 160])
def test_a_sweep_that_is_watched(tmux: Tmux, columns: int, tmp_path: Path) -> None:
    """The nodes stand on the screen, one goes away, and at the end there is the table."""
    with scp_process(tmp_path, "-q", "-aet", "GOES") as scp, refusing_port() as away:
        name = f"GOES@127.0.0.1:{scp.port}"
        command = shlex.join(_sweep("--watch", "0.3", name, f"127.0.0.1:{away}"))
        tmux.start(f"{command}; {tmux.signal('ended')}", columns, 30)
        shown = tmux.wait_until(lambda lines: any(" 1 answered, 1 failed;" in line for line in lines))
        assert shown[0].startswith("2 nodes every 0.3 s  ")
        assert len(shown[0]) == columns
        assert shown[3].split()[:3] == ["NAME", "SINCE", "LAST"]
        assert shown[4].startswith(f"127.0.0.1:{away} ")
        assert scp.end() == 0
        shown = tmux.wait_until(lambda lines: any(" 0 answered, 2 failed;" in line for line in lines))
        assert any(f"{name}: answered -> failed" in line for line in shown)
        assert max(map(len, shown)) <= columns
        tmux("send-keys", "C-c")
        tmux("wait-for", "ended")
    after = tmux.lines()
    assert not any("Ctrl-C ends it" in line for line in after)
    assert any(line.split()[:4] == ["NAME", "STATE", "SINCE", "LOST"] for line in after)
    # Two changes where a round meets the SCP at its end, so that the next one finds another reason.
    assert re.search(
        r"2 nodes, \d+ rounds? in [\d.]+ s.*: 0 answered, 2 failed; (1\s+change|2\s+changes)$",
        " ".join(after),
    )

"""What a person sees in a terminal, by tmux: the demo, from its first line to its last."""

import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.test_selftest_command import TABLE
from tests.peers.programs import ROOT, environment, require

pytestmark = pytest.mark.interop


class Tmux:
    """A tmux server of our own with one window of 100 columns."""

    def __init__(self, socket: Path) -> None:
        self._command = [require("/usr/bin/tmux"), "-S", str(socket), "-f", "/dev/null"]

    def __call__(self, *args: str) -> str:
        """Give a command to the server and return what it prints."""
        done = subprocess.run(
            [*self._command, *args],
            env=environment({"TERM": "xterm", "LC_ALL": "C.UTF-8"}),
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
            timeout=60,
        )
        return done.stdout

    def screen(self, command: list[str]) -> list[str]:
        """Return what stands in the window once a command has ended in it."""
        told = f"{shlex.join(command)}; {shlex.join([*self._command, 'wait-for', '-S', 'ended'])}; read wait"
        self("new-session", "-d", "-x", "100", "-y", "60", told)
        self("wait-for", "ended")
        return self("capture-pane", "-p").rstrip().splitlines()


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
    assert shown[-len(TABLE.splitlines()) :] == TABLE.splitlines()

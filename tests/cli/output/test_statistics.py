"""The figures of a run on a terminal."""

import re
import sys

import pytest

from tests.peers.scripted import ScriptedPeer
from tests.peers.terminal import Terminal
from tests.peers.vocabulary import Accept, Serve
from tests.trace.snapshots import SGR


def figures(*options: str, env: dict[str, str], status: int = 0) -> list[str]:
    """Return the lines of `--stats` on a terminal."""
    with ScriptedPeer(Accept(), Serve(status)) as peer:
        command = [sys.executable, "-W", "error", "-m", "dcmtool", "echo", "--stats", *options]
        terminal = Terminal([*command, peer.host, str(peer.port)], env=env)
        terminal.end()
    return terminal.lines


def test_bars_and_colours() -> None:
    lines = figures("--repeat", "30", env={"PYTHONIOENCODING": "utf-8"})
    assert lines[0] == "\x1b[1mechoes\x1b[0m"
    bars = [line for line in lines if "\u2588" in line]
    assert bars
    assert all(re.search("\x1b\\[32m\u2588+\x1b\\[0m [0-9]+$", line) for line in bars)
    assert all(len(SGR.sub("", line)) <= 80 for line in lines)


@pytest.mark.parametrize("env", [{"PYTHONIOENCODING": "ascii"}, {"TERM": "dumb"}])
def test_where_there_are_no_blocks(env: dict[str, str]) -> None:
    lines = figures("--repeat", "30", env=env)
    assert any("###" in line for line in lines)
    assert "\u2588" not in "".join(lines)


def test_no_colour() -> None:
    lines = figures("--repeat", "3", env={"PYTHONIOENCODING": "utf-8", "NO_COLOR": "1"})
    assert "\x1b" not in "".join(lines)
    assert any("\u2588" in line for line in lines)


def test_what_is_wrong_is_red_and_one_echo_has_no_percentiles() -> None:
    lines = figures(env={}, status=0x0110)
    status = next(line for line in lines if "status 0110" in line)
    assert status.startswith("\x1b[31m")
    assert not any("p95" in line or "\u2588" in line for line in lines)
    assert any(line.startswith("  one echo ") for line in lines)

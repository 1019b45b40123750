"""Where a view is shown: on a terminal that nothing else is written to, and that takes it."""

import io
import os
import sys
import termios
from collections.abc import Iterator
from typing import TextIO

import pytest

from dcmtool.cli.output.appearance import Look
from dcmtool.cli.output.terminals import takes_more, terminal_for_view


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[TextIO]:
    """A terminal."""
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    ours, theirs = os.openpty()
    with os.fdopen(theirs, "w") as stream:
        yield stream
    os.close(ours)


@pytest.fixture
def pipe() -> Iterator[TextIO]:
    """A pipe."""
    ours, theirs = os.pipe()
    with os.fdopen(theirs, "w") as stream:
        yield stream
    os.close(ours)


def _shown(
    stdout: TextIO | None, stderr: TextIO | None, *, streams: bool = False
) -> tuple[TextIO, Look] | None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdout", stdout)
        patch.setattr(sys, "stderr", stderr)
        return terminal_for_view("auto", streams=streams)


def test_it_is_on_stderr_or_else_on_stdout(terminal: TextIO, pipe: TextIO) -> None:
    assert _shown(pipe, terminal) == (terminal, Look.COLOURED)
    assert _shown(terminal, pipe) == (terminal, Look.COLOURED)
    assert _shown(None, terminal) == (terminal, Look.COLOURED)
    assert _shown(pipe, pipe) is None
    assert _shown(None, None) is None


def test_what_streams_has_the_terminal_for_itself(terminal: TextIO, pipe: TextIO) -> None:
    file = io.StringIO()
    assert _shown(terminal, terminal, streams=True) is None
    assert _shown(pipe, terminal, streams=True) is None
    assert _shown(file, terminal, streams=True) == (terminal, Look.COLOURED)


def test_colours_are_those_that_are_wanted(terminal: TextIO, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert _shown(terminal, terminal) == (terminal, Look.UNCOLOURED)
    monkeypatch.setenv("TERM", "dumb")
    assert _shown(terminal, terminal) is None


def test_a_terminal_that_is_stopped_takes_nothing(terminal: TextIO) -> None:
    assert takes_more(terminal)
    termios.tcflow(terminal.fileno(), termios.TCOOFF)
    assert not takes_more(terminal)
    termios.tcflow(terminal.fileno(), termios.TCOON)
    assert takes_more(terminal)
    assert takes_more(io.StringIO())  # which cannot be asked

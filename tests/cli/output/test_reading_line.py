"""The line that says how far a long file has been read."""

import io
import sys

import pytest

from dcmtool.cli.output.reading_line import ReadingLine, reading_line


class _Broken(io.StringIO):
    def write(self, text: str) -> int:
        raise OSError


def test_it_comes_after_a_while_and_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "70")
    terminal, now = io.StringIO(), [0]
    line = ReadingLine(terminal, lambda: now[0])
    line("a.pcap", 1, 4_000_000)
    line.clear()
    assert terminal.getvalue() == ""
    now[0] = 2_000_000_000
    line("a.pcap", 1_000_000, 4_000_000)
    line("a.pcap", 2_000_000, 4_000_000)  # too soon
    shown = "reading a.pcap: 1.0 MB of 4.0 MB, 25 %; Ctrl-C ends it"
    assert terminal.getvalue() == f"\r{shown}"
    line.clear()
    assert terminal.getvalue() == f"\r{shown}\r{' ' * len(shown)}\r"


def test_it_is_cut_where_the_terminal_is_narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    terminal, times = io.StringIO(), iter([0, 10**10, 10**10])
    ReadingLine(terminal, lambda: next(times))("a.pcap", 1, 2)
    assert len(terminal.getvalue()) == 20


def test_what_has_no_end_and_nobody_to_see_it_has_no_line() -> None:
    terminal, times = io.StringIO(), iter([0, 10**10])
    ReadingLine(terminal, lambda: next(times))("-", 1, None)
    ReadingLine(None, lambda: 0)("a", 1, 2)
    assert terminal.getvalue() == ""


def test_a_terminal_that_is_gone() -> None:
    times = iter([0, 10**10, 10**10])
    ReadingLine(_Broken(), lambda: next(times))("a", 1, 2)


def test_only_a_terminal_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    assert reading_line(wanted=True)._terminal is None

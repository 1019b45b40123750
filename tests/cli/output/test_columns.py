"""Columns on terminals of any width and in pipes."""

import sys

import pytest

from dcmtool.cli.output import columns
from dcmtool.cli.output.appearance import Look
from dcmtool.cli.output.columns import GREEN, write_columns, write_shared
from tests.peers.terminal import Terminal
from tests.trace.snapshots import SGR

ROWS = [
    ("TAG", "NAME", "SOURCE"),
    ("(0010,0010)", "a name of several words that is long", "x"),
    ("(0010,0020)", "", "x"),
]


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Standard output as a terminal with colours, whose width the test says."""
    monkeypatch.setattr(columns, "look", lambda _choice, _stream: Look.COLOURED)
    return monkeypatch


def test_in_a_pipe_each_row_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    write_columns(ROWS)
    assert capsys.readouterr().out.splitlines() == [
        "TAG          NAME                                  SOURCE",
        "(0010,0010)  a name of several words that is long  x",
        "(0010,0020)  -                                     x",
    ]


@pytest.mark.parametrize("width", [40, 45, 60, 80])
def test_on_a_terminal_cells_are_broken_at_words(
    width: int, terminal: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    terminal.setattr(columns, "columns_of", lambda _stream: width)
    write_columns(ROWS, {"TAG": lambda _cell: GREEN})
    out = capsys.readouterr().out
    lines = SGR.sub("", out).splitlines()
    assert all(len(line) <= width and line == line.rstrip() for line in lines)
    assert "\x1b[32m(0010,0010)\x1b[0m" in out
    assert out.startswith("\x1b[1mTAG\x1b[0m")
    assert " ".join(word for line in lines for word in line.split() if word.islower()) in (
        "a name of several words that is long x x",
        "a name of several words x that is long x",
        "a name of several x words that is long x",
        "a name of x several words that is long x",
    )


@pytest.mark.parametrize(
    ("width", "lines"),
    [
        (44, ["a first  one two  PrivateTag  /a/b/c.dic  1"]),
        (40, ["a first  one   PrivateTag  /a/b/c.dic  1", "         two"]),
        (37, ["a      one  PrivateTag  /a/b/c.dic  1", "first  two"]),
        (35, ["a      one  PrivateTa  /a/b/c.di  1", "first  two  g          c"]),
    ],
)
def test_words_are_broken_last(
    width: int, lines: list[str], terminal: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    terminal.setattr(columns, "columns_of", lambda _stream: width)
    write_columns([("A", "B", "C", "D", "E"), ("a first", "one two", "PrivateTag", "/a/b/c.dic", "1")])
    assert SGR.sub("", capsys.readouterr().out).splitlines()[1:] == lines


def test_what_all_rows_have_is_said_once(capsys: pytest.CaptureFixture[str]) -> None:
    write_shared(ROWS, ["NAME", "SOURCE"])
    assert capsys.readouterr().out.splitlines()[-2:] == ["(0010,0020)  -", "all: source x"]
    write_shared(ROWS[:2], ["SOURCE"])
    assert capsys.readouterr().out.splitlines()[-1] == "source x"
    write_shared([*ROWS, ("(0010,0030)", "", "y")], ["SOURCE"])
    assert "all" not in capsys.readouterr().out


@pytest.mark.parametrize("columns_there", [60, 80, 120])
@pytest.mark.parametrize("query", ["Face", "0010", "verification"])
def test_a_lookup_fits_the_terminal(query: str, columns_there: int) -> None:
    command = [sys.executable, "-W", "error", "-m", "dcmtool", "dict", "lookup", query]
    terminal = Terminal(command, columns=columns_there)
    assert terminal.end() == 0
    assert all(len(SGR.sub("", line)) <= columns_there for line in terminal.lines)

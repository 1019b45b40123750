"""Rulers and rows of bytes, made to fit."""

import re
import sys

import pytest

import dcmtool
from dcmtool.cli.output.dump_lines import fitted
from tests.peers.terminal import Terminal

RULER = "====================== BEGIN A-ASSOCIATE-RQ ====================="
BYTES = "  01  00  00  00  00  cd"


@pytest.mark.parametrize("text", [RULER, BYTES, "a sentence that is long"])
@pytest.mark.parametrize("room", [None, 80])
def test_what_fits_is_left_as_it_is(text: str, room: int | None) -> None:
    assert [*fitted(text, room)] == [text]


def test_a_sentence_is_broken_by_the_terminal() -> None:
    assert [*fitted("a sentence", 5)] == ["a sentence"]


@pytest.mark.parametrize("room", range(24, 65))
def test_a_ruler_is_as_long_as_there_is_room(room: int) -> None:
    (line,) = fitted(RULER, room)
    assert len(line) == room
    before, after = line.split(" BEGIN A-ASSOCIATE-RQ ")
    assert abs(len(before) - len(after)) <= 1


def test_a_ruler_keeps_its_title() -> None:
    assert [*fitted(RULER, 3)] == ["= BEGIN A-ASSOCIATE-RQ ="]


@pytest.mark.parametrize(
    ("room", "sizes"), [(24, [24]), (23, [20, 4]), (20, [20, 4]), (19, [16, 8]), (7, [16, 8])]
)
def test_bytes_are_broken_between_bytes(room: int, sizes: list[int]) -> None:
    lines = [*fitted(BYTES, room)]
    assert [len(line) for line in lines] == sizes
    assert "".join(lines) == BYTES


@pytest.mark.parametrize("columns", [50, 80])
def test_an_scp_s_dumps_fit_its_terminal(columns: int) -> None:
    options = ["-d", "--once", "--bind", "127.0.0.1", "0"]
    terminal = Terminal([sys.executable, "-m", "dcmtool", "scp", *options], columns=columns)
    terminal.wait_for_match(rb"port\s+\d+\r")
    port = re.findall(rb"port\s+(\d+)\r", terminal.shown)[0]
    assert dcmtool.echo("127.0.0.1", int(port)).success
    assert terminal.end() == 0
    rulers = [line for line in terminal.lines if "==" in line]
    assert len(rulers) == 2
    assert all(len(line) <= columns for line in rulers)

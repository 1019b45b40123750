"""Help pages: one look, three examples and the exit codes at the end, the terminal's width, a pager."""

import re
import sys
from collections.abc import Iterator

import click
import pytest

from dcmtool.cli.examples import EXAMPLES
from dcmtool.cli.exit_codes import codes_of
from dcmtool.cli.grammar.command import DicomCommand
from dcmtool.cli.grammar.command_line import read_command_line
from dcmtool.cli.group import COMMANDS, cli
from dcmtool.cli.main import main
from tests.peers.terminal import Terminal


def _commands(command: click.Command, ctx: click.Context) -> Iterator[tuple[str, click.Command]]:
    yield ctx.command_path, command
    if isinstance(command, click.Group):
        for name in COMMANDS if command is cli else command.list_commands(ctx):
            below = command.get_command(ctx, name)
            assert below is not None
            yield from _commands(below, click.Context(below, ctx, name))


EVERY = dict(_commands(cli, click.Context(cli, info_name="dcmtool")))


def page(words: str, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Return the lines of a command's help page."""
    assert main([*words.split()[1:], "--help"]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    return captured.out.splitlines()


def test_every_command_has_examples() -> None:
    assert EXAMPLES.keys() == EVERY.keys()


@pytest.mark.parametrize("words", EVERY)
def test_a_page_ends_with_examples_and_exit_codes(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    lines = page(words, capsys)
    end = lines[lines.index("examples:") :]
    shown = [line for line in end if any(line.strip().startswith(example) for example, _ in EXAMPLES[words])]
    codes = end[end.index("exit codes:") + 1 :]
    assert len(shown) == 3
    assert [line.split()[0] for line in codes if line[2] != " "] == [str(code) for code in codes_of(words)]


@pytest.mark.parametrize("words", EVERY)
def test_one_look(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    lines = page(words, capsys)
    headings = [line.strip() for line in lines if re.fullmatch(r" {0,2}\w[\w ()-]*:", line)]
    assert [heading for heading in headings if heading[0].isupper() and heading.split()[0] != "IP"] == []
    rows = [line.split("  ")[-1] for line in lines if line.lstrip().startswith(("-", "+"))]
    assert [row for row in rows if row.endswith(".")] == []
    assert any(line.split() == ["-h,", "--help", "show", "this", "help", "and", "exit"] for line in lines)


@pytest.mark.parametrize("words", EVERY)
@pytest.mark.parametrize(("columns", "width"), [(20, 60), (60, 60), (100, 100), (120, 120), (300, 120)])
def test_the_width_is_that_of_the_terminal(
    words: str, columns: int, width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    longest = max(map(len, page(words, capsys)))
    assert longest <= width
    assert width < 120 or words != "dcmtool echo" or longest > 100


@pytest.mark.parametrize("words", [path for path in EVERY if path != "dcmtool"])
def test_help_by_its_command(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    expected = page(words, capsys)
    assert main(["help", *words.split()[1:]]) == 0
    assert capsys.readouterr().out.splitlines() == expected
    assert main([*words.split()[1:], "-h"]) == 0
    assert capsys.readouterr().out.splitlines() == expected


@pytest.mark.parametrize("words", [path for path, each in EVERY.items() if isinstance(each, DicomCommand)])
def test_the_examples_can_be_typed(words: str) -> None:
    command = EVERY[words]
    assert isinstance(command, DicomCommand)
    for line, _ in EXAMPLES[words]:
        read = read_command_line(line.removeprefix(words).split(), command.signature.options)
        assert read.words or command.signature.for_many


def test_a_long_page_goes_through_the_pager(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAGER", "sed s/^/paged:/")
    terminal = Terminal([sys.executable, "-m", "dcmtool", "echo", "-h"])
    assert terminal.end() == 0
    assert terminal.lines[0].startswith("paged:Usage: dcmtool echo")


def test_a_short_one_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAGER", "sed s/^/paged:/")
    program = (
        "import os; os.environ['LINES'] = '100'; from dcmtool.cli.main import main; main(['nodes', '-h'])"
    )
    terminal = Terminal([sys.executable, "-c", program])
    assert terminal.end() == 0
    assert terminal.lines[0].startswith("Usage: dcmtool nodes")

"""`dcmtool echo` without Click: it loads none, and comes to the same as Click's command."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from dcmtool.cli import plain
from dcmtool.cli.main import main
from dcmtool.cli.output import echo_run
from dcmtool.options.echo import ECHO
from dcmtool.options.kinds import Number
from dcmtool.options.option import Option
from dcmtool.settings import EchoRequest, Output
from tests.cli.configuration import Configuration
from tests.differential.lines import Line, lines
from tests.peers.programs import ROOT, environment
from tests.peers.scp import Scp


class Came(NamedTuple):
    """What a command line came to: what was asked for, the exit code, and what was written."""

    asked: tuple[EchoRequest, Output] | None
    code: int
    out: str
    err: str


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> "Runs":
    """Return what runs command lines in both ways."""
    return Runs(monkeypatch, capsys)


class Runs:
    """Runs a command line as it is, and by Click's command, where nothing is verified."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch, self._capsys = monkeypatch, capsys
        self._asked: list[tuple[EchoRequest, Output]] = []
        monkeypatch.setattr(echo_run, "run", self._record)

    def _record(self, request: EchoRequest, output: Output) -> int:
        self._asked.append((request, output))
        return 0

    def plainly(self, args: list[str]) -> Came:
        """Run a command line."""
        code = main(["echo", *args])
        asked = self._asked.pop() if self._asked else None
        return Came(asked, code, *self._capsys.readouterr())

    def by_click(self, args: list[str]) -> Came:
        """Run a command line by the group that Click is given."""
        with self._monkeypatch.context() as patched:
            patched.setattr(plain, "echo", lambda _args: None)
            return self.plainly(args)


def _given(line: Line, folder: Path) -> list[str]:
    for name, content in line.files:
        (folder / name).write_text(content.replace("{port}", "104"), newline="")
    return [word.replace("{port}", "104").replace("{dir}", str(folder)) for word in line.argv]


@pytest.mark.parametrize("line", lines())
def test_every_differential_line_comes_to_the_same(line: Line, runs: Runs, tmp_path: Path) -> None:
    args = _given(line, tmp_path)
    came = runs.plainly(args)
    assert came == runs.by_click(args)
    assert (came.asked is not None) == (came.err == "" or came.err.startswith("I: calling"))


def _values(option: Option) -> Iterator[list[str]]:
    yield [("5" if isinstance(option.kind, Number) else "8996")] * option.arity
    yield ["x\x1b"] * option.arity


OPTION_LINES = [
    [*before, spelling, *values, "h", "104"]
    for option in ECHO.options
    for spelling in option.spellings
    for values in _values(option)
    for before in ([], ["+tla"], ["+tls", "k", "c"], ["--verify-cert", "none", "--output", "json"])
    if not option.first
]


@pytest.mark.parametrize("args", OPTION_LINES, ids=" ".join)
def test_every_option_comes_to_the_same(args: list[str], runs: Runs) -> None:
    assert runs.plainly(args) == runs.by_click(args)


@pytest.mark.parametrize(
    "option", [each for each in ECHO.options if each.settable], ids=lambda each: each.key
)
@pytest.mark.parametrize("value", ["1", "no", "a:b", "x y"])
def test_every_variable_comes_to_the_same(
    option: Option, value: str, runs: Runs, configuration: Configuration
) -> None:
    configuration.variable(option.name.upper(), value)
    for args in (["h", "104"], ["+tls", "k", "c", "h", "104"], ["-v", "-tls", "h", "104"]):
        assert runs.plainly(args) == runs.by_click(args)


@pytest.mark.parametrize(
    "settings", ["", 'call = "X"', 'tls = "anonymous"', "call = 5", "quiet = true\nverbose = true"]
)
def test_files_come_to_the_same(settings: str, runs: Runs, configuration: Configuration) -> None:
    configuration.node(settings)
    configuration.default('aetitle = "ME"\ndebug = true')
    for args in (["pacs"], ["pacs", "-v"], ["none"], ["h", "104"], ["--show-settings", "pacs"]):
        assert runs.plainly(args) == runs.by_click(args)


USAGE = (
    "Usage: dcmtool echo [OPTIONS] PEER PORT\nExample: dcmtool echo -aec ORTHANC localhost 4242\n"
    "Try 'dcmtool echo --help' for help.\n\nError: "
)


def test_a_usage_error_is_shown_below_the_usage(runs: Runs) -> None:
    assert runs.plainly(["--bogus"]) == Came(None, 1, "", f"{USAGE}Unknown option --bogus\n")


LINES: list[tuple[list[str], dict[str, str]]] = [
    ([], {}),
    (["-v"], {}),
    (["-d"], {}),
    (["--repeat", "3", "--stats"], {}),
    (["--arguments", "-q"], {}),
    (["--output", "json"], {}),
    (["--output", "nagios", "--critical", "60000"], {}),
    ([], {"DCMTOOL_ECHO_AETITLE": "ME", "DCMTOOL_ECHO_VERBOSE": "1"}),
]


class TestClickIsNotLoaded:
    def loaded_by(self, args: list[str], variables: dict[str, str], code: int = 0) -> set[str]:
        """Run a command line in a process of its own and return what it has loaded."""
        program = (
            "import sys; sys.argv[0] = 'dcmtool'; from dcmtool.__main__ import start\n"
            f"try: start()\nexcept SystemExit as end: assert end.code == {code}, end.code\n"
            "print('loaded', *sys.modules)"
        )
        done = subprocess.run(
            [sys.executable, "-c", program, "echo", *args],
            env=environment(variables),
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        return {name.split(".")[0] for name in done.stdout.splitlines()[-1].split()}

    @pytest.mark.parametrize(("args", "variables"), LINES)
    def test_by_an_echo(
        self, args: list[str], variables: dict[str, str], pynetdicom_scp: Scp, tmp_path: Path
    ) -> None:
        variables = {**variables, "XDG_CONFIG_HOME": str(tmp_path)}
        loaded = self.loaded_by([*args, "127.0.0.1", str(pynetdicom_scp.port)], variables)
        assert "dcmtool" in loaded
        assert not loaded & {"click", "dataclasses", "inspect"}

    def test_by_a_node(self, pynetdicom_scp: Scp, configuration: Configuration) -> None:
        text = f'[nodes.pacs]\nhost = "127.0.0.1"\nport = {pynetdicom_scp.port}\n'
        Path(configuration.nodes).write_text(text)
        configuration.default("repeat = 2")
        variables = {"XDG_CONFIG_HOME": str(configuration.folder.parent)}
        assert "click" not in self.loaded_by(["pacs"], variables)
        assert len(pynetdicom_scp.echoes) == 2

    def test_nor_is_code_compiled_for_classes(self, tmp_path: Path) -> None:
        """Named tuples of `typing` compile some each; those of `dcmtool.named_tuple` wait for a value."""
        program = (
            "import typing; made = []; real = typing.NamedTupleMeta.__new__\n"
            "def record(kind, name, bases, namespace):\n"
            "    made.append(f\"{namespace['__module__']}.{name}\")\n"
            "    return real(kind, name, bases, namespace)\n"
            "typing.NamedTupleMeta.__new__ = record\n"
            "from dcmtool.cli.main import main; assert main(['echo', '127.0.0.1', '1']) == 60; print(*made)"
        )
        done = subprocess.run(
            [sys.executable, "-c", program],
            env=environment({"XDG_CONFIG_HOME": str(tmp_path)}),
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        assert [name for name in done.stdout.split() if name.startswith("dcmtool.")] == []

    def test_by_a_failure(self, tmp_path: Path) -> None:
        variables = {"XDG_CONFIG_HOME": str(tmp_path)}
        assert "click" not in self.loaded_by(["127.0.0.1", "1"], variables, 60)

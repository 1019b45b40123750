"""The user's configuration folder in the tests, and what `dcmtool echo` would do with it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from dcmtool.cli.main import main
from dcmtool.cli.output import echo_run
from dcmtool.settings import EchoRequest, Output


class Configuration(NamedTuple):
    """The folder, and what writes its two files."""

    folder: Path
    monkeypatch: pytest.MonkeyPatch

    @property
    def nodes(self) -> str:
        """The path of the node file."""
        return str(self.folder / "nodes.toml")

    @property
    def defaults(self) -> str:
        """The path of the defaults."""
        return str(self.folder / "dcmtool.toml")

    def node(self, settings: str = "", name: str = "pacs") -> None:
        """Write a node file with one node."""
        text = f'[nodes.{name}]\nhost = "h"\nport = 104\n{settings}\n'
        Path(self.nodes).write_text(text, encoding="utf-8")

    def default(self, settings: str) -> None:
        """Write the defaults of echo."""
        Path(self.defaults).write_text(f"[defaults.echo]\n{settings}\n", encoding="utf-8")

    def at_its_end(self, path: str) -> str:
        """Return how the last line of one of the two is named in a sentence."""
        return f"{path} line {len(Path(path).read_text(encoding='utf-8').splitlines())}"

    def variable(self, name: str, value: str) -> None:
        """Set an environment variable of echo's."""
        self.monkeypatch.setenv(f"DCMTOOL_ECHO_{name}", value)


class Call(NamedTuple):
    """What the echo_run was asked to run."""

    request: EchoRequest
    output: Output

    def field(self, path: str) -> Any:
        """Return a field of the request, or of the output, by its path."""
        value: Any = self
        for name in path.split("."):
            value = getattr(value, name)
        return value


Asked = Callable[..., Call]


def asking(monkeypatch: pytest.MonkeyPatch) -> Asked:
    """Return a function that runs `dcmtool echo` and returns what it would have done."""
    calls: list[Call] = []

    def record(request: EchoRequest, output: Output) -> int:
        calls.append(Call(request, output))
        return 0

    def run(*args: str) -> Call:
        calls.clear()
        assert main(["echo", *args]) == 0
        return calls[0]

    monkeypatch.setattr(echo_run, "run", record)
    return run


def refusal(args: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """Return the exit code and the sentence of a command line that is refused."""
    code = main(args)
    captured = capsys.readouterr()
    assert captured.out == ""
    return code, captured.err.splitlines()[-1]

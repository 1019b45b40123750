"""A pipe that nobody writes to, in each place that takes a file: a sentence within the deadline."""

import os
from pathlib import Path

import pytest

from dcmtool import pipes
from dcmtool.cli.main import main
from tests.cli.configuration import Configuration

WAIT = "nobody wrote it to its end within {seconds} s"

# (arguments, the environment, exit code): PIPE is the pipe.
GIVEN = [
    (["--nodes", "PIPE", "pacs"], {}, 20),
    (["pacs"], {"DCMTOOL_NODES": "PIPE"}, 20),
    (["@PIPE", "h", "1"], {}, 20),
    (["h", "1"], {"DCMDICTPATH": "PIPE"}, 20),
    (["+tla", "+rs", "PIPE", "h", "1"], {}, 20),
    (["+tla", "+cf", "PIPE", "h", "1"], {}, 20),
    (["+tls", "PIPE", "c", "h", "1"], {}, 20),
    (["+tla", "+crl", "PIPE", "h", "1"], {}, 20),
    (["+tla", "-der", "+cf", "PIPE", "h", "1"], {}, 20),
    (["+tls", "k", "c", "--password-file", "PIPE", "h", "1"], {}, 20),
    (["--log-config", "PIPE", "h", "1"], {}, 20),
    (["+vc", "PIPE"], {}, 20),
    (["+rc", "PIPE"], {}, 20),
]


def _run(args: list[str], environment: dict[str, str], pipe: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    for name, value in environment.items():
        monkeypatch.setenv(name, value.replace("PIPE", str(pipe)))
    return main(["echo", *(word.replace("PIPE", str(pipe)) for word in args)])


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    """A pipe with nobody at the other end."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    return path


@pytest.mark.usefixtures("configuration")
@pytest.mark.parametrize(("args", "environment", "code"), GIVEN)
def test_the_deadline_bounds_it(
    args: list[str],
    environment: dict[str, str],
    code: int,
    pipe: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert _run(["--deadline", "0.05", *args], environment, pipe, monkeypatch) == code
    assert WAIT.format(seconds="0.05") in capsys.readouterr().err


@pytest.mark.usefixtures("configuration")
@pytest.mark.parametrize(("args", "environment", "code"), GIVEN)
def test_without_one_it_has_its_own_bound(
    args: list[str],
    environment: dict[str, str],
    code: int,
    pipe: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert pipes.LONGEST_WAIT == 10
    monkeypatch.setattr(pipes, "LONGEST_WAIT", 0.05)
    assert _run(args, environment, pipe, monkeypatch) == code
    assert WAIT.format(seconds="0.05") in capsys.readouterr().err


@pytest.mark.parametrize("name", ["dcmtool.toml"])
def test_so_are_the_defaults(
    name: str, configuration: Configuration, capsys: pytest.CaptureFixture[str]
) -> None:
    configuration.folder.mkdir(parents=True, exist_ok=True)
    os.mkfifo(configuration.folder / name)
    assert main(["echo", "--deadline=0.05", "h", "1"]) == 20
    assert WAIT.format(seconds="0.05") in capsys.readouterr().err


def test_a_trace_that_nobody_reads(pipe: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["echo", "--deadline", "0.05", "--trace-file", str(pipe), "127.0.0.1", "1"]) == 40
    expected = f"Error: {pipe} cannot be written: nobody came to read it within 0.05 s\n"
    assert capsys.readouterr().err == expected


@pytest.mark.parametrize("given", [["--deadline", "x"], ["--deadline="], ["--deadline"]])
def test_a_deadline_that_is_none_is_complained_of(
    given: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["echo", "h", "1", *given]) == 1
    assert "--deadline" in capsys.readouterr().err

"""The program: its commands, command files, exit codes, and that it starts with little loaded."""

import errno
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from dcmtool import __version__, errors
from dcmtool.cli import main as program
from dcmtool.cli.exit_codes import exit_code
from dcmtool.cli.group import COMMANDS, cli
from dcmtool.cli.main import main
from dcmtool.cli.output import echo_run
from dcmtool.options.values import UsageError
from dcmtool.settings import EchoRequest, Output
from tests.peers.programs import environment, interrupted

RUN = "import sys; from dcmtool.cli.main import main; sys.exit(main())"
HEAVY = {"asyncio", "importlib.metadata", "logging", "pydicom", "pynetdicom", "rich", "socket", "ssl"}


def run(args: list[str], **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the program in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", RUN, *args],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_no_arguments_show_the_help_as_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("Usage: dcmtool [OPTIONS] COMMAND [ARGS]...")


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help_lists_the_commands(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([option]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    assert "  echo        verify that a DICOM node answers (C-ECHO)" in captured.out.splitlines()


def test_the_list_says_of_each_command_what_it_says_of_itself() -> None:
    ctx = click.Context(cli)
    for name, text in COMMANDS.items():
        command = cli.get_command(ctx, name)
        assert command is not None
        assert (command.name, command.short_help) == (name, text)


@pytest.mark.parametrize(
    ("args", "sentence"),
    [(["bogus"], "No such command 'bogus'"), (["--bogus"], "Unknown option"), (["-x"], "Unknown option")],
)
def test_an_unknown_command_or_option(
    args: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(args) == 1
    assert capsys.readouterr().err.splitlines()[-1].startswith(f"Error: {sentence}")


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"dcmtool v{__version__}"
    assert f"Python: CPython {sys.version.split()[0]}" in lines
    for library in ("click", "cryptography", "platformdirs", "pydicom", "pynetdicom", "rich"):
        assert any(line.startswith(f"- {library} ") and line[-1].isalnum() for line in lines)


def test_command_files_are_expanded_for_every_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    requests: list[EchoRequest] = []

    def record(request: EchoRequest, output: Output) -> int:
        requests.append(request)
        return 62

    monkeypatch.setattr(echo_run, "run", record)
    (tmp_path / "head").write_text("echo localhost 1 -aet")
    (tmp_path / "tail").write_text("-aec 'A B'")
    assert main([f"@{tmp_path}/head", "FOO", f"@{tmp_path}/tail"]) == 62
    assert (requests[0].negotiation.calling_aet, requests[0].negotiation.called_aet) == ("FOO", "A B")


@pytest.mark.parametrize("before", [[], ["echo"]])
def test_a_command_file_of_nothing_is_as_no_arguments(
    tmp_path: Path, before: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").write_text(" \n")
    assert main([*before, f"@{tmp_path}/empty"]) == 1
    assert capsys.readouterr().err.startswith("Usage: dcmtool")


@pytest.mark.parametrize("rest", [["-h"], ["--bogus"], []])
def test_a_command_file_that_cannot_be_read_comes_before_all_else(
    rest: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["echo", *rest, f"@{tmp_path}/no\nfile"]) == 20
    sentence = f"Error: Cannot open command file '{tmp_path}/no\\nfile': No such file or directory\n"
    assert capsys.readouterr() == ("", sentence)


def _raises(error: BaseException) -> Callable[[EchoRequest, Output], int]:
    def run(request: EchoRequest, output: Output) -> int:
        raise error

    return run


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (errors.InputFileError("log.cfg", "it is empty"), 20, "Error: log.cfg: it is empty"),
        (errors.OutputFileError("x", "no room"), 40, "Error: x cannot be written: no room"),
        (
            OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)),
            40,
            "Error: Cannot write the output: No space left on device",
        ),
        (BrokenPipeError(errno.EPIPE, "Broken pipe"), 40, ""),
        (KeyboardInterrupt(), 130, ""),
    ],
)
def test_what_a_command_raises_becomes_one_line_and_an_exit_code(
    error: BaseException,
    code: int,
    message: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(echo_run, "run", _raises(error))
    monkeypatch.setattr(program, "_silence_stdout", lambda: None)
    assert main(["echo", "host", "104"]) == code
    captured = capsys.readouterr()
    assert (captured.out, captured.err.strip()) == ("", message)


CAUSE = errors.ConnectionLost()


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UsageError("x"), 1),
        (errors.SettingsError("a", "b", "c"), 1),
        (errors.InputFileError("a", "b"), 20),
        (errors.OutputFileError("a", "b"), 40),
        (errors.NoConnection("a", CAUSE), 60),
        (errors.AssociationFailed("a", CAUSE), 61),
        (errors.AssociationRejected("a", CAUSE), 61),
        (errors.EchoFailed("a", CAUSE), 62),
        (errors.NoPresentationContext("a", CAUSE), 66),
        (errors.ReleaseFailed("a", CAUSE), 67),
        (errors.AssociationAborted("a", CAUSE), 70),
        (errors.Interrupted("a", CAUSE), 130),
        (KeyboardInterrupt(), 130),
        (ValueError(), 1),
    ],
)
def test_exit_codes(error: BaseException, code: int) -> None:
    assert exit_code(error) == code


def test_output_into_a_closed_pipe_is_quiet() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as closed:
        done = subprocess.run(
            [sys.executable, "-c", RUN, "echo", "--help"],
            stdout=closed,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert (done.returncode, done.stderr) == (40, b"")


@pytest.mark.parametrize(("args", "code"), [(["--version"], 0), (["echo", "--bogus"], 1)])
def test_the_exit_code_is_true_where_nobody_reads_the_words(args: list[str], code: int) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as closed:
        done = subprocess.run(
            [sys.executable, "-m", "dcmtool", *args],
            env=environment(),
            stdout=subprocess.DEVNULL,
            stderr=closed,
            check=False,
        )
    assert done.returncode == code


def test_output_onto_a_full_disk_says_so() -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [sys.executable, "-c", RUN, "--version"], stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert (done.returncode, done.stderr) == (
        40,
        b"Error: Cannot write the output: No space left on device\n",
    )


def test_an_interrupt_while_a_command_file_is_read(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    # Ctrl-C may come when the file is open, and not yet in the hands of `with`
    python = [sys.executable, "-W", "ignore::ResourceWarning"]
    process = subprocess.Popen([*python, "-c", RUN, "echo", f"@{pipe}"], stderr=subprocess.PIPE, text=True)
    with open(pipe, "wb"):  # opens once the program reads
        _, err = interrupted(process)
    assert (process.returncode, err) == (130, "")


def loaded(args: list[str], **environment: str) -> set[str]:
    """Return the modules that a run of the program has loaded when it ends."""
    code = (
        "import sys, atexit; from dcmtool.cli.main import main\n"
        "atexit.register(lambda: print('LOADED', *sys.modules, file=sys.stderr))\n" + RUN
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *args],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stderr.splitlines()[-1].removeprefix("LOADED ").split())


@pytest.mark.parametrize("command", [["echo"], ["dict"], ["dict", "lookup"]])
def test_help_loads_nothing_heavy(command: list[str]) -> None:
    assert not loaded([*command, "--help"]) & (HEAVY | {"dcmtool.cli.output.echo_run"})


def test_the_list_of_commands_loads_no_command() -> None:
    assert not loaded(["--help"]) & (HEAVY | {"dcmtool.cli.commands.echo", "dcmtool.settings"})


def bash(*words: str) -> dict[str, str]:
    """Return the environment in which bash asks for the completion of the last word."""
    typed = " ".join(["dcmtool", *words])
    return {"_DCMTOOL_COMPLETE": "bash_complete", "COMP_WORDS": typed, "COMP_CWORD": str(len(words))}


def test_completion_loads_nothing_heavy() -> None:
    assert not loaded([], **bash("echo", "--a")) & (HEAVY | {"dcmtool.cli.output.echo_run"})
    assert not loaded([], **bash("e")) & (HEAVY | {"dcmtool.cli.commands.echo", "dcmtool.settings"})


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["e"], ["plain,echo", "plain,explain", "plain,exporter"]),
        (["--v"], ["plain,--version"]),
        (["echo", "--ab"], ["plain,--abort"]),
        (["echo", "-t"], ["plain,-to", "plain,-ts", "plain,-ta", "plain,-td", "plain,-tls"]),
        (["echo", "-ll", "f"], ["plain,fatal"]),
        (["echo", "host", "-lc", "x"], ["file,x"]),
        (["echo", "--bogus", "-pts", "999", "--ip-"], ["plain,--ip-auto"]),
        (["nonsense", "--ab"], [""]),
    ],
)
def test_bash_is_offered(words: list[str], offered: list[str]) -> None:
    done = run([], **bash(*words))
    assert (done.stdout.splitlines(), done.stderr, done.returncode) == (offered, "", 0)

"""What `--output` writes when there was nothing to verify, or no way to: always one document or one line."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dcmtool.cli.main import main
from dcmtool.cli.output import echo_run
from dcmtool.settings import EchoRequest, Output
from tests.peers import pki
from tests.peers.programs import ROOT, interrupted
from tests.peers.scripted import ScriptedPeer
from tests.peers.terminal import Terminal
from tests.peers.tls import server_context
from tests.peers.vocabulary import Accept, Serve
from tests.reporting.documents import read, unverified

WHOLE = "it should be a whole number,"

USAGE = [
    (["--bogus", "h", "1"], "Unknown option --bogus"),
    (["h"], None),
    ([], "Missing parameter peer"),
    (["h", "0"], "Invalid parameter value 0: PORT should be a whole number, 1 to 65535"),
    (
        ["h", "1", "-to", "x"],
        f"Invalid value for option --timeout (x): {WHOLE} at least 1",
    ),
    (["-aec", "\x1b", "h", "1"], None),
    (["--warning", "1", "h", "1"], "--warning only allowed with --output nagios"),
    (["+vc", "x"], "--output not allowed with --verify-cert"),
]


@pytest.mark.parametrize(("args", "sentence"), USAGE)
@pytest.mark.parametrize("form", ["json", "ndjson"])
def test_a_usage_error(
    form: str, args: list[str], sentence: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["echo", "--output", form, *args]) == 1
    captured = capsys.readouterr()
    document = read(captured.out)
    assert document == unverified("usage-error", 1, sentence or document["message"])
    assert captured.err.splitlines()[-1] == f"Error: {document['message']}"
    assert len(captured.out.splitlines()) == 1 or form == "json"


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (["--bogus", "h", "1"], "Unknown option --bogus"),
        (["-aec", "a|b\\", "h", "1"], None),
        (
            ["--warning", "2", "--critical", "1", "h", "1"],
            "Invalid value for option --warning: warning threshold '2.0' is above the critical one of 1",
        ),
    ],
)
def test_a_usage_error_for_a_monitor(
    args: list[str], sentence: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["echo", "--output", "nagios", *args]) == 3
    captured = capsys.readouterr()
    sentence = sentence or captured.err.splitlines()[-1].removeprefix("Error: ").replace("|", "/")
    assert captured.out == f"DICOM UNKNOWN - {sentence}\n"


@pytest.mark.parametrize(
    "args",
    [
        ["--bogus", "h", "1"],
        ["--bogus", "--output", "xml"],
        ["--bogus", "--output", "json", "--output", "text"],
        ["--bogus", "-aet", "--output", "json", "h"],
        ["h", "1", "--output"],
        ["h", "1", "--outputs=json"],
    ],
)
def test_who_does_not_ask_gets_nothing(args: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["echo", *args]) == 1
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("args", [["--output=json"], ["--output", "text", "--output", "json"]])
def test_the_rightmost_counts_however_it_is_spelt(
    args: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["echo", "--bogus", *args]) == 1
    assert read(capsys.readouterr().out)["message"] == "Unknown option --bogus"


def test_the_environment_asks_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DCMTOOL_ECHO_OUTPUT", "json")
    assert main(["echo"]) == 1
    assert read(capsys.readouterr().out) == unverified("usage-error", 1, "Missing parameter peer")
    assert main(["bogus"]) == 1
    assert capsys.readouterr().out == ""
    assert main(["echo", "--output", "text", "h"]) == 1
    assert capsys.readouterr().out == ""


def test_the_environment_asks_for_a_threshold(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DCMTOOL_ECHO_CRITICAL", "5")
    assert main(["echo", "h", "1"]) == 1
    expected = "Error: DCMTOOL_ECHO_CRITICAL only allowed with --output nagios"
    assert capsys.readouterr().err.splitlines()[-1] == expected


def test_what_the_options_become(monkeypatch: pytest.MonkeyPatch) -> None:
    outputs: list[Output] = []

    def record(request: EchoRequest, output: Output) -> int:
        outputs.append(output)
        return 0

    monkeypatch.setattr(echo_run, "run", record)
    assert main(["echo", "--critical", "2.5", "h", "1", "-v", "--output", "nagios", "--warning", "0"]) == 0
    assert main(["echo", "h", "1"]) == 0
    assert outputs == [Output("info", None, "nagios", 0, 2.5), Output()]


# Files ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("args", "reason"),
    [
        (["@{}"], "No such file or directory"),
        (["-lc", "{}", "h", "1"], "cannot be read: No such file or directory"),
        (["+tla", "+cf", "{}", "h", "1"], "No such file or directory"),
        (["+tls", "k", "c", "--password-file", "{}", "h", "1"], "No such file or directory"),
    ],
)
def test_files_that_cannot_be_read(
    args: list[str], reason: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    none = str(tmp_path / "none")
    args = [arg.format(none) for arg in args]
    assert main(["echo", "--output", "json", *args]) == 20
    assert read(capsys.readouterr().out) == unverified("input-file", 20, f"{none}: {reason}")
    assert main(["echo", "--output", "nagios", *args]) == 3
    assert capsys.readouterr().out == f"DICOM UNKNOWN - {none}: {reason}\n"


def test_a_command_file_may_ask(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("echo --output json --bogus")
    assert main([f"@{tmp_path}/file"]) == 1
    assert read(capsys.readouterr().out)["outcome"] == "usage-error"


def test_a_seed_that_cannot_be_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cast = pki.standard()
    authority, seed = cast.root.certificate_file(tmp_path), str(tmp_path / "none" / "seed")
    args = ["echo", "--output", "json", "+tla", "+cf", authority, "+rs", authority, "+wf", seed]
    with ScriptedPeer(Accept(), Serve(), tls=server_context(tmp_path, cast.server)) as peer:
        assert main([*args, peer.host, str(peer.port)]) == 40
    sentence = f"{seed} cannot be written: No such file or directory"
    assert read(capsys.readouterr().out) == unverified("output-file", 40, sentence)


def test_tls_settings_that_no_session_can_be_made_with(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    client = pki.standard().client
    key = client.key_file(tmp_path, password="x")
    tls = ["+tls", key, client.certificate_file(tmp_path), "-ic", "-pw"]
    assert main(["echo", "--output", "json", *tls, "127.0.0.1", "1"]) == 71
    sentence = f"the password does not open the private key {key}"
    assert read(capsys.readouterr().out) == unverified("tls-settings", 71, sentence)


# Ctrl-C -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("form", "code", "expected"),
    [
        ("json", 130, None),
        ("ndjson", 130, None),
        ("nagios", 3, "DICOM UNKNOWN - interrupted\n"),
        ("text", 130, ""),
    ],
)
def test_an_interrupt_before_the_run(form: str, code: int, expected: str | None, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    # Ctrl-C may come when the file is open, and not yet in the hands of `with`
    python = [sys.executable, "-W", "ignore::ResourceWarning"]
    command = [*python, "-m", "dcmtool", "echo", "--output", form, f"@{pipe}"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    with open(pipe, "wb"):  # opens once the program reads
        out, err = interrupted(process)
    assert (process.returncode, err) == (code, "")
    if expected is None:
        assert read(out) == unverified("interrupted", 130, "interrupted")
    else:
        assert out == expected


def test_an_interrupt_while_the_program_is_loaded() -> None:
    program = (
        "import sys, dcmtool.__main__, builtins; real = builtins.__import__\n"
        "def slow(name, *rest):\n"
        "    if name == 'dcmtool.options.values':\n"
        "        builtins.__import__ = real\n"
        "        raise KeyboardInterrupt\n"
        "    return real(name, *rest)\n"
        "builtins.__import__ = slow; dcmtool.__main__.start()"
    )
    command = [sys.executable, "-c", program, "echo", "--output", "json", "h", "1"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (130, "")
    assert read(done.stdout) == unverified("interrupted", 130, "interrupted")


def test_an_interrupt_at_the_question_for_a_password(tmp_path: Path) -> None:
    client = pki.standard().client
    key, certificate = client.key_file(tmp_path, password="x"), client.certificate_file(tmp_path)
    tls = ["+tls", key, certificate, "-ic"]
    terminal = Terminal([sys.executable, "-m", "dcmtool", "echo", "--output", "nagios", *tls, "h", "1"])
    terminal.wait_for(b"Password of the private key")
    terminal.type(b"\x03")
    assert terminal.end() == 3
    assert terminal.lines[-1] == "DICOM UNKNOWN - interrupted"

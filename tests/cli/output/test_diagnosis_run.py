"""What a person sees while a diagnosis waits, and how its lines look."""

import io
import sys

import pytest

from dcmtool.cli.output import diagnosis_run, diagnosis_text
from dcmtool.diagnosis.checklist import Stage
from dcmtool.diagnosis.node_words import NodeEntry
from dcmtool.settings import Color
from dcmtool.trace.spinner import Spinner


class Tty(io.StringIO):
    """A terminal of UTF-8, or of another encoding."""

    def __init__(self, encoding: str = "utf-8") -> None:
        super().__init__()
        self._encoding = encoding

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """Return what it can show."""
        return self._encoding

    def isatty(self) -> bool:
        """Return that it is one."""
        return True


def at_a_terminal(monkeypatch: pytest.MonkeyPatch, encoding: str = "utf-8") -> Tty:
    """Make stdout and stderr a terminal with colours; no fixture, after which pytest sets its own."""
    tty = Tty(encoding)
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", tty)
    monkeypatch.setattr(sys, "stdout", tty)
    return tty


def test_a_pipe_is_told_nothing_of_a_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    assert diagnosis_run._notice("auto") is None


@pytest.mark.parametrize(("color", "moves"), [("auto", True), ("never", False)])
def test_a_wait_is_shown_at_a_terminal(color: Color, moves: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = at_a_terminal(monkeypatch)
    monkeypatch.setattr(diagnosis_run, "monotonic_ns", lambda: 3_000_000_000)
    called: list[str | None] = []
    monkeypatch.setattr(Spinner, "__call__", lambda _self, awaited, _begun: called.append(awaited))
    notice = diagnosis_run._notice(color)
    assert notice is not None
    notice(None, 0)  # the end of a wait that was none
    assert called == []
    notice("echo", 0)
    notice(None, 0)
    assert called == (["echo", None] if moves else [])
    assert ("waiting for the echo, 3 s" in terminal.getvalue()) == (not moves)


STAGE = Stage("echo", "ok", "Success", 1_000_000)


@pytest.mark.parametrize(
    ("color", "line"),
    [
        ("auto", "\x1b[32m\u2713\x1b[0m echo         Success\x1b[2m  1.0 ms\x1b[0m\n"),
        ("never", "\u2713 echo         Success  1.0 ms\n"),
    ],
)
def test_a_stage_at_a_terminal(color: Color, line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = at_a_terminal(monkeypatch)
    diagnosis_text.write_stage(STAGE, color)
    assert terminal.getvalue() == line


def test_a_long_stage_is_broken_at_words(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = at_a_terminal(monkeypatch)
    monkeypatch.setenv("COLUMNS", "60")
    text = "rejected, 1/1/3: Calling AE Title Not Recognized (Service User, Rejected)"
    diagnosis_text.write_stage(STAGE._replace(text=text), "never")
    diagnosis_text.announce(text, "never")
    assert terminal.getvalue() == (
        "\u2713 echo         rejected, 1/1/3: Calling AE Title Not\n"
        "               Recognized (Service User, Rejected)  1.0 ms\n"
        "  try          rejected, 1/1/3: Calling AE Title Not\n"
        "               Recognized (Service User, Rejected) ...\n"
    )


def test_a_terminal_without_the_signs_has_words(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = at_a_terminal(monkeypatch, "ascii")
    diagnosis_text.write_stage(STAGE._replace(took=None, state="failed"), "never")
    assert terminal.getvalue() == "FAIL echo         Success\n"


def test_what_works_stands_at_the_end(capsys: pytest.CaptureFixture[str]) -> None:
    entry = NodeEntry("software, file", '"us": \x1b')
    diagnosis_text.write_findings([], "never", "dcmtool echo h 1", [entry])
    assert capsys.readouterr().out == (
        '\nthis works: dcmtool echo h 1\nor there: "us": \\x1b\n          in software, file\n'
    )

"""`dcmtool selftest`: its table, its JSON and its exit code."""

import json
import sys

import pytest

from dcmtool.cli.main import main
from dcmtool.scp.settings import Faults
from dcmtool.selftest import checks
from dcmtool.verification.report import Outcome
from tests.peers.terminal import Terminal

TABLE = """\
ok   one echo                   success
ok   100 echoes                 success
ok   rejection                  rejected
ok   refused contexts           no-presentation-context
ok   status of failure          echo-failed
ok   abort                      aborted
ok   no answer                  echo-failed
ok   pynetdicom calls us        success
ok   pynetdicom is called       success
ok   TLS                        success
ok   mutual TLS                 success
ok   unknown authority          tls-failed
ok   no client certificate      tls-failed
ok   no TLS where it is wanted  tls-failed
14 of 14 passed
"""


def test_the_lines(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["selftest"]) == 0
    assert capsys.readouterr() == (TABLE, "")


def test_a_tick_a_line_as_each_ends_on_a_terminal() -> None:
    command = [sys.executable, "-W", "error", "-m", "dcmtool", "selftest"]
    terminal = Terminal(command, env={"PYTHONIOENCODING": "utf-8"})
    terminal.wait_for("\x1b[32m\u2713\x1b[0m one echo ".encode())
    assert b"passed" not in terminal.shown
    assert terminal.end() == 0
    assert terminal.lines[-1] == "\x1b[32m14 of 14 passed\x1b[0m"
    assert sum("\u2713" in line for line in terminal.lines) == 14


def test_a_terminal_without_ticks_has_words() -> None:
    command = [sys.executable, "-W", "error", "-m", "dcmtool", "selftest"]
    terminal = Terminal(command, env={"PYTHONIOENCODING": "ascii", "NO_COLOR": "1"})
    assert terminal.end() == 0
    assert "\n".join([*terminal.lines, ""]) == TABLE


@pytest.fixture
def one_that_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two checks the second does not hold."""
    monkeypatch.setattr(
        checks,
        "checks",
        lambda _cast: [
            checks.Check("good", Outcome.SUCCESS),
            checks.Check("bad", Outcome.SUCCESS, faults=Faults(status=0x0110)),
        ],
    )


@pytest.mark.usefixtures("one_that_fails")
def test_what_does_not_hold_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["selftest"]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "ok   good  success",
        "FAIL bad   echo-failed",
        "    success was expected: status 0x0110 (Failure: Processing Failure)",
        "1 of 2 passed",
    ]


@pytest.mark.usefixtures("one_that_fails")
def test_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["selftest", "--output", "json"]) == 1
    assert json.loads(capsys.readouterr().out) == [
        {"check": "good", "expected": "success", "seen": "success", "message": None, "ok": True},
        {
            "check": "bad",
            "expected": "success",
            "seen": "echo-failed",
            "message": "status 0x0110 (Failure: Processing Failure)",
            "ok": False,
        },
    ]

"""`dcmtool selftest`: its table, its JSON and its exit code."""

import json

import pytest

from dcmtool.cli.main import main
from dcmtool.scp.settings import Faults
from dcmtool.selftest import checks
from dcmtool.verification.report import Outcome

TABLE = """\
OK   CHECK                      EXPECTED                 SEEN
yes  one echo                   success                  success
yes  100 echoes                 success                  success
yes  rejection                  rejected                 rejected
yes  refused contexts           no-presentation-context  no-presentation-context
yes  status of failure          echo-failed              echo-failed
yes  abort                      aborted                  aborted
yes  no answer                  echo-failed              echo-failed
yes  TLS                        success                  success
yes  mutual TLS                 success                  success
yes  unknown authority          tls-failed               tls-failed
yes  no client certificate      tls-failed               tls-failed
yes  no TLS where it is wanted  tls-failed               tls-failed
"""


def test_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["selftest"]) == 0
    assert capsys.readouterr() == (TABLE, "")
    assert max(map(len, TABLE.splitlines())) <= 80


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
        "OK   CHECK  EXPECTED  SEEN",
        "yes  good   success   success",
        "NO   bad    success   echo-failed",
        "bad: status 0x0110 (Failure: Processing Failure)",
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

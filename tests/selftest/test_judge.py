"""pynetdicom as the judge: that it is asked, that what it finds is told, and that nothing of it is left."""

import subprocess
import sys
import threading

import pytest
from pynetdicom.association import Association

from dcmtool.scp.settings import Faults, ScpSettings
from dcmtool.selftest import judge
from dcmtool.selftest.judge import JUDGEMENTS, Judgement
from dcmtool.verification.report import Outcome

CALLS_US, IS_CALLED = JUDGEMENTS


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """pynetdicom now and then loses what came between its own threads, and waits for it to the end."""
    monkeypatch.setattr(judge, "_PATIENT", 6.0)


@pytest.mark.parametrize("judgement", JUDGEMENTS, ids=lambda each: each.name)
def test_both_sides_hold_and_no_thread_is_left(judgement: Judgement) -> None:
    before = set(threading.enumerate())
    assert judgement.tried() == ("success", "", True)
    assert set(threading.enumerate()) <= before


@pytest.mark.parametrize(
    ("faults", "outcome", "sentence"),
    [
        (Faults(refuse_contexts=True), Outcome.REJECTED, "pynetdicom got no association"),
        (Faults(status=0x0110), Outcome.ECHO_FAILED, "[272, 272, 272]"),
        (Faults(abort_after=0), Outcome.ECHO_FAILED, "[None, None, None]"),
    ],
)
def test_what_it_finds_wrong_with_our_scp(
    monkeypatch: pytest.MonkeyPatch, faults: Faults, outcome: Outcome, sentence: str
) -> None:
    def faulty(host: str, port: int) -> ScpSettings:
        return ScpSettings(host, port, faults=faults)

    monkeypatch.setattr(judge, "ScpSettings", faulty)
    seen, told, holds = CALLS_US.tried()
    assert (seen, sentence in told, holds) == (outcome, True, False)


def test_an_association_that_is_not_released(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Association, "is_released", False, raising=False)
    monkeypatch.setattr(Association, "release", Association.abort)
    seen, told, holds = CALLS_US.tried()
    assert (seen, told, holds) == (
        Outcome.RELEASE_FAILED,
        "pynetdicom could not release the association",
        False,
    )


def test_pynetdicom_is_loaded_only_once_it_is_asked() -> None:
    program = "import sys, dcmtool.selftest.checks; print('pynetdicom' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout == "False\n"

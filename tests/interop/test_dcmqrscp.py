"""`dcmtool echo` against DCMTK's dcmqrscp, which checks the called title."""

import pytest

from tests.interop.talk import CALLED_TITLE_REJECTED, outcome, success
from tests.peers.programs import run_dcmtool

pytestmark = pytest.mark.interop

OPTIONS = [[], ["-pts", "50", "-ppc", "3"], ["-ppc", "128"], ["-pdu", "4097"], ["-aet", "any one"]]


@pytest.mark.parametrize("options", OPTIONS, ids=" ".join)
def test_verifies_and_says_so(dcmqrscp: int, options: list[str]) -> None:
    run = run_dcmtool("-aec", "QRSCP", *options, "-v", "127.0.0.1", str(dcmqrscp))
    assert outcome(run) == (0, "", success(16384 - 12))


def test_repeats_and_aborts(dcmqrscp: int) -> None:
    run = run_dcmtool("-aec", "QRSCP", "--repeat", "3", "--abort", "localhost", str(dcmqrscp), "-v")
    assert outcome(run) == (0, "", success(16384 - 12, 3, abort=True))


def test_reports_an_unknown_called_title(dcmqrscp: int) -> None:
    run = run_dcmtool("-v", "-aec", "QRSCQ", "127.0.0.1", str(dcmqrscp))
    assert outcome(run) == (61, "", "I: Requesting Association\n" + CALLED_TITLE_REJECTED)


def test_shows_the_rejection_even_when_quiet(dcmqrscp: int) -> None:
    run = run_dcmtool("-q", "127.0.0.1", str(dcmqrscp))
    assert outcome(run) == (61, "", CALLED_TITLE_REJECTED)

"""`dcmtool echo` against Orthanc, which checks the called title when told to."""

from pathlib import Path

import pytest

from tests.interop.talk import CALLED_TITLE_REJECTED, outcome, success
from tests.peers import orthanc
from tests.peers.programs import run_dcmtool

pytestmark = pytest.mark.interop

OPTIONS = [
    [],
    ["-pts", "38"],
    ["-pts", "50", "-ppc", "3"],
    ["-ppc", "128"],
    ["-pdu", "4096"],
    ["-pdu", "131072"],
]


@pytest.mark.parametrize("options", OPTIONS, ids=" ".join)
def test_verifies_and_says_so(orthanc_node: int, options: list[str]) -> None:
    run = run_dcmtool("-v", "-aec", "ORTHANC", *options, "127.0.0.1", str(orthanc_node))
    assert outcome(run) == (0, "", success(16384 - 12))


def test_repeats(orthanc_node: int) -> None:
    run = run_dcmtool("-aec", "ORTHANC", "--repeat", "20", "localhost", str(orthanc_node), "-v")
    assert outcome(run) == (0, "", success(16384 - 12, 20))


def test_aborts_when_told_to(orthanc_node: int) -> None:
    run = run_dcmtool("-aec", "ORTHANC", "--abort", "127.0.0.1", str(orthanc_node), "-v")
    assert outcome(run) == (0, "", success(16384 - 12, abort=True))


def test_reports_an_unknown_called_title(orthanc_node: int) -> None:
    run = run_dcmtool("127.0.0.1", str(orthanc_node))
    assert outcome(run) == (61, "", CALLED_TITLE_REJECTED)


def test_takes_any_called_title_where_orthanc_does_not_check(tmp_path: Path) -> None:
    with orthanc.orthanc(tmp_path, {"DicomCheckCalledAet": False}) as port:
        run = run_dcmtool("-v", "-aec", "WHOEVER", "127.0.0.1", str(port))
    assert outcome(run) == (0, "", success(16384 - 12))

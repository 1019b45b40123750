"""`dcmtool echo` against DCMTK's storescp."""

from pathlib import Path

import pytest

from tests.interop.talk import outcome, success
from tests.peers import dcmtk
from tests.peers.programs import run_dcmtool

pytestmark = pytest.mark.interop
MAX_SEND_PDV = 16384 - 12

OPTIONS = [
    [],
    ["-aet", "MODALITY 1", "-aec", "storescp"],
    ["--aetitle", "-FOO", "--call", "+tla"],
    ["-pts", "38"],
    ["-pts", "50", "-ppc", "3"],
    ["--propose-ts", "1", "--propose-pc", "128"],
    ["-pdu", "4096"],
    ["-pdu", "4097"],
    ["--max-pdu", "131072"],
    ["-to", "5", "-ta", "5", "-td", "5", "-ts", "5", "--deadline", "20"],
    ["-ts", "-1", "-i4"],
]


@pytest.mark.parametrize("options", OPTIONS, ids=" ".join)
def test_verifies_and_says_so(storescp: int, options: list[str]) -> None:
    run = run_dcmtool("-v", *options, "127.0.0.1", str(storescp))
    assert outcome(run) == (0, "", success(MAX_SEND_PDV))


def test_more_transfer_syntaxes_than_an_older_release_takes(storescp: int) -> None:
    run = run_dcmtool("-ta", "2", "-pts", "51", "127.0.0.1", str(storescp))
    unanswered = dcmtk.version() <= (3, 6, 7)
    assert run.returncode == (61 if unanswered else 0)


def test_says_nothing_by_default(storescp: int) -> None:
    assert outcome(run_dcmtool("127.0.0.1", str(storescp))) == (0, "", "")


def test_takes_a_host_name(storescp: int) -> None:
    assert outcome(run_dcmtool("-v", "localhost", str(storescp))) == (0, "", success(MAX_SEND_PDV))


def test_repeats(storescp: int) -> None:
    run = run_dcmtool("--repeat", "100", "-v", "127.0.0.1", str(storescp))
    assert outcome(run) == (0, "", success(MAX_SEND_PDV, 100))


def test_aborts_when_told_to(storescp: int) -> None:
    run = run_dcmtool("127.0.0.1", str(storescp), "--repeat", "2", "--abort", "-v")
    assert outcome(run) == (0, "", success(MAX_SEND_PDV, 2, abort=True))


@pytest.mark.parametrize(("theirs", "pdv"), [("4096", 4084), ("131072", 131060)])
def test_heeds_the_maximum_length_of_the_peer(tmp_path: Path, theirs: str, pdv: int) -> None:
    with dcmtk.storescp(tmp_path, "-pdu", theirs) as port:
        run = run_dcmtool("-v", "127.0.0.1", str(port))
    assert outcome(run) == (0, "", success(pdv))


def test_reports_a_refused_association(tmp_path: Path) -> None:
    with dcmtk.storescp(tmp_path, "--refuse") as port:
        run = run_dcmtool("-v", "127.0.0.1", str(port))
    rejected = (
        "I: Requesting Association\n"
        "F: Association Rejected:\n"
        "F: Result: Rejected Permanent, Source: Service User\n"
        "F: Reason: No Reason\n"
    )
    assert outcome(run) == (61, "", rejected)

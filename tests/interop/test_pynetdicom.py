"""`dcmtool echo` against pynetdicom's Verification SCP, which also reports what it was asked."""

from typing import Any

import pytest

from tests.interop.talk import CALLED_TITLE_REJECTED, outcome, success
from tests.peers.programs import run_dcmtool
from tests.peers.scp import TITLE, Scp, verification_scp

MAX_SEND_PDV = 16382 - 12
EXPLICIT, DEFLATED = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.1.99"

OPTIONS = [
    [],
    ["-pts", "1"],
    ["-pts", "38", "-ppc", "128"],
    ["-pts", "53", "-ppc", "3"],
    ["-pdu", "4097"],
    ["-pdu", "131072"],
    ["-aet", " x y", "-aec", "--bogus"],
]


@pytest.mark.parametrize("options", OPTIONS, ids=" ".join)
def test_verifies_and_says_so(pynetdicom_scp: Scp, options: list[str]) -> None:
    run = run_dcmtool("-v", *options, "127.0.0.1", str(pynetdicom_scp.port))
    assert outcome(run) == (0, "", success(MAX_SEND_PDV))
    assert len(pynetdicom_scp.echoes) == 1


def test_is_understood(pynetdicom_scp: Scp) -> None:
    run_dcmtool(
        "-aet",
        "ME",
        "-aec",
        "YOU",
        "-pts",
        "2",
        "-ppc",
        "2",
        "-pdu",
        "4097",
        "127.0.0.1",
        str(pynetdicom_scp.port),
    )
    (accepted,) = pynetdicom_scp.accepted
    requestor: Any = accepted.assoc.requestor
    assert requestor.ae_title == "ME"
    assert requestor.primitive.called_ae_title == "YOU"
    assert requestor.maximum_length == 4097
    contexts = [
        (context.context_id, context.transfer_syntax)
        for context in requestor.primitive.presentation_context_definition_list
    ]
    assert contexts == [(1, ["1.2.840.10008.1.2", EXPLICIT]), (3, ["1.2.840.10008.1.2", EXPLICIT])]


@pytest.mark.parametrize(("syntax", "count"), [(EXPLICIT, "2"), (DEFLATED, "23")])
def test_echoes_in_whatever_transfer_syntax_is_accepted(syntax: str, count: str) -> None:
    with verification_scp(transfer_syntaxes=(syntax,)) as scp:
        run = run_dcmtool("-v", "-pts", count, "127.0.0.1", str(scp.port))
    assert outcome(run) == (0, "", success(MAX_SEND_PDV))


def test_reports_that_nothing_was_accepted() -> None:
    with verification_scp(transfer_syntaxes=(EXPLICIT,)) as scp:
        run = run_dcmtool("-v", "127.0.0.1", str(scp.port))
    assert run.returncode == 66
    first, second, *_ = run.stderr.splitlines()
    assert first == "I: Requesting Association"
    assert second.startswith("F: No Acceptable Presentation Contexts")


def test_reports_an_unknown_called_title() -> None:
    with verification_scp(check_called_title=True) as scp:
        wrong = run_dcmtool("127.0.0.1", str(scp.port))
        right = run_dcmtool("-aec", TITLE, "127.0.0.1", str(scp.port))
    assert outcome(wrong) == (61, "", CALLED_TITLE_REJECTED)
    assert outcome(right) == (0, "", "")


def test_reports_a_failure_status() -> None:
    with verification_scp(status=0x0122) as scp:
        run = run_dcmtool("127.0.0.1", str(scp.port))
    assert run.returncode == 62
    assert run.stderr.startswith("E: Echo Failed: ")


def test_repeats_and_aborts(pynetdicom_scp: Scp) -> None:
    run = run_dcmtool("--repeat", "5", "--abort", "-v", "127.0.0.1", str(pynetdicom_scp.port))
    assert outcome(run) == (0, "", success(MAX_SEND_PDV, 5, abort=True))
    assert len(pynetdicom_scp.echoes) == 5


@pytest.mark.parametrize("options", [[], ["-i6"], ["-i0"]], ids=" ".join)
def test_speaks_ipv6(options: list[str]) -> None:
    with verification_scp(host="::1") as scp:
        run = run_dcmtool("-v", *options, "::1", str(scp.port))
    assert outcome(run) == (0, "", success(MAX_SEND_PDV))


def test_unlimited_maximum_length() -> None:
    with verification_scp(max_pdu=0) as scp:
        run = run_dcmtool("-v", "127.0.0.1", str(scp.port))
    assert outcome(run) == (0, "", success(131072 - 12))

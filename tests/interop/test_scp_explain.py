"""`dcmtool scp --explain` and real callers: what is said below the line of each."""

import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pynetdicom import AE
from pynetdicom.sop_class import CTImageStorage, Verification  # type: ignore[attr-defined]

from tests.peers.dcmtool_scp import ScpProcess, scp_process, wait_for
from tests.peers.programs import environment, require, run_dcmtool, run_echoscu

pytestmark = pytest.mark.interop
HOST = "127.0.0.1"


@pytest.fixture(scope="module")
def scp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ScpProcess]:
    """An SCP that explains its callers, who have to know its title."""
    folder = tmp_path_factory.mktemp("scp")
    options = ("--explain", "--output", "ndjson", "-aet", "PACS", "--require-called")
    with scp_process(folder, *options) as running:
        yield running


def connections(scp: ScpProcess) -> list[dict[str, Any]]:
    """Return what it has said of connections."""
    return [each["connection"] for each in scp.documents if each["event"] == "connection"]


def found(scp: ScpProcess, call: Callable[[str], object]) -> list[str]:
    """Return the ids of what is found about the one caller that `call` is, given the port."""
    before = len(connections(scp))
    call(str(scp.port))
    wait_for(lambda: len(connections(scp)) > before)
    ids = [each["id"] for each in connections(scp)[before]["findings"]]
    wait_for(lambda: all(any(f" {name} (" in line for line in scp.lines) for name in ids))
    return ids


def run(*words: str, data: bytes = b"") -> None:
    """Run a program, whatever comes of it."""
    subprocess.run(words, input=data, capture_output=True, env=environment(), timeout=30, check=False)


def test_callers_in_order(scp: ScpProcess) -> None:
    def pynetdicom(port: str) -> None:
        entity = AE("PYNET")
        entity.add_requested_context(Verification)
        association = entity.associate(HOST, int(port), ae_title="PACS")
        assert association.send_c_echo().Status == 0
        association.release()

    for call in (
        lambda port: run_echoscu("-aec", "PACS", HOST, port),
        lambda port: run_dcmtool("-aec", "PACS", HOST, port),
        pynetdicom,
    ):
        assert found(scp, call) == []


def test_echoscu(scp: ScpProcess) -> None:
    assert found(scp, lambda port: run_echoscu(HOST, port)) == ["called-title-not-ours"]
    assert found(scp, lambda port: run_echoscu("-aec", "PACS", "--abort", HOST, port)) == ["no-release"]
    assert found(scp, lambda port: run_echoscu("-aec", "PACS", "-pdu", "4096", HOST, port)) == []


def test_findscu_asks_for_another_service(scp: ScpProcess) -> None:
    program = require("/usr/bin/findscu")
    query = ("-S", "-k", "0008,0052=STUDY")
    ids = found(scp, lambda port: run(program, *query, "-aec", "PACS", HOST, port))
    assert ids == ["no-verification-proposed"]


def test_pynetdicom_asks_for_another_service(scp: ScpProcess) -> None:
    def call(port: str) -> None:
        entity = AE("PYNET")
        entity.add_requested_context(CTImageStorage)
        association = entity.associate(HOST, int(port), ae_title="PACS")
        assert not association.is_established

    assert found(scp, call) == ["no-verification-proposed"]


def test_tls_at_a_plain_port(scp: ScpProcess) -> None:
    program = require("/usr/bin/openssl")
    assert found(scp, lambda port: run(program, "s_client", "-connect", f"{HOST}:{port}")) == [
        "tls-at-plain-port"
    ]


def test_tls_that_does_not_trust(tmp_path: Path) -> None:
    program = require("/usr/bin/openssl")
    with scp_process(tmp_path, "--self-signed", "--output", "ndjson") as scp:
        run(program, "s_client", "-verify_return_error", "-connect", f"{HOST}:{scp.port}")
        wait_for(lambda: len(connections(scp)) == 1)
        (finding,) = connections(scp)[0]["findings"]
    assert finding["id"] == "our-certificate-untrusted"
    assert "TLS alert 'unknown ca'" in finding["sentence"]


def test_what_is_written_below_the_line(tmp_path: Path) -> None:
    with scp_process(tmp_path, "--explain", "-aet", "PACS", "--require-called", "--once") as scp:
        run_echoscu("-aec", "pacs", HOST, str(scp.port))
        assert scp.wait() == 0
        lines = [re.sub(r"\(after \d+ ms\)", "(after N ms)", line) for line in scp.lines]
        assert lines[1:-1] == [
            "I: 127.0.0.1 port N: ECHOSCU called pacs for Verification, rejected: "
            "Called AE Title Not Recognized (TIME)",
            "I:   called-title-not-ours (certain): ECHOSCU calls the AE title 'pacs', and ours is 'PACS' "
            "(it is in other case)",
            "I:     seen   'ECHOSCU' called 'pacs'",
            "I:     seen   we answered with A-ASSOCIATE-RJ 1/1/7 (after N ms)",
            "I:     to act who runs the caller",
            "I:     to do  1. set the called AE title in the caller's entry for this node to PACS, "
            "case and all",
            "I:            2. or call this node as it is called",
            "I:     more   docs/findings/called-title-not-ours.md, PS3.8 7.1.1.4",
        ]

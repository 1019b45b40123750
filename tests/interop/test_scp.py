"""`dcmtool scp` as a process, and real clients: DCMTK's, pynetdicom's, Orthanc's, OpenSSL's, and our own."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pynetdicom import AE
from pynetdicom.sop_class import CTImageStorage, Verification  # type: ignore[attr-defined]

from tests.peers import pki
from tests.peers.dcmtool_scp import ScpProcess, scp_process, wait_for
from tests.peers.orthanc import orthanc_with_rest
from tests.peers.programs import environment, require, run_dcmtool, run_echoscu
from tests.reporting.documents import timeless, validator

pytestmark = pytest.mark.interop
CAST = pki.standard()
BIND = "127.0.0.1"
RELEASED = "1 of 1 context accepted, 1 echo, released (TIME)"


@pytest.fixture(scope="module")
def scp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ScpProcess]:
    """An SCP as it is by default."""
    with scp_process(tmp_path_factory.mktemp("scp"), "--output", "ndjson") as running:
        running.wait_for_lines(1)  # that it listens, which is none of a client's
        yield running


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for keys and certificates."""
    return tmp_path_factory.mktemp("files")


def said(scp: ScpProcess, run: Any) -> list[str]:
    """Return the lines that a client brings about; a line and the next client come in turn."""
    before = len(scp.lines)
    run()
    return scp.wait_for_lines(before + 1)[before:]


def identity(folder: Path, who: pki.Identity) -> list[str]:
    """Return the files for +tls."""
    return [who.key_file(folder), who.certificate_file(folder)]


def answered(code: int, scp: ScpProcess, *options: str) -> None:
    """See that `dcmtool echo` ends with a code."""
    run = run_dcmtool(*options, BIND, str(scp.port))
    assert run.returncode == code, run.stderr


# Without TLS ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "rest"),
    [
        ([], "1 of 1 context accepted, 1 echo"),
        (["--repeat", "5"], "1 of 1 context accepted, 5 echoes"),
        (["-pts", "38", "-ppc", "128"], "128 of 128 contexts accepted, 1 echo"),
        (["-pdu", "4096"], "1 of 1 context accepted, 1 echo"),
    ],
    ids=["plain", "--repeat", "128 contexts", "-pdu"],
)
def test_echoscu(scp: ScpProcess, options: list[str], rest: str) -> None:
    def run() -> None:
        assert run_echoscu(*options, BIND, str(scp.port)).returncode == 0

    assert said(scp, run) == [
        f"I: 127.0.0.1 port N: ECHOSCU called ANY-SCP for Verification, {rest}, released (TIME)"
    ]


def test_echoscu_aborts(scp: ScpProcess) -> None:
    assert said(scp, lambda: run_echoscu("--abort", BIND, str(scp.port))) == [
        "I: 127.0.0.1 port N: ECHOSCU called ANY-SCP for Verification, 1 of 1 context accepted, 1 echo, "
        "aborted by the peer (A-ABORT from the service user) (TIME)"
    ]


def test_storescu_and_findscu_find_no_context_of_theirs(scp: ScpProcess, tmp_path: Path) -> None:
    text, query = tmp_path / "query.txt", tmp_path / "query.dcm"
    text.write_text("(0008,0052) CS PATIENT\n")
    subprocess.run([require("/usr/bin/dump2dcm"), str(text), str(query)], check=True)
    find = [require("/usr/bin/findscu"), "-P", BIND, str(scp.port), str(query)]
    (line,) = said(scp, lambda: subprocess.run(find, capture_output=True, env=environment(), check=False))
    assert line.startswith(
        "I: 127.0.0.1 port N: FINDSCU called ANY-SCP for "
        "Patient Root Query/Retrieve Information Model - FIND, 0 of 1 context accepted, 0 echoes, "
    )


def test_pynetdicom_as_scu(scp: ScpProcess) -> None:
    entity = AE("PYNET")
    entity.add_requested_context(Verification)
    entity.add_requested_context(CTImageStorage)

    def run() -> None:
        association = entity.associate(BIND, scp.port, ae_title="DCMTOOL")
        assert association.is_established
        assert [association.send_c_echo().Status for _ in range(3)] == [0, 0, 0]
        assert [str(each.abstract_syntax) for each in association.accepted_contexts] == [Verification]
        association.release()
        assert association.is_released

    assert said(scp, run) == [
        "I: 127.0.0.1 port N: PYNET called DCMTOOL for Verification and CT Image Storage, "
        "1 of 2 contexts accepted, 3 echoes, released (TIME)"
    ]


FAULTS = [
    (["--reject", "1/1/7"], [], 61),
    (["--reject", "Transient/presentation/local-limit-exceeded"], [], 61),
    (["--status", "0110"], [], 62),
    (["--refuse-contexts"], [], 66),
    (["--delay-accept", "60"], ["-ta", "1"], 61),
    (["--delay-echo", "60"], ["-td", "1"], 62),
    (["--abort-after", "1"], ["--repeat", "2"], 70),
    (["--require-called", "-aet", "PACS"], ["-aec", "PACS"], 0),
    (["--allow-calling", "A", "--allow-calling", "B"], ["-aet", "B"], 0),
    (["--idle-timeout", "0.2"], ["--repeat", "2", "--interval", "1"], 70),
    (["--delay-accept", "0.1", "--delay-echo", "0.1", "--status", "0122", "--abort-after", "1"], [], 62),
    (["--self-signed"], [], 71),
    ([], ["+tla"], 71),
]


@pytest.mark.parametrize(("options", "asked", "code"), FAULTS, ids=lambda each: " ".join(map(str, [each])))
def test_what_dcmtool_echo_says_to_it(
    tmp_path: Path, options: list[str], asked: list[str], code: int
) -> None:
    with scp_process(tmp_path, *options) as scp:
        answered(code, scp, *asked)


def test_orthanc_echoes(scp: ScpProcess, tmp_path: Path) -> None:
    with orthanc_with_rest(tmp_path, {"scp": ["DCMTOOL", BIND, scp.port]}) as ask:
        assert said(scp, lambda: ask("/modalities/scp/echo")) == [
            "I: 127.0.0.1 port N: ORTHANC called DCMTOOL for Verification and 4 other SOP classes, "
            "1 of 5 contexts accepted, 1 echo, released (TIME)"
        ]


# What it writes -------------------------------------------------------------------------------------


def test_every_line_of_ndjson_is_valid(tmp_path: Path) -> None:
    with scp_process(tmp_path, "--output", "ndjson", "-q", "--reject", "2/3/2") as scp:
        answered(61, scp, "-aet", "ME")
        run_echoscu("+tla", BIND, str(scp.port))
        assert scp.end() == 0
        documents = scp.documents
        assert scp.lines == []
    for document in documents:
        validator("scp").validate(document)
    assert [each["event"] for each in documents] == ["listening", "connection", "connection", "ended"]
    association = timeless(documents[1]["connection"])
    assert association == {
        "address": BIND,
        "port": documents[1]["connection"]["port"],
        "outcome": "rejected",
        "reason": "Local Limit Exceeded",
        "duration_ns": "some ns",
        "tls": None,
        "association": {
            "calling_aet": "ME",
            "called_aet": "ANY-SCP",
            "abstract_syntaxes": ["1.2.840.10008.1.1"],
            "contexts_proposed": 1,
            "contexts_accepted": 0,
            "max_pdu": 16384,
            "implementation_version_name": association["association"]["implementation_version_name"],
            "echoes": 0,
        },
        "rejection": {"result": 2, "source": 3, "reason": 2},
        "warnings": [],
        "findings": association["findings"],
    }
    found = [[each["id"] for each in document["connection"]["findings"]] for document in documents[1:3]]
    assert found == [["rejected-on-purpose"], ["tls-at-plain-port"]]
    totals = documents[3]["totals"]
    assert (totals["connections"], totals["associations"], totals["echoes"]) == (2, 1, 0)
    assert {key: count for key, count in totals["outcomes"].items() if count} == {
        "rejected": 1,
        "no-request": 1,
    }


def test_the_lines_from_begin_to_end(tmp_path: Path) -> None:
    with scp_process(tmp_path, "-aet", "PACS", "-v") as scp:
        answered(0, scp, "-aec", "PACS")
        answered(71, scp, "+tla")
        scp.wait_for_lines(3)
        assert scp.end() == 0
        assert scp.lines == [
            "I: PACS listens on 127.0.0.1 port N",
            f"I: 127.0.0.1 port N: ECHOSCU called PACS for Verification, {RELEASED}",
            "W: 127.0.0.1 port N: no association: the peer wants TLS, which is not spoken here: "
            "it sent a TLS ClientHello (TIME)",
            "I: 1 association (1 released), 1 echo, 1 connection without an association, in TIME",
        ]


# With TLS -------------------------------------------------------------------------------------------


def test_a_self_signed_certificate_is_shown_saved_and_trusted(tmp_path: Path) -> None:
    saved = str(tmp_path / "scp.pem")
    with scp_process(tmp_path, "--self-signed", "--save-cert", saved, "--output", "ndjson") as scp:
        answered(0, scp, "+tla", "+cf", saved, "--check-hostname")
        answered(71, scp, "+tla")
        answered(71, scp)
        assert run_echoscu("+tla", "+cf", saved, BIND, str(scp.port)).returncode == 0
        shown = subprocess.run(
            [require(pki.OPENSSL), "s_client", "-connect", f"{BIND}:{scp.port}", "-CAfile", saved],
            input=b"",
            capture_output=True,
            check=False,
        )
        assert b"Verify return code: 0 (ok)" in shown.stdout
        printed = subprocess.run(
            [require(pki.OPENSSL), "x509", "-noout", "-fingerprint", "-sha256"],
            input=shown.stdout,
            capture_output=True,
            check=True,
        ).stdout.decode()
        fingerprint = printed.strip().split("=")[1]
        scp.wait_for_lines(3)
        assert scp.lines[1] == f"I: TLS with a self-signed certificate, SHA-256 {fingerprint}"
        assert scp.documents[0]["listening"]["fingerprint_sha256"] == fingerprint
        assert scp.lines[2] == (
            f"I: 127.0.0.1 port N (TLSv1.3): ECHOSCU called ANY-SCP for Verification, {RELEASED}"
        )


@pytest.mark.parametrize(
    ("options", "asked", "code"),
    [
        (["-ic"], ["+tla"], 0),
        (["-rc"], ["CLIENT"], 0),
        (["-rc"], ["+tla"], 71),
        (["-rc"], ["STRANGER"], 71),
        (["-rc", "+crl", "CRL"], ["CLIENT"], 71),
        (["-vc"], ["+tla"], 0),
        (["-vc"], ["CLIENT"], 0),
        (["-vc"], ["STRANGER"], 71),
    ],
    ids=lambda each: " ".join(map(str, each)) if isinstance(each, list) else None,
)
def test_client_certificates(
    files: Path, tmp_path: Path, options: list[str], asked: list[str], code: int
) -> None:
    root = CAST.root.certificate_file(files)
    stranger = pki.self_signed("stranger")
    replaced = {
        "CLIENT": ["+tls", *identity(files, CAST.client)],
        "STRANGER": ["+tls", *identity(files, stranger)],
        "CRL": [CAST.root.revocation_list_file(tmp_path, CAST.client)],
    }

    def filled(words: list[str]) -> list[str]:
        return [each for word in words for each in replaced.get(word, [word])]

    trust = [] if options == ["-ic"] else ["+cf", root]
    secured = ["+tls", *identity(files, CAST.server), *trust]
    with scp_process(tmp_path, *secured, *filled(options), "-v") as scp:
        answered(code, scp, *filled(asked), "+cf", root)
        line = scp.wait_for_lines(2)[1]
        if code:
            assert line.startswith("W: 127.0.0.1 port N: no TLS session: the client")
        elif "CLIENT" in asked:
            assert line.startswith("I: 127.0.0.1 port N (TLSv1.3, CN=client,O=Test,C=DE): ECHOSCU called")


def test_echoscu_with_a_client_certificate(files: Path, tmp_path: Path) -> None:
    root = CAST.root.certificate_file(files)
    secured = ["+tls", *identity(files, CAST.server), "-rc", "+cf", root]
    with scp_process(tmp_path, *secured) as scp:
        client = ["+tls", *identity(files, CAST.client), "+cf", root]
        assert run_echoscu(*client, BIND, str(scp.port)).returncode == 0
        assert run_echoscu("+tla", "+cf", root, BIND, str(scp.port)).returncode != 0
        assert scp.wait_for_lines(3)[1:] == [
            "I: 127.0.0.1 port N (TLSv1.3, CN=client,O=Test,C=DE): ECHOSCU called ANY-SCP for Verification, "
            f"{RELEASED}",
            "W: 127.0.0.1 port N: no TLS session: the client showed no certificate, which is required here "
            "(TIME)",
        ]


@pytest.mark.parametrize(
    ("options", "secret"),
    [
        (["+pw", "secret"], {}),
        (["--password-env", "KEY_PASSWORD"], {"KEY_PASSWORD": "secret"}),
        (["--password-file", "FILE"], {}),
    ],
)
def test_an_encrypted_key(files: Path, tmp_path: Path, options: list[str], secret: dict[str, str]) -> None:
    (tmp_path / "password").write_text("secret\n")
    given = [str(tmp_path / "password") if each == "FILE" else each for each in options]
    key = CAST.server.key_file(tmp_path, password="secret")
    certificate = CAST.server.certificate_file(files)
    with scp_process(tmp_path, "+tls", key, certificate, *given, env=secret) as scp:
        answered(0, scp, "+tla", "+cf", CAST.root.certificate_file(files))


def test_der_files(tmp_path: Path) -> None:
    pair = [CAST.server.key_file(tmp_path, "der"), CAST.server.certificate_file(tmp_path, "der")]
    with scp_process(tmp_path, "+tls", *pair, "-der") as scp:
        answered(0, scp, "+tla", "+cf", CAST.root.certificate_file(tmp_path))


@pytest.mark.parametrize(
    ("ours", "theirs", "code"),
    [
        ("+px", "+px", 0),
        ("+pz", "+pz", 0),
        ("+pa", "+pa", 0),
        ("+pn", "+pn", 0),
        ("+pz", "+pa", 71),
        ("+pa", "+pg", 71),
    ],
)
def test_profiles(files: Path, tmp_path: Path, ours: str, theirs: str, code: int) -> None:
    secured = ["+tls", *identity(files, CAST.server), ours]
    with scp_process(tmp_path, *secured, "-v") as scp:
        answered(code, scp, "+tla", theirs, "+cf", CAST.root.certificate_file(files))
        if code:
            wait_for(lambda: any("no TLS session: the client" in line for line in scp.lines))

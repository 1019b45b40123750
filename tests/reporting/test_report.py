"""The API's report: the document of the command line, in the API's words, and nothing secret in it."""

import pickle
from pathlib import Path

import pytest

import dcmtool
from dcmtool.cli.main import main
from dcmtool.errors import AssociationRejected, Rejection
from dcmtool.reporting.report import Report
from dcmtool.settings import EchoRequest, Negotiation, Peer, TlsSettings
from dcmtool.verification.report import EchoReport
from tests.peers.programs import refusing_port
from tests.peers.scripted import ScriptedPeer
from tests.peers.vocabulary import Accept, Reject, Serve
from tests.reporting.documents import Document, read, timeless, validator


def document_of(report: dcmtool.Report) -> Document:
    """Return a report's document without its times, once it is seen to be one by the schema."""
    document = report.to_dict()
    validator("echo").validate(document)
    without: Document = timeless(document)
    return without


def test_a_success_is_the_document_of_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    with ScriptedPeer(Accept(), Serve(), then=[(Accept(), Serve())]) as peer:
        assert main(["echo", "--json", peer.host, str(peer.port)]) == 0
        report = dcmtool.echo(peer.host, peer.port)
    assert document_of(report) == timeless(read(capsys.readouterr().out))
    assert report
    assert report.raise_for_failure() is report
    assert (report.exit_code, report.message, report.advice, report.finding) == (0, None, None, None)


def test_a_failure_is_the_same_in_other_words(capsys: pytest.CaptureFixture[str]) -> None:
    with ScriptedPeer(Reject(1, 1, 7), then=[(Reject(1, 1, 7),)]) as peer:
        assert main(["echo", "--json", "-aec", "NO", peer.host, str(peer.port)]) == 61
        report = dcmtool.echo(peer.host, peer.port, called_aet="NO")
    theirs = timeless(read(capsys.readouterr().out))
    assert document_of(report) | {"advice": ""} == theirs | {"advice": ""}
    assert theirs["advice"].endswith("give the node's own with -aec")
    assert report.advice == theirs["advice"].replace("-aec", "called_aet=") == report.to_dict()["advice"]
    assert (report.finding, report.exit_code, bool(report)) == ("called-title", 61, False)
    assert report.message == theirs["message"]
    with pytest.raises(AssociationRejected) as caught:
        report.raise_for_failure()
    assert caught.value is report.error
    assert isinstance(caught.value.__cause__, Rejection)


def test_it_knows_when_it_began() -> None:
    report = Report.of(EchoReport("pacs", 104), EchoRequest(Peer("pacs", 104)), 1_767_268_800.25)
    assert report.to_dict()["started"] == "2026-01-01T12:00:00.250000Z"
    with refusing_port() as port:
        before, after = dcmtool.echo("127.0.0.1", port), dcmtool.echo("127.0.0.1", port)
    assert 1_700_000_000 < before.started < after.started


def test_it_keeps_no_secret_and_can_be_kept() -> None:
    identity = dcmtool.Identity("eva", "s3cret", positive_response=True)
    tls = TlsSettings("key", "cert", password=lambda: "s3cret")
    asked = EchoRequest(Peer("pacs", 104), Negotiation(identity=identity), tls=tls)
    report = Report.of(EchoReport("pacs", 104), asked, 0)
    kept = pickle.dumps(report)
    assert b"s3cret" not in kept
    assert repr(pickle.loads(kept)) == repr(report)
    assert asked.negotiation.identity is identity
    assert report.to_dict()["user_identity"] == {
        "type": 2,
        "type_text": "user name and passcode",
        "user": "eva",
        "confirmation_requested": True,
        "confirmed": None,
    }
    for other in ({"kerberos_ticket": b"s3cret"}, {"saml_assertion": "s3cret"}, {"jwt": b"s3cret"}):
        hidden = dcmtool.Identity(**other).without_proof()
        assert (hidden.kind, hidden.primary) == (dcmtool.Identity(**other).kind, b"***")


def test_paths_and_lists_are_text_and_tuples_once_they_are_taken() -> None:
    given = TlsSettings(
        *(Path("k"), Path("c")),
        ca_files=[Path("a"), "b"],
        ca_directories=(each for each in ["d"]),
        crl_files=[],
        ciphers=["X"],
        dh_parameters=Path("dh"),
        seed_file=Path("s"),
        write_seed_file=Path("w"),
        key_log_file=Path("l"),
    )
    assert given == TlsSettings(
        *("k", "c"),
        ca_files=("a", "b"),
        ca_directories=("d",),
        ciphers=("X",),
        dh_parameters="dh",
        seed_file="s",
        write_seed_file="w",
        key_log_file="l",
    )
    assert hash(given) == hash(given)
    assert Negotiation(transfer_syntaxes=["1.2"]).transfer_syntaxes == ("1.2",)  # type: ignore[arg-type]
    for field in ("ca_files", "ca_directories", "crl_files"):
        for wrong in ("ca.pem", b"ca.pem", Path("ca.pem"), None):
            with pytest.raises(dcmtool.SettingsError, match=f"^{field} .* is not a list of paths$"):
                TlsSettings(**{field: wrong})  # type: ignore[arg-type]
    for each in (b"a", 5, "a\0b"):
        with pytest.raises(dcmtool.SettingsError, match=r"^ca_files "):
            TlsSettings(ca_files=[each])  # type: ignore[list-item]

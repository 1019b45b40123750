"""`dcmtool diagnose`: its lines, its JSON, its exit codes, and what it opens at a node."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from dcmtool.cli.main import main
from dcmtool.diagnosis import experiments, probe
from dcmtool.diagnosis.findings import FINDINGS
from tests.cli.configuration import Configuration
from tests.peers.programs import environment, refusing_port
from tests.peers.scripted import ScriptedPeer, Step
from tests.peers.terminal import Terminal
from tests.peers.vocabulary import (
    CONFIRMED,
    Accept,
    CloseConnection,
    ExpectPdu,
    Raw,
    Reject,
    Serve,
    Silence,
)
from tests.peers.wire import ASSOCIATE_RQ, P_DATA, RELEASE_RQ
from tests.reporting.documents import read

GOOD: tuple[Step, ...] = (Accept(), Serve())
HEALTHY = [GOOD] * 4
_TIME = re.compile(r"\b\d+(\.\d)? ms\b")


def diagnosed(capsys: pytest.CaptureFixture[str], *args: str, **peer: Any) -> tuple[int, list[str]]:
    """Return the exit code of a diagnosis, and its lines without times."""
    code = main(["diagnose", *args])
    out, err = capsys.readouterr()
    assert err == ""
    return code, _TIME.sub("N ms", out).splitlines()


def at(peer: ScriptedPeer, *options: str) -> list[str]:
    """Return the arguments for a peer."""
    return [*options, peer.host, str(peer.port)]


def test_a_node_that_is_in_order(capsys: pytest.CaptureFixture[str]) -> None:
    with ScriptedPeer(*GOOD, then=HEALTHY[1:]) as peer:
        code, lines = diagnosed(capsys, *at(peer))
    assert (code, lines) == (
        0,
        [
            "ok   name lookup  IPv4: 127.0.0.1  N ms",
            f"ok   connection   127.0.0.1 port {peer.port}, from 127.0.0.1  N ms",
            "ok   first bytes  DICOM",
            "ok   association  accepted by 1.2.3.4.5 (SCRIPTED_PEER)  N ms",
            "ok   contexts     Verification with LittleEndianImplicit",
            "ok   echo         Success  N ms",
            "ok   second echo  Success  N ms",
            "ok   release      in order  N ms",
            *["ok   once more    in order  N ms"] * 3,
            "",
            "in-order (certain): the node answers every echo, at once and each time alike",
        ],
    )
    assert peer.visits == [
        [ASSOCIATE_RQ, P_DATA, P_DATA, RELEASE_RQ],
        *[[ASSOCIATE_RQ, P_DATA, RELEASE_RQ]] * 3,
    ]


UNKNOWN = """\
ok   first bytes  DICOM
FAIL association  rejected, 1/1/7: Called AE Title Not Recognized (Service User, Rejected Permanent)

called-title (likely): the node does not know the AE title Archive that it was called by
  seen    Result: Rejected Permanent, Source: Service User, Reason: Called AE Title Not Recognized
  or      calling-title, calling-address
  to act  we do, on this side
  to do   1. the called AE title is case-sensitive; you sent Archive: give the node's own with -aec
          2. some nodes say this of the caller too: have US added there with 127.0.0.1
          3. read the node's log at this time: it names the titles and the address that it saw
  more    docs/findings/called-title.md, PS3.8 9.3.4"""


@pytest.mark.parametrize("width", [80, 300])
def test_a_node_that_does_not_know_us(
    width: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    with ScriptedPeer(Reject(1, 1, 7)) as peer:
        code, lines = diagnosed(capsys, *at(peer, "-aet", "US", "-aec", "Archive"))
    assert code == 3
    assert all(len(line) <= width for line in lines[4:])
    text = "\n".join(lines[2:])
    seen = " (association 1, at N ms, 03 00 00 00 00 04 00 01 01 07)"
    if width == 300:
        assert text.replace(seen, "") == UNKNOWN
    assert " ".join(text.split()).replace(seen, "") == " ".join(UNKNOWN.split())
    assert peer.types == [ASSOCIATE_RQ]


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    with ScriptedPeer(
        ExpectPdu(ASSOCIATE_RQ), Raw(b"HTTP/1.1 400 Bad Request\r\n"), CloseConnection()
    ) as peer:
        assert main(["diagnose", *at(peer, "--json")]) == 3
    document = read(capsys.readouterr().out, "diagnosis")
    assert document["peer"] == {
        "host": "127.0.0.1",
        "port": peer.port,
        "calling_aet": "ECHOSCU",
        "called_aet": "ANY-SCP",
        "tls": False,
        "source": "127.0.0.1",
    }
    assert [(each["stage"], each["state"]) for each in document["stages"]] == [
        ("lookup", "ok"),
        ("connect", "ok"),
        ("first-bytes", "failed"),
    ]
    (finding,) = document["findings"]
    assert (finding["id"], finding["certainty"], document["exit_code"]) == ("other-protocol", "certain", 3)
    assert finding["evidence"][0]["bytes"] == "48 54 54 50 2f 31 2e 31"
    assert finding["advice"][0].startswith("this port speaks HTTP: ")


def test_a_closed_port(capsys: pytest.CaptureFixture[str]) -> None:
    with refusing_port() as port:
        assert main(["diagnose", "--json", "127.0.0.1", str(port)]) == 3
    document = read(capsys.readouterr().out, "diagnosis")
    assert [each["id"] for each in document["findings"]] == ["refused"]
    assert document["peer"]["source"] == "127.0.0.1"  # as the routes have it


def test_an_unknown_name(capsys: pytest.CaptureFixture[str]) -> None:
    code, lines = diagnosed(capsys, "nobody.invalid", "104")
    assert code == 3
    assert lines[3].split(" ")[0] in ("unknown-host", "lookup-unanswered")  # without a name service


def test_a_failure_now_and_then(capsys: pytest.CaptureFixture[str]) -> None:
    scripts: list[tuple[Step, ...]] = [GOOD, (Reject(2, 3, 2),), GOOD]
    with ScriptedPeer(*GOOD, then=scripts) as peer:
        assert main(["diagnose", *at(peer, "--json")]) == 3
    document = read(capsys.readouterr().out, "diagnosis")
    assert [each["id"] for each in document["findings"]] == ["intermittent", "local-limit"]


def test_what_takes_longer_than_it_may(capsys: pytest.CaptureFixture[str]) -> None:
    with ScriptedPeer(*GOOD, then=HEALTHY[1:]) as peer:
        code, lines = diagnosed(capsys, *at(peer, "--slow", "0.001", "--max-associations", "1"))
    assert code in (0, 3)  # as fast as this machine is
    assert not any("once more" in line for line in lines)


def test_silence_is_waited_for_as_long_as_it_may_take(capsys: pytest.CaptureFixture[str]) -> None:
    with ScriptedPeer(ExpectPdu(ASSOCIATE_RQ), Silence()) as peer:
        assert main(["diagnose", *at(peer, "-ta", "1", "--json")]) == 3
    (finding,) = read(capsys.readouterr().out, "diagnosis")["findings"]
    assert (finding["id"], "tls-expected" in finding["alternatives"]) == ("no-answer-to-association", True)
    assert peer.types[0] == ASSOCIATE_RQ
    assert len(peer.types) == 2  # the A-ABORT


def test_the_rules_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diagnose", "--list-findings"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[1:]] == [*FINDINGS]
    assert main(["diagnose", "--list-findings", "--json"]) == 0
    rules = json.loads(capsys.readouterr().out)
    assert [each["id"] for each in rules] == [*FINDINGS]
    assert {"tls-cipher"} <= {*next(each for each in rules if each["id"] == "tls-sni")["alternatives"]}


# Experiments ------------------------------------------------------------------------------------------


@pytest.fixture
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Experiments do not wait for one another."""
    monkeypatch.setattr(probe, "APART", 0)


TRIED = """\
     try          the called title WRONG ...
FAIL try          the called title WRONG: rejected, 1/1/7: Called AE Title Not Recognized (Service User, \
Rejected Permanent)  N ms
     try          the called title PACS ...
ok   try          the called title PACS: in order  N ms"""


@pytest.mark.usefixtures("_at_once")
def test_each_experiment_is_announced_and_what_works_is_said(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    tries = ["--try", "all", "--try-called", "WRONG", "--try-called", "PACS"]
    with ScriptedPeer(Reject(1, 1, 7), then=[(Reject(1, 1, 7),), GOOD]) as peer:
        code, lines = diagnosed(capsys, *at(peer, *tries))
    assert code == 3
    assert "\n".join(lines[4:8]) == TRIED
    assert lines[9] == (
        "called-title (likely): the node does not know the AE title ANY-SCP that it was called by"
    )
    assert lines[-1] == f"this works: dcmtool echo -aec PACS 127.0.0.1 {peer.port}"
    assert peer.visits == [[ASSOCIATE_RQ], [ASSOCIATE_RQ], [ASSOCIATE_RQ, P_DATA, RELEASE_RQ]]


@pytest.mark.usefixtures("_at_once")
def test_what_works_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    with ScriptedPeer(Reject(1, 1, 3), then=[GOOD]) as peer:
        assert main(["diagnose", *at(peer, "--try-calling", "WARD", "--json")]) == 3
    document = read(capsys.readouterr().out, "diagnosis")
    assert document["works"] == f"dcmtool echo -aet WARD 127.0.0.1 {peer.port}"
    assert document["stages"][-1]["stage"] == "experiment"
    assert document["node_entries"] == []  # of software that nobody knows


def test_experiments_are_a_second_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    monkeypatch.setattr("dcmtool.transport.blocking.sleep", lambda seconds: waited.append(seconds))
    monkeypatch.setattr("dcmtool.transport.blocking._piece_until", lambda _end: 0.0 if waited else 5.0)
    with ScriptedPeer(Reject(1, 1, 7), then=[(Reject(1, 1, 7),)]) as peer:
        assert main(["diagnose", *at(peer, "--try-called", "PACS", "--json")]) == 3
    assert waited == [0.005]
    assert experiments.APART == 1


# Nodes and options ------------------------------------------------------------------------------------


def test_a_node_of_a_file_and_the_defaults_of_echo(
    configuration: Configuration, capsys: pytest.CaptureFixture[str]
) -> None:
    with ScriptedPeer(Reject(1, 1, 3)) as peer:
        text = f'[nodes.pacs]\nhost = "127.0.0.1"\nport = {peer.port}\ncall = "PACS"\nrepeat = 5\n'
        Path(configuration.nodes).write_text(text, encoding="utf-8")
        configuration.default('aetitle = "WARD"\nstats = true')
        assert main(["diagnose", "pacs", "--json"]) == 3
    document = read(capsys.readouterr().out, "diagnosis")
    assert (document["peer"]["calling_aet"], document["peer"]["called_aet"]) == ("WARD", "PACS")
    assert document["findings"][0]["id"] == "calling-title"


@pytest.mark.parametrize("words", [["pacs"], ["h", "104"], ["H", "104"], ["A@h:104"]])
def test_a_node_that_is_not_to_be_probed(
    words: list[str], configuration: Configuration, capsys: pytest.CaptureFixture[str]
) -> None:
    configuration.node('do-not-probe = "it stops at a second association"')
    assert main(["diagnose", *words]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.endswith(
        f"node pacs in {configuration.nodes} is not to be probed: it stops at a second association\n"
    )


@pytest.mark.parametrize(
    ("value", "shown"), [("true", "true"), ('""', "''"), ("3", "3")], ids=["flag", "empty", "number"]
)
def test_the_reason_is_a_text(
    value: str, shown: str, configuration: Configuration, capsys: pytest.CaptureFixture[str]
) -> None:
    configuration.node(f"do-not-probe = {value}")
    assert main(["diagnose", "pacs"]) == 20
    assert "do-not-probe should be the reason, a text, but is" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("args", "problem"),
    [
        (["--slow", "0", "h", "1"], "--slow"),
        (["--max-associations", "0", "h", "1"], "--max-associations"),
        (["--output", "xml", "h", "1"], "--output"),
        (["--repeat", "2", "h", "1"], "--repeat"),
        (["--try", "luck", "h", "1"], "one of all, tls, plain, titles, time, family, large, find"),
        (["--try-called", "A" * 17, "h", "1"], "--try-called"),
        (["--try", "all", "--try-calling", "A\\B", "h", "1"], "--try-calling"),
        (["--capabilities", "--try", "tls", "h", "1"], "--try not allowed with --capabilities"),
        (["--capabilities", "--try-called", "A", "h", "1"], "--try-called not allowed with --capabilities"),
        (["h"], "port"),
        (["-aec", "A" * 17, "h", "1"], "--call"),
        (["+cf", "x", "h", "1"], "--add-cert-file"),
    ],
)
def test_a_command_line_that_cannot_be(
    args: list[str], problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["diagnose", *args]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert problem in err


def test_a_file_that_is_not_there(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["diagnose", "+tla", "+cf", str(tmp_path / "none.pem"), "h", "1"]) == 20
    assert "none.pem" in capsys.readouterr().err


def test_marks_on_a_terminal() -> None:
    with ScriptedPeer(Reject(1, 1, 7)) as peer:
        command = [sys.executable, "-W", "error", "-m", "dcmtool", "diagnose", *at(peer)]
        terminal = Terminal(command, env={"PYTHONIOENCODING": "utf-8"})
        assert terminal.end() == 3
    assert any(line.startswith("\x1b[31m\u2717\x1b[0m association") for line in terminal.lines)
    assert any("called-title" in line and "\x1b[1;33m" in line for line in terminal.lines)


def test_a_program_of_its_own_says_the_same() -> None:
    with ScriptedPeer(*GOOD, then=HEALTHY[1:]) as peer:
        command = [sys.executable, "-W", "error", "-m", "dcmtool", "diagnose", *at(peer)]
        run = subprocess.run(command, env=environment(), capture_output=True, check=False)
    assert (run.returncode, run.stderr) == (0, b"")
    assert run.stdout.splitlines()[-1].startswith(b"in-order (certain): ")


@pytest.mark.parametrize(
    ("options", "more", "told"),
    [
        ([], b"", ""),
        ([], CONFIRMED, ", user identity confirmed"),
        (["--identity-response"], CONFIRMED, ", user identity confirmed"),
        (["--identity-response"], b"", ", user identity not confirmed"),
    ],
)
def test_a_user_identity(
    options: list[str],
    more: bytes,
    told: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("CODE", "s3cret")
    good: tuple[Step, ...] = (Accept(more=more), Serve())
    user = ["--identity-user", "anna", "--identity-passcode-env", "CODE", *options]
    with ScriptedPeer(*good, then=[good] * 3) as peer:
        assert main(["diagnose", *at(peer, *user)]) == 0
    out, err = capsys.readouterr()
    assert err == "W: the passcode of the user is sent without TLS: whoever is on the way can read it\n"
    assert f"accepted by 1.2.3.4.5 (SCRIPTED_PEER){told}  " in out
    assert dict(peer.request.user)[0x58] == b"\2" + bytes([bool(options)]) + b"\0\4anna\0\6s3cret"
    assert "s3cret" not in out


def test_a_user_identity_that_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CODE", "s3cret")
    user = ["--identity-user", "anna", "--identity-passcode-env", "CODE", "--json"]
    with ScriptedPeer(Reject(2, 2, 1), then=[(Reject(2, 2, 1),)] * 3) as peer:
        assert main(["diagnose", *at(peer, *user)]) == 3
    out = capsys.readouterr().out
    assert json.loads(out)["findings"][0]["id"] == "identity-refused"
    assert "s3cret" not in out


@pytest.mark.parametrize("options", [("127.0.0.1", "1"), ("--json", "127.0.0.1", "1"), ("--list-findings",)])
def test_a_closed_stdout_is_told(
    options: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", None)
        assert main(["diagnose", *options]) == 40
    assert capsys.readouterr().err == "Error: standard output cannot be written: it is closed\n"

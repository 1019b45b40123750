"""A user identity in what a run shows: the name and whether it was confirmed, and never what proves it."""

import json
import logging
import re
import subprocess
import sys
from pathlib import Path

import pytest

import dcmtool
from dcmtool.association.observed import ObservedAssociation
from dcmtool.association.proposal import associate_rq
from dcmtool.cli.main import main
from dcmtool.events import AssociationId
from dcmtool.settings import Negotiation
from dcmtool.trace.json_lines import json_line, read
from dcmtool.upper_layer.pdus import AssociateAc, ContextResult
from dcmtool.upper_layer.user_information import UserIdentityResponse
from dcmtool.verification.echo import proposal
from tests.peers.dcmtool_scp import ScpProcess
from tests.peers.programs import run_dcmtool
from tests.peers.scripted import ScriptedPeer
from tests.peers.terminal import Terminal
from tests.peers.vocabulary import CONFIRMED, Accept, Reject, Serve
from tests.peers.wire import item
from tests.trace.snapshots import SGR

SECRET, TOKEN = "s3cret-of-anna", "t0ken-of-the-node"
ANSWER = item(0x59, len(TOKEN).to_bytes(2) + TOKEN.encode())
WARNING = "W: the passcode of the user is sent without TLS: whoever is on the way can read it"
UNCONFIRMED = (
    "W: the peer accepted the association without confirming the user identity: "
    "it may not have looked at it (PS3.7 D.3.3.7)"
)
USER = ("--identity-user", "anna", "--identity-passcode-env", "CODE")


def leaked(text: str) -> list[str]:
    """Return which secrets a text has, as they are or in hexadecimal digits, however these are laid out."""
    digits = re.sub(r"^[A-Z]: |\s", "", SGR.sub("", text), flags=re.MULTILINE).lower()
    return [each for each in (SECRET, TOKEN) if each in text or each.encode().hex() in digits]


def test_what_leaks_is_found() -> None:
    for secret in (SECRET, TOKEN):
        raw = secret.encode()
        dump = "\n".join(f"T:   {raw[at : at + 16].hex(' ')}" for at in range(0, len(raw), 16))
        assert leaked(dump) == leaked(f"[{secret}]") == leaked(raw.hex()) == [secret]


@pytest.fixture(params=["passcode", "jwt"])
def options(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the options of an identity that a secret proves."""
    monkeypatch.setenv("CODE", SECRET)
    path = tmp_path / "token"
    path.write_text(SECRET)
    path.chmod(0o600)
    return [*USER] if request.param == "passcode" else ["--identity-jwt", str(path)]


@pytest.mark.parametrize(
    "more",
    [
        *("-v", "-d", "-ll trace", "--arguments", "--trace-file -", "--show-settings --all", "--stats"),
        *("--output json", "--output ndjson", "--output nagios"),
    ],
)
@pytest.mark.parametrize("accepts", [True, False])
def test_nothing_secret_is_shown(
    more: str, accepts: bool, options: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    script = (Accept(more=ANSWER), Serve()) if accepts else (Reject(1, 2, 1),)
    with ScriptedPeer(*script) as peer:
        main(["echo", *options, "--identity-response", *more.split(), peer.host, str(peer.port)])
    out, err = capfd.readouterr()
    assert out or err
    assert leaked(out + err) == []
    if "--show-settings" in more:
        assert peer.visits == []
    else:
        assert SECRET.encode() in dict(peer.request.user)[0x58]


def test_nothing_secret_is_shown_on_a_terminal(options: list[str]) -> None:
    with ScriptedPeer(Accept(more=ANSWER), Serve()) as peer:
        where = ["-ll", "trace", "--identity-response", peer.host, str(peer.port)]
        terminal = Terminal(
            [sys.executable, "-W", "error", "-m", "dcmtool", "echo", *options, *where],
            columns=120,
            env={"CODE": SECRET},
        )
        assert terminal.end() == 0
    shown = "\n".join(terminal.lines)
    assert leaked(shown) == []
    plain = SGR.sub("", shown)
    assert f"User Identity Confirmed (response of {len(TOKEN)} bytes)" in plain
    assert f"{len(SECRET)} byte(s), which are not shown" in plain


def test_a_passcode_is_typed_unseen() -> None:
    with ScriptedPeer(Accept(), Serve()) as peer:
        where = ["--identity-user", "anna", "--identity-passcode-prompt", peer.host, str(peer.port)]
        terminal = Terminal([sys.executable, "-W", "error", "-m", "dcmtool", "echo", *where], columns=120)
        terminal.wait_for(b"Passcode of the user anna: ")
        terminal.type(f"{SECRET}\n".encode())
        assert terminal.end() == 0
    assert leaked("\n".join(terminal.lines)) == []
    assert SECRET.encode() in dict(peer.request.user)[0x58]


def test_a_trace_is_read_again_with_stars(options: list[str], tmp_path: Path) -> None:
    path = tmp_path / "trace"
    with ScriptedPeer(Accept(more=ANSWER), Serve()) as peer:
        assert main(["echo", *options, "--trace-file", str(path), peer.host, str(peer.port)]) == 0
    text = path.read_text()
    assert leaked(text) == []
    events = list(read(text.splitlines()))
    pdus = [event.what for event in events if isinstance(event.what, dcmtool.events.Pdu)]
    assert b"*" * len(SECRET) in pdus[0].data
    assert b"*" * len(TOKEN) in pdus[1].data


def test_nothing_secret_reaches_a_listener_or_a_log(caplog: pytest.LogCaptureFixture) -> None:
    seen: list[dcmtool.Event] = []
    identity = dcmtool.Identity("anna", SECRET, positive_response=True)
    caplog.set_level(5, "dcmtool")
    with ScriptedPeer(Accept(more=ANSWER), Serve()) as peer:
        report = dcmtool.echo(peer.host, peer.port, identity=identity, listener=seen.append)
    assert (report.success, report.identity_confirmed) == (True, True)
    assert leaked(caplog.text) == []
    assert "Username: [anna]" in caplog.text
    assert leaked(repr(seen)) == []
    assert leaked(repr(report)) == leaked(str(vars(report))) == []
    assert logging.getLogger("dcmtool").getEffectiveLevel() == 5


@pytest.mark.parametrize(
    ("identity", "warnings"),
    [
        (dcmtool.Identity("anna"), []),
        (dcmtool.Identity("anna", SECRET), [WARNING.removeprefix("W: ")]),
        (dcmtool.Identity("anna", positive_response=True), [UNCONFIRMED.removeprefix("W: ")]),
    ],
)
def test_what_a_listener_is_warned_of(identity: dcmtool.Identity, warnings: list[str]) -> None:
    seen: list[dcmtool.Event] = []
    with ScriptedPeer(Accept(), Serve()) as peer:
        assert dcmtool.echo(peer.host, peer.port, identity=identity, listener=seen.append).success
    told = [event.what.sentence for event in seen if isinstance(event.what, dcmtool.events.Warned)]
    assert told == warnings


def test_without_a_listener_nobody_is_told() -> None:
    with ScriptedPeer(Accept(), Serve()) as peer:
        identity = dcmtool.Identity("anna", SECRET, positive_response=True)
        assert dcmtool.echo(peer.host, peer.port, identity=identity).success


@pytest.mark.parametrize("identity", [dcmtool.Identity("anna", SECRET), dcmtool.Identity(jwt=SECRET)])
def test_nor_is_that_of_others_who_call_us(identity: dcmtool.Identity, tmp_path: Path) -> None:
    scp = ScpProcess(tmp_path, "-d", "--once", "--output", "ndjson")
    try:
        assert dcmtool.echo("127.0.0.1", scp.port, identity=identity).success
        assert scp.wait() == 0
    finally:
        scp.process.kill()
        scp.process.wait()
    shown = "\n".join([*scp.lines, json.dumps(scp.documents)])
    assert "PDU Type: Associate Request" in shown
    assert leaked(shown) == []


def test_nor_is_that_of_others_whom_we_observe() -> None:
    observed = ObservedAssociation(AssociationId(1, "observer", 0.0, 0))
    asked = associate_rq(proposal(Negotiation(identity=dcmtool.Identity("anna", SECRET))))
    answered = AssociateAc("", "", (ContextResult(1, 0, "1.2"),), (UserIdentityResponse(TOKEN.encode()),))
    events = observed.receive("requestor", asked.encode(), 1) + observed.receive(
        "acceptor", answered.encode(), 2
    )
    assert {"Requested", "Negotiated", "Pdu"} <= {type(event.what).__name__ for event in events}
    assert leaked("\n".join(map(json_line, events))) == []


def lines(*args: str, more: bytes = b"") -> list[str]:
    """Return the lines of a success."""
    with ScriptedPeer(Accept(more=more), Serve()) as peer:
        run = run_dcmtool(*args, peer.host, str(peer.port), env={"CODE": SECRET})
    assert (run.returncode, run.stdout) == (0, "")
    return run.stderr.splitlines()


def test_a_confirmation_is_told() -> None:
    told = lines("-v", *USER, "--identity-response", more=CONFIRMED)
    assert told[:4] == [
        WARNING,
        "I: Requesting Association",
        "I: User Identity Confirmed",
        "I: Association Accepted (Max Send PDV: 16372)",
    ]
    assert lines(*USER, "--identity-response", more=CONFIRMED) == [WARNING]
    assert lines("--identity-user", "anna", "--identity-response", more=CONFIRMED) == []


def test_the_want_of_one_is_told() -> None:
    assert lines(*USER, "--identity-response") == [WARNING, UNCONFIRMED]
    assert lines("-q", *USER, "--identity-response") == []
    assert lines("--identity-user", "anna") == []


def test_a_warning_stands_once_however_many_associations_there_are() -> None:
    script = (Accept(), Serve())
    with ScriptedPeer(*script, then=[script]) as peer:
        run = run_dcmtool(
            *USER, "--reconnect", "--repeat", "2", peer.host, str(peer.port), env={"CODE": SECRET}
        )
    assert (run.returncode, run.stderr.splitlines()) == (0, [WARNING])


def test_the_report_tells_of_it(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("CODE", SECRET)
    with ScriptedPeer(Accept(more=CONFIRMED), Serve()) as peer:
        assert main(["echo", *USER, "--identity-response", "--json", peer.host, str(peer.port)]) == 0
    assert json.loads(capsys.readouterr().out)["user_identity"] == {
        "type": 2,
        "type_text": "user name and passcode",
        "user": "anna",
        "confirmation_requested": True,
        "confirmed": True,
    }


def test_nothing_of_it_is_loaded_for_a_plain_echo() -> None:
    with ScriptedPeer(Accept(), Serve()) as peer:
        program = (
            "import sys; from dcmtool.cli.main import main; "
            f"main(['echo', '{peer.host}', '{peer.port}']); "
            "print(*(name for name in sys.modules if 'identity' in name or name.endswith('.hidden')))"
        )
        shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert shown.stdout == "\n"

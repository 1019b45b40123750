"""What `--output` writes: every outcome, whole; the log beside it; and what a closed pipe makes of it."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from dcmtool.cli.main import main
from dcmtool.verification.report import Outcome
from tests.cli.test_main import loaded
from tests.peers import pki, wire
from tests.peers.programs import ROOT, refusing_port, run_dcmtool
from tests.peers.scripted import Link, ScriptedPeer, Step
from tests.peers.tls import V13, server_context
from tests.peers.vocabulary import (
    Abort,
    Accept,
    CloseConnection,
    EchoResponse,
    ExpectPdu,
    Raw,
    Reject,
    Serve,
    Silence,
)
from tests.peers.wire import ASSOCIATE_RQ, P_DATA, RELEASE_RQ
from tests.reporting.documents import (
    TAKEN,
    Document,
    association,
    echoes,
    phases,
    read,
    timeless,
    verified,
)

SUCCESS = (0, "Success", 1)
CLOSED = "the peer closed the connection without an A-ABORT (PS3.8 9.2.3, AA-4)"
ANSWERED = phases("resolve", "connect", "associate")
ECHOED = phases("resolve", "connect", "associate", "echo")
DONE = phases("resolve", "connect", "associate", "echo", "release")


class Interrupt:
    """Press Ctrl-C in the program under test, which runs in the main thread."""

    def play(self, _link: Link) -> None:
        """Press it."""
        ident = threading.main_thread().ident
        assert ident is not None
        signal.pthread_kill(ident, signal.SIGINT)


class Case(NamedTuple):
    """A way to end: what the peer does, the options, and the document but for the peer."""

    script: tuple[Step, ...]
    expected: Callable[[int], Document]
    options: tuple[str, ...] = ()


def ends(outcome: str, stage: str, code: int, **others: Any) -> Callable[[int], Document]:
    """Return what makes the document of a verification, once the port is known."""
    return lambda port: verified(port, outcome, stage, code, **others)


CASES = {
    "success": Case(
        (Accept(), Serve()),
        ends("success", "done", 0, phases=DONE, association=association(), echoes=echoes(1, SUCCESS)),
    ),
    "many echoes": Case(
        (Accept(), Serve()),
        ends(
            *("success", "done", 0),
            phases=DONE,
            association=association(),
            echoes=echoes(3, (0, "Success", 3)),
        ),
        ("--repeat", "3"),
    ),
    "one status of three": Case(
        (Accept(), EchoResponse(), EchoResponse(status=0x0122), EchoResponse(), Serve()),
        ends(
            *("echo-failed", "done", 62),
            finding="echo-status",
            message="status 0x0122 (Refused: SOP Class Not Supported)",
            advice="have Verification allowed for ECHOSCU at the node",
            phases=DONE,
            association=association(),
            echoes=echoes(3, (0, "Success", 2), (0x0122, "Refused: SOP Class Not Supported", 1)),
        ),
        ("--repeat", "3"),
    ),
    "no answer to the association": Case(
        (ExpectPdu(ASSOCIATE_RQ), CloseConnection()),
        ends(
            *("association-failed", "associate", 61),
            finding="closed-on-association",
            message=CLOSED,
            advice="the port may want TLS: try +tla; or the node hangs up on callers that it does not know",
        ),
    ),
    "HTTP": Case(
        (ExpectPdu(ASSOCIATE_RQ), Raw(b"HTTP/1.1 400 Bad Request\r\n\r\n"), Silence()),
        lambda port: verified(
            *(port, "association-failed", "associate", 61),
            finding="other-protocol",
            message="what the peer sent is no DICOM PDU: it begins with 48 54 54 50 2f 31 2e 31 "
            '("HTTP/1.1") (PS3.8 9.3.1)',
            advice=f"this port speaks HTTP: {port} is not the DICOM port: ask for that of the node",
        ),
    ),
    "rejected": Case(
        (Reject(1, 1, 7),),
        ends(
            *("rejected", "associate", 61),
            finding="called-title",
            message="the peer rejected the association: Rejected Permanent by the Service User: "
            "Called AE Title Not Recognized",
            advice="you called ANY-SCP, since no title was given: give the node's own with -aec",
            rejection={
                "result": 1,
                "result_text": "Rejected Permanent",
                "source": 1,
                "source_text": "Service User",
                "reason": 7,
                "reason_text": "Called AE Title Not Recognized",
            },
        ),
    ),
    "no presentation context": Case(
        (Accept(results=(3,)), Serve()),
        ends(
            *("no-presentation-context", "associate", 66),
            finding="no-verification",
            message="no acceptable presentation context: the one proposed was refused: "
            "Abstract Syntax Not Supported",
            advice="the node offers no Verification (1.2.840.10008.1.1) to ECHOSCU: have it allowed there",
            phases=phases("resolve", "connect", "associate", "release"),
            association=association(3, "Abstract Syntax Not Supported"),
        ),
    ),
    "closed during an echo": Case(
        (Accept(), ExpectPdu(P_DATA), CloseConnection()),
        ends(
            *("echo-failed", "echo", 62),
            finding="closed-on-echo",
            message=CLOSED,
            advice="it accepted the association and hung up on the echo: it may have failed, "
            "or not know ECHOSCU: see its log",
            phases=ANSWERED,
            association=association(),
            echoes=echoes(1, requested=1),
        ),
    ),
    "closed during the release": Case(
        (Accept(), EchoResponse(), ExpectPdu(RELEASE_RQ), CloseConnection()),
        ends(
            *("release-failed", "release", 67),
            finding="release-unanswered",
            message=CLOSED,
            advice="the echo itself was answered, so this does no harm but in the node's log",
            phases=ECHOED,
            association=association(),
            echoes=echoes(1, SUCCESS),
        ),
    ),
    "aborted": Case(
        (Accept(), ExpectPdu(P_DATA), Abort(2, 6)),
        ends(
            *("aborted", "echo", 70),
            finding="aborted-on-echo",
            message="the peer aborted the association (A-ABORT from the service provider: "
            "invalid PDU parameter value)",
            advice="the node's protocol machine found fault with the request: see its log for what",
            phases=ANSWERED,
            association=association(),
            abort={
                "source": 2,
                "source_text": "service provider",
                "reason": 6,
                "reason_text": "invalid PDU parameter value",
            },
            echoes=echoes(1),
        ),
    ),
    "interrupted": Case(
        (ExpectPdu(ASSOCIATE_RQ), Interrupt(), Silence()),
        ends("interrupted", "associate", 130, message="interrupted (stage: associate)"),
    ),
    "a port that wants TLS": Case(
        (ExpectPdu(ASSOCIATE_RQ), Raw(b"\x15\x03\x03\x00\x02\x02\x28"), Silence()),
        ends(
            *("tls-failed", "associate", 71),
            finding="tls-expected",
            message="the peer answered with a TLS alert: it wants TLS here (RFC 8446 6)",
            advice="this port wants TLS: try +tla, or +tls where it asks for a certificate",
        ),
    ),
}
every_case = pytest.mark.parametrize("case", CASES.values(), ids=CASES)


def ran(form: str, case: Case) -> tuple[int, int]:
    """Run a case in this process and return the exit code and the port."""
    with ScriptedPeer(*case.script) as peer:
        return main(["echo", "--output", form, *case.options, peer.host, str(peer.port)]), peer.port


@every_case
def test_the_document(case: Case, capsys: pytest.CaptureFixture[str]) -> None:
    code, port = ran("json", case)
    document = read(capsys.readouterr().out)
    assert timeless(document) == case.expected(port)
    assert document["exit_code"] == code


@every_case
def test_the_last_line_of_ndjson_is_the_document(case: Case, capsys: pytest.CaptureFixture[str]) -> None:
    _, port = ran("ndjson", case)
    *replies, last = capsys.readouterr().out.splitlines()
    document = read(last)
    assert timeless(document) == case.expected(port)
    assert len(replies) == document["echoes"]["received"]
    assert {read(line, "echo-reply")["schema"] for line in replies} <= {"dcmtool.echo-reply/1"}


def test_nobody_listens(capsys: pytest.CaptureFixture[str]) -> None:
    with refusing_port() as port:
        assert main(["echo", "--output", "json", "127.0.0.1", str(port)]) == 60
    document = timeless(read(capsys.readouterr().out))
    document["peer"]["address"] = "127.0.0.1"  # null, as there was no connection
    expected = verified(
        *(port, "no-connection", "connect", 60),
        message=f"no connection to 127.0.0.1 port {port}: Connection refused",
        finding="refused",
        advice=f"nothing listens on port {port} there, or a firewall says so: check that the node is "
        "running, and its port",
        phases=phases(),
    )
    assert document == expected


def test_every_outcome_is_among_the_cases() -> None:
    outcomes = {case.expected(1)["outcome"] for case in CASES.values()} | {"no-connection"}
    assert outcomes == {str(outcome) for outcome in Outcome}


def test_replies_come_one_by_one(capsys: pytest.CaptureFixture[str]) -> None:
    case = Case((Accept(), EchoResponse(), EchoResponse(status=0x0110), Serve()), ends("", "", 0))
    assert ran("ndjson", case._replace(options=("--repeat", "3")))[0] == 62
    replies = [read(line, "echo-reply") for line in capsys.readouterr().out.splitlines()[:-1]]
    expected = [
        {
            "schema": "dcmtool.echo-reply/1",
            "started": TAKEN,
            "message_id": number,
            "status": status,
            "round_trip_ns": TAKEN,
            "offset_ns": TAKEN,
        }
        for number, status in ((1, 0), (2, 0x0110), (3, 0))
    ]
    assert timeless(replies) == expected
    offsets = [reply["offset_ns"] - reply["round_trip_ns"] for reply in replies]
    assert 0 < offsets[0] < offsets[1] < offsets[2]


def test_a_reply_is_there_before_the_next_echo() -> None:
    with ScriptedPeer(Accept(), EchoResponse(), Silence()) as peer:
        args = ["echo", "--output", "ndjson", "--repeat", "2", peer.host, str(peer.port)]
        process = subprocess.Popen(
            [sys.executable, "-m", "dcmtool", *args], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        reply = read(process.stdout.readline(), "echo-reply")
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate()
    assert (reply["message_id"], process.returncode) == (1, 130)
    assert (read(rest)["outcome"], read(rest)["echoes"]["received"]) == ("interrupted", 1)


# TLS --------------------------------------------------------------------------------------------------

SUBJECT, ISSUER = "CN=localhost,O=Test,C=DE", "CN=Test Root CA,O=Test,C=DE"


def session(document: Document, *, verified: bool, serial: int) -> Document:
    """Return what is told of the usual server, with what differs each time taken from the document."""
    shown = document["tls"]["certificate"]
    return {
        "protocol": "TLSv1.3",
        "cipher": "TLS_AES_256_GCM_SHA384",
        "bits": 256,
        "server_name": None,
        "certificate": {
            "subject": SUBJECT,
            "issuer": ISSUER,
            "serial": str(serial),
            "names": ["DNS:localhost", "IP:127.0.0.1", "IP:::1"],
            "common_name": "localhost",
            "not_before": "2001-01-01T00:00:00Z",
            "not_after": "2099-12-31T00:00:00Z",
            "days_left": shown["days_left"],
            "state": "valid",
            "key_kind": "RSA",
            "key_bits": 2048,
            "signature_hash": "SHA256",
            "self_signed": False,
            "fingerprint_sha256": shown["fingerprint_sha256"],
            "verified": verified,
            "name_matches": True,
        },
        "certificate_error": None,
    }


@pytest.mark.parametrize("trusted", [True, False])
def test_a_session(trusted: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cast = pki.standard()
    authority = (cast.root if trusted else cast.stranger).certificate_file(tmp_path)
    args = ["echo", "--output", "json", "+tla", "+cf", authority]
    with ScriptedPeer(Accept(), Serve(), tls=server_context(tmp_path, cast.server, V13)) as peer:
        code = main([*args, peer.host, str(peer.port)])
    document = read(capsys.readouterr().out)
    tls = session(document, verified=trusted, serial=cast.server.certificate.serial_number)
    if trusted:
        taken = phases("resolve", "connect", "tls", "associate", "echo", "release")
        counts = echoes(1, SUCCESS)
        expected = verified(
            peer.port, "success", "done", 0, phases=taken, association=association(), tls=tls, echoes=counts
        )
    else:
        expected = verified(
            *(peer.port, "tls-failed", "tls", 71),
            message=f'the peer\'s certificate "{SUBJECT}" is not from an authority that we trust '
            f'(issuer "{ISSUER}")',
            finding="certificate-untrusted",
            advice="add the certificates from its issuer up to the root with +cf",
            tls=tls,
        )
    assert (timeless(document), code) == (expected, expected["exit_code"])
    assert document["tls"]["certificate"]["days_left"] > 20_000


# Beside the report ------------------------------------------------------------------------------------


def test_the_log_stays_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    case = Case((Accept(), Serve(0x0110)), ends("", "", 0), ("-v",))
    assert ran("json", case)[0] == 62
    captured = capsys.readouterr()
    read(captured.out)
    assert captured.err.splitlines() == [
        "I: Requesting Association",
        "I: Association Accepted (Max Send PDV: 16372)",
        "I: Sending Echo Request (MsgID 1)",
        "I: Received Echo Response (Failure: Processing Failure)",
        "E: Echo Failed: status 0x0110 (Failure: Processing Failure)",
        "I: Releasing Association",
    ]


def test_quiet_leaves_the_report_and_what_ended_the_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert ran("ndjson", CASES["one status of three"]._replace(options=("-q", "--repeat", "3")))[0] == 62
    captured = capsys.readouterr()
    assert len(captured.out.splitlines()) == 4
    assert captured.err == "E: Echo Failed: status 0x0122 (Refused: SOP Class Not Supported)\n"


def test_a_log_that_goes_to_stdout_does_not(tmp_path: Path) -> None:
    path = tmp_path / "logger.cfg"
    path.write_text(
        "log4cplus.rootLogger = INFO, console\nlog4cplus.appender.console = log4cplus::ConsoleAppender\n"
    )
    with ScriptedPeer(Accept(), Serve()) as peer:
        run = run_dcmtool("--output", "json", "-lc", str(path), peer.host, str(peer.port))
    assert read(run.stdout)["outcome"] == "success"
    assert "Requesting Association" in run.stderr


def test_json_tool_reads_it() -> None:
    with ScriptedPeer(Reject(2, 3, 1)) as peer:
        run = run_dcmtool("--output", "json", peer.host, str(peer.port))
    tool = [sys.executable, "-m", "json.tool"]
    done = subprocess.run(tool, input=run.stdout, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["advice"] == "the node is busy for now: try again later"


def test_text_is_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert ran("text", CASES["success"])[0] == 0
    assert capsys.readouterr() == ("", "")


def test_who_does_not_ask_does_not_load_it() -> None:
    with ScriptedPeer(Accept(), Serve()) as peer:
        modules = loaded(["echo", peer.host, str(peer.port)])
    assert not modules & {"json", "dcmtool.events", "dcmtool.reporting", "dcmtool.cli.output.report"}


def test_what_a_peer_says_is_kept_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    request = wire.Request(
        *(
            1,
            b"ANY-SCP",
            b"ECHOSCU",
            "1.2.840.10008.3.1.1.1",
            (wire.Context(1, "", ("1.2.840.10008.1.2",)),),
            (),
        )
    )
    answer = wire.accept(request).replace(b"SCRIPTED_PEER", b'\x1b[2J\xe4"\\\n|x\0\0y')
    assert ran("json", Case((ExpectPdu(ASSOCIATE_RQ), Raw(answer), Serve()), ends("", "", 0)))[0] == 0
    out = capsys.readouterr().out
    assert out.isascii()
    assert "\x1b" not in out
    name = read(out)["association"]["implementation_version_name"]
    assert name == '\x1b[2Jä"\\\n|x\0\0y'


# A monitor's line -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "options", "code", "text"),
    [
        ("success", (), 0, "OK - 127.0.0.1 port PORT answered an echo in N ms | rtt=Ns;;;0 FIGURES0;;;0;1"),
        (
            *("many echoes", ("--warning", "1000", "--critical", "2000.5"), 0),
            "OK - 127.0.0.1 port PORT answered 3 echoes in N ms on average "
            "| rtt=Ns;1;2.0005;0 FIGURES0;;;0;3",
        ),
        (
            *("success", ("--warning", "0"), 1),
            "WARNING - 127.0.0.1 port PORT answered an echo in N ms, more than 0 ms "
            "| rtt=Ns;0;;0 FIGURES0;;;0;1",
        ),
        (
            *("success", ("--warning", "0", "--critical", "0.0001"), 2),
            "CRITICAL - 127.0.0.1 port PORT answered an echo in N ms, more than 0.0001 ms "
            "| rtt=Ns;0;0.0000001;0 FIGURES0;;;0;1",
        ),
        (
            *("rejected", (), 2),
            "CRITICAL - the peer rejected the association: Rejected Permanent by the Service User: "
            "Called AE Title Not Recognized | connect=Ns;;;0 lost=0;;;0;0",
        ),
        ("interrupted", (), 3, "UNKNOWN - interrupted (stage: associate) | connect=Ns;;;0 lost=0;;;0;0"),
    ],
)
def test_the_line(
    name: str, options: tuple[str, ...], code: int, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    case = CASES[name]
    assert ran("nagios", case._replace(options=(*case.options, *options)))[0] == code
    (line,) = capsys.readouterr().out.splitlines()
    line = re.sub(
        r"port \d+", "port PORT", re.sub(r"=[0-9.]+s", "=Ns", re.sub(r"in [0-9.]+ ms", "in N ms", line))
    )
    assert line == "DICOM " + text.replace("FIGURES", "connect=Ns;;;0 associate=Ns;;;0 lost=")


# Nobody to read it ------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["json", "ndjson", "nagios"])
def test_a_closed_pipe(form: str) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with ScriptedPeer(Accept(), Serve()) as peer, os.fdopen(writer, "wb") as closed:
        done = subprocess.run(
            [sys.executable, "-m", "dcmtool", "echo", "--output", form, peer.host, str(peer.port)],
            cwd=ROOT,
            stdout=closed,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert (done.returncode, done.stderr) == (40, b"")


@pytest.mark.parametrize("wrong", [[], ["--bogus"]])
def test_no_stdout_at_all(wrong: list[str]) -> None:
    with ScriptedPeer(Accept(), Serve()) as peer:
        command = [
            sys.executable,
            "-m",
            "dcmtool",
            "echo",
            "--output",
            "json",
            *wrong,
            peer.host,
            str(peer.port),
        ]
        shell = ["/bin/sh", "-c", 'exec "$@" >&-', "sh", *command]
        done = subprocess.run(shell, cwd=ROOT, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 40
    expected = "Unknown option --bogus" if wrong else "standard output cannot be written: it is closed"
    assert done.stderr.splitlines()[-1] == f"Error: {expected}"


def test_a_full_disk() -> None:
    with ScriptedPeer(Accept(), Serve()) as peer, open("/dev/full", "wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "dcmtool", "echo", "--output", "json", peer.host, str(peer.port)],
            cwd=ROOT,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert (done.returncode, done.stderr) == (40, "Error: Cannot write the output: No space left on device\n")


def test_the_terminal_that_cannot_show_a_name() -> None:
    run = run_dcmtool(
        "--output", "nagios", "-to", "5", "b\u00fccher|.invalid", "104", env={"PYTHONIOENCODING": "ascii"}
    )
    assert run.returncode == 2
    assert run.stdout.startswith("DICOM CRITICAL - the host name 'b\\xfccher/.invalid' has no address: ")

"""`--expect`: exit code 0 exactly where a run ends as it is expected to, and a sentence where it does not."""

import json
import sys
from pathlib import Path
from typing import Any

import click
import pytest

from dcmtool import errors
from dcmtool.cli.commands.echo import command
from dcmtool.cli.exit_codes import code_of
from dcmtool.cli.main import main
from dcmtool.cli.output.expected import conclusion
from dcmtool.diagnosis.expectation import MEANINGS
from dcmtool.reporting import nagios
from dcmtool.settings import EchoRequest, Output, Peer
from dcmtool.verification.report import EchoReport
from tests.cli.configuration import Configuration, refusal
from tests.peers.programs import refusing_port
from tests.peers.scripted import ScriptedPeer
from tests.peers.scripted import Step as ScriptStep
from tests.peers.terminal import Terminal
from tests.peers.vocabulary import Abort, Accept, ExpectPdu, Reject, Serve
from tests.peers.wire import ASSOCIATE_RQ
from tests.reporting.documents import read
from tests.trace.snapshots import SGR

REJECTION = [
    "Association Rejected:",
    "Result: Rejected Permanent, Source: Service User",
    "Reason: Called AE Title Not Recognized",
]
SERVES = (Accept(), Serve())
REJECTS = (Reject(1, 1, 7),)


def run(*args: str, script: tuple[ScriptStep, ...] = REJECTS) -> int:
    """Return the exit code of a run."""
    with ScriptedPeer(*script) as peer:
        return main(["echo", *args, peer.host, str(peer.port)])


@pytest.mark.parametrize(
    ("expect", "script", "code"),
    [
        ("rejected", REJECTS, 0),
        ("rejected:called-title", REJECTS, 0),
        ("rejected:1/1/7", REJECTS, 0),
        ("rejected:calling-title", REJECTS, 61),
        ("rejected:1/1/3", REJECTS, 61),
        ("aborted", REJECTS, 61),
        ("success", REJECTS, 61),
        ("success", SERVES, 0),
        ("rejected", SERVES, 63),
        ("no-connection", SERVES, 63),
        ("rejected", (ExpectPdu(ASSOCIATE_RQ), Abort()), 70),
        ("aborted", (ExpectPdu(ASSOCIATE_RQ), Abort()), 0),
        ("no-presentation-context:no-verification", (Accept(results=(3,)), Serve()), 0),
        ("no-presentation-context", SERVES, 63),
        ("echo-failed:0124", (Accept(), Serve(0x0124)), 0),
        ("echo-failed:0122", (Accept(), Serve(0x0124)), 62),
    ],
)
@pytest.mark.parametrize("form", ["text", "json", "ndjson", "nagios"])
def test_the_exit_code(
    expect: str, script: tuple[ScriptStep, ...], code: int, form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    ended = run("--expect", expect, "-o", form, script=script)
    assert ended == (code if form != "nagios" or code == 0 else 2)
    out, err = capsys.readouterr()
    assert ("F: Expected " in err) is (code != 0)
    if form in ("json", "ndjson"):
        report = read(out.splitlines()[-1] if form == "ndjson" else out)
        assert (report["expected"], report["exit_code"]) == (expect, code)


@pytest.mark.parametrize(
    ("options", "lines"),
    [
        ([], []),
        (["-q"], []),
        (["-ll", "off"], []),
        (
            ["-v"],
            [f"I: {line}" for line in ("Requesting Association", *REJECTION)]
            + ["I: As expected: rejected:called-title"],
        ),
    ],
)
def test_what_is_expected_is_no_error(
    options: list[str], lines: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("--expect", "rejected", *options) == 0
    assert capsys.readouterr() == ("", "".join(f"{line}\n" for line in lines))


UNMET = "F: Expected rejected:calling-title, but it came to rejected:called-title"


@pytest.mark.parametrize(
    ("options", "lines"),
    [
        ([], [*(f"F: {line}" for line in REJECTION), UNMET]),
        (["-q"], [*(f"F: {line}" for line in REJECTION), UNMET]),
        (["-ll", "off"], []),
    ],
)
def test_what_came_instead_is_told(
    options: list[str], lines: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("--expect", "rejected:calling-title", *options) == 61
    assert capsys.readouterr() == ("", "".join(f"{line}\n" for line in lines))


@pytest.mark.parametrize("options", [[], ["-q"]])
def test_a_success_that_should_not_be(options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--expect", "rejected", *options, script=SERVES) == 63
    assert capsys.readouterr() == ("", "F: Expected rejected, but it came to success\n")


@pytest.mark.parametrize(
    ("expect", "script", "line"),
    [
        ("rejected", REJECTS, "DICOM OK - as expected: the peer rejected the association: "),
        ("success", SERVES, "DICOM OK - 127.0.0.1 port "),
        ("rejected", SERVES, "DICOM CRITICAL - expected rejected, but it came to success: 127.0.0.1 port "),
        (
            "aborted",
            REJECTS,
            "DICOM CRITICAL - expected aborted, but it came to rejected:called-title: the peer rejected ",
        ),
    ],
)
def test_for_a_monitor(
    expect: str, script: tuple[ScriptStep, ...], line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    run("--expect", expect, "--output", "nagios", script=script)
    assert capsys.readouterr().out.startswith(line)


def test_the_report_names_the_finding(capsys: pytest.CaptureFixture[str]) -> None:
    with refusing_port() as port:
        assert main(["echo", "--json", "127.0.0.1", str(port)]) == 60
    report = read(capsys.readouterr().out)
    assert (report["outcome"], report["finding"], report["expected"]) == ("no-connection", "refused", None)


def test_it_may_come_from_a_node(configuration: Configuration, capsys: pytest.CaptureFixture[str]) -> None:
    with refusing_port() as port:
        Path(configuration.nodes).write_text(
            f'[nodes.old]\nhost = "127.0.0.1"\nport = {port}\nexpect = "no-connection:refused"\n'
        )
        assert main(["echo", "old"]) == 0
        assert main(["echo", "old", "--expect", "rejected"]) == 60
    assert "F: Expected rejected, but it came to no-connection:refused" in capsys.readouterr().err


def test_a_trace_that_cannot_be_written_is_a_failure_all_the_same(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run("--expect", "rejected", "--trace-file", "/dev/full") == 40
    assert "cannot be written" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (["--expect", "rejectd"], "Invalid value for option --expect (rejectd): it should be one that "),
        (["--expect", ""], "Invalid value for option --expect: it is empty, but should be one that "),
        (["--expect", "rejected:refused"], "Invalid value for option --expect (rejected:refused): it "),
        (["--expect", "rejected", "--reconnect"], "--expect not allowed with --reconnect"),
    ],
)
def test_what_cannot_be_expected(args: list[str], sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, text = refusal(["echo", *args, "h", "1"], capsys)
    assert code == 1
    assert text.startswith(f"Error: {sentence}")


def test_the_tab_key_offers_the_words() -> None:
    context = click.Context(command)
    (param,) = (each for each in command.params if each.name == "expect")
    for incomplete, offered in (
        ("", [str(each) for each in MEANINGS]),
        ("rejected:calle", ["rejected:called-title"]),
        ("no-p", ["no-presentation-context"]),
        ("no-presentation-context", ["no-presentation-context", *NO_CONTEXT]),
        ("No-Presentation-Context:no-v", NO_CONTEXT[:1]),
        ("x", []),
    ):
        assert [item.value for item in param.shell_complete(context, incomplete)] == offered


NO_CONTEXT = [f"no-presentation-context:{each}" for each in ("no-verification", "no-transfer-syntax")]


def test_ctrl_c_is_neither() -> None:
    request = EchoRequest(Peer("h", 1))
    report = EchoReport("h", 1, error=errors.Interrupted("echo", KeyboardInterrupt()))
    for expect in ("success", "echo-failed"):
        assert conclusion(report, request, expect) is None
        assert code_of(report, request, expect) == 130
        status = nagios.judged(report, Output(expect=expect))
        assert nagios.expected(status, report, request, expect) == status


def test_the_list(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["echo", "--list-outcomes"]) == 0
    rows = capsys.readouterr().out.splitlines()
    words = [row.split()[0] for row in rows]
    assert words[:3] == ["OUTCOME", "success", "no-connection"]
    assert {"rejected:called-title", "rejected:RESULT/SOURCE/REASON", "tls-refused"} <= {*words}
    assert main(["echo", "--list-outcomes", "--json"]) == 0
    listed: Any = json.loads(capsys.readouterr().out)
    assert [each["outcome"] for each in listed] == [*MEANINGS]
    assert "called-title" in next(each["findings"] for each in listed if each["outcome"] == "rejected")


@pytest.mark.parametrize(
    ("expect", "last"),
    [
        ("rejected", "As expected: rejected:called-title"),
        ("aborted", "F: Expected aborted, but it came to rejected:called-title"),
    ],
)
def test_on_a_terminal(expect: str, last: str) -> None:
    with ScriptedPeer(*REJECTS) as peer:
        command = [sys.executable, "-W", "error", "-m", "dcmtool", "echo", "--expect", expect]
        terminal = Terminal([*command, peer.host, str(peer.port)], columns=120)
        assert terminal.end() == (0 if expect == "rejected" else 61)
    lines = [SGR.sub("", line) for line in terminal.lines]
    assert lines[-1] == last
    assert any(line.startswith("hint: ") for line in lines) is (expect != "rejected")

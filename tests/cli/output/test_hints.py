"""The hint: one line under a failure at a terminal, and never in a pipe."""

import sys

import pytest

from dcmtool.advice import Advice
from dcmtool.cli.output.echo_run import EchoReporter, LinesOf
from dcmtool.cli.wording import COMMAND_LINE
from dcmtool.errors import Interrupted, TlsFailed, TlsFailure, VerificationFailed
from dcmtool.events import AssociationId, Event, Failed
from dcmtool.settings import EchoRequest, Peer
from dcmtool.trace import plain
from dcmtool.trace.levels import Level, Line
from tests.peers.programs import run_dcmtool
from tests.peers.scripted import ScriptedPeer, Step
from tests.peers.terminal import Terminal
from tests.peers.vocabulary import Accept, ExpectPdu, Raw, Reject, Serve, Silence
from tests.peers.wire import ASSOCIATE_RQ

REQUEST = EchoRequest(Peer("pacs", 104))
ALERT = (ExpectPdu(ASSOCIATE_RQ), Raw(b"\x15\x03\x03\x00\x02\x02\x28"), Silence())
WANTED = "the peer answered with a TLS alert: it wants TLS here (RFC 8446 6)"
REJECTED = [
    "F: Association Rejected:",
    "F: Result: Rejected Permanent, Source: Service User",
    "F: Reason: Called AE Title Not Recognized",
]
CASE = "hint: the called AE title is case-sensitive; you sent any-scp: give the node's own with -aec"
STATUS = "E: Echo Failed: status 0x0122 (Refused: SOP Class Not Supported)"


def at_a_terminal(*script: Step, options: tuple[str, ...] = ()) -> list[str]:
    """Return what a person sees."""
    with ScriptedPeer(*script) as peer:
        command = [sys.executable, "-W", "error", "-m", "dcmtool", "echo", *options]
        terminal = Terminal([*command, peer.host, str(peer.port)], env={"TERM": "dumb"})
        terminal.end()
    return terminal.lines


def test_it_stands_under_the_failure() -> None:
    assert at_a_terminal(Reject(1, 1, 7), options=("-aec", "any-scp")) == [*REJECTED, CASE]


def test_advice_of_the_sentence_moves_there() -> None:
    assert at_a_terminal(*ALERT) == [
        f"F: Association Request Failed: {WANTED}",
        "hint: this port wants TLS: try +tla, or +tls where it asks for a certificate",
    ]


def test_there_is_one_a_run() -> None:
    lines = at_a_terminal(Accept(), Serve(0x0122), options=("--repeat", "3"))
    assert lines == [STATUS, "hint: have Verification allowed for ECHOSCU at the node", STATUS, STATUS]


def test_a_failure_that_is_not_shown_has_none() -> None:
    assert at_a_terminal(Accept(), Serve(0x0122), options=("-ll", "off")) == []


def test_a_success_has_none() -> None:
    (line,) = at_a_terminal(Accept(), Serve())
    assert not line.startswith("hint")


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_pipe_has_the_lines_of_echoscu_alone(form: str) -> None:
    with ScriptedPeer(Reject(1, 1, 7)) as peer:
        run = run_dcmtool("--output", form, "-aec", "any-scp", peer.host, str(peer.port))
    assert run.stderr.splitlines() == REJECTED


def test_a_pipe_keeps_the_advice_in_the_sentence() -> None:
    with ScriptedPeer(*ALERT) as peer:
        run = run_dcmtool(peer.host, str(peer.port))
    advice = "use +tla, or +tls with a client certificate"
    assert run.stderr == f"F: Association Request Failed: {WANTED}: {advice}\n"


def reported(failure: VerificationFailed, capsys: pytest.CaptureFixture[str]) -> tuple[list[str], str]:
    """Return the lines of a failure for somebody at a terminal, and what stands below them."""
    lines: list[Line] = []
    reporter = EchoReporter(REQUEST, Level.WARN, lines.append, _load_lines, hints=True)
    reporter.listener(None, [])(Event(AssociationId(1, "requestor", 0, 0), None, 0, Failed(failure)))
    return [line.text for line in lines], capsys.readouterr().err


def _load_lines() -> LinesOf:
    return lambda event: plain.lines(event, words=COMMAND_LINE)


@pytest.mark.parametrize(
    ("advice", "hint"),
    [
        (Advice("client-certificate"), "hint: give one with +tls KEY CERT\n"),
        (None, "hint: see the node's log of TLS at this time\n"),
    ],
)
def test_advice_of_the_cause_itself(
    advice: Advice | None, hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    failure = TlsFailed("tls", TlsFailure("broken", "what", advice))
    assert reported(failure, capsys) == (["Association Request Failed: what"], hint)


def test_without_advice_nothing_changes(capsys: pytest.CaptureFixture[str]) -> None:
    failure = Interrupted("echo", KeyboardInterrupt())
    lines, hint = reported(failure, capsys)
    assert (len(lines), hint) == (1, "")

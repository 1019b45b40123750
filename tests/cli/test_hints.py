"""The hint: one line under a failure at a terminal, and never in a pipe."""

import sys

import pytest

from dcmtool.cli.hints import with_hint
from dcmtool.errors import EchoFailed, PeerAbort, TlsFailed, TlsFailure, TlsWanted
from dcmtool.settings import EchoRequest, Peer
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
    assert at_a_terminal(Accept(), Serve(0x0122), options=("-q",)) == []


def test_a_success_has_none() -> None:
    assert at_a_terminal(Accept(), Serve()) == []


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


@pytest.mark.parametrize(
    ("cause", "text", "expected"),
    [
        (TlsFailure("kind", "what", "do this"), "Failed: what: do this", ("Failed: what", "hint: do this")),
        (TlsFailure("kind", "what"), "Failed: what", ("Failed: what", None)),
    ],
)
def test_what_becomes_of_the_lines(cause: TlsFailure, text: str, expected: tuple[str, str | None]) -> None:
    lines, hint = with_hint([Line(Level.FATAL, text)], TlsFailed("tls", cause), REQUEST)
    assert ([line.text for line in lines], hint) == ([expected[0]], expected[1])


def test_without_advice_nothing_changes() -> None:
    lines = [Line(Level.ERROR, "one"), Line(Level.INFO, "two")]
    assert with_hint(lines, EchoFailed("echo", PeerAbort(0, 0)), REQUEST) == (lines, None)


def test_what_the_sentence_advises_is_what_moves() -> None:
    assert str(TlsWanted()) == f"{WANTED}: {TlsWanted.advice}"

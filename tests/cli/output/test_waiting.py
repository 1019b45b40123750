"""The line of a wait that takes long: what it says, when it comes, and that it goes."""

import io
import re
import signal
import sys

import pytest

from dcmtool.cli.output.waiting import WaitingLine
from tests.peers.programs import run_dcmtool
from tests.peers.scripted import ScriptedPeer, Step
from tests.peers.terminal import Terminal
from tests.peers.vocabulary import Accept, EchoResponse, ExpectPdu, Silence
from tests.peers.wire import ASSOCIATE_RQ, P_DATA, RELEASE_RQ
from tests.transport.scenarios import unanswering_port

SECOND = 1_000_000_000


def shown(*calls: tuple[str | None, float]) -> str:
    """Return what a terminal of 80 columns is sent for what is awaited after so many seconds."""
    screen, now = io.StringIO(), 0
    line = WaitingLine(screen, lambda: now)
    for awaited, seconds in calls:
        now = int(seconds * SECOND)
        line(awaited, 0)
    return screen.getvalue()


def test_a_short_wait_has_no_line() -> None:
    assert shown(("answer", 0.5), ("answer", 1.9), (None, 0)) == ""


def test_it_is_written_once_a_second_and_taken_away() -> None:
    first, second = (
        "waiting for the answer, 2 s; Ctrl-C ends it",
        "waiting for the answer, 3 s; Ctrl-C ends it",
    )
    blanks = " " * len(first)
    calls = (("answer", 2.0), ("answer", 2.5), ("answer", 3.1), (None, 0.0), (None, 0.0))
    assert shown(*calls) == f"\r{first}\r{second}\r{blanks}\r"


def test_it_never_takes_a_second_line_nor_steers_the_terminal() -> None:
    line = shown((f"address of \x1b[2J{'x' * 90}", 2.0))
    assert len(line) == 80
    assert line[1:].isprintable()


def test_a_terminal_that_is_gone_does_not_matter() -> None:
    class Gone(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError(text)

    WaitingLine(Gone(), lambda: 5 * SECOND)("answer", 0)


def at_a_terminal(host: str, port: int, awaited: str, *options: str) -> tuple[int, bytes]:
    """Run an echo until its line says what is awaited, end it by Ctrl-C, and return code and screen."""
    command = [sys.executable, "-m", "dcmtool", "echo", *options, host, str(port)]
    terminal = Terminal(command, columns=100)
    line = rb"\rwaiting for the %b, %b s; Ctrl-C ends it"
    what = re.escape(awaited).encode()
    # A machine that is busy may leave a second out.
    terminal.wait_for_match(line % (what, rb"(\d+)") + rb".*" + line % (what, rb"(?!\1 )\d+"))
    terminal.type(b"\x03")
    return terminal.end(), terminal.shown


@pytest.mark.parametrize(
    ("script", "awaited", "options"),
    [
        ((ExpectPdu(ASSOCIATE_RQ), Silence()), "answer to A-ASSOCIATE-RQ", ()),
        ((Accept(), ExpectPdu(P_DATA), Silence()), "C-ECHO-RSP", ("-v",)),
        ((Accept(), EchoResponse(), ExpectPdu(RELEASE_RQ), Silence()), "A-RELEASE-RP", ()),
    ],
    ids=["association", "echo", "release"],
)
def test_a_peer_that_does_not_answer(
    script: tuple[Step, ...], awaited: str, options: tuple[str, ...]
) -> None:
    with ScriptedPeer(*script) as peer:
        code, screen = at_a_terminal(peer.host, peer.port, awaited, *options)
    assert code == 130
    line = screen.rindex(b"Ctrl-C ends it")
    assert b" " * 40 + b"\r" in screen[line:]  # taken away
    assert b"nterrupted" in screen[line:]


def test_a_port_that_drops_what_is_sent_to_it() -> None:
    with unanswering_port() as port:
        code, _ = at_a_terminal("127.0.0.1", port, f"connection to 127.0.0.1 port {port}")
    assert code == 130


@pytest.mark.parametrize("options", [("-q",), ("--output", "json"), ("--log-level", "fatal")])
def test_who_asks_for_silence_or_a_report_has_none(options: tuple[str, ...]) -> None:
    with unanswering_port() as port:
        command = [sys.executable, "-m", "dcmtool", "echo", "-to", "3", *options, "127.0.0.1", str(port)]
        terminal = Terminal(command)
        assert terminal.end() == 60
    assert b"waiting" not in terminal.shown


def test_a_pipe_has_none() -> None:
    with unanswering_port() as port:
        run = run_dcmtool("-to", "3", "127.0.0.1", str(port))
    sentence = f"no TCP connection to 127.0.0.1 port {port} within 3 s (-to, connection timeout)"
    assert (run.returncode, run.stderr) == (60, f"F: Association Request Failed: {sentence}\n")


def test_a_connection_is_given_up_at_once_by_ctrl_c() -> None:
    with unanswering_port() as port:
        terminal = Terminal([sys.executable, "-m", "dcmtool", "echo", "127.0.0.1", str(port)])
        terminal.wait_for(b"waiting for")
        terminal.type(b"\x03")
        assert terminal.end() == 128 + signal.SIGINT

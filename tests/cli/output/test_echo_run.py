"""Where the lines of a verification go, and the exit code that it ends with."""

import io
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dcmtool import __version__
from dcmtool.cli.output import echo_run
from dcmtool.dictionary.sources import Sources
from dcmtool.errors import InputFileError
from dcmtool.settings import Color, EchoRequest, LogLevel, Output, Peer
from dcmtool.transport import blocking
from tests.logging_config import logging_state
from tests.peers.programs import refusing_port
from tests.peers.scripted import ScriptedPeer, Step
from tests.peers.vocabulary import (
    Abort,
    Accept,
    EchoResponse,
    EchoResponseWith,
    ExpectPdu,
    Reject,
    ReleaseResponse,
    Serve,
)
from tests.peers.wire import P_DATA, RELEASE_RQ
from tests.transport.scenarios import Call, interrupt_main_thread

VERBOSE = [
    "I: Requesting Association",
    "I: Association Accepted (Max Send PDV: 16372)",
    "I: Sending Echo Request (MsgID 1)",
    "I: Received Echo Response (Success)",
    "I: Releasing Association",
]
FAILURE = "E: Echo Failed: status 0x0110 (Failure: Processing Failure)"


def run(*script: Step, output: Output) -> int:
    """Verify a peer that plays a script."""
    with ScriptedPeer(*script) as peer:
        return echo_run.run(EchoRequest(Peer(peer.host, peer.port)), output)


def said(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Return the lines on stderr; nothing may be on stdout."""
    captured = capsys.readouterr()
    assert captured.out == ""
    return captured.err.splitlines()


@pytest.mark.parametrize(
    ("level", "lines"),
    [("off", []), ("fatal", []), ("error", []), ("warn", []), ("info", VERBOSE)],
)
def test_a_success(level: LogLevel, lines: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(Accept(), Serve(), output=Output(level)) == 0
    assert said(capsys) == lines


def test_a_ctrl_c_after_the_last_wait_is_not_lost(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    verified = blocking.run

    def interrupted(*args: Any) -> Any:
        report = verified(*args)
        interrupt_main_thread()
        return report

    monkeypatch.setattr(blocking, "run", interrupted)
    assert run(Accept(), Serve(), output=Output()) == 130
    assert said(capsys) == ["F: Interrupted (stage: done)"]


@pytest.mark.parametrize("level", ["debug", "trace"])
def test_more_levels_show_more(level: LogLevel, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(Accept(), Serve(), output=Output(level)) == 0
    lines = said(capsys)
    assert lines[:2] == [f"D: $dcmtool: echo v{__version__} $", "D: "]
    assert [line for line in lines if line.startswith("I:")] == VERBOSE
    assert any(line.startswith("T:") for line in lines) == (level == "trace")


@pytest.mark.parametrize(
    ("level", "lines"), [("off", []), ("fatal", [FAILURE]), ("error", [FAILURE]), ("warn", [FAILURE])]
)
def test_a_failing_status(level: LogLevel, lines: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(Accept(), Serve(0x0110), output=Output(level)) == 62
    assert said(capsys) == lines


@pytest.mark.parametrize(
    ("script", "code", "first"),
    [
        ((Reject(1, 1, 7),), 61, "F: Association Rejected:"),
        ((Accept(results=(3,)), Serve()), 66, "F: No Acceptable Presentation Contexts: "),
        ((Accept(), ExpectPdu(P_DATA), Abort()), 70, "E: Echo Failed: the peer aborted the association"),
    ],
    ids=["rejected", "nothing accepted", "aborted"],
)
def test_a_failure_has_its_code(
    script: tuple[Step, ...], code: int, first: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*script, output=Output()) == code
    assert said(capsys)[0].startswith(first)


def test_nobody_listens_there(capsys: pytest.CaptureFixture[str]) -> None:
    with refusing_port() as port:
        assert echo_run.run(EchoRequest(Peer("127.0.0.1", port)), Output("fatal")) == 60
    sentence = f"no connection to 127.0.0.1 port {port}: Connection refused"
    assert said(capsys) == [f"F: Association Request Failed: {sentence}"]


# A watch on a node -------------------------------------------------------------------------------------


def watched(text: str) -> list[str]:
    """Return the lines with the times left out."""
    return [re.sub(r"\d+\.\d{3} ms", "... ms", line) for line in text.splitlines()]


@pytest.mark.parametrize(
    ("request_", "output"),
    [({"interval": 0.01}, Output("info")), ({}, Output("info", statistics=True))],
    ids=["interval", "statistics"],
)
def test_a_watch_says_one_line_an_echo(
    request_: dict[str, Any], output: Output, capsys: pytest.CaptureFixture[str]
) -> None:
    with ScriptedPeer(Accept(), Serve()) as peer:
        assert echo_run.run(EchoRequest(Peer(peer.host, peer.port), repeat=2, **request_), output) == 0
    captured = capsys.readouterr()
    assert watched(captured.err) == [
        *VERBOSE[:2],
        "I: Received Echo Response (Success), MsgID 1, ... ms",
        "I: Received Echo Response (Success), MsgID 2, ... ms",
        VERBOSE[-1],
    ]
    assert bool(captured.out) == output.statistics


def test_a_plain_repeat_says_what_it_always_did(capsys: pytest.CaptureFixture[str]) -> None:
    with ScriptedPeer(Accept(), Serve()) as peer:
        assert echo_run.run(EchoRequest(Peer(peer.host, peer.port), repeat=2), Output("info")) == 0
    second = ["I: Sending Echo Request (MsgID 2)", VERBOSE[3]]
    assert said(capsys) == [*VERBOSE[:4], *second, VERBOSE[4]]


def test_reconnecting_in_a_watch_says_one_line_an_echo(capsys: pytest.CaptureFixture[str]) -> None:
    with ScriptedPeer(Accept(), Serve(), then=[(Reject(1, 1, 7),), (Accept(), Serve())]) as peer:
        request = EchoRequest(Peer(peer.host, peer.port), repeat=3, interval=0.01, reconnect=True)
        assert echo_run.run(request, Output("info", statistics=True)) == 61
    captured = capsys.readouterr()
    assert watched(captured.err) == [
        "I: Received Echo Response (Success), MsgID 1, ... ms",
        "F: Association Rejected:",
        "F: Result: Rejected Permanent, Source: Service User",
        "F: Reason: Called AE Title Not Recognized",
        "I: Received Echo Response (Success), MsgID 3, ... ms",
    ]
    assert captured.out.splitlines()[:4] == [
        "echoes",
        "  sent                   3",
        "  received               2",
        "  lost                   1  (33.3%)",
    ]


@pytest.mark.parametrize("repeat", [0, 3])
def test_the_figures_of_a_failure(repeat: int, capsys: pytest.CaptureFixture[str]) -> None:
    """They are shown unasked where the echoes have no end."""
    with ScriptedPeer(Accept(), EchoResponse(), ExpectPdu(P_DATA), Abort()) as peer:
        request = EchoRequest(Peer(peer.host, peer.port), repeat=repeat)
        assert echo_run.run(request, Output(statistics=repeat > 0)) == 70
    captured = capsys.readouterr()
    assert captured.err.startswith("E: Echo Failed: the peer aborted the association")
    assert captured.out.splitlines()[:4] == [
        "echoes",
        "  sent                   2",
        "  received               1",
        "  lost                   1  (50.0%)",
    ]


@pytest.mark.parametrize("arguments", [["--repeat", "0"], ["--repeat", "9", "--interval", "3600"]])
def test_ctrl_c_ends_a_watch(arguments: list[str]) -> None:
    """In a process of its own: released, summed up, 130."""
    asked = threading.Event()
    with ScriptedPeer(Accept(), EchoResponse(), Call(asked.set), Serve()) as peer:
        process = subprocess.Popen(
            [sys.executable, "-m", "dcmtool", "echo", "--stats", *arguments, peer.host, str(peer.port)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert asked.wait(30)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (130, "F: Interrupted (stage: echo)\n")
    assert out.startswith("echoes\n  sent ")
    assert "  lost                   0\n" in out
    assert peer.types[-1] == RELEASE_RQ


class _Gone(io.TextIOBase):
    def write(self, _text: str) -> int:
        raise BrokenPipeError


def test_a_reader_that_goes_does_not_change_the_exit_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", _Gone())
    assert run(Accept(), Serve(0x0110), output=Output("trace")) == 62


def test_nor_does_one_that_was_shown_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", _Gone())
    assert run(Accept(), Serve(0x0110), output=Output("trace", color="always")) == 62


@pytest.mark.parametrize("color", ["auto", "always"])
def test_without_stderr_nothing_goes_to_stdout(
    color: Color, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stderr", None)
    assert run(Accept(), Serve(), output=Output("trace", color=color)) == 0
    assert capsys.readouterr().out == ""


# A logging configuration ------------------------------------------------------------------------------


@pytest.fixture
def _logging_restored() -> Iterator[None]:
    with logging_state.restored():
        yield


def configuration(path: Path, level: str) -> str:
    """Write a configuration that logs to a file next to it."""
    path.write_text(
        f"""
version = 1
[formatters.plain]
format = "%(levelname)s %(name)s %(message)s"
[handlers.log]
class = "logging.FileHandler"
filename = {str(path.with_suffix(".log"))!r}
formatter = "plain"
[root]
level = {level!r}
handlers = ["log"]
""",
        encoding="utf-8",
    )
    return str(path)


@pytest.mark.usefixtures("_logging_restored")
@pytest.mark.parametrize(("level", "first"), [("INFO", 0), ("ERROR", 5)])
def test_a_logging_configuration_takes_the_lines(
    level: str, first: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = configuration(tmp_path / "logging.toml", level)
    assert run(Accept(), Serve(), output=Output("trace", file)) == 0
    expected = [f"INFO dcmtool.echo {line[3:]}" for line in VERBOSE[first:]]
    assert (tmp_path / "logging.log").read_text(encoding="utf-8").splitlines() == expected
    assert said(capsys) == []


@pytest.mark.usefixtures("_logging_restored")
def test_a_setting_that_is_ignored_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "logger.cfg"
    path.write_text(
        "log4cplus.rootLogger = INFO, echo_run\n"
        "log4cplus.appender.echo_run = log4cplus::ConsoleAppender\n"
        "log4cplus.nonsense = 1\n",
        encoding="utf-8",
    )
    assert run(Accept(), Serve(), output=Output(log_config=str(path))) == 0
    captured = capsys.readouterr()
    assert captured.err.startswith("W: ")
    assert "nonsense" in captured.err
    assert len(captured.out.splitlines()) == len(VERBOSE)  # the appender's stream


def test_a_configuration_that_cannot_be_used(tmp_path: Path) -> None:
    with pytest.raises(InputFileError):
        echo_run.run(EchoRequest(Peer("127.0.0.1", 1)), Output(log_config=str(tmp_path / "none")))


ACME = '(0000,0900)\tUS\tTheStatus\n(0009,"ACME 1",01)\tSH\tAcmeText\n'
PRIVATE = EchoResponseWith(((0x00090010, b"ACME 1"), (0x00091001, b"text")))


def test_a_data_dictionary_gives_the_names_of_the_dump(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "acme.dic").write_text(ACME + "bad\n")
    monkeypatch.setenv("DCMDICTPATH", f"{tmp_path}/nope:{tmp_path}/acme.dic")
    assert run(Accept(), PRIVATE, ReleaseResponse(), output=Output("debug")) == 0
    lines = said(capsys)
    assert lines[2:5] == [
        f"W: the data dictionary {tmp_path}/nope cannot be read: No such file or directory",
        f"D: data dictionary {tmp_path}/acme.dic: 2 entries",
        f"W: {tmp_path}/acme.dic:3: too few fields: 1 where tag, VR and name belong, each after a single tab",
    ]
    assert "D: (0000,0900) US 0                                        #   2, 1 TheStatus" in lines
    assert "D: (0000,0110) US 1                                        #   2, 1 MessageID" in lines
    assert "D: (0009,1001) SH [text]                                   #   4, 1 AcmeText" in lines
    sentence = (
        "the response has the element (0009,0010) and 1 more, which are not of group 0000 (PS3.7 6.3.1)"
    )
    assert lines[-3:-1] == [f"W: {sentence}", "I: Received Echo Response (Success)"]


@pytest.mark.parametrize(("level", "warned"), [("info", True), ("warn", True), ("error", False)])
def test_without_a_dump_a_data_dictionary_is_read_but_not_parsed(
    level: LogLevel,
    warned: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "acme.dic").write_text(ACME + "bad\n")
    monkeypatch.setenv("DCMDICTPATH", f"{tmp_path}:{tmp_path}/acme.dic")
    monkeypatch.delattr(Sources, "parsed")
    assert run(Accept(), Serve(), output=Output(level)) == 0
    warning = f"W: the data dictionary {tmp_path} cannot be read: Is a directory"
    assert (warning in said(capsys)) == warned


def test_without_any_data_dictionary_there_is_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DCMDICTPATH", "/")
    request = EchoRequest(Peer("127.0.0.1", 104))
    with pytest.raises(
        InputFileError, match=r"^DCMDICTPATH: no data dictionary could be loaded: / cannot be"
    ):
        echo_run.run(request, Output("off"))

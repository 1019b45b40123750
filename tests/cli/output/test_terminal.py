"""`dcmtool echo` on a real terminal: laid out as wide as it is, coloured or not as it is told."""

import re
import sys

import pytest

from tests.peers.programs import refusing_port, run_dcmtool
from tests.peers.scripted import ScriptedPeer
from tests.peers.scripted import Step as ScriptStep
from tests.peers.terminal import FATAL, Terminal
from tests.peers.vocabulary import Accept, Reject, Serve
from tests.trace.snapshots import SGR

TIME = re.compile(r"^ *\d+\.\d\d m?s")


def on_terminal(
    *options: str,
    script: tuple[ScriptStep, ...] = (Accept(), Serve()),
    columns: int = 80,
    env: dict[str, str] | None = None,
) -> tuple[int, list[str]]:
    """Return the exit code and the lines of `dcmtool echo` on a terminal."""
    with ScriptedPeer(*script) as peer:
        command = [
            sys.executable,
            "-W",
            "error",
            "-m",
            "dcmtool",
            "echo",
            *options,
            peer.host,
            str(peer.port),
        ]
        terminal = Terminal(command, columns=columns, env=env)
        return terminal.end(), [line.replace(str(peer.port), "PORT") for line in terminal.lines]


def without_colour(lines: list[str]) -> list[str]:
    """Return lines without colours, the time that each took as blanks."""
    return [TIME.sub(lambda time: " " * len(time[0]), SGR.sub("", line)) for line in lines]


HEADS = [
    "I   Requesting Association (ECHOSCU calls ANY-SCP at 127.0.0.1 port",
    "D   Connected to 127.0.0.1 port PORT (each read and write may take",
    "D > A-ASSOCIATE-RQ (223 bytes)",
    "D < A-ASSOCIATE-AC (170 bytes)",
    "D < The peer's answer",
    "I < Association Accepted (Max Send PDV: 16372)",
    "I > Sending Echo Request (MsgID 1)",
    "D > P-DATA-TF (80 bytes)",
    "D < P-DATA-TF (90 bytes)",
    "D < DIMSE message received (presentation context 1)",
    "I < Received Echo Response (Success) after TIME",
    "I > Releasing Association",
    "D > A-RELEASE-RQ (10 bytes)",
    "D < A-RELEASE-RP (10 bytes)",
]


@pytest.mark.parametrize("columns", [80, 200])
def test_debug(columns: int) -> None:
    code, lines = on_terminal("-d", columns=columns)
    assert code == 0
    plain = [re.sub(r"after [0-9.]+ ms", "after TIME", line) for line in without_colour(lines)]
    assert all(len(line) <= columns for line in plain)
    heads = [line[11:] for line in plain if re.match(r" {11}[DI] ", line)]
    assert len(heads) == len(HEADS)
    assert all(head.startswith(expected) for head, expected in zip(heads, HEADS, strict=True))
    details = [line.strip() for line in plain if line.startswith(" " * 17)]
    assert details[:8] == [
        "Calling AE title  ECHOSCU",
        "Called AE title   ANY-SCP",
        "App. context      DICOMApplicationContext",
        "Max PDU           16384 bytes",
        "Implementation    DCMTOOL_010",
        "Class UID         2.25.42025186936127297258667235879404728027",
        "Context 1         VerificationSOPClass",
        "LittleEndianImplicit",
    ]
    assert sum("\x1b[32mI\x1b[0m" in line for line in lines) == 5


def test_verbose_without_colour() -> None:
    code, lines = on_terminal("-v", env={"NO_COLOR": "1"})
    assert code == 0
    assert "\x1b" not in "".join(lines)
    assert [line[11:] for line in without_colour(lines)][
        2
    ] == "I < Association Accepted (Max Send PDV: 16372)"


HINT = "hint: you called ANY-SCP, since no title was given: give the node's own with -aec"
SET_OFF = [  # the same on 80 columns
    "\x1b[36m\x1b[1mhint\x1b[0m: you called ANY-SCP, since no title was given: give the node's own with",
    "      -aec",
]


@pytest.mark.parametrize("env", [{"TERM": "dumb"}, {"DCMTOOL_ECHO_COLOR": "never"}])
def test_plain_lines_on_a_terminal(env: dict[str, str]) -> None:
    code, lines = on_terminal("-v", script=(Reject(1, 1, 7),), env=env)
    assert (code, lines) == (
        61,
        [
            "I: Requesting Association",
            "F: Association Rejected:",
            "F: Result: Rejected Permanent, Source: Service User",
            "F: Reason: Called AE Title Not Recognized",
            HINT,
        ],
    )


def test_a_failure_without_v_is_plain_but_for_the_colour_of_its_letter() -> None:
    code, lines = on_terminal(script=(Reject(1, 1, 7),))
    assert (code, lines) == (
        61,
        [
            f"{FATAL}: Association Rejected:",
            f"{FATAL}: Result: Rejected Permanent, Source: Service User",
            f"{FATAL}: Reason: Called AE Title Not Recognized",
            *SET_OFF,
        ],
    )


@pytest.mark.parametrize("columns", [60, 80, 120])
@pytest.mark.parametrize("options", [(), ("-v",), ("-d",)])
def test_a_failure_is_broken_at_words(columns: int, options: tuple[str, ...]) -> None:
    code, lines = on_terminal(*options, script=(Accept(), Serve(0x0122)), columns=columns)
    assert code == 62
    failure = [
        SGR.sub("", line) for line in lines[next(i for i, each in enumerate(lines) if "Echo F" in each) :]
    ]
    assert all(len(line) <= columns for line in failure)
    words = " ".join(" ".join(failure).split())
    assert "Echo Failed: status 0x0122 (Refused: SOP Class Not Supported)" in words
    assert "hint: have Verification allowed for ECHOSCU at the node" in words


@pytest.mark.parametrize("columns", [60, 80])
@pytest.mark.parametrize("options", [("-d",), ("-d", "--color", "never")])
def test_no_banner(columns: int, options: tuple[str, ...]) -> None:
    _, lines = on_terminal(*options, columns=columns)
    assert "$dcmtool" not in "".join(lines)
    assert any("Requesting Association" in line for line in lines)


def test_always_lays_out_in_a_pipe_too() -> None:
    with refusing_port() as port:
        run = run_dcmtool("-v", "--color", "always", "127.0.0.1", str(port), env={"COLUMNS": "150"})
    assert run.returncode == 60
    lines = without_colour(run.stderr.splitlines())
    assert lines[0].endswith(f"I   Requesting Association (ECHOSCU calls ANY-SCP at 127.0.0.1 port {port})")
    sentence = f"Association Request Failed: no connection to 127.0.0.1 port {port}: Connection refused"
    assert lines[1].endswith(f"F   {sentence}")
    assert "\x1b[1;31mF\x1b[0m" in run.stderr


@pytest.mark.parametrize(
    ("options", "loaded"),
    [
        ([], False),
        (["-v"], False),
        (["-ll", "trace"], False),
        (["--color", "always"], False),  # there is nothing to lay out
        (["--trace-file", "/dev/null"], False),
        (["-v", "--color", "always"], True),
    ],
)
def test_rich_is_loaded_where_it_draws_and_nowhere_else(options: list[str], loaded: bool) -> None:
    with ScriptedPeer(Accept(), Serve()) as peer:
        run = run_dcmtool(*options, peer.host, str(peer.port), env={"PYTHONPROFILEIMPORTTIME": "1"})
    assert run.returncode == 0
    modules = {line.rpartition("|")[2].strip() for line in run.stderr.splitlines() if "|" in line}
    assert "dcmtool.cli.output.echo_run" in modules
    assert ("rich" in modules) is loaded


# How far a long run is ------------------------------------------------------------------------------


def test_a_long_run_shows_how_far_it_is() -> None:
    code, lines = on_terminal("--repeat", "1000")
    assert code == 0
    assert "1000/1000" in "".join(without_colour(lines))


@pytest.mark.parametrize(
    ("options", "env"),
    [
        (["--repeat", "999"], {}),
        (["--repeat", "1000", "-v", "--color", "never"], {}),
        (["--repeat", "1000"], {"NO_COLOR": "1"}),
        (["--repeat", "1000"], {"TERM": "dumb"}),
    ],
)
def test_where_it_is_not_shown(options: list[str], env: dict[str, str]) -> None:
    code, lines = on_terminal(*options, env=env)
    assert (code, "/1000" in "".join(lines)) == (0, False)


def test_it_is_not_shown_in_a_pipe() -> None:
    with ScriptedPeer(Accept(), Serve()) as peer:
        run = run_dcmtool("--repeat", "1000", peer.host, str(peer.port))
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")

"""`dcmtool echo`: what it passes on, `--arguments`, `--version`, the help page, echoscu's own sentences."""

import re

import pytest

from dcmtool.cli.main import main
from dcmtool.cli.output import echo_run
from dcmtool.settings import EchoRequest, Output
from tests.peers.programs import run_echoscu


@pytest.fixture(autouse=True)
def ran(monkeypatch: pytest.MonkeyPatch) -> list[EchoRequest]:
    """Return the requests that the echo_run was asked to run; nothing goes to the network."""
    requests: list[EchoRequest] = []

    def record(request: EchoRequest, output: Output) -> int:
        requests.append(request)
        return 61

    monkeypatch.setattr(echo_run, "run", record)
    return requests


def test_the_exit_code_is_that_of_the_run(ran: list[EchoRequest]) -> None:
    assert main(["echo", "host", "104"]) == 61
    assert len(ran) == 1


@pytest.mark.parametrize(
    ("args", "shown"),
    [
        (
            ["--arguments", "-aet", "FOO", "--call=BAR", "localhost", "1"],
            "7 arguments: '--arguments' '--aetitle' 'FOO' '--call' 'BAR' 'localhost' '1' ",
        ),
        (["-q", "h", "--arguments", "1"], "4 arguments: '--quiet' 'h' '--arguments' '1' "),
        (
            ["--arguments", "-ts", "bad", "-ts", "5", "h", "1", "-ll", "off", "-lc", "", "-lc", "x"],
            None,
        ),
        (
            ["--arguments", "-aet", "\x1b[2J", "-aet", "", "-aet", "A", "h", "1"],
            "9 arguments: '--arguments' '--aetitle' '\\x1b[2J' '--aetitle' '--aetitle' 'A' 'h' '1' ",
        ),
    ],
)
def test_arguments_shows_the_command_line_as_it_was_read(
    args: list[str], shown: str | None, ran: list[EchoRequest], capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(["echo", *args])
    captured = capsys.readouterr()
    assert captured.out == ""
    if shown is None:  # a usage error comes before it
        assert code == 1
        assert "I: calling" not in captured.err
    else:
        assert captured.err == f"I: calling 'dcmtool echo' with {shown}\nI: \n"
        assert len(ran) == 1


def test_version_and_help(ran: list[EchoRequest], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["echo", "-to", "bad", "--version"]) == 0
    assert "dcmtool echo: verify that a DICOM node answers (C-ECHO)" in capsys.readouterr().out
    assert main(["echo", "--version", "-h"]) == 0
    assert capsys.readouterr().out.startswith("Usage: dcmtool echo [OPTIONS] PEER PORT")
    assert ran == []


def test_a_usage_error_shows_the_usage_and_one_sentence(
    ran: list[EchoRequest], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["echo", "-q", "--bogus"]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    usage, example, hint, blank, sentence = captured.err.splitlines()
    assert usage == "Usage: dcmtool echo [OPTIONS] PEER PORT"
    assert example == "Example: dcmtool echo -aec ORTHANC localhost 4242"
    assert hint.startswith("Try 'dcmtool echo -")
    assert (blank, sentence) == ("", "Error: Unknown option --bogus")
    assert ran == []


def test_no_arguments_show_the_help_as_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["echo"]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("Usage: dcmtool echo [OPTIONS] PEER PORT")


@pytest.mark.parametrize("host", ["", " "])
def test_an_empty_host(host: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["echo", host, "104"]) == 1
    expected = f"Error: Invalid parameter value: host '{host}' is empty: name a host or an address"
    assert capsys.readouterr().err.splitlines()[-1] == expected


def test_the_help_page(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["echo", "--help"]) == 0
    lines = capsys.readouterr().out.splitlines()
    headings = [line for line in lines if re.fullmatch(r" {0,2}\w[\w ()-]*:", line)]
    assert headings == [
        "parameters:",
        "general options:",
        "report options:",
        "network options:",
        "  IP protocol version:",
        "  application entity titles:",
        "  association negotiation debugging:",
        "  other network options:",
        "  user identity negotiation:",
        "transport layer security (TLS) options:",
        "  transport protocol stack:",
        "  private key password (only with --enable-tls):",
        "  key and certificate file format:",
        "  certification authority:",
        "  security profile:",
        "  ciphersuite:",
        "  server name indication:",
        "  pseudo random generator:",
        "  peer authentication:",
        "  secrets of the session:",
        "  offline certificate verification:",
        "examples:",
        "exit codes:",
    ]
    assert max(map(len, lines)) <= 80
    assert not any(line.endswith(" ") for line in lines)
    for row in (
        "  -h,   --help                      show this help and exit",
        "    -aet, --aetitle TITLE           AE title to call from  [default: ECHOSCU]",
        "    -ppc, --propose-pc NUMBER       how many presentation contexts the request",
        "                                    holds  [1 to 128; default: 1]",
        "          --repeat NUMBER           how many echoes to send; 0 goes on until",
        "          --stats                   show counts, round trips and times at the",
        "    +ph,  --list-profiles           show what each profile stands for, and exit",
        "    +tls, --enable-tls KEY CERT     connect with TLS and authenticate with the",
    ):
        assert row in lines
    assert sum("DCMTOOL_ECHO_" in line for line in lines) == 3  # the rule, and two examples of it


# Command lines that both refuse, with the same sentence.
REFUSED_BY_BOTH = [
    "--bogus",
    "-vd h 1",
    "-aetX h 1",
    "--aet X h 1",
    "-AET X h 1",
    "h 1 -aet",
    "h 1 --repeat",
    "-h --bogus",
    "-h -aet",
    "-v",
    "-v h",
    "-5",
    "h 1 2",
    "-aet -v h",
    "-aet @ h",
    "h 0",
    "h 65536",
    "h abc",
    "-ll foo h 1",
    "-ll warn -v h 1",
    "-v h 1 -ll warn",
    "-ll warn -lc x h 1",
    "-lc x -d h 1",
    "-ll warn -lc x -v h 1",
    "-to 0 h 1",
    "-to -1 h 1",
    "-to abc h 1",
    "-to 5 -to 0 h 1",
    "-ts -2 h 1",
    "-ta 0 h 1",
    "-td 0 h 1",
    "-pdu 4095 h 1",
    "-pdu 131073 h 1",
    "--repeat often h 1",
    "-pts 0 h 1",
    "-pts 99 h 1",
    "-ppc 129 h 1",
    "-pts 3 -pts 99 h 1",
    "-to 0 h",
    "--bogus -aet",
    "-aet --bogus",
]


@pytest.mark.interop
@pytest.mark.parametrize("line", REFUSED_BY_BOTH)
def test_the_sentence_is_that_of_echoscu(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    done = run_echoscu(*line.split())
    assert main(["echo", *line.split()]) == done.returncode == 1
    theirs, ours = done.stderr.splitlines()[-1], capsys.readouterr().err.splitlines()[-1]
    theirs = re.sub(r" \(((under|over)flow: )?.*\)$", "", theirs)  # the value, and on which side it is out
    assert ours.startswith(theirs.replace("error: ", "Error: ", 1))


# Command lines that both accept; `-h` keeps echoscu from the network.
ACCEPTED_BY_BOTH = [
    "-h",
    "--help h",
    "h 1 2 3 -h",
    "-to 0 -h",
    "-ll foo -h",
    "-aet -v -h",
    "-aet --bogus -h",
    "-v -d -q -h",
    "-v -ll warn -h",
    "-h --version",
    "--version -to 0",
    "-pdu 1 --version",
    "-5 +5 - + -h",
]


@pytest.mark.interop
@pytest.mark.parametrize("line", ACCEPTED_BY_BOTH)
def test_echoscu_accepts_it_too(line: str) -> None:
    done = run_echoscu(*line.split())
    assert main(["echo", *line.split()]) == done.returncode == 0

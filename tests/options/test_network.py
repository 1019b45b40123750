"""Every option of `dcmtool echo`: spellings, values, ranges, defaults, and what the settings become."""

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from dcmtool.cli.main import main
from dcmtool.cli.output import echo_run
from dcmtool.options.echo import ECHO
from dcmtool.settings import EchoRequest, Negotiation, Output, Peer, Timeouts
from dcmtool.uids import TRANSFER_SYNTAXES

ANY = "it should be a number,"

WHOLE = "it should be a whole number,"

# (spellings, arguments) of every option but those of TLS
SPELLINGS = [
    (["-h", "--help"], 0),
    (["-V", "--version"], 0),
    (["-o", "--output"], 1),
    (["--json"], 0),
    (["--arguments"], 0),
    (["-q", "--quiet"], 0),
    (["-v", "--verbose"], 0),
    (["-d", "--debug"], 0),
    (["-ll", "--log-level"], 1),
    (["-lc", "--log-config"], 1),
    (["--color"], 1),
    (["--trace-file"], 1),
    (["-i4", "--ipv4"], 0),
    (["-i6", "--ipv6"], 0),
    (["-i0", "--ip-auto"], 0),
    (["-aet", "--aetitle"], 1),
    (["-aec", "--call"], 1),
    (["-pts", "--propose-ts"], 1),
    (["-ppc", "--propose-pc"], 1),
    (["-to", "--timeout"], 1),
    (["-ts", "--socket-timeout"], 1),
    (["-ta", "--acse-timeout"], 1),
    (["-td", "--dimse-timeout"], 1),
    (["--deadline"], 1),
    (["-pdu", "--max-pdu"], 1),
    (["--repeat"], 1),
    (["--interval"], 1),
    (["--reconnect"], 0),
    (["--stats"], 0),
    (["--abort"], 0),
]


class Call(NamedTuple):
    """What the echo_run was asked to run."""

    request: EchoRequest
    output: Output


Asked = Callable[..., Call]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    """Return a function that runs `dcmtool echo` and returns what it would have done."""

    def run(*args: str) -> Call:
        calls: list[Call] = []

        def record(request: EchoRequest, output: Output) -> int:
            calls.append(Call(request, output))
            return 0

        monkeypatch.setattr(echo_run, "run", record)
        assert main(["echo", *args, "host", "104"]) == 0
        return calls[0]

    return run


def test_the_options_are_those_of_echoscu_and_our_own() -> None:
    options = {option.spellings: option for option in ECHO.options}
    for spellings, arity in SPELLINGS:
        assert options[tuple(spellings)].arity == arity


def test_the_defaults(asked: Asked) -> None:
    assert asked() == (
        EchoRequest(
            Peer("host", 104, "auto"), Negotiation("ECHOSCU", "ANY-SCP"), Timeouts(None, 30, None, 60, None)
        ),
        Output("warn", None),
    )


@pytest.mark.parametrize(
    ("args", "field", "value"),
    [
        ("-i4", "peer.family", "ipv4"),
        ("--ipv6", "peer.family", "ipv6"),
        ("-i6 -i0", "peer.family", "auto"),
        ("-i0 -i6 -i4", "peer.family", "ipv4"),
        ("-aet ME", "negotiation.calling_aet", "ME"),
        ("--aetitle -v", "negotiation.calling_aet", "-v"),
        ("-aec +tla", "negotiation.called_aet", "+tla"),
        ("--call=YOU", "negotiation.called_aet", "YOU"),
        ("-pts 1", "negotiation.transfer_syntaxes", TRANSFER_SYNTAXES[:1]),
        ("--propose-ts 53", "negotiation.transfer_syntaxes", TRANSFER_SYNTAXES),
        ("-ppc 128", "negotiation.contexts", 128),
        ("-pdu 4096", "negotiation.max_pdu", 4096),
        ("--max-pdu 131072", "negotiation.max_pdu", 131072),
        ("-pdu 4097", "negotiation.max_pdu", 4097),
        ("-to 1", "timeouts.connect", 1),
        ("--timeout +3", "timeouts.connect", 3),
        ("-ts 5", "timeouts.socket", 5),
        ("-ts 0", "timeouts.socket", None),
        ("--socket-timeout -1", "timeouts.socket", None),
        ("-ta 007", "timeouts.acse", 7),
        ("-td 2147483647", "timeouts.dimse", 2147483647),
        ("--deadline 2.5", "timeouts.deadline", 2.5),
        ("--deadline .5", "timeouts.deadline", 0.5),
        ("--deadline 3", "timeouts.deadline", 3),
        ("--repeat 99999999999999999999", "repeat", 99999999999999999999),
        ("--repeat 0", "repeat", 0),
        ("--interval 0.5", "interval", 0.5),
        ("--output nagios", "timeouts.deadline", 10),
        ("--output nagios --deadline 30", "timeouts.deadline", 30),
        ("--deadline 0.5 --output=nagios", "timeouts.deadline", 0.5),
        ("--output json", "timeouts.deadline", None),
        ("--output nagios --output text", "timeouts.deadline", None),
        ("--interval 0", "interval", 0),
        ("--interval 86400", "interval", 86400),
        ("--reconnect", "reconnect", True),
        ("--abort", "abort", True),
    ],
)
def test_what_an_option_sets(asked: Asked, args: str, field: str, value: object) -> None:
    setting: Any = asked(*args.split()).request
    for name in field.split("."):
        setting = getattr(setting, name)
    assert setting == value


@pytest.mark.parametrize(
    ("args", "output"),
    [
        ("-q", Output("fatal")),
        ("-v", Output("info")),
        ("-d", Output("debug")),
        ("-d -q -v", Output("info")),
        ("-ll FATAL", Output("fatal")),
        ("-ll error", Output("error")),
        ("-ll warn", Output("warn")),
        ("-ll Info", Output("info")),
        ("-ll debug", Output("debug")),
        ("-ll trace", Output("trace")),
        ("-ll all", Output("trace")),
        ("-ll off", Output("off")),
        ("-ll bad -ll off", Output("off")),
        ("-lc log.cfg", Output("warn", "log.cfg")),
        ("--color auto", Output()),
        ("--color always -v", Output("info", color="always")),
        ("--color=bad --color never", Output(color="never")),
        ("--trace-file x.json -lc log.cfg", Output("warn", "log.cfg", trace_file="x.json")),
        ("--stats", Output("warn", None, statistics=True)),
        ("--stats -q", Output("fatal", None, statistics=True)),
    ],
)
def test_how_much_is_said(asked: Asked, args: str, output: Output) -> None:
    assert asked(*args.split()).output == output


@pytest.mark.parametrize(
    ("variable", "value", "field", "expected"),
    [
        ("AETITLE", "ME", "negotiation.calling_aet", "ME"),
        ("CALL", "YOU", "negotiation.called_aet", "YOU"),
        ("PROPOSE_TS", "2", "negotiation.transfer_syntaxes", TRANSFER_SYNTAXES[:2]),
        ("PROPOSE_PC", "4", "negotiation.contexts", 4),
        ("IPV6", "1", "peer.family", "ipv6"),
        ("TIMEOUT", "9", "timeouts.connect", 9),
        ("SOCKET_TIMEOUT", "0", "timeouts.socket", None),
        ("ACSE_TIMEOUT", "9", "timeouts.acse", 9),
        ("DIMSE_TIMEOUT", "9", "timeouts.dimse", 9),
        ("DEADLINE", "0.5", "timeouts.deadline", 0.5),
        ("MAX_PDU", "8192", "negotiation.max_pdu", 8192),
        ("REPEAT", "3", "repeat", 3),
        ("INTERVAL", "0.25", "interval", 0.25),
        ("RECONNECT", "1", "reconnect", True),
        ("ABORT", "yes", "abort", True),
    ],
)
def test_each_option_by_the_environment(
    asked: Asked, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, field: str, expected: object
) -> None:
    monkeypatch.setenv(f"DCMTOOL_ECHO_{variable}", value)
    test_what_an_option_sets(asked, "", field, expected)


@pytest.mark.parametrize(
    ("variable", "value", "output"),
    [
        ("VERBOSE", "1", Output("info")),
        ("LOG_LEVEL", "Debug", Output("debug")),
        ("LOG_CONFIG", "f", Output("warn", "f")),
        ("COLOR", "never", Output(color="never")),
        ("TRACE_FILE", "f", Output(trace_file="f")),
        ("STATS", "1", Output("warn", statistics=True)),
    ],
)
def test_how_much_is_said_by_the_environment(
    asked: Asked, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, output: Output
) -> None:
    monkeypatch.setenv(f"DCMTOOL_ECHO_{variable}", value)
    assert asked().output == output
    assert asked("-q").output.level == "fatal"


def test_help_and_version_are_not_asked_for_by_the_environment(
    asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DCMTOOL_ECHO_HELP", "1")
    monkeypatch.setenv("DCMTOOL_ECHO_VERSION", "1")
    assert asked().output == Output()


LONG = "ABCDEFGHIJKLMNOPQ"
LEVELS = "should be one of fatal, error, warn, info, debug, trace, off, all"
TITLE = "an AE title has at most 16 (PS3.5 6.2, VR AE)"


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (["-ll", "foo"], f"Invalid log level for --log-level option (foo): it {LEVELS}"),
        (["-ll", ""], f"Invalid log level for --log-level option: it is empty, but {LEVELS}"),
        (["-v", "-ll", "warn"], "--log-level not allowed with --verbose, --debug or --quiet"),
        (["-ll", "warn", "-lc", "x"], "--log-config not allowed with --log-level"),
        (["-lc", "x", "-q"], "--log-config not allowed with --verbose, --debug or --quiet"),
        (
            ["--color", "pink"],
            "Invalid value for option --color (pink): it should be one of auto, always, never",
        ),
        (["-pts", "0"], f"Invalid value for option --propose-ts (0): {WHOLE} 1 to 53"),
        (["-pts", "54"], f"Invalid value for option --propose-ts (54): {WHOLE} 1 to 53"),
        (["-ppc", "0"], f"Invalid value for option --propose-pc (0): {WHOLE} 1 to 128"),
        (
            ["-ppc", "129"],
            f"Invalid value for option --propose-pc (129): {WHOLE} 1 to 128",
        ),
        (["-to", "0"], f"Invalid value for option --timeout (0): {WHOLE} at least 1"),
        (["-to", "-1"], f"Invalid value for option --timeout (-1): {WHOLE} at least 1"),
        (
            ["-ts", "-2"],
            f"Invalid value for option --socket-timeout (-2): {WHOLE} at least -1",
        ),
        (
            ["-ta", "0"],
            f"Invalid value for option --acse-timeout (0): {WHOLE} at least 1",
        ),
        (
            ["-td", "2147483648"],
            f"Invalid value for option --dimse-timeout (2147483648): {WHOLE} at least 1",
        ),
        (
            ["-td", "1.5"],
            f"Invalid value for option --dimse-timeout (1.5): {WHOLE} at least 1",
        ),
        (
            ["-pdu", "4095"],
            f"Invalid value for option --max-pdu (4095): {WHOLE} 4096 to 131072",
        ),
        (
            ["-pdu", "131073"],
            f"Invalid value for option --max-pdu (131073): {WHOLE} 4096 to 131072",
        ),
        (
            ["--repeat", "-1"],
            f"Invalid value for option --repeat (-1): {WHOLE} at least 0",
        ),
        (["--interval", "-1"], f"Invalid value for option --interval (-1): {ANY} 0 to 86400"),
        (
            ["--interval", "86401"],
            f"Invalid value for option --interval (86401): {ANY} 0 to 86400",
        ),
        (["--interval", "1s"], f"Invalid value for option --interval (1s): {ANY} 0 to 86400"),
        (
            ["--repeat", ""],
            "Invalid value for option --repeat: it is empty, but should be a whole number, at least 0",
        ),
        (
            ["--deadline", "0"],
            f"Invalid value for option --deadline (0): {ANY} at least 0.001",
        ),
        (
            ["--deadline", "1e3"],
            f"Invalid value for option --deadline (1e3): {ANY} at least 0.001",
        ),
        (
            ["--deadline", "nan"],
            f"Invalid value for option --deadline (nan): {ANY} at least 0.001",
        ),
        (
            ["--deadline", "1."],
            f"Invalid value for option --deadline (1.): {ANY} at least 0.001",
        ),
        (
            ["-aet", LONG],
            f"Invalid value for option --aetitle: calling AE title '{LONG}' has 17 characters: {TITLE}",
        ),
        (
            ["-aec", LONG],
            f"Invalid value for option --call: called AE title '{LONG}' has 17 characters: {TITLE}",
        ),
        (
            ["-aec", ""],
            "Invalid value for option --call: called AE title '' is empty: "
            "an AE title has 1 to 16 characters (PS3.5 6.2, VR AE)",
        ),
    ],
)
def test_what_is_refused(args: list[str], sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["echo", *args, "host", "104"]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.splitlines()[-1] == f"Error: {sentence}"


def test_a_level_of_the_environment_that_does_not_fit_names_the_variable(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DCMTOOL_ECHO_LOG_LEVEL", "foo")
    assert main(["echo", "host", "104"]) == 1
    expected = f"Error: Invalid value for environment variable DCMTOOL_ECHO_LOG_LEVEL (foo): it {LEVELS}"
    assert capsys.readouterr().err.splitlines()[-1] == expected

"""Command lines that cannot be, each with all that is said of it: usage, what to type, where help is, why."""

from pathlib import Path

import click
import pytest

from dcmtool.cli.group import cli
from dcmtool.cli.main import main
from dcmtool.cli.usage_sentences import sentence_of
from tests.cli.configuration import Asked, Configuration, refusal

ECHO = (
    "Usage: dcmtool echo [OPTIONS] PEER PORT\nExample: dcmtool echo {}\nTry 'dcmtool echo --help' for help."
)
PROGRAM = "Usage: dcmtool [OPTIONS] COMMAND [ARGS]...\nExample: dcmtool {}\nTry 'dcmtool --help' for help."
PLAIN = "-aec ORTHANC localhost 4242"
A_PORT = "PORT should be a whole number, 1 to 65535"
FULL = "a host is a name or a full address"

# The words after `dcmtool echo`, what stands after `Example: dcmtool echo`, and the sentence.
OF_ECHO = [
    # The parameters
    (
        "104 localhost",
        "localhost 104",
        "Invalid parameter value localhost: the host comes first, then its port",
    ),
    (
        "-aec X PACS@localhost 104",
        "-aec X localhost 104",
        "--call not allowed with the title before the @: X or PACS?",
    ),
    (
        "-aec X PACS@localhost:104",
        "-aec X localhost 104",
        "--call not allowed with the title before the @: X or PACS?",
    ),
    (
        "localhost:104 105",
        "localhost 105",
        "Invalid parameter value localhost:104: it names a port, and so does 105",
    ),
    (
        "dicom://PACS@pacs:11112/x",
        "-aec PACS pacs 11112",
        "Invalid parameter value dicom://PACS@pacs:11112/x: a URL is no address here; a host and a port are",
    ),
    (
        "https://pacs/dicom-web 104",
        "-aec dicom-web pacs 104",
        "Invalid parameter value https://pacs/dicom-web: a URL is no address here; a host and a port are",
    ),
    (
        "-aec localhost 104",
        "-aec TITLE localhost 104",
        "Missing parameter peer: --call took 'localhost' as its TITLE, and 104 alone is left",
    ),
    (
        "+tls key.pem localhost 104",
        "+tls key.pem CERT localhost 104",
        "Missing parameter peer: --enable-tls took 'key.pem' and 'localhost' as its KEY CERT, "
        "and 104 alone is left",
    ),
    (
        "+tls localhost 104",
        "+tls KEY CERT localhost 104",
        "Missing parameter peer: --enable-tls took 'localhost' and '104' as its KEY CERT",
    ),
    ("-aec 104", "-aec TITLE localhost 104", "Missing parameter peer: --call took '104' as its TITLE"),
    ("+pw 104", PLAIN, "Missing parameter peer"),
    ("--repeat 5", PLAIN, "Missing parameter peer"),
    ("104", "localhost 104", "Missing parameter peer: 104 alone is a port without its host"),
    ("104 -v", "localhost 104", "Missing parameter peer: 104 alone is a port without its host"),
    ("", PLAIN, None),
    ("-v", PLAIN, "Missing parameter peer"),
    ("localhost 99999", PLAIN, f"Invalid parameter value 99999: {A_PORT}"),
    ("localhost:99999", PLAIN, f"Invalid parameter value 99999: {A_PORT}"),
    ("localhost:", PLAIN, "Invalid parameter value: PORT is empty, but should be a whole number, 1 to 65535"),
    ("localhost x", PLAIN, f"Invalid parameter value x: {A_PORT}"),
    (
        "a 1 2 3",
        PLAIN,
        "Too many parameters: PEER is 'a', PORT is '1', and '2', '3' are left over",
    ),
    (
        "+tls key cert more localhost 104",
        PLAIN,
        "Too many parameters: --enable-tls took 'key' and 'cert', PEER is 'more', PORT is 'localhost', "
        "and '104' is left over",
    ),
    # What is no host
    ("* 104", PLAIN, f"Invalid parameter value: host '*' is a pattern: {FULL}"),
    ("*.example 104", PLAIN, f"Invalid parameter value: host '*.example' is a pattern: {FULL}"),
    *(
        (
            f"{host} 104",
            PLAIN,
            f"Invalid parameter value: host '{host}' is a number: {FULL}, such as 127.0.0.1",
        )
        for host in ("0", "127.1", "127.0.0.010", "127.0.0.256", "0x7f000001", "2130706433", "104")
    ),
    (
        "-i6 127.0.0.1 104",
        "127.0.0.1 104",
        "Invalid parameter value: host '127.0.0.1' is an IPv4 address, but only IPv6 is to be used",
    ),
    (
        "-i4 ::1 104",
        "::1 104",
        "Invalid parameter value: host '::1' is an IPv6 address, but only IPv4 is to be used",
    ),
    (
        "PACS@fe80::1%eth0:104",
        "PACS@[fe80::1%eth0]:104",
        "Missing parameter port: with a port behind it fe80::1%eth0 stands in brackets",
    ),
    (
        "fe80::1 104",
        "fe80::1%eth0 104",
        "Invalid parameter value: host 'fe80::1' is a link-local address without its zone, which names the "
        "interface that it is reached through, as in fe80::1%eth0 (RFC 4007 11)",
    ),
    # Values of options
    ("h 1 -to 0", PLAIN, "Invalid value for option --timeout (0): it should be a whole number, at least 1"),
    (
        "h 1 -ll verbose",
        PLAIN,
        "Invalid log level for --log-level option (verbose): it should be one of fatal, error, warn, info, "
        "debug, trace, off, all",
    ),
    (
        "h 1 -o xml",
        PLAIN,
        "Invalid value for option --output (xml): it should be one of text, json, ndjson, nagios",
    ),
    # Options of other programs
    *(
        (f"h 1 {option}", PLAIN, f"Unknown option {option} (did you mean {ours}?)")
        for option, ours in {
            "-t": "--timeout or --dimse-timeout or --acse-timeout",
            "-l": "--log-level",
            "-c": "--repeat or --call",
            "-n": "--repeat",
            "--count": "--repeat",
            "-vv": "--debug",
            "-p": "the parameter PORT",
            "--host": "the parameter PEER",
            "--aec": "--call",
            "--aet": "--aetitle",
            "-aec=X": "-aec TITLE",
            "+pw=***": "+pw PASSWORD",
            "-k": "--ignore-peer-cert",
            "--cacert": "--add-cert-file",
            "--tls": "--anonymous-tls or --enable-tls",
            "-repeat": "--repeat",
            "--ta": "-ta",
        }.items()
    ),
]


@pytest.mark.parametrize(("words", "example", "sentence"), OF_ECHO)
def test_of_echo(words: str, example: str, sentence: str | None, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["echo", *words.split()]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    if sentence is not None:  # no words at all show the help
        assert captured.err == f"{ECHO.format(example)}\n\nError: {sentence}\n"
        assert captured.err.count("\n") == 5


@pytest.mark.parametrize("port", ["", " "])
def test_an_empty_port(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    sentence = "Error: Invalid parameter value: PORT is empty, but should be a whole number, 1 to 65535"
    assert refusal(["echo", "localhost", port], capsys) == (1, sentence)


@pytest.mark.parametrize(
    ("word", "example"),
    [("localhost", "localhost 104"), ("PACS@localhost", "-aec PACS localhost 104"), ("::1", "::1 104")],
)
def test_a_host_alone(
    word: str, example: str, configuration: Configuration, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["echo", word]) == 1
    sentence = f"there is no node '{word}', as there is no file {configuration.nodes}"
    assert capsys.readouterr().err == f"{ECHO.format(example)}\n\nError: Missing parameter port: {sentence}\n"


# The words after `dcmtool`, what stands after `Example: dcmtool`, and the sentence.
OF_THE_PROGRAM = [
    ("ecko h 1", "echo h 1", "No such command 'ecko' (did you mean echo?)"),
    ("spc", "scp", "No such command 'spc' (did you mean scp?)"),
    ("version", "--version", "No such command 'version' (did you mean --version?)"),
    ("help ecko", "echo --help", "No such command 'ecko' (did you mean echo?)"),
    ("localhost 104", "echo localhost 104", "No such command 'localhost' (did you mean echo localhost?)"),
    ("PACS@h:1", "echo PACS@h:1", "No such command 'PACS@h:1' (did you mean echo PACS@h:1?)"),
    (
        "-aec X h 1",
        "echo -aec X h 1",
        "Unknown option -aec here: it comes after the command (did you mean echo?)",
    ),
    (
        "-v echo h 1",
        "echo -v h 1",
        "Unknown option -v here: it comes after the command (did you mean echo?)",
    ),
    (
        "+pw secret h 1",
        "echo localhost 104",
        "Unknown option +pw here: it comes after the command (did you mean echo?)",
    ),
    ("bogus", "echo localhost 104", "No such command 'bogus'"),
]


@pytest.mark.parametrize(("words", "example", "sentence"), OF_THE_PROGRAM)
def test_of_the_program(words: str, example: str, sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words.split()) == 1
    assert capsys.readouterr() == ("", f"{PROGRAM.format(example)}\n\nError: {sentence}\n")


OF_OTHER_COMMANDS = [
    ("nodes lst", "dcmtool nodes list", "No such command 'lst' (did you mean list?)"),
    ("nodes bogus", "dcmtool nodes list", "No such command 'bogus'"),
    ("nodes version", "dcmtool nodes list", "No such command 'version'"),
    ("nodes h:1", "dcmtool nodes list", "No such command 'h:1'"),
    ("nodes -v list", "dcmtool nodes list", "Unknown option -v"),
    ("nodes show", "dcmtool nodes show pacs", "Missing parameter name"),
    ("nodes list x", "dcmtool nodes list", "Too many parameters: 'x' is left over"),
    ("nodes list x y", "dcmtool nodes list", "Too many parameters: 'x', 'y' are left over"),
    ("nodes list --nodes", "dcmtool nodes list", "Missing value for option --nodes"),
    ("nodes list --json=x", "dcmtool nodes list", "Option --json takes no value"),
    ("nodes list -V", "dcmtool nodes list", "Unknown option -V (did you mean dcmtool -V?)"),
    ("nodes list --jsn", "dcmtool nodes list", "Unknown option --jsn (did you mean --json?)"),
    ("nodes list -j", "dcmtool nodes list", "Unknown option -j (did you mean --output?)"),
    ("nodes list --count", "dcmtool nodes list", "Unknown option --count"),
    (
        "nodes list -o xml",
        "dcmtool nodes list",
        "Invalid value for option --output (xml): it should be one of table, json",
    ),
    (
        "nodes export -o nodes.csv",
        "dcmtool nodes export --format csv",
        "Invalid value for option --output: 'nodes.csv' is not prometheus-sd or zabbix-lld or checkmk or "
        "ansible or csv or orthanc; to write a file, type --output-file nodes.csv",
    ),
    ("dict lookup", "dcmtool dict lookup 0010,0010", "Missing parameter query"),
    (
        "completion show csh",
        "dcmtool completion show bash",
        "Invalid parameter value csh: SHELL should be one of bash, zsh, fish",
    ),
    ("completion show", "dcmtool completion show bash", "Missing parameter shell"),
    ("scp 1 2", "dcmtool scp 11112", "Too many parameters: PORT is '1', and '2' is left over"),
    ("scp -p 1", "dcmtool scp 11112", "Unknown option -p (did you mean the parameter PORT?)"),
    ("scp 1 --json", "dcmtool scp 11112", "Unknown option --json (did you mean --output?)"),
]


@pytest.mark.parametrize(("words", "example", "expected"), OF_OTHER_COMMANDS)
def test_of_other_commands(
    words: str, example: str, expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words.split()) == 1
    usage, shown, hint, blank, sentence = capsys.readouterr().err.splitlines()
    command = usage.split(" [")[0].removeprefix("Usage: ")
    assert (shown, hint, blank) == (f"Example: {example}", f"Try '{command} --help' for help.", "")
    assert sentence == f"Error: {expected}"


def test_a_schema_that_there_is_not(capsys: pytest.CaptureFixture[str]) -> None:
    code, sentence = refusal(["schema", "nothing"], capsys)
    assert code == 1
    assert sentence.startswith("Error: Invalid parameter value nothing: FORMAT should be one of echo, ")


def test_the_name_of_a_node_in_place_of_a_command(
    configuration: Configuration, capsys: pytest.CaptureFixture[str]
) -> None:
    configuration.node()
    assert refusal(["pacs", "-v"], capsys) == (1, "Error: No such command 'pacs' (did you mean echo pacs?)")
    assert refusal(["pacsimile"], capsys) == (1, "Error: No such command 'pacsimile'")


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (click.UsageError("as it is"), "as it is"),
        (click.UsageError("No such command 'x'."), "No such command 'x'"),
        (click.NoSuchOption("--x"), "Unknown option --x"),
        (click.BadOptionUsage("--x", "as it is"), "as it is"),
        (click.BadParameter("is bad", param=click.Argument(["file"])), "Invalid parameter value: is bad"),
        (click.MissingParameter(param=click.Argument(["it"], metavar="{a|b}")), "Missing parameter it"),
    ],
)
def test_errors_of_click(error: click.ClickException, sentence: str) -> None:
    assert sentence_of(error) == sentence


# What is understood --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "called", "host", "port"),
    [
        ("PACS@localhost:104", "PACS", "localhost", 104),
        ("localhost:104", "ANY-SCP", "localhost", 104),
        ("PACS@localhost 104", "PACS", "localhost", 104),
        ("A@B@localhost:1", "A@B", "localhost", 1),
        ("PACS@[::1]:104", "PACS", "::1", 104),
        ("[::1]:104", "ANY-SCP", "::1", 104),
        ("[fe80::1%lo] 104", "ANY-SCP", "fe80::1%lo", 104),
        ("::1 104", "ANY-SCP", "::1", 104),
        ("-v PACS@127.0.0.1:104 --repeat 2", "PACS", "127.0.0.1", 104),
    ],
)
def test_an_address_in_one_word(
    words: str, called: str, host: str, port: int, monkeypatch: pytest.MonkeyPatch, asked: Asked
) -> None:
    monkeypatch.setenv("DCMTOOL_ECHO_CALL", "OTHER" if "@" in words else "ANY-SCP")
    request = asked(*words.split()).request
    assert (request.negotiation.called_aet, request.peer.host, request.peer.port) == (called, host, port)


def test_the_name_of_a_node_wins_and_says_so(
    configuration: Configuration, asked: Asked, capsys: pytest.CaptureFixture[str]
) -> None:
    configuration.node(name='"pacs:105"')
    assert asked("pacs:105").request.peer.port == 104
    assert capsys.readouterr().err == ""
    asked("-v", "pacs:105")
    sentence = f"'pacs:105' is taken for the node pacs:105 of {configuration.nodes}"
    assert capsys.readouterr().err == f"I: {sentence}\n"


@pytest.mark.parametrize(
    ("words", "form"),
    [
        ("--json", "json"),
        ("-o ndjson", "ndjson"),
        ("--json -o nagios", "nagios"),
        ("--output nagios --json", "json"),
    ],
)
def test_short_for_the_output(words: str, form: str, asked: Asked) -> None:
    assert asked(*words.split(), "h", "1").output.form == form


@pytest.mark.parametrize("words", ["-V", "echo -V", "scp -V", "echo h 1 -V"])
def test_short_for_the_version(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words.split()) == 0
    assert capsys.readouterr().out.startswith("dcmtool v")


# Files ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "ours"),
    [
        ("aec", "call"),
        ("aet", "aetitle"),
        ("title", "call"),
        ("ta", "acse-timeout"),
        ("cacert", "add-cert-file"),
        ("hots", "host"),
        ("tag", "tags"),
    ],
)
def test_a_key_of_a_node_that_means_nothing(
    key: str, ours: str, configuration: Configuration, capsys: pytest.CaptureFixture[str]
) -> None:
    configuration.node(f'{key} = "X"')
    sentence = f"[nodes.pacs] {key} means nothing here (did you mean {ours}?)"
    assert refusal(["echo", "pacs"], capsys) == (20, f"Error: {configuration.nodes} line 4: {sentence}")


def test_each_command_has_its_own_defaults(
    configuration: Configuration, asked: Asked, capsys: pytest.CaptureFixture[str]
) -> None:
    text = '[defaults.echo]\naetitle = "ME"\n[defaults.scp]\ncall = "X"\n'
    Path(configuration.defaults).write_text(text, encoding="utf-8")
    assert asked("h", "1").request.negotiation.calling_aet == "ME"
    sentence = "[defaults.scp] call means nothing here"
    assert refusal(["scp", "0"], capsys) == (20, f"Error: {configuration.defaults} line 4: {sentence}")
    Path(configuration.defaults).write_text("[defaults.tap]\ndelay = -1\n", encoding="utf-8")
    sentence = "[defaults.tap] delay should be a number, at least 0, but is -1"
    refused = refusal(["tap", "0", "h:104"], capsys)
    assert refused == (20, f"Error: {configuration.defaults} line 2: {sentence}")


# The example and the commands ----------------------------------------------------------------------------


def test_what_is_offered_in_place_of_a_command_exists() -> None:
    for words, example, _ in OF_THE_PROGRAM:
        name = example.split()[0]
        assert name.startswith("--") or cli.get_command(click.Context(cli), name), words

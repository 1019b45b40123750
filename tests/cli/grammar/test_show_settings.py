"""`--show-settings`: every setting, what it is, and where it comes from."""

import json

import pytest

from dcmtool.cli.main import main
from dcmtool.cli.output import echo_run
from dcmtool.options.echo import ECHO
from tests.cli.configuration import Configuration, refusal

WHOLE = "it should be a whole number,"


@pytest.fixture(autouse=True)
def _connects_to_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(echo_run, "run")


Rows = dict[str, tuple[str, str]]


def rows(capsys: pytest.CaptureFixture[str], *args: str) -> Rows:
    """Return value and origin of each setting that is shown."""
    assert main(["echo", "--show-settings", "--all", *args]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    heading, *lines = captured.out.splitlines()
    columns = [heading.index(word) for word in ("SETTING", "VALUE", "ORIGIN")]
    cells = [
        [line[a:b].strip() for a, b in zip(columns, [*columns[1:], None], strict=True)] for line in lines
    ]
    return {name: (value, origin) for name, value, origin in cells}


def test_without_anything(configuration: Configuration, capsys: pytest.CaptureFixture[str]) -> None:
    shown = rows(capsys)
    assert shown["peer"] == shown["port"] == ("-", "-")
    assert shown["nodes"] == (configuration.nodes, "built-in")
    others = {name: row for name, row in shown.items() if name not in ("peer", "port")}
    assert {origin for _, origin in others.values()} == {"built-in"}
    expected = {
        "call": "ANY-SCP",
        "log-level": "warn",
        "timeout": "-",
        "acse-timeout": "30",
        "abort": "false",
    }
    expected |= {"disable-tls": "true", "ip-auto": "true", "profile-bcp195-nd": "true", "propose-ts": "1"}
    for name, value in expected.items():
        assert shown[name] == (value, "built-in")


def test_the_deadline_of_a_monitor(configuration: Configuration, capsys: pytest.CaptureFixture[str]) -> None:
    assert rows(capsys, "--output", "nagios")["deadline"] == ("10", "built-in")
    given = rows(capsys, "--output", "nagios", "--deadline", "4")
    assert given["deadline"] == ("4.0", "option --deadline")


def test_each_option_is_shown_unless_it_lost(
    configuration: Configuration, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ECHO.options
    alone = {option.long_name[2:] for option in options if option.settable and not option.block}
    blocks = {option.block for option in options if option.block}
    shown = rows(capsys).keys() - {"peer", "port", "nodes"}
    assert alone <= shown
    # of each block the one in effect, if one is by default
    assert len(shown - alone) == len(blocks - {"verbosity", "write seed", "format", "identity", "passcode"})


def test_each_origin(configuration: Configuration, capsys: pytest.CaptureFixture[str]) -> None:
    configuration.node('call = "PACS"\nanonymous-tls = true\nadd-cert-file = ["a", "b"]\nabort = false')
    configuration.default('aetitle = "ME"\nquiet = true\ncall = "NO"\nabort = true')
    configuration.variable("REPEAT", "3")
    configuration.variable("TIMEOUT", "9")
    shown = rows(capsys, "-to", "5", "--verbose", "pacs")
    node, defaults = f"node pacs in {configuration.nodes}", f"defaults in {configuration.defaults}"
    folder = configuration.folder
    expected = {
        "peer": ("h", node),
        "port": ("104", node),
        "call": ("PACS", node),
        "anonymous-tls": ("true", node),
        "add-cert-file": (f"{folder}/a {folder}/b", node),
        "abort": ("false", node),
        "aetitle": ("ME", defaults),
        "repeat": ("3", "environment variable DCMTOOL_ECHO_REPEAT"),
        "timeout": ("5", "option --timeout"),
        "verbose": ("true", "option --verbose"),
        "max-pdu": ("16384", "built-in"),
    }
    assert expected.items() <= shown.items()
    assert {"quiet", "disable-tls", "log-level", "log-config"} & shown.keys() == set()


def test_what_differs_comes_first_and_the_rest_is_asked_for(
    configuration: Configuration, capsys: pytest.CaptureFixture[str]
) -> None:
    configuration.node('call = "PACS"')
    assert main(["echo", "--show-settings", "-ta", "5", "pacs"]) == 0
    *lines, more = capsys.readouterr().out.splitlines()
    names = [line.split()[0] for line in lines]
    assert names == ["SETTING", "peer", "port", "nodes", "call", "acse-timeout"]
    everything = rows(capsys, "-ta", "5", "pacs")
    assert more == f"{len(everything) - 5} more are built in; --all shows them"
    assert list(everything)[:5] == names[1:]


def test_as_json(configuration: Configuration, capsys: pytest.CaptureFixture[str]) -> None:
    args = ["-ta", "5", "--output", "json", "+tls", "k", "c", "+pw", "secret", "h", "105"]
    assert main(["echo", "--show-settings", *args]) == 0
    out = capsys.readouterr().out
    assert "secret" not in out
    shown = {each["setting"]: (each["value"], each["origin"]) for each in json.loads(out)}
    assert shown["port"] == (105, "command line")
    assert shown["acse-timeout"] == (5, "option --acse-timeout")
    assert shown["enable-tls"] == (["k", "c"], "option --enable-tls")
    assert shown["use-passwd"] == ("***", "option --use-passwd")
    assert shown["max-pdu"] == (16384, "built-in")


def test_all_is_of_no_use_alone(configuration: Configuration, capsys: pytest.CaptureFixture[str]) -> None:
    assert refusal(["echo", "--all", "h", "105"], capsys) == (
        1,
        "Error: --all only allowed with --show-settings",
    )


def test_parameters_of_the_command_line(
    configuration: Configuration, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = rows(capsys, "h\x1b", "105")
    assert (shown["peer"], shown["port"]) == (("h\\x1b", "command line"), ("105", "command line"))


def test_secrets_are_not_shown(configuration: Configuration, capsys: pytest.CaptureFixture[str]) -> None:
    tls = ["+tls", "k", "c"]
    assert rows(capsys, *tls, "+pw", "x")["use-passwd"] == ("***", "option --use-passwd")
    assert rows(capsys, *tls, "+pw", "")["use-passwd"] == ("***", "option --use-passwd")
    assert rows(capsys, *tls, "--password-env", "X")["password-env"] == ("X", "option --password-env")
    configuration.variable("USE_PASSWD", "secret")
    configuration.variable("ENABLE_TLS", "k:c")
    shown = rows(capsys)
    assert shown["use-passwd"] == ("***", "environment variable DCMTOOL_ECHO_USE_PASSWD")
    assert shown["enable-tls"] == ("k c", "environment variable DCMTOOL_ECHO_ENABLE_TLS")


def test_the_node_file(configuration: Configuration, capsys: pytest.CaptureFixture[str]) -> None:
    assert rows(capsys, "--nodes", "f")["nodes"] == ("f", "option --nodes")
    configuration.monkeypatch.setenv("DCMTOOL_NODES", "g")
    assert rows(capsys)["nodes"] == ("g", "environment variable DCMTOOL_NODES")


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (["h", "1", "2"], "Too many parameters: PEER is 'h', PORT is '1', and '2' is left over"),
        (["h", "x"], "Invalid parameter value x: PORT should be a whole number, 1 to 65535"),
        (
            ["-ta", "0"],
            f"Invalid value for option --acse-timeout (0): {WHOLE} at least 1",
        ),
        (["-v", "-ll", "warn"], "--log-level not allowed with --verbose, --debug or --quiet"),
    ],
)
def test_what_is_refused(
    args: list[str], sentence: str, configuration: Configuration, capsys: pytest.CaptureFixture[str]
) -> None:
    assert refusal(["echo", "--show-settings", *args], capsys) == (1, f"Error: {sentence}")


def test_an_unknown_node(configuration: Configuration, capsys: pytest.CaptureFixture[str]) -> None:
    code, sentence = refusal(["echo", "--show-settings", "pacs"], capsys)
    assert (code, sentence.partition(": there")[0]) == (1, "Error: Missing parameter port")

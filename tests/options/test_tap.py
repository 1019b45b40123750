"""The options of `dcmtool tap`: where to listen, where to pass on to, what the settings become."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from dcmtool.cli.main import main
from dcmtool.cli.output import tap_run
from dcmtool.settings import Peer
from dcmtool.tap.settings import TapSettings
from dcmtool.trace.levels import Level

NODE = Peer("pacs.example.org", 104)
WORD = "pacs.example.org:104"


class Asked(NamedTuple):
    """What a run was asked to be."""

    settings: TapSettings
    form: str
    color: str
    port_file: str | None
    level: Level
    events: Level | None
    keeping: tuple[str, bool] | None


Ask = Callable[..., Asked]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Return a function that runs `dcmtool tap` and returns what it would have done."""
    calls: list[Asked] = []
    monkeypatch.setattr(tap_run, "run", lambda *args, **named: calls.append(Asked(*args, **named)))

    def ask(*args: str) -> Asked:
        assert main(["tap", *args]) == 0
        return calls[-1]

    return ask


def test_nothing_but_the_parameters(asked: Ask) -> None:
    assert asked("11112", WORD) == Asked(
        TapSettings(NODE, "", 11112), "text", "auto", None, Level.INFO, None, None
    )


@pytest.mark.parametrize(
    ("word", "host", "port"),
    [
        ("0", "", 0),
        ("127.0.0.1:11112", "127.0.0.1", 11112),
        ("[::1]:104", "::1", 104),
        ("[::]:104", "::", 104),
        ("localhost:104", "localhost", 104),
    ],
)
def test_where_it_listens(asked: Ask, word: str, host: str, port: int) -> None:
    settings = asked(word, WORD).settings
    assert (settings.host, settings.port) == (host, port)


@pytest.mark.parametrize(
    "word", ["", "x", "65536", "-1:", "::1", "::", "1:x", "A@localhost:104", "localhost:"]
)
def test_where_it_cannot_listen(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tap", word, WORD]) == 1
    assert "parameter" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("word", "node"),
    [
        (WORD, NODE),
        ("192.0.2.1:11112", Peer("192.0.2.1", 11112)),
        ("[2001:db8::1]:104", Peer("2001:db8::1", 104)),
        ("PACS@pacs.example.org:104", NODE),  # the title is the caller's matter
    ],
)
def test_where_it_passes_to(asked: Ask, word: str, node: Peer) -> None:
    assert asked("0", word).settings.node == node


@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("pacs.example.org:0", "its port is not a whole number from 1 to 65535"),
        ("pacs.example.org:x", "its port is not a whole number from 1 to 65535"),
        (":104", "host '' is empty"),
        ("1.2:104", "host '1.2' is a number"),
        ("pacs", "it has no port, and there is no node 'pacs'"),
    ],
)
def test_where_it_cannot_pass_to(word: str, says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tap", "0", word]) == 1
    assert says in capsys.readouterr().err


def test_a_node_with_a_name(asked: Ask, tmp_path: Path) -> None:
    nodes = tmp_path / "nodes.toml"
    nodes.write_text('[nodes.pacs]\nhost = "pacs.example.org"\nport = 104\ndo-not-probe = "it stops"\n')
    assert asked("0", "pacs", "--nodes", str(nodes)).settings.node == NODE
    nodes.write_text("[nodes.pacs")
    assert main(["tap", "0", "pacs", "--nodes", str(nodes)]) == 20


@pytest.mark.parametrize(
    ("words", "fields"),
    [
        (["--timeout", "5"], {"timeout": 5}),
        (["-to", "0.5"], {"timeout": 0.5}),
        (["--idle-timeout", "9"], {"idle_timeout": 9}),
        (["--max-associations", "3"], {"max_associations": 3}),
        (["--max-per-address", "2"], {"max_per_address": 2}),
        (["--once"], {"count": 1}),
        (["--count", "7"], {"count": 7}),
        (["--delay", "0.25"], {"delay": 0.25}),
        (["--cut-after", "0"], {"cut_after": 0}),
        (["--cut-after", "1000"], {"cut_after": 1000}),
    ],
)
def test_settings(asked: Ask, words: list[str], fields: dict[str, Any]) -> None:
    assert asked(*words, "0", WORD).settings == TapSettings(NODE, "", 0, **fields)


@pytest.mark.parametrize(
    ("words", "fields"),
    [
        (["-o", "ndjson"], {"form": "ndjson"}),
        (["--color", "never"], {"color": "never"}),
        (["--port-file", "p"], {"port_file": "p"}),
        (["--write", "f"], {"keeping": ("f", False)}),
        (["--write", "f", "--write-data"], {"keeping": ("f", True)}),
        (["-q"], {"level": Level.ERROR}),
        (["-v"], {"level": Level.DEBUG, "events": Level.INFO}),
        (["-d"], {"level": Level.DEBUG, "events": Level.DEBUG}),
        (["-ll", "trace"], {"level": Level.TRACE, "events": Level.TRACE}),
        (["-ll", "warn"], {"level": Level.WARN}),
        (["-ll", "off"], {"level": Level.OFF}),
    ],
)
def test_what_is_said_and_kept(asked: Ask, words: list[str], fields: dict[str, Any]) -> None:
    assert asked(*words, "0", WORD) == asked("0", WORD)._replace(**fields)


def test_the_environment(asked: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DCMTOOL_TAP_DELAY", "2")
    assert asked("0", WORD).settings.delay == 2


@pytest.mark.parametrize(
    "words",
    [
        ["0"],
        ["--write-data", "0", WORD],
        ["-d", "-ll", "trace", "0", WORD],
        ["--delay", "-1", "0", WORD],
        ["--max-associations", "0", "0", WORD],
        ["--once", "0", WORD, "x"],
    ],
)
def test_what_cannot_be(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tap", *words]) == 1
    assert capsys.readouterr().err


def test_the_help_says_what_becomes_of_patient_data(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tap", "--help"]) == 0
    assert "Data sets are counted, and never decoded or shown" in " ".join(capsys.readouterr().out.split())

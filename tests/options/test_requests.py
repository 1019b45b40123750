"""What is asked for of values without a command line: a node's entry and defaults alone are enough."""

import subprocess
import sys
from typing import Any

import pytest

from dcmtool.config.defaults import Defaults
from dcmtool.config.nodes import Node
from dcmtool.errors import InputFileError
from dcmtool.options import requests
from dcmtool.settings import EchoRequest, Negotiation, Peer, Timeouts, TlsSettings
from dcmtool.uids import TRANSFER_SYNTAXES
from tests.peers.programs import ROOT


def node(**settings: Any) -> Node:
    """Return a node with these settings, in whose keys a dash is an underscore here."""
    return Node("/conf/nodes.toml", "pacs", "h", 104, settings=_with_dashes(settings))


def defaults(**settings: Any) -> Defaults:
    """Return defaults with these settings."""
    return Defaults("/conf/dcmtool.toml", "defaults.echo", _with_dashes(settings))


def _with_dashes(settings: dict[str, Any]) -> dict[str, Any]:
    return {key.replace("_", "-"): value for key, value in settings.items()}


def test_a_node_alone() -> None:
    assert requests.of_node(node()) == EchoRequest(Peer("h", 104))


def test_what_it_says_counts() -> None:
    asked = requests.of_node(node(call="PACS", timeout=5, propose_ts=2, ipv6=True, repeat=3, interval=0.5))
    assert asked.peer == Peer("h", 104, "ipv6")
    assert asked.negotiation == Negotiation("ECHOSCU", "PACS", TRANSFER_SYNTAXES[:2])
    assert (asked.timeouts, asked.repeat, asked.interval) == (Timeouts(connect=5), 3, 0.5)


@pytest.mark.parametrize(("given", "seconds"), [({}, 10), ({"deadline": 60}, 60)])
def test_a_monitor_has_a_deadline_whoever_asks_for_it(given: dict[str, Any], seconds: float) -> None:
    asked = requests.of_node(node(**given), defaults(output="nagios"))
    assert asked.timeouts.deadline == seconds


def test_defaults_say_what_it_leaves_open() -> None:
    asked = requests.of_node(node(call="PACS"), defaults(call="NO", aetitle="ME", dimse_timeout=9))
    assert asked.negotiation == Negotiation("ME", "PACS")
    assert asked.timeouts == Timeouts(dimse=9)


def test_of_rivals_the_node_beats_defaults() -> None:
    asked = requests.of_node(node(tls="off"), defaults(tls="anonymous", add_cert_file=["ca.pem"]))
    assert asked.tls is None
    asked = requests.of_node(node(tls="anonymous"), defaults(add_cert_file=["ca.pem"]))
    assert asked.tls == TlsSettings(ca_files=("/conf/ca.pem",))


def test_nothing_of_the_environment_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DCMTOOL_ECHO_CALL", "OTHER")
    monkeypatch.setenv("DCMTOOL_ECHO_REPEAT", "many")
    assert requests.of_node(node()) == EchoRequest(Peer("h", 104))


def test_the_password_of_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    encrypted = node(enable_tls=["k", "c"])
    asked = requests.of_node(encrypted).tls
    assert asked is not None
    assert asked.password is None
    asked = requests.of_node(encrypted, ask=lambda key_file: lambda: f"of {key_file}").tls
    assert asked is not None
    assert callable(asked.password)
    assert asked.password() == "of /conf/k"
    monkeypatch.setenv("PW", "secret")
    asked = requests.of_node(node(enable_tls=["k", "c"], password_env="PW")).tls
    assert asked is not None
    assert asked.password == "secret"


@pytest.mark.parametrize(
    ("entry", "sentence"),
    [
        (node(call=5), "/conf/nodes.toml: [nodes.pacs] call should be text, but is 5"),
        (
            node(call="12345678901234567"),
            "/conf/nodes.toml: [nodes.pacs] call: called AE title '12345678901234567' has 17 characters: an "
            "AE title has at most 16 (PS3.5 6.2, VR AE)",
        ),
        (
            node(color="red"),
            '/conf/nodes.toml: [nodes.pacs] color should be one of auto, always, never, but is "red"',
        ),
        (
            node(seed="a\0b"),
            '/conf/nodes.toml: [nodes.pacs] seed should be text, but is "a\\u0000b"',
        ),
        *(
            (
                node(**{key: value}),
                f"/conf/nodes.toml: [nodes.pacs] {key.replace('_', '-')} has no place in a node, which is "
                "data: it belongs on the command line, in the environment or in dcmtool.toml",
            )
            for key, value in (
                ("log_config", "log.json"),
                ("trace_file", "t"),
                ("write_seed_file", "s"),
                ("write_seed", True),
                ("password_file", "p"),
            )
        ),
        (
            node(quiet=True, verbose=True),
            "/conf/nodes.toml: [nodes.pacs] quiet and verbose exclude each other",
        ),
        (
            node(check_hostname=True),
            "/conf/nodes.toml: [nodes.pacs] check-hostname only allowed with enable-tls or anonymous-tls",
        ),
    ],
)
def test_an_entry_that_cannot_be(entry: Node, sentence: str) -> None:
    with pytest.raises(InputFileError) as caught:
        requests.of_node(entry)
    assert str(caught.value) == sentence


def test_neither_click_nor_the_command_line_is_loaded() -> None:
    program = (
        "import sys; from dcmtool.config.nodes import Node; from dcmtool.options import requests\n"
        "request = requests.of_node(Node('f', 'n', 'h', 1, settings={'tls': 'anonymous', 'call': 'X'}))\n"
        "assert request.tls and request.negotiation.called_aet == 'X'\n"
        "print(*sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = done.stdout.split()
    assert "dcmtool.options.requests" in loaded
    assert not [name for name in loaded if name == "click" or name.startswith("dcmtool.cli")]

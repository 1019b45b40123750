"""`dcmtool.echo(node=...)`: the caller beats the node's entry, that the defaults; and who may be asked."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import dcmtool
from dcmtool.errors import InputFileError, SettingsError, UnknownNode
from dcmtool.identity import Identity
from dcmtool.options.named import request_of
from dcmtool.reporting.report import Report
from dcmtool.settings import EchoRequest, Negotiation, Peer, Timeouts, TlsSettings
from tests.peers.scripted import ScriptedPeer
from tests.peers.vocabulary import Accept, Serve

Echo = Callable[..., Report]


def on_asyncio(*args: Any, **kwargs: Any) -> Report:
    """Call `async_echo` on an event loop of its own."""
    return asyncio.run(dcmtool.async_echo(*args, **kwargs))


BOTH = pytest.mark.parametrize("echo", [dcmtool.echo, on_asyncio], ids=["blocking", "asyncio"])


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's configuration folder."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.delenv("DCMTOOL_NODES", raising=False)
    (tmp_path / "dcmtool").mkdir()
    return tmp_path / "dcmtool"


def entry(file: Path, settings: str = "", port: int = 104, name: str = "pacs") -> Path:
    """Write a node file with one node, and return its path."""
    text = f'[nodes.{name}]\nhost = "127.0.0.1"\nport = {port}\n{settings}\n'
    file.write_text(text, encoding="utf-8")
    return file


@BOTH
def test_a_node_of_the_user_with_all_that_its_entry_says(echo: Echo, folder: Path) -> None:
    with ScriptedPeer(Accept(), Serve()) as peer:
        entry(folder / "nodes.toml", 'call = "PACS"\nrepeat = 3', peer.port)
        report = echo(node="pacs", calling_aet="ME")
    assert (report.success, report.echoes.received) == (True, 3)
    assert (peer.request.called, peer.request.calling) == (b"PACS".ljust(16), b"ME".ljust(16))
    assert report.request.negotiation.called_aet == "PACS"


def test_the_file_is_that_of_the_caller_or_of_the_environment(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry(folder / "nodes.toml", port=1)
    monkeypatch.setenv("DCMTOOL_NODES", str(entry(tmp_path / "theirs.toml", port=2)))
    ours = entry(tmp_path / "ours.toml", port=3)
    for file, port in ((None, 2), (ours, 3), (str(ours), 3)):
        assert request_of("pacs", file, {}, force=False, warn=None).peer.port == port


def test_the_caller_beats_the_entry_and_that_the_defaults(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = (
        'call = "PACS"\nacse-timeout = 9\ntls = "anonymous"\nipv4 = true\nidentity-user = "eva"\nrepeat = 2'
    )
    entry(folder / "nodes.toml", said)
    (folder / "dcmtool.toml").write_text('[defaults.echo]\naetitle = "WARD"\ncall = "NO"\n', encoding="utf-8")
    monkeypatch.setenv("DCMTOOL_ECHO_AETITLE", "NO")

    def asked(**given: object) -> EchoRequest:
        return request_of("pacs", None, given, force=False, warn=None)

    eva, peer = Identity("eva"), Peer("127.0.0.1", 104, "ipv4")
    titles = Negotiation("WARD", "PACS", identity=eva)
    assert asked() == EchoRequest(peer, titles, Timeouts(acse=9), 2, tls=TlsSettings())
    # what is given as it is by default counts as well
    assert asked(called_aet="ANY-SCP", family="auto", timeouts=Timeouts(), tls=None, repeat=1) == EchoRequest(
        Peer("127.0.0.1", 104), Negotiation("WARD", identity=eva)
    )
    others = asked(transfer_syntaxes=["1.2.3"], contexts=2, max_pdu=8192, identity=None).negotiation
    assert others == Negotiation("WARD", "PACS", ("1.2.3",), 2, 8192)
    with pytest.raises(SettingsError, match="is an IPv4 address, but only IPv6 is to be used"):
        asked(family="ipv6")


@BOTH
def test_a_node_that_is_not_to_be_probed(echo: Echo, folder: Path) -> None:
    with ScriptedPeer(Accept(), Serve()) as peer:
        file = entry(folder / "nodes.toml", 'do-not-probe = "it hangs"', peer.port)
        with pytest.raises(SettingsError) as caught:
            echo(node="pacs")
        assert str(caught.value) == f"node 'pacs' in {file} is not to be probed: it hangs"
        assert peer.types == []
        assert echo(node="pacs", force=True).success


@BOTH
@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({}, "an echo needs host and port, or node, a name in a node file"),
        ({"host": "h"}, "an echo needs host and port, or node, a name in a node file"),
        (
            {"node": "pacs", "port": 104},
            "an echo takes host and port or node, a name in a node file, but not both",
        ),
        (
            {"host": "h", "port": 1, "force": True},
            "nodes and force go with node, a name in a node file, not with host and port",
        ),
        ({"node": "pacs", "called": "PACS"}, "an echo takes no argument 'called'"),
    ],
)
def test_calls_that_mean_nothing(echo: Echo, arguments: dict[str, Any], sentence: str) -> None:
    with pytest.raises(TypeError) as caught:
        echo(**arguments)
    assert str(caught.value) == sentence


def test_nodes_that_cannot_be(folder: Path) -> None:
    file = entry(folder / "nodes.toml", "identity-user = 'eva'\nidentity-passcode-prompt = true")
    with pytest.raises(UnknownNode) as unknown:
        dcmtool.echo(node="pasc")
    assert str(unknown.value) == f"there is no node 'pasc' in {file} (did you mean pacs?)"
    with pytest.raises(InputFileError, match=r"\[nodes\.pacs\].* there is nobody here to ask"):
        dcmtool.echo(node="pacs")
    with pytest.raises(InputFileError, match=r"none\.toml: cannot be read"):
        dcmtool.echo(node="pacs", nodes=folder / "none.toml")
    for wrong in ({"node": 5}, {"node": "pacs", "nodes": 5}, {"node": "pacs", "nodes": os.fsencode(file)}):
        with pytest.raises(SettingsError, match="is not text"):
            dcmtool.echo(**wrong)


def test_by_address_no_file_is_read(folder: Path) -> None:
    (folder / "dcmtool.toml").write_text("broken", encoding="utf-8")
    with ScriptedPeer(Accept(), Serve()) as peer:
        entry(folder / "nodes.toml", 'do-not-probe = "it hangs"', peer.port)
        assert dcmtool.echo(peer.host, peer.port).request.negotiation == Negotiation()

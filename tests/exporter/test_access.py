"""Whom an exporter reaches: the address that is connected to counts, not the name."""

from pathlib import Path

import pytest

from dcmtool.errors import SettingsError
from dcmtool.exporter.access import Networks
from tests.peers.exporter import at, exporter_process, node_file
from tests.peers.scripted import ScriptedPeer
from tests.peers.vocabulary import Accept, EchoResponse, ReleaseResponse


@pytest.mark.parametrize(
    ("network", "address", "allowed"),
    [
        ("192.0.2.0/24", "192.0.2.7", True),
        ("192.0.2.0/24", "192.0.3.7", False),
        ("192.0.2.7", "192.0.2.7", True),
        ("192.0.2.0/24", "::ffff:192.0.2.7", True),
        ("192.0.2.0/24", "::ffff:c000:207", True),
        ("192.0.2.0/24", "::ffff:127.0.0.1", False),
        ("::ffff:192.0.2.0/120", "192.0.2.7", True),
        ("0.0.0.0/0", "::1", False),
        ("::/0", "127.0.0.1", False),
        ("::/0", "::ffff:127.0.0.1", False),
        ("2001:db8::/32", "2001:db8::1", True),
        ("fe80::/10", "fe80::1%eth0", True),
    ],
)
def test_which_addresses_a_network_has(network: str, address: str, allowed: bool) -> None:
    assert Networks([network]).allow(address) == allowed


@pytest.mark.parametrize(
    "text", ["", "pacs", "192.0.2.0/33", "192.0.2.1/24", "10.*", "10/8", "fe80::1%eth0/64"]
)
def test_what_is_no_network(text: str) -> None:
    with pytest.raises(SettingsError, match=r"is none: 192\.0\.2\.0/24 or 2001:db8::/32 is"):
        Networks([text])


def test_nothing_is_sent_to_what_is_not_allowed(tmp_path: Path) -> None:
    with ScriptedPeer() as peer:
        nodes = node_file(tmp_path, resting=at(peer.port, 'do-not-probe = "it is mended"'))
        with exporter_process(tmp_path, "--nodes", nodes, "--allow", "192.0.2.0/24") as exporter:
            answers = [
                exporter.probe(f"{host}:{peer.port}").status
                for host in ("localhost", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "127.0.0.1")
            ]
            answers.append(exporter.probe("resting").status)
        assert not peer.connected
    assert answers == [403] * 5


def test_a_node_that_is_not_to_be_probed_is_not_by_another_name_either(tmp_path: Path) -> None:
    with ScriptedPeer() as peer:
        nodes = node_file(tmp_path, resting=at(peer.port, 'do-not-probe = "it is mended"'))
        with exporter_process(tmp_path, "--nodes", nodes, "--allow", "127.0.0.0/8") as exporter:
            answer = exporter.probe(f"[::ffff:127.0.0.1]:{peer.port}")
        assert not peer.connected
    assert answer.status == 403
    assert answer.text.endswith("is the node resting, which is not to be probed: it is mended\n")


def test_without_a_network_there_are_the_nodes_alone(tmp_path: Path) -> None:
    with ScriptedPeer(Accept(), EchoResponse(), ReleaseResponse()) as peer:
        nodes = node_file(tmp_path, pacs=at(peer.port, 'call = "PACS"'))
        with exporter_process(tmp_path, "--nodes", nodes) as exporter:
            unknown, other = exporter.probe("pac"), exporter.probe(f"127.0.0.1:{peer.port + 1}")
            found = exporter.probe(f"OTHER@127.0.0.1:{peer.port}")
    assert (unknown.status, unknown.text) == (
        400,
        f"there is no node 'pac' in {nodes} (did you mean pacs?)\n",
    )
    assert (other.status, "is no node of" in other.text) == (403, True)
    assert found.samples["probe_success"] == 1
    assert peer.request.called.decode().rstrip() == "OTHER"

"""Three more independent implementations in both roles, and what nmap and tshark make of ours."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.interop.talk import outcome, success
from tests.peers import wire
from tests.peers.dcmtool_scp import ScpProcess, scp_process, wait_for
from tests.peers.more import PEERS, Peer, run_scu, serving
from tests.peers.pcap import ACCEPTOR, Sender, capture
from tests.peers.programs import environment, listens, require, run_dcmtool
from tests.peers.scripted import ScriptedPeer
from tests.peers.scu import Client
from tests.peers.vocabulary import Accept, Serve

pytestmark = pytest.mark.interop

PADDED = "I: The peer pads the AE titles of its A-ASSOCIATE-AC with NUL, not blanks (PS3.8 9.3.3)\n"
# What each says of itself in its answer, so that it is known to be the one that answered.
IMPLEMENTATIONS = {
    "odil": ("1.2.826.0.1.3680043.9.55600.0", "Odil "),
    "pynetdicom2": ("2.25.", ""),
    "dcmjs-dimse": ("1.2.826.0.1.3680043.10.854", "DCMJS-DIMSE"),
}


class Node:
    """An implementation's SCP, running: its name and its port."""

    def __init__(self, name: str, port: int) -> None:
        self.name, self.port = name, port

    def echo(self, *options: str) -> "subprocess.CompletedProcess[str]":
        """Verify it, once it listens."""
        wait_for(lambda: listens(self.port))
        return run_dcmtool(*options, "127.0.0.1", str(self.port))


@pytest.fixture(scope="module", params=PEERS)
def node(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """One implementation after the other, as the SCP."""
    with serving(PEERS[request.param](), tmp_path_factory.mktemp(request.param)) as port:
        yield Node(request.param, port)


@pytest.fixture(scope="module")
def scp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ScpProcess]:
    """Our SCP."""
    with scp_process(tmp_path_factory.mktemp("scp")) as running:
        yield running


@pytest.fixture(params=PEERS)
def scu(request: pytest.FixtureRequest) -> Peer:
    """One implementation after the other, as the SCU."""
    peer: Peer = PEERS[request.param]()
    return peer


# As the SCP ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("repeat", [1, 20])
def test_they_answer_our_echoes(node: Node, repeat: int) -> None:
    code, out, err = outcome(node.echo("-v", "--repeat", str(repeat)))
    padded = node.name == "pynetdicom2"
    assert (PADDED in err) is padded
    assert (code, out, err.replace(PADDED, "")) == (0, "", success(16384 - 12, repeat))


def test_they_are_who_they_are(node: Node) -> None:
    association = json.loads(node.echo("--output", "json").stdout)["association"]
    uid, name = IMPLEMENTATIONS[node.name]
    assert association["implementation_class_uid"].startswith(uid)
    assert (association["implementation_version_name"] or "").startswith(name)


@pytest.mark.parametrize("options", [("-pts", "38"), ("-pdu", "4096"), ("--abort",)], ids=" ".join)
def test_they_take_other_requests(node: Node, options: tuple[str, ...]) -> None:
    assert outcome(node.echo(*options)) == (0, "", "")


@pytest.mark.parametrize("contexts", [2, 3, 128])
def test_an_answer_on_any_accepted_context_is_one(node: Node, contexts: int) -> None:
    """odil keeps one context a SOP class, the last, and answers on that whichever it is asked on."""
    code, _, err = outcome(node.echo("-ppc", str(contexts), "--repeat", "2"))
    warning = f"W: the peer answered on presentation context {2 * contexts - 1}, an equal one, instead of 1"
    assert code == 0
    assert [line[: len(warning)] for line in err.splitlines()] == [warning] * (node.name == "odil")


# As the SCU ------------------------------------------------------------------------------------------


def test_our_scp_answers_their_echoes(scu: Peer, scp: ScpProcess) -> None:
    before = len(scp.lines)
    run = run_scu(scu, scp.port)
    assert run.returncode == 0, run.stdout + run.stderr
    # The line of another, who called before, may come late as well.
    told = ("called ANY-SCP for Verification", ", 1 echo, released")
    wait_for(lambda: any(all(word in line for word in told) for line in scp.lines[before:]))


# Beside them ------------------------------------------------------------------------------------------


def test_nmap_finds_a_dicom_service(scp: ScpProcess) -> None:
    nmap = [require("/usr/bin/nmap"), "-n", "-Pn", "--script", "+dicom-ping", "-p", str(scp.port)]
    command = [*nmap, "127.0.0.1"]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment(), check=True)
    assert "dicom: DICOM Service Provider discovered!" in run.stdout
    assert "config: Any AET is accepted" in run.stdout


def _talk(scp: ScpProcess, *options: str) -> list[tuple[Sender, bytes]]:
    """Return what our SCU and our SCP say to one another: all PDUs are ours."""
    with ScriptedPeer(Accept(), Serve()) as peer:
        assert run_dcmtool(*options, peer.host, str(peer.port)).returncode == 0
    talk: list[tuple[Sender, bytes]] = []
    with Client(scp.port) as client:
        for pdu in peer.pdus:
            client.send(pdu.data)
            talk.append(("requestor", pdu.data))
            answer = client.read()
            if answer is not None:
                talk.append(("acceptor", answer.data))
    return talk


@pytest.mark.parametrize(
    "options", [(), ("--repeat", "3", "-ppc", "2", "-pts", "38"), ("--abort",)], ids=" ".join
)
def test_tshark_warns_of_none_of_our_pdus(scp: ScpProcess, options: tuple[str, ...], tmp_path: Path) -> None:
    tshark, file = require("/usr/bin/tshark"), tmp_path / "talk.pcap"
    talk = _talk(scp, *options)
    file.write_bytes(capture(talk))
    command = [tshark, "-n", "-r", str(file), "-d", f"tcp.port=={ACCEPTOR[1]},dicom", "-Y", "dicom"]
    command += ["-T", "fields", "-e", "dicom.pdu.type", "-e", "_ws.expert.message", "-e", "_ws.malformed"]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment(), check=True)
    rows = [line.split("\t") for line in run.stdout.splitlines()]
    shown = [int(kind, 0) for row in rows for kind in row[0].split(",")]
    assert shown == [data[0] for _, data in talk]
    assert {wire.ASSOCIATE_RQ, wire.ASSOCIATE_AC, wire.P_DATA} <= set(shown)
    aborted = ["Association aborted"] if "--abort" in options else []  # which it says of every A-ABORT
    assert [word for row in rows for word in row[1:] if word] == aborted

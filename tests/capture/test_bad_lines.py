"""Captures of a line that loses and reorders packets, or that were not written in order, of real programs."""

import contextlib
import random
import subprocess
from itertools import groupby
from pathlib import Path

import pytest

import dcmtool
from dcmtool.capture.connection import ObservedConnection
from dcmtool.capture.timeless import without_times
from dcmtool.upper_layer.pdus import AssociateAc
from tests.capture.packets import Captured, pcap
from tests.capture.recorded import recording
from tests.capture.recorded_files import secondary_capture
from tests.peers import dcmtk
from tests.peers.bad_network import HERE, NODE, BadNetwork, Line, bad_network
from tests.peers.dcmtool_scp import wait_for
from tests.peers.dumpcap import Dumpcap
from tests.peers.pcap import capture
from tests.peers.programs import environment, require

pytestmark = pytest.mark.interop

PORT = 11112
RAW = 101
LINES = {
    "loses": Line(loses_every=9),
    "reorders": Line(holds_every=5),
    "doubles": Line(doubles_every=3),
    "all of it": Line(loses_every=11, holds_every=7, doubles_every=5),
}


def stored(connection: ObservedConnection, files: int) -> None:
    """See that what was seen is files that were stored, and nothing else."""
    assert isinstance(connection.answer, AssociateAc)
    assert [(use.command, use.requests, use.statuses) for use in connection.services] == [
        ("C-STORE", files, ((0, files),))
    ]
    assert connection.services[0].data_sets == files
    assert (connection.ending, connection.ended_by) == ("released", "requestor")
    assert (connection.missing, connection.faults, connection.warnings) == ((0, 0), (), ())
    assert {each.finding.id for each in connection.findings} <= {"packets-lost", "slow-connect"}


@pytest.mark.parametrize("name", LINES)
def test_a_bad_line(name: str, tmp_path: Path) -> None:
    """Each side of the line is in the capture: what was sent, and what came, with the addresses changed."""
    file = secondary_capture(tmp_path / "image.dcm")
    with bad_network() as network, contextlib.ExitStack() as stack:
        serve(network, tmp_path, stack)
        seen = stack.enter_context(
            contextlib.closing(Dumpcap(tmp_path / "line.pcapng", f"tcp port {PORT}", network.inside, "line"))
        )
        network.now(LINES[name])
        sent = [*network.inside, require("/usr/bin/storescu"), "-R", NODE, str(PORT), str(file)]
        subprocess.run(sent, env=environment({"TCP_NODELAY": "1"}), check=True, timeout=60)
        network.now(Line())
        wait_for(lambda: all(each.ending == "released" for each in connections(seen.path, most=2)))
        caller, node = connections(seen.path, most=2)
    assert (caller.requestor.address, node.requestor.address) == (HERE, NODE)
    for each in (caller, node):
        stored(each, 1)
    if "lo" in name:
        assert sum(caller.retransmitted) > 0


def serve(network: BadNetwork, folder: Path, stack: contextlib.ExitStack) -> None:
    """Run storescp in the namespace until the end of the test."""
    (folder / "received").mkdir()
    command = [*network.inside, require("/usr/bin/storescp"), "-od", str(folder / "received"), str(PORT)]
    server = stack.enter_context(subprocess.Popen(command, stdout=subprocess.DEVNULL))
    stack.callback(server.kill)
    table = [*network.inside, "/bin/cat", "/proc/net/tcp"]
    listening = f":{PORT:04X} 00000000:0000 0A"
    wait_for(lambda: listening in subprocess.run(table, capture_output=True, text=True, check=True).stdout)


def connections(path: Path, most: int) -> list[ObservedConnection]:
    """Return the connections in a capture that is written to yet, as many as there have to be."""
    seen = sorted(dcmtool.explain(path, warn=lambda _sentence: None), key=lambda each: each.number)
    return seen if len(seen) == most else []


# Not written in order -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def packets(tmp_path_factory: pytest.TempPathFactory) -> list[Captured]:
    """The packets of three images."""
    folder = tmp_path_factory.mktemp("files")
    files = [str(secondary_capture(folder / f"{number}.dcm", number, 1 << 15)) for number in range(3)]
    with dcmtk.storescp(folder) as port, recording(port) as relay:
        sent = [require("/usr/bin/storescu"), "-R", relay.host, str(relay.port), *files]
        subprocess.run(sent, env=environment({"TCP_NODELAY": "1"}), check=True, timeout=60)
        (said,) = relay.conversations()
    file, at = capture((each.sender, each.data) for each in said if each.data), 24
    found: list[Captured] = []
    while at < len(file):
        size = int.from_bytes(file[at + 8 : at + 12], "little")
        found.append(Captured(1_700_000_000_000_000_000 + len(found) * 1000, file[at + 16 : at + 16 + size]))
        at += 16 + size
    return found


def explained(packets: list[Captured], path: Path) -> ObservedConnection:
    """Return the only connection of packets, without what is measured."""
    path.write_bytes(pcap(packets, RAW))
    (connection,) = dcmtool.explain(path)
    return without_times(connection)._replace(retransmitted=(0, 0), findings=())


def mixed_up(packets: list[Captured], chance: random.Random) -> list[Captured]:
    """Return packets in another order; what a side sends comes before what answers it, as on any line."""
    found = []
    for _, group in groupby(packets, lambda each: each.data[12:16]):
        run = [*group]
        places = {id(each): number + chance.uniform(0, 4) for number, each in enumerate(run)}
        found += sorted(run, key=lambda each: places[id(each)])
    for again in chance.sample(packets, 10):
        found.insert(chance.randrange(found.index(again), len(found)) + 1, again)
    return found


@pytest.mark.parametrize("seed", range(20))
def test_packets_that_are_not_in_order(seed: int, packets: list[Captured], tmp_path: Path) -> None:
    chance = random.Random(seed)
    whole = explained(packets, tmp_path / "whole")
    stored(whole, 3)
    mixed = [*packets[:3], *mixed_up(packets[3:-3], chance), *packets[-3:]]
    changed = explained(mixed, tmp_path / "mixed")
    assert changed._replace(source=whole.source) == whole

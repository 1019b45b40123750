"""Networks that lose, delay, reorder and double packets, and that go: `echo` and `scp` at their two ends."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.peers.bad_network import MOVED, BadNetwork, Line, bad_network
from tests.peers.dcmtool_scp import ScpProcess, scp_process, wait_for
from tests.peers.programs import ROOT, environment

IDLE = 3.0  # seconds after which the SCP gives up
MOST = 15.0  # seconds more than a wait, for what the end of an association takes and a machine that is busy
LARGE = ("-ppc", "20", "-pts", "5")  # an A-ASSOCIATE-RQ of several packets


@pytest.fixture(scope="module")
def network() -> Iterator[BadNetwork]:
    """A network for all tests, each of which says what its line does."""
    with bad_network() as made:
        yield made


@pytest.fixture(scope="module")
def scp(network: BadNetwork, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ScpProcess]:
    """An SCP in it, which ends in order after all tests, with nothing left open."""
    options = ("-q", "--output", "ndjson", "--idle-timeout", str(IDLE))
    folder = tmp_path_factory.mktemp("scp")
    with scp_process(folder, *options, inside=network.inside, bind="0.0.0.0") as running:
        start = running.at_rest
        yield running
        wait_for(lambda: running.taken[:2] == start[:2])
        assert running.end() == 0
        assert running.lines == []


def ended(scp: ScpProcess) -> list[dict[str, Any]]:
    """Return what has been said of associations that have ended."""
    return [each["connection"] for each in scp.documents if (each["connection"] or {}).get("association")]


def started(network: BadNetwork, scp: ScpProcess, *options: str) -> "subprocess.Popen[str]":
    """Start an echo in the network."""
    echo = [sys.executable, "-W", "error", "-m", "dcmtool", "echo", *options, network.node, str(scp.port)]
    return subprocess.Popen(
        [*network.inside, *echo],
        cwd=ROOT,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def echoed(network: BadNetwork, scp: ScpProcess, *options: str) -> dict[str, Any]:
    """Return the report of an echo in the network."""
    with started(network, scp, "--output", "json", *options) as echo:
        out, err = echo.communicate(timeout=60)
    report: dict[str, Any] = json.loads(out)
    assert report["exit_code"] == echo.returncode
    assert (report["message"] or "") in err
    return report


@pytest.mark.parametrize(
    "line",
    [
        Line(loses_every=7),
        Line(holds_every=3),
        Line(doubles_every=1),
        Line(delay=0.03),
        Line(loses_every=9, holds_every=4, doubles_every=5, delay=0.005),
    ],
    ids=["loss", "reordering", "doubles", "delay", "all of it"],
)
def test_what_tcp_mends_is_no_failure(line: Line, network: BadNetwork, scp: ScpProcess) -> None:
    network.now(line)
    count = len(ended(scp))
    report = echoed(network, scp, *LARGE, "--repeat", "10")
    assert (report["exit_code"], report["echoes"]["received"]) == (0, 10)
    assert report["echoes"]["round_trip"]["minimum_ns"] >= 2 * line.delay * 1e9
    assert report["phases"]["connect_ns"] >= 2 * line.delay * 1e9
    wait_for(lambda: len(ended(scp)) == count + 1)
    assert (ended(scp)[-1]["outcome"], ended(scp)[-1]["association"]["echoes"]) == ("released", 10)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (Line(cut=True), "no TCP connection to 192.0.2.2 port PORT within 1 s (-to, connection timeout)"),
        (Line(unreachable=True), "no connection to 192.0.2.2 port PORT: No route to host"),
        (Line(down=True), "no connection to 192.0.2.2 port PORT: Network is unreachable"),
    ],
    ids=["cut", "unreachable", "down"],
)
def test_no_way_to_the_node(line: Line, says: str, network: BadNetwork, scp: ScpProcess) -> None:
    network.now(line)
    begun = time.monotonic()
    report = echoed(network, scp, "-to", "1")
    assert time.monotonic() - begun < 1 + MOST
    assert (report["exit_code"], report["message"]) == (60, says.replace("PORT", str(scp.port)))


def test_a_line_that_loses_what_is_long(network: BadNetwork, scp: ScpProcess) -> None:
    """As where routers drop packets that are too large, and ICMP is filtered (RFC 2923)."""
    network.now(Line(longest=600))
    count = len(ended(scp))
    assert echoed(network, scp)["exit_code"] == 0
    begun = time.monotonic()
    report = echoed(network, scp, *LARGE, "-ta", "1")
    assert time.monotonic() - begun < 2 + MOST
    assert report["exit_code"] == 61
    assert report["message"] == "no answer to A-ASSOCIATE-RQ within 1 s (-ta, ACSE timeout)"
    network.now(Line())  # the caller's system still sends what it has, and its A-ABORT at last
    wait_for(lambda: len(ended(scp)) == count + 2)
    assert [each["outcome"] for each in ended(scp)[count:]] == ["released", "aborted-by-peer"]


@pytest.mark.parametrize(
    "line",
    [Line(cut=True), Line(unreachable=True), Line(down=True), Line(address=MOVED)],
    ids=["cut", "unreachable", "down", "another address"],
)
def test_a_network_that_goes(line: Line, network: BadNetwork, scp: ScpProcess) -> None:
    network.now(Line())
    count = len(ended(scp))
    watching = ("--repeat", "0", "--interval", "0.05", "-td", "1", "--output", "ndjson")
    with started(network, scp, *watching) as echo:
        assert echo.stdout is not None
        assert json.loads(echo.stdout.readline())["schema"].startswith("dcmtool.echo-reply")
        network.now(line)
        begun = time.monotonic()
        out, err = echo.communicate(timeout=60)
        assert time.monotonic() - begun < 2 + MOST
    assert (echo.returncode, json.loads(out.splitlines()[-1])["exit_code"]) == (62, 62), err
    assert "no C-ECHO-RSP within 1 s (-td, DIMSE timeout)" in err
    wait_for(lambda: len(ended(scp)) == count + 1)
    assert (ended(scp)[-1]["outcome"], ended(scp)[-1]["reason"]) == (
        "aborted",
        f"nothing came for {IDLE:g} s",
    )
    network.now(Line())
    assert echoed(network, scp)["exit_code"] == 0
    wait_for(lambda: len(ended(scp)) == count + 2)

"""Connections that break: `echo` and `scp` on both sides of a relay that cuts, resets, swallows, delays."""

import json
import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import pytest

import dcmtool
from dcmtool.cli.exit_codes import exit_code
from dcmtool.cli.main import main
from dcmtool.settings import Timeouts
from tests.peers import wire
from tests.peers.dcmtool_scp import ScpProcess, scp_process, wait_for
from tests.peers.faulty_relay import Fault, FaultyRelay, Kind

Starts = dict[str, list[int]]  # of each direction: where its PDUs begin

CODES = (61, 62, 67)  # where the first, the second or the third PDU of a direction does not come through
PDUS = {
    "node": ("A-ASSOCIATE-RQ", "P-DATA-TF", "A-RELEASE-RQ"),
    "caller": ("A-ASSOCIATE-AC", "P-DATA-TF", "A-RELEASE-RP"),
}
PATIENCE, LONGER = 2.0, 8.0  # seconds that the caller waits, and the SCP
MOST = 10.0  # seconds for what takes no time, on a machine that is busy


class Place(NamedTuple):
    """Where a fault begins: in which direction, before which of its PDUs or how many bytes inside it."""

    direction: str
    pdu: int
    inside: int

    def __str__(self) -> str:
        return f"{'in' if self.inside else 'before'} {PDUS[self.direction][self.pdu]}"

    def relay(self, scp: ScpProcess, starts: Starts, kind: Kind) -> FaultyRelay:
        """Return a relay to an SCP with such a fault there."""
        fault = Fault(kind, starts[self.direction][self.pdu] + self.inside)
        return FaultyRelay(scp.port, **{f"to_{self.direction}": fault})


PLACES = [Place(towards, pdu, inside) for towards in PDUS for pdu in range(3) for inside in (0, 3)]


@pytest.fixture(scope="module")
def scp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ScpProcess]:
    """An SCP for all tests, which ends in order after them, with nothing left open."""
    waits = ("-ta", str(LONGER), "--idle-timeout", str(LONGER))
    with scp_process(tmp_path_factory.mktemp("scp"), "-q", "--output", "ndjson", *waits) as running:
        yield from ends_in_order(running)


@pytest.fixture(scope="module")
def secured_scp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ScpProcess]:
    """The same over TLS."""
    options = ("-q", "--output", "ndjson", "--self-signed")
    with scp_process(tmp_path_factory.mktemp("scp"), *options) as running:
        yield from ends_in_order(running)


def ends_in_order(scp: ScpProcess) -> Iterator[ScpProcess]:
    """Give it to the tests, and expect of it that it is afterwards what it was before."""
    start = scp.at_rest
    yield scp
    wait_for(lambda: scp.taken[:2] == start[:2])
    assert scp.end() == 0
    assert scp.lines == []


@pytest.fixture(scope="module")
def starts(scp: ScpProcess) -> Starts:
    """Where the PDUs of an echo begin."""
    count = len(ended(scp))
    with FaultyRelay(scp.port) as relay:
        assert dcmtool.echo(relay.host, relay.port).success
        wait_for(lambda: len(ended(scp)) == count + 1)
    return {towards: list(_starts(data)) for towards, data in relay.sent.items()}


def _starts(data: bytes) -> Iterator[int]:
    rest = data
    while rest:
        yield len(data) - len(rest)
        _, rest = wire.first_pdu(rest)


def ended(scp: ScpProcess) -> list[dict[str, Any]]:
    """Return what has been said of connections that have ended."""
    return [each["connection"] for each in scp.documents if each["event"] == "connection"]


def open_here() -> tuple[int, int]:
    """Return the threads and the descriptors of this process."""
    return threading.active_count(), len(os.listdir("/proc/self/fd"))


# Cut ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["close", "reset"])
@pytest.mark.parametrize("place", PLACES, ids=str)
def test_a_connection_that_ends(
    place: Place, kind: Kind, scp: ScpProcess, starts: Starts, capfd: pytest.CaptureFixture[str]
) -> None:
    before, count, begun = open_here(), len(ended(scp)), time.monotonic()
    with place.relay(scp, starts, kind) as relay:
        code = main(["echo", "--output", "json", relay.host, str(relay.port)])
        assert time.monotonic() - begun < MOST
        wait_for(lambda: len(ended(scp)) == count + 1)
    assert open_here() == before
    sentence = json.loads(capfd.readouterr().out)["message"]
    assert code == CODES[place.pdu]
    assert ("closed the connection" if kind == "close" else "the connection broke") in sentence
    if kind == "close" and place.direction == "caller" and place.inside:
        assert f"in the middle of {PDUS['caller'][place.pdu]}" in sentence
    assert ended(scp)[-1]["outcome"] == outcome(place)


def outcome(place: Place) -> str:
    """Return what a connection that ends there comes to for the SCP."""
    if place.direction == "caller":
        return "released" if place.pdu == 2 else "connection-lost"
    return ("no-request" if place.inside else "nothing-sent") if place.pdu == 0 else "connection-lost"


@pytest.mark.parametrize("after", [0, 3, 200], ids="after {} bytes".format)
@pytest.mark.parametrize("direction", PDUS)
@pytest.mark.parametrize("kind", ["close", "reset"])
def test_a_handshake_that_ends(
    kind: Kind, direction: str, after: int, secured_scp: ScpProcess, capfd: pytest.CaptureFixture[str]
) -> None:
    before, count = open_here(), len(ended(secured_scp))
    with FaultyRelay(secured_scp.port, **{f"to_{direction}": Fault(kind, after)}) as relay:
        code = main(["echo", "--output", "json", "+tla", "-ic", relay.host, str(relay.port)])
        wait_for(lambda: len(ended(secured_scp)) == count + 1)
    assert open_here() == before
    assert code == 71
    assert "\n" not in json.loads(capfd.readouterr().out)["message"]
    assert ended(secured_scp)[-1]["outcome"] in ("tls-failed", "nothing-sent")


# Half-open ------------------------------------------------------------------------------------------


def test_half_open_connections(scp: ScpProcess, starts: Starts) -> None:
    """All at once, since each is waited for: by the caller in its time, and by the SCP in its own."""
    before, count = open_here(), len(ended(scp))
    with ThreadPoolExecutor(len(PLACES)) as pool:
        found = list(pool.map(lambda place: _half_open(place, scp, starts), PLACES))
    assert open_here() == before
    wait_for(lambda: len(ended(scp)) == count + len(PLACES))
    for place, (report, took) in zip(PLACES, found, strict=True):
        assert report.error is not None, place
        assert (exit_code(report.error), took < PATIENCE + MOST) == (CODES[place.pdu], True), place
        assert f"within {PATIENCE:g} s" in str(report.error), place
    # What was swallowed on its way to the SCP leaves it waiting; of the others it was told.
    assert sorted(each["outcome"] for each in ended(scp)[count:]) == sorted(
        [*["nothing-sent", "no-request"], *["aborted"] * 4, *["aborted-by-peer"] * 4, *["released"] * 2]
    )


def _half_open(place: Place, scp: ScpProcess, starts: Starts) -> tuple[dcmtool.EchoReport, float]:
    timeouts = Timeouts(acse=PATIENCE, dimse=PATIENCE)
    with place.relay(scp, starts, "swallow") as relay:
        begun = time.monotonic()
        report = dcmtool.echo(relay.host, relay.port, timeouts=timeouts)
        took = time.monotonic() - begun
        wait_for(lambda: relay.node_has_closed)
    return report, took


# Late and in pieces ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "least"),
    [(Fault("pieces"), 0), (Fault("late", seconds=0.02), 0.12), (Fault("stall", after=5, seconds=0.1), 0.2)],
    ids=["in pieces", "late", "stalled"],
)
@pytest.mark.parametrize("secured", [False, True], ids=["plain", "TLS"])
def test_what_comes_late_or_in_pieces_comes(
    fault: Fault, least: float, secured: bool, request: pytest.FixtureRequest
) -> None:
    node: ScpProcess = request.getfixturevalue("secured_scp" if secured else "scp")
    before, count, begun = open_here(), len(ended(node)), time.monotonic()
    with FaultyRelay(node.port, to_node=fault, to_caller=fault) as relay:
        tls = ["+tla", "-ic"] if secured else []
        assert main(["echo", *tls, "-ppc", "5", "-pts", "5", relay.host, str(relay.port)]) == 0
        assert time.monotonic() - begun >= least
        wait_for(lambda: len(ended(node)) == count + 1)
    assert open_here() == before
    assert ended(node)[-1]["outcome"] == "released"


@pytest.mark.parametrize(
    ("fault", "options", "says"),
    [
        (Fault("stall", 5, 30), ["-ts", "1"], "within 1 s (-ts, socket timeout)"),
        (Fault("pieces", 5, 0.05), ["-ta", "1"], "within 1 s (-ta, ACSE timeout)"),
        (Fault("late", 0, 30), ["-ta", "1"], "no answer to A-ASSOCIATE-RQ within 1 s (-ta"),
    ],
    ids=["stalled in a PDU", "byte by byte", "late"],
)
def test_what_comes_too_late(
    fault: Fault, options: list[str], says: str, scp: ScpProcess, capfd: pytest.CaptureFixture[str]
) -> None:
    before, count, begun = open_here(), len(ended(scp)), time.monotonic()
    with FaultyRelay(scp.port, to_caller=fault) as relay:
        code = main(["echo", "--output", "json", *options, relay.host, str(relay.port)])
        assert 1 <= time.monotonic() - begun < 1 + MOST
    wait_for(lambda: len(ended(scp)) == count + 1)  # nor is it one of the next test's
    assert open_here() == before
    assert code == 61
    assert says in json.loads(capfd.readouterr().out)["message"]

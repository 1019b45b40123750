"""Nodes that are in order: DCMTK's, Orthanc, pynetdicom and our own."""

from collections.abc import Iterator
from pathlib import Path

from tests.peers import orthanc, pki
from tests.setups import servers
from tests.setups.door import Tap
from tests.setups.setup import FOUR, Node, Setup, start, tapped

PATIENT = ("--slow", "10")  # seconds: a machine that is busy makes no node slow


@start
def _secured(folder: Path) -> Iterator[Node]:
    """storescp with TLS, and a caller that trusts its authority and asks for its name."""
    options = "-i4", "+tla", "+cf", pki.standard().root.certificate_file(folder), "--check-hostname"
    with servers.secured_storescp()(folder) as port, Tap(port) as door:
        yield Node(door.port, options, "localhost", door.visits, PATIENT)


def _in_order(name: str, run: servers.Server, *options: str) -> Setup:
    begin = tapped(run, *options, diagnosis=PATIENT)
    return Setup(name, begin, ("in-order",), "AC DATA RELEASE-RP", 0, FOUR)


SETUPS = (
    _in_order("storescp", servers.storescp()),
    Setup("storescp with TLS", _secured(), ("in-order",), None, 0, FOUR),
    _in_order("dcmqrscp", servers.dcmqrscp(), "-aec", "QRSCP"),
    _in_order("Orthanc", servers.orthanc(), "-aec", orthanc.TITLE),
    _in_order("pynetdicom", servers.pynetdicom()),
    _in_order("dcmtool scp", servers.dcmtool_scp()),
)

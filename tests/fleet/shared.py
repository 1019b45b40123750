"""Servers of which each stands for many nodes: what these are called by, and the state that they are in."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from tests.fleet import states
from tests.fleet.states import State
from tests.peers import orthanc, pki
from tests.peers.programs import refusing_port
from tests.peers.tls import V12, server_context
from tests.peers.vocabulary import Accept, Serve
from tests.setups import servers
from tests.setups.door import Player
from tests.setups.setup import ACSE, HOST

CALLED, CALLING = "-aec", "-aet"
ROOT, KEY, CERTIFICATE = "the root", "the client's key", "the client's certificate"
TRUSTING, KNOWN = ("+tla", "+cf", ROOT), ("+tls", KEY, CERTIFICATE, "+cf", ROOT)


class Some(NamedTuple):
    """Nodes in one state, with the options of a caller of each; one of the titles is another each time."""

    number: int
    state: State
    options: tuple[str, ...] = ()
    varies: str = CALLED
    host: str = HOST
    do_not_probe: str = ""


class Shared(NamedTuple):
    """A server, and the nodes that it stands for."""

    run: servers.Server
    nodes: tuple[Some, ...]


def files(folder: Path) -> Mapping[str, str]:
    """Write what the options of callers name."""
    cast = pki.standard()
    return {
        ROOT: cast.root.certificate_file(folder),
        KEY: cast.client.key_file(folder),
        CERTIFICATE: cast.client.certificate_file(folder),
    }


@servers.server
def _dead(_folder: Path) -> Iterator[int]:
    with refusing_port() as port:
        yield port


@servers.server
def _avoided(_folder: Path) -> Iterator[int]:
    """A node that would answer, and that nobody may ask."""
    with Player((Accept(), Serve())) as door:
        yield door.port
    assert not door.visits


@servers.server
def _secured(folder: Path, *, demanding: bool = False) -> Iterator[int]:
    cast = pki.standard()
    clients = cast.root if demanding else None
    with Player((Accept(), Serve()), tls=server_context(folder, cast.server, V12, clients=clients)) as door:
        yield door.port


def _scp(number: int, state: State, *fault: str) -> Shared:
    return Shared(servers.dcmtool_scp(*fault), (Some(number, state),))


# `dcmtool scp` with each of its faults; what it does late it does right.
FAULTY: dict[str, Shared] = {
    " ".join(("dcmtool scp", *fault)): _scp(number, state, *fault)
    for number, state, fault in (
        (2, states.CALLING_TITLE, ("--reject", "permanent/service-user/calling-ae-title-not-recognized")),
        (2, states.BUSY, ("--reject", "2/3/1")),
        (2, states.NO_VERIFICATION, ("--refuse-contexts",)),
        (2, states.ECHO_STATUS, ("--status", "0110")),
        (5, states.ANSWERED, ("--delay-accept", "0.05")),
        (5, states.ANSWERED, ("--delay-echo", "0.05")),
        (2, states.ABORTED_ON_ECHO, ("--abort-after", "0")),
    )
}
OF_PYTHON: dict[str, Shared] = {
    "no such host": Shared(_dead(), (Some(5, states.UNKNOWN_HOST, host="x" * 64 + "{}.example"),)),
    "closed port": Shared(_dead(), (Some(10, states.REFUSED),)),
    "not to be probed": Shared(_avoided(), (Some(5, states.SKIPPED, do_not_probe="it stops at strangers"),)),
    "pynetdicom": Shared(
        servers.pynetdicom(most=100), (Some(10, states.ANSWERED), Some(5, states.ANSWERED, varies=CALLING))
    ),
    "pynetdicom that checks titles": Shared(
        servers.pynetdicom(most=100, check_called_title=True),
        (
            Some(4, states.ANSWERED, (CALLED, "PYNETDICOM"), CALLING),
            Some(4, states.CALLED_TITLE),
        ),
    ),
    "TLS": Shared(
        _secured(),
        (
            Some(4, states.ANSWERED, TRUSTING),
            Some(1, states.ANSWERED, (*TRUSTING, "-i4", "--check-hostname"), host="localhost"),
            Some(2, states.UNTRUSTED, ("+tla",)),
        ),
    ),
    "TLS for those who are known": Shared(
        _secured(demanding=True),
        (Some(2, states.ANSWERED, KNOWN), Some(2, states.CERTIFICATE_WANTED, TRUSTING)),
    ),
    "dcmtool scp": Shared(
        servers.dcmtool_scp("--max-associations", "100"),
        (Some(15, states.ANSWERED), Some(2, states.PLAIN, (*TRUSTING, *ACSE))),
    ),
}
OF_PROGRAMS: dict[str, Shared] = {
    "storescp": Shared(servers.storescp(), (Some(20, states.ANSWERED),)),
    "storescp --refuse": Shared(servers.storescp("--refuse"), (Some(2, states.FOR_NO_REASON),)),
    "storescp with TLS": Shared(
        servers.secured_storescp(),
        (
            Some(3, states.ANSWERED, TRUSTING),
            Some(2, states.UNTRUSTED, ("+tla",)),
            Some(1, states.CLOSED),
        ),
    ),
    "storescp that knows its callers": Shared(
        servers.secured_storescp(demanding=True), (Some(3, states.ANSWERED, KNOWN),)
    ),
    "dcmqrscp": Shared(
        servers.dcmqrscp(),
        (Some(4, states.ANSWERED, (CALLED, "QRSCP"), CALLING), Some(4, states.CALLED_TITLE)),
    ),
    "dcmqrscp that knows its callers": Shared(
        servers.dcmqrscp("(MODALITY, localhost, 104)"),
        (
            Some(1, states.ANSWERED, (CALLED, "QRSCP", CALLING, "MODALITY"), ""),
            Some(3, states.CALLED_TITLE, (CALLED, "QRSCP"), CALLING),
        ),
    ),
    "Orthanc": Shared(
        servers.orthanc(),
        (
            Some(4, states.ANSWERED, (CALLED, orthanc.TITLE), CALLING),
            Some(4, states.CALLED_TITLE),
            Some(1, states.PLAIN, TRUSTING),
        ),
    ),
    "Orthanc with TLS": Shared(
        servers.secured_orthanc(),
        (Some(3, states.ANSWERED, TRUSTING), Some(1, states.UNTRUSTED, ("+tla",)), Some(1, states.CLOSED)),
    ),
    "openssl s_server, TLS 1.3 alone": Shared(
        servers.openssl("-tls1_3"), (Some(2, states.TLS_VERSION, (*TRUSTING, "+pz")),)
    ),
    "nginx": Shared(
        servers.nginx(),
        (Some(2, states.OTHER_PROTOCOL), Some(1, states.OTHER_THAN_TLS, (*TRUSTING, *ACSE))),
    ),
}
SHARED = {**FAULTY, **OF_PYTHON, **OF_PROGRAMS}

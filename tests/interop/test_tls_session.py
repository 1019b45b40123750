"""A TLS session on a real socket, from its first byte to its close_notify, whatever comes in between."""

import ssl
import time
from pathlib import Path

import pytest

from dcmtool.settings import Timeouts
from dcmtool.verification.report import Outcome
from tests.interop.secured import (
    CAST,
    CLOSED,
    GOOD,
    RESET,
    Echo,
    Told,
    either_driver,
    either_version,
    failed,
    told,
    trusting,
)
from tests.peers import wire
from tests.peers.scripted import ScriptedPeer, Step
from tests.peers.tls import V12, V13, CloseNotify, HalfClose, Relay, server_context
from tests.peers.vocabulary import (
    Abort,
    Accept,
    CloseConnection,
    EchoResponse,
    ExpectPdu,
    Raw,
    ReleaseResponse,
    ResetConnection,
    Serve,
    Silence,
    Trickle,
)
from tests.peers.wire import ABORT, ASSOCIATE_RQ, P_DATA, RELEASE_RQ

TALK = (Accept(), Serve())
RESPONSE = wire.p_data(1, wire.echo_response(1))


@either_driver
@either_version
@pytest.mark.parametrize("piece", [1, 5, 1000])
def test_records_are_split_across_segments(
    piece: int, version: ssl.TLSVersion, echo: Echo, tmp_path: Path
) -> None:
    context = server_context(tmp_path, CAST.server, version)
    with ScriptedPeer(*TALK, tls=context) as peer, Relay(peer.port, piece=piece) as relay:
        assert told(echo(relay.host, relay.port, tls=trusting(tmp_path), repeat=3)) == GOOD


@either_driver
@either_version
def test_a_pdu_is_split_across_records(version: ssl.TLSVersion, echo: Echo, tmp_path: Path) -> None:
    script = (Accept(), ExpectPdu(P_DATA), Trickle(RESPONSE, len(RESPONSE), pause=0), ReleaseResponse())
    with ScriptedPeer(*script, tls=server_context(tmp_path, CAST.server, version)) as peer:
        assert told(echo(peer.host, peer.port, tls=trusting(tmp_path))) == GOOD


@either_driver
@either_version
def test_an_answer_takes_several_records(version: ssl.TLSVersion, echo: Echo, tmp_path: Path) -> None:
    script = (Accept(), EchoResponse(comment="x" * 60_000), ReleaseResponse())
    with ScriptedPeer(*script, tls=server_context(tmp_path, CAST.server, version)) as peer:
        assert told(echo(peer.host, peer.port, tls=trusting(tmp_path), max_pdu=131_072)) == GOOD


@either_driver
@either_version
def test_many_echoes_on_one_session(version: ssl.TLSVersion, echo: Echo, tmp_path: Path) -> None:
    with ScriptedPeer(*TALK, tls=server_context(tmp_path, CAST.server, version)) as peer:
        report = echo(peer.host, peer.port, tls=trusting(tmp_path), repeat=200)
    assert told(report) == GOOD
    assert (report.echoes.received, len(peer.types), peer.handshakes) == (
        200,
        202,
        [report.tls and report.tls.protocol],
    )


@either_driver
@pytest.mark.parametrize("tickets", [0, 2, 20])
def test_session_tickets_are_taken_in_passing(tickets: int, echo: Echo, tmp_path: Path) -> None:
    context = server_context(tmp_path, CAST.server, V13)
    context.num_tickets = tickets
    with ScriptedPeer(*TALK, tls=context) as peer:
        assert told(echo(peer.host, peer.port, tls=trusting(tmp_path))) == GOOD


@either_driver
def test_phases_add_up(echo: Echo, tmp_path: Path) -> None:
    with ScriptedPeer(*TALK, tls=server_context(tmp_path, CAST.server)) as peer:
        begun = time.monotonic_ns()
        phases = echo(peer.host, peer.port, tls=trusting(tmp_path)).phases
        whole = time.monotonic_ns() - begun
    parts = [phases.connect, phases.tls, phases.associate, phases.echo, phases.release]
    assert all(part is not None and part > 0 for part in parts)
    assert sum(part or 0 for part in parts) < whole


# How it ends ------------------------------------------------------------------------------------------

GREETED = (Accept(), ExpectPdu(P_DATA))
PARTING = (Accept(), EchoResponse(), ExpectPdu(RELEASE_RQ))
ENDS: dict[str, tuple[tuple[Step, ...], Told]] = {
    "without close_notify, association": (
        (ExpectPdu(ASSOCIATE_RQ), CloseConnection()),
        failed(CLOSED, "associate", Outcome.ASSOCIATION_FAILED),
    ),
    "without close_notify, echo": (
        (*GREETED, CloseConnection()),
        failed(CLOSED, "echo", Outcome.ECHO_FAILED),
    ),
    "without close_notify, release": (
        (*PARTING, CloseConnection()),
        failed(CLOSED, "release", Outcome.RELEASE_FAILED),
    ),
    "half-open, association": (
        (ExpectPdu(ASSOCIATE_RQ), HalfClose(), Silence()),
        failed(CLOSED, "associate", Outcome.ASSOCIATION_FAILED),
    ),
    "half-open, echo": (
        (*GREETED, HalfClose(), Silence()),
        failed(CLOSED, "echo", Outcome.ECHO_FAILED),
    ),
    "reset, echo": ((*GREETED, ResetConnection()), failed(RESET, "echo", Outcome.ECHO_FAILED)),
    "reset, release": ((*PARTING, ResetConnection()), failed(RESET, "release", Outcome.RELEASE_FAILED)),
    "part of a PDU": (
        (*GREETED, Raw(RESPONSE[:20]), CloseConnection()),
        failed(
            CLOSED.replace("connection", "connection in the middle of P-DATA-TF"),
            "echo",
            Outcome.ECHO_FAILED,
        ),
    ),
}


@either_driver
@either_version
@pytest.mark.parametrize(("script", "expected"), ENDS.values(), ids=ENDS.keys())
def test_the_peer_breaks_off(
    script: tuple[Step, ...], expected: Told, version: ssl.TLSVersion, echo: Echo, tmp_path: Path
) -> None:
    with ScriptedPeer(*script, tls=server_context(tmp_path, CAST.server, version)) as peer:
        report = echo(peer.host, peer.port, tls=trusting(tmp_path))
    assert told(report) == expected
    assert ABORT not in peer.types


@either_driver
@either_version
@pytest.mark.parametrize(
    ("script", "stage", "outcome"),
    [
        ((ExpectPdu(ASSOCIATE_RQ), CloseNotify()), "associate", Outcome.ASSOCIATION_FAILED),
        ((*GREETED, CloseNotify()), "echo", Outcome.ECHO_FAILED),
        ((*PARTING, CloseNotify()), "release", Outcome.RELEASE_FAILED),
    ],
    ids=["association", "echo", "release"],
)
def test_the_peer_says_goodbye_in_the_middle(
    script: tuple[Step, ...],
    stage: str,
    outcome: Outcome,
    version: ssl.TLSVersion,
    echo: Echo,
    tmp_path: Path,
) -> None:
    with ScriptedPeer(*script, tls=server_context(tmp_path, CAST.server, version)) as peer:
        report = echo(peer.host, peer.port, tls=trusting(tmp_path))
    assert told(report) == failed(CLOSED, stage, outcome)
    assert peer.said_goodbye


@either_driver
def test_a_reset_right_after_the_handshake(echo: Echo, tmp_path: Path) -> None:
    """In TLS 1.3 that is how a peer may refuse a client without a certificate; before, it is any reset."""
    script = (ExpectPdu(ASSOCIATE_RQ), ResetConnection())
    with ScriptedPeer(*script, tls=server_context(tmp_path, CAST.server, V12)) as peer:
        report = echo(peer.host, peer.port, tls=trusting(tmp_path))
    assert told(report) == failed(RESET, "associate", Outcome.ASSOCIATION_FAILED)
    with ScriptedPeer(*script, tls=server_context(tmp_path, CAST.server, V13)) as peer:
        report = echo(peer.host, peer.port, tls=trusting(tmp_path))
    assert told(report) == failed(
        "the peer broke the connection (Connection reset by peer) right after the TLS handshake, "
        "perhaps for want of a client certificate: give one with key_file= and certificate_file=",
        "associate",
    )


@either_driver
@either_version
@pytest.mark.parametrize("abort", [False, True], ids=["release", "abort"])
def test_our_last_word_is_a_close_notify(
    abort: bool, version: ssl.TLSVersion, echo: Echo, tmp_path: Path
) -> None:
    context = server_context(tmp_path, CAST.server, version)
    script = (Accept(), EchoResponse(), *([Silence()] if abort else [ReleaseResponse()]))
    timeouts = Timeouts(deadline=3) if abort else Timeouts()
    with ScriptedPeer(*script, tls=context) as peer, Relay(peer.port) as relay:
        report = echo(relay.host, relay.port, tls=trusting(tmp_path), abort=abort, timeouts=timeouts)
    assert told(report) == GOOD
    assert peer.types[-1] == (ABORT if abort else RELEASE_RQ)
    assert peer.said_goodbye
    size = {V12: 26, V13: 19}[version]  # of an alert, encrypted with AES in GCM
    assert relay.sent[-size - 5 : -size] == bytes([0x15 if version == V12 else 0x17, 3, 3, 0, size])


@either_driver
@either_version
def test_an_abort_of_the_peer_is_one_over_tls_too(
    version: ssl.TLSVersion, echo: Echo, tmp_path: Path
) -> None:
    script = (*GREETED, Abort(2, 1))
    with ScriptedPeer(*script, tls=server_context(tmp_path, CAST.server, version)) as peer:
        report = echo(peer.host, peer.port, tls=trusting(tmp_path))
    assert told(report) == failed(
        "the peer aborted the association (A-ABORT from the service provider: unrecognized PDU)",
        "echo",
        Outcome.ABORTED,
    )
    assert peer.said_goodbye

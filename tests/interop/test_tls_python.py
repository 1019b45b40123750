"""`dcmtool.echo` against Python's ssl: our own certificate, server names, and how a session goes and ends."""

import asyncio
import ssl
from pathlib import Path

import pytest

from dcmtool.settings import TlsSettings
from tests.interop.secured import (
    CAST,
    GOOD,
    WANTED,
    Echo,
    as_client,
    either_driver,
    either_version,
    failed,
    refused,
    told,
    trusting,
)
from tests.peers import pki
from tests.peers.pki import CLIENT, EXPIRED, FUTURE
from tests.peers.scripted import ScriptedPeer
from tests.peers.tls import V12, V13, server_context
from tests.peers.vocabulary import Accept, Serve

TALK = (Accept(), Serve())

# Our certificate --------------------------------------------------------------------------------------

CERTIFICATES = {
    "untrusted": (CAST.strange_client, "is not from an authority that the peer trusts"),
    "expired": (
        CAST.root.issue("client", (), usage=CLIENT, validity=EXPIRED),
        "has expired, or is not yet valid",
    ),
    "not yet valid": (
        CAST.root.issue("client", (), usage=CLIENT, validity=FUTURE),
        "is damaged, or one that the peer does not take",
    ),
    "for servers": (CAST.server, "is of a kind that the peer does not take"),
}


def stage_of_refusal(version: ssl.TLSVersion) -> str:
    """Return where a refused client certificate shows: in TLS 1.3 the client's handshake is done before."""
    return {V12: "tls", V13: "associate"}[version]


@either_driver
@either_version
def test_the_peer_requires_a_certificate(version: ssl.TLSVersion, echo: Echo, tmp_path: Path) -> None:
    context = server_context(tmp_path, CAST.server, version, clients=CAST.root)
    with ScriptedPeer(*TALK, tls=context) as peer:
        report = echo(peer.host, peer.port, tls=trusting(tmp_path))
        again = echo(peer.host, peer.port, tls=as_client(tmp_path))
    assert told(report) == failed(WANTED, stage_of_refusal(version))
    assert told(again) == GOOD
    assert peer.handshakes[0] == "PEER_DID_NOT_RETURN_A_CERTIFICATE"


@either_driver
@either_version
@pytest.mark.parametrize(("identity", "meaning"), CERTIFICATES.values(), ids=CERTIFICATES.keys())
def test_the_peer_refuses_our_certificate(
    identity: pki.Identity, meaning: str, version: ssl.TLSVersion, echo: Echo, tmp_path: Path
) -> None:
    settings = as_client(tmp_path, identity)
    with ScriptedPeer(*TALK, tls=server_context(tmp_path, CAST.server, version, clients=CAST.root)) as peer:
        report = echo(peer.host, peer.port, tls=settings)
    assert told(report) == refused(settings, meaning, stage_of_refusal(version))
    assert peer.handshakes == ["CERTIFICATE_VERIFY_FAILED"]


@either_driver
@either_version
@pytest.mark.parametrize("kind", ["rsa2048", "rsa3072", "p256", "p384", "ed25519"])
def test_kinds_of_keys_on_both_sides(kind: str, version: ssl.TLSVersion, echo: Echo, tmp_path: Path) -> None:
    context = server_context(tmp_path, CAST.root.issue(key=kind), version, clients=CAST.root)
    settings = as_client(tmp_path, CAST.root.issue("client", (), usage=CLIENT, key=kind), profile="8996")
    with ScriptedPeer(*TALK, tls=context) as peer:
        assert told(echo(peer.host, peer.port, tls=settings)) == GOOD


@either_driver
@either_version
def test_our_chain_is_sent(version: ssl.TLSVersion, echo: Echo, tmp_path: Path) -> None:
    identity = CAST.intermediate.issue("client", (), usage=CLIENT)
    settings = trusting(
        tmp_path,
        key_file=identity.key_file(tmp_path),
        certificate_file=identity.certificate_file(tmp_path, chain=True),
    )
    context = server_context(tmp_path, CAST.server, version, clients=CAST.root)
    with ScriptedPeer(*TALK, tls=context) as peer:
        assert told(echo(peer.host, peer.port, tls=settings)) == GOOD


# Server names -----------------------------------------------------------------------------------------


@either_driver
def test_a_server_name_is_sent_only_when_asked_for(echo: Echo, tmp_path: Path) -> None:
    asked: list[str | None] = []
    context = server_context(tmp_path, CAST.server)
    context.sni_callback = lambda _tls, name, _context: asked.append(name)
    with ScriptedPeer(*TALK, tls=context) as peer:
        for name in (None, "pacs.example"):
            assert told(echo("localhost", peer.port, tls=trusting(tmp_path, server_name=name))) == GOOD
    assert asked == [None, "pacs.example"]


@either_driver
def test_a_server_name_that_the_peer_does_not_know(echo: Echo, tmp_path: Path) -> None:
    context = server_context(tmp_path, CAST.server)
    context.sni_callback = lambda _tls, _name, _context: ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
    with ScriptedPeer(*TALK, tls=context) as peer:
        report = echo(peer.host, peer.port, tls=trusting(tmp_path, server_name="pacs.example"))
    assert told(report) == failed(
        "the peer does not know the server name asked for: give another with server_name=, or none"
    )


def test_many_sessions_share_an_event_loop(tmp_path: Path) -> None:
    from dcmtool import async_echo

    async def several(port: int, settings: list[TlsSettings]) -> list[bool]:
        reports = await asyncio.gather(*(async_echo("127.0.0.1", port, tls=each) for each in settings))
        return [report.success for report in reports]

    with ScriptedPeer(*TALK, tls=server_context(tmp_path, CAST.server)) as peer:
        wishes = [trusting(tmp_path), TlsSettings(verify_peer=False), trusting(tmp_path, min_days=1)]
        assert asyncio.run(several(peer.port, wishes)) == [True, True, True]

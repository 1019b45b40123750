"""How long a session may take: every budget of time ends every wait under TLS, the handshake as well."""

import ssl
import time
from pathlib import Path

import pytest

from dcmtool.settings import Timeouts, TlsSettings
from dcmtool.verification.report import Outcome
from tests.interop.secured import (
    CAST,
    HELLO,
    Echo,
    Told,
    either_driver,
    either_version,
    failed,
    told,
    trusting,
)
from tests.peers.scripted import ScriptedPeer
from tests.peers.tls import Relay, server_context
from tests.peers.vocabulary import Accept, ExpectPdu, Serve, Silence, Trickle
from tests.peers.wire import ABORT, ASSOCIATE_RQ, P_DATA

BUDGETS = ("connect", "acse", "socket", "deadline")
every_budget = pytest.mark.parametrize("budget", BUDGETS)
AT_ONCE, SHAKEN, GREETED = 0.2, 0.5, 1  # seconds for what the peer does before it falls silent
MOST = 9.0  # seconds after which a wait did not end with its budget


def only(budget: str, seconds: float) -> Timeouts:
    """Return timeouts of which just one is set."""
    return Timeouts(**{"acse": None, "socket": None, budget: seconds})


def in_time(echo: Echo, host: str, port: int, settings: TlsSettings, timeouts: Timeouts) -> Told:
    """Return what is told, which must be soon."""
    begun = time.monotonic()
    report = echo(host, port, tls=settings, timeouts=timeouts)
    assert time.monotonic() - begun < MOST
    return told(report)


@either_driver
@every_budget
def test_silence_after_the_client_hello(budget: str, echo: Echo, tmp_path: Path) -> None:
    with ScriptedPeer(Silence()) as peer:
        heard = in_time(echo, peer.host, peer.port, trusting(tmp_path), only(budget, AT_ONCE))
    assert heard == failed(f"no answer to the TLS ClientHello within {AT_ONCE} s (timeouts.{budget})")


@either_driver
@either_version
@every_budget
def test_a_handshake_that_is_stuck(budget: str, version: ssl.TLSVersion, echo: Echo, tmp_path: Path) -> None:
    context = server_context(tmp_path, CAST.server, version)
    with ScriptedPeer(Accept(), Serve(), tls=context) as peer, Relay(peer.port, limit=500) as relay:
        heard = in_time(echo, relay.host, relay.port, trusting(tmp_path), only(budget, SHAKEN))
    assert heard == failed(f"no end of the TLS handshake within {SHAKEN} s (timeouts.{budget})")


@either_driver
@pytest.mark.parametrize("budget", ["connect", "acse", "deadline"])
def test_a_handshake_that_trickles(budget: str, echo: Echo, tmp_path: Path) -> None:
    """A deadline bounds the whole wait, never each byte."""
    record = b"\x16\3\3\x40\0" + bytes(995)
    with ScriptedPeer(HELLO, Trickle(record, 1000, pause=0.01)) as peer:
        heard = in_time(echo, peer.host, peer.port, trusting(tmp_path), only(budget, SHAKEN))
    assert heard == failed(f"no end of the TLS handshake within {SHAKEN} s (timeouts.{budget})")


@either_driver
@either_version
@pytest.mark.parametrize("budget", ["acse", "socket", "deadline"])
def test_silence_once_the_session_stands(
    budget: str, version: ssl.TLSVersion, echo: Echo, tmp_path: Path
) -> None:
    """Session tickets come in between in TLS 1.3, and are no answer."""
    with ScriptedPeer(Silence(), tls=server_context(tmp_path, CAST.server, version)) as peer:
        heard = in_time(echo, peer.host, peer.port, trusting(tmp_path), only(budget, GREETED))
    sentence = f"no answer to A-ASSOCIATE-RQ within {GREETED} s (timeouts.{budget})"
    assert heard == failed(sentence, "associate", Outcome.ASSOCIATION_FAILED)
    assert peer.said_goodbye


@either_driver
@either_version
def test_silence_in_place_of_a_response(version: ssl.TLSVersion, echo: Echo, tmp_path: Path) -> None:
    script = (Accept(), ExpectPdu(P_DATA), Silence())
    with ScriptedPeer(*script, tls=server_context(tmp_path, CAST.server, version)) as peer:
        heard = in_time(echo, peer.host, peer.port, trusting(tmp_path), Timeouts(dimse=0.2, deadline=10))
    assert heard == failed("no C-ECHO-RSP within 0.2 s (timeouts.dimse)", "echo", Outcome.ECHO_FAILED)
    assert peer.types == [ASSOCIATE_RQ, P_DATA, ABORT]

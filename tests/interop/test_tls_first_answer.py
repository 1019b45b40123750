"""What may come in place of a ServerHello, and what a client without TLS hears from a peer with it."""

from pathlib import Path

import pytest

from dcmtool.errors import TlsFailure
from dcmtool.verification.report import Outcome
from tests.interop.secured import (
    CAST,
    CLOSED,
    HELLO,
    NO_TLS_HERE,
    RESET,
    Echo,
    either_driver,
    failed,
    told,
    trusting,
)
from tests.peers import wire
from tests.peers.scripted import ScriptedPeer, Step
from tests.peers.tls import server_context
from tests.peers.vocabulary import CloseConnection, ExpectPdu, Raw, ResetConnection, Silence
from tests.peers.wire import ASSOCIATE_RQ

OFFER = (
    "TLS 1.2 to 1.3; TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, TLS_DHE_RSA_WITH_AES_128_GCM_SHA256, "
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, TLS_DHE_RSA_WITH_AES_256_GCM_SHA384"
)


@either_driver
@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (
            Raw(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"),
            'the peer speaks HTTP here, not TLS: it began with 48 54 54 50 2f 31 2e 31 ("HTTP/1.1"): '
            "is it the right port?",
        ),
        (
            Raw(wire.abort(2, 1)),
            "the peer speaks DICOM without TLS here: it began with 07 00 00 00 00 04 00 00 "
            '("\\x07\\x00\\x00\\x00\\x00\\x04\\x00\\x00"): leave tls= out, or ask for its TLS port',
        ),
        (
            Raw(b"SSH-2.0-OpenSSH\r\n"),
            'what the peer sent is no TLS: it begins with 53 53 48 2d 32 2e 30 2d ("SSH-2.0-"): '
            "is it the right port?",
        ),
        (CloseConnection(), f"the peer closed the connection {NO_TLS_HERE}"),
        (ResetConnection(), f"the peer broke the connection (Connection reset by peer) {NO_TLS_HERE}"),
    ],
    ids=["HTTP", "DICOM", "SSH", "closed", "reset"],
)
def test_tls_to_a_plain_port(answer: Step, sentence: str, echo: Echo, tmp_path: Path) -> None:
    with ScriptedPeer(HELLO, answer, CloseConnection()) as peer:
        assert told(echo(peer.host, peer.port, tls=trusting(tmp_path))) == failed(sentence)


@either_driver
def test_a_connection_that_ends_in_the_handshake(echo: Echo, tmp_path: Path) -> None:
    with ScriptedPeer(HELLO, Raw(b"\x16\3\3\0\x40\2"), CloseConnection()) as peer:
        report = echo(peer.host, peer.port, tls=trusting(tmp_path))
    assert told(report) == failed("the peer closed the connection in the middle of the TLS handshake")


@either_driver
def test_plain_to_a_tls_port_that_answers_with_an_alert(echo: Echo) -> None:
    with ScriptedPeer(ExpectPdu(ASSOCIATE_RQ), Raw(b"\x15\3\3\0\2\2\x46"), Silence()) as peer:
        report = echo(peer.host, peer.port)
    assert told(report) == failed(
        "the peer answered with a TLS alert: it wants TLS here (RFC 8446 6): "
        "use tls=TlsSettings(), or key_file= and certificate_file= with a client certificate",
        "associate",
    )
    assert peer.types == [ASSOCIATE_RQ]


@either_driver
def test_plain_to_a_tls_port_that_just_breaks_off(echo: Echo, tmp_path: Path) -> None:
    with ScriptedPeer(tls=server_context(tmp_path, CAST.server)) as peer:
        report = echo(peer.host, peer.port)
    assert (report.outcome, report.stage) == (Outcome.ASSOCIATION_FAILED, "associate")
    assert str(report.error) in (CLOSED, RESET)  # as it happens: there may be something left unread
    assert peer.handshakes == ["WRONG_VERSION_NUMBER"]


# Alerts in place of a ServerHello ---------------------------------------------------------------------

NO_SUITE = (
    f"the peer takes none of the TLS versions and cipher suites offered ({OFFER}): "
    "choose another profile (dcmtool.tls.profiles.PROFILES lists them), "
    "add a suite with ciphers=, or give a server name with server_name="
)
SEE_LOG = "the peer ended the TLS session with the alert '{}': see its log; " + (
    "it may go by a server name: give one with server_name="
)


@either_driver
@pytest.mark.parametrize(
    ("alert", "kind", "sentence"),
    [
        (10, "alert", SEE_LOG.format("unexpected message")),
        (40, "no-common-cipher", NO_SUITE),
        (42, "alert", SEE_LOG.format("bad certificate")),
        (49, "alert", SEE_LOG.format("access denied")),
        (
            70,
            "no-common-version",
            f"the peer takes none of the TLS versions offered ({OFFER}): "
            "choose another profile (dcmtool.tls.profiles.PROFILES lists them)",
        ),
        (71, "no-common-cipher", NO_SUITE),
        (80, "alert", SEE_LOG.format("internal error")),
        (120, "alert", SEE_LOG.format("no application protocol")),
        (
            200,
            "broken",
            "the TLS session broke: OpenSSL has no word for the reason, which may be an alert of the peer's",
        ),
    ],
)
def test_an_alert_at_once(alert: int, kind: str, sentence: str, echo: Echo, tmp_path: Path) -> None:
    with ScriptedPeer(HELLO, Raw(bytes([0x15, 3, 3, 0, 2, 2, alert])), CloseConnection()) as peer:
        report = echo(peer.host, peer.port, tls=trusting(tmp_path))
    assert told(report) == failed(sentence)
    assert report.error is not None
    assert isinstance(report.error.cause, TlsFailure)
    assert report.error.cause.kind == kind

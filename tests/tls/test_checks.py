"""What is asked of a session that OpenSSL accepted."""

from datetime import UTC, datetime

import pytest

from dcmtool.errors import TlsFailure
from dcmtool.settings import TlsSettings
from dcmtool.steps import TlsSession
from dcmtool.tls.checks import check_session
from tests.peers import pki

CAST = pki.standard()
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
CHECKED = TlsSettings(check_hostname=True)


def session(identity: pki.Identity | None) -> TlsSession:
    """Return a session in which the peer showed a certificate, or none."""
    der = identity.der if identity else b""
    return TlsSession("TLSv1.3", "TLS_AES_256_GCM_SHA384", 256, der, True, None)


@pytest.mark.parametrize(
    ("settings", "identity", "host"),
    [
        (TlsSettings(), CAST.elsewhere, "localhost"),
        (CHECKED, CAST.server, "localhost"),
        (CHECKED, CAST.server, "127.0.0.1"),
        (CHECKED, CAST.server, "::1"),
        (CHECKED, CAST.elsewhere, "east.pacs.example"),
        (TlsSettings(check_hostname=True, server_name="pacs.example"), CAST.elsewhere, "127.0.0.1"),
        (TlsSettings(min_days=0), CAST.server, "localhost"),
        (TlsSettings(min_days=26699), CAST.server, "localhost"),
        (TlsSettings(check_hostname=True, min_days=1), None, "localhost"),
    ],
)
def test_what_passes(settings: TlsSettings, identity: pki.Identity | None, host: str) -> None:
    check_session(session(identity), settings, host, NOW)


@pytest.mark.parametrize(
    ("settings", "identity", "kind", "sentence"),
    [
        (
            CHECKED,
            CAST.elsewhere,
            "wrong-host",
            "the peer's certificate is not for 'localhost' but for DNS:pacs.example, DNS:*.pacs.example, "
            "IP:192.0.2.1: call it by a name of its certificate, or give that with server_name=",
        ),
        (
            CHECKED,
            CAST.client,
            "wrong-host",
            "the peer's certificate is not for 'localhost' but for CN=client: "
            "call it by a name of its certificate, or give that with server_name=",
        ),
        (
            TlsSettings(check_hostname=True, server_name="other"),
            CAST.elsewhere,
            "wrong-host",
            "the peer's certificate is not for 'other' but for DNS:pacs.example, DNS:*.pacs.example, "
            "IP:192.0.2.1: call it by a name of its certificate, or give that with server_name=",
        ),
        (
            TlsSettings(min_days=26700),
            CAST.server,
            "expires-soon",
            "the peer's certificate expires on 2099-12-31, which leaves 26699 days where 26700 are asked "
            "for: have it renewed",
        ),
    ],
)
def test_what_does_not(settings: TlsSettings, identity: pki.Identity, kind: str, sentence: str) -> None:
    seen = session(identity)
    with pytest.raises(TlsFailure) as failed:
        check_session(seen, settings, "localhost", NOW)
    assert (str(failed.value), failed.value.kind, failed.value.session) == (sentence, kind, seen)


def test_a_certificate_that_cannot_be_read() -> None:
    garbage = session(None)._replace(certificate=b"garbage")
    with pytest.raises(TlsFailure, match="the peer's certificate cannot be read: "):
        check_session(garbage, CHECKED, "localhost", NOW)

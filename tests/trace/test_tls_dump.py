"""The TLS session as `-v` and `-d` show it, whole."""

from datetime import UTC, datetime

import pytest

from dcmtool.cli.wording import COMMAND_LINE
from dcmtool.steps import TlsSession
from dcmtool.trace.tls_dump import details, summary
from tests.peers import pki

CAST = pki.standard()
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
SESSION = TlsSession("TLSv1.3", "TLS_AES_256_GCM_SHA384", 256, CAST.server.der, True, None)


def test_summary() -> None:
    assert list(summary(SESSION, "localhost", NOW)) == [
        "TLS Session Established (TLSv1.3, TLS_AES_256_GCM_SHA384, 256 bits, no SNI)",
        'Peer Certificate: "CN=localhost,O=Test,C=DE" of "CN=Test Root CA,O=Test,C=DE", '
        "valid until 2099-12-31 (26699 days left), trusted, is for 'localhost'",
    ]


@pytest.mark.parametrize(
    ("changes", "host", "end"),
    [
        ({}, "pacs", "trusted, not for 'pacs'"),
        ({"server_name": "localhost"}, "pacs", "trusted, is for 'localhost'"),
        ({"verified": False}, "::1", "not verified, is for '::1'"),
        (
            {"certificate": CAST.expired.der, "verified": False},
            "localhost",
            "expired on 2002-01-01, not verified, is for 'localhost'",
        ),
        (
            {"certificate": CAST.future.der, "verified": False},
            "localhost",
            "not valid until 2098-01-01, not verified, is for 'localhost'",
        ),
        ({"certificate": b""}, "localhost", "Peer Certificate: none"),
    ],
)
def test_summary_of_a_certificate(changes: dict[str, object], host: str, end: str) -> None:
    _, line = summary(SESSION._replace(**changes), host, NOW)  # type: ignore[arg-type]
    assert line.endswith(end)


def test_what_cannot_be_read_of_a_certificate_is_said() -> None:
    der = CAST.server.der.replace(b"\x0c\x09localhost", b"\x0c\x09local\xffost")
    session = SESSION._replace(certificate=der, verified=False)
    *_, last = summary(session, "localhost", NOW)
    assert last == "Peer Certificate: these parts of it cannot be read: subject, signature"
    assert "  Unreadable  : subject, signature" in details(session, "localhost", NOW, COMMAND_LINE)


def test_details() -> None:
    lines = list(details(SESSION, "localhost", NOW, COMMAND_LINE))
    serial = CAST.server.certificate.serial_number
    assert lines[:10] == [
        "================== BEGIN TLS CONNECTION DETAILS =================",
        "Transport connection: TLS over TCP/IP",
        "  Protocol    : TLSv1.3",
        "  Ciphersuite : TLS_AES_256_GCM_SHA384, encryption: 256 bits",
        "  Server name : none sent (SNI)",
        "Peer X.509v3 Certificate",
        "  Subject     : /C=DE/O=Test/CN=localhost",
        "  Issued by   : /C=DE/O=Test/CN=Test Root CA",
        f"  Serial no.  : {serial}",
        "  Validity    : not before Jan  1 00:00:00 2001 GMT, not after Dec 31 00:00:00 2099 GMT",
    ]
    assert lines[10:13] == [
        "  Public key  : RSA, 2048 bits",
        "  Signature   : SHA256",
        "  Alt. names  : DNS:localhost, IP:127.0.0.1, IP:::1",
    ]
    assert lines[13].startswith("  Fingerprint : SHA-256 ")
    assert lines[14:] == [
        "  Days left   : 26699",
        "  Chain       : trusted",
        "  Name        : is for 'localhost'",
        "  Profiles met: PS3.15 B.12 (+pg), PS3.15 B.13 (+pm), PS3.15 B.10 (+py), PS3.15 B.9 (+px)",
        "=================== END TLS CONNECTION DETAILS ==================",
    ]


@pytest.mark.parametrize(
    ("certificate", "line"), [(b"", "  none"), (b"garbage", "  cannot be read: ")], ids=["none", "garbage"]
)
def test_details_without_a_certificate(certificate: bytes, line: str) -> None:
    lines = list(details(SESSION._replace(certificate=certificate, server_name="pacs"), "localhost", NOW))
    assert lines[4] == "  Server name : pacs (SNI)"
    assert lines[6].startswith(line)
    assert len(lines) == 8

"""OpenSSL's errors as sentences, each whole."""

import ssl

import pytest

from dcmtool.settings import TlsSettings
from dcmtool.steps import TlsSession
from dcmtool.tls.failures import handshake_failure, not_verified, session_failure
from tests.peers import pki

CAST = pki.standard()
OURS = TlsSettings(key_file="our.key", certificate_file="our.pem", ca_files=("ca.pem",))
NOBODY = TlsSettings()
SERVER = '"CN=localhost,O=Test,C=DE"'
ROOT = '"CN=Test Root CA,O=Test,C=DE"'


def error(reason: str) -> ssl.SSLError:
    """Return an error as OpenSSL gives it."""
    made = ssl.SSLError(1, f"[SSL: {reason}] {reason.lower()} (_ssl.c:1006)")
    made.reason = reason
    return made


def showing(identity: pki.Identity) -> TlsSession:
    """Return a session in which the peer showed a certificate."""
    return TlsSession("TLSv1.3", "TLS_AES_256_GCM_SHA384", 256, identity.der, False, None)


@pytest.mark.parametrize(
    ("code", "identity", "kind", "sentence"),
    [
        (
            20,
            CAST.server,
            "untrusted",
            f"the peer's certificate {SERVER} is not from an authority that we trust (issuer {ROOT}): "
            "add the certificates from its issuer up to the root with ca_files=",
        ),
        (
            18,
            CAST.own,
            "self-signed",
            f"the peer's certificate {SERVER} is self-signed and not among those that we trust: "
            "if it is the right one, give it with ca_files=",
        ),
        (
            19,
            CAST.server,
            "untrusted",
            f"the peer's certificate {SERVER} leads to a root that we do not trust (issuer {ROOT}): "
            "add the certificate of that root with ca_files=",
        ),
        (
            10,
            CAST.expired,
            "expired",
            f"the peer's certificate {SERVER} has expired (valid from 2001-01-01 00:00 UTC to "
            "2002-01-01 00:00 UTC): have it renewed, and compare the clocks",
        ),
        (
            9,
            CAST.future,
            "not-yet-valid",
            f"the peer's certificate {SERVER} is not yet valid (valid from 2098-01-01 00:00 UTC to "
            "2099-12-31 00:00 UTC): compare the clocks",
        ),
        (
            10,
            CAST.server,
            "expired",
            f"a certificate above the peer's {SERVER} has expired (issuer {ROOT}): "
            "have it renewed, and compare the clocks",
        ),
        (
            23,
            CAST.server,
            "revoked",
            f"the peer's certificate {SERVER} has been revoked by its authority: the peer needs a new one",
        ),
        (
            26,
            CAST.server,
            "purpose",
            f"the peer's certificate {SERVER} is not for servers (extended key usage, RFC 5280 4.2.1.12): "
            "the peer needs one for server authentication",
        ),
        (
            3,
            CAST.server,
            "no-crl",
            f"no revocation list was given to check the peer's certificate {SERVER} against (issuer {ROOT}): "
            "add that of its issuer with crl_files=, or leave the check out",
        ),
        (12, CAST.server, "crl", "the revocation list given has expired: get a newer one from the authority"),
        (
            11,
            CAST.server,
            "crl",
            "the revocation list given is not yet valid: get a newer one from the authority",
        ),
        (
            66,
            CAST.small,
            "too-weak",
            f"the peer's certificate {SERVER} has too short a key (RSA, 1024 bits), which the profile does "
            "not take: have it replaced; profile='bcp195' takes it",
        ),
        (
            67,
            CAST.small,
            "too-weak",
            f"the peer's certificate {SERVER} or one that it rests on has too short a key (RSA, 1024 bits), "
            "which the profile does not take: have it replaced; profile='bcp195' takes it",
        ),
        (
            68,
            CAST.server,
            "too-weak",
            f"the peer's certificate {SERVER} or one that it rests on is signed with SHA-1 or MD5, "
            "which the profile does not take: have it replaced; profile='bcp195' takes it",
        ),
        (
            79,
            CAST.server,
            "untrusted",
            f"the peer's certificate {SERVER} does not pass: said\\x1b by OpenSSL",
        ),
    ],
)
def test_a_certificate_that_was_seen(code: int, identity: pki.Identity, kind: str, sentence: str) -> None:
    session = showing(identity)
    failure = not_verified(code, "said\x1b by OpenSSL", OURS, session)
    assert (str(failure), failure.kind, failure.session) == (sentence, kind, session)


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        (
            20,
            "the peer's certificate is not from an authority that we trust: "
            "none was named: give the certificates from its issuer up to the root with ca_files=, "
            "or use system_ca=True",
        ),
        (
            10,
            "the peer's certificate or one that it rests on has expired: "
            "have it renewed, and compare the clocks",
        ),
        (79, "the peer's certificate does not pass: said by OpenSSL"),
    ],
)
@pytest.mark.parametrize(
    "session",
    [
        None,
        TlsSession("TLSv1.3", "", 0, b"", False, None),
        TlsSession("TLSv1.3", "", 0, b"garbage", False, None),
    ],
    ids=["no second look", "no certificate", "garbage"],
)
def test_a_certificate_that_was_not_seen(code: int, sentence: str, session: TlsSession | None) -> None:
    assert str(not_verified(code, "said by OpenSSL", NOBODY, session)) == sentence


OFFER = "TLS 1.2 to 1.3; TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, TLS_DHE_RSA_WITH_AES_128_GCM_SHA256, " + (
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, TLS_DHE_RSA_WITH_AES_256_GCM_SHA384"
)
NO_VERSION = (
    f"the peer takes none of the TLS versions offered ({OFFER}): "
    "choose another profile (dcmtool.tls.profiles.PROFILES lists them)"
)
NO_SUITE = (
    f"the peer takes none of the TLS versions and cipher suites offered ({OFFER}): "
    "choose another profile (dcmtool.tls.profiles.PROFILES lists them), "
    "add a suite with ciphers=, or give a server name with server_name="
)
WANTED = "most likely for want of a client certificate: give one with key_file= and certificate_file="
NOT_OURS = (
    "most likely because it does not take our certificate our.pem: "
    "give another with key_file= and certificate_file=, or have the peer trust it"
)


@pytest.mark.parametrize(
    ("reason", "answered", "sentence"),
    [
        ("TLSV1_ALERT_PROTOCOL_VERSION", False, NO_VERSION),
        ("UNSUPPORTED_PROTOCOL", True, NO_VERSION),
        ("WRONG_SSL_VERSION", True, NO_VERSION),
        ("SSLV3_ALERT_HANDSHAKE_FAILURE", False, NO_SUITE),
        ("TLSV1_ALERT_INSUFFICIENT_SECURITY", False, NO_SUITE),
        ("WRONG_CIPHER_RETURNED", True, NO_SUITE),
        ("SSLV3_ALERT_HANDSHAKE_FAILURE", True, f"the peer refused the TLS session, {WANTED}"),
        ("TLSV13_ALERT_CERTIFICATE_REQUIRED", True, f"the peer refused the TLS session, {WANTED}"),
        ("TLSV1_ALERT_UNKNOWN_CA", True, f"the peer refused the TLS session (alert: unknown ca), {WANTED}"),
        (
            "TLSV1_UNRECOGNIZED_NAME",
            False,
            "the peer wants a server name: give one with server_name=",
        ),
        (
            "UNSAFE_LEGACY_RENEGOTIATION_DISABLED",
            True,
            "the peer's TLS library is too old to renegotiate securely (RFC 5746): bring it up to date",
        ),
        (
            "TLSV1_ALERT_INTERNAL_ERROR",
            True,
            "the peer ended the TLS session with the alert 'internal error': "
            "see its log; it may go by a server name: give one with server_name=",
        ),
        ("BAD_SIGNATURE", True, "the TLS session broke: bad signature"),
    ],
)
def test_a_handshake_that_fails(reason: str, answered: bool, sentence: str) -> None:
    assert str(handshake_failure(error(reason), NOBODY, answered)) == sentence


@pytest.mark.parametrize(
    ("alert", "meaning"),
    [
        ("SSLV3_ALERT_BAD_CERTIFICATE", "is damaged, or one that the peer does not take"),
        ("SSLV3_ALERT_UNSUPPORTED_CERTIFICATE", "is of a kind that the peer does not take"),
        ("SSLV3_ALERT_CERTIFICATE_REVOKED", "has been revoked"),
        ("SSLV3_ALERT_CERTIFICATE_EXPIRED", "has expired, or is not yet valid"),
        ("SSLV3_ALERT_CERTIFICATE_UNKNOWN", "is not acceptable to the peer"),
        ("TLSV1_ALERT_UNKNOWN_CA", "is not from an authority that the peer trusts"),
        ("TLSV1_ALERT_ACCESS_DENIED", "is valid, but the peer grants it no access"),
        ("TLSV1_ALERT_DECRYPT_ERROR", "does not verify at the peer"),
    ],
)
def test_our_certificate_is_refused(alert: str, meaning: str) -> None:
    sentence = (
        f"the peer refused our certificate our.pem: it {meaning}: "
        "give another with key_file= and certificate_file=, or have the peer trust it"
    )
    assert str(handshake_failure(error(alert), OURS, True)) == sentence
    assert str(session_failure(error(alert), OURS, in_use=False)) == sentence


def test_a_refusal_without_a_reason() -> None:
    failure = session_failure(error("TLSV13_ALERT_CERTIFICATE_REQUIRED"), OURS, in_use=False)
    assert (failure.kind, str(failure)) == (
        "client-certificate-refused",
        f"the peer refused the TLS session, {NOT_OURS}",
    )


def test_a_server_name_that_is_not_known() -> None:
    failure = handshake_failure(error("TLSV1_UNRECOGNIZED_NAME"), TlsSettings(server_name="pacs"), False)
    assert str(failure) == (
        "the peer does not know the server name asked for: give another with server_name=, or none"
    )


def test_once_in_use_an_alert_is_not_about_the_certificate() -> None:
    failure = session_failure(error("TLSV1_ALERT_ACCESS_DENIED"), OURS, in_use=True)
    assert str(failure) == "the peer ended the TLS session with the alert 'access denied': see its log"


def test_an_error_without_a_reason_shows_what_there_is() -> None:
    bare = ssl.SSLError(1, "odd\x1b")
    bare.reason = ""
    assert str(session_failure(bare, OURS, in_use=True)) == "the TLS session broke: odd\\x1b"

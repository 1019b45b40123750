"""TLS for a server: its settings as a context, and why a client's handshake failed."""

import ssl
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from dcmtool.certificates.throwaway import KeyedCertificate, self_signed
from dcmtool.errors import InputFileError, TlsSettingsError
from dcmtool.settings import ServerTls, TlsSettings
from dcmtool.tls.server import handshake_failure, prepare_server
from tests.peers import pki

CAST = pki.standard()


@pytest.fixture(scope="module")
def own() -> KeyedCertificate:
    """An identity of the server's own."""
    return self_signed("test", ["localhost"], datetime.now(UTC))


def shaken(server: ssl.SSLContext, client: ssl.SSLContext) -> ssl.SSLObject:
    """Shake hands in memory, and return the server's side; what either raises, the server's first."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = server.wrap_bio(to_server, to_client, server_side=True)
    theirs = client.wrap_bio(to_client, to_server, server_hostname="localhost")
    failure: ssl.SSLError | None = None
    for side in (theirs, ours) * 4:
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            continue
        except ssl.SSLError as error:
            if side is ours:
                raise
            failure = failure or error
    if failure:
        raise failure
    return ours


def client_of(tmp_path: Path, identity: pki.Identity | None = None) -> ssl.SSLContext:
    """Return a client that trusts anybody, with a certificate if it is given one."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if identity is not None:
        context.load_cert_chain(identity.certificate_file(tmp_path), identity.key_file(tmp_path))
    return context


def asking(tmp_path: Path, clients: Any, **more: Any) -> ServerTls:
    """Return settings that ask clients for certificates of the usual root."""
    return ServerTls(TlsSettings(ca_files=(CAST.root.certificate_file(tmp_path),), **more), clients)


def test_an_identity_of_its_own(own: KeyedCertificate, tmp_path: Path) -> None:
    prepared = prepare_server(ServerTls(), own)
    assert prepared.warnings == ()
    assert prepared.context.verify_mode is ssl.CERT_NONE
    server = shaken(prepared.context, client_of(tmp_path))
    assert server.getpeercert(binary_form=True) is None


@pytest.mark.parametrize("file_format", ["pem", "der"])
def test_files(tmp_path: Path, file_format: Any) -> None:
    key = CAST.server.key_file(tmp_path, file_format)
    certificate = CAST.server.certificate_file(tmp_path, file_format)
    settings = TlsSettings(key, certificate, file_format=file_format)
    assert (
        shaken(prepare_server(ServerTls(settings), None).context, client_of(tmp_path)).version() == "TLSv1.3"
    )


def test_an_encrypted_key_is_asked_for_once(tmp_path: Path) -> None:
    asked: list[int] = []

    def password() -> str:
        asked.append(1)
        return "secret"

    key = CAST.server.key_file(tmp_path, password="secret")
    prepare_server(ServerTls(TlsSettings(key, CAST.server.certificate_file(tmp_path), password)), None)
    assert asked == [1]


def test_clients_are_asked(own: KeyedCertificate, tmp_path: Path) -> None:
    version = CAST.client
    for clients in ("optional", "required"):
        context = prepare_server(asking(tmp_path, clients), own).context
        context.maximum_version = ssl.TLSVersion.TLSv1_2  # the client hears of it within the handshake
        server = shaken(context, client_of(tmp_path, version))
        assert server.getpeercert(binary_form=True) == version.der
    assert shaken(prepare_server(asking(tmp_path, "optional"), own).context, client_of(tmp_path)).version()


@pytest.mark.parametrize(
    ("who", "words"),
    [
        (None, "the client showed no certificate, which is required here"),
        ("stranger", "the client's certificate does not pass: self-signed certificate"),
        ("expired", "the client's certificate does not pass: certificate has expired"),
        ("revoked", "the client's certificate does not pass: certificate revoked"),
    ],
)
def test_clients_that_do_not_pass(own: KeyedCertificate, tmp_path: Path, who: str | None, words: str) -> None:
    root = CAST.root
    identities = {
        "stranger": pki.self_signed("stranger"),
        "expired": root.issue("expired", (), usage=pki.CLIENT, validity=pki.EXPIRED),
        "revoked": CAST.client,
    }
    crl = {"crl_files": (root.revocation_list_file(tmp_path, CAST.client),), "crl_check": "leaf"}
    settings = asking(tmp_path, "required", **(crl if who == "revoked" else {}))
    context = prepare_server(settings, own).context
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with pytest.raises(ssl.SSLError) as raised:
        shaken(context, client_of(tmp_path, identities[who] if who else None))
    assert handshake_failure(raised.value).what == words


def test_nothing_in_common(own: KeyedCertificate, tmp_path: Path) -> None:
    context = prepare_server(ServerTls(TlsSettings(profile="bcp195-ex")), own).context
    client = client_of(tmp_path)
    client.minimum_version = ssl.TLSVersion.TLSv1_3
    with pytest.raises(ssl.SSLError) as raised:
        shaken(context, client)
    failure = handshake_failure(raised.value)
    assert failure.kind == "nothing-shared"
    assert failure.what == "the client offers none of our TLS versions and cipher suites"


def _error(kind: type[ssl.SSLError], reason: str = "", text: str = "") -> ssl.SSLError:
    error = kind(1, text)
    error.reason = reason
    return error


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (
            ConnectionResetError(104, "Connection reset by peer"),
            "the connection broke in the middle of the TLS handshake: Connection reset by peer",
        ),
        (
            _error(ssl.SSLEOFError),
            "the client closed the connection in the middle of the TLS handshake",
        ),
        (
            _error(ssl.SSLError, "TLSV1_ALERT_UNKNOWN_CA"),
            "the client ended the handshake with the alert 'unknown ca'",
        ),
        (_error(ssl.SSLError, "BAD_RECORD_TYPE"), "the TLS handshake failed: bad record type"),
        (_error(ssl.SSLError, "", "odd\x1b"), "the TLS handshake failed: ('odd\\x1b',)"),
    ],
)
def test_failures_in_words(error: OSError, words: str) -> None:
    said = handshake_failure(error).what
    assert said.isprintable()
    assert said == words or (error.args == (1, "odd\x1b") and "odd\\x1b" in said)


def test_files_that_will_not_do(own: KeyedCertificate, tmp_path: Path) -> None:
    garbage = tmp_path / "garbage"
    garbage.write_text("nothing")
    certificate = CAST.server.certificate_file(tmp_path)
    for settings, error in [
        (TlsSettings("/nonexistent", certificate), InputFileError),
        (TlsSettings(CAST.server.key_file(tmp_path), str(garbage)), InputFileError),
        (TlsSettings(CAST.root.issue("x", key="p256").key_file(tmp_path), certificate), TlsSettingsError),
        (TlsSettings(dh_parameters=str(garbage)), InputFileError),
        (TlsSettings(seed_file="/nonexistent"), InputFileError),
        (TlsSettings(profile="basic"), TlsSettingsError),
    ]:
        with pytest.raises(error):
            prepare_server(ServerTls(settings), None if settings.key_file else own)

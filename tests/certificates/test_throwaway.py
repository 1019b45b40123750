"""Keys and certificates made for one run."""

import ssl
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PrivateFormat
from cryptography.hazmat.primitives.serialization import NoEncryption as Clear

from dcmtool.certificates.throwaway import LIFETIME, KeyedCertificate, authority, self_signed
from tests.peers import pki
from tests.peers.programs import require

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
NAMES = ("localhost", "127.0.0.1", "::1", "node.example", "localhost")


@pytest.fixture(scope="module")
def own() -> KeyedCertificate:
    """A self-signed identity."""
    return self_signed("dcmtool scp", NAMES, NOW)


@pytest.fixture(scope="module")
def root() -> KeyedCertificate:
    """An authority."""
    return authority("a root", NOW)


def test_a_self_signed_identity_vouches_for_itself_under_its_names(own: KeyedCertificate) -> None:
    certificate = own.certificate
    certificate.verify_directly_issued_by(certificate)
    assert certificate.subject == certificate.issuer
    assert certificate.subject.rfc4514_string() == "CN=dcmtool scp"
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["localhost", "node.example"]
    assert [str(each) for each in names.get_values_for_type(x509.IPAddress)] == ["127.0.0.1", "::1"]
    assert not certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca


def test_it_is_valid_from_an_hour_ago_for_a_month(own: KeyedCertificate) -> None:
    assert own.certificate.not_valid_before_utc == NOW - timedelta(hours=1)
    assert own.certificate.not_valid_after_utc == NOW + LIFETIME == NOW + timedelta(days=30)


def test_its_key_is_its_own_and_fits_every_profile(own: KeyedCertificate) -> None:
    assert own.key.key_size == 2048
    assert own.key.public_key() == own.certificate.public_key()
    assert self_signed("x", [], NOW).key.private_numbers() != own.key.private_numbers()


def test_the_fingerprint_is_openssls(own: KeyedCertificate) -> None:
    run = subprocess.run(
        [require(pki.OPENSSL), "x509", "-noout", "-fingerprint", "-sha256"],
        input=own.pem,
        capture_output=True,
        check=True,
    )
    assert run.stdout.decode().strip().partition("=")[2] == own.fingerprint


def test_an_authority_vouches_for_others(root: KeyedCertificate, tmp_path: Path) -> None:
    other = root.issue("a node", ["localhost"], NOW)
    other.certificate.verify_directly_issued_by(root.certificate)
    constraints = root.certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    assert constraints.critical
    assert (constraints.value.ca, constraints.value.path_length) == (True, 0)
    assert other.certificate.serial_number != root.certificate.serial_number
    (tmp_path / "root.pem").write_bytes(root.pem)
    (tmp_path / "node.pem").write_bytes(other.pem)
    verified = subprocess.run(
        [
            *(require(pki.OPENSSL), "verify", "-x509_strict", "-attime", str(int(NOW.timestamp()))),
            *("-verify_hostname", "localhost", "-CAfile", "root.pem", "node.pem"),
        ],
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    assert b"node.pem: OK" in verified.stdout or b"Missing Authority Key Identifier" in verified.stderr


def test_python_can_serve_with_it(own: KeyedCertificate, tmp_path: Path) -> None:
    key = own.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, Clear())
    (tmp_path / "both.pem").write_bytes(key + own.pem)
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(tmp_path / "both.pem")

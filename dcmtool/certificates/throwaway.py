"""Keys and certificates made for one run: a self-signed server, or an authority and those it certifies."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

LIFETIME = timedelta(days=30)  # longer than anybody leaves a test server running
_CLOCKS_APART = timedelta(hours=1)  # what another machine's clock may be behind


class KeyedCertificate(NamedTuple):
    """A key (RSA 2048, which every profile of PS3.15 has suites for) and its certificate."""

    key: rsa.RSAPrivateKey
    certificate: x509.Certificate

    @property
    def fingerprint(self) -> str:
        """The SHA-256 of the certificate, as hexadecimal bytes with colons between."""
        return self.certificate.fingerprint(hashes.SHA256()).hex(":").upper()

    @property
    def pem(self) -> bytes:
        """The certificate as PEM text."""
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def key_pem(self) -> bytes:
        """The key as PEM text, in clear."""
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    def issue(self, common_name: str, names: Iterable[str], now: datetime) -> "KeyedCertificate":
        """Return an identity that this authority certifies, for host names and addresses."""
        key = _key()
        builder = _builder(common_name, self.certificate.subject, key, now)
        certificate = _with_names(builder, names).sign(self.key, hashes.SHA256())
        return KeyedCertificate(key, certificate)


def self_signed(common_name: str, names: Iterable[str], now: datetime) -> KeyedCertificate:
    """Return an identity that vouches for itself, under host names and addresses."""
    key = _key()
    builder = _with_names(_builder(common_name, _name(common_name), key, now), names)
    return KeyedCertificate(key, builder.sign(key, hashes.SHA256()))


def authority(common_name: str, now: datetime) -> KeyedCertificate:
    """Return an authority."""
    key = _key()
    builder = _builder(common_name, _name(common_name), key, now)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    return KeyedCertificate(key, builder.sign(key, hashes.SHA256()))


def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _builder(
    common_name: str, issuer: x509.Name, key: rsa.RSAPrivateKey, now: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(_name(common_name))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCKS_APART)
        .not_valid_after(now + LIFETIME)
    )


def _with_names(builder: x509.CertificateBuilder, names: Iterable[str]) -> x509.CertificateBuilder:
    general = [_general_name(name) for name in dict.fromkeys(names)]
    return builder.add_extension(x509.SubjectAlternativeName(general), critical=False).add_extension(
        x509.BasicConstraints(ca=False, path_length=None), critical=True
    )


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)

"""A public key infrastructure for tests, made at run time; its dates do not depend on the clock.

    root = Authority()                                  # "CN=Test Root CA,O=Test,C=DE", self-signed
    intermediate = root.authority("Test Intermediate CA", path_length=0)
    server = root.issue()                               # localhost, 127.0.0.1, ::1; RSA 2048; serverAuth
    client = root.issue("client", (), usage=CLIENT, key="p256")
    late = root.issue(validity=EXPIRED)                 # or FUTURE, or a pair of datetimes
    own = self_signed("localhost")                      # an Identity that is its own issuer

    root.certificate_file(folder)                       # each file method returns the path as text
    server.certificate_file(folder, "der")              # PEM unless told otherwise
    server.certificate_file(folder, chain=True)         # PEM: the leaf, then what is between it and the root
    server.key_file(folder)                             # PKCS#8; also traditional=True, "der", password="x"
    root.revocation_list_file(folder, server)           # a CRL that revokes server; with no identity: nobody
    hashed_directory(folder, root, root.revocation_list(server))    # <hash>.0, <hash>.r0 as for +cd

`standard()` makes the usual cast once a process; `Pki` names it. Kinds of keys are those of `KEYS`. RSA keys
are made once a kind and shared, except with `key=new_key("rsa2048")`; all others are new each time. Servers
are RSA by default since the suites of DCMTK's profiles for TLS 1.2 want RSA.
"""

import re
import subprocess
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import cache
from ipaddress import ip_address
from itertools import count
from pathlib import Path
from typing import Literal, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tests.peers.programs import require

Key = rsa.RSAPrivateKey | dsa.DSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
Validity = tuple[datetime, datetime]
Extensions = Iterable[tuple[x509.ExtensionType, bool]]  # each with whether it is critical
Format = Literal["pem", "der"]
Signed = x509.Certificate | x509.CertificateRevocationList

OPENSSL = "/usr/bin/openssl"
LOCAL = ("localhost", "127.0.0.1", "::1")
VALID = (datetime(2001, 1, 1, tzinfo=UTC), datetime(2099, 12, 31, tzinfo=UTC))
EXPIRED = (datetime(2001, 1, 1, tzinfo=UTC), datetime(2002, 1, 1, tzinfo=UTC))
FUTURE = (datetime(2098, 1, 1, tzinfo=UTC), datetime(2099, 12, 31, tzinfo=UTC))
SERVER, CLIENT = (ExtendedKeyUsageOID.SERVER_AUTH,), (ExtendedKeyUsageOID.CLIENT_AUTH,)

KEYS: dict[str, Callable[[], Key]] = {
    "rsa1024": lambda: rsa.generate_private_key(65537, 1024),
    "rsa2048": lambda: rsa.generate_private_key(65537, 2048),
    "rsa3072": lambda: rsa.generate_private_key(65537, 3072),
    "p256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "p384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "ed25519": ed25519.Ed25519PrivateKey.generate,
    "dsa1024": lambda: dsa.generate_private_key(1024),
}
_SLOW = ("rsa1024", "rsa2048", "rsa3072", "dsa1024")
_serials = count(1)


def new_key(kind: str) -> Key:
    """Return a key that nobody else has."""
    return KEYS[kind]()


_shared_key = cache(new_key)


def _key(kind: str | Key) -> Key:
    if not isinstance(kind, str):
        return kind
    return _shared_key(kind) if kind in _SLOW else new_key(kind)


def name(common_name: str) -> x509.Name:
    """Return the name C=DE, O=Test, CN=..., or the one that is given in full (RFC 4514)."""
    if "=" in common_name:
        return x509.Name.from_rfc4514_string(common_name)
    parts = ((NameOID.COUNTRY_NAME, "DE"), (NameOID.ORGANIZATION_NAME, "Test"))
    return x509.Name(x509.NameAttribute(*part) for part in (*parts, (NameOID.COMMON_NAME, common_name)))


def general_name(text: str) -> x509.GeneralName:
    """Return an address, a URI, a mail address or a host name, whichever the text looks like."""
    try:
        return x509.IPAddress(ip_address(text))
    except ValueError:
        pass
    if "://" in text:
        return x509.UniformResourceIdentifier(text)
    return x509.RFC822Name(text) if "@" in text else x509.DNSName(text)


def _hash(key: Key) -> hashes.SHA256 | None:
    return None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()


def certificate(
    subject: x509.Name,
    key: Key,
    signer: "Identity | None",
    extensions: Extensions,
    validity: Validity = VALID,
) -> x509.Certificate:
    """Return a certificate with exactly these extensions; without a signer it signs itself."""
    builder = x509.CertificateBuilder(
        issuer_name=signer.certificate.subject if signer else subject,
        subject_name=subject,
        public_key=key.public_key(),
        serial_number=next(_serials),
        not_valid_before=validity[0],
        not_valid_after=validity[1],
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    signing = signer.key if signer else key
    return builder.sign(signing, _hash(signing))


def key_identifiers(key: Key, signer: "Identity | None") -> Extensions:
    """Return the extensions that name the key and the signer's key."""
    above = signer.key if signer else key
    yield x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False
    yield x509.AuthorityKeyIdentifier.from_issuer_public_key(above.public_key()), False


def key_usage(*, authority: bool) -> x509.KeyUsage:
    """Return what an authority's key may do (sign certificates and CRLs), or anybody else's."""
    return x509.KeyUsage(
        not authority, False, not authority, False, False, authority, authority, False, False
    )


class Identity:
    """A certificate, its private key, and the certificates between it and the root."""

    def __init__(
        self, certificate: x509.Certificate, key: Key, between: tuple[x509.Certificate, ...] = ()
    ) -> None:
        self.certificate, self.key, self.between = certificate, key, between

    @property
    def der(self) -> bytes:
        """The certificate in DER."""
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def pem(self) -> bytes:
        """The certificate in PEM."""
        return self.certificate.public_bytes(Encoding.PEM)

    def certificate_file(self, folder: Path, file_format: Format = "pem", *, chain: bool = False) -> str:
        """Write the certificate, with those between it and the root if told to."""
        certificates = (self.certificate, *self.between) if chain else (self.certificate,)
        encoded = [part.public_bytes(_ENCODINGS[file_format]) for part in certificates]
        return _write(
            folder, f"{self._name}{'-chain' if chain else ''}-cert.{file_format}", b"".join(encoded)
        )

    def key_bytes(
        self, file_format: Format = "pem", *, password: str | None = None, traditional: bool = False
    ) -> bytes:
        """Return the key in PKCS#8, or in OpenSSL's older format; encrypted if a password is given."""
        form = PrivateFormat.TraditionalOpenSSL if traditional else PrivateFormat.PKCS8
        encryption = NoEncryption() if password is None else BestAvailableEncryption(password.encode())
        return self.key.private_bytes(_ENCODINGS[file_format], form, encryption)

    def key_file(
        self,
        folder: Path,
        file_format: Format = "pem",
        *,
        password: str | None = None,
        traditional: bool = False,
    ) -> str:
        """Write the key; see `key_bytes`."""
        kind = ("-traditional" if traditional else "") + ("" if password is None else "-encrypted")
        data = self.key_bytes(file_format, password=password, traditional=traditional)
        return _write(folder, f"{self._name}{kind}-key.{file_format}", data)

    @property
    def _name(self) -> str:
        common = self.certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        text = str(common[0].value) if common else "nameless"
        return f"{re.sub('[^a-z0-9.]+', '-', text.lower())}-{self.certificate.serial_number}"


class Authority(Identity):
    """An authority: self-signed, or signed by another one."""

    def __init__(
        self,
        common_name: str = "Test Root CA",
        *,
        signer: "Authority | None" = None,
        key: str | Key = "p256",
        validity: Validity = VALID,
        path_length: int | None = None,
    ) -> None:
        own = _key(key)
        extensions = [
            (x509.BasicConstraints(ca=True, path_length=path_length), True),
            (key_usage(authority=True), True),
            *key_identifiers(own, signer),
        ]
        made = certificate(name(common_name), own, signer, extensions, validity)
        super().__init__(made, own, signer.below if signer else ())
        self.signer = signer

    @property
    def below(self) -> tuple[x509.Certificate, ...]:
        """What stands between the root and a certificate that this authority issues."""
        return (self.certificate, *self.between) if self.signer else ()

    def authority(
        self,
        common_name: str = "Test Intermediate CA",
        *,
        key: str | Key = "p256",
        validity: Validity = VALID,
        path_length: int | None = None,
    ) -> "Authority":
        """Return an authority below this one."""
        return Authority(common_name, signer=self, key=key, validity=validity, path_length=path_length)

    def issue(
        self,
        common_name: str = "localhost",
        names: Iterable[str] = LOCAL,
        *,
        usage: Iterable[x509.ObjectIdentifier] = SERVER,
        key: str | Key = "rsa2048",
        validity: Validity = VALID,
    ) -> Identity:
        """Return a certificate of an end entity for these names and usages; with none, of any."""
        own = _key(key)
        extensions = _end_entity(own, self, names, usage)
        made = certificate(name(common_name), own, self, extensions, validity)
        return Identity(made, own, self.below)

    def sign(self, common_name: str, extensions: Extensions, *, key: str | Key = "p256") -> Identity:
        """Return a certificate with just these extensions."""
        own = _key(key)
        return Identity(certificate(name(common_name), own, self, extensions), own, self.below)

    def revocation_list(
        self, *revoked: Identity, validity: Validity = VALID, key: str | Key | None = None
    ) -> x509.CertificateRevocationList:
        """Return a CRL, signed with another key if one is given."""
        signing = self.key if key is None else _key(key)
        builder = x509.CertificateRevocationListBuilder(
            self.certificate.subject, validity[0], validity[1]
        ).add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), False)
        for identity in revoked:
            entry = x509.RevokedCertificateBuilder(identity.certificate.serial_number, validity[0])
            builder = builder.add_revoked_certificate(entry.build())
        return builder.sign(signing, _hash(signing))

    def revocation_list_file(
        self, folder: Path, *revoked: Identity, file_format: Format = "pem", validity: Validity = VALID
    ) -> str:
        """Write a CRL that revokes these."""
        made = self.revocation_list(*revoked, validity=validity)
        data = made.public_bytes(_ENCODINGS[file_format])
        return _write(folder, f"{self._name}-crl-{next(_serials)}.{file_format}", data)


def _end_entity(
    key: Key, signer: Identity | None, names: Iterable[str], usage: Iterable[x509.ObjectIdentifier]
) -> Extensions:
    yield x509.BasicConstraints(ca=False, path_length=None), True
    yield key_usage(authority=False), True
    if purposes := tuple(usage):
        yield x509.ExtendedKeyUsage(purposes), False
    if alternative := [general_name(text) for text in names]:
        yield x509.SubjectAlternativeName(alternative), False
    yield from key_identifiers(key, signer)


def self_signed(
    common_name: str = "localhost",
    names: Iterable[str] = LOCAL,
    *,
    key: str | Key = "rsa2048",
    validity: Validity = VALID,
) -> Identity:
    """Return an end entity that is its own issuer (CA:FALSE)."""
    own = _key(key)
    extensions = _end_entity(own, None, names, SERVER)
    return Identity(certificate(name(common_name), own, None, extensions, validity), own)


_ENCODINGS = {"pem": Encoding.PEM, "der": Encoding.DER}


def _write(folder: Path, file_name: str, data: bytes) -> str:
    path = folder / file_name
    path.write_bytes(data)
    path.chmod(0o600)
    return str(path)


def write_all(folder: Path, file_name: str, *parts: Identity | Signed, file_format: Format = "pem") -> str:
    """Write several certificates and CRLs to one file."""
    signed = [part.certificate if isinstance(part, Identity) else part for part in parts]
    encoded = [part.public_bytes(_ENCODINGS[file_format]) for part in signed]
    return _write(folder, file_name, b"".join(encoded))


def hashed_directory(folder: Path, *parts: Identity | Signed, file_format: Format = "pem") -> str:
    """Make a directory of certificates and CRLs under the names that OpenSSL looks for."""
    directory = folder / f"hashed-{next(_serials)}"
    directory.mkdir()
    for part in parts:
        is_list = isinstance(part, x509.CertificateRevocationList)
        stem = _name_hash(part) + (".r" if is_list else ".")
        number = next(number for number in count() if not (directory / f"{stem}{number}").exists())
        write_all(directory, f"{stem}{number}", part, file_format=file_format)
    return str(directory)


def _name_hash(part: Identity | Signed) -> str:
    signed = part.certificate if isinstance(part, Identity) else part
    kind = (
        ["crl", "-hash"] if isinstance(signed, x509.CertificateRevocationList) else ["x509", "-subject_hash"]
    )
    run = subprocess.run(
        [require(OPENSSL), *kind, "-noout"],
        input=signed.public_bytes(Encoding.PEM),
        capture_output=True,
        check=True,
    )
    return run.stdout.decode().strip()


class Pki(NamedTuple):
    """The usual cast: two authorities and one below the first, servers and clients good and bad."""

    root: Authority
    intermediate: Authority  # signed by root
    stranger: Authority  # another root
    server: Identity  # localhost, signed by root, as all that follow unless told otherwise
    chained: Identity  # signed by the intermediate
    small: Identity  # RSA 1024
    elliptic: Identity  # EC P-256
    expired: Identity
    future: Identity
    revoked: Identity  # to be named in a CRL of root
    elsewhere: Identity  # for pacs.example
    client_only: Identity  # localhost, but for clients only
    untrusted: Identity  # signed by stranger
    own: Identity  # self-signed
    client: Identity  # for clients
    strange_client: Identity  # for clients, signed by stranger


@cache
def standard() -> Pki:
    """Return the usual cast, the same each time."""
    root, stranger = Authority(), Authority("Test Stranger CA")
    intermediate = root.authority(path_length=0)
    return Pki(
        root=root,
        intermediate=intermediate,
        stranger=stranger,
        server=root.issue(),
        chained=intermediate.issue(),
        small=root.issue(key="rsa1024"),
        elliptic=root.issue(key="p256"),
        expired=root.issue(validity=EXPIRED),
        future=root.issue(validity=FUTURE),
        revoked=root.issue(),
        elsewhere=root.issue("pacs.example", ("pacs.example", "*.pacs.example", "192.0.2.1")),
        client_only=root.issue(usage=CLIENT),
        untrusted=stranger.issue(),
        own=self_signed(),
        client=root.issue("client", (), usage=CLIENT),
        strange_client=stranger.issue("strange client", (), usage=CLIENT),
    )

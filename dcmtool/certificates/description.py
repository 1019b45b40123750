"""A certificate in words and numbers, as bytes from a peer: whatever they are, reading them is safe."""

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Literal, NamedTuple, TypeVar

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa
from cryptography.x509.oid import NameOID

from dcmtool.certificates import names
from dcmtool.certificates.blocks import LIBRARY_ERRORS, without_warnings
from dcmtool.certificates.signatures import is_self_signed

State = Literal["valid", "expired", "not-yet-valid"]
T = TypeVar("T")

MAX_SERIAL_BITS = 1024  # RFC 5280 4.1.2.2 allows 160; Python prints no more than some 14000
_UNREADABLE = "unreadable"
_FIRST_DATE, _LAST_DATE = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)

# OpenSSL's short names of attribute types; others are shown by their numbers.
_SHORT_NAMES = {
    NameOID.COMMON_NAME: "CN",
    NameOID.COUNTRY_NAME: "C",
    NameOID.STATE_OR_PROVINCE_NAME: "ST",
    NameOID.LOCALITY_NAME: "L",
    NameOID.ORGANIZATION_NAME: "O",
    NameOID.ORGANIZATIONAL_UNIT_NAME: "OU",
    NameOID.EMAIL_ADDRESS: "emailAddress",
    NameOID.DOMAIN_COMPONENT: "DC",
    NameOID.USER_ID: "UID",
    NameOID.SERIAL_NUMBER: "serialNumber",
    NameOID.SURNAME: "SN",
    NameOID.GIVEN_NAME: "GN",
    NameOID.TITLE: "title",
    NameOID.INITIALS: "initials",
    NameOID.PSEUDONYM: "pseudonym",
    NameOID.DN_QUALIFIER: "dnQualifier",
    NameOID.STREET_ADDRESS: "street",
    NameOID.POSTAL_CODE: "postalCode",
    NameOID.GENERATION_QUALIFIER: "generationQualifier",
    NameOID.X500_UNIQUE_IDENTIFIER: "x500UniqueIdentifier",
}
_KEY_KINDS: tuple[tuple[type, str], ...] = (
    (rsa.RSAPublicKey, "RSA"),
    (ec.EllipticCurvePublicKey, "EC"),
    (dsa.DSAPublicKey, "DSA"),
    (ed25519.Ed25519PublicKey, "Ed25519"),
    (ed448.Ed448PublicKey, "Ed448"),
)
_FIXED_BITS = {"Ed25519": 256, "Ed448": 456}
_Key = tuple[str, int, str | None]
_NO_KEY: _Key = (_UNREADABLE, 0, None)


class Description(NamedTuple):
    """The contents of a certificate; its text is the peer's own and not yet printable.

    `subject` and `issuer` are as in RFC 4514, `subject_line` and `issuer_line` OpenSSL's line of them;
    `names` are the alternative ones as `DNS:`, `IP:`, `URI:`, `email:` and so on; `fingerprint` is the
    SHA-256 of the whole. What cannot be read is "unreadable", None or 0, and a date then one that does not
    hold; `unreadable` names these parts.
    """

    subject: str
    issuer: str
    subject_line: str
    issuer_line: str
    serial: int
    not_before: datetime
    not_after: datetime
    names: tuple[str, ...]
    common_name: str | None
    key_kind: str
    key_bits: int
    curve: str | None
    signature_hash: str | None
    self_signed: bool
    fingerprint: str
    unreadable: tuple[str, ...] = ()

    def days_left(self, now: datetime) -> int:
        """Return the whole days until it expires, negative once it has."""
        return (self.not_after - now) // timedelta(days=1)

    def state(self, now: datetime) -> State:
        """Return whether it holds at a time; both of its dates belong to it (RFC 5280 4.1.2.5)."""
        if now < self.not_before:
            return "not-yet-valid"
        return "expired" if now > self.not_after else "valid"

    def matches(self, host: str) -> bool:
        """Return whether it is for this host name or address."""
        return names.matches(host, self.names, self.common_name)


@without_warnings()
def describe(der: bytes) -> Description:
    """Return the contents of a certificate.

    Raises:
        ValueError: the bytes are no certificate.
    """
    try:
        certificate = x509.load_der_x509_certificate(der)
    except LIBRARY_ERRORS as error:
        raise ValueError(_why(der, error)) from error
    return _described(certificate)


def described_if_any(der: bytes) -> Description | None:
    """Return the contents of a certificate, None where there is none, or none that can be read."""
    if not der:
        return None
    try:
        return describe(der)
    except ValueError:
        return None


def _why(der: bytes, error: Exception) -> str:
    """Return a sentence that names the part that the library could not read, if it names one."""
    places = re.findall(r'"\w+::([a-z]\w*)"', str(error))
    part = f" ({places[-1]} does not hold what it should)" if places else ""
    return f"the {len(der)} bytes are not the DER of an X.509 certificate{part}"


def _described(certificate: x509.Certificate) -> Description:
    parts = _Parts()
    key_kind, key_bits, curve = parts.read("public key", _NO_KEY, lambda: _key(certificate))
    serial = parts.read("serial number", 0, lambda: certificate.serial_number)
    return Description(
        subject=parts.read("subject", _UNREADABLE, lambda: certificate.subject.rfc4514_string()),
        issuer=parts.read("issuer", _UNREADABLE, lambda: certificate.issuer.rfc4514_string()),
        subject_line=parts.read("subject", _UNREADABLE, lambda: _line(certificate.subject)),
        issuer_line=parts.read("issuer", _UNREADABLE, lambda: _line(certificate.issuer)),
        serial=serial if serial.bit_length() <= MAX_SERIAL_BITS else 0,
        # A date that cannot be read is one that does not hold.
        not_before=parts.read("first date", _LAST_DATE, lambda: certificate.not_valid_before_utc),
        not_after=parts.read("last date", _FIRST_DATE, lambda: certificate.not_valid_after_utc),
        names=parts.read("alternative names", (names.UNREADABLE,), lambda: _names(certificate)),
        common_name=parts.read("subject", None, lambda: _common_name(certificate)),
        key_kind=key_kind,
        key_bits=key_bits,
        curve=curve,
        signature_hash=parts.read("signature algorithm", None, lambda: _signature_hash(certificate)),
        self_signed=parts.read("signature", False, lambda: is_self_signed(certificate)),
        fingerprint=certificate.fingerprint(hashes.SHA256()).hex(":").upper(),
        unreadable=tuple(parts.unreadable),
    )


def _line(name: x509.Name) -> str:
    return "".join(
        f"/{_SHORT_NAMES.get(part.oid, part.oid.dotted_string)}={_text(part.value)}" for part in name
    )


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.hex()


def _common_name(certificate: x509.Certificate) -> str | None:
    """Return the most specific of the common names, which is the last (RFC 6125 2.3.1)."""
    found = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return _text(found[-1].value) if found else None


def _names(certificate: x509.Certificate) -> tuple[str, ...]:
    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return ()
    return tuple(_general_names(extension.value))


def _general_names(found: Iterable[x509.GeneralName]) -> Iterable[str]:
    for name in found:
        match name:
            case x509.DNSName():
                yield f"DNS:{name.value}"
            case x509.IPAddress():
                yield f"IP:{name.value}"
            case x509.UniformResourceIdentifier():
                yield f"URI:{name.value}"
            case x509.RFC822Name():
                yield f"email:{name.value}"
            case x509.DirectoryName():
                yield f"dirName:{name.value.rfc4514_string()}"
            case x509.RegisteredID():
                yield f"RID:{name.value.dotted_string}"
            case x509.OtherName():
                yield f"otherName:{name.type_id.dotted_string}"


def _key(certificate: x509.Certificate) -> _Key:
    """Return the kind of the public key, its length in bits, and the curve if it is on one."""
    key = certificate.public_key()
    kind = next((kind for each, kind in _KEY_KINDS if isinstance(key, each)), type(key).__name__)
    curve = key.curve.name if isinstance(key, ec.EllipticCurvePublicKey) else None
    return kind, int(getattr(key, "key_size", _FIXED_BITS.get(kind, 0))), curve


def _signature_hash(certificate: x509.Certificate) -> str | None:
    algorithm = certificate.signature_hash_algorithm
    return None if algorithm is None else algorithm.name.upper()


class _Parts:
    """Reads a certificate part by part; the library reads most of them only when asked for."""

    def __init__(self) -> None:
        self.unreadable: dict[str, None] = {}  # their names, each once

    def read(self, name: str, fallback: T, part: Callable[[], T]) -> T:
        """Return a part, or the fallback where it cannot be read."""
        try:
            return part()
        except LIBRARY_ERRORS:
            self.unreadable[name] = None
            return fallback

"""Certificates in words: the usual ones, odd ones, and bytes that are none."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import x448, x25519
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from dcmtool.certificates.description import Description, describe
from tests.peers import pki

CAST = pki.standard()
FIRST, LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


def fingerprint(der: bytes) -> str:
    """Return the SHA-256 as `openssl x509 -fingerprint` shows it."""
    digest = hashes.Hash(hashes.SHA256())
    digest.update(der)
    return ":".join(f"{byte:02X}" for byte in digest.finalize())


def test_a_server() -> None:
    identity = CAST.elsewhere
    assert describe(identity.der) == Description(
        subject="CN=pacs.example,O=Test,C=DE",
        issuer="CN=Test Root CA,O=Test,C=DE",
        subject_line="/C=DE/O=Test/CN=pacs.example",
        issuer_line="/C=DE/O=Test/CN=Test Root CA",
        serial=identity.certificate.serial_number,
        not_before=datetime(2001, 1, 1, tzinfo=UTC),
        not_after=datetime(2099, 12, 31, tzinfo=UTC),
        names=("DNS:pacs.example", "DNS:*.pacs.example", "IP:192.0.2.1"),
        common_name="pacs.example",
        key_kind="RSA",
        key_bits=2048,
        curve=None,
        signature_hash="SHA256",
        self_signed=False,
        fingerprint=fingerprint(identity.der),
    )


KINDS: dict[str, tuple[str, int, str | None, str | None]] = {
    "rsa1024": ("RSA", 1024, None, "SHA256"),
    "p256": ("EC", 256, "secp256r1", "SHA256"),
    "p384": ("EC", 384, "secp384r1", "SHA256"),
    "ed25519": ("Ed25519", 256, None, None),
    "dsa1024": ("DSA", 1024, None, "SHA256"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_kinds_of_keys(kind: str) -> None:
    described = describe(pki.self_signed(key=kind).der)
    found = (described.key_kind, described.key_bits, described.curve, described.signature_hash)
    assert found == KINDS[kind]
    assert described.self_signed


@pytest.mark.parametrize(
    ("key", "kind"),
    [(x25519.X25519PrivateKey.generate, "X25519PublicKey"), (x448.X448PrivateKey.generate, "X448PublicKey")],
)
def test_keys_that_sign_nothing(
    key: Callable[[], x25519.X25519PrivateKey | x448.X448PrivateKey], kind: str
) -> None:
    builder = x509.CertificateBuilder(pki.name("CA"), pki.name("x"), key().public_key(), 1, *pki.VALID)
    described = describe(builder.sign(CAST.client.key, hashes.SHA256()).public_bytes(Encoding.DER))
    assert (described.key_kind, described.key_bits) == (kind, 0)


def test_who_is_self_signed() -> None:
    assert [
        describe(each.der).self_signed for each in (CAST.root, CAST.own, CAST.intermediate, CAST.server)
    ] == [
        True,
        True,
        False,
        False,
    ]
    renewed = CAST.root.authority("Test Root CA")  # its own issuer by name, but with another key
    assert not describe(renewed.der).self_signed


def made(*extensions: tuple[x509.ExtensionType, bool], subject: x509.Name | None = None) -> Description:
    """Describe a self-signed certificate of these extensions."""
    subject = pki.name("pacs.example") if subject is None else subject
    return describe(
        pki.certificate(subject, pki.new_key("p256"), None, extensions).public_bytes(Encoding.DER)
    )


def test_all_kinds_of_alternative_names() -> None:
    names = x509.SubjectAlternativeName(
        [
            x509.DNSName("*.pacs.example"),
            *map(pki.general_name, ("127.0.0.1", "2001:db8::1", "http://pacs.example/", "me@pacs.example")),
            x509.DirectoryName(pki.name("x")),
            x509.RegisteredID(x509.ObjectIdentifier("1.2.3")),
            x509.OtherName(x509.ObjectIdentifier("1.2.4"), b"\x05\x00"),
            x509.IPAddress(ip_network("10.0.0.0/8")),
        ]
    )
    described = made((names, False))
    assert described.names == (
        "DNS:*.pacs.example",
        "IP:127.0.0.1",
        "IP:2001:db8::1",
        "URI:http://pacs.example/",
        "email:me@pacs.example",
        "dirName:CN=x,O=Test,C=DE",
        "RID:1.2.3",
        "otherName:1.2.4",
        "IP:10.0.0.0/8",
    )
    hosts = ("a.pacs.example", "127.0.0.1", "[2001:db8::1]", "pacs.example", "10.0.0.0")
    assert [described.matches(host) for host in hosts] == [True, True, True, False, False]


def test_without_alternative_names_the_common_name_counts() -> None:
    described = made()
    assert (described.names, described.common_name) == ((), "pacs.example")
    assert described.matches("PACS.example")


def test_names_in_full() -> None:
    parts = (
        (NameOID.DOMAIN_COMPONENT, "example"),
        (NameOID.STREET_ADDRESS, "Straße 1"),
        (NameOID.SURNAME, "A/B"),
        (NameOID.EMAIL_ADDRESS, "me@pacs.example"),
        (NameOID.USER_ID, "me"),
        (NameOID.COMMON_NAME, "first"),
        (NameOID.COMMON_NAME, "a,b\x1b[31m"),
        (x509.ObjectIdentifier("1.2.3"), "x"),
    )
    subject = x509.Name(x509.NameAttribute(*part) for part in parts)
    described = made(subject=subject)
    assert described.subject_line == (
        "/DC=example/street=Straße 1/SN=A/B/emailAddress=me@pacs.example/UID=me"
        "/CN=first/CN=a,b\x1b[31m/1.2.3=x"
    )
    assert described.subject.startswith("1.2.3=x,CN=a\\,b\x1b[31m,CN=first,UID=me,")
    assert described.common_name == "a,b\x1b[31m"


def test_a_certificate_without_names() -> None:
    described = made(subject=x509.Name([]))
    assert (described.subject, described.subject_line, described.common_name) == ("", "", None)
    assert not described.matches("pacs.example")


def test_a_unique_identifier_is_shown_by_its_bytes() -> None:
    kind = x509.name._ASN1Type.BitString
    subject = x509.Name([x509.NameAttribute(NameOID.X500_UNIQUE_IDENTIFIER, b"\x00\xab", kind)])
    assert made(subject=subject).subject_line == "/x500UniqueIdentifier=00ab"


DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("now", "state", "days"),
    [
        (pki.VALID[0] - timedelta(seconds=1), "not-yet-valid", 36158),
        (pki.VALID[0], "valid", 36158),
        (pki.VALID[1] - 10 * DAY, "valid", 10),
        (pki.VALID[1] - 10 * DAY + timedelta(seconds=1), "valid", 9),
        (pki.VALID[1], "valid", 0),
        (pki.VALID[1] + timedelta(seconds=1), "expired", -1),
        (pki.VALID[1] + DAY, "expired", -1),
        (pki.VALID[1] + DAY + timedelta(seconds=1), "expired", -2),
    ],
)
def test_state_and_days_left(now: datetime, state: str, days: int) -> None:
    described = describe(CAST.server.der)
    assert (described.state(now), described.days_left(now)) == (state, days)


# Odd certificates -----------------------------------------------------------------------------------

NOT_BEFORE, NOT_AFTER = b"\x17\x0d010101000000Z", b"\x18\x0f20991231000000Z"


def changed(old: bytes, new: bytes) -> Description:
    """Describe a server's certificate with some of its bytes changed."""
    assert old in CAST.elliptic.der
    return describe(CAST.elliptic.der.replace(old, new))


def serial(number: bytes) -> bytes:
    """Return a certificate with these bytes as its serial number."""
    whole = CAST.elliptic.certificate
    body = whole.tbs_certificate_bytes
    version, old = b"\xa0\x03\x02\x01\x02", _integer(whole.serial_number)
    start = body.index(version + old)
    rest = body[start + len(version + old) :]
    changed = _tagged(0x30, version + _tagged(0x02, number) + rest)
    return _tagged(0x30, changed + CAST.elliptic.der.partition(body)[2])


def _integer(number: int) -> bytes:
    return _tagged(0x02, number.to_bytes(number.bit_length() // 8 + 1))


def _tagged(tag: int, value: bytes) -> bytes:
    length = len(value).to_bytes((len(value).bit_length() + 7) // 8)
    return bytes([tag, *([len(value)] if len(value) < 0x80 else [0x80 | len(length), *length])]) + value


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (b"\x07", 7),
        (b"\x00", 0),
        (b"\xfb", -5),
        (b"\x7f" * 20, int.from_bytes(b"\x7f" * 20)),
        (b"\x7f" * 128, int.from_bytes(b"\x7f" * 128)),
        (b"\x7f" * 129, 0),
        (b"\x7f" * 9000, 0),
    ],
)
def test_serial_numbers(number: bytes, expected: int) -> None:
    assert describe(serial(number)).serial == expected


def test_dates_that_cannot_be_read_do_not_hold() -> None:
    year_0 = b"\x18\x0f00000101000000Z"
    late = changed(NOT_AFTER, year_0)
    assert (late.not_after, late.state(pki.VALID[0])) == (FIRST, "expired")
    assert late.days_left(pki.VALID[0]) < 0


def test_the_longest_validity() -> None:
    assert changed(NOT_AFTER, b"\x18\x0f99991231235959Z").not_after == LAST.replace(microsecond=0)


UNREADABLE_NAMES = {
    "UTF-8": b"\x0c\x09local\xffost",
    "INTEGER": b"\x02\x09localhost",
    "BIT STRING": b"\x03\x09localhost",
}


@pytest.mark.parametrize("name", UNREADABLE_NAMES)
def test_names_that_cannot_be_read(name: str) -> None:
    described = changed(b"\x0c\x09localhost", UNREADABLE_NAMES[name])
    assert (described.subject, described.subject_line, described.common_name) == (
        "unreadable",
        "unreadable",
        None,
    )
    assert described.issuer == "CN=Test Root CA,O=Test,C=DE"
    assert described.unreadable == ("subject", "signature")
    assert (described.self_signed, described.matches("localhost")) == (False, True)


UNREADABLE_EXTENSIONS = {
    "name beyond ASCII": (b"\x82\x09localhost", b"\x82\x09local\xffost"),
    "unknown kind of name": (b"\x87\x04\x7f\x00\x00\x01", b"\x99\x04\x7f\x00\x00\x01"),
    "extension twice": (b"\x55\x1d\x11", b"\x55\x1d\x0f"),
}


@pytest.mark.parametrize("name", UNREADABLE_EXTENSIONS)
def test_extensions_that_cannot_be_read(name: str) -> None:
    described = changed(*UNREADABLE_EXTENSIONS[name])
    assert (described.names, described.common_name) == (("unreadable",), "localhost")
    assert not described.matches("localhost")


def test_an_address_of_no_length() -> None:
    extension = x509.UnrecognizedExtension(x509.SubjectAlternativeName.oid, b"\x30\x05\x87\x03\x7f\x00\x01")
    assert made((extension, False)).names == ("unreadable",)


def test_a_key_that_cannot_be_read() -> None:
    described = changed(bytes.fromhex("2a8648ce3d0201"), bytes.fromhex("2a8648ce3d027f"))
    assert (described.key_kind, described.key_bits, described.curve) == ("unreadable", 0, None)
    assert "public key" in described.unreadable


def test_a_signature_that_is_not_known() -> None:
    described = changed(bytes.fromhex("2a8648ce3d040302"), bytes.fromhex("2a8648ce3d04037f"))
    assert described.signature_hash is None
    assert described.unreadable == ("signature algorithm",)


# No certificates ------------------------------------------------------------------------------------


NO_DATE = (
    f"the {len(CAST.elliptic.der)} bytes are not the DER of an X.509 certificate "
    "(not_before does not hold what it should)"
)


@pytest.mark.parametrize(
    ("der", "sentence"),
    [
        (b"", "the 0 bytes are not the DER of an X.509 certificate"),
        (
            b"\x30\x00",
            "the 2 bytes are not the DER of an X.509 certificate (tbs_cert does not hold what it should)",
        ),
        (CAST.server.pem[:100], "the 100 bytes are not the DER of an X.509 certificate"),
        (CAST.elliptic.der.replace(NOT_BEFORE, b"\x17\x0d010132000000Z"), NO_DATE),
    ],
    ids=["nothing", "an empty sequence", "PEM", "no date"],
)
def test_bytes_that_are_no_certificate(der: bytes, sentence: str) -> None:
    with pytest.raises(ValueError) as caught:
        describe(der)
    assert str(caught.value) == sentence


def described_or_refused(der: bytes) -> None:
    """See that bytes are described, or refused as they should be; and that all of it can be said."""
    try:
        described = describe(der)
    except ValueError as error:
        assert str(error).startswith(f"the {len(der)} bytes are not the DER of an")  # noqa: PT017
        return
    for now in (FIRST, pki.VALID[0], LAST):
        assert described.state(now) in ("valid", "expired", "not-yet-valid")
        assert isinstance(described.days_left(now), int)
    assert described.matches("localhost") in (True, False)
    assert f"{described} {described.not_before:%Y} {described.not_after:%Y}"


@given(st.binary())
def test_any_bytes(der: bytes) -> None:
    described_or_refused(der)


WHOLE = [CAST.elliptic.der, CAST.small.der, pki.self_signed(key="ed25519").der, CAST.root.der]


@given(st.sampled_from(WHOLE), st.data())
def test_any_bytes_changed(der: bytes, data: st.DataObject) -> None:
    places = data.draw(st.lists(st.tuples(st.integers(0, len(der) - 1), st.integers(0, 255)), max_size=6))
    odd = bytearray(der)
    for place, byte in places:
        odd[place] = byte
    described_or_refused(bytes(odd))


@given(st.sampled_from(WHOLE), st.integers(0, 700), st.binary(max_size=4))
def test_any_part_of_a_certificate(der: bytes, length: int, more: bytes) -> None:
    described_or_refused(der[:length] + more)


EXTENSIONS = [
    x509.SubjectAlternativeName.oid,
    x509.BasicConstraints.oid,
    x509.AuthorityKeyIdentifier.oid,
    x509.CRLDistributionPoints.oid,
    x509.ObjectIdentifier("1.2.3"),
]


@given(
    st.sampled_from(EXTENSIONS),
    st.binary(max_size=30),
)
def test_any_contents_of_an_extension(oid: x509.ObjectIdentifier, value: bytes) -> None:
    key = pki.new_key("p256")
    extensions = [(x509.UnrecognizedExtension(oid, value), False)]
    described_or_refused(pki.certificate(pki.name("x"), key, None, extensions).public_bytes(Encoding.DER))

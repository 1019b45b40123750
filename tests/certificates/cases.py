"""Chains of certificates good and bad, each with our sentence if it does not pass."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from dcmtool.settings import CrlCheck
from tests.peers import pki
from tests.peers.pki import EXPIRED, VALID, Authority, Identity, Key, Signed

NOW = datetime(2026, 1, 1, tzinfo=UTC)

CA = (x509.BasicConstraints(ca=True, path_length=None), True)
NO_CA = (x509.BasicConstraints(ca=False, path_length=None), True)
SIGNS = (pki.key_usage(authority=True), True)
SIGNS_NOTHING = (pki.key_usage(authority=False), True)
UNKNOWN = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")

Part = Identity | Signed


def damaged(oid: x509.ObjectIdentifier) -> tuple[x509.ExtensionType, bool]:
    """Return an extension whose value is not what its type asks for."""
    return x509.UnrecognizedExtension(oid, b"\x01\x02"), False


class Case(NamedTuple):
    """The parts of the file that is checked, whom to trust, what was revoked, and why it fails if it does."""

    file: Sequence[Part]
    anchors: Sequence[Part]
    reason: str = ""
    lists: Sequence[x509.CertificateRevocationList] = ()
    crl_check: CrlCheck | None = None


def derived(signer: Identity, common_name: str, *extensions: tuple[x509.ExtensionType, bool]) -> Authority:
    """Return something that issues as an authority does, whatever its extensions say."""
    key = pki.new_key("p256")
    made = pki.certificate(pki.name(common_name), key, signer, extensions)
    return wrapped(made, key, signer)


def root(common_name: str, *extensions: tuple[x509.ExtensionType, bool]) -> Authority:
    """Return the same, self-signed."""
    key = pki.new_key("p256")
    return wrapped(pki.certificate(pki.name(common_name), key, None, extensions), key, None)


def wrapped(made: x509.Certificate, key: Key, signer: Identity | None) -> Authority:
    """Return a certificate as an authority."""
    authority = Authority.__new__(Authority)
    Identity.__init__(authority, made, key)
    authority.signer = signer if isinstance(signer, Authority) else None
    return authority


class Table(dict[str, Callable[[], Case]]):
    """Cases by name, each made when it is asked for."""

    def add(self, make: Callable[[], Case]) -> Callable[[], Case]:
        """Add a case under the name of its function."""
        self[make.__name__.replace("_", " ")] = make
        return make


CHAINS = Table()

# Chains ---------------------------------------------------------------------------------------------

CAST = pki.standard()
LEAF, ROOT = '"CN=localhost,O=Test,C=DE"', '"CN=Test Root CA,O=Test,C=DE"'
MIDDLE = '"CN=Test Intermediate CA,O=Test,C=DE"'


def unknown_issuer(of: str, issuer: str) -> str:
    """Return the sentence for an issuer that is not there."""
    return (
        f"the issuer {issuer} of {of} is not among the authorities given: add its certificate with ca_files="
    )


def _simple() -> Iterator[tuple[str, Case]]:
    only = [CAST.root]
    yield "signed by the root", Case([CAST.server], only)
    yield "for clients only, as purposes are not checked", Case([CAST.client_only], only)
    yield "RSA 1024", Case([CAST.small], only)
    yield "EC", Case([CAST.elliptic], only)
    yield "the root itself", Case([CAST.root], only)
    yield "several roots", Case([CAST.server], [CAST.stranger, CAST.root])
    yield "intermediate in the file", Case([CAST.chained, CAST.intermediate], only)
    yield "intermediate among the authorities", Case([CAST.chained], [CAST.intermediate, CAST.root])
    yield "more than the chain in the file", Case([CAST.server, CAST.intermediate, CAST.stranger], only)
    yield "the leaf among the authorities", Case([CAST.server], [CAST.server, CAST.root])
    yield "self-signed and trusted", Case([CAST.own], [CAST.own])
    yield "no authority", Case([CAST.server], [CAST.stranger], unknown_issuer(LEAF, ROOT))
    yield "intermediate missing", Case([CAST.chained], only, unknown_issuer(LEAF, MIDDLE))
    yield (
        "root missing",
        Case([CAST.chained], [CAST.intermediate], unknown_issuer(MIDDLE, ROOT)),
    )
    yield "only the leaf trusted", Case([CAST.server], [CAST.server], unknown_issuer(LEAF, ROOT))
    yield (
        "root in the file but not trusted",
        Case(
            [CAST.server, CAST.root],
            [CAST.stranger],
            f"{ROOT} is self-signed and not among the authorities given: "
            "add it with ca_files= if you trust it",
        ),
    )
    yield (
        "self-signed and not trusted",
        Case(
            [CAST.own],
            only,
            f"{LEAF} is self-signed and not among the authorities given: "
            "add it with ca_files= if you trust it",
        ),
    )
    yield "expired", Case([CAST.expired], only, f"{LEAF} expired on 2002-01-01 00:00 UTC")
    yield (
        "not yet valid",
        Case([CAST.future], only, f"{LEAF} is not yet valid: it will be from 2098-01-01 00:00 UTC"),
    )


CHAINS.update({title: lambda made=made: made for title, made in _simple()})  # type: ignore[misc]


@CHAINS.add
def expired_root() -> Case:
    old = Authority(validity=EXPIRED)
    return Case([old.issue(key="p256")], [old], f"{ROOT} expired on 2002-01-01 00:00 UTC")


@CHAINS.add
def expired_intermediate() -> Case:
    old = CAST.root.authority(validity=EXPIRED)
    return Case([old.issue(key="p256"), old], [CAST.root], f"{MIDDLE} expired on 2002-01-01 00:00 UTC")


@CHAINS.add
def renewed_intermediate_beside_the_expired_one() -> Case:
    key = pki.new_key("p256")
    old, new = CAST.root.authority(key=key, validity=EXPIRED), CAST.root.authority(key=key)
    return Case([new.issue(key="p256"), old, new], [CAST.root])


@CHAINS.add
def renewed_root_beside_the_expired_one() -> Case:
    key = pki.new_key("p256")
    old, new = Authority(key=key, validity=EXPIRED), Authority(key=key)
    return Case([new.issue(key="p256")], [old, new])


@CHAINS.add
def roots_of_one_name() -> Case:
    one, other = Authority(), Authority()
    return Case([other.issue(key="p256")], [one, other])


@CHAINS.add
def root_with_the_wrong_key() -> Case:
    one, other = Authority(), Authority()
    reason = (
        f"{LEAF} was not signed with the key of {ROOT} that is given: "
        "add the certificate of the right key with ca_files="
    )
    return Case([one.issue(key="p256")], [other], reason)


@CHAINS.add
def key_of_another_kind() -> Case:
    one, other = Authority(key="p256"), Authority(key="rsa2048")
    reason = (
        f"{LEAF} was not signed with the key of {ROOT} that is given: "
        "add the certificate of the right key with ca_files="
    )
    return Case([one.issue(key="p256")], [other], reason)


@CHAINS.add
def four_authorities() -> Case:
    one = CAST.root.authority("Test One CA")
    two = one.authority("Test Two CA")
    three = two.authority("Test Three CA")
    leaf = three.issue(key="p256")
    return Case([leaf, two, three, one], [CAST.root])


@CHAINS.add
def authorities_in_a_circle() -> Case:
    key, other = pki.new_key("p256"), pki.new_key("p256")
    first = wrapped(
        pki.certificate(pki.name("Circle A"), key, Authority("Circle B", key=other), [CA, SIGNS]), key, None
    )
    second = wrapped(
        pki.certificate(pki.name("Circle B"), other, Authority("Circle A", key=key), [CA, SIGNS]), other, None
    )
    a, b = '"CN=Circle A,O=Test,C=DE"', '"CN=Circle B,O=Test,C=DE"'
    return Case([first.issue(key="p256"), first, second], [CAST.root], unknown_issuer(b, a))


@CHAINS.add
def names_that_differ_in_case_and_encoding() -> Case:
    def named(text: str, kind: x509.name._ASN1Type) -> x509.Name:
        return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text, kind)])

    key, own = pki.new_key("p256"), pki.new_key("p256")
    above = pki.certificate(named("Test  ROOT ca", x509.name._ASN1Type.UTF8String), key, None, [CA, SIGNS])
    also = pki.certificate(named("test root CA", x509.name._ASN1Type.PrintableString), key, None, [CA])
    leaf = pki.certificate(pki.name("localhost"), own, Identity(also, key), [NO_CA])
    return Case([Identity(leaf, own)], [Identity(above, key)])


@CHAINS.add
def signed_with_ed25519() -> Case:
    above = Authority(key="ed25519")
    return Case([above.issue(key="p256")], [above])


@CHAINS.add
def signed_with_dsa() -> Case:
    above = Authority(key="dsa1024")
    return Case([above.issue(key="p256")], [above])


@CHAINS.add
def signed_with_rsa() -> Case:
    above = Authority(key="rsa2048")
    return Case([above.issue(key="p256")], [above])


@CHAINS.add
def signed_with_p384() -> Case:
    above = Authority(key="p384")
    return Case([above.issue(key="p256")], [above])


@CHAINS.add
def signed_with_rsa_pss() -> Case:
    above, key = Authority(key="rsa2048"), pki.new_key("p256")
    assert isinstance(above.key, rsa.RSAPrivateKey)
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH)
    leaf = (
        x509.CertificateBuilder(above.certificate.subject, pki.name("localhost"), key.public_key(), 7, *VALID)
        .add_extension(*NO_CA)
        .sign(above.key, hashes.SHA256(), rsa_padding=pss)
    )
    return Case([Identity(leaf, key)], [above])


# What an authority must be --------------------------------------------------------------------------


@CHAINS.add
def intermediate_that_is_no_authority() -> Case:
    below = derived(CAST.root, "Test Fake CA", NO_CA)
    reason = '"CN=Test Fake CA,O=Test,C=DE" is no authority: its basic constraints say so'
    return Case([below.issue(key="p256"), below], [CAST.root], reason)


@CHAINS.add
def intermediate_without_extensions() -> Case:
    below = derived(CAST.root, "Test Fake CA")
    reason = '"CN=Test Fake CA,O=Test,C=DE" is no authority: nothing in it says so'
    return Case([below.issue(key="p256"), below], [CAST.root], reason)


@CHAINS.add
def intermediate_with_a_key_usage_only() -> Case:
    below = derived(CAST.root, "Test Fake CA", SIGNS)
    reason = '"CN=Test Fake CA,O=Test,C=DE" is no authority: nothing in it says so'
    return Case([below.issue(key="p256"), below], [CAST.root], reason)


@CHAINS.add
def root_that_is_no_authority() -> Case:
    above = root("Test Fake CA", NO_CA)
    reason = '"CN=Test Fake CA,O=Test,C=DE" is no authority: its basic constraints say so'
    return Case([above.issue(key="p256")], [above], reason)


@CHAINS.add
def root_without_extensions() -> Case:
    above = root("Test Fake CA")
    reason = '"CN=Test Fake CA,O=Test,C=DE" is no authority: nothing in it says so'
    return Case([above.issue(key="p256")], [above], reason)


@CHAINS.add
def root_with_basic_constraints_only() -> Case:
    above = root("Test Bare CA", CA)
    return Case([above.issue(key="p256")], [above])


@CHAINS.add
def authority_that_must_not_sign() -> Case:
    below = derived(CAST.root, "Test Fake CA", CA, SIGNS_NOTHING)
    reason = '"CN=Test Fake CA,O=Test,C=DE" must not sign certificates: its key usage lacks keyCertSign'
    return Case([below.issue(key="p256"), below], [CAST.root], reason)


@CHAINS.add
def path_too_long() -> Case:
    below = CAST.intermediate.authority("Test Lower CA")
    reason = f"the authority {MIDDLE} allows 0 authorities below it and the chain has 1"
    return Case([below.issue(key="p256"), below, CAST.intermediate], [CAST.root], reason)


@CHAINS.add
def path_just_long_enough() -> Case:
    above = Authority(path_length=1)
    below = above.authority()
    return Case([below.issue(key="p256"), below], [above])


@CHAINS.add
def path_with_an_authority_that_renews_itself() -> Case:
    above = Authority(path_length=0)
    renewed = above.authority("Test Root CA")
    return Case([renewed.issue(key="p256"), renewed], [above])


@CHAINS.add
def an_authority_at_the_end_does_not_count() -> Case:
    above = Authority(path_length=0)
    return Case([above.authority()], [above])


@CHAINS.add
def unknown_critical_extension() -> Case:
    leaf = CAST.root.sign("localhost", [(UNKNOWN, True)])
    reason = f"{LEAF} has an extension that must be understood and is not: 1.2.3.4"
    return Case([leaf], [CAST.root], reason)


@CHAINS.add
def extension_that_makes_no_sense() -> Case:
    leaf = CAST.root.sign("localhost", [damaged(x509.BasicConstraints.oid)])
    return Case([leaf], [CAST.root], f"{LEAF} has extensions that cannot be read")


@CHAINS.add
def unknown_extension() -> Case:
    return Case([CAST.root.sign("localhost", [(UNKNOWN, False)])], [CAST.root])


@CHAINS.add
def critical_names_and_purposes() -> Case:
    extensions: list[tuple[x509.ExtensionType, bool]] = [
        (x509.SubjectAlternativeName([x509.DNSName("localhost")]), True),
        (x509.ExtendedKeyUsage(pki.SERVER), True),
        (x509.InhibitAnyPolicy(0), True),
    ]
    return Case([CAST.root.sign("localhost", extensions)], [CAST.root])

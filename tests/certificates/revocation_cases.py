"""Revocation lists good and bad, each with the sentence if the certificate does not pass."""

from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from tests.certificates.cases import (
    CA,
    CAST,
    LEAF,
    MIDDLE,
    NO_CA,
    ROOT,
    UNKNOWN,
    Case,
    Part,
    Table,
    root,
)
from tests.peers.pki import EXPIRED, FUTURE, VALID, Authority, Extensions, Identity

REVOCATIONS = Table()
REVOKED = f"{LEAF} was revoked by {ROOT} on 2001-01-01 00:00 UTC"


def revocation_list(
    authority: Authority,
    *revoked: Identity,
    extensions: Extensions = (),
    reason: x509.ReasonFlags | None = None,
) -> x509.CertificateRevocationList:
    """Return a list with these extensions, and one reason for all that it revokes."""
    builder = x509.CertificateRevocationListBuilder(authority.certificate.subject, *VALID)
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    for identity in revoked:
        entry = x509.RevokedCertificateBuilder(identity.certificate.serial_number, VALID[0])
        if reason is not None:
            entry = entry.add_extension(x509.CRLReason(reason), False)
        builder = builder.add_revoked_certificate(entry.build())
    return builder.sign(authority.key, hashes.SHA256())


def distribution(
    *, users: bool = False, authorities: bool = False, at: str = "", indirect: bool = False
) -> tuple[x509.IssuingDistributionPoint, bool]:
    """Return the extension that says what a list is for."""
    place = [x509.UniformResourceIdentifier(at)] if at else None
    return x509.IssuingDistributionPoint(place, None, users, authorities, None, indirect, False), True


def missing_list(of: str, issuer: str) -> str:
    """Return the sentence for a list that is not there."""
    return f"there is no revocation list of {issuer} to check {of} against: add it with crl_files="


@REVOCATIONS.add
def revoked() -> Case:
    return Case([CAST.revoked], [CAST.root], REVOKED, [CAST.root.revocation_list(CAST.revoked)])


@REVOCATIONS.add
def another_one_revoked() -> Case:
    return Case([CAST.server], [CAST.root], lists=[CAST.root.revocation_list(CAST.revoked)])


@REVOCATIONS.add
def revoked_for_a_reason() -> Case:
    lists = [revocation_list(CAST.root, CAST.revoked, reason=x509.ReasonFlags.key_compromise)]
    return Case([CAST.revoked], [CAST.root], f"{REVOKED} (keyCompromise)", lists)


@REVOCATIONS.add
def no_longer_on_hold() -> Case:
    lists = [revocation_list(CAST.root, CAST.revoked, reason=x509.ReasonFlags.remove_from_crl)]
    return Case([CAST.revoked], [CAST.root], lists=lists)


@REVOCATIONS.add
def list_of_another_authority() -> Case:
    return Case(
        [CAST.server], [CAST.root], missing_list(LEAF, ROOT), [CAST.stranger.revocation_list()], "leaf"
    )


@REVOCATIONS.add
def revoked_by_another_authority() -> Case:
    lists = [CAST.root.revocation_list(), CAST.stranger.revocation_list(CAST.revoked)]
    return Case([CAST.revoked], [CAST.root], lists=lists)


@REVOCATIONS.add
def asked_for_without_a_list() -> Case:
    return Case([CAST.server], [CAST.root], missing_list(LEAF, ROOT), crl_check="leaf")


@REVOCATIONS.add
def list_among_the_authorities() -> Case:
    anchors: list[Part] = [CAST.root, CAST.root.revocation_list(CAST.revoked)]
    return Case([CAST.revoked], anchors, REVOKED, crl_check="leaf")


@REVOCATIONS.add
def list_among_the_authorities_not_asked_for() -> Case:
    return Case([CAST.revoked], [CAST.root, CAST.root.revocation_list(CAST.revoked)])


@REVOCATIONS.add
def expired_list() -> Case:
    lists = [CAST.root.revocation_list(validity=EXPIRED)]
    reason = f"the revocation list of {ROOT} expired on 2002-01-01 00:00 UTC: get a newer one"
    return Case([CAST.server], [CAST.root], reason, lists)


@REVOCATIONS.add
def list_not_yet_valid() -> Case:
    lists = [CAST.root.revocation_list(validity=FUTURE)]
    reason = f"the revocation list of {ROOT} is not yet valid: it will be from 2098-01-01 00:00 UTC"
    return Case([CAST.server], [CAST.root], reason, lists)


@REVOCATIONS.add
def expired_list_beside_a_newer_one() -> Case:
    lists = [CAST.root.revocation_list(validity=EXPIRED), CAST.root.revocation_list()]
    return Case([CAST.server], [CAST.root], lists=lists)


@REVOCATIONS.add
def newer_list_that_revokes() -> Case:
    later = (datetime(2020, 1, 1, tzinfo=UTC), VALID[1])
    lists = [CAST.root.revocation_list(), CAST.root.revocation_list(CAST.revoked, validity=later)]
    return Case([CAST.revoked], [CAST.root], REVOKED.replace("2001", "2020"), lists)


@REVOCATIONS.add
def newer_list_that_no_longer_revokes() -> Case:
    later = (datetime(2020, 1, 1, tzinfo=UTC), VALID[1])
    lists = [CAST.root.revocation_list(validity=later), CAST.root.revocation_list(CAST.revoked)]
    return Case([CAST.revoked], [CAST.root], lists=lists)


@REVOCATIONS.add
def list_signed_with_another_key() -> Case:
    reason = f"the revocation list of {ROOT} was not signed with the key of that authority"
    return Case([CAST.server], [CAST.root], reason, [CAST.root.revocation_list(key="p256")])


@REVOCATIONS.add
def authority_that_must_not_sign_lists() -> Case:
    usage = x509.KeyUsage(False, False, False, False, False, True, False, False, False)
    above = root("Test Root CA", CA, (usage, True))
    reason = f"the revocation list of {ROOT} is signed by {ROOT}, whose key usage lacks cRLSign"
    return Case([above.issue(key="p256")], [above], reason, [above.revocation_list()])


@REVOCATIONS.add
def list_with_an_unknown_critical_extension() -> Case:
    reason = f"the revocation list of {ROOT} has an extension that must be understood and is not: 1.2.3.4"
    lists = [revocation_list(CAST.root, extensions=[(UNKNOWN, True)])]
    return Case([CAST.server], [CAST.root], reason, lists)


@REVOCATIONS.add
def list_with_a_number() -> Case:
    return Case(
        [CAST.server],
        [CAST.root],
        lists=[revocation_list(CAST.root, extensions=[(x509.CRLNumber(7), False)])],
    )


@REVOCATIONS.add
def list_of_users() -> Case:
    return Case(
        [CAST.server], [CAST.root], lists=[revocation_list(CAST.root, extensions=[distribution(users=True)])]
    )


@REVOCATIONS.add
def list_of_authorities() -> Case:
    lists = [revocation_list(CAST.root, extensions=[distribution(authorities=True)])]
    return Case([CAST.server], [CAST.root], missing_list(LEAF, ROOT), lists)


@REVOCATIONS.add
def list_of_authorities_for_an_authority() -> Case:
    lists = [revocation_list(CAST.root, extensions=[distribution(authorities=True)])]
    return Case([CAST.intermediate], [CAST.root], lists=lists)


@REVOCATIONS.add
def list_of_users_for_an_authority() -> Case:
    lists = [revocation_list(CAST.root, extensions=[distribution(users=True)])]
    return Case([CAST.intermediate], [CAST.root], missing_list(MIDDLE, ROOT), lists)


@REVOCATIONS.add
def list_of_another_place() -> Case:
    lists = [revocation_list(CAST.root, extensions=[distribution(at="http://a.example/1.crl")])]
    return Case([CAST.server], [CAST.root], missing_list(LEAF, ROOT), lists)


@REVOCATIONS.add
def list_of_a_relative_place() -> Case:
    place = x509.RelativeDistinguishedName([x509.NameAttribute(x509.NameOID.COMMON_NAME, "lists")])
    point = x509.IssuingDistributionPoint(None, place, False, False, None, False, False)
    lists = [revocation_list(CAST.root, extensions=[(point, True)])]
    return Case([CAST.server], [CAST.root], missing_list(LEAF, ROOT), lists)


@REVOCATIONS.add
def list_of_several_authorities() -> Case:
    lists = [revocation_list(CAST.root, extensions=[distribution(indirect=True)])]
    return Case([CAST.server], [CAST.root], missing_list(LEAF, ROOT), lists)


@REVOCATIONS.add
def list_of_the_place_that_the_certificate_names() -> Case:
    place = "http://a.example/1.crl"
    point = x509.DistributionPoint([x509.UniformResourceIdentifier(place)], None, None, None)
    leaf = CAST.root.sign("localhost", [NO_CA, (x509.CRLDistributionPoints([point]), False)])
    return Case([leaf], [CAST.root], lists=[revocation_list(CAST.root, extensions=[distribution(at=place)])])


@REVOCATIONS.add
def leaf_only() -> Case:
    below = CAST.root.authority()
    return Case([below.issue(key="p256"), below], [CAST.root], lists=[below.revocation_list()])


@REVOCATIONS.add
def whole_chain() -> Case:
    below = CAST.root.authority()
    lists = [below.revocation_list(), CAST.root.revocation_list()]
    return Case([below.issue(key="p256"), below], [CAST.root], lists=lists, crl_check="chain")


@REVOCATIONS.add
def whole_chain_with_a_list_missing() -> Case:
    below = CAST.root.authority()
    lists = [below.revocation_list()]
    return Case([below.issue(key="p256"), below], [CAST.root], missing_list(MIDDLE, ROOT), lists, "chain")


@REVOCATIONS.add
def revoked_intermediate_with_the_leaf_checked() -> Case:
    below = CAST.root.authority()
    lists = [below.revocation_list(), CAST.root.revocation_list(below)]
    return Case([below.issue(key="p256"), below], [CAST.root], lists=lists)


@REVOCATIONS.add
def revoked_intermediate_with_the_chain_checked() -> Case:
    below = CAST.root.authority()
    lists = [below.revocation_list(), CAST.root.revocation_list(below)]
    reason = f"{MIDDLE} was revoked by {ROOT} on 2001-01-01 00:00 UTC"
    return Case([below.issue(key="p256"), below], [CAST.root], reason, lists, "chain")


@REVOCATIONS.add
def revoked_root() -> Case:
    above = Authority()
    reason = f"{ROOT} was revoked by {ROOT} on 2001-01-01 00:00 UTC"
    return Case([above.issue(key="p256")], [above], reason, [above.revocation_list(above)], "chain")

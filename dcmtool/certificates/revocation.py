"""Certificates checked against revocation lists (RFC 5280 6.3), as OpenSSL does."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from dcmtool.advice import Advice
from dcmtool.certificates.rules import (
    CertificateRejected,
    extension_name,
    extension_of,
    extensions_of,
    issuer_of,
    moment,
    quoted,
    subject_of,
)
from dcmtool.certificates.signatures import canonical, is_signed_by
from dcmtool.settings import CrlCheck

List = x509.CertificateRevocationList


def check(chain: Sequence[x509.Certificate], extent: CrlCheck, lists: Sequence[List], now: datetime) -> None:
    """Check the leaf, or each certificate of the chain, the root too, against its issuer's list.

    Raises:
        CertificateRejected: one is revoked, or the list to hold it against is missing or not in order.
    """
    for depth, certificate in enumerate(chain if extent == "chain" else chain[:1]):
        issuer = chain[min(depth + 1, len(chain) - 1)]
        found = _list_for(certificate, issuer, lists, now)
        entry = found.get_revoked_certificate_by_serial_number(certificate.serial_number)
        if entry is not None:
            _check_entry(certificate, entry)


def _list_for(
    certificate: x509.Certificate, issuer: x509.Certificate, lists: Iterable[List], now: datetime
) -> List:
    """Return the list that counts: of those that are in order the newest, else the one to complain of."""
    name = canonical(certificate.issuer)
    named = [each for each in lists if canonical(each.issuer) == name and _covers(each, certificate)]
    if not named:
        raise CertificateRejected(
            f"there is no revocation list of {issuer_of(certificate)} to check {subject_of(certificate)} "
            "against",
            Advice("add-revocation-list"),
        )
    complaint, found = min(
        ((_complaint(each, issuer, now), each) for each in named),
        key=lambda pair: (pair[0] != "", now - pair[1].last_update_utc),
    )
    if complaint:
        raise CertificateRejected(f"the revocation list of {issuer_of(certificate)} {complaint}")
    return found


def _covers(found: List, certificate: x509.Certificate) -> bool:
    """Return whether a list is for certificates of this sort, from this point (RFC 5280 6.3.3 b)."""
    point = extension_of(found, x509.IssuingDistributionPoint)
    if point is None:
        return True
    if point.only_contains_attribute_certs or point.indirect_crl or point.only_some_reasons:
        return False
    constraints = extension_of(certificate, x509.BasicConstraints)
    is_authority = constraints is not None and constraints.ca
    if point.only_contains_ca_certs if not is_authority else point.only_contains_user_certs:
        return False
    if point.relative_name is not None:
        return False
    return point.full_name is None or not set(point.full_name).isdisjoint(_points(certificate))


def _points(certificate: x509.Certificate) -> Iterable[x509.GeneralName]:
    points = extension_of(certificate, x509.CRLDistributionPoints)
    return [name for point in points or () for name in point.full_name or ()]


def _complaint(found: List, issuer: x509.Certificate, now: datetime) -> str:
    """Return what is wrong with a list, to be read after its name; empty if nothing is."""
    usage = extension_of(issuer, x509.KeyUsage)
    if usage is not None and not usage.crl_sign:
        return f"is signed by {quoted(issuer.subject)}, whose key usage lacks cRLSign"
    try:
        if not is_signed_by(found, issuer):
            return "was not signed with the key of that authority"
    except UnsupportedAlgorithm as error:
        return f"is signed in a way that is not accepted ({error})"
    if now < found.last_update_utc:
        return f"is not yet valid: it will be from {moment(found.last_update_utc)}"
    if found.next_update_utc is not None and now > found.next_update_utc:
        return f"expired on {moment(found.next_update_utc)}: get a newer one"
    for extension in extensions_of(found):
        if extension.critical and not isinstance(extension.value, x509.IssuingDistributionPoint):
            return f"has an extension that must be understood and is not: {extension_name(extension)}"
    return ""


def _check_entry(certificate: x509.Certificate, entry: x509.RevokedCertificate) -> None:
    reasons = [each.value.reason for each in entry.extensions if isinstance(each.value, x509.CRLReason)]
    if x509.ReasonFlags.remove_from_crl in reasons:
        return
    why = "".join(f" ({reason.value})" for reason in reasons)
    raise CertificateRejected(
        f"{subject_of(certificate)} was revoked by {issuer_of(certificate)} on "
        f"{moment(entry.revocation_date_utc)}{why}"
    )

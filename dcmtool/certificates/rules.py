"""What each certificate of a chain must be to pass (RFC 5280 6.1.3, 6.1.4), each failure a sentence."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TypeVar

from cryptography import x509
from cryptography.x509.oid import ExtensionOID

from dcmtool.advice import Advice
from dcmtool.certificates.blocks import LIBRARY_ERRORS
from dcmtool.certificates.signatures import canonical, is_self_signed
from dcmtool.errors import Advised, DcmtoolError
from dcmtool.text import brief

ExtensionValue = TypeVar("ExtensionValue", bound=x509.ExtensionType)
Extended = x509.Certificate | x509.CertificateRevocationList

# Critical extensions that do not stop us: those checked here, and those that only narrow what is not asked
# here (purposes, names, policies). Constraints of names are not among them, critical or not.
_KNOWN = {
    ExtensionOID.BASIC_CONSTRAINTS,
    ExtensionOID.KEY_USAGE,
    ExtensionOID.EXTENDED_KEY_USAGE,
    ExtensionOID.SUBJECT_ALTERNATIVE_NAME,
    ExtensionOID.CERTIFICATE_POLICIES,
    ExtensionOID.CRL_DISTRIBUTION_POINTS,
    ExtensionOID.POLICY_CONSTRAINTS,
    ExtensionOID.POLICY_MAPPINGS,
    ExtensionOID.INHIBIT_ANY_POLICY,
}


class CertificateRejected(Advised, DcmtoolError):
    """A certificate that does not pass, and why."""

    def __init__(self, reason: str, advice: Advice | None = None) -> None:
        super().__init__(reason, advice)
        self.reason, self.advice = reason, advice

    @property
    def fact(self) -> str:
        """Why it does not pass."""
        return self.reason


@contextmanager
def sound_certificates() -> Iterator[None]:
    """Reject certificates and lists in which the library finds something that it cannot read."""
    try:
        yield
    except LIBRARY_ERRORS as error:
        raise CertificateRejected(
            f"something in a certificate or a revocation list cannot be read: {brief(str(error))}"
        ) from error


def check(chain: Sequence[x509.Certificate], now: datetime) -> None:
    """Check the certificates from the leaf to the root.

    Raises:
        CertificateRejected: one of them does not pass.
    """
    for depth, certificate in enumerate(chain):
        _check_dates(certificate, now)
        _check_extensions(certificate)
        if depth:
            _check_authority(certificate, chain[1:depth])


def is_current(certificate: x509.Certificate, now: datetime) -> bool:
    """Return whether a certificate holds at a time; both of its dates belong to it."""
    return certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc


def _check_dates(certificate: x509.Certificate, now: datetime) -> None:
    if now < certificate.not_valid_before_utc:
        raise CertificateRejected(
            f"{subject_of(certificate)} is not yet valid: it will be from "
            f"{moment(certificate.not_valid_before_utc)}"
        )
    if now > certificate.not_valid_after_utc:
        raise CertificateRejected(
            f"{subject_of(certificate)} expired on {moment(certificate.not_valid_after_utc)}"
        )


def _check_extensions(certificate: x509.Certificate) -> None:
    for extension in extensions_of(certificate):
        constrains_names = extension.oid == ExtensionOID.NAME_CONSTRAINTS
        if constrains_names or (extension.critical and extension.oid not in _KNOWN):
            raise CertificateRejected(
                f"{subject_of(certificate)} has an extension that must be understood and is not: "
                f"{extension_name(extension)}"
            )


def _check_authority(certificate: x509.Certificate, below: Sequence[x509.Certificate]) -> None:
    """Check that a certificate may have issued those below it, of which the leaf is left out."""
    usage = extension_of(certificate, x509.KeyUsage)
    constraints = extension_of(certificate, x509.BasicConstraints)
    if usage is not None and not usage.key_cert_sign:
        raise CertificateRejected(
            f"{subject_of(certificate)} must not sign certificates: its key usage lacks keyCertSign"
        )
    if constraints is None:
        # Version 1 has no extensions: its roots are trusted, but nothing between them and the leaf.
        if not (certificate.version is x509.Version.v1 and is_self_signed(certificate)):
            raise CertificateRejected(f"{subject_of(certificate)} is no authority: nothing in it says so")
        return
    if not constraints.ca:
        raise CertificateRejected(f"{subject_of(certificate)} is no authority: its basic constraints say so")
    count = sum(canonical(each.subject) != canonical(each.issuer) for each in below)
    if constraints.path_length is not None and count > constraints.path_length:
        raise CertificateRejected(
            f"the authority {subject_of(certificate)} allows {constraints.path_length} authorities below it "
            f"and the chain has {count}"
        )


def extensions_of(holder: Extended) -> x509.Extensions:
    """Return all extensions, which the library reads together or not at all.

    Raises:
        CertificateRejected: one of them cannot be read.
    """
    try:
        return holder.extensions
    except LIBRARY_ERRORS as error:
        whose = f"the revocation list of {issuer_of(holder)}"
        if isinstance(holder, x509.Certificate):
            whose = subject_of(holder)
        raise CertificateRejected(f"{whose} has extensions that cannot be read") from error


def extension_of(holder: Extended, kind: type[ExtensionValue]) -> ExtensionValue | None:
    """Return the value of an extension, None without it."""
    try:
        return extensions_of(holder).get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def extension_name(extension: x509.Extension[x509.ExtensionType]) -> str:
    """Return the number of an extension, after its name if it has one."""
    if isinstance(extension.value, x509.UnrecognizedExtension):
        return extension.oid.dotted_string
    return f"{type(extension.value).__name__} ({extension.oid.dotted_string})"


def subject_of(certificate: x509.Certificate) -> str:
    """Return the subject in quotes."""
    return quoted(certificate.subject)


def issuer_of(issued: Extended) -> str:
    """Return the issuer in quotes."""
    return quoted(issued.issuer)


def quoted(name: x509.Name) -> str:
    """Return a name as in RFC 4514, in quotes."""
    return f'"{brief(name.rfc4514_string())}"'


def moment(when: datetime) -> str:
    """Return a date in UTC to the minute."""
    return f"{when:%Y-%m-%d %H:%M} UTC"

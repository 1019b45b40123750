"""Whether the certificate of a second connection can be the one that was refused on the first.

Behind one address there may be several nodes, and a load balancer before them.
"""

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from typing import Literal

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from dcmtool.certificates import rules
from dcmtool.certificates.blocks import LIBRARY_ERRORS, without_warnings
from dcmtool.certificates.chain import Trust, verified_chain
from dcmtool.certificates.rules import CertificateRejected
from dcmtool.certificates.signatures import is_self_signed
from dcmtool.errors import DcmtoolError

# What was wrong with the first: it was self-signed, had no way up to a trusted one, was out of date or too
# weak (itself or one above), was for other purposes, or did not pass the revocation lists.
Refusal = Literal["self-signed", "untrusted", "out-of-date", "too-weak", "purpose", "revocation"]

_STRONG_RSA = 2048  # bits; no profile asks for more
_WEAK_HASHES = ("md5", "sha1")


@without_warnings()
def is_another(
    der: bytes, refusal: Refusal, trust: Trust, authorities: Iterable[bytes], now: datetime
) -> bool:
    """Return whether a certificate cannot have been refused for this; False where that is not certain.

    The `authorities` are trusted besides those of the files.
    """
    try:
        certificate = x509.load_der_x509_certificate(der)
        if refusal == "self-signed" and not is_self_signed(certificate):
            return True
        if refusal == "untrusted" and is_self_signed(certificate):
            return True
        if refusal == "out-of-date" and is_self_signed(certificate) and rules.is_current(certificate, now):
            return True
        more = [x509.load_der_x509_certificate(each) for each in authorities]
        chain = verified_chain(certificate, trust, more, now)
    except (*LIBRARY_ERRORS, DcmtoolError):  # it does not pass either, or cannot be judged
        return False
    if refusal == "too-weak":
        return all(map(_is_strong, chain))
    return refusal != "purpose" or _is_for_servers(certificate)


def _is_strong(certificate: x509.Certificate) -> bool:
    key, used = certificate.public_key(), certificate.signature_hash_algorithm
    long = not isinstance(key, rsa.RSAPublicKey) or key.key_size >= _STRONG_RSA
    return long and (used is None or used.name not in _WEAK_HASHES)


def _is_for_servers(certificate: x509.Certificate) -> bool:
    with suppress(CertificateRejected):
        usage = rules.extension_of(certificate, x509.ExtendedKeyUsage)
        return usage is None or ExtendedKeyUsageOID.SERVER_AUTH in usage
    return False

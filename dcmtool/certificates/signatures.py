"""Who signed a certificate or a revocation list."""

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, padding, rsa
from cryptography.x509 import Certificate, CertificateRevocationList, Name

Signed = Certificate | CertificateRevocationList


def is_signed_by(signed: Signed, issuer: Certificate) -> bool:
    """Return whether the signature was made with the issuer's key.

    Not the library's own check, which refuses SHA-1 and names that differ in their encoding only.

    Raises:
        UnsupportedAlgorithm: the signature is of a kind that is not known, or proves nothing (MD5).
    """
    try:
        _verify(signed, issuer)
    except InvalidSignature:
        return False
    return True


def _verify(signed: Signed, issuer: Certificate) -> None:
    key, text = issuer.public_key(), _signed_bytes(signed)
    algorithm, parameters = signed.signature_hash_algorithm, signed.signature_algorithm_parameters
    match key, parameters, algorithm:
        case _, _, hashes.MD5():
            raise UnsupportedAlgorithm("MD5")
        case rsa.RSAPublicKey(), padding.PKCS1v15() | padding.PSS(), hashes.HashAlgorithm():
            key.verify(signed.signature, text, parameters, algorithm)
        case ec.EllipticCurvePublicKey(), ec.ECDSA(), _:
            key.verify(signed.signature, text, parameters)
        case dsa.DSAPublicKey(), None, hashes.HashAlgorithm():
            key.verify(signed.signature, text, algorithm)
        case ed25519.Ed25519PublicKey() | ed448.Ed448PublicKey(), None, None:
            key.verify(signed.signature, text)
        case _:  # a key that cannot have made a signature of this kind
            raise InvalidSignature


def _signed_bytes(signed: Signed) -> bytes:
    return signed.tbs_certificate_bytes if isinstance(signed, Certificate) else signed.tbs_certlist_bytes


def canonical(name: Name) -> tuple[frozenset[tuple[str, str | bytes]], ...]:
    """Return a name in the form in which equal ones are equal: case and blanks aside (RFC 5280 7.1)."""
    return tuple(
        frozenset(
            (part.oid.dotted_string, " ".join(part.value.lower().split()))
            if isinstance(part.value, str)
            else (part.oid.dotted_string, part.value)
            for part in rdn
        )
        for rdn in name.rdns
    )


def is_self_signed(certificate: Certificate) -> bool:
    """Return whether a certificate names itself as its issuer and was signed with its own key.

    A signature of an unknown kind is taken for the latter: on its own certificate it proves nothing anyway.
    """
    if canonical(certificate.subject) != canonical(certificate.issuer):
        return False
    try:
        return is_signed_by(certificate, certificate)
    except UnsupportedAlgorithm:
        return True

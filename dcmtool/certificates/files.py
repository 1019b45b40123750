"""Keys, certificates and revocation lists from files; what is wrong with a file is one sentence."""

from base64 import b64decode, b64encode
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TypeVar

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
    load_pem_private_key,
)
from cryptography.hazmat.primitives.serialization.pkcs12 import load_key_and_certificates

from dcmtool.advice import Advice
from dcmtool.certificates import blocks
from dcmtool.certificates.blocks import Block, Blocks, Kind, without_warnings
from dcmtool.errors import InputFileError, TlsSettingsError
from dcmtool.settings import FileFormat
from dcmtool.text import brief

T = TypeVar("T")
Password = Callable[[], bytes]
Certificates = list[x509.Certificate]
RevocationLists = list[x509.CertificateRevocationList]
_UNKNOWN_WAY = "the private key in it is encrypted in an unknown way"


@without_warnings()
def certificates(path: str, file_format: FileFormat | None) -> Certificates:
    """Return all certificates of a PEM file, in its order, or the one of a DER file.

    Raises:
        InputFileError: the file cannot be read, or holds no certificate in this format.
    """
    return _certificates(blocks.read(path, file_format).needing("certificate"))


@without_warnings()
def revocation_lists(path: str, file_format: FileFormat | None) -> RevocationLists:
    """Return all revocation lists of a PEM file, in its order, or the one of a DER file.

    Raises:
        InputFileError: the file cannot be read, or holds no revocation list in this format.
    """
    return _revocation_lists(blocks.read(path, file_format).needing("revocation list"))


@without_warnings()
def authorities(path: str, file_format: FileFormat | None) -> tuple[Certificates, RevocationLists]:
    """Return the certificates and the revocation lists of a file, which may hold either or both.

    Raises:
        InputFileError: the file cannot be read, or holds neither in this format.
    """
    file = blocks.read(path, file_format).needing("certificate", "revocation list")
    return _certificates(file), _revocation_lists(file)


def _certificates(file: Blocks) -> Certificates:
    return file.loaded(
        "certificate",
        lambda data: (
            x509.load_pem_x509_certificate(data) if _is_pem(data) else x509.load_der_x509_certificate(data)
        ),
    )


def _revocation_lists(file: Blocks) -> RevocationLists:
    return file.loaded(
        "revocation list",
        lambda data: x509.load_pem_x509_crl(data) if _is_pem(data) else x509.load_der_x509_crl(data),
    )


def _is_pem(data: bytes) -> bool:
    return data.startswith(b"-----BEGIN ")


@without_warnings()
def private_key(path: str, file_format: FileFormat | None, password: Password | None) -> PrivateKeyTypes:
    """Return the first private key of a file; the password is asked for once, and only if it is encrypted.

    Raises:
        InputFileError: the file cannot be read, or holds no private key in this format.
        TlsSettingsError: the password is missing or wrong.
    """
    file = blocks.read(path, file_format).needing("private key", "PKCS#12")
    return _private_key(file, password) if file.holds("private key") else _unpacked(file, password)[0]


def _private_key(file: Blocks, password: Password | None) -> PrivateKeyTypes:
    data = file.first("private key")
    load = load_pem_private_key if _is_pem(data) else load_der_private_key
    try:
        return load(data, None)
    except TypeError:  # it is encrypted
        return _decrypted(file.path, lambda secret: load(data, secret), password)
    except Exception as error:  # the library fails in many ways
        raise InputFileError(file.path, "the private key in it is damaged or of an unknown kind") from error


def _unpacked(file: Blocks, password: Password | None) -> tuple[PrivateKeyTypes, Certificates]:
    """Return the key of a PKCS#12 and its certificates, the key's own first."""
    data = file.first("PKCS#12")
    try:
        key, certificate, others = load_key_and_certificates(data, None)
    except ValueError:  # it is encrypted, or damaged
        load = partial(load_key_and_certificates, data)
        key, certificate, others = _decrypted(file.path, load, password)
    except Exception as error:  # the library fails in many ways
        raise InputFileError(file.path, "the PKCS#12 in it is encrypted in an unknown way") from error
    if key is None:
        raise InputFileError(file.path, "holds PKCS#12 without a private key")
    found = [*([certificate] if certificate else []), *others]
    return key, sorted(found, key=lambda each: not _is_of(key, each))  # not every program marks the key's own


def _is_of(key: PrivateKeyTypes, certificate: x509.Certificate) -> bool:
    try:
        return _public(certificate) == _public(key)
    except blocks.LIBRARY_ERRORS:  # it has a key of an unknown kind
        return False


def _decrypted(path: str, load: Callable[[bytes], T], password: Password | None) -> T:
    if password is None:
        raise TlsSettingsError(f"the private key {brief(path)} is encrypted and no password is given")
    secret = password()
    try:
        return load(secret)
    except (TypeError, ValueError) as error:  # the first for an empty password
        if "unknown" in str(error).lower():
            raise InputFileError(path, _UNKNOWN_WAY) from error
        raise TlsSettingsError(f"the password does not open the private key {brief(path)}") from error
    except Exception as error:  # the library fails in many ways, such as for numbers that scrypt cannot have
        raise InputFileError(path, _UNKNOWN_WAY) from error


@without_warnings()
def key_pair(
    key_file: str, certificate_file: str, file_format: FileFormat | None, password: Password | None
) -> tuple[PrivateKeyTypes, Certificates]:
    """Return a private key and its certificates, of which the first is the key's own.

    Raises:
        InputFileError: a file cannot be read, or does not hold what it should in this format.
        TlsSettingsError: the password is missing or wrong, or the two do not belong together.
    """
    key, packed = _key_of_pair(key_file, certificate_file, file_format, password)
    if packed and certificate_file == key_file:
        found = packed
    else:
        file = blocks.read(certificate_file, file_format).needing("certificate", "PKCS#12")
        found = _certificates(file) if file.holds("certificate") else _unpacked(file, password)[1]
    if not found:
        raise InputFileError(certificate_file, "holds PKCS#12 without a certificate")
    try:
        certified = _public(found[0])
    except Exception as error:  # the library fails in many ways
        raise InputFileError(
            certificate_file, "the certificate in it has a key of an unknown kind"
        ) from error
    if _public(key) != certified:
        raise TlsSettingsError(
            f"the private key {brief(key_file)} does not belong to the certificate {brief(certificate_file)}"
        )
    return key, found


def _key_of_pair(
    key_file: str, certificate_file: str, file_format: FileFormat | None, password: Password | None
) -> tuple[PrivateKeyTypes, Certificates]:
    """Return the key, and the certificates that come with it where it is in PKCS#12."""
    file = blocks.read(key_file, file_format)
    if file.holds("certificate") and not file.holds("private key"):
        _refuse_swapped(file, certificate_file, file_format)
    file.needing("private key", "PKCS#12")
    return (_private_key(file, password), []) if file.holds("private key") else _unpacked(file, password)


def _refuse_swapped(file: Blocks, certificate_file: str, file_format: FileFormat | None) -> None:
    """Refuse a pair of which the first holds the certificate and the second the key."""
    swapped = ""
    with suppress(InputFileError):
        other = blocks.read(certificate_file, file_format)
        if other.holds("private key") and not other.holds("certificate"):
            swapped = f"holds the certificate, and {brief(certificate_file)} the private key"
    if swapped:
        raise InputFileError(file.path, swapped, Advice("swapped"))


def _public(holder: PrivateKeyTypes | x509.Certificate) -> bytes:
    return holder.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def pem_key_pair(key: PrivateKeyTypes, certificates: Certificates, passphrase: bytes) -> bytes:
    """Return certificates and their key as PEM text, the key encrypted with the passphrase."""
    encrypted = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(passphrase))
    return b"".join(certificate.public_bytes(Encoding.PEM) for certificate in certificates) + encrypted


def dh_parameters(path: str) -> bytes:
    """Return the Diffie-Hellman parameters of a file in PEM, checked at least by their outer form.

    Raises:
        InputFileError: the file cannot be read or holds none.
    """
    kind: Kind = "Diffie-Hellman parameters"
    file = blocks.read(path, None).needing(kind)
    data = file.first(kind)
    pem = data if _is_pem(data) else blocks.in_pem("DH PARAMETERS", b64encode(data))
    Blocks(path, (Block(kind, pem),)).loaded(kind, _check_parameters)
    return pem


def _check_parameters(pem: bytes) -> None:
    blocks.check_dh_parameters(b64decode(b"".join(pem.splitlines()[1:-1]), validate=True))

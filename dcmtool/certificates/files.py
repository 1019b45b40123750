"""Keys, certificates and revocation lists from files; what is wrong with a file is said in a sentence."""

from base64 import b64decode
from collections.abc import Callable

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
    load_pem_private_key,
)

from dcmtool.certificates import blocks
from dcmtool.certificates.reading import without_warnings
from dcmtool.errors import InputFileError, TlsSettingsError
from dcmtool.settings import FileFormat
from dcmtool.text import printable

Password = Callable[[], bytes]
Certificates = list[x509.Certificate]
RevocationLists = list[x509.CertificateRevocationList]


@without_warnings()
def certificates(path: str, file_format: FileFormat) -> Certificates:
    """Return all certificates of a PEM file, in its order, or the one of a DER file.

    Raises:
        InputFileError: the file cannot be read, or holds no certificate in this format.
    """
    return _certificates(blocks.read(path, file_format, "certificate"), file_format)


@without_warnings()
def revocation_lists(path: str, file_format: FileFormat) -> RevocationLists:
    """Return all revocation lists of a PEM file, in its order, or the one of a DER file.

    Raises:
        InputFileError: the file cannot be read, or holds no revocation list in this format.
    """
    return _revocation_lists(blocks.read(path, file_format, "revocation list"), file_format)


@without_warnings()
def authorities(path: str, file_format: FileFormat) -> tuple[Certificates, RevocationLists]:
    """Return the certificates and the revocation lists of a file, which may hold either or both.

    Raises:
        InputFileError: the file cannot be read, or holds neither in this format.
    """
    file = blocks.read(path, file_format, "certificate", "revocation list")
    return _certificates(file, file_format), _revocation_lists(file, file_format)


def _certificates(file: blocks.Blocks, file_format: FileFormat) -> Certificates:
    pem = file_format == "pem"
    return file.loaded(
        "certificate", x509.load_pem_x509_certificate if pem else x509.load_der_x509_certificate
    )


def _revocation_lists(file: blocks.Blocks, file_format: FileFormat) -> RevocationLists:
    pem = file_format == "pem"
    return file.loaded("revocation list", x509.load_pem_x509_crl if pem else x509.load_der_x509_crl)


@without_warnings()
def private_key(path: str, file_format: FileFormat, password: Password | None) -> PrivateKeyTypes:
    """Return the first private key of a file; the password is asked for once, and only if it is encrypted.

    Raises:
        InputFileError: the file cannot be read, or holds no private key in this format.
        TlsSettingsError: the password is missing or wrong.
    """
    load = load_pem_private_key if file_format == "pem" else load_der_private_key
    data = blocks.read(path, file_format, "private key").first("private key")
    try:
        return load(data, None)
    except TypeError:  # it is encrypted
        return _decrypted(path, lambda secret: load(data, secret), password)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise InputFileError(path, "the private key in it is damaged or of an unknown kind") from error


def _decrypted(
    path: str, load: Callable[[bytes], PrivateKeyTypes], password: Password | None
) -> PrivateKeyTypes:
    if password is None:
        raise TlsSettingsError(f"the private key {printable(path)} is encrypted and no password is given")
    secret = password()
    try:
        return load(secret)
    except (TypeError, ValueError, UnsupportedAlgorithm) as error:  # the first for an empty password
        if isinstance(error, UnsupportedAlgorithm) or "unknown" in str(error).lower():
            raise InputFileError(path, "the private key in it is encrypted in an unknown way") from error
        raise TlsSettingsError(f"the password does not open the private key {printable(path)}") from error


@without_warnings()
def key_pair(
    key_file: str, certificate_file: str, file_format: FileFormat, password: Password | None
) -> tuple[PrivateKeyTypes, Certificates]:
    """Return a private key and its certificates, of which the first is the key's own.

    Raises:
        InputFileError: a file cannot be read, or does not hold what it should in this format.
        TlsSettingsError: the password is missing or wrong, or the two do not belong together.
    """
    key = private_key(key_file, file_format, password)
    found = certificates(certificate_file, file_format)
    try:
        certified = _public(found[0])
    except (ValueError, UnsupportedAlgorithm) as error:
        raise InputFileError(
            certificate_file, "the certificate in it has a key of an unknown kind"
        ) from error
    if _public(key) != certified:
        raise TlsSettingsError(
            f"the private key {printable(key_file)} does not belong to the certificate "
            f"{printable(certificate_file)}"
        )
    return key, found


def _public(holder: PrivateKeyTypes | x509.Certificate) -> bytes:
    return holder.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def pem_key_pair(key: PrivateKeyTypes, certificates: Certificates, passphrase: bytes) -> bytes:
    """Return certificates and their key as PEM text, the key encrypted with the passphrase."""
    encrypted = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(passphrase))
    return b"".join(certificate.public_bytes(Encoding.PEM) for certificate in certificates) + encrypted


def dh_parameters(path: str) -> None:
    """See that a file holds Diffie-Hellman parameters in PEM, at least by their outer form.

    Raises:
        InputFileError: the file cannot be read or holds none.
    """
    file = blocks.read(path, "pem", "Diffie-Hellman parameters")
    if not any(file.loaded("Diffie-Hellman parameters", _is_sequence)):
        raise InputFileError(path, "the Diffie-Hellman parameters in it are damaged")


def _is_sequence(pem: bytes) -> bool:
    """Return whether a PEM block holds one SEQUENCE of DER that begins with an INTEGER (PKCS #3)."""
    der = b64decode(b"".join(pem.splitlines()[1:-1]), validate=True)
    long_form = der[1] & 0x7F if der[1] & 0x80 else 0
    length = int.from_bytes(der[2 : 2 + long_form]) if long_form else der[1]
    return der[0] == 0x30 and len(der) == 2 + long_form + length and der[2 + long_form] == 0x02

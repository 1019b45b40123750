"""Keys, certificates and revocation lists put into an `ssl.SSLContext`, which says little of what is wrong.

What it refuses is therefore read once more with `dcmtool.certificates`, which names the cause.
"""

import os
import re
import ssl
from collections.abc import Callable, Iterable, Iterator, Sequence
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING

from dcmtool.errors import InputFileError, TlsSettingsError, reason_of
from dcmtool.settings import FileFormat, TlsSettings
from dcmtool.text import printable

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

Password = Callable[[], bytes]

_HASHED_NAME = re.compile(r"[0-9a-f]{8}\.r?[0-9]+")  # what `openssl rehash` makes
_ARMOR = b"-----BEGIN "
_VERIFY_FLAGS = {
    "leaf": ssl.VerifyFlags.VERIFY_CRL_CHECK_LEAF,
    "chain": ssl.VerifyFlags.VERIFY_CRL_CHECK_CHAIN,
}


def stamps(settings: TlsSettings) -> tuple[object, ...]:
    """Return what changes when one of the files does that the settings name."""
    paths = [settings.key_file, settings.certificate_file, settings.dh_parameters]
    paths += [*settings.ca_files, *settings.crl_files]
    for directory in settings.ca_directories:
        paths += [directory, *_hashed_files(directory)]
    if settings.system_ca:
        store = ssl.get_default_verify_paths()
        paths += [store.cafile, store.capath]
    return tuple(_stamp(path) for path in paths if path is not None)


def _stamp(path: str) -> object:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino


# Our own key and certificate ------------------------------------------------------------------------


def load_key_pair(context: ssl.SSLContext, settings: TlsSettings, password: Password) -> None:
    """Load our key and certificate, if the settings name any.

    Raises:
        InputFileError: a file cannot be read, or is not what it should be.
        TlsSettingsError: the two cannot be used together, or the password is wrong.
    """
    key_file, certificate_file = settings.key_file, settings.certificate_file
    if key_file is None or certificate_file is None:
        return
    if settings.file_format == "der":
        from dcmtool.certificates import files

        load_identity(context, *files.key_pair(key_file, certificate_file, "der", password))
        return
    try:
        context.load_cert_chain(certificate_file, key_file, password)
    except OSError as error:
        from dcmtool.certificates import files

        files.key_pair(key_file, certificate_file, settings.file_format, password)
        raise TlsSettingsError(
            f"OpenSSL cannot use the private key {printable(key_file)} with the certificate "
            f"{printable(certificate_file)}: {reason(error)}"
        ) from error


def load_identity(
    context: ssl.SSLContext, key: "PrivateKeyTypes", certificates: "Sequence[x509.Certificate]"
) -> None:
    """Load a key and its certificates, the key's own first.

    `ssl` takes keys from PEM files only, so there is one for a moment, encrypted with a passphrase made for
    the purpose: nothing of the key is on the disk in clear.
    """
    from dcmtool.certificates import files

    passphrase = os.urandom(24).hex().encode()
    with NamedTemporaryFile(prefix="dcmtool-", suffix=".pem") as pem:  # made with mode 0600
        pem.write(files.pem_key_pair(key, list(certificates), passphrase))
        pem.flush()
        context.load_cert_chain(pem.name, password=passphrase)


# Whom to trust --------------------------------------------------------------------------------------


def load_trust(context: ssl.SSLContext, settings: TlsSettings) -> list[str]:
    """Load whom to trust and what they revoked; return what is only unwise.

    Raises:
        InputFileError: a file cannot be read, or is not what it should be.
    """
    warnings = list(_load_authorities(context, settings))
    _load_revocation_lists(context, settings)
    return warnings


def _load_authorities(context: ssl.SSLContext, settings: TlsSettings) -> Iterator[str]:
    for path in settings.ca_files:
        if settings.file_format == "der":
            context.load_verify_locations(cadata=_der_certificates(path))
        else:
            _load_pem(context, path)
    for path in settings.ca_directories:
        yield from _load_directory(context, settings.file_format, path)
    if settings.system_ca:
        context.load_default_certs()


def _load_pem(context: ssl.SSLContext, path: str) -> None:
    try:
        context.load_verify_locations(cafile=path)
    except OSError as error:
        from dcmtool.certificates import files

        files.certificates(path, "pem")
        raise InputFileError(path, f"OpenSSL cannot use it: {reason(error)}") from error


def _der_certificates(path: str) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding

    from dcmtool.certificates import files

    return b"".join(certificate.public_bytes(Encoding.DER) for certificate in files.certificates(path, "der"))


def _load_directory(context: ssl.SSLContext, file_format: FileFormat, directory: str) -> Iterator[str]:
    paths = _hashed_files(directory, must_exist=True)
    if not paths:
        shown = printable(directory)
        yield f"{shown} has no file with a hashed name, so none is used: run `openssl rehash` on it"
    elif file_format == "pem":
        context.load_verify_locations(capath=directory)
        yield from _passed_over(paths)
    else:
        _load_der_files(context, paths)


def _hashed_files(directory: str, *, must_exist: bool = False) -> list[str]:
    try:
        names = sorted(name for name in os.listdir(directory) if _HASHED_NAME.fullmatch(name))
    except OSError as error:
        if must_exist:
            raise InputFileError(directory, reason_of(error)) from error
        return []
    return [os.path.join(directory, name) for name in names]


def _passed_over(paths: Iterable[str]) -> Iterator[str]:
    """Yield a sentence for each file that OpenSSL will pass over without a word when it needs it."""
    for path in paths:
        try:
            with open(path, "rb") as file:
                start = file.read(1 << 16)
        except OSError as error:
            yield f"{printable(path)} is not used: {reason_of(error)}"
            continue
        if _ARMOR not in start:
            hint = ": is it DER, which needs -der?" if start[:1] == b"\x30" else ""  # a SEQUENCE (X.690 8.9)
            yield f"{printable(path)} is not used, since it holds nothing in PEM{hint}"


def _load_der_files(context: ssl.SSLContext, paths: Iterable[str]) -> None:
    for path in paths:
        if ".r" in os.path.basename(path):
            _load_revocation_list(context, path, "der")
        else:
            context.load_verify_locations(cadata=_der_certificates(path))


def _load_revocation_lists(context: ssl.SSLContext, settings: TlsSettings) -> None:
    """Load what was revoked, and have it checked."""
    for path in settings.crl_files:
        _load_revocation_list(context, path, settings.file_format)
    check = settings.crl_check or ("leaf" if settings.crl_files else None)
    if check is not None:
        context.verify_flags |= _VERIFY_FLAGS[check]


def _load_revocation_list(context: ssl.SSLContext, path: str, file_format: FileFormat) -> None:
    """Load the revocation lists of a file and nothing else that it holds: a certificate would be trusted."""
    from cryptography.hazmat.primitives.serialization import Encoding

    from dcmtool.certificates import files

    with NamedTemporaryFile(prefix="dcmtool-", suffix=".pem") as pem:  # `ssl` takes lists from files only
        for revoked in files.revocation_lists(path, file_format):
            pem.write(revoked.public_bytes(Encoding.PEM))
        pem.flush()
        context.load_verify_locations(cafile=pem.name)


def reason(error: OSError) -> str:
    """Return OpenSSL's reason in lower-case words, or the system's."""
    if not isinstance(error, ssl.SSLError):
        return reason_of(error)
    return error.reason.replace("_", " ").lower() if error.reason else "a part of it is damaged or cut off"

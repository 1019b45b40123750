"""Keys, certificates and revocation lists loaded into an `ssl.SSLContext`, whose errors name no cause.

What it refuses is therefore read once more with `dcmtool.certificates`, which names the cause.
"""

import os
import re
import ssl
from collections.abc import Callable, Iterator, Sequence
from stat import S_ISREG
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING

from dcmtool.errors import InputFileError, TlsSettingsError, reason_of
from dcmtool.settings import FileFormat, TlsSettings
from dcmtool.text import brief

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
    kept = () if settings.key_log_file is None else (_identity(settings.key_log_file),)
    return (*kept, *(_stamp(path) for path in paths if path is not None))


def _stamp(path: str) -> object:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino


def _identity(path: str) -> object:
    """Return what changes when another file takes the place of one that grows."""
    stamp = _stamp(path)
    return stamp[-1] if isinstance(stamp, tuple) else None


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
    if settings.file_format != "der" and _is_pem(key_file) and _is_pem(certificate_file):
        try:
            context.load_cert_chain(certificate_file, key_file, password)
        except OSError:
            pass  # the reason is found below, or what OpenSSL is too strict for
        else:
            return
    from dcmtool.certificates import files

    identity = files.key_pair(key_file, certificate_file, settings.file_format, password)
    try:
        load_identity(context, *identity)
    except OSError as error:
        raise TlsSettingsError(
            f"OpenSSL cannot use the private key {brief(key_file)} with the certificate "
            f"{brief(certificate_file)}: {reason(error)}"
        ) from error


def _is_pem(path: str) -> bool:
    """Return whether OpenSSL can read a path by itself: a pipe may not even be opened twice."""
    try:
        return S_ISREG(os.stat(path).st_mode) and _ARMOR in _start(path)
    except (OSError, ValueError):
        return False


def _start(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read(1 << 16)


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
    """Load whom to trust and what they revoked; return a warning for what is allowed but unwise.

    Raises:
        InputFileError: a file cannot be read, or is not what it should be.
    """
    warnings = list(_load_authorities(context, settings))
    _load_revocation_lists(context, settings)
    return warnings


def _load_authorities(context: ssl.SSLContext, settings: TlsSettings) -> Iterator[str]:
    for path in settings.ca_files:
        _load_file(context, settings.file_format, path)
    for path in settings.ca_directories:
        yield from _load_directory(context, settings.file_format, path)
    if settings.system_ca:
        context.load_default_certs()


def _load_file(context: ssl.SSLContext, file_format: FileFormat | None, path: str) -> None:
    if file_format != "der" and _is_pem(path):
        try:
            context.load_verify_locations(cafile=path)
        except OSError:
            pass  # as for a key
        else:
            return
    _use(context, path, cadata=_certificates(path, file_format))


def _use(
    context: ssl.SSLContext, path: str, *, cadata: bytes | None = None, cafile: str | None = None
) -> None:
    """Load what is from a file, which OpenSSL may refuse though our own reading did not."""
    try:
        context.load_verify_locations(cadata=cadata, cafile=cafile)
    except OSError as error:
        raise InputFileError(path, f"OpenSSL cannot use it: {reason(error)}") from error


def _certificates(path: str, file_format: FileFormat | None) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding

    from dcmtool.certificates import files

    found = files.certificates(path, file_format)
    return b"".join(certificate.public_bytes(Encoding.DER) for certificate in found)


def _load_directory(context: ssl.SSLContext, file_format: FileFormat | None, directory: str) -> Iterator[str]:
    paths = _hashed_files(directory, must_exist=True)
    if not paths:
        shown = brief(directory)
        yield f"{shown} has no file with a hashed name, so none is used: run `openssl rehash` on it"
    elif file_format == "der":
        for path in paths:
            _load_hashed(context, path, file_format)
    else:
        context.load_verify_locations(capath=directory)
        for path in paths:
            yield from _passed_over(context, path, file_format)


def _hashed_files(directory: str, *, must_exist: bool = False) -> list[str]:
    try:
        names = sorted(name for name in os.listdir(directory) if _HASHED_NAME.fullmatch(name))
    except OSError as error:
        if must_exist:
            raise InputFileError(directory, reason_of(error)) from error
        return []
    return [os.path.join(directory, name) for name in names]


def _passed_over(context: ssl.SSLContext, path: str, file_format: FileFormat | None) -> Iterator[str]:
    """Load a file that OpenSSL will skip silently; yield a sentence where it is not used.

    Raises:
        InputFileError: it is a pipe or a device, for which OpenSSL would wait during the handshake.
    """
    try:
        is_file = S_ISREG(os.stat(path).st_mode)
        start = b"" if not is_file else _start(path)
    except OSError as error:
        yield f"{brief(path)} is not used: {reason_of(error)}"
        return
    if not is_file:
        raise InputFileError(path, "is no regular file")
    if _ARMOR in start:
        return
    is_der = start[:1] == b"\x30"  # a SEQUENCE (X.690 8.9)
    if is_der and file_format is None:
        _load_hashed(context, path, None)
    else:
        hint = ": is it DER?" if is_der else ""
        yield f"{brief(path)} is not used, since it holds nothing in PEM{hint}"


def _load_hashed(context: ssl.SSLContext, path: str, file_format: FileFormat | None) -> None:
    if ".r" in os.path.basename(path):
        _load_revocation_list(context, path, file_format)
    else:
        _use(context, path, cadata=_certificates(path, file_format))


def _load_revocation_lists(context: ssl.SSLContext, settings: TlsSettings) -> None:
    """Load the revocation lists, and turn their check on."""
    for path in settings.crl_files:
        _load_revocation_list(context, path, settings.file_format)
    check = settings.crl_check or ("leaf" if settings.crl_files else None)
    if check is not None:
        context.verify_flags |= _VERIFY_FLAGS[check]


def _load_revocation_list(context: ssl.SSLContext, path: str, file_format: FileFormat | None) -> None:
    """Load the revocation lists of a file and nothing else that it holds: a certificate would be trusted."""
    from cryptography.hazmat.primitives.serialization import Encoding

    from dcmtool.certificates import files

    with NamedTemporaryFile(prefix="dcmtool-", suffix=".pem") as pem:  # `ssl` takes lists from files only
        for revoked in files.revocation_lists(path, file_format):
            pem.write(revoked.public_bytes(Encoding.PEM))
        pem.flush()
        _use(context, path, cafile=pem.name)


def reason(error: OSError) -> str:
    """Return OpenSSL's reason in lower-case words, or the system's."""
    if not isinstance(error, ssl.SSLError):
        return reason_of(error)
    return error.reason.replace("_", " ").lower() if error.reason else "a part of it is damaged or cut off"

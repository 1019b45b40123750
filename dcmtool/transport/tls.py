"""TLS settings as what Python's `ssl` needs: every file is read before any connection is made."""

import os
import re
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import cache, lru_cache
from stat import S_ISREG
from tempfile import NamedTemporaryFile
from typing import NamedTuple

from dcmtool.errors import InputFileError, OutputFileError, TlsSettingsError, reason_of
from dcmtool.settings import FileFormat, TlsSettings
from dcmtool.text import printable
from dcmtool.transport.profiles import cipher_string, profile
from dcmtool.transport.profiles import warnings as profile_warnings

SEED_LENGTH = 1024  # bytes, as DCMTK's tools write
LONGEST_PASSWORD = 1024  # bytes that Python's `ssl` takes
MAX_SEED = 1 << 16  # bytes; a device such as /dev/urandom never ends
_HASHED_NAME = re.compile(r"[0-9a-f]{8}\.r?[0-9]+")  # what `openssl rehash` makes

# Naming older versions draws a warning of Python's: what the library supports at least stands for them.
_VERSIONS = {"TLSv1.2": ssl.TLSVersion.TLSv1_2, "TLSv1.3": ssl.TLSVersion.TLSv1_3}
_VERIFY_FLAGS = {
    "leaf": ssl.VerifyFlags.VERIFY_CRL_CHECK_LEAF,
    "chain": ssl.VerifyFlags.VERIFY_CRL_CHECK_CHAIN,
}

Password = Callable[[], str]


class PreparedTls(NamedTuple):
    """Settings with all of their files read; `password` opens the key, `warnings` say what is only unwise."""

    settings: TlsSettings
    context: ssl.SSLContext
    password: Password
    warnings: tuple[str, ...]

    def without_verifying(self) -> ssl.SSLContext:
        """Return a context that accepts any certificate, to see one that did not pass."""
        context = _context(replace(self.settings, verify_peer=False))
        _load_key_pair(context, self.settings, self.password)
        return context


def prepare(settings: TlsSettings) -> PreparedTls:
    """Read every file that the settings name.

    Raises:
        InputFileError: a file cannot be read, or is not what it should be.
        TlsSettingsError: no session can be made with these settings.
    """
    if settings.seed_file is not None:
        _read_seed(settings.seed_file)
    return _prepared(settings, _stamps(settings))


def _stamps(settings: TlsSettings) -> tuple[object, ...]:
    """Return what changes when one of the files does."""
    paths = [settings.key_file, settings.certificate_file, settings.dh_parameters]
    paths += [*settings.ca_files, *settings.ca_directories, *settings.crl_files]
    if settings.system_ca:
        store = ssl.get_default_verify_paths()
        paths += [store.cafile, store.capath]
    return tuple(_stamp(path) for path in paths if path is not None)


def _stamp(path: str) -> object:
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino


@lru_cache(maxsize=16)  # a monitor asks its nodes again and again; a changed file is read anew
def _prepared(settings: TlsSettings, _stamps: tuple[object, ...]) -> PreparedTls:
    context, password = _context(settings), _asked_once(settings)
    rules = profile(settings.profile)
    warnings = [*profile_warnings(rules, settings.ciphers), *_dh_parameters(settings.dh_parameters)]
    _check_server_name(context, settings.server_name)
    _load_key_pair(context, settings, password)
    warnings += _load_authorities(context, settings)
    _load_revocation_lists(context, settings)
    return PreparedTls(settings, context, password, tuple(warnings))


def _check_server_name(context: ssl.SSLContext, name: str | None) -> None:
    try:
        context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname=name)
    except ValueError as error:  # which a UnicodeError is
        raise TlsSettingsError(
            f"'{printable(name or '')}' cannot be sent as a server name: {error}"
        ) from error


def _context(settings: TlsSettings) -> ssl.SSLContext:
    rules = profile(settings.profile)
    # Not create_default_context: it trusts the system's authorities and is stricter in later Pythons.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False  # the name is compared after the handshake, whether or not SNI is sent
    context.verify_mode = ssl.CERT_REQUIRED if settings.verify_peer else ssl.CERT_NONE
    context.minimum_version = _VERSIONS.get(rules.minimum, ssl.TLSVersion.MINIMUM_SUPPORTED)
    context.maximum_version = _VERSIONS[rules.maximum]
    context.set_ciphers(cipher_string(rules, settings.ciphers))
    return context


# Our own key and certificate ------------------------------------------------------------------------


def _load_key_pair(context: ssl.SSLContext, settings: TlsSettings, password: Password) -> None:
    key_file, certificate_file = settings.key_file, settings.certificate_file
    if key_file is None or certificate_file is None:
        return
    if settings.file_format == "der":
        with _as_pem(settings, key_file, certificate_file, password) as (path, passphrase):
            context.load_cert_chain(path, password=passphrase)
        return
    try:
        context.load_cert_chain(certificate_file, key_file, lambda: os.fsencode(password()))
    except OSError as error:  # which says little, so that the files are read once more to say what is wrong
        from dcmtool.certificates import files

        files.key_pair(key_file, certificate_file, settings.file_format, password)
        raise TlsSettingsError(
            f"OpenSSL cannot use the private key {printable(key_file)} with the certificate "
            f"{printable(certificate_file)}: {_reason(error)}"
        ) from error


def _asked_once(settings: TlsSettings) -> Password:
    """Return what gives the password: OpenSSL must never ask by itself, nor we twice."""

    @cache
    def password() -> str:
        if settings.password is None:
            raise TlsSettingsError(
                f"the private key {printable(settings.key_file or '')} is encrypted and no password is given"
            )
        given = settings.password if isinstance(settings.password, str) else settings.password()
        if len(os.fsencode(given)) > LONGEST_PASSWORD:
            raise TlsSettingsError(
                f"the password of the private key {printable(settings.key_file or '')} is longer than "
                f"{LONGEST_PASSWORD} bytes, as none may be"
            )
        return given

    return password


@contextmanager
def _as_pem(
    settings: TlsSettings, key_file: str, certificate_file: str, password: Password
) -> Iterator[tuple[str, bytes]]:
    """Give a temporary PEM file of a key pair, its key encrypted with a passphrase made for the purpose.

    `ssl` takes keys from PEM files only. Nothing of the key is on the disk in clear.
    """
    from dcmtool.certificates import files

    key, certificates = files.key_pair(key_file, certificate_file, settings.file_format, password)
    passphrase = os.urandom(24).hex().encode()
    with NamedTemporaryFile(prefix="dcmtool-", suffix=".pem") as pem:  # made with mode 0600
        pem.write(files.pem_key_pair(key, certificates, passphrase))
        pem.flush()
        yield pem.name, passphrase


def _dh_parameters(path: str | None) -> Iterator[str]:
    """Yield what there is to say of Diffie-Hellman parameters, which only a server chooses."""
    if path is None:
        return
    from dcmtool.certificates import files

    try:
        files.dh_parameters(path)
    except InputFileError as error:
        yield f"the Diffie-Hellman parameters cannot be used, which a client does not need: {error}"
    else:
        yield f"Diffie-Hellman parameters are a server's to choose: those of {printable(path)} are not used"


# Whom to trust --------------------------------------------------------------------------------------


def _load_authorities(context: ssl.SSLContext, settings: TlsSettings) -> Iterator[str]:
    """Load whom to trust; yield what is only unwise."""
    for path in settings.ca_files:
        if settings.file_format == "der":
            context.load_verify_locations(cadata=_der_certificates(path))
        else:
            _load_pem(context, path)
    for path in settings.ca_directories:
        yield from _load_directory(context, settings, path)
    if settings.system_ca:
        context.load_default_certs()


def _load_pem(context: ssl.SSLContext, path: str) -> None:
    try:
        context.load_verify_locations(cafile=path)
    except OSError as error:
        from dcmtool.certificates import files

        files.certificates(path, "pem")
        raise InputFileError(path, f"OpenSSL cannot use it: {_reason(error)}") from error


def _der_certificates(path: str) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding

    from dcmtool.certificates import files

    return b"".join(certificate.public_bytes(Encoding.DER) for certificate in files.certificates(path, "der"))


def _load_directory(context: ssl.SSLContext, settings: TlsSettings, path: str) -> Iterator[str]:
    try:
        names = sorted(name for name in os.listdir(path) if _HASHED_NAME.fullmatch(name))
    except OSError as error:
        raise InputFileError(path, reason_of(error)) from error
    if not names:
        yield f"{printable(path)} has no file with a hashed name, so none is used: run `openssl rehash` on it"
    elif settings.file_format == "pem":
        if _is_der(os.path.join(path, names[0])):
            yield f"the files in {printable(path)} are DER, of which none is used without -der"
        context.load_verify_locations(capath=path)
    for name in names if settings.file_format == "der" else []:
        file = os.path.join(path, name)
        if ".r" in name:
            _load_revocation_list(context, file, "der")
        else:
            context.load_verify_locations(cadata=_der_certificates(file))


def _is_der(path: str) -> bool:
    with suppress(OSError), open(path, "rb") as file:
        return file.read(1) == b"\x30"  # a SEQUENCE (X.690 8.9)
    return False


def _load_revocation_lists(context: ssl.SSLContext, settings: TlsSettings) -> None:
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


def _reason(error: OSError) -> str:
    """Return OpenSSL's reason in lower-case words, or the system's."""
    if isinstance(error, ssl.SSLError) and error.reason:
        return error.reason.replace("_", " ").lower()
    return reason_of(error)


# Seeds of the random generator ----------------------------------------------------------------------


def _read_seed(path: str) -> None:
    try:
        with open(path, "rb") as file:
            ssl.RAND_add(file.read(MAX_SEED), 0.0)  # credited with nothing: the system's own seed suffices
    except OSError as error:
        raise InputFileError(path, reason_of(error)) from error


def write_seed(settings: TlsSettings) -> None:
    """Write fresh random bytes for the next run where the settings ask for it, readable to the user alone.

    Raises:
        OutputFileError: the file cannot be written.
    """
    path = settings.write_seed_file
    if path is None:
        return
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            if S_ISREG(os.fstat(file).st_mode):  # the mode of a device is not ours to change
                os.fchmod(file, 0o600)
            os.write(file, ssl.RAND_bytes(SEED_LENGTH))
        finally:
            os.close(file)
    except OSError as error:
        raise OutputFileError(path, reason_of(error)) from error

"""TLS settings as what Python's `ssl` needs: every file is read before any connection is made."""

import os
import ssl
from collections.abc import Iterator
from dataclasses import replace
from functools import cache, lru_cache
from typing import NamedTuple

from dcmtool.errors import InputFileError, TlsSettingsError
from dcmtool.settings import TlsSettings
from dcmtool.text import brief
from dcmtool.tls import files, key_log
from dcmtool.tls.profiles import cipher_string, profile
from dcmtool.tls.profiles import warnings as profile_warnings
from dcmtool.tls.seeds import read_seed

LONGEST_PASSWORD = 1024  # bytes that Python's `ssl` takes

# Naming older versions draws a warning of Python's: what the library supports at least stands for them.
_VERSIONS = {"TLSv1.2": ssl.TLSVersion.TLSv1_2, "TLSv1.3": ssl.TLSVersion.TLSv1_3}


class PreparedTls(NamedTuple):
    """Settings with all of their files read; `warnings` are what is allowed but unwise."""

    settings: TlsSettings
    context: ssl.SSLContext
    warnings: tuple[str, ...]

    def without_verifying(self) -> ssl.SSLContext:
        """Return a context that accepts any certificate, to see one that did not pass.

        It has no key: who could not be verified is shown no certificate of ours.
        """
        context = context_of(replace(self.settings, verify_peer=False))
        rules = profile(self.settings.profile)._replace(security_level=0)
        context.set_ciphers(cipher_string(rules, self.settings.ciphers))
        key_log.write_secrets(context, self.settings.key_log_file)
        return context


def prepare(settings: TlsSettings) -> PreparedTls:
    """Read every file that the settings name.

    Raises:
        InputFileError: a file cannot be read, or is not what it should be.
        OutputFileError: the secrets of the sessions cannot be kept.
        TlsSettingsError: no session can be made with these settings.
    """
    if settings.key_log_file is not None:
        key_log.make(settings.key_log_file)
    if settings.seed_file is not None:
        read_seed(settings.seed_file)
    return _prepared(settings, files.stamps(settings))


@lru_cache(maxsize=16)  # a monitor asks its nodes again and again; a changed file is read anew
def _prepared(settings: TlsSettings, _stamps: tuple[object, ...]) -> PreparedTls:
    context, password = context_of(settings), asked_once(settings)
    rules = profile(settings.profile)
    warnings = [*profile_warnings(rules, settings.ciphers), *_dh_parameters(settings.dh_parameters)]
    _check_server_name(context, settings.server_name)
    files.load_key_pair(context, settings, password)
    warnings += files.load_trust(context, settings)
    if settings.key_log_file is not None:
        key_log.write_secrets(context, settings.key_log_file)
        warnings.append(key_log.warning(settings.key_log_file))
    return PreparedTls(settings, context, tuple(warnings))


def context_of(settings: TlsSettings, protocol: int = ssl.PROTOCOL_TLS_CLIENT) -> ssl.SSLContext:
    """Return a context with the profile of the settings; no file of theirs is read."""
    rules = profile(settings.profile)
    # Not create_default_context: it trusts the system's authorities and is stricter in later Pythons.
    context = ssl.SSLContext(protocol)
    context.check_hostname = False  # the name is compared after the handshake, whether or not SNI is sent
    context.verify_mode = ssl.CERT_REQUIRED if settings.verify_peer else ssl.CERT_NONE
    context.minimum_version = _VERSIONS.get(rules.minimum, ssl.TLSVersion.MINIMUM_SUPPORTED)
    context.maximum_version = _VERSIONS[rules.maximum]
    context.set_ciphers(cipher_string(rules, settings.ciphers))
    return context


def _check_server_name(context: ssl.SSLContext, name: str | None) -> None:
    try:
        context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname=name)
    except (ValueError, TypeError, ssl.SSLError) as error:  # no host name; with a NUL; over 255 bytes
        shown = brief(name or "")
        raise TlsSettingsError(f"'{shown[:60]}' cannot be sent as a server name (RFC 6066 3)") from error


def asked_once(settings: TlsSettings) -> files.Password:
    """Return a function that gives the password: OpenSSL must never ask for it, and we must ask only once."""
    key = f"the private key {brief(settings.key_file or '')}"

    @cache
    def password() -> bytes:
        if settings.password is None:
            raise TlsSettingsError(f"{key} is encrypted and no password is given")
        given = settings.password if isinstance(settings.password, str) else settings.password()
        try:
            encoded = os.fsencode(given)
        except UnicodeEncodeError:  # which holds the password
            raise TlsSettingsError(f"the password of {key} has characters that cannot be encoded") from None
        if len(encoded) > LONGEST_PASSWORD:
            raise TlsSettingsError(f"the password of {key} is longer than {LONGEST_PASSWORD} bytes")
        return encoded

    return password


def _dh_parameters(path: str | None) -> Iterator[str]:
    """Yield a warning about Diffie-Hellman parameters, which only a server chooses."""
    if path is None:
        return
    from dcmtool.certificates.files import dh_parameters

    try:
        dh_parameters(path)
    except InputFileError as error:
        yield f"the Diffie-Hellman parameters cannot be used, which a client does not need: {error.fact}"
    else:
        yield f"Diffie-Hellman parameters are a server's to choose: those of {brief(path)} are not used"

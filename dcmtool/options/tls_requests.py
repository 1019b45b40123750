"""The TLS settings that values come to, of a client and of a server."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Literal

from dcmtool.errors import InputFileError, TlsSettingsError
from dcmtool.options import passwords
from dcmtool.options.gathering import Choice, gathered
from dcmtool.options.kinds import Path
from dcmtool.options.tls_shared import PROFILES
from dcmtool.options.values import Stored, Values
from dcmtool.settings import TlsSettings
from dcmtool.text import brief

FILE_FORMAT = Choice(der_keys="der", pem_keys="pem")
CRL_CHECK = Choice(enable_crl_all="chain", enable_crl_vfy="leaf")


def nothing(_given: object) -> None:
    """Stand for a setting that an option leaves out."""


# The fields of `_settings` that both roles have; `files` and whom to verify are each one's own.
_SHARED: dict[str, str | Choice] = {
    "file_format": FILE_FORMAT,
    "ca_files": "add_cert_file",
    "ca_directories": "add_cert_dir",
    "system_ca": "system_ca",
    "crl_files": "add_crl_file",
    "crl_check": CRL_CHECK,
    "profile": Choice(**{f"profile_{word.replace('-', '_')}": word for word in PROFILES}),
    "ciphers": "cipher",
    "dh_parameters": "dhparam",
    "seed_file": "seed",
}
_CLIENT: dict[str, str | Choice] = {
    "files": Choice(enable_tls=None, anonymous_tls=(None, None), disable_tls=nothing),
    "server_name": Choice(request_sni=None, no_sni=nothing),
    "verify_peer": Choice(ignore_peer_cert=False, verify_peer_cert=True, require_peer_cert=True),
    "check_hostname": Choice(check_hostname=True, no_check_hostname=False),
    "min_days": "min_days",
    "write_seed_file": Choice(write_seed_file=None, write_seed=True),
}


def client_tls(
    values: Values, ask: Callable[[str], Callable[[], str]] | None, warn: Callable[[str], None] | None
) -> TlsSettings | None:
    """Return how a verification is secured, None where it is not. Raises as `gathered` does."""
    has_key_log = any(option.name == "keylog" for option in values.options)  # an echo has it
    return tls_settings(values, ask, warn, **_CLIENT, **({"key_log_file": "keylog"} if has_key_log else {}))


def tls_settings(
    values: Values,
    ask: Callable[[str], Callable[[], str]] | None,
    warn: Callable[[str], None] | None,
    **own: str | Choice,
) -> TlsSettings | None:
    """Return the settings of what both roles share and what is the one's `own`. Raises as `gathered` does."""
    password = Choice(
        use_passwd=None,
        null_passwd="",
        password_env=passwords.of_variable,
        password_file=lambda path: passwords.of_file(path, warn),
        std_passwd=nothing,
    )
    return gathered(lambda **fields: _settings(ask, **fields), values, **_SHARED, password=password, **own)


def _settings(
    ask: Callable[[str], Callable[[], str]] | None,
    files: tuple[str | None, str | None] | None,
    password: str | Callable[[], str] | None,
    seed_file: str | None,
    write_seed_file: str | Literal[True] | None = None,
    **others: Any,
) -> TlsSettings | None:
    """Return the settings; None where there are no `files`, so that there is no TLS."""
    if files is None:
        return None
    key_file, certificate_file = files
    if password is None and key_file is not None and ask is not None:
        password = ask(key_file)
    return TlsSettings(
        key_file,
        certificate_file,
        password,
        seed_file=seed_file,
        write_seed_file=seed_file if write_seed_file is True else write_seed_file,
        **others,
    )


@contextmanager
def naming_entry(values: Values) -> Iterator[None]:
    """Name the entry of a file, such as a node, where a file that it names for TLS turns out to be wrong.

    Raises:
        InputFileError, TlsSettingsError: the one that was raised within, of the entry.
    """
    try:
        yield
    except InputFileError as error:
        entry = entry_of(error, values)
        if entry is None:
            raise
        told = entry.refused(f"{entry.key}: {error.fact}")
        told.advice = error.advice
        raise told from error
    except TlsSettingsError as error:
        entry = entry_of(error, values)
        if entry is None:
            raise
        raise TlsSettingsError(entry.refused(f"{entry.key}: {error.reason}").fact, error.advice) from error


def check_files(secured: Mapping[TlsSettings, Values], prepare: Callable[[TlsSettings], object]) -> None:
    """Have all TLS settings prepared, each with the values that it was made of.

    Raises:
        InputFileError, TlsSettingsError: one cannot be; the entry that names the file is told.
    """
    for settings, values in secured.items():
        with naming_entry(values):
            prepare(settings)


def entry_of(error: InputFileError | TlsSettingsError, values: Values) -> Stored | None:
    """Return what an entry says that names the file which an error is about, None where none does."""
    for option in values.options:
        stored = values.stored(option)
        if stored is not None and isinstance(option.kind, Path) and _is_about(error, values[option.name]):
            return stored
    return None


def _is_about(error: InputFileError | TlsSettingsError, paths: str | tuple[str, ...]) -> bool:
    several = (paths,) if isinstance(paths, str) else paths
    if isinstance(error, InputFileError):
        return error.path in several or os.path.dirname(error.path) in several
    return any(brief(path) in error.reason for path in several)

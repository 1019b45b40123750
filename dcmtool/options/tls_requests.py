"""The TLS settings that values come to, of a client and of a server."""

from collections.abc import Callable
from typing import Any, Literal

from dcmtool.options import passwords
from dcmtool.options.gathering import Choice, gathered
from dcmtool.options.tls_shared import PROFILES
from dcmtool.options.values import Values
from dcmtool.settings import TlsSettings

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

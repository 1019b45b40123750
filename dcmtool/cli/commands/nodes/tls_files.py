"""What is wrong with the files that a node names for TLS, found without asking for a password."""

from collections.abc import Callable, Iterator
from typing import Never

from dcmtool.errors import InputFileError, TlsSettingsError
from dcmtool.fields import changed
from dcmtool.options.tls_requests import client_tls, entry_of
from dcmtool.options.values import Values
from dcmtool.settings import TlsSettings


class _PasswordWanted(Exception):
    """A key is encrypted, and its password is nothing that a node may hold."""


def faults(values: Values) -> Iterator[tuple[str, str]]:
    """Yield the key of a node that names a file which cannot be used, with what is wrong; the first alone."""
    tls = client_tls(values, _ask, None)
    if tls is None:
        return
    try:
        _prepare(tls)
    except (InputFileError, TlsSettingsError) as error:
        entry = entry_of(error, values)
        yield "" if entry is None else entry.key, error.fact


def _prepare(tls: TlsSettings) -> None:
    from dcmtool.tls.contexts import prepare

    try:
        prepare(tls)
    except _PasswordWanted:  # what the others are can be seen all the same
        prepare(changed(tls, key_file=None, certificate_file=None, password=None))


def _ask(_key_file: str) -> Callable[[], str]:
    return _no_password


def _no_password() -> Never:
    raise _PasswordWanted

"""TLS for a server: its settings as an `ssl.SSLContext`, and why a client's handshake failed."""

import ssl
from typing import NamedTuple

from dcmtool.certificates.throwaway import Identity
from dcmtool.errors import InputFileError, reason_of
from dcmtool.settings import ServerTls
from dcmtool.text import printable
from dcmtool.transport import tls_files
from dcmtool.transport.profiles import profile
from dcmtool.transport.profiles import warnings as profile_warnings
from dcmtool.transport.seeds import read_seed
from dcmtool.transport.tls import asked_once, context_of
from dcmtool.transport.tls_failures import ALERT, words

_VERIFY = {"none": ssl.CERT_NONE, "optional": ssl.CERT_OPTIONAL, "required": ssl.CERT_REQUIRED}
_NOTHING_SHARED = ("NO_SHARED_CIPHER", "UNSUPPORTED_PROTOCOL", "VERSION_TOO_LOW", "WRONG_SSL_VERSION")


class PreparedServer(NamedTuple):
    """Settings with all of their files read; `warnings` say what is only unwise."""

    context: ssl.SSLContext
    warnings: tuple[str, ...]


def prepare_server(tls: ServerTls, own: Identity | None) -> PreparedServer:
    """Read every file that the settings name; they name no key where the server's `own` identity is given.

    Raises:
        InputFileError: a file cannot be read, or is not what it should be.
        TlsSettingsError: no session can be made with these settings.
    """
    settings = tls.settings
    if settings.seed_file is not None:
        read_seed(settings.seed_file)
    context = context_of(settings, ssl.PROTOCOL_TLS_SERVER)
    context.verify_mode = _VERIFY[tls.clients]
    if own is None:
        tls_files.load_key_pair(context, settings, asked_once(settings))
    else:
        tls_files.load_identity(context, own.key, [own.certificate])
    if settings.dh_parameters is not None:
        _load_dh_parameters(context, settings.dh_parameters)
    warnings = profile_warnings(profile(settings.profile), settings.ciphers)
    return PreparedServer(context, (*warnings, *tls_files.load_trust(context, settings)))


def _load_dh_parameters(context: ssl.SSLContext, path: str) -> None:
    from dcmtool.certificates import files

    files.dh_parameters(path)
    try:
        context.load_dh_params(path)
    except OSError as error:
        raise InputFileError(path, f"OpenSSL cannot use it: {tls_files.reason(error)}") from error


def handshake_failure(error: OSError, seconds: float) -> str:
    """Return in words why the handshake with a client failed, for which it had these seconds."""
    if isinstance(error, TimeoutError):
        return f"the TLS handshake was not done within {seconds:g} s"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the client's certificate does not pass: {printable(error.verify_message)}"
    if not isinstance(error, ssl.SSLError):
        return f"the connection broke in the middle of the TLS handshake: {reason_of(error)}"
    if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return "the client closed the connection in the middle of the TLS handshake"
    reason = error.reason or ""
    if reason == "PEER_DID_NOT_RETURN_A_CERTIFICATE":
        return "the client showed no certificate, which is required here"
    if reason in _NOTHING_SHARED:
        return "the client offers none of our TLS versions and cipher suites"
    alert = ALERT.fullmatch(reason)
    if alert:
        return f"the client ended the handshake with the alert '{words(alert[1])}'"
    return f"the TLS handshake failed: {words(reason) or printable(str(error))}"

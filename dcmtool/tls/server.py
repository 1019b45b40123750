"""TLS for a server: its settings as an `ssl.SSLContext`, and why a client's handshake failed."""

import ssl
from tempfile import NamedTemporaryFile
from typing import NamedTuple

from dcmtool.certificates.throwaway import KeyedCertificate
from dcmtool.errors import InputFileError, TlsFailure, reason_of
from dcmtool.settings import ServerTls
from dcmtool.text import brief
from dcmtool.tls import files
from dcmtool.tls.contexts import asked_once, context_of
from dcmtool.tls.failures import alert_of, words
from dcmtool.tls.profiles import profile
from dcmtool.tls.profiles import warnings as profile_warnings
from dcmtool.tls.seeds import read_seed

_VERIFY = {"none": ssl.CERT_NONE, "optional": ssl.CERT_OPTIONAL, "required": ssl.CERT_REQUIRED}
_NOTHING_SHARED = ("NO_SHARED_CIPHER", "UNSUPPORTED_PROTOCOL", "VERSION_TOO_LOW", "WRONG_SSL_VERSION")


class PreparedServer(NamedTuple):
    """Settings with all of their files read; `warnings` are what is allowed but unwise."""

    context: ssl.SSLContext
    warnings: tuple[str, ...]


def prepare_server(tls: ServerTls, own: KeyedCertificate | None) -> PreparedServer:
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
        files.load_key_pair(context, settings, asked_once(settings))
    else:
        files.load_identity(context, own.key, [own.certificate])
    if settings.dh_parameters is not None:
        _load_dh_parameters(context, settings.dh_parameters)
    warnings = profile_warnings(profile(settings.profile), settings.ciphers)
    return PreparedServer(context, (*warnings, *files.load_trust(context, settings)))


def _load_dh_parameters(context: ssl.SSLContext, path: str) -> None:
    from dcmtool.certificates.files import dh_parameters

    with NamedTemporaryFile(
        prefix="dcmtool-", suffix=".pem"
    ) as pem:  # what was read and checked, and not twice
        pem.write(dh_parameters(path))
        pem.flush()
        _use_dh_parameters(context, pem.name, path)


def _use_dh_parameters(context: ssl.SSLContext, pem: str, path: str) -> None:
    try:
        context.load_dh_params(pem)
    except OSError as error:
        raise InputFileError(path, f"OpenSSL cannot use it: {files.reason(error)}") from error


def handshake_failure(error: OSError) -> TlsFailure:
    """Return why the handshake with a client failed, as a failure of a kind of its own."""
    if isinstance(error, ssl.SSLCertVerificationError):
        what = f"the client's certificate does not pass: {brief(error.verify_message)}"
        return TlsFailure("certificate", what)
    if not isinstance(error, ssl.SSLError):
        what = f"the connection broke in the middle of the TLS handshake: {reason_of(error)}"
        return TlsFailure("handshake", what)
    if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return TlsFailure("handshake", "the client closed the connection in the middle of the TLS handshake")
    reason = error.reason or ""
    if reason == "PEER_DID_NOT_RETURN_A_CERTIFICATE":
        return TlsFailure("no-certificate", "the client showed no certificate, which is required here")
    if reason in _NOTHING_SHARED:
        what = "the client offers none of our TLS versions and cipher suites"
        return TlsFailure("nothing-shared", what)
    if alert := alert_of(reason):
        what = f"the client ended the handshake with the alert '{alert}'"
        return TlsFailure("handshake", what, alert=alert)
    return TlsFailure("handshake", f"the TLS handshake failed: {words(reason) or brief(str(error))}")

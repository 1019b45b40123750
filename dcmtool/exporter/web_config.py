"""The web configuration that Prometheus and all of its exporters share: TLS, basic authentication, headers.

Its form is that of exporter-toolkit (docs/web-configuration.md there).
"""

import os
import ssl
from collections.abc import Mapping
from typing import Any

from dcmtool.config.toml_text import shown
from dcmtool.errors import InputFileError, reason_of
from dcmtool.exporter import yaml_file
from dcmtool.fields import Frozen
from dcmtool.text import brief

_KIND = "web configuration"
_TLS_KEYS = ("cert_file", "key_file", "client_auth_type", "client_ca_file", "min_version", "max_version")
_IGNORED = ("prefer_server_cipher_suites",)  # TLS 1.2 clients choose among suites that all are in order
_HTTP_KEYS = ("http2", "headers")  # HTTP/2 is nobody's need here: clients go back to 1.1
_CLIENTS = {
    "": ssl.CERT_NONE,
    "NoClientCert": ssl.CERT_NONE,
    "VerifyClientCertIfGiven": ssl.CERT_OPTIONAL,
    "RequireAndVerifyClientCert": ssl.CERT_REQUIRED,
}
_VERSIONS = {"TLS12": ssl.TLSVersion.TLSv1_2, "TLS13": ssl.TLSVersion.TLSv1_3}
_HEADERS = {
    "content-security-policy",
    "strict-transport-security",
    "x-content-type-options",
    "x-frame-options",
    "x-xss-protection",
}


class WebConfig(Frozen):
    """Who may ask: users with their bcrypt hashes, none for anybody; TLS, if there is any; more headers."""

    users: Mapping[str, bytes] = {}
    tls: ssl.SSLContext | None = None
    headers: tuple[tuple[bytes, bytes], ...] = ()
    _unshown = ("users",)


def load(path: str | None) -> WebConfig:
    """Return the web configuration of a file. Raises `InputFileError` for one that cannot be used."""
    if path is None:
        return WebConfig()
    tables = yaml_file.table(
        path,
        "the file",
        yaml_file.load(path, _KIND),
        ("tls_server_config", "http_server_config", "basic_auth_users"),
    )
    users = yaml_file.table(path, "basic_auth_users", tables.get("basic_auth_users") or {})
    return WebConfig(
        {name: _hash(path, name, value) for name, value in users.items()},
        _tls(path, tables.get("tls_server_config")),
        _headers(path, tables.get("http_server_config")),
    )


def _hash(path: str, name: str, value: object) -> bytes:
    """Return the hash of a user's password; what stands there is not shown, as it may be the password."""
    import bcrypt

    encoded = value.encode() if isinstance(value, str) else b""
    try:
        bcrypt.checkpw(b"", encoded[:7].replace(encoded[4:6], b"04", 1) + encoded[7:])  # at the least cost
    except ValueError as error:
        raise InputFileError(
            path, f"basic_auth_users: what {brief(name)} has is no bcrypt hash (htpasswd -nB makes one)"
        ) from error
    return encoded


def _tls(path: str, value: object) -> ssl.SSLContext | None:
    if value is None:
        return None
    place = "tls_server_config"
    table = yaml_file.table(path, place, value, (*_TLS_KEYS, *_IGNORED))
    certificate = _file(path, f"{place}.cert_file", table.get("cert_file"))
    key = _file(path, f"{place}.key_file", table.get("key_file"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = _choice(path, f"{place}.min_version", table, _VERSIONS, "TLS12")
    context.maximum_version = _choice(path, f"{place}.max_version", table, _VERSIONS, "TLS13")
    try:
        context.load_cert_chain(certificate, key, _no_password)
    except (OSError, ValueError) as error:
        files = f"{brief(certificate)} and {brief(key)}"
        raise InputFileError(path, f"{place}: {files} cannot be used: {_why(error)}") from error
    context.verify_mode = _choice(path, f"{place}.client_auth_type", table, _CLIENTS, "")
    authority = table.get("client_ca_file")
    if authority is not None:
        _load_authority(path, place, context, _file(path, f"{place}.client_ca_file", authority))
    elif context.verify_mode is not ssl.CERT_NONE:
        raise InputFileError(path, f"{place}: client_auth_type needs a client_ca_file")
    return context


def _load_authority(path: str, place: str, context: ssl.SSLContext, file: str) -> None:
    try:
        context.load_verify_locations(file)
    except OSError as error:
        raise InputFileError(path, f"{place}: {brief(file)} cannot be used: {_why(error)}") from error


def _no_password() -> str:
    raise ValueError("the key is encrypted, and this file has no place for a password")


def _why(error: OSError | ValueError) -> str:
    if isinstance(error, ssl.SSLError):
        return brief(error.reason or "it is no PEM").lower().replace("_", " ")
    return reason_of(error) if isinstance(error, OSError) else str(error)


def _file(path: str, place: str, value: object) -> str:
    if not isinstance(value, str) or not value:
        raise InputFileError(path, f"{place} should be the path of a file, but is {shown(value)}")
    return os.path.join(os.path.dirname(path), value)


def _choice(path: str, place: str, table: Mapping[str, Any], known: Mapping[str, Any], default: str) -> Any:
    value = table.get(place.rpartition(".")[2], default)
    if value not in known:
        words = ", ".join(filter(None, known))
        raise InputFileError(path, f"{place} should be one of {words}, but is {shown(value)}")
    return known[value]


def _headers(path: str, value: object) -> tuple[tuple[bytes, bytes], ...]:
    if value is None:
        return ()
    table = yaml_file.table(path, "http_server_config", value, _HTTP_KEYS)
    headers = yaml_file.table(path, "http_server_config.headers", table.get("headers") or {})
    for name, text in headers.items():
        fits = isinstance(text, str) and text.isascii() and text.isprintable()
        if name.lower() not in _HEADERS or not fits:
            raise InputFileError(
                path,
                f"http_server_config.headers: {brief(name)} is none that can be set, or its value no text",
            )
    return tuple((name.lower().encode(), text.encode()) for name, text in headers.items())

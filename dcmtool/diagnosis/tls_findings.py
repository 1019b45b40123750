"""The findings about TLS and certificates."""

from collections.abc import Mapping

from dcmtool.diagnosis.definition import Definition

_VERSION, _ALERTS = "RFC 8446 4.2.1", "RFC 8446 6.2"
_VERIFY = "RFC 5280 6.1"

TABLE: Mapping[str, Definition] = {
    "plain-expected": Definition(
        "us",
        "likely",
        "port {port} of {address} is one without TLS, and we began with TLS",
        ("tls-port",),
        "PS3.15 B",
    ),
    "tls-unanswered": Definition(
        "node",
        "likely",
        "port {port} of {address} takes the connection and does not answer TLS",
        ("silent-with-tls", "log-of-tls"),
        "RFC 8446 4.1.2",
    ),
    "tls-version": Definition(
        "us",
        "certain",
        "{node} takes none of the TLS versions offered",
        ("other-profile",),
        _VERSION,
    ),
    "tls-cipher": Definition(
        "us",
        "likely",
        "{node} takes none of the cipher suites offered",
        ("log-of-tls",),
        "RFC 8446 4.1.1",
    ),
    "tls-sni": Definition(
        "us",
        "likely",
        "{node} goes by the server name (SNI), and {sni}",
        ("log-of-tls",),
        "RFC 6066 3",
    ),
    "tls-refused": Definition(
        "node",
        "likely",
        "{node} ended the TLS handshake and gives no cause",
        ("log-of-tls",),
        _ALERTS,
    ),
    "certificate-untrusted": Definition(
        "us",
        "certain",
        "the node's certificate is from an authority that we do not trust",
        ("right-authority", "interception"),
        _VERIFY,
    ),
    "certificate-self-signed": Definition(
        "us",
        "certain",
        "the node's certificate is self-signed and not among those that we trust",
        ("trust-self-signed", "compare-fingerprint"),
        _VERIFY,
    ),
    "certificate-expired": Definition(
        "node",
        "likely",  # a wrong clock of ours looks the same
        "the node's certificate, or one that it rests on, has expired",
        ("expired", "own-clock"),
        "RFC 5280 4.1.2.5",
    ),
    "certificate-not-yet-valid": Definition(
        "node",
        "likely",  # a wrong clock of ours looks the same
        "the node's certificate, or one that it rests on, is not yet valid",
        ("not-yet-valid", "own-clock"),
        "RFC 5280 4.1.2.5",
    ),
    "certificate-other-host": Definition(
        "us",
        "certain",
        "the node's certificate is for another name than {host}",
        ("wrong-host", "right-node"),
        "RFC 9525 6",
    ),
    "certificate-revoked": Definition(
        "node",
        "certain",
        "the node's certificate has been revoked",
        ("revoked",),
        "RFC 5280 6.3",
    ),
    "revocation-unknown": Definition(
        "us",
        "certain",
        "no revocation list that holds says whether the node's certificate has been revoked",
        ("newer-revocation-list",),
        "RFC 5280 6.3",
    ),
    "certificate-weak": Definition(
        "node",
        "certain",
        "the node's certificate, or one that it rests on, is too weak for the profile",
        ("too-weak",),
        "PS3.15 B.12",
    ),
    "certificate-purpose": Definition(
        "node",
        "certain",
        "the node's certificate is not one for servers",
        ("purpose",),
        "RFC 5280 4.2.1.12",
    ),
    "certificate-expires-soon": Definition(
        "node",
        "likely",
        "the node's certificate expires soon",
        ("expires-soon",),
        "RFC 5280 4.1.2.5",
    ),
    "client-certificate-required": Definition(
        "us",
        "certain",
        "{node} wants a certificate of ours, and we have shown none",
        ("client-certificate", "certificate-known"),
        "RFC 8446 4.3.2",
    ),
    "client-certificate-refused": Definition(
        "us",
        "certain",
        "{node} does not take our certificate",
        ("other-client-certificate", "certificate-known"),
        _ALERTS,
    ),
}

"""The findings about callers that come as far as no association request."""

from collections.abc import Mapping

from dcmtool.diagnosis.definition import Definition

_PROXY, _TLS, _ALERTS = "PROXY protocol, 2", "RFC 8446 4.1.2", "RFC 8446 6.2"
_TRANSPORT = "PS3.8 9.1.1"

TABLE: Mapping[str, Definition] = {
    "proxy-header-sent": Definition(
        "network",
        "certain",
        "a PROXY protocol header (version {version}) came in place of the first PDU: something on the way"
        " from {caller} adds it",
        ("proxy-header-off", "proxy-of-tcp"),
        _PROXY,
    ),
    "tls-at-plain-port": Definition(
        "node",
        "certain",
        "{caller} begins a TLS handshake, and this port is one without TLS",
        ("caller-tls-off", "serve-tls"),
        _TLS,
    ),
    "plain-at-tls-port": Definition(
        "node",
        "certain",
        "{caller} begins with DICOM in the clear, and this port is one of TLS",
        ("caller-tls-on", "serve-plain"),
        "PS3.15 B",
    ),
    "other-protocol-sent": Definition(
        "node",
        "certain",
        "{caller} {speaks} to this port, which is one of DICOM",
        ("caller-port", "caller-scanner"),
        "PS3.8 9.3.1",
    ),
    "no-dicom-sent": Definition(
        "node",
        "likely",
        "{caller} sent bytes that begin no PDU of DICOM",
        ("caller-port", "caller-capture"),
        "PS3.8 9.3.1",
    ),
    "our-certificate-untrusted": Definition(
        "node",
        "likely",
        "{caller} refuses our certificate (TLS alert '{alert}')",
        ("caller-trusts", "caller-host-name", "caller-clock"),
        _ALERTS,
    ),
    "no-certificate-shown": Definition(
        "node",
        "certain",
        "{caller} shows no certificate, and one is demanded here",
        ("caller-certificate",),
        "RFC 8446 4.4.2.4",
    ),
    "certificate-not-accepted": Definition(
        "us",
        "likely",
        "the certificate of {caller} does not pass here: {what}",
        ("trust-caller", "caller-renews"),
        "RFC 5280 6.1",
    ),
    "no-shared-tls": Definition(
        "node",
        "certain",
        "{caller} offers no TLS version and cipher suite that is taken here",
        ("caller-tls-update", "wider-profile"),
        "RFC 8446 4.1.1",
    ),
    "tls-broken-off": Definition(
        "node",
        "possible",
        "{caller} began a TLS handshake that came to no end: {what}",
        ("caller-log", "caller-trusts", "caller-capture"),
        _ALERTS,
    ),
    "left-without-a-word": Definition(
        "node",
        "possible",
        "{caller} opened a connection and closed it without sending anything, as health checks do",
        ("health-check", "caller-log"),
        _TRANSPORT,
    ),
    "silent-caller": Definition(
        "node",
        "possible",
        "{caller} opened a connection and sent nothing",
        ("caller-log", "caller-waits", "caller-path"),
        "PS3.8 9.1.2",
    ),
    "request-cut-short": Definition(
        "node",
        "likely",
        "{caller} sent {there} bytes of an A-ASSOCIATE-RQ that is to have {claimed}, and then {then}",
        ("caller-length", "caller-log", "caller-path"),
        "PS3.8 9.3.1",
    ),
    "request-lost": Definition(
        "network",
        "possible",
        "what {caller} sends does not all arrive: longer packets may be lost on the way",
        ("caller-path", "caller-capture"),
        _TRANSPORT,
    ),
    "too-many-connections": Definition(
        "us",
        "certain",
        "there are as many connections as may be open here, and {caller} was turned away",
        ("more-associations", "idle-callers"),
        _TRANSPORT,
    ),
}

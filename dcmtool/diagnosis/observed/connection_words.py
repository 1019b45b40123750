"""What is said between two others of the connection, of TLS, and of what else is spoken on it."""

from collections.abc import Mapping

from dcmtool.diagnosis.observed.wording import Wording

_LOG_OF_TLS = ("acceptor-log-of-tls", "requestor-log")

WORDS: Mapping[str, Wording] = {
    # TCP.
    "refused": Wording(
        "nothing listens at {place}, or a firewall refuses {requestor} in its place",
        ("see-listener", "see-port-of-entry", "see-refusing-firewall"),
    ),
    "no-answer-to-connect": Wording(
        "nothing comes back from {place} to {requestor}: no such host, a firewall that drops, or a program "
        "there that takes no connections any more",
        ("see-host-is-up", "see-firewall-between", "see-other-capture"),
    ),
    "unreachable": Wording(
        "what {sender} sends to {receiver} does not arrive: {router} on the way, or at its end, says {what}",
        ("ask-who-says-so", "see-firewall-between"),
    ),
    "closed-at-once": Wording(
        "{place} takes the connection of {requestor} and closes it before anything is sent: a proxy with "
        "nothing behind it, or a list of addresses that {source} is not on",
        ("see-dead-proxy", "add-to-address-list"),
    ),
    "slow-connect": Wording(
        "the connection of {requestor} to {place} took {seconds}: packets are lost on the way, or the host "
        "is far or busy",
        ("measure-path",),
    ),
    "large-requests-lost": Wording(
        "small requests of {requestor} reach {place} and large ones do not: a path whose MTU nobody is "
        "told of",
        ("path-mtu",),
    ),
    # What listens there, and what is sent there.
    "other-protocol": Wording(
        "what listens at {place} {speaks}, and {requestor} asks it for an association",
        ("see-port-of-entry", "see-what-listens"),
    ),
    "proxy-header-expected": Wording(
        "what listens at {place} waits for the header of a proxy (PROXY protocol)",
        ("proxy-protocol-off", "call-through-proxy"),
    ),
    "proxy-header-sent": Wording(
        "a PROXY protocol header (version {version}) came to {place} in place of the first PDU: something on "
        "the way from {requestor} adds it",
        ("proxy-header-off", "proxy-of-tcp"),
    ),
    "other-protocol-sent": Wording(
        "{requestor} {speaks} to {place}, where DICOM is spoken or nothing answers",
        ("see-caller-at", "see-scanner-at"),
    ),
    "no-dicom-sent": Wording(
        "{requestor} sent bytes that begin no PDU of DICOM to {place}",
        ("see-caller-at", "tell-vendor-of-sender"),
    ),
    "left-without-a-word": Wording(
        "{requestor} opened a connection to {place} and closed it without sending anything, as health checks "
        "do",
        ("health-check", "requestor-log"),
    ),
    "silent-caller": Wording(
        "{requestor} opened a connection to {place} and sent nothing",
        ("requestor-log", "see-requestor-waits"),
    ),
    "request-cut-short": Wording(
        "{requestor} sent {there} bytes of an A-ASSOCIATE-RQ that is to have {claimed}, and then {then}",
        ("requestor-log", "measure-path"),
    ),
    "request-lost": Wording(
        "what {requestor} sends does not all arrive at {place}: longer packets may be lost on the way",
        ("path-mtu", "see-other-capture"),
    ),
    # Whether to use TLS.
    "tls-expected": Wording(
        "{place} wants TLS, and {requestor} speaks without",
        ("switch-tls-on", "see-plain-port"),
    ),
    "plain-expected": Wording(
        "{place} is a port without TLS, and {requestor} begins with TLS",
        ("switch-tls-off", "see-tls-port"),
    ),
    "tls-unanswered": Wording(
        "{place} takes the connection of {requestor} and does not answer TLS",
        ("switch-tls-off", "acceptor-log-of-tls"),
    ),
    # The TLS session.
    "tls-version": Wording(
        "{requestor} and {acceptor} have no TLS version in common ({offer})",
        ("update-older-tls", *_LOG_OF_TLS),
    ),
    "tls-cipher": Wording(
        "{acceptor} takes none of the cipher suites that {requestor} offers",
        ("share-cipher-suites", *_LOG_OF_TLS),
    ),
    "tls-sni": Wording(
        "{acceptor} goes by the server name (SNI), and {requestor} {sni}",
        ("right-server-name", "acceptor-log-of-tls"),
    ),
    "tls-refused": Wording(
        "{acceptor} ended the TLS handshake of {requestor} and gives no cause that can be read",
        ("acceptor-log-of-tls",),
    ),
    "tls-broken-off": Wording(
        "{requestor} began a TLS handshake with {acceptor} and ended it: {what}",
        ("requestor-log", "trust-authority-of-acceptor"),
    ),
    # The acceptor's certificate.
    "certificate-untrusted": Wording(
        "{requestor} does not take the certificate of {acceptor}: {what}",
        ("trust-authority-of-acceptor", "send-whole-chain"),
    ),
    "certificate-self-signed": Wording(
        "the certificate of {acceptor} is self-signed, and {requestor} does not trust it",
        ("trust-certificate-of-acceptor", "certificate-of-authority"),
    ),
    "certificate-expired": Wording(
        "the certificate of {acceptor} has expired",
        ("renew-certificate-of-acceptor", "compare-clocks"),
    ),
    "certificate-not-yet-valid": Wording(
        "the certificate of {acceptor} is not yet valid",
        ("compare-clocks", "renew-certificate-of-acceptor"),
    ),
    "certificate-expires-soon": Wording(
        "the certificate of {acceptor} expires soon",
        ("renew-certificate-of-acceptor",),
    ),
    "certificate-other-host": Wording(
        "the certificate of {acceptor} is for another name than {name}, which {requestor} asks for",
        ("call-by-name-of-certificate", "renew-certificate-of-acceptor"),
    ),
    "certificate-revoked": Wording(
        "{requestor} does not take the certificate of {acceptor}, which has been revoked",
        ("renew-certificate-of-acceptor",),
    ),
    "revocation-unknown": Wording(
        "{requestor} has no revocation list that says of the certificate of {acceptor} that it holds",
        ("give-revocation-list",),
    ),
    "certificate-weak": Wording(
        "{requestor} does not take the certificate of {acceptor}, whose key or signature is weak",
        ("renew-certificate-of-acceptor",),
    ),
    "certificate-purpose": Wording(
        "{requestor} does not take the certificate of {acceptor}, which is not one for servers",
        ("renew-certificate-of-acceptor",),
    ),
    # The requestor's certificate.
    "client-certificate-required": Wording(
        "{acceptor} wants a certificate of {requestor}, which has shown none",
        ("give-requestor-certificate", "demand-no-certificate"),
    ),
    "client-certificate-refused": Wording(
        "{acceptor} does not take the certificate of {requestor}",
        ("trust-certificate-of-requestor", "acceptor-log-of-tls"),
    ),
}

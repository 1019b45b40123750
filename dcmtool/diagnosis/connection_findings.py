"""The findings about the host name, the network and what else may listen on a port."""

from collections.abc import Mapping

from dcmtool.diagnosis.definition import Definition

_CONNECT = "PS3.8 9.1.1"

TABLE: Mapping[str, Definition] = {
    "unknown-host": Definition(
        "us",
        "certain",
        "no name service knows the host name {host}",
        ("host-name", "search-domain"),
    ),
    "family-mismatch": Definition(
        "us",
        "certain",
        "{host} answers at no {family} address, and only {family} is to be used",
        ("other-family", "host-name"),
    ),
    "lookup-unanswered": Definition(
        "network",
        "likely",
        "the name service does not say what the address of {host} is",
        ("name-service", "resolver"),
    ),
    "refused": Definition(
        "node",
        "likely",
        "nothing listens on port {port} of {address}, or a firewall refuses in its place",
        ("refused", "published-port", "listening-address"),
        _CONNECT,
    ),
    "no-answer-to-connect": Definition(
        "network",
        "likely",
        "nothing comes back from {address} port {port}: no such host, a firewall that drops, or a program "
        "there that takes no connections any more",
        ("no-answer", "host-is-up", "firewall-rule", "longer-connect"),
        _CONNECT,
    ),
    "unreachable": Definition(
        "network",
        "likely",
        "no way leads from this host to {address}, or a firewall says so",
        ("unreachable", "route", "firewall-rule"),
    ),
    "local-policy": Definition(
        "us",
        "certain",
        "this host's own system does not let us connect to {address} port {port}",
        ("own-firewall", "own-sandbox"),
    ),
    "connect-failed": Definition(
        "us",
        "likely",
        "this host could not connect to {address} port {port}: {what}",
        ("own-system",),
    ),
    "closed-at-once": Definition(
        "node",
        "likely",
        "port {port} of {address} takes the connection and closes it before anything is sent: a proxy with "
        "nothing behind it, or a list of addresses that {source} is not on",
        ("dead-proxy", "address-list"),
        _CONNECT,
    ),
    "other-protocol": Definition(
        "us",
        "likely",
        "port {port} of {address} {speaks}",
        ("other-protocol", "what-listens"),
        "PS3.8 9.3.1",
    ),
    "tls-expected": Definition(
        "us",
        "likely",
        "port {port} of {address} wants TLS, and we spoke without",
        ("wants-tls",),
        "PS3.15 B",
    ),
    "proxy-header-expected": Definition(
        "node",
        "possible",
        "what listens on port {port} of {address} waits for the header of a proxy (PROXY protocol)",
        ("proxy-header",),
    ),
    "slow-lookup": Definition(
        "network",
        "likely",
        "looking up {host} took {seconds}",
        ("name-service-slow", "hosts-file"),
    ),
    "slow-connect": Definition(
        "network",
        "likely",
        "the connection to {address} took {seconds}: packets are lost on the way, or the host is far or busy",
        ("lost-packets",),
    ),
    "large-requests-lost": Definition(
        "network",
        "likely",
        "small requests reach {address} and large ones do not: a path whose MTU nobody is told of",
        ("path-mtu",),
    ),
}

"""Which first finding a capture of each set-up of `diagnose` comes to, and why, where it is another one.

Looked at is the first connection that has a finding: what is in order comes to none.
"""

from collections.abc import Mapping
from typing import NamedTuple

from tests.setups.setup import Findings, Setup

IN_ORDER = "in-order"  # of a diagnosis; of a capture no finding says so


class Difference(NamedTuple):
    """What a capture comes to in place of what a diagnosis does; nothing where it has no finding."""

    findings: Findings
    reason: str


_NO_CONNECTION = "there is no packet to capture: nothing was sent to the node"
_ENCRYPTED = "TLS 1.3 encrypts the certificate, and nothing but it is wrong"
_UNSEEN = "TLS 1.3 encrypts the certificate: the alert that answers it says less than OpenSSL's own error"
_ONE_BY_ONE = "it takes several associations to see it, and each connection is explained by itself"
_BY_TRYING = "a diagnosis tries another title, name or moment to tell; a capture has what was sent"
_FOR_WHAT = "a connection does not show whether it was closed for its request: a diagnosis waits with that"
_AT_ONCE = ("closed-at-once", "closed-on-association")

DIFFERENCES: Mapping[str, Difference] = {
    # Connections.
    "closes at once": Difference(_AT_ONCE, _FOR_WHAT),
    "resets at once": Difference(_AT_ONCE, _FOR_WHAT),
    "proxy with nothing behind it": Difference(_AT_ONCE, _FOR_WHAT),
    # TLS.
    "server name wanted": Difference(("tls-cipher",), _BY_TRYING),
    "closes the first TLS": Difference(("plain-expected",), _BY_TRYING),
    # Certificates.
    "self-signed": Difference(("certificate-untrusted",), _UNSEEN),
    "not yet valid": Difference(("certificate-untrusted",), _UNSEEN),
    "RSA of 1024 bits": Difference(("certificate-untrusted",), _UNSEEN),
    "no revocation list": Difference(("certificate-untrusted",), _UNSEEN),
    "for another host": Difference((), _ENCRYPTED),
    "for another host, checked": Difference(("tls-broken-off",), _UNSEEN),
    "expires in five days": Difference((), _ENCRYPTED),
    # Titles.
    "dcmqrscp, calling address, and a title that has ours": Difference(("called-title",), _BY_TRYING),
    # Times.
    "every other association rejected": Difference(("local-limit",), _ONE_BY_ONE),
    "closes now and then": Difference(("closed-on-association",), _ONE_BY_ONE),
    "two nodes at one address": Difference((), _ONE_BY_ONE),
    # Namespaces.
    "filter says prohibited, IPv6": Difference(("unreachable",), "a capture has who says so"),
    "filter drops large packets": Difference(
        ("no-answer-to-association", "large-requests-lost"),
        "a large request alone does not show that small ones come",
    ),
    "no such name, IPv4 alone": Difference((), _NO_CONNECTION),
    "no route": Difference((), _NO_CONNECTION),
    "route that is prohibited": Difference((), _NO_CONNECTION),
    "route to nowhere": Difference((), _NO_CONNECTION),
    "no such name": Difference((), _NO_CONNECTION),
    "name server mute": Difference((), _NO_CONNECTION),
    "name with AAAA alone": Difference((), _NO_CONNECTION),
    "name server late": Difference((), "who asks a name server does so before the connection"),
}


NOTHING_TO_CAPTURE = frozenset(name for name, each in DIFFERENCES.items() if each.reason == _NO_CONNECTION)


def expected(setup: Setup) -> Findings:
    """Return the ids of which one has to come first in what is captured at a set-up; none: no finding."""
    difference = DIFFERENCES.get(setup.name)
    if difference is not None:
        return difference.findings
    return tuple(name for name in setup.findings if name != IN_ORDER)

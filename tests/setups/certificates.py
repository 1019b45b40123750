"""Certificates of nodes that do not pass, or soon will not (PS3.15 B, RFC 5280 6)."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.peers import pki, tls
from tests.peers.pki import Pki
from tests.setups import servers
from tests.setups.door import Player
from tests.setups.setup import FOUR, Node, Setup, start, tapped
from tests.setups.tls import SERVING

MOST = 3  # the handshake that fails, a second look at its certificate, and one with or without a server name


@start
def _showing(
    folder: Path, member: Callable[[Pki], pki.Identity], *more: str, listed: bool = False
) -> Iterator[Node]:
    """A node with this certificate, and a caller that trusts its authority, perhaps with the list of it."""
    cast = pki.standard()
    lists = ("+crl", cast.root.revocation_list_file(folder, cast.revoked)) if listed else ()
    context = tls.server_context(folder, member(cast), chain=False)
    with Player(SERVING, tls=context) as door:
        options = "+tla", "+cf", cast.root.certificate_file(folder), *lists, *more
        yield Node(door.port, options, visits=door.visits)


def _ending(cast: Pki) -> pki.Identity:
    now = datetime.now(UTC).replace(microsecond=0)
    return cast.root.issue(validity=(now - timedelta(days=300), now + timedelta(days=5)))


def _setup(
    name: str,
    finding: str,
    member: Callable[[Pki], pki.Identity],
    *more: str,
    listed: bool = False,
    code: int = 71,
) -> Setup:
    most = MOST if code else FOUR + MOST - 1
    return Setup(name, _showing(member, *more, listed=listed), (finding,), None, code, most)


SETUPS = (
    Setup(
        "storescp, authority not named",
        tapped(servers.secured_storescp(), "+tla"),
        ("certificate-untrusted",),
        None,
        71,
        MOST,
    ),
    _setup("strange authority", "certificate-untrusted", lambda cast: cast.untrusted),
    _setup("authority between not sent", "certificate-untrusted", lambda cast: cast.chained),
    _setup("self-signed", "certificate-self-signed", lambda cast: cast.own),
    _setup("expired", "certificate-expired", lambda cast: cast.expired),
    _setup("not yet valid", "certificate-not-yet-valid", lambda cast: cast.future),
    _setup("RSA of 1024 bits", "certificate-weak", lambda cast: cast.small, "+pg"),
    _setup("revoked", "certificate-revoked", lambda cast: cast.revoked, listed=True),
    _setup("for clients alone", "certificate-purpose", lambda cast: cast.client_only),
    _setup("no revocation list", "revocation-unknown", lambda cast: cast.server, "+crv"),
    _setup("for another host", "certificate-other-host", lambda cast: cast.elsewhere, code=0),
    _setup(
        "for another host, checked", "certificate-other-host", lambda cast: cast.elsewhere, "--check-hostname"
    ),
    _setup("expires in five days", "certificate-expires-soon", _ending, code=0),
)

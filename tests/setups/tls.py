"""TLS that does not come about: versions, suites, names, client certificates, and ports without TLS."""

import ssl
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.peers import pki, tls
from tests.peers.scripted import Link, Step
from tests.peers.vocabulary import Accept, CloseConnection, Raw, Serve
from tests.setups import servers
from tests.setups.door import Player, Tap
from tests.setups.setup import ACSE, Findings, Node, Setup, Start, start

SERVING = (Accept(), Serve())
MOST = 3  # handshakes: the one that fails, and one more with a server name and one without
PLAIN = ("plain-expected", "closed-at-once", "tls-refused", "tls-version", "tls-cipher", "tls-sni")
HANDSHAKE_FAILURE = ("tls-cipher", "tls-sni", "tls-version")
ALERTS: dict[int, Findings] = {
    40: HANDSHAKE_FAILURE,
    49: ("tls-refused", "tls-sni"),
    70: ("tls-version",),
    80: ("tls-refused", "tls-sni"),
    112: ("tls-sni",),
}
REQUIRED, REFUSED = ("client-certificate-required",), ("client-certificate-refused",)


@dataclass(frozen=True)
class Hello:
    """Read what the caller begins with, whatever it is."""

    def play(self, link: Link) -> None:
        """Read once."""
        link.connection.recv(1 << 16)


def _alert(description: int) -> Raw:
    """Return a fatal alert (RFC 8446 6)."""
    return Raw(bytes([21, 3, 3, 0, 2, 2, description]))


def _caller(folder: Path, *more: str, strange: bool = False) -> tuple[str, ...]:
    """The options of a caller that trusts the authority, and may have a strange certificate."""
    cast = pki.standard()
    ours = cast.strange_client
    files = (ours.key_file(folder), ours.certificate_file(folder)) if strange else ()
    return *(("+tls", *files) if strange else ("+tla",)), "+cf", cast.root.certificate_file(folder), *more


@start
def _called(folder: Path, run: servers.Server, *more: str, strange: bool = False) -> Iterator[Node]:
    """Run a server, and call it with TLS."""
    with run(folder) as port, Tap(port) as door:
        yield Node(door.port, _caller(folder, *more, strange=strange), visits=door.visits)


@start
def _answered(folder: Path, *script: Step, options: Sequence[str] = ()) -> Iterator[Node]:
    """Play a script in place of TLS, and call it with TLS."""
    with Player(script) as door:
        yield Node(door.port, _caller(folder, *options), visits=door.visits)


@start
def _named(folder: Path, host: str, *more: str) -> Iterator[Node]:
    """A server that takes no caller which names no server (RFC 6066 3)."""
    context = tls.server_context(folder, pki.standard().server)

    def named(_connection: object, name: str | None, _context: object) -> int | None:
        return ssl.ALERT_DESCRIPTION_HANDSHAKE_FAILURE if name is None else None

    context.sni_callback = named
    with Player(SERVING, tls=context) as door:
        yield Node(door.port, _caller(folder, "-i4", *more), host, door.visits)


@start
def _failing_once(folder: Path) -> Iterator[Node]:
    """A server that closes the first connection, and is in order from then on."""
    context = tls.server_context(folder, pki.standard().server)
    with Player((Hello(), CloseConnection()), SERVING, tls=context, plain=1) as door:
        yield Node(door.port, _caller(folder, "-i4"), "localhost", door.visits)


def _setup(name: str, begin: Start, findings: Findings, on_the_wire: str | None = None) -> Setup:
    return Setup(name, begin, findings, on_the_wire, 71, MOST)


def _plain(name: str, run: servers.Server, findings: Findings, on_the_wire: str | None) -> Setup:
    return _setup(f"{name} without TLS", _called(run, *ACSE), findings, on_the_wire)


def _demanding(name: str, run: Callable[[], servers.Server]) -> tuple[Setup, Setup]:
    """Return what becomes of no certificate, and of one that the server does not trust."""
    return (
        _setup(f"{name} demands a certificate", _called(run()), REQUIRED),
        _setup(f"{name} refuses our certificate", _called(run(), strange=True), REFUSED),
    )


SETUPS = (
    _setup(
        "OpenSSL, TLS 1.3 alone",
        _called(servers.openssl("-tls1_3"), "+pz"),
        ("tls-version",),
        "alert 70",
    ),
    _setup(
        "OpenSSL, TLS 1.0 alone",
        _called(servers.openssl("-tls1", "-cipher", "ALL:@SECLEVEL=0")),
        ("tls-version",),
        "alert 70",
    ),
    _setup(
        "OpenSSL, another suite",
        _called(servers.openssl("-tls1_2", "-cipher", "AES128-SHA:@SECLEVEL=0")),
        HANDSHAKE_FAILURE,
        "alert 40",
    ),
    _setup(
        "nginx, unknown server name",
        _called(servers.nginx("ssl default_server", "ssl_reject_handshake on;")),
        ("tls-sni",),
        "alert 112",
    ),
    _setup("server name wanted", _named("localhost"), ("tls-sni",), "no TLS session"),
    Setup("closes the first TLS", _failing_once(), ("tls-sni", "intermittent"), "closed", 0, MOST),
    *(
        _setup(
            f"TLS alert {number}",
            _answered(Hello(), _alert(number), CloseConnection()),
            findings,
            f"alert {number}",
        )
        for number, findings in ALERTS.items()
    ),
    _setup("silent to TLS", _answered(options=ACSE), ("tls-unanswered", "plain-expected"), "silence"),
    _plain("storescp", servers.storescp(), PLAIN, "reset"),
    _plain("Orthanc", servers.orthanc(), PLAIN, "reset"),
    _plain("pynetdicom", servers.pynetdicom(), ("plain-expected",), None),
    _plain("dcmtool scp", servers.dcmtool_scp(), ("plain-expected",), "ABORT 2/1"),
    _plain("nginx", servers.nginx(), ("other-protocol",), None),  # as it ends it: closed or reset
    _setup(
        "SSH, called with TLS",
        _answered(Raw(b"SSH-2.0-OpenSSH_9.2\r\n")),
        ("other-protocol",),
        "bytes 53 53 48 2d 32 2e",
    ),
    *_demanding("OpenSSL, TLS 1.2,", lambda: servers.openssl("-tls1_2", demanding=True)),
    *_demanding("OpenSSL, TLS 1.3,", lambda: servers.openssl("-tls1_3", demanding=True)),
    *_demanding("storescp", lambda: servers.secured_storescp(demanding=True)),
    *_demanding("Orthanc", lambda: servers.secured_orthanc(demanding=True)),
)

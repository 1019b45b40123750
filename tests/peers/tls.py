"""Real TLS servers on loopback, certificates from `tests.peers.pki`: Python's, OpenSSL's, DCMTK's, Orthanc's.

    with ScriptedPeer(Accept(), Serve(), tls=server_context(folder, server)) as peer: ...   # Python's ssl
    with OpensslPeer(folder, server, Accept(), Serve()) as peer: ...    # openssl s_server plays it
    with openssl_server(folder, server, "-tls1_3") as port: ...         # handshakes only
    with storescp(folder, server, "+px", clients=root) as port: ...
    with orthanc(folder, server, clients=root) as port: ...
    with Relay(port, piece=1) as relay: ...                             # in between: cuts, withholds, records

`clients` is the authority of the client certificates that the server requires; without it none is asked for.
"""

import contextlib
import select
import socket
import ssl
import struct
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from tests.peers import dcmtk, pki
from tests.peers.orthanc import orthanc as plain_orthanc
from tests.peers.pcap import Sender
from tests.peers.programs import STARTUP, free_port, require, running
from tests.peers.scripted import GRACE, ClientGone, Link, Step

V12, V13 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3


def server_context(
    folder: Path,
    identity: pki.Identity,
    version: ssl.TLSVersion | None = None,
    *,
    clients: pki.Identity | None = None,
    chain: bool = True,
    ciphers: str = "ALL:@SECLEVEL=0",
) -> ssl.SSLContext:
    """Return the context of a Python server, of one version if it is given."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers(ciphers)  # first, as the security level in it is what small keys need
    context.load_cert_chain(identity.certificate_file(folder, chain=chain), identity.key_file(folder))
    if version is not None:
        context.minimum_version = context.maximum_version = version
    if clients is not None:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(clients.certificate_file(folder))
    return context


@contextlib.contextmanager
def storescp(
    folder: Path,
    identity: pki.Identity,
    *options: str,
    clients: pki.Identity | None = None,
    chain: bool = False,
) -> Iterator[int]:
    """Run DCMTK's storescp with TLS and yield its port."""
    asking = ["-ic"] if clients is None else ["-rc", "+cf", clients.certificate_file(folder)]
    files = [identity.key_file(folder), identity.certificate_file(folder, chain=chain)]
    with dcmtk.storescp(folder, "+tls", *files, *asking, *options) as port:
        yield port


@contextlib.contextmanager
def orthanc(
    folder: Path, identity: pki.Identity, *, clients: pki.Identity | None = None, trusted: pki.Identity
) -> Iterator[int]:
    """Run Orthanc with DICOM TLS and yield its port; it wants an authority even where it asks no client."""
    settings = {
        "DicomCheckCalledAet": False,
        "DicomTlsEnabled": True,
        "DicomTlsCertificate": identity.certificate_file(folder, chain=True),
        "DicomTlsPrivateKey": identity.key_file(folder),
        "DicomTlsTrustedCertificates": (clients or trusted).certificate_file(folder),
        "DicomTlsRemoteCertificateRequired": clients is not None,
    }
    with plain_orthanc(folder, settings) as port:
        yield port


# OpenSSL's own server -------------------------------------------------------------------------------


def _s_server(
    port: int, folder: Path, identity: pki.Identity, options: tuple[str, ...], clients: pki.Identity | None
) -> list[str]:
    """Return the command; a client certificate that does not pass ends the handshake."""
    command = [require(pki.OPENSSL), "s_server", "-accept", f"127.0.0.1:{port}"]
    command += ["-cert", identity.certificate_file(folder), "-key", identity.key_file(folder)]
    if identity.between:
        command += ["-cert_chain", identity.certificate_file(folder, chain=True)]
    if clients is not None:
        command += ["-Verify", "2", "-verify_return_error", "-CAfile", clients.certificate_file(folder)]
    return [*command, *options]


@contextlib.contextmanager
def openssl_server(
    folder: Path, identity: pki.Identity, *options: str, clients: pki.Identity | None = None
) -> Iterator[int]:
    """Run `openssl s_server` and yield its port: it shakes hands, and then waits for an HTTP request."""
    with running(
        lambda port: _s_server(port, folder, identity, ("-www", *options), clients), folder / "s_server.log"
    ) as port:
        yield port


class OpensslPeer:
    """`openssl s_server` that plays a script to its first client; what `ScriptedPeer` is to Python's ssl.

    Not `quiet`, it takes commands at the start of what is sent to it (`K` is a KeyUpdate), but its own words
    come between the PDUs: then the script waits with `ExpectBytes`.
    """

    host = "127.0.0.1"

    def __init__(
        self,
        folder: Path,
        identity: pki.Identity,
        *script: Step,
        options: tuple[str, ...] = (),
        quiet: bool = True,
    ) -> None:
        self.port = free_port()
        options = ("-naccept", "1", *(("-quiet",) if quiet else ()), *options)
        command = _s_server(self.port, folder, identity, options, None)
        self._script, self._quiet = script, quiet
        self.ours, theirs = socket.socketpair()
        self.ours.settimeout(GRACE)
        self._wake, self._waker = socket.socketpair()
        self._link = Link(self.ours, self._wake)
        with theirs, (folder / "s_server.log").open("wb") as log:
            self._process = subprocess.Popen(
                command, stdin=theirs.fileno(), stdout=theirs.fileno(), stderr=log
            )
        self._thread = threading.Thread(target=self._play, name="openssl peer")

    def __enter__(self) -> Self:
        end = time.monotonic() + STARTUP
        while not _is_listening(self.port) and self._process.poll() is None and time.monotonic() < end:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(0.01)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.wait()
        self._waker.send(b"x")
        self._thread.join()
        for sock in (self.ours, self._wake, self._waker):
            sock.close()

    @property
    def types(self) -> list[int]:
        """The types of the client's PDUs."""
        return [pdu.type for pdu in self._link.pdus]

    def _play(self) -> None:
        with contextlib.suppress(ClientGone, OSError):
            for step in self._script:
                step.play(self._link)
            if self._quiet:
                self._link.drain()


def _is_listening(port: int) -> bool:
    """Whether somebody listens; asking by a connection would be the one that the server serves."""
    wanted = f"0100007F:{port:04X} 00000000:0000 0A"
    return wanted in Path("/proc/net/tcp").read_text()


# In between -----------------------------------------------------------------------------------------


class Relay:
    """What stands between a client and a TLS server, and serves one connection after the other.

    The server's bytes go on in pieces of `piece` bytes, each a TCP segment of its own, but only the first
    `limit` of them; then the connection stays open in silence. `sent` is what the last client sent, `talk`
    what both did.
    """

    host = "127.0.0.1"

    def __init__(self, server_port: int, *, piece: int = 1 << 16, limit: int | None = None) -> None:
        self._server_port, self._piece, self._limit = server_port, piece, limit
        self._listener = socket.create_server((self.host, 0))
        self.port = int(self._listener.getsockname()[1])
        self._wake, self._waker = socket.socketpair()
        self._thread = threading.Thread(target=self._serve, name="relay")
        self.sent = b""
        self.talk: list[tuple[Sender, bytes]] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._waker.send(b"x")
        self._thread.join()
        for sock in (self._listener, self._wake, self._waker):
            sock.close()

    def _serve(self) -> None:
        while self._listener in select.select([self._listener, self._wake], [], [])[0]:
            client, _ = self._listener.accept()
            with client, socket.create_connection((self.host, self._server_port)) as server:
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.sent, self.talk = b"", []
                with contextlib.suppress(OSError):
                    self._pass_on(client, server)

    def _pass_on(self, client: socket.socket, server: socket.socket) -> None:
        left = self._limit
        sources = [client, server]
        while client in sources:
            for source in select.select(sources, [], [], GRACE)[0]:
                data = source.recv(1 << 16)
                self.talk.append(("requestor" if source is client else "acceptor", data))
                if source is client:
                    self.sent += data
                    server.sendall(data)
                elif left is None or left > 0:
                    for start in range(0, len(data[:left]), self._piece):
                        client.sendall(data[:left][start : start + self._piece])
                    left = None if left is None else left - len(data)
                if not data:
                    sources.remove(source)
                    if source is server:
                        client.shutdown(socket.SHUT_WR)


# Steps of a script ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class ExpectBytes:
    """Wait for these bytes, whatever comes before them."""

    wanted: bytes

    def play(self, link: Link) -> None:
        """Read until they are there."""
        seen = b""
        while self.wanted not in seen:
            data = link.connection.recv(1 << 16)
            if not data:
                raise ClientGone("the client closed the connection")
            seen += data


class Hear:
    """Keep the next bytes that come."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []

    def play(self, link: Link) -> None:
        """Read once."""
        self.heard.append(link.connection.recv(1 << 16))


@dataclass(frozen=True)
class CloseNotify:
    """End the TLS session in order: close_notify, and wait for the client's."""

    def play(self, link: Link) -> None:
        """Say it, then close."""
        assert isinstance(link.connection, ssl.SSLSocket)
        link.connection.unwrap().close()
        link.said_goodbye = True


@dataclass(frozen=True)
class HalfClose:
    """Send nothing more, without a close_notify, but read on: a half-open connection."""

    def play(self, link: Link) -> None:
        """Close our direction of the TCP connection under the TLS session."""
        socket.socket.shutdown(link.connection, socket.SHUT_WR)


# What a client offers -------------------------------------------------------------------------------

_SUPPORTED_VERSIONS, _SERVER_NAME = 43, 0
_SIGNALLING = 0x00FF  # TLS_EMPTY_RENEGOTIATION_INFO_SCSV (RFC 5746)


class ClientHello(NamedTuple):
    """What a ClientHello says (RFC 8446 4.1.2): code points of versions and suites, and its extensions."""

    versions: tuple[int, ...]
    suites: tuple[int, ...]
    extensions: dict[int, bytes]

    @classmethod
    def parse(cls, record: bytes) -> Self:
        """Take one from a TLS record."""
        (version,) = struct.unpack_from(">H", record, 9)
        at = 44 + record[43]
        (length,) = struct.unpack_from(">H", record, at)
        suites = struct.unpack_from(f">{length // 2}H", record, at + 2)
        at += 2 + length
        at += 1 + record[at] + 2
        extensions: dict[int, bytes] = {}
        while at < len(record):
            kind, length = struct.unpack_from(">HH", record, at)
            extensions[kind] = record[at + 4 : at + 4 + length]
            at += 4 + length
        named = extensions.get(_SUPPORTED_VERSIONS, b"\2" + struct.pack(">H", version))
        versions = struct.unpack(f">{named[0] // 2}H", named[1:])
        return cls(versions, tuple(suite for suite in suites if suite != _SIGNALLING), extensions)

    @property
    def asks_for_a_name(self) -> bool:
        """Whether it has a server name (RFC 6066 3)."""
        return _SERVER_NAME in self.extensions

"""Echoes over TLS, beside a bare `ssl` socket that sends prebuilt bytes."""

import os
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import dcmtool
from benchmarks.bare import bare_echoes, receive_pdu
from benchmarks.comparison import Row, compare
from benchmarks.echoes import ECHOES
from benchmarks.processors import pinned_to
from benchmarks.scp import STORESCP, running
from dcmtool.association.proposal import associate_rq
from dcmtool.settings import Negotiation, TlsSettings
from dcmtool.upper_layer.pdus import ReleaseRq
from dcmtool.verification.echo import proposal
from tests.peers import pki

SESSIONS = 60


def rows() -> list[Row]:
    """A session for one echo, handshake included, and an echo among many in one session."""
    whole = "an echo over TLS by `dcmtool.echo()` / by a bare `ssl` socket with prebuilt bytes"
    single = "the same, an echo among many in one session"
    if not STORESCP.exists():
        return [
            Row(name, limit, None, note="needs DCMTK's storescp")
            for name, limit in ((whole, 1.15), (single, None))
        ]
    processor = min(os.sched_getaffinity(0))
    with _authority_and_server(processor) as (authority, port), pinned_to(processor):
        note = "connect and handshake to close"
        context = _context(authority)
        return [
            compare(
                whole,
                1.15,
                partial(_sessions, port, authority),
                partial(_bare_sessions, port, context),
                15,
                note,
            ),
            compare(
                single, None, partial(_echoes, port, authority), partial(_bare_echoes, port, context), 15
            ),
        ]


@contextmanager
def _authority_and_server(processor: int) -> Iterator[tuple[str, int]]:
    """Run storescp with TLS; give the file of the authority to trust, and its port."""
    with TemporaryDirectory() as name:
        folder, cast = Path(name), pki.standard()
        authority = cast.root.certificate_file(folder)
        files = (cast.server.key_file(folder), cast.server.certificate_file(folder))
        with running(processor, options=["+tls", *files, "+cf", authority, "-ic"]) as port:
            yield authority, port


def _context(authority: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.load_verify_locations(authority)
    return context


def _sessions(port: int, authority: str) -> float:
    settings = TlsSettings(ca_files=(authority,))
    begun = time.perf_counter()
    for _ in range(SESSIONS):
        report = dcmtool.echo("127.0.0.1", port, tls=settings)
        assert report.success, report.error
    return (time.perf_counter() - begun) / SESSIONS


def _bare_sessions(port: int, context: ssl.SSLContext) -> float:
    begun = time.perf_counter()
    for _ in range(SESSIONS):
        _bare_session(port, context, 1)
    return (time.perf_counter() - begun) / SESSIONS


def _bare_session(port: int, context: ssl.SSLContext, echoes: int) -> float:
    """Return the seconds that the echoes after the first took."""
    with socket.create_connection(("127.0.0.1", port)) as plain:
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with context.wrap_socket(plain) as connection:
            connection.sendall(associate_rq(proposal(Negotiation())).encode())
            receive_pdu(connection)
            seconds = bare_echoes(connection, echoes)
            connection.sendall(ReleaseRq().encode())
            receive_pdu(connection)
            return seconds


def _echoes(port: int, authority: str) -> float:
    report = dcmtool.echo("127.0.0.1", port, repeat=ECHOES, tls=TlsSettings(ca_files=(authority,)))
    assert report.phases.echo is not None, report.error
    return report.phases.echo / ECHOES / 1e9


def _bare_echoes(port: int, context: ssl.SSLContext) -> float:
    return _bare_session(port, context, ECHOES) / (ECHOES - 1)

"""Targets that take what a peer sends where TLS is spoken, to a client (`dcmtool echo`) or a server (`scp`).

The bits of the first byte: 0 and 1 how it ends, 2 and 3 in which pieces it comes; 4 and 5 what the rest is:
0 what the peer sends as it is, 1 what it sends in a session that is sound, 2 changes of what it sends in such
a session, each of three bytes: two of the place and one of the bits that are turned there; 6 TLS 1.2 at most;
7 the peer's certificate does not pass.
"""

import ssl
from collections.abc import Iterable, Iterator
from functools import cache

from dcmtool.association.proposal import associate_rq
from dcmtool.dimse.messages import c_echo_rq
from dcmtool.scp.procedure import AcceptedConnection, Places
from dcmtool.scp.record import Record
from dcmtool.scp.settings import ScpSettings
from dcmtool.settings import (
    EchoRequest,
    Negotiation,
    Peer,
    ServerTls,
    Timeouts,
    TlsSettings,
    first_transfer_syntaxes,
)
from dcmtool.tls.contexts import PreparedTls, prepare
from dcmtool.tls.layer import over_tls
from dcmtool.tls.server import prepare_server
from dcmtool.tls.server_layer import serve_over_tls
from dcmtool.verification.echo import proposal, verify
from tests.fuzz.memory import ADDRESS, ENDINGS, Far, Line, Told, by_pdu, pieces
from tests.fuzz.peers import MOST_STEPS, check_records, check_report
from tests.fuzz.sandbox import FOLDER
from tests.peers import pki, wire

_RECORD = 16384  # bytes read from a session at once
_NEGOTIATION = Negotiation(contexts=2, transfer_syntaxes=first_transfer_syntaxes(2))
_REQUEST = associate_rq(proposal(_NEGOTIATION)).encode()
_ANSWERS = (
    wire.accept(wire.parse_request(_REQUEST[6:]))
    + b"".join(wire.p_data(1, wire.echo_response(number)) for number in (1, 2, 3))
    + wire.pdu(wire.RELEASE_RP, bytes(4))
)
_REQUESTS = _REQUEST + wire.p_data(1, c_echo_rq(1)) + wire.pdu(wire.RELEASE_RQ, bytes(4))


def tls_client(data: bytes) -> None:
    """What a node sends to `dcmtool echo` over TLS."""
    options, rest = data[0] if data else 0, data[1:]
    node = _far(options, rest, _ANSWERS, _node(options & 0xC0))
    request = EchoRequest(
        Peer("localhost", 2762), _NEGOTIATION, Timeouts(connect=5, dimse=20), 3, tls=_prepared().settings
    )
    report = Line(node).drive(over_tls(verify(request, 0), _prepared()), MOST_STEPS + 20 * len(rest))
    check_report(report, request)


def tls_server(data: bytes) -> None:
    """What a caller sends to `dcmtool scp` over TLS."""
    options, rest = data[0] if data else 0, data[1:]
    caller = _far(options, rest, _REQUESTS, _caller(options & 0xC0))
    places, records = Places(1), list[Record]()
    connection = AcceptedConnection(
        ScpSettings(tls=ServerTls()), places, (ADDRESS, 40000), lambda: None, records.append
    )
    Line(caller).drive(serve_over_tls(connection.run(), _serving()), MOST_STEPS + 20 * len(rest))
    assert places.taken == 0
    check_records(records)


# The far end ------------------------------------------------------------------------------------------


def _far(options: int, rest: bytes, usual: bytes, context: ssl.SSLContext) -> Far:
    ending = ENDINGS[options & 3]
    match options >> 4 & 3:
        case 1:
            return Secured(context, Told(pieces(rest, options >> 2), ending))
        case 2:
            return Secured(context, Told(by_pdu(usual), ending), _changes(rest))
    return Told(pieces(rest, options >> 2), ending)


def _changes(data: bytes) -> Iterator[tuple[int, int]]:
    return ((int.from_bytes(data[at : at + 2]), data[at + 2]) for at in range(0, len(data) - 2, 3))


class Secured:
    """A peer that says in a TLS session what it is told to say; an end in order is a close_notify.

    `changes` turn bits of what it sends, at places that are counted over all of its connections.
    """

    def __init__(self, context: ssl.SSLContext, told: Told, changes: Iterable[tuple[int, int]] = ()) -> None:
        self._context, self._told = context, told
        self._changes, self._place = list(changes), 0
        self.connect()

    def connect(self) -> None:
        """Begin a session."""
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        is_server = self._context.protocol == ssl.PROTOCOL_TLS_SERVER
        self._tls = self._context.wrap_bio(self._incoming, self._outgoing, server_side=is_server)
        self._is_open = self._has_failed = False
        self._work()

    def take(self, data: bytes) -> None:
        """Take what was sent."""
        self._told.take(b"")
        self._incoming.write(data)
        self._work()

    def give(self) -> bytes | None:
        """Return what it sends."""
        if self._is_open and not self._outgoing.pending:
            said = self._told.give()
            if said is None:
                return None
            self._say(said)
        if self._outgoing.pending:
            return self._changed(self._outgoing.read())
        return b"" if self._has_failed or self._is_open else self._told.end()

    def _say(self, said: bytes) -> None:
        try:
            if said:
                self._tls.write(said)
            else:
                self._tls.unwrap()
        except ssl.SSLError:  # such as that the peer has not ended its session too
            return

    def _work(self) -> None:
        try:
            if not self._is_open:
                self._tls.do_handshake()
                self._is_open = True
            while self._tls.read(_RECORD):
                pass
        except ssl.SSLWantReadError:
            return
        except ssl.SSLError:  # it gives up, with an alert
            self._has_failed, self._is_open = True, False

    def _changed(self, data: bytes) -> bytes:
        changed = bytearray(data)
        for place, bits in self._changes:
            if 0 <= place - self._place < len(data):
                changed[place - self._place] ^= bits
        self._place += len(data)
        return bytes(changed)


# Who they are -----------------------------------------------------------------------------------------


@cache
def _identities() -> tuple[pki.Authority, pki.Identity, pki.Identity]:
    """Return an authority, its server, and one that nobody vouches for."""
    root = pki.Authority()
    return root, root.issue(usage=pki.SERVER + pki.CLIENT), pki.self_signed("stranger")


@cache
def _prepared() -> PreparedTls:
    root, *_ = _identities()
    return prepare(TlsSettings(ca_files=(root.certificate_file(FOLDER),)))


@cache
def _serving() -> ssl.SSLContext:
    root, server, _ = _identities()
    files = server.key_file(FOLDER), server.certificate_file(FOLDER)
    settings = TlsSettings(*files, ca_files=(root.certificate_file(FOLDER),))
    return prepare_server(ServerTls(settings, "optional"), None).context


@cache
def _node(options: int) -> ssl.SSLContext:
    _, server, stranger = _identities()
    return _context(ssl.PROTOCOL_TLS_SERVER, options, stranger if options & 0x80 else server)


@cache
def _caller(options: int) -> ssl.SSLContext:
    _, server, stranger = _identities()
    return _context(ssl.PROTOCOL_TLS_CLIENT, options, stranger if options & 0x80 else server)


def _context(protocol: int, options: int, own: pki.Identity) -> ssl.SSLContext:
    context = ssl.SSLContext(protocol)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.load_cert_chain(own.certificate_file(FOLDER), own.key_file(FOLDER))
    if options & 0x40:
        context.maximum_version = ssl.TLSVersion.TLSv1_2
    return context

"""What comes before an association: the TLS handshake and the A-ASSOCIATE-RQ, each within a time.

pynetdicom has two threads for each connection that it is given, and waits half a minute in them for a request
that does not come. So it is given only those from which a whole one has come; health checks, scanners and
other protocols end here.
"""

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import NamedTuple

from pynetdicom.pdu import A_ASSOCIATE_RQ

from dcmtool.dimse.fragments import largest_fragment
from dcmtool.errors import MaximumLengthTooSmall, NotDicom, RemoteProtocolError, reason_of
from dcmtool.scp.farewell import read_the_rest, say_last
from dcmtool.scp.record import Outcome, TlsFacts
from dcmtool.text import printable
from dcmtool.transport.cipher_suites import iana_name
from dcmtool.transport.server_tls import handshake_failure
from dcmtool.transport.tls_failures import no_tls
from dcmtool.transport.tls_stream import looks_like_tls
from dcmtool.upper_layer.pdus import ASSOCIATE_RQ, PDU_HEADER, PDU_NAMES, Abort, AssociateRj, AssociateRq
from dcmtool.upper_layer.reader import PduReader
from dcmtool.upper_layer.user_information import MaximumLength, UnknownSubItem, find

_CHUNK = 1 << 16  # bytes of one read
_TLS_ALERT = bytes.fromhex("15 0303 0002 02 0a")  # fatal, unexpected_message (RFC 8446 6)
_UNSUPPORTED_VERSION = AssociateRj(1, 2, 2)  # PS3.8 9.3.4


class Turned(Exception):
    """A connection that asks for no association that could be served: how it ended, and why."""

    def __init__(self, outcome: Outcome, reason: str = "") -> None:
        super().__init__(outcome, reason)
        self.outcome, self.reason = outcome, reason


class Arrived(NamedTuple):
    """An association request, its PDU as pynetdicom can use it, and what has come after it."""

    request: AssociateRq
    pdu: bytes
    more: bytes


class Clock:
    """A time within which something should be done, in seconds."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = monotonic() + seconds

    def left(self) -> float:
        """Return the seconds left. Raises `TimeoutError` once there are none."""
        left = self._end - monotonic()
        if left <= 0:
            raise TimeoutError
        return left


def expect_tls(connection: socket.socket, seconds: float) -> None:
    """See that a client begins with TLS; what it sent is left to be read.

    One that does not is told by an alert what is spoken here.

    Raises:
        Turned: it does not.
    """
    with _broken(Outcome.NOTHING_SENT, f"nothing came within {seconds:g} s"):
        connection.settimeout(seconds)
        start = connection.recv(8, socket.MSG_PEEK)
    if not start:
        raise Turned(Outcome.NOTHING_SENT)
    if not looks_like_tls(start):
        say_last(connection, _TLS_ALERT)
        raise Turned(Outcome.TLS_FAILED, no_tls(start).what)


def wrapped(connection: socket.socket, context: ssl.SSLContext) -> ssl.SSLSocket:
    """Return the connection with TLS, before its handshake; the one that is given is no more.

    Raises:
        Turned: it is closed already.
    """
    with _broken(Outcome.NOTHING_SENT, ""):
        return context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)


def secured(connection: ssl.SSLSocket, seconds: float) -> TlsFacts:
    """Shake hands with a client, and return what was negotiated.

    Raises:
        Turned: the handshake fails.
    """
    try:
        connection.settimeout(seconds)
        connection.do_handshake()
    except OSError as error:
        read_the_rest(connection)
        raise Turned(Outcome.TLS_FAILED, handshake_failure(error, seconds)) from error
    suite = connection.cipher()
    certificate = connection.getpeercert(binary_form=True) or b""
    return TlsFacts(connection.version() or "", iana_name(suite[0]) if suite else "", certificate)


def first_request(connection: socket.socket, max_pdu: int, seconds: float) -> Arrived:
    """Read the association request; what else comes is answered with an A-ABORT.

    Raises:
        Turned: none came.
    """
    reader, data = PduReader(max_pdu), bytearray()
    clock = Clock(seconds)
    try:
        while (pdu := reader.next_pdu()) is None:
            _read_more(connection, reader, data, clock)
        kind, body = pdu
        if kind != ASSOCIATE_RQ:
            raise RemoteProtocolError(
                f"the peer began with {PDU_NAMES[kind]} in place of A-ASSOCIATE-RQ",
                "PS3.8 9.2.3",
                abort_reason=2,
            )
        if not body[1:2] or not body[1] & 1:
            say_last(connection, _UNSUPPORTED_VERSION.encode())
            raise Turned(
                Outcome.NO_REQUEST, "the peer does not speak version 1 of the protocol (PS3.8 9.3.2)"
            )
        request = AssociateRq.decode(body)
        return Arrived(request, _usable(request), bytes(data[PDU_HEADER.size + len(body) :]))
    except RemoteProtocolError as error:
        say_last(connection, Abort(2, error.abort_reason).encode())
        raise Turned(Outcome.NO_REQUEST, _in_words(error)) from error


def _usable(request: AssociateRq) -> bytes:
    """Return the request's PDU for pynetdicom.

    It knows neither new sub-items, nor no maximum length, nor that there may be later versions besides.
    """
    _check(request)
    known = [each for each in request.user_information if not isinstance(each, UnknownSubItem)]
    if find(request.user_information, MaximumLength) is None:
        known.append(MaximumLength(0))
    pdu = request._replace(user_information=tuple(known), protocol_version=1).encode()
    try:
        theirs = A_ASSOCIATE_RQ()
        theirs.decode(pdu)
        theirs.to_primitive()
    except Exception as error:  # whatever a value of the peer's makes of it
        raise _bad(f"cannot be used: {printable(str(error))}", "PS3.8 9.3.2") from error
    return pdu


def _check(request: AssociateRq) -> None:
    """See to what pynetdicom finds out too late."""
    for context in request.contexts:
        if not context.transfer_syntaxes:
            raise _bad(
                f"proposes no transfer syntax for presentation context {context.context_id}",
                "PS3.8 9.3.2.2",
            )
    longest = find(request.user_information, MaximumLength)
    try:
        largest_fragment(longest.value if longest else 0)
    except MaximumLengthTooSmall as error:
        raise _bad(
            f"has a maximum length of {error.maximum}, too small for any message", "PS3.8 D.1"
        ) from error


def _bad(what: str, clause: str) -> RemoteProtocolError:
    return RemoteProtocolError(f"the peer's A-ASSOCIATE-RQ {what}", clause, abort_reason=6)


def _read_more(connection: socket.socket, reader: PduReader, data: bytearray, clock: Clock) -> None:
    awaited = f"the rest of {reader.partial}" if data else "nothing"
    late = f"{awaited} {'did not come' if data else 'came'} within {clock.seconds:g} s"
    with _broken(Outcome.NO_REQUEST if data else Outcome.NOTHING_SENT, late):
        connection.settimeout(clock.left())
        more = connection.recv(_CHUNK)
    if not more:
        if not data:
            raise Turned(Outcome.NOTHING_SENT)
        raise Turned(Outcome.NO_REQUEST, f"the peer closed the connection in the middle of {reader.partial}")
    data += more
    reader.feed(more)


@contextmanager
def _broken(outcome: Outcome, late: str) -> Iterator[None]:
    """Turn the system's errors into an outcome; `late` is what to say where the time is over."""
    try:
        yield
    except TimeoutError as error:
        raise Turned(outcome, late) from error
    except OSError as error:
        raise Turned(outcome, f"the connection broke: {reason_of(error)}") from error


def _in_words(error: RemoteProtocolError) -> str:
    if isinstance(error, NotDicom) and looks_like_tls(error.start):
        return "the peer wants TLS, which is not spoken here: it sent a TLS ClientHello"
    return str(error)

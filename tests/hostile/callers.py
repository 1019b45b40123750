"""Callers that break the standard, or merely are odd, with the clause that decides what `scp` makes of it."""

import os
import select
import socket
import ssl
import struct
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from tests.peers import wire
from tests.peers.scu import (
    DEFAULT_USER,
    ECHO,
    RELEASE,
    USER_ABORT,
    VERIFICATION,
    Client,
    associate_request,
    command,
    trusting_anybody,
)
from tests.peers.wire import COMMAND, LAST, item, p_data, pdu
from tests.scp.test_association_request import HELLO, HTTP, NO_REQUEST
from tests.scp.test_protocol_errors import OUT_OF_ORDER

Act = Callable[[Client], object]
Told = tuple[bytes, ...]

AC = b"\2"  # any A-ASSOCIATE-AC
RELEASE_RP = pdu(wire.RELEASE_RP, bytes(4))
SPLIT = p_data(1, command()[:20], COMMAND)  # the first part of a C-ECHO-RQ


class Caller(NamedTuple):
    """A caller: the clause that decides, how its record ends, what it is told, and what it does.

    `told` are the PDUs in whole, but for an A-ASSOCIATE-AC; None where the caller does not stay to hear them.
    `tls` is the session that it makes first.
    """

    clause: str
    outcome: str
    says: str
    told: Told | None
    acts: tuple[Act, ...]
    tls: ssl.SSLContext | None = None


Callers = dict[str, Caller]


# What a caller does -----------------------------------------------------------------------------------


def associate(client: Client) -> None:
    """Ask for an association, and wait for the answer."""
    client.associate()


def sends(*parts: bytes) -> Act:
    """Send bytes."""
    return lambda client: client.send(*parts)


def drips(data: bytes, seconds: float = 0.0) -> Act:
    """Send byte by byte, each so long after the one before, until there is an answer."""

    def drip(client: Client) -> None:
        for each in data:
            client.send(bytes([each]))
            if select.select([client.socket], [], [], seconds)[0]:
                return

    return drip


def hears(client: Client) -> None:
    """Wait for the next PDU."""
    client.read()


def half_closes(client: Client) -> None:
    """Say nothing more, and go on listening."""
    socket.socket.shutdown(client.socket, socket.SHUT_WR)  # SSLSocket's own would end its session as well


def sends_in_clear(data: bytes) -> Act:
    """Send bytes past the TLS session."""
    return lambda client: os.write(client.socket.fileno(), data)


def _adder(callers: Callers) -> Callable[..., None]:
    def add(
        name: str,
        clause: str,
        outcome: str,
        says: str,
        told: Told | None,
        *acts: Act,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        assert name not in callers, name
        callers[name] = Caller(clause, outcome, says, told, acts, tls)

    return add


# Without TLS ------------------------------------------------------------------------------------------

PLAIN: Callers = {}
_add = _adder(PLAIN)
acts: tuple[Act, ...]
told: Told


def _abort(numbers: str) -> bytes:
    return wire.abort(*map(int, numbers.split("/")))


_CLAUSES = {"2/1": "PS3.8 9.3.1", "2/2": "PS3.8 9.2.3", "2/6": "PS3.8 9.3.8", "2/0": "PS3.8 9.3.8"}
for name, (data, numbers, words) in NO_REQUEST.items():
    _add(f"begins with {name}", _CLAUSES[numbers], "no-request", words, (_abort(numbers),), sends(data))
for name, (data, numbers, words) in OUT_OF_ORDER.items():
    told = (AC, _abort(numbers))
    _add(f"goes on with {name}", _CLAUSES[numbers], "aborted", words, told, associate, sends(data))

# In place of a request: PDUs of the other types, and what is none
for name, data in {
    "A-ASSOCIATE-AC": pdu(wire.ASSOCIATE_AC, b"\0\1" + bytes(66)),
    "A-ASSOCIATE-RJ": wire.reject(1, 1, 1),
    "A-RELEASE-RP": RELEASE_RP,
}.items():
    _add(f"begins with {name}", "PS3.8 9.2.3 AA-1", "no-request", name, (wire.abort(2, 2),), sends(data))
_add("begins with A-ABORT", "PS3.8 9.2.3 AA-2", "no-request", "aborted", (), sends(USER_ABORT))
for name, data in {
    "PDU type 0": bytes(10),
    "PDU type 8": b"\x08\0\0\0\0\0",
    "PDU type FF": b"\xff" * 64,
    "SSH": b"SSH-2.0-OpenSSH_9.2\r\n",
    "SSL 2": bytes.fromhex("802e0100020015000000100100800300800700c0"),
    "HL7": b"\x0bMSH|^~\\&|A|B\r\x1c\r",
}.items():
    _add(f"begins with {name}", "PS3.8 9.3.1", "no-request", "no DICOM PDU", (wire.abort(2, 1),), sends(data))
for kind in (wire.ASSOCIATE_AC, wire.ASSOCIATE_RJ, wire.P_DATA, wire.RELEASE_RQ, wire.RELEASE_RP, wire.ABORT):
    name = f"{wire.PDU_NAMES[kind]} of 4 GiB"
    data = struct.pack(">BxI", kind, 0xFFFFFFFF) + bytes(50)
    _add(f"begins with {name}", "PS3.8 9.3.1", "no-request", "4294967295", (wire.abort(2, 6),), sends(data))

# Who goes before it has asked
_GONE = "Connection reset by peer"
_add("connects and closes", "PS3.8 9.2.3 AA-5", "nothing-sent", "", (), half_closes)
_add("connects and resets", "PS3.8 9.2.3 AA-5", "nothing-sent", _GONE, None, Client.reset)
for part in (1, 5, 6, 40):
    words = "in the middle of A-ASSOCIATE-RQ"
    acts = (sends(associate_request()[:part]), half_closes)
    _add(f"closes after {part} bytes", "PS3.8 9.2.3 AA-5", "no-request", words, (), *acts)

# An A-ASSOCIATE-RQ that is refused, or that breaks PS3.8 9.3.2
for name, refused, told_numbers in (
    ("no called title", associate_request(called=b""), (1, 1, 7)),
    ("no calling title", associate_request(calling=b" "), (1, 1, 3)),
    ("another application context", associate_request(application_context=b"1.2"), (1, 1, 2)),
    ("an empty application context", associate_request(application_context=b""), (1, 1, 2)),
):
    _add(f"asks with {name}", "PS3.8 9.3.4", "rejected", "", (wire.reject(*told_numbers),), sends(refused))
_add(
    "asks with version 2",
    "PS3.8 9.3.2",
    "no-request",
    "0x0002",
    (wire.reject(1, 2, 2),),
    sends(associate_request(version=2)),
)


def _with_items(*more: bytes) -> bytes:
    body = associate_request()[6:]
    return pdu(wire.ASSOCIATE_RQ, body + b"".join(more))


_FALSE = {
    "an item that is longer than all": _with_items(b"\x20\0\xff\xff"),
    "a cut item header": _with_items(b"\x20\0"),
    "a context of 3 bytes": _with_items(item(0x20, bytes(3))),
    "a syntax that is longer than all": _with_items(item(0x20, bytes([3, 0, 0, 0]) + b"\x30\0\0\x09")),
    "user information that does not add up": associate_request(user=(b"\x52\0\0\x40",)),
    "an identity that does not add up": associate_request(user=(item(0x58, b"\1\0\xff\xff"),)),
    "a role selection that does not add up": associate_request(user=(item(0x54, b"\0\x40x"),)),
    "200 contexts": associate_request(*[(1, "1.2", ("1.2",))] * 200),
    "1000 transfer syntaxes": associate_request((1, wire.VERIFICATION, ("1.2.840.10008.1.2",) * 1000)),
}
for name, data in _FALSE.items():
    _add(f"asks with {name}", "PS3.8 9.3.2", "no-request", "PS3.", (wire.abort(2, 6),), sends(data))

# What comes too early, and who does not wait for the answer
for name, (data, reason) in {
    "A-ASSOCIATE-RQ": (associate_request(), 2),
    "A-RELEASE-RP": (RELEASE_RP, 2),
    "garbage": (HTTP, 1),
}.items():
    acts = (sends(associate_request() + data),)
    _add(f"asks and sends {name}", "PS3.8 9.2.3 AA-8", "aborted", "", (wire.abort(2, reason),), *acts)
_add(
    "asks and aborts",
    "PS3.8 9.2.3 AA-3",
    "aborted-by-peer",
    "service user",
    (),
    sends(associate_request() + USER_ABORT),
)
_asked = sends(associate_request())
_add("asks and closes", "PS3.8 9.2.3 AA-4", "connection-lost", "", None, _asked, half_closes)

# What is tolerated, since no clause forbids it
_END = (sends(RELEASE),)
_SERVED = (AC, RELEASE_RP)
_ODD = {
    "byte by byte": drips(associate_request()),
    "with an identity of a type that is none": sends(
        associate_request(user=(*DEFAULT_USER, item(0x58, b"\xff\1\0\1x\0\0")))
    ),
    "with an identity of 60 KB": sends(
        associate_request(user=(*DEFAULT_USER, item(0x58, b"\5\0\xea\x60" + bytes(60_000) + b"\0\0")))
    ),
    "with items that nobody knows": sends(_with_items(item(0xEE, b"x"), item(0x00, b""))),
    "without user information": sends(pdu(wire.ASSOCIATE_RQ, associate_request(user=())[6:-4])),
    "without a context": sends(pdu(wire.ASSOCIATE_RQ, associate_request()[6:99] + associate_request()[-23:])),
    "with context 0": sends(associate_request((0, *VERIFICATION[1:]))),
    "with one context twice": sends(associate_request(VERIFICATION, VERIFICATION)),
    "with syntaxes that are no UIDs": sends(associate_request((1, "x" * 300, ("y" * 300, "")))),
    "with 128 contexts": sends(
        associate_request(*[(n, f"1.2.{n}", ("1.2.840.10008.1.2",)) for n in range(1, 256, 2)])
    ),
    "for PDUs of 4 GB": sends(associate_request(user=(item(0x51, b"\xff" * 4),))),
}
for name, asks in _ODD.items():
    _add(f"asks {name}", "PS3.8 9.3.2", "released", "", _SERVED, asks, hears, *_END)
_ANSWER = p_data(1, wire.echo_response(7))
_TOLERATED = {
    "in fragments of a byte": b"".join(
        p_data(1, command()[n : n + 1], COMMAND | (LAST if n + 1 == len(command()) else 0))
        for n in range(len(command()))
    ),
    "with reserved bits of a PDV set": p_data(1, command(), 0xFF),
    "with elements that nobody knows": p_data(1, command(more={0x9999: b"x"})),
}
for name, data in _TOLERATED.items():
    told = (AC, _ANSWER, RELEASE_RP)
    _add(f"echoes {name}", "PS3.8 9.3.5", "released", "", told, associate, sends(data), hears, *_END)
_add(
    "echoes and closes its side",
    "PS3.8 9.2.3 AA-4",
    "connection-lost",
    "closed",
    (AC, _ANSWER),
    associate,
    sends(ECHO),
    half_closes,
)

# Over the association: who aborts, releases, or goes at a bad moment
_add(
    "aborts within a message",
    "PS3.8 9.2.3 AA-3",
    "aborted-by-peer",
    "service user",
    (AC,),
    associate,
    sends(SPLIT, USER_ABORT),
)
_add(
    "closes within a PDU",
    "PS3.8 9.2.3 AA-4",
    "connection-lost",
    "in the middle of P-DATA-TF",
    (AC,),
    associate,
    sends(ECHO[:20]),
    half_closes,
)
_part = (associate, sends(ECHO[:20]))
_add("resets within a PDU", "PS3.8 9.2.3 AA-4", "connection-lost", _GONE, None, *_part, Client.reset)
_add(
    "sends data without end",
    "PS3.7 9.3.5.1",
    "aborted",
    "C-STORE-RQ",
    (AC, wire.abort(2, 6)),
    associate,
    sends(p_data(1, command(1, more={0x0700: b"\0\0", 0x1000: b"1.2"}, data_set_type=1))),
    sends(p_data(1, bytes(16000), 0) * 300),
)
_add(
    "sends fragments without end",
    "PS3.7 6.3.1",
    "aborted",
    "a command set of more than 65536 bytes",
    (AC, wire.abort(2, 0)),
    associate,
    sends(p_data(1, b"\0", COMMAND) * 100_000),
)
for name, data in {
    "data": ECHO,
    "another request": associate_request(),
    "another A-RELEASE-RQ": RELEASE,
    "an A-ABORT": USER_ABORT,
    "garbage": HTTP,
}.items():
    acts = (associate, sends(RELEASE + data))
    _add(f"releases and sends {name}", "PS3.8 9.2.3 AR-4", "released", "behind", _SERVED, *acts)
_add(
    "collides with a release that nobody asked for",
    "PS3.8 9.2.3 AA-8",
    "aborted",
    "A-RELEASE-RP",
    (AC, wire.abort(2, 2)),
    associate,
    sends(RELEASE_RP + RELEASE),
)

# With TLS: what is no session, and what comes over one ------------------------------------------------

SECURED: Callers = {}
_add = _adder(SECURED)


def _record(kind: int, data: bytes, version: int = 0x0303, length: int | None = None) -> bytes:
    """Return a TLS record, which may claim another length (RFC 8446 5.1)."""
    return struct.pack(">BHH", kind, version, len(data) if length is None else length) + data


def _alert(number: int) -> bytes:
    return _record(0x15, bytes([2, number]))


_UNEXPECTED, _OVERFLOW, _ILLEGAL, _DECODE = map(_alert, (10, 22, 47, 50))  # RFC 8446 6
_NO_SESSION: dict[str, tuple[bytes, bytes]] = {
    "an A-ASSOCIATE-RQ": (associate_request(), _UNEXPECTED),
    "an A-ABORT": (USER_ABORT, _UNEXPECTED),
    "HTTP": (HTTP, _UNEXPECTED),
    "NULs": (bytes(100), _UNEXPECTED),
    "SSL 2": (bytes.fromhex("802e0100020015000000100100800300800700c0"), _UNEXPECTED),
    "4 GiB": (struct.pack(">BxI", 1, 0xFFFFFFFF), _UNEXPECTED),
    "a record of 64 KB": (_record(0x16, b"\1" + bytes(100), 0x0301, 0xFFFF), _OVERFLOW),
    "a ClientHello of 16 MB": (_record(0x16, b"\1\xff\xff\xff" + bytes(96), 0x0301), _ILLEGAL),
    "a ClientHello of ones": (_record(0x16, b"\1\0\0\x60" + b"\xff" * 96, 0x0301), _DECODE),
    "a ServerHello": (_record(0x16, b"\2\0\0\x26" + bytes(38)), _UNEXPECTED),
    "an alert": (_record(0x15, b"\2\x28"), _UNEXPECTED),
    "close_notify": (_record(0x15, b"\1\0"), _UNEXPECTED),
    "data": (_record(0x17, bytes(30)), _UNEXPECTED),
    "version 9": (_record(0x16, b"\1\0\0\x60" + bytes(96), 0x0909), _UNEXPECTED),
}
for name, (data, alert) in _NO_SESSION.items():
    _add(f"begins TLS with {name}", "RFC 8446 5.1", "tls-failed", "", (alert,), sends(data), half_closes)
for name, data in {
    "a byte": b"\x16",
    "part of a ClientHello": HELLO,
    "no record": _record(0x16, b""),
}.items():
    words = "closed the connection in the middle of the TLS handshake"
    _add(f"closes after {name}", "RFC 8446 6.1", "tls-failed", words, (), sends(data), half_closes)
_add("resets in the handshake", "RFC 8446 6.1", "tls-failed", _GONE, None, sends(HELLO), Client.reset)
_add("connects for TLS and closes", "PS3.8 9.2.3 AA-5", "nothing-sent", "", (), half_closes)

_SESSION = trusting_anybody()
_secured = partial(_add, tls=_SESSION)
_secured("makes a session and closes", "PS3.8 9.2.3 AA-5", "nothing-sent", "", (), half_closes)
_secured("aborts over TLS", "PS3.8 9.2.3 AA-2", "no-request", "aborted", (), sends(USER_ABORT))
_secured("cuts it off", "PS3.8 9.2.3 AA-4", "connection-lost", "closed", (AC,), associate, half_closes)
for name, data, reason in (
    ("HTTP", HTTP, 1),
    ("TLS", HELLO, 1),
    ("data", ECHO, 2),
    ("200 contexts", _FALSE["200 contexts"], 6),
    ("a request of 4 GiB", struct.pack(">BxI", 1, 0xFFFFFFFF), 6),
):
    _secured(f"sends {name} over TLS", "PS3.8 9.3.1", "no-request", "", (wire.abort(2, reason),), sends(data))
_secured("resets within TLS", "PS3.8 9.2.3 AA-4", "connection-lost", _GONE, None, associate, Client.reset)
for name, data in {
    "garbage": bytes(100),
    "a false record": _record(0x17, bytes(30)),
    "an alert": _record(0x15, b"\2\x28"),
    "a PDU": ECHO,
}.items():
    acts = (associate, sends_in_clear(data))
    _secured(f"sends {name} past TLS", "RFC 8446 5.2", "connection-lost", "TLS", None, *acts)


# Who takes its time: the timeouts that are given bound it ----------------------------------------------

SLOW: Callers = {}
_add = _adder(SLOW)
_add("says nothing", "PS3.8 9.1.4", "nothing-sent", "nothing came within 1 s", ())
_add(
    "sends a header and no more",
    "PS3.8 9.1.4",
    "no-request",
    "the rest of A-ASSOCIATE-RQ did not come within 1 s",
    (),
    sends(associate_request()[:6]),
)
_add(
    "drips its request",
    "PS3.8 9.1.4",
    "no-request",
    "the rest of A-ASSOCIATE-RQ did not come within 1 s",
    (),
    drips(associate_request()[:70], 0.02),
)
_add("falls silent", "PS3.8 9.2.3 AA-1", "aborted", "nothing came for 1 s", (AC, USER_ABORT), associate)
_add(
    "falls silent within a message",
    "PS3.8 9.2.3 AA-1",
    "aborted",
    "nothing came for 1 s",
    (AC, USER_ABORT),
    associate,
    sends(SPLIT),
)
_add(
    "drips its data",
    "PS3.8 9.2.3 AA-1",
    "aborted",
    "the rest of P-DATA-TF did not come within 1 s",
    (AC, USER_ABORT),
    associate,
    drips(ECHO[:70], 0.02),
)

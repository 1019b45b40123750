"""What comes in place of an association request, and what is made of it, with TLS and without."""

import socket
import struct

import pytest

from dcmtool.scp.record import ConnectionOutcome
from dcmtool.settings import ServerTls
from tests.peers import wire
from tests.peers.scu import (
    DEFAULT_USER,
    ECHO,
    RELEASE,
    USER_ABORT,
    VERIFICATION,
    Client,
    associate_request,
    trusting_anybody,
)
from tests.peers.wire import item, pdu
from tests.scp.serving import HOST, serving

IMPLEMENTATION = DEFAULT_USER[1]
HELLO = bytes.fromhex("160301020001")
HTTP = b"GET / HTTP/1.1\r\n\r\n"
ALERT = bytes.fromhex("1503030002020a")


def longest(number: int) -> bytes:
    """Return a request of a peer that takes PDUs of so many bytes."""
    return associate_request(user=(item(0x51, struct.pack(">I", number)), IMPLEMENTATION))


NO_REQUEST = {
    "HTTP": (
        HTTP,
        "2/1",
        'is no DICOM PDU: it begins with 47 45 54 20 2f 20 48 54 ("GET / HT") (PS3.8 9.3.1)',
    ),
    "ClientHello": (HELLO, "2/1", "the peer wants TLS, which is not spoken here: it sent a TLS ClientHello"),
    "escapes": (b"\x1b[2J\x1b[31m", "2/1", '("\\x1b[2J\\x1b[31")'),
    "zeros": (bytes(100), "2/1", "is no DICOM PDU"),
    "4 GiB": (
        struct.pack(">BxI", 1, 0xFFFFFFFF),
        "2/6",
        "A-ASSOCIATE-RQ of 4294967295 bytes where at most 262144",
    ),
    "data": (ECHO, "2/2", "the peer sent P-DATA-TF while we were waiting for A-ASSOCIATE-RQ (PS3.8 9.2.3)"),
    "release": (RELEASE, "2/2", "the peer sent A-RELEASE-RQ while we were waiting for A-ASSOCIATE-RQ"),
    "empty": (pdu(1, b"\0\1"), "2/6", "A-ASSOCIATE-RQ"),
    "odd items": (
        associate_request()[:2] + b"\0\0\0\x4c" + associate_request()[6:82],
        "2/6",
        "A-ASSOCIATE-RQ",
    ),
    "129 contexts": (
        associate_request(*[(1, *VERIFICATION[1:])] * 129),
        "2/6",
        "A-ASSOCIATE-RQ proposes more than 128 presentation contexts (PS3.8 9.3.2.2)",
    ),
    "129 transfer syntaxes": (
        associate_request((5, wire.VERIFICATION, ["1.2"] * 129)),
        "2/6",
        "A-ASSOCIATE-RQ proposes more than 128 transfer syntaxes for presentation context 5 (PS3.8 9.3.2.2)",
    ),
    "maximum 1": (longest(1), "2/6", "has a maximum length of 1, too small for any message (PS3.8 D.1)"),
    "maximum 6": (longest(6), "2/6", "has a maximum length of 6, too small for any message (PS3.8 D.1)"),
}


@pytest.mark.parametrize(("data", "numbers", "words"), NO_REQUEST.values(), ids=NO_REQUEST)
def test_what_is_no_request_is_answered_by_an_abort(data: bytes, numbers: str, words: str) -> None:
    with serving() as heard, Client(heard.port) as client:
        client.send(data)
        assert client.read_all() == [f"A-ABORT {numbers}"]
        outcome, reason = heard.ended
        assert outcome is ConnectionOutcome.NO_REQUEST
        assert words in reason
        assert reason.isprintable()
        assert heard.totals.associations == 0


def test_another_version_is_rejected() -> None:
    with serving() as heard, Client(heard.port) as client:
        client.send(associate_request(version=2))
        assert client.read_all() == ["A-ASSOCIATE-RJ 1/2/2"]
        assert heard.ended == (
            ConnectionOutcome.NO_REQUEST,
            "the peer does not speak version 1 of the protocol: its A-ASSOCIATE-RQ has 0x0002 (PS3.8 9.3.2)",
        )


def test_an_abort_in_place_of_a_request_is_answered_by_closing() -> None:
    with serving() as heard, Client(heard.port) as client:
        client.send(USER_ABORT)
        assert client.read_all() == []
        assert heard.ended == (
            ConnectionOutcome.NO_REQUEST,
            "the peer aborted the association (A-ABORT from the service user) before it asked for an "
            "association",
        )


@pytest.mark.parametrize(
    ("data", "ended"),
    [
        (b"", (ConnectionOutcome.NOTHING_SENT, "")),
        (
            associate_request()[:30],
            (ConnectionOutcome.NO_REQUEST, "the peer closed the connection in the middle of A-ASSOCIATE-RQ"),
        ),
    ],
)
def test_a_peer_that_goes(data: bytes, ended: tuple[ConnectionOutcome, str]) -> None:
    with serving() as heard, Client(heard.port) as client:
        client.send(data)
        client.socket.shutdown(socket.SHUT_WR)
        assert client.read_all() == []
        assert heard.ended == ended


@pytest.mark.parametrize(
    ("data", "ended"),
    [
        (b"", (ConnectionOutcome.NOTHING_SENT, "nothing came within 0.5 s")),
        (
            associate_request()[:30],
            (ConnectionOutcome.NO_REQUEST, "the rest of A-ASSOCIATE-RQ did not come within 0.5 s"),
        ),
    ],
)
def test_a_peer_that_is_too_slow(data: bytes, ended: tuple[ConnectionOutcome, str]) -> None:
    with serving(acse_timeout=0.5) as heard, Client(heard.port) as client:
        client.send(data)
        assert client.read_all() == []
        assert heard.ended == ended


def test_a_reset() -> None:
    with serving() as heard:
        Client(heard.port).reset()
        assert heard.ended == (
            ConnectionOutcome.NOTHING_SENT,
            "the connection broke: Connection reset by peer",
        )


# With TLS -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (associate_request(), "the peer speaks DICOM without TLS here: it began with 01 00 00 00"),
        (HTTP, "what the peer sent is no TLS: it begins with 47 45 54 20 2f 20 48 54"),
        (bytes(range(200, 250)), "what the peer sent is no TLS: it begins with c8 c9 ca"),
    ],
    ids=["DICOM", "HTTP", "garbage"],
)
def test_what_is_no_tls_is_told_so(data: bytes, reason: str) -> None:
    with serving(tls=ServerTls()) as heard, socket.create_connection((HOST, heard.port)) as client:
        client.sendall(data)
        assert client.recv(100) == ALERT
        outcome, said = heard.ended
        assert outcome is ConnectionOutcome.TLS_FAILED
        assert said.startswith(reason)
        assert said.isprintable()


@pytest.mark.parametrize(
    ("data", "ended"),
    [
        (b"", (ConnectionOutcome.NOTHING_SENT, "nothing came within 0.5 s")),
        (b"\x16", (ConnectionOutcome.TLS_FAILED, "the TLS handshake was not done within 0.5 s")),
        (HELLO, (ConnectionOutcome.TLS_FAILED, "the TLS handshake was not done within 0.5 s")),
    ],
    ids=["nothing", "a byte", "a part"],
)
def test_a_handshake_that_is_not_done(data: bytes, ended: tuple[ConnectionOutcome, str]) -> None:
    with serving(tls=ServerTls(), acse_timeout=0.5) as heard, Client(heard.port) as client:
        client.send(data)
        assert client.read_all() == []
        assert heard.ended == ended


def test_a_client_that_goes_during_the_handshake() -> None:
    with serving(tls=ServerTls()) as heard, Client(heard.port) as client:
        client.send(HELLO)
        client.socket.shutdown(socket.SHUT_WR)
        client.socket.recv(100)
        assert heard.ended == (
            ConnectionOutcome.TLS_FAILED,
            "the client closed the connection in the middle of the TLS handshake",
        )


def test_a_session_is_told_of_whatever_comes_over_it() -> None:
    with serving(tls=ServerTls()) as heard, Client(heard.port, tls=trusting_anybody()) as client:
        client.send(HTTP)
        assert client.read_all() == ["A-ABORT 2/1"]
        assert heard.ended[0] is ConnectionOutcome.NO_REQUEST
        tls = heard.records[0].tls
        assert tls is not None
        assert (tls.protocol, tls.certificate) == ("TLSv1.3", b"")
        assert tls.cipher.startswith("TLS_")


def test_an_association_over_tls() -> None:
    with serving(tls=ServerTls()) as heard, Client(heard.port, tls=trusting_anybody()) as client:
        client.associate()
        assert [client.echo(), client.echo()] == [0, 0]
        client.release()
        assert heard.ended == (ConnectionOutcome.RELEASED, "")

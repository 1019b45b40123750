"""The scripted peer itself: it records, it plays, and it is gone afterwards, whatever the client does."""

import contextlib
import socket
import threading

import pytest

from tests.peers import wire
from tests.peers.scripted import ScriptedPeer, Step
from tests.peers.vocabulary import (
    Accept,
    CloseConnection,
    EchoResponse,
    Raw,
    Reject,
    ResetConnection,
    Silence,
)

REQUEST = wire.pdu(
    wire.ASSOCIATE_RQ,
    b"\0\1\0\0"
    + b"CALLED".ljust(16)
    + b"CALLING".ljust(16)
    + bytes(32)
    + wire.item(0x10, b"1.2.840.10008.3.1.1.1")
    + wire.item(
        0x20,
        b"\1\0\0\0" + wire.item(0x30, b"1.2.840.10008.1.1") + wire.item(0x40, b"1.2.840.10008.1.2"),
    )
    + wire.item(0x50, wire.item(0x51, b"\0\0\x40\0")),
)


def test_it_records_what_it_is_sent() -> None:
    with (
        ScriptedPeer(Accept(results=(3,))) as peer,
        socket.create_connection((peer.host, peer.port)) as client,
    ):
        client.sendall(REQUEST[:50])
        client.sendall(REQUEST[50:] + wire.abort(0, 0))
        answer = client.recv(6)
    assert peer.received == REQUEST + wire.abort(0, 0)
    assert peer.types == [wire.ASSOCIATE_RQ, wire.ABORT]
    assert peer.request.contexts == (wire.Context(1, "1.2.840.10008.1.1", ("1.2.840.10008.1.2",)),)
    assert answer[:2] == b"\2\0"


@pytest.mark.parametrize(
    "step",
    [Accept(), Reject(1, 1, 1), EchoResponse(), Raw(b"x"), CloseConnection(), ResetConnection(), Silence()],
    ids=lambda step: type(step).__name__,
)
@pytest.mark.parametrize(
    "sent", [b"", REQUEST[:5], REQUEST, b"GET / HTTP/1.1"], ids=["none", "part", "rq", "http"]
)
def test_it_is_gone_whatever_the_client_does(step: Step, sent: bytes) -> None:
    with (
        ScriptedPeer(step) as peer,
        socket.create_connection((peer.host, peer.port)) as client,
        contextlib.suppress(ConnectionError),  # a peer that resets may be quicker than the client
    ):
        client.sendall(sent)
    assert peer.connected
    assert "scripted peer" not in [thread.name for thread in threading.enumerate()]


def test_it_is_gone_when_nobody_connects() -> None:
    with ScriptedPeer(Accept()) as peer:
        pass
    assert peer.ended == "nobody connected"
    assert not peer.connected

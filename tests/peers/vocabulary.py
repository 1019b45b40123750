"""The words that a scripted peer's script is made of."""

import socket
import struct
from dataclasses import dataclass

from tests.peers import wire
from tests.peers.scripted import Link


@dataclass(frozen=True)
class ExpectPdu:
    """Wait for a PDU of this type."""

    type: int

    def play(self, link: Link) -> None:
        """Read it; anything else ends the script."""
        link.expect(self.type)


@dataclass(frozen=True)
class Accept:
    """Answer the A-ASSOCIATE-RQ with A-ASSOCIATE-AC, a result for each context in order."""

    max_length: int | None = 16384
    results: tuple[int, ...] = (0,)
    transfer_syntax: str | None = None
    reverse: bool = False
    more: bytes = b""

    def play(self, link: Link) -> None:
        """Read the request and accept."""
        request = wire.parse_request(link.expect(wire.ASSOCIATE_RQ).body)
        results = tuple(self.results)
        link.send(
            wire.accept(request, self.max_length, results, self.transfer_syntax, self.reverse, self.more)
        )


CONFIRMED = wire.item(0x59, b"\0\0")  # a user identity (PS3.7 D.3.3.7.2)


@dataclass(frozen=True)
class Reject:
    """Answer the A-ASSOCIATE-RQ with A-ASSOCIATE-RJ (PS3.8 9.3.4)."""

    result: int
    source: int
    reason: int

    def play(self, link: Link) -> None:
        """Read the request and reject."""
        link.expect(wire.ASSOCIATE_RQ)
        link.send(wire.reject(self.result, self.source, self.reason))


@dataclass(frozen=True)
class EchoResponse:
    """Answer the next C-ECHO-RQ, truthfully unless told otherwise (`control` is the PDV's, PS3.8 E.2)."""

    status: int = 0
    message_id: int | None = None
    command_field: int = wire.ECHO_RSP
    data_set_type: int = 0x0101
    omit: frozenset[int] = frozenset()
    comment: str = ""
    context_id: int | None = None
    control: int = wire.COMMAND | wire.LAST

    def play(self, link: Link) -> None:
        """Read the request and respond."""
        self.answer(link, link.expect_message())

    def answer(self, link: Link, request: dict[int, bytes]) -> None:
        """Respond to a request that has been read."""
        asked = int.from_bytes(request[0x0110], "little")
        message_id = asked if self.message_id is None else self.message_id
        context_id = link.context_id if self.context_id is None else self.context_id
        command = wire.echo_response(
            message_id, self.status, self.command_field, self.data_set_type, self.omit, self.comment
        )
        link.send(wire.p_data(context_id, command, self.control))


@dataclass(frozen=True)
class EchoResponseWith:
    """Answer the next C-ECHO-RQ with Success and these elements (by tag) behind the usual ones."""

    elements: tuple[tuple[int, bytes], ...]

    def play(self, link: Link) -> None:
        """Read the request and respond."""
        asked = int.from_bytes(link.expect_message()[0x0110], "little")
        command = wire.echo_response(asked) + b"".join(
            struct.pack("<HHI", tag >> 16, tag & 0xFFFF, len(value)) + value for tag, value in self.elements
        )
        link.send(wire.p_data(link.context_id, command))


@dataclass(frozen=True)
class Serve:
    """Answer every C-ECHO-RQ with this status until the A-RELEASE-RQ, and then that, as an SCP does."""

    status: int = 0

    def play(self, link: Link) -> None:
        """Serve until the release."""
        while (pdu := link.receive()).type == wire.P_DATA:
            EchoResponse(self.status).answer(link, link.expect_message(pdu))
        if pdu.type == wire.RELEASE_RQ:
            link.send(wire.pdu(wire.RELEASE_RP, bytes(4)))


@dataclass(frozen=True)
class ReleaseResponse:
    """Answer the A-RELEASE-RQ."""

    def play(self, link: Link) -> None:
        """Read the request and respond."""
        link.expect(wire.RELEASE_RQ)
        link.send(wire.pdu(wire.RELEASE_RP, bytes(4)))


@dataclass(frozen=True)
class Abort:
    """Send A-ABORT and wait for the client to close (PS3.8 9.2, AA-1)."""

    source: int = 0
    reason: int = 0

    def play(self, link: Link) -> None:
        """Send it."""
        link.send(wire.abort(self.source, self.reason))


@dataclass(frozen=True)
class Raw:
    """Send these bytes."""

    data: bytes

    def play(self, link: Link) -> None:
        """Send them with one call."""
        link.send(self.data)


@dataclass(frozen=True)
class Trickle:
    """Send these bytes in so many pieces, with a pause (seconds) between them."""

    data: bytes
    pieces: int
    pause: float = 0.2

    def play(self, link: Link) -> None:
        """Send piece by piece."""
        size = -(-len(self.data) // self.pieces)
        for start in range(0, len(self.data), size):
            link.send(self.data[start : start + size])
            link.rest(self.pause)


@dataclass(frozen=True)
class CloseConnection:
    """Close in order, as a program that ends does."""

    def play(self, link: Link) -> None:
        """Close it."""
        link.connection.close()


@dataclass(frozen=True)
class ResetConnection:
    """Break the connection: the client gets a TCP reset."""

    def play(self, link: Link) -> None:
        """Close without lingering."""
        link.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        link.connection.close()


@dataclass(frozen=True)
class Silence:
    """Say nothing more and keep the connection open until the client goes, even when it aborts."""

    def play(self, link: Link) -> None:
        """Read on."""
        link.patient = True
        link.drain()

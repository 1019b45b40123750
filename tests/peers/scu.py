"""A DICOM client by hand, with struct alone: it sends whatever bytes, and reads whole PDUs.

    with Client(port) as client:
        client.associate()
        client.echo()
        client.release()
    assert client.types == [ASSOCIATE_AC, P_DATA, RELEASE_RP]

`Client.told` is what came as text, such as "A-ABORT 2/6"; `read` gives None once the SCP has closed.
"""

import contextlib
import socket
import ssl
import struct
from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import Self

from tests.peers import wire
from tests.peers.wire import Pdu, element, item, pdu

PATIENCE = 30.0  # seconds that an SCP may take over anything
DEFAULT_USER = (item(0x51, struct.pack(">I", 16384)), item(0x52, b"1.2.3.4"))
RELEASE = pdu(wire.RELEASE_RQ, bytes(4))
USER_ABORT = wire.abort(0, 0)

Proposed = tuple[int, str, Sequence[str]]
VERIFICATION: Proposed = (1, wire.VERIFICATION, (wire.IMPLICIT_LITTLE_ENDIAN,))


def _context(context_id: int, abstract: str, transfer: Sequence[str]) -> bytes:
    syntaxes = b"".join(item(0x40, uid.encode("latin-1")) for uid in transfer)
    return item(0x20, bytes([context_id, 0, 0, 0]) + item(0x30, abstract.encode("latin-1")) + syntaxes)


def associate_request(
    *contexts: Proposed,
    calling: bytes = b"ME",
    called: bytes = b"YOU",
    user: Iterable[bytes] = DEFAULT_USER,
    application_context: bytes = b"1.2.840.10008.3.1.1.1",
    version: int = 1,
) -> bytes:
    """Return an A-ASSOCIATE-RQ (PS3.8 9.3.2), by default for Verification on context 1."""
    head = struct.pack(">H2x16s16s32x", version, called.ljust(16), calling.ljust(16))
    proposed = b"".join(_context(*context) for context in contexts or [VERIFICATION])
    body = item(0x10, application_context) + proposed + item(0x50, b"".join(user))
    return pdu(wire.ASSOCIATE_RQ, head + body)


def command(
    field: int = wire.ECHO_RQ,
    message_id: int = 7,
    *,
    sop_class: str = wire.VERIFICATION,
    data_set_type: int = 0x0101,
    more: dict[int, bytes] | None = None,
    omit: Iterable[int] = (),
) -> bytes:
    """Return the command set of a request, by default a C-ECHO-RQ (PS3.7 9.3.5.1)."""
    values = {0x0002: sop_class.encode("latin-1"), 0x0100: struct.pack("<H", field)}
    values |= {0x0110: struct.pack("<H", message_id), 0x0800: struct.pack("<H", data_set_type)}
    values |= more or {}
    left = {number: value for number, value in values.items() if number not in set(omit)}
    rest = b"".join(element(number, left[number]) for number in sorted(left))
    return element(0x0000, struct.pack("<I", len(rest))) + rest


ECHO = wire.p_data(1, command())


class Client:
    """A connection to an SCP on loopback, which is closed at the end of the `with` block.

    A `window` is about how many bytes it takes without being read.
    """

    def __init__(
        self,
        port: int,
        *,
        host: str = "127.0.0.1",
        tls: ssl.SSLContext | None = None,
        window: int | None = None,
    ) -> None:
        self.socket = socket.socket()
        if window is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window)
        self.socket.settimeout(PATIENCE)
        try:
            self.socket.connect((host, port))
        except OSError:
            self.socket.close()
            raise
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls is not None:
            self.socket = tls.wrap_socket(self.socket)
        self.port = int(self.socket.getsockname()[1])
        self.pdus: list[Pdu] = []
        self._buffer = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.socket.close()

    @property
    def types(self) -> list[int]:
        """The types of the PDUs that came."""
        return [each.type for each in self.pdus]

    @property
    def told(self) -> list[str]:
        """The PDUs that came as text: the name, and of an A-ABORT and an A-ASSOCIATE-RJ the numbers."""
        return [_text(each) for each in self.pdus]

    @property
    def rest(self) -> bytes:
        """What came after the last whole PDU."""
        return self._buffer

    def send(self, *parts: bytes) -> None:
        """Write bytes; an SCP that has closed already is no matter."""
        with contextlib.suppress(ConnectionError):
            self.socket.sendall(b"".join(parts))

    def read(self) -> Pdu | None:
        """Return the next whole PDU, or None where the SCP closed the connection."""
        while (found := self._split()) is None:
            try:
                data = self.socket.recv(1 << 16)
            except (ConnectionError, ssl.SSLError):  # the latter for an alert
                return None
            if not data:
                return None
            self._buffer += data
        self.pdus.append(found)
        return found

    def read_all(self) -> list[str]:
        """Read until the SCP closes the connection, and return all that it told."""
        while self.read():
            pass
        return self.told

    def associate(self, request: bytes | None = None) -> Pdu | None:
        """Ask for an association, by default for Verification, and return the answer."""
        self.send(associate_request() if request is None else request)
        return self.read()

    def echo(self, message: bytes = ECHO) -> int:
        """Send an echo and return the status of the answer."""
        self.send(message)
        answer = self.read()
        assert answer is not None
        (_, _, fragment) = next(wire.pdvs(answer.body))
        return int.from_bytes(wire.elements(fragment)[0x0900], "little")

    def release(self) -> None:
        """Release the association, and wait for the SCP to close the connection."""
        self.send(RELEASE)
        self.read_all()

    def reset(self) -> None:
        """Close the connection by a TCP reset."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def _split(self) -> Pdu | None:
        pdu, self._buffer = wire.first_pdu(self._buffer)
        return pdu


def _text(each: Pdu) -> str:
    name = wire.PDU_NAMES[each.type]
    if each.type == wire.ABORT:
        return f"{name} {each.body[2]}/{each.body[3]}"
    if each.type == wire.ASSOCIATE_RJ:
        return f"{name} {each.body[1]}/{each.body[2]}/{each.body[3]}"
    return name


def trusting_anybody() -> ssl.SSLContext:
    """Return a client's context that verifies nothing."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context

"""`dcmtool tap` beside a bare asyncio relay, with the same client and the same node behind them."""

import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from benchmarks.bare import bare_echoes, receive_pdu
from benchmarks.comparison import Measure, Row, compare
from benchmarks.scp import free_port, started
from benchmarks.serving import answering
from dcmtool.association.proposal import associate_rq
from dcmtool.dimse.command_set import encode
from dcmtool.scp.negotiation import answer
from dcmtool.scp.settings import ScpSettings
from dcmtool.settings import Negotiation
from dcmtool.upper_layer.pdus import PDataTf, Pdv, ReleaseRp, ReleaseRq
from dcmtool.verification.echo import proposal

SIZE, PDU, ECHOES = 200_000_000, 16384, 2000
ALLOWED = 100e-6  # seconds more that an echo may take

_REQUEST = associate_rq(proposal(Negotiation()))
_REQUEST_PDU, _RELEASE_PDU = _REQUEST.encode(), ReleaseRq().encode()
# A C-STORE-RQ (PS3.7 9.3.1.1) with a data set, which the node takes for as many bytes as there are.
_STORE = encode(
    [
        (0x0002, b"1.2.840.10008.5.1.4.1.1.7\0"),
        (0x0100, b"\1\0"),
        (0x0110, b"\1\0"),
        (0x0700, b"\0\0"),
        (0x0800, b"\0\0"),
        (0x1000, b"1.2.3.4\0"),
    ]
)

_BARE_RELAY = """
import asyncio, sys
class Side(asyncio.Protocol):
    other = None
    def connection_made(self, transport):
        self.transport = transport
    def data_received(self, data):
        self.other.transport.write(data)
    def eof_received(self):
        self.other.transport.write_eof()
        return True
    def connection_lost(self, error):
        if self.other is not None:
            self.other.transport.close()
    def pause_writing(self):
        self.other.transport.pause_reading()
    def resume_writing(self):
        self.other.transport.resume_reading()
class Caller(Side):
    def connection_made(self, transport):
        self.transport = transport
        transport.pause_reading()
        asyncio.ensure_future(self.connect())
    async def connect(self):
        _, node = await asyncio.get_running_loop().create_connection(Side, "127.0.0.1", int(sys.argv[2]))
        self.other, node.other = node, self
        self.transport.resume_reading()
async def serve():
    server = await asyncio.get_running_loop().create_server(Caller, "127.0.0.1", int(sys.argv[1]))
    await server.serve_forever()
asyncio.run(serve())
"""

# Accepts an association, reads so many bytes, and answers the release behind them.
_NODE = """
import socket, sys
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
accept, size, release = bytes.fromhex(sys.argv[2]), int(sys.argv[3]), bytes.fromhex(sys.argv[4])
room = bytearray(1 << 20)
while True:
    connection, _ = listener.accept()
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with connection:
        if connection.recv(1 << 16):
            connection.sendall(accept)
            left = size
            while left > 0 and (count := connection.recv_into(room)):
                left -= count
            connection.sendall(release)
            connection.recv(1)
"""


def rows() -> list[Row]:
    """Throughput, and what an echo takes."""
    return [_throughput(), _echoes()]


def _throughput() -> Row:
    pdv = Pdv(1, False, False, bytes(PDU - 6))
    data = PDataTf((pdv,)).encode() * (SIZE // (PDU + 6))
    sent = PDataTf((Pdv(1, True, True, _STORE),)).encode() + data + _RELEASE_PDU
    accepted = answer(_REQUEST, ("ANY-SCP".ljust(16), "ECHOSCU".ljust(16)), ScpSettings()).encode()
    port = free_port()
    words = [str(port), accepted.hex(), str(len(sent)), ReleaseRp().encode().hex()]
    with (
        started([sys.executable, "-c", _NODE, *words], port),
        _tap(port) as tap,
        _bare(port) as bare,
    ):
        return compare(
            f"{SIZE // 1_000_000} MB of a C-STORE through `dcmtool tap` / through a bare asyncio relay",
            1 / 0.8,
            *(_stored(tap, sent), _stored(bare, sent), 7),
        )


def _stored(port: int, sent: bytes) -> Measure:
    def measure() -> float:
        with _open(port) as connection:
            begun = time.perf_counter()
            connection.sendall(sent)
            receive_pdu(connection)
            return time.perf_counter() - begun

    return measure


def _open(port: int) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.sendall(_REQUEST_PDU)
    receive_pdu(connection)
    return connection


def _echoes() -> Row:
    """An echo through the tap, beside one through the bare relay and what may be more than that."""
    with answering() as port, _tap(port) as tap, _bare(port) as bare:
        name = f"an echo through `dcmtool tap` / through a bare asyncio relay, and {ALLOWED * 1e6:.0f} µs"
        return compare(name, 1.0, partial(_echoed, tap), lambda: _echoed(bare) + ALLOWED, 15)


def _echoed(port: int) -> float:
    with _open(port) as connection:
        elapsed = bare_echoes(connection, ECHOES)
        connection.sendall(_RELEASE_PDU)
        receive_pdu(connection)
        return elapsed / (ECHOES - 1)


@contextmanager
def _tap(node: int) -> Iterator[int]:
    port = free_port()
    command = [sys.executable, "-m", "dcmtool", "tap", "-q", f"127.0.0.1:{port}", f"127.0.0.1:{node}"]
    with started(command, port):
        yield port


@contextmanager
def _bare(node: int) -> Iterator[int]:
    port = free_port()
    with started([sys.executable, "-c", _BARE_RELAY, str(port), str(node)], port):
        yield port

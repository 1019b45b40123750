"""`dcmtool scp` beside DCMTK's storescp and a bare asyncio loop, with the same bare client."""

import os
import resource
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

from benchmarks.bare import bare_echoes, receive_pdu
from benchmarks.comparison import Row, compare
from benchmarks.processors import pinned_to
from benchmarks.scp import ECHOSCU, STORESCP, free_port, ours, running, started
from dcmtool.association.proposal import associate_rq
from dcmtool.dimse.messages import CEchoRsp
from dcmtool.scp.negotiation import answer
from dcmtool.scp.settings import ScpSettings
from dcmtool.settings import Negotiation
from dcmtool.upper_layer.pdus import PDataTf, Pdv, ReleaseRp, ReleaseRq
from dcmtool.verification.echo import proposal

ASSOCIATIONS, ECHOES, OPEN, REPEATED = 200, 2000, 1000, 200
MOST_MEMORY = 100  # MiB

_REQUEST = associate_rq(proposal(Negotiation()))
_REQUEST_PDU, _RELEASE_PDU = _REQUEST.encode(), ReleaseRq().encode()

# Answers each PDU by its type with bytes that are there already; whole PDUs come in one piece.
_BARE_LOOP = """
import asyncio, sys
host, port, *answers = sys.argv[1:]
answers = dict(zip((1, 4, 5), map(bytes.fromhex, answers)))
class Answering(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport
    def data_received(self, data):
        self.transport.write(answers[data[0]])
async def serve():
    server = await asyncio.get_running_loop().create_server(Answering, host, int(port))
    await server.serve_forever()
asyncio.run(serve())
"""


def rows() -> list[Row]:
    """Associations, echoes, delayed acknowledgements, memory."""
    return [_associations(), _echoes(), _repeated(), _memory()]


def _associations() -> Row:
    name = "an association with `dcmtool scp` / with `storescp` and TCP_NODELAY"
    if not STORESCP.exists():
        return Row(name, 2.0, None, note="needs DCMTK's storescp")
    processor = min(os.sched_getaffinity(0))
    with ours(processor) as (port, _), running(processor) as theirs, pinned_to(processor):
        return compare(
            *(name, 2.0, partial(_associated, port), partial(_associated, theirs), 15),
            note="connect to close, client and SCP on one processor",
        )


def _associated(port: int) -> float:
    begun = time.perf_counter()
    for _ in range(ASSOCIATIONS):
        with _open(port) as connection:
            connection.sendall(_RELEASE_PDU)
            receive_pdu(connection)
            connection.shutdown(socket.SHUT_WR)
            connection.recv(1)
    return (time.perf_counter() - begun) / ASSOCIATIONS


def _open(port: int) -> socket.socket:
    """Return a connection with an association."""
    connection = socket.create_connection(("127.0.0.1", port))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.sendall(_REQUEST_PDU)
    receive_pdu(connection)
    return connection


def _echoes() -> Row:
    name = "an echo answered by `dcmtool scp` / by a bare asyncio loop with prebuilt bytes"
    processor = min(os.sched_getaffinity(0))
    with ours(processor) as (port, _), answering(processor) as bare, pinned_to(processor):
        note = "client and SCP on one processor"
        return compare(name, 2.5, partial(_echoed, port), partial(_echoed, bare), 15, note)


@contextmanager
def answering(processor: int | None = None) -> Iterator[int]:
    """Run the bare loop on every loopback address, as an SCP whose answers are there already."""
    port = free_port()
    accepted = answer(_REQUEST, ("ANY-SCP".ljust(16), "ECHOSCU".ljust(16)), ScpSettings())
    echoed = PDataTf((Pdv(1, True, True, CEchoRsp(1, 0).encode()),))
    answers = [each.encode().hex() for each in (accepted, echoed, ReleaseRp())]
    with started([sys.executable, "-c", _BARE_LOOP, "0.0.0.0", str(port), *answers], port, processor):
        yield port


def _echoed(port: int) -> float:
    with _open(port) as connection:
        elapsed = bare_echoes(connection, ECHOES)
        connection.sendall(_RELEASE_PDU)
        receive_pdu(connection)
        return elapsed / (ECHOES - 1)


def _repeated() -> Row:
    """As installed, echoscu sends the second half of a PDU once the first is acknowledged."""
    name = f"`echoscu --repeat {REPEATED}` to `dcmtool scp` / the same with TCP_NODELAY"
    if not ECHOSCU.exists():
        return Row(name, 2.0, None, note="needs DCMTK's echoscu")
    with ours() as (port, _):
        return compare(name, 2.0, partial(_echoscu, port, "0"), partial(_echoscu, port, "1"), 7)


def _echoscu(port: int, no_delay: str) -> float:
    command = [str(ECHOSCU), "--repeat", str(REPEATED), "127.0.0.1", str(port)]
    begun = time.perf_counter()
    subprocess.run(command, env={**os.environ, "TCP_NODELAY": no_delay}, check=True)
    return (time.perf_counter() - begun) / REPEATED


def _memory() -> Row:
    name = f"memory of `dcmtool scp` with {OPEN} open associations / the limit"
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4 * OPEN, hard) if hard > 0 else 4 * OPEN, hard))
    with ours(None, "--max-associations", str(OPEN)) as (port, process), ExitStack() as stack:
        for _ in range(OPEN):
            stack.enter_context(_open(port))
        taken = resident(process)
    return Row(name, 1.0, taken / MOST_MEMORY, f"{taken:.1f} MiB", f"{MOST_MEMORY} MiB")


def resident(process: int) -> float:
    """Return the resident memory of a process in MiB."""
    status = Path(f"/proc/{process}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) / 1024

"""`dcmtool scp` under thousands of connections that are no association: nothing of it is left."""

import contextlib
import socket
import struct
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from random import Random

import pytest

import dcmtool
from dcmtool.settings import TlsSettings
from tests.peers import wire
from tests.peers.dcmtool_scp import ScpProcess, Taken, scp_process, wait_for
from tests.peers.scu import PATIENCE, Client, associate_request, trusting_anybody

BARE = 10_000
EACH = 500  # of a kind of garbage
SLACK = 8192  # KiB that the memory may differ by, as garbage collectors and allocators do
CLIENT_HELLO = bytes.fromhex("1603010200010001fc0303") + bytes(506)
GARBAGE: dict[str, bytes] = {
    "HTTP": b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    "TLS": CLIENT_HELLO,
    "4 GiB": struct.pack(">BxI", 1, 0xFFFFFFFF) + bytes(1000),
    "short": wire.pdu(wire.ASSOCIATE_RQ, b"\0\1"),
    "data first": wire.p_data(1, bytes(100)),
    "random": Random(1).randbytes(1000),
    "half": associate_request()[:40],
    "wrong items": associate_request()[:80] + b"\xff" * 100,
}


@pytest.fixture
def scp(tmp_path: Path) -> Iterator[ScpProcess]:
    """A quiet SCP."""
    with scp_process(tmp_path, "-q") as running:
        yield running


def bare(port: int) -> None:
    """Connect and go, as health checks do."""
    socket.create_connection(("127.0.0.1", port)).close()


def many_bare(port: int) -> None:
    """Do so a hundred times; then wait until the SCP has come so far, as its queue has an end."""
    for _ in range(100):
        bare(port)
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as last:
        last.shutdown(socket.SHUT_WR)
        assert last.recv(1) == b""


def send(port: int, data: bytes) -> None:
    """Send something and go without waiting for an answer."""
    with Client(port) as client:
        client.send(data)


def talk(port: int, data: bytes) -> None:
    """Send something, and wait until the SCP closes the connection."""
    with Client(port) as client:
        client.send(data)
        client.socket.shutdown(socket.SHUT_WR)
        with contextlib.suppress(ConnectionError):
            while client.socket.recv(1 << 16):
                pass


def spoil(port: int) -> None:
    """Make an association, then send what is none."""
    with Client(port) as client:
        client.associate()
        client.send(GARBAGE["random"])
        client.read_all()


def settled(scp: ScpProcess, start: Taken) -> int:
    """Return the memory once threads and descriptors are what they were."""
    wait_for(lambda: scp.taken[:2] == start[:2])
    return scp.taken.memory


def leaves_nothing(scp: ScpProcess, times: int, act: Callable[[int], None]) -> None:
    """Do it twice so often: the first half may warm up, the second takes nothing more."""
    start = scp.at_rest
    memory = []
    for _ in range(2):
        for _ in range(times // 2):
            act(scp.port)
        memory.append(settled(scp, start))
    assert memory[1] - memory[0] < SLACK, f"{memory} KiB"


def test_ten_thousand_bare_connections_leave_nothing(scp: ScpProcess) -> None:
    leaves_nothing(scp, BARE // 100, many_bare)
    assert dcmtool.echo("127.0.0.1", scp.port).outcome == "success"


def test_no_garbage_leaves_anything(scp: ScpProcess) -> None:
    def every_kind(port: int) -> None:
        for garbage in GARBAGE.values():
            talk(port, garbage)

    leaves_nothing(scp, EACH, every_kind)
    leaves_nothing(scp, EACH // 2, partial(send, data=associate_request()))
    leaves_nothing(scp, EACH // 2, spoil)
    assert dcmtool.echo("127.0.0.1", scp.port).outcome == "success"
    assert scp.end() == 0
    assert scp.lines == []


def test_nothing_is_left_over_tls_either(tmp_path: Path) -> None:
    context = trusting_anybody()

    def handshake(port: int) -> None:
        with Client(port, tls=context) as client:
            client.send(GARBAGE["HTTP"])

    with scp_process(tmp_path, "-q", "--self-signed") as scp:
        leaves_nothing(scp, 10, many_bare)
        leaves_nothing(scp, EACH, partial(talk, data=CLIENT_HELLO))
        leaves_nothing(scp, EACH, partial(talk, data=GARBAGE["HTTP"]))
        leaves_nothing(scp, EACH // 2, handshake)
        assert dcmtool.echo("127.0.0.1", scp.port, tls=TlsSettings(verify_peer=False)).outcome == "success"


def test_silent_clients_keep_nobody_waiting(scp: ScpProcess) -> None:
    silent = [socket.create_connection(("127.0.0.1", scp.port)) for _ in range(300)]
    try:
        for index, each in enumerate(silent):  # some of them have begun a request, or one of 4 GiB
            each.sendall((b"", associate_request()[:50], b"\1")[index % 3])
        assert dcmtool.echo("127.0.0.1", scp.port).outcome == "success"
        assert scp.end() == 0
    finally:
        for each in silent:
            each.close()


def test_one_address_may_have_most_connections_and_not_all(tmp_path: Path) -> None:
    with scp_process(tmp_path, "--max-associations", "100") as scp:
        before = scp.at_rest.descriptors
        silent = [
            socket.create_connection(("127.0.0.1", scp.port)) for _ in range(500)
        ]  # 400 more than associations
        wait_for(lambda: scp.taken.descriptors == before + 500)
        with Client(scp.port) as client:
            assert client.read_all() == []
        assert scp.wait_for_lines(2)[1] == ("W: 127.0.0.1 port N: turned away, too many connections (TIME)")
        for each in silent:
            each.close()
        wait_for(lambda: scp.taken.descriptors == before)
        assert dcmtool.echo("127.0.0.1", scp.port).outcome == "success"

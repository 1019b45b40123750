"""`dcmtool scp` and callers that want too much: huge requests, floods, unread pipes, texts that deceive."""

import contextlib
import resource
import selectors
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import dcmtool
from dcmtool.room import DEFAULT_ROOM, FREE
from tests.hostile.processes import GROWTH, GROWTH_TLS, MIB, SOON, obeys_soon, read_until, warm
from tests.peers import pki, wire
from tests.peers.dcmtool_scp import ScpProcess, scp_process, wait_for
from tests.peers.programs import ROOT, environment
from tests.peers.scu import ECHO, Client, associate_request, command
from tests.peers.wire import item, p_data, pdu

HOST = "127.0.0.1"
BIDI = "\u202egnp.exe\u2066"
DECEIVING = "\x1b[2J\x1b]0;title\x07\n\rI: forged\t\0\x9b1m\x7f"


def huge_request(length: int) -> bytes:
    """Return a sound A-ASSOCIATE-RQ whose body has this length: contexts of many transfer syntaxes."""
    body = associate_request()[6:]
    context = bytes([1, 0, 0, 0]) + item(0x30, b"1.2") + item(0x40, b"1.2.840.10008.1.2") * 120
    while len(body) + 2 * len(context) < length:
        body += item(0x20, context)
    rest = length - len(body) - 4 - 4  # in one item of user information, which nobody knows
    while rest > 60_000:
        body += item(0x50, item(0xEE, bytes(50_000)))
        rest = length - len(body) - 8
    return pdu(wire.ASSOCIATE_RQ, body + item(0x50, item(0xEE, bytes(rest))))


def pour(port: int, count: int, data: bytes, watch: ScpProcess) -> int:
    """Send this over so many connections at once; return the most memory (KiB) that was taken meanwhile."""
    most = 0
    with selectors.DefaultSelector() as selector, contextlib.ExitStack() as stack:
        for _ in range(count):
            connection = stack.enter_context(socket.create_connection((HOST, port)))
            connection.setblocking(False)
            selector.register(connection, selectors.EVENT_WRITE, data)
        end = time.monotonic() + 30
        while selector.get_map():
            assert time.monotonic() < end, "it is not taken"
            for key, _ in selector.select(0.1):
                left = _advance(key)
                if left is None:
                    selector.unregister(key.fileobj)
                elif left:
                    selector.modify(key.fileobj, selectors.EVENT_WRITE, left)
                else:
                    selector.modify(key.fileobj, selectors.EVENT_READ, left)
            most = max(most, watch.taken.memory)
    return most


def _advance(key: selectors.SelectorKey) -> memoryview | None:
    """Write some, or read once all is written; return what is left, None once it was answered."""
    connection = key.fileobj
    assert isinstance(connection, socket.socket)
    try:
        if key.data:
            return memoryview(key.data)[connection.send(key.data) :]
        connection.recv(1 << 16)
        return None
    except ConnectionError:
        return None


# Huge requests ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "length",  # the last are kept undecoded until they have a place, as far as there is room for them
    [940_000, (1 << 18) + 1, 1 << 18],
    ids=["0.94 MB", "256 KiB + 1", "256 KiB"],
)
def test_huge_requests_at_once(tmp_path: Path, length: int) -> None:
    with scp_process(tmp_path, "-q") as scp:
        start = warm(scp)
        request = huge_request(length)
        assert len(request) == length + 6
        most = pour(scp.port, 100, request, scp)
        assert most - start.memory < GROWTH
        assert dcmtool.echo(HOST, scp.port).outcome == "success"
        wait_for(lambda: scp.taken[:2] == start[:2])
        obeys_soon(scp)


def long_hello(length: int) -> bytes:
    """Return a ClientHello of this length in as many records as it takes (RFC 8446 4, 5.1)."""
    message = b"\1" + length.to_bytes(3) + b"\3\3" + bytes(length - 2)
    pieces = [message[start : start + (1 << 14)] for start in range(0, len(message), 1 << 14)]
    return b"".join(struct.pack(">BHH", 0x16, 0x0301, len(piece)) + piece for piece in pieces)


PARTS = {  # of a PDU or a handshake: all but its last byte; how it is refused; what the server needs
    "request": (huge_request(1 << 18)[:-1], "no-request", ()),
    "data": (wire.p_data(1, bytes(131_000), wire.COMMAND)[:-1], "aborted", ()),
    "message": (wire.p_data(1, bytes(15_000), wire.COMMAND) * 4, "aborted", ()),
    "ClientHello": (long_hello(131_000)[:-1], "tls-failed", ("--self-signed",)),
}


@pytest.mark.parametrize("kind", PARTS)
def test_what_never_becomes_whole_has_a_bound_in_all(tmp_path: Path, kind: str) -> None:
    """Each of 400 callers sends all but the last byte, and waits (PS3.8 9.2.3, RFC 8446 4)."""
    part, outcome, options = PARTS[kind]
    options = ("--max-pdu", "131072", "--max-associations", "401", "--output", "ndjson", *options)
    tls = dcmtool.TlsSettings(verify_peer=False) if kind == "ClientHello" else None
    with scp_process(tmp_path, *options) as scp, contextlib.ExitStack() as stack:
        start = warm(scp, tls)
        clients = [stack.enter_context(Client(scp.port)) for _ in range(400)]
        for each in clients:
            if outcome == "aborted":
                each.associate()
            each.send(part)
        refused = 400 - DEFAULT_ROOM // (len(part) - FREE - 100)  # some of it is headers
        wait_for(lambda: len(scp.documents) >= 2 + refused)
        assert scp.taken.memory - start.memory < (GROWTH_TLS if tls else GROWTH)
        assert dcmtool.echo(HOST, scp.port, tls=tls).outcome == "success"
        ended = [each["connection"] for each in scp.documents[2 : 2 + refused]]
        assert {each["outcome"] for each in ended} == {outcome}
        assert all(f"all connections together may have {DEFAULT_ROOM}" in each["reason"] for each in ended)
        obeys_soon(scp)


@pytest.mark.parametrize("length", [1000, 16_000])
def test_handshakes_that_are_never_done(tmp_path: Path, length: int) -> None:
    with scp_process(tmp_path, "-q", "--self-signed") as scp, contextlib.ExitStack() as stack:
        tls = dcmtool.TlsSettings(verify_peer=False)
        start = warm(scp, tls)
        for _ in range(400):
            stack.enter_context(Client(scp.port)).send(long_hello(length)[:-1])
        assert dcmtool.echo(HOST, scp.port, tls=tls).outcome == "success"
        assert scp.taken.memory - start.memory < GROWTH_TLS
        obeys_soon(scp)


def test_an_echo_and_a_signal_amid_huge_requests(tmp_path: Path) -> None:
    with scp_process(tmp_path, "-q") as scp, contextlib.ExitStack() as stack:
        request = huge_request(940_000)
        for _ in range(100):
            connection = stack.enter_context(socket.create_connection((HOST, scp.port)))
            connection.setblocking(False)
            with contextlib.suppress(BlockingIOError, ConnectionError):
                while True:
                    connection.send(request)
        assert dcmtool.echo(HOST, scp.port).outcome == "success"
        obeys_soon(scp)


# Floods -----------------------------------------------------------------------------------------------


def test_a_thousand_open_associations(tmp_path: Path) -> None:
    count = 1000
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 4 * count) if hard < 0 else min(hard, 4096), hard))
    try:
        with scp_process(tmp_path, "-q", "--max-associations", f"{count}") as scp:
            start = warm(scp)
            with contextlib.ExitStack() as stack:
                clients = [stack.enter_context(Client(scp.port)) for _ in range(count)]
                for each in clients:
                    each.associate()
                for each in clients:
                    assert each.echo() == 0
                open_ones = scp.taken
                assert open_ones.memory < 100 * MIB
                assert open_ones.threads == start.threads == 3  # waits, serves, writes
                assert open_ones.descriptors == start.descriptors + count
                for each in clients:
                    each.release()
            wait_for(lambda: scp.taken[:2] == start[:2])
            obeys_soon(scp)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_nothing_is_left_of_nine_hundred_connections(tmp_path: Path) -> None:
    endings = (
        b"",
        b"GET / HTTP/1.1\r\n\r\n",
        associate_request()[:40],
        associate_request(),
        wire.abort(0, 0),
    )
    with scp_process(tmp_path, "-q", "--max-associations", "500") as scp:
        start = scp.at_rest
        for _ in range(2):
            with contextlib.ExitStack() as stack:
                for index in range(450):
                    client = stack.enter_context(Client(scp.port))
                    client.send(endings[index % len(endings)])
            wait_for(lambda: scp.taken[:2] == start[:2])
        assert scp.taken.memory - start.memory < GROWTH
        assert dcmtool.echo(HOST, scp.port).outcome == "success"
        obeys_soon(scp)


def test_who_is_rejected_for_want_of_a_place_is_forgotten(tmp_path: Path) -> None:
    with scp_process(tmp_path, "-q", "--max-associations", "1") as scp, Client(scp.port) as holder:
        holder.associate()
        start = scp.at_rest
        for _ in range(5):
            with contextlib.ExitStack() as stack:
                clients = [stack.enter_context(Client(scp.port)) for _ in range(100)]
                for each in clients:
                    each.send(huge_request(20_000))
                assert {told for each in clients for told in each.read_all()} == {"A-ASSOCIATE-RJ 2/3/2"}
        wait_for(lambda: scp.taken[:2] == start[:2])
        assert scp.taken.memory - start.memory < 8 * MIB
        assert holder.echo() == 0


def test_who_asks_and_never_reads_is_cut_off(tmp_path: Path) -> None:
    with scp_process(tmp_path, "-q", "--idle-timeout", "0.5") as scp:
        before = scp.at_rest.descriptors
        with contextlib.ExitStack() as stack:
            for _ in range(3):
                client = stack.enter_context(Client(scp.port, window=1))
                client.associate()
                client.socket.setblocking(False)
                with contextlib.suppress(BlockingIOError, ConnectionError):
                    while True:
                        client.socket.send(ECHO * 90)
            wait_for(lambda: scp.taken.descriptors == before)
            assert dcmtool.echo(HOST, scp.port).outcome == "success"


# Output that nobody reads -----------------------------------------------------------------------------


@contextlib.contextmanager
def unread(tmp_path: Path, *options: str) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """Run it with pipes that nobody reads; give it with its port."""
    port_file = tmp_path / "port"
    run = [sys.executable, "-W", "error", "-m", "dcmtool", "scp", "--bind", HOST, *options]
    with subprocess.Popen(
        [*run, "--port-file", str(port_file), "0"],
        cwd=ROOT,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        try:
            wait_for(port_file.exists)
            yield process, int(port_file.read_text())
        finally:
            process.kill()


def associate_often(port: int, count: int) -> None:
    """Make so many associations, in order."""
    for _ in range(count):
        with Client(port) as client:
            client.associate()
            client.release()


@pytest.mark.parametrize("options", [("--output", "ndjson"), ("-d",)], ids=["ndjson", "-d"])
def test_a_pipe_that_nobody_reads_holds_nobody_up(tmp_path: Path, options: tuple[str, ...]) -> None:
    with unread(tmp_path, *options) as (process, port):
        associate_often(port, 1000)
        assert dcmtool.echo(HOST, port).outcome == "success"
        begun = time.monotonic()
        process.terminate()
        assert process.wait(20) == 0
        assert time.monotonic() - begun < SOON


def test_what_was_dropped_is_told_once_somebody_reads(tmp_path: Path) -> None:
    with unread(tmp_path, "-d") as (process, port):
        associate_often(port, 400)  # of 60 lines each
        assert process.stderr is not None
        said = read_until(process.stderr, b" not written, as nobody read\n")
        *_, last = said.decode().splitlines()
        assert last.startswith("W: ")
        assert int(last.split()[1]) > 1000
        associate_often(port, 1)
        assert b"released" in read_until(process.stderr, b"released")
        process.terminate()
        assert b" associations (401 released)" in read_until(process.stderr, b"without an association")
        assert process.wait(20) == 0


# Too few descriptors ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("hard", "warned"), [(4096, False), (100, True)])
def test_a_limit_of_descriptors_is_raised_or_warned_of(tmp_path: Path, hard: int, warned: bool) -> None:
    port_file = tmp_path / "port"
    program = (
        f"import resource, os, sys; resource.setrlimit(resource.RLIMIT_NOFILE, (64, {hard}))\n"
        "os.execv(sys.executable, [sys.executable, '-m', 'dcmtool', 'scp', *sys.argv[1:]])"
    )
    options = ["--bind", HOST, "--port-file", str(port_file), "--max-associations", "200", "0"]
    with subprocess.Popen(
        [sys.executable, "-c", program, *options],
        cwd=ROOT,
        env=environment(),
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        wait_for(port_file.exists)
        port = int(port_file.read_text())
        with contextlib.ExitStack() as stack:
            if not warned:
                clients = [stack.enter_context(Client(port)) for _ in range(200)]
                assert {client.associate() is not None for client in clients} == {True}
        assert dcmtool.echo(HOST, port).outcome == "success"
        process.terminate()
        _, said = process.communicate(timeout=20)
    warnings = [line for line in said.splitlines() if line.startswith("W: ")]
    assert len(warnings) == warned
    assert all("only 100 files and connections" in line for line in warnings)


# Texts that deceive -----------------------------------------------------------------------------------

RAW = DECEIVING.encode("latin-1")
HOSTILE = {
    "titles": associate_request(calling=RAW[:16], called=RAW[16:32]),
    "version name": associate_request(user=(item(0x51, struct.pack(">I", 16384)), item(0x55, RAW))),
    "class UID": associate_request(user=(item(0x51, struct.pack(">I", 16384)), item(0x52, RAW))),
    "abstract syntax": associate_request((1, DECEIVING, ("1.2.840.10008.1.2",))),
    "transfer syntax": associate_request((1, wire.VERIFICATION, (DECEIVING,))),
    "application context": associate_request(application_context=RAW),
    "user identity": associate_request(
        user=(item(0x58, struct.pack(">BBH", 1, 0, len(RAW)) + RAW + struct.pack(">H", 0)),)
    ),
    "no PDU": RAW,
    "bidi": associate_request((1, "1.2", (BIDI.encode().decode("latin-1"),)), calling=BIDI.encode()[:16]),
}
COMMANDS = {
    "SOP class": p_data(1, command(sop_class=DECEIVING + "\0" * (len(DECEIVING) % 2))),
    "comment": p_data(1, command(more={0x0902: RAW})),
    "no PDU": RAW,
}


@pytest.mark.parametrize("options", [("-v",), ("-d",)])
def test_no_text_of_a_peer_steers_a_terminal(tmp_path: Path, options: tuple[str, ...]) -> None:
    with scp_process(tmp_path, *options, "--output", "ndjson") as scp:
        for data in HOSTILE.values():
            with Client(scp.port) as client:
                client.associate(data)
                client.send(wire.abort(0, 0))
                client.read_all()
        for data in COMMANDS.values():
            with Client(scp.port) as client:
                client.associate()
                client.send(data, wire.abort(0, 0))
                client.read_all()
        wait_for(lambda: len(scp.documents) == 1 + len(HOSTILE) + len(COMMANDS))
        obeys_soon(scp)
        printed(tmp_path)


def printed(folder: Path) -> None:
    """Expect lines of printable characters alone, each with its level, or a JSON object."""
    said = (folder / "stderr").read_bytes().decode().split("\n")
    assert said.pop() == ""
    for line in said:
        assert line.isprintable(), line
        assert line[:3] in ("I: ", "W: ", "D: "), line
        assert not line.startswith("I: forged")
    documents = (folder / "stdout").read_bytes().decode("ascii").split("\n")
    assert all(line.isprintable() for line in documents)


def test_nor_does_a_clients_certificate(tmp_path: Path) -> None:
    authority = pki.Authority("Authority")
    client = authority.issue(DECEIVING.replace("\0", "") + BIDI, [], usage=pki.CLIENT)
    secured = ["+tls", (server := authority.issue("server", [HOST])).key_file(tmp_path)]
    secured += [server.certificate_file(tmp_path), "-rc", "+cf", authority.certificate_file(tmp_path)]
    with scp_process(tmp_path, *secured, "-d", "--output", "ndjson") as scp:
        tls = dcmtool.TlsSettings(
            client.key_file(tmp_path), client.certificate_file(tmp_path), verify_peer=False
        )
        assert dcmtool.echo(HOST, scp.port, tls=tls).outcome == "success"
        wait_for(lambda: len(scp.documents) == 2)
        obeys_soon(scp)
        printed(tmp_path)

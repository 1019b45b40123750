"""How `dcmtool scp` ends, what it exits with, and the files that it writes and removes."""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import dcmtool
from tests.peers.dcmtool_scp import scp_process, wait_for
from tests.peers.programs import ROOT, environment, free_port
from tests.peers.scu import ECHO, Client, associate_request

BIND = "127.0.0.1"
NOTHING_SERVED = "I: 0 associations, 0 echoes, 0 connections without an association, in TIME"


def command(*options: str) -> list[str]:
    """Return the command that runs `dcmtool scp`."""
    return [sys.executable, "-W", "error", "-m", "dcmtool", "scp", *options]


def refused(*options: str, **others: Any) -> tuple[int, str, str]:
    """Run it to its end, which is soon."""
    run = subprocess.run(
        command(*options),
        cwd=ROOT,
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
        **others,
    )
    return run.returncode, run.stdout, run.stderr


# By itself ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "count"), [(["--once"], 1), (["--count", "3"], 3), (["--count", "1"], 1)]
)
def test_it_ends_after_so_many_associations(tmp_path: Path, options: list[str], count: int) -> None:
    with scp_process(tmp_path, *options) as scp:
        for _ in range(count):
            assert scp.process.poll() is None
            socket.create_connection((BIND, scp.port)).close()  # no association
            with Client(scp.port) as client:
                client.send(b"GET / HTTP/1.1\r\n\r\n")
                client.read_all()
            assert dcmtool.echo(BIND, scp.port).outcome == "success"
        assert scp.wait() == 0
        assert not scp.port_file.exists()
        assert scp.lines[-1].startswith(f"I: {count} association")


# By a signal ----------------------------------------------------------------------------------------


def idle(port: int) -> list[Client]:
    """Leave associations open."""
    clients = [Client(port) for _ in range(3)]
    for each in clients:
        each.associate()
    return clients


def half_a_pdu(port: int) -> list[Client]:
    """Leave an association in the middle of a PDU."""
    (client, *others) = idle(port)
    client.send(ECHO[:20])
    return [client, *others]


def in_a_delay(port: int) -> list[Client]:
    """Leave an echo unanswered."""
    (client, *others) = idle(port)
    client.send(ECHO)
    return [client, *others]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("open_some", [idle, half_a_pdu, in_a_delay])
def test_a_signal_aborts_what_is_open(
    tmp_path: Path, number: int, open_some: Callable[[int], list[Client]]
) -> None:
    with scp_process(tmp_path, "--delay-echo", "60") as scp:
        clients = open_some(scp.port)
        assert scp.end(number) == 0
        for each in clients:
            with each:
                assert each.read_all() == ["A-ASSOCIATE-AC", "A-ABORT 0/0"]
        assert not scp.port_file.exists()
        *told, last = scp.lines[1:]
    assert (
        told
        == [
            "I: 127.0.0.1 port N: ME called YOU for Verification, 1 of 1 context accepted, 0 echoes, "
            "aborted: the SCP was ended (TIME)"
        ]
        * 3
    )
    assert last == ("I: 3 associations (3 aborted), 0 echoes, 0 connections without an association, in TIME")


@pytest.mark.parametrize("options", [[], ["--self-signed"]], ids=["plain", "TLS"])
def test_a_signal_ends_what_has_only_begun(tmp_path: Path, options: list[str]) -> None:
    with scp_process(tmp_path, *options) as scp:
        before = scp.at_rest.descriptors
        silent = [socket.create_connection((BIND, scp.port)) for _ in range(50)]
        begun = associate_request()[:20] if not options else bytes.fromhex("160301020001")
        for each in silent[:10]:
            each.sendall(begun)
        wait_for(lambda: scp.taken.descriptors >= before + 50)
        assert scp.end() == 0
        assert scp.lines[-1] == (
            "I: 0 associations, 0 echoes, 50 connections without an association, in TIME"
        )
        for each in silent:
            each.close()


def test_more_signals_change_nothing(tmp_path: Path) -> None:
    with scp_process(tmp_path) as scp:
        clients = idle(scp.port)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGTERM, signal.SIGINT):
            scp.process.send_signal(number)
        assert scp.wait() == 0
        assert not scp.port_file.exists()
        assert scp.lines[-1].startswith("I: 3 associations (3 aborted)")
        for each in clients:
            each.socket.close()


def test_with_nothing_done(tmp_path: Path) -> None:
    with scp_process(tmp_path) as scp:
        scp.wait_for_lines(1)
        assert scp.end(signal.SIGINT) == 0
        assert scp.lines == ["I: DCMTOOL listens on 127.0.0.1 port N", NOTHING_SERVED]


# Nobody reads ---------------------------------------------------------------------------------------


def test_it_ends_where_nobody_reads_its_lines(tmp_path: Path) -> None:
    port_file = tmp_path / "port"
    with subprocess.Popen(
        command("--bind", BIND, "--port-file", str(port_file), "--output", "ndjson", "0"),
        cwd=ROOT,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert '"listening"' in process.stdout.readline()
        process.stdout.close()
        assert dcmtool.echo(BIND, int(port_file.read_text())).outcome == "success"
        said = process.stderr.read()
        assert process.wait(20) == 40
    assert len(said.splitlines()) == 3  # listening, the association, the totals


def test_it_serves_on_where_nobody_reads_its_words(tmp_path: Path) -> None:
    port_file = tmp_path / "port"
    with subprocess.Popen(
        command("--bind", BIND, "--port-file", str(port_file), "--count", "2", "0"),
        cwd=ROOT,
        env=environment(),
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        assert "listens on" in process.stderr.readline()
        process.stderr.close()
        port = int(port_file.read_text())
        assert [dcmtool.echo(BIND, port).outcome for _ in range(2)] == ["success"] * 2
        assert process.wait(20) == 0


# Where it cannot listen -----------------------------------------------------------------------------


def test_a_port_in_use() -> None:
    with socket.create_server((BIND, 0)) as taken:
        port = taken.getsockname()[1]
        assert refused("--bind", BIND, str(port)) == (
            60,
            "",
            f"Error: cannot listen on 127.0.0.1 port {port}: Address already in use "
            "(another program listens there; port 0 takes a free one)\n",
        )


def test_an_address_that_is_none() -> None:
    code, out, err = refused("--bind", "300.1.1.1", "0")
    assert (code, out) == (60, "")
    assert err.startswith("Error: cannot listen on 300.1.1.1 port 0: ")
    assert "not known" in err


@pytest.mark.parametrize("bind", ["fe80::1", "[fe80::1]"])
def test_a_link_local_address_without_its_zone(bind: str) -> None:
    code, out, err = refused("--bind", bind, "0")
    assert (code, out) == (60, "")
    assert err.startswith(
        f"Error: cannot listen on {bind} port 0: it is a link-local address without its zone"
    )
    assert err.endswith("as in fe80::1%eth0 (RFC 4007 11)\n")


def test_a_zone_that_is_no_interface() -> None:
    sentence = "its zone 'nope0' is no interface of this machine (RFC 4007 11)"
    assert refused("--bind", "fe80::1%nope0", "0") == (
        60,
        "",
        f"Error: cannot listen on fe80::1%nope0 port 0: {sentence}\n",
    )


def test_a_port_without_the_right_to_it(tmp_path: Path) -> None:
    first = Path("/proc/sys/net/ipv4/ip_unprivileged_port_start")
    if os.geteuid() == 0 or int(first.read_text()) <= 80:
        code, _, err = refused("--bind", "192.0.2.1", "80")
        assert (code, err) == (
            60,
            "Error: cannot listen on 192.0.2.1 port 80: Cannot assign requested address "
            "(it is no address of this machine)\n",
        )
        return
    assert refused("--bind", BIND, "80") == (
        60,
        "",
        "Error: cannot listen on 127.0.0.1 port 80: Permission denied "
        "(ports below 1024 are the system administrator's)\n",
    )


# The address ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bind", "hosts"),
    [("::1", ["::1"]), ("::", ["::1", BIND]), (BIND, [BIND]), ("localhost", ["localhost"]), ("", [BIND])],
)
def test_addresses(tmp_path: Path, bind: str, hosts: list[str]) -> None:
    port_file = tmp_path / "port"
    options = ["--bind", bind] if bind else []
    with subprocess.Popen(
        command(*options, "--port-file", str(port_file), "--count", str(len(hosts)), "0"),
        cwd=ROOT,
        env=environment(),
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        first = process.stderr.readline()
        port = int(port_file.read_text())
        for host in hosts:
            assert dcmtool.echo(host, port).outcome == "success"
        said = process.stderr.read()
        assert process.wait(20) == 0
    assert first.endswith(f" port {port}\n")
    for host in hosts:
        if host != "localhost":
            assert f"I: {host} port " in said


# The file with the port -----------------------------------------------------------------------------


def test_a_stale_file_is_replaced_and_removed(tmp_path: Path) -> None:
    (tmp_path / "port").write_text("")
    with scp_process(tmp_path) as scp:
        wait_for(lambda: scp.port_file.read_text() != "")
        assert dcmtool.echo(BIND, int(scp.port_file.read_text())).outcome == "success"
        assert sorted(each.name for each in tmp_path.iterdir()) == ["port", "stderr", "stdout"]
        assert scp.end() == 0
        assert not scp.port_file.exists()


def test_the_port_on_standard_output(tmp_path: Path) -> None:
    with subprocess.Popen(
        command("--bind", BIND, "--port-file", "/dev/stdout", "--once", "0"),
        cwd=ROOT,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        assert dcmtool.echo(BIND, port).outcome == "success"
        assert process.wait(20) == 0


def test_the_port_through_a_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen(
        command("--bind", BIND, "--port-file", str(pipe), "-q", "0"), cwd=ROOT, env=environment()
    ) as process:
        assert dcmtool.echo(BIND, int(pipe.read_text())).outcome == "success"
        process.terminate()
        assert process.wait(20) == 0
    assert pipe.is_fifo()


def test_a_signal_while_nobody_reads_the_pipe(tmp_path: Path) -> None:
    pipe, port = tmp_path / "pipe", free_port()
    os.mkfifo(pipe)
    with subprocess.Popen(
        command("--bind", BIND, "--port-file", str(pipe), "-q", str(port)), cwd=ROOT, env=environment()
    ) as process:
        wait_for(lambda: dcmtool.echo(BIND, port).outcome == "success")
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0


# In between -----------------------------------------------------------------------------------------


def test_a_slow_handshake_keeps_nobody_waiting(tmp_path: Path) -> None:
    with scp_process(tmp_path, "--self-signed") as scp, socket.create_connection((BIND, scp.port)) as slow:
        slow.sendall(bytes.fromhex("160301"))
        tls = dcmtool.settings.TlsSettings(verify_peer=False)
        assert dcmtool.echo(BIND, scp.port, tls=tls).outcome == "success"


def test_a_trickler_is_done_within_the_time(tmp_path: Path) -> None:
    with scp_process(tmp_path, "-ta", "0.5", "-v") as scp, Client(scp.port) as client:
        ended = threading.Event()

        def trickle() -> None:
            for byte in associate_request():
                client.send(bytes([byte]))
                if ended.wait(0.05):
                    break

        thread = threading.Thread(target=trickle)
        thread.start()
        assert client.read_all() == []
        ended.set()
        thread.join()
        assert scp.wait_for_lines(2)[1] == (
            "W: 127.0.0.1 port N: no association: the rest of A-ASSOCIATE-RQ did not come within 0.5 s (TIME)"
        )


def test_hundreds_in_sequence_add_up(tmp_path: Path) -> None:
    with scp_process(tmp_path, "--output", "ndjson", "-q", "--count", "200") as scp:
        for number in range(200):
            with Client(scp.port) as client:
                client.associate(associate_request(calling=b"AE%d" % number))
                client.echo()
                client.release()
        assert scp.wait() == 0
        _, *connections, ended = scp.documents
    told = [each["connection"]["association"]["calling_aet"] for each in connections]
    assert sorted(told) == sorted(f"AE{number}" for number in range(200))
    assert ended["totals"]["outcomes"]["released"] == ended["totals"]["echoes"] == 200


def test_nothing_of_a_peer_steers_the_terminal(tmp_path: Path) -> None:
    odd = associate_request(
        (1, "1.2\x1b[31m\n", ("1.2\x07",)), calling=b"\xe9\x1b[2J"[:1] + b"x", user=(b"U\0\0\3\x1b[m",)
    )
    with scp_process(tmp_path, "--output", "ndjson") as scp:
        with Client(scp.port) as client:
            client.associate(odd)
            client.release()
        with Client(scp.port) as client:
            client.associate(associate_request(calling=b"\x1b[2J"))
            client.release()
        scp.wait_for_lines(3)
        assert scp.end() == 0
        text = "\n".join(scp.lines)
        assert len(scp.documents) == 4
    assert len(scp.lines) == 4
    assert text.replace("\n", "").isprintable()


def test_debug_shows_everything_about_each_association(tmp_path: Path) -> None:
    with scp_process(tmp_path, "-d") as scp:
        assert dcmtool.echo(BIND, scp.port).outcome == "success"
        assert dcmtool.echo(BIND, scp.port).outcome == "success"
        scp.wait_for_lines(3)
        wait_for(lambda: sum("released" in line for line in scp.lines) == 2)
        assert scp.end() == 0
        for number in (1, 2):
            assert f"D: [{number}] connection from 127.0.0.1 port N" in scp.lines
            assert f"D: [{number}] Calling Application Name:    ECHOSCU" in scp.lines
            assert f"D: [{number}] Sending Echo Response (Success), MsgID 1" in scp.lines

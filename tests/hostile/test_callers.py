"""`dcmtool scp` and each of the callers, over real sockets: what is told, what is said, what is left."""

import contextlib
import json
import signal
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import dcmtool
from dcmtool.settings import TlsSettings
from tests.hostile.callers import AC, PLAIN, SECURED, SLOW, Caller, Callers
from tests.hostile.processes import GROWTH, obeys_soon, read_until, warm
from tests.peers import pki, wire
from tests.peers.dcmtool_scp import scp_process, wait_for
from tests.peers.programs import require
from tests.peers.scu import ECHO, RELEASE, Client, associate_request, command, trusting_anybody
from tests.peers.wire import p_data
from tests.scp.test_association_request import HELLO

HOST = "127.0.0.1"
LONGEST = 500  # characters of a sentence
AT_ONCE = 12  # callers
NO_TLS, TLS = None, TlsSettings(verify_peer=False)

SERVERS: dict[str, tuple[Callers, TlsSettings | None, tuple[str, ...]]] = {
    "plain": (PLAIN, NO_TLS, ()),
    "TLS": (SECURED, TLS, ("--self-signed",)),
    "short timeouts": (SLOW, NO_TLS, ("-ta", "1", "--idle-timeout", "1")),
}


# What each is told ------------------------------------------------------------------------------------


def call(port: int, caller: Caller, beside: TlsSettings | None) -> tuple[int, list[bytes] | None, str]:
    """Do what a caller does; return its port, what it was told, and how an honest echo beside it ended."""
    with contextlib.suppress(ConnectionError), Client(port, tls=caller.tls) as client:
        for act in caller.acts:
            act(client)
        echoed = dcmtool.echo(HOST, port, tls=beside).outcome
        if caller.told is None:
            return client.port, None, echoed
        client.read_all()
        told = [each.data if each.type != wire.ASSOCIATE_AC else AC for each in client.pdus]
        return client.port, told + ([client.rest] if client.rest else []), echoed
    raise AssertionError("the connection broke")


def wrong(caller: Caller, told: list[bytes] | None, record: dict[str, Any], said: list[str]) -> list[str]:
    """Return what is not as it should be."""
    reason = record["reason"] or ""
    (line,) = said
    checks = {
        f"it was told {told}": told == (None if caller.told is None else list(caller.told)),
        f"it ended as {record['outcome']}: {reason}": record["outcome"] == caller.outcome,
        f"the reason is {reason}": caller.says in reason,
        f"the line is {line}": reason in line or record["outcome"] == "aborted-by-peer",
        "a reason is too long": len(reason) < LONGEST,
        "there is something raw": line.isprintable() and reason.isprintable(),
    }
    return [what for what, holds in checks.items() if not holds]


@pytest.mark.parametrize("server", SERVERS)
def test_the_callers(server: str, tmp_path: Path) -> None:
    callers, tls, options = SERVERS[server]
    options = ("-v", "--output", "ndjson", "--max-associations", "100", *options)
    with scp_process(tmp_path, *options) as scp, ThreadPoolExecutor(AT_ONCE) as pool:
        start = warm(scp, tls)
        calls = {name: pool.submit(call, scp.port, caller, tls) for name, caller in callers.items()}
        heard = {name: each.result(60) for name, each in calls.items()}
        assert {echoed for _, _, echoed in heard.values()} == {"success"}
        wait_for(lambda: len(scp.documents) == 2 + 2 * len(callers))
        wait_for(lambda: scp.taken[:2] == start[:2])
        assert scp.taken.memory - start.memory < GROWTH
        obeys_soon(scp)
        records = {each["connection"]["port"]: each["connection"] for each in scp.documents[1:-1]}
        lines = (tmp_path / "stderr").read_bytes().decode().split("\n")
        faults = {
            name: wrong(
                callers[name], told, records[port], [each for each in lines if f"{HOST} port {port}" in each]
            )
            for name, (port, told, _) in heard.items()
        }
        assert {name: found for name, found in faults.items() if found} == {}
        assert all(line.isprintable() for line in lines)
        json.loads((tmp_path / "stdout").read_bytes().decode("ascii").splitlines()[-1])


@pytest.mark.parametrize("typed", [b"R\n", b"Q\n"], ids=["renegotiates", "ends"])
def test_a_session_of_tls_1_2(typed: bytes, tmp_path: Path) -> None:
    """A client may not have the session of a server negotiated anew (RFC 5746 5, RFC 8446 4.6)."""
    with scp_process(tmp_path, "-v", "--self-signed") as scp:
        options = ["-tls1_2", "-connect", f"{HOST}:{scp.port}"]
        with subprocess.Popen(
            [require(pki.OPENSSL), "s_client", *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        ) as client:
            assert client.stdin is not None
            assert client.stdout is not None
            said = read_until(client.stdout, b"Extended master secret")
            client.stdin.write(typed)
            client.stdin.flush()
            said += client.stdout.read()
            assert client.wait(20) == (typed == b"R\n"), said
        *_, line = scp.wait_for_lines(3)
        ended = "no TLS session: the TLS session failed: " if typed == b"R\n" else "nothing was sent"
        assert f"127.0.0.1 port N (TLSv1.2): {ended}" in line
        assert dcmtool.echo(HOST, scp.port, tls=TLS).outcome == "success"
        obeys_soon(scp)


# Signals ----------------------------------------------------------------------------------------------


@contextlib.contextmanager
def hanging(port: int, tls: bool) -> Iterator[None]:
    """Have callers hang in every state that an acceptor can be in: none of them goes on, or goes."""
    session = trusting_anybody() if tls else None
    beginnings: list[tuple[bool, tuple[bytes, ...]]] = [  # whether associated, and what was sent then
        (False, ()),
        (False, (associate_request()[:3],)),
        (False, (associate_request()[:40],)),
        (False, (associate_request() + ECHO,)),
        (False, (b"garbage",)),
        (True, ()),
        (True, (ECHO[:30],)),
        (True, (p_data(1, command()[:20], wire.COMMAND),)),
        (True, (ECHO,)),
        (True, (ECHO * 90,)),
        (True, (RELEASE,)),
        (True, (RELEASE[:7],)),
        (True, (b"garbage",)),
    ]
    with contextlib.ExitStack() as stack:
        for associated, parts in beginnings:
            client = stack.enter_context(Client(port, tls=session))
            if associated:
                client.associate()
            client.send(*parts)
        for data in (b"", b"\x16", HELLO) if tls else ():
            stack.enter_context(Client(port)).send(data)
        yield


@pytest.mark.parametrize(
    ("options", "number"),
    [((), signal.SIGTERM), ((), signal.SIGINT), (("--self-signed",), signal.SIGTERM)],
    ids=["plain", "Ctrl-C", "TLS"],
)
def test_a_signal_is_obeyed_soon_whoever_hangs_there(
    options: tuple[str, ...], number: int, tmp_path: Path
) -> None:
    with (
        scp_process(tmp_path, "-d", "--output", "ndjson", *options) as scp,
        hanging(scp.port, bool(options)),
    ):
        obeys_soon(scp, number)
        assert scp.documents[-1]["event"] == "ended"


@pytest.mark.parametrize("moment", [1, 40])
def test_a_signal_is_obeyed_soon_while_others_come(moment: int, tmp_path: Path) -> None:
    """So many have been served when it comes, and the others are at whatever they do."""
    patient = [each for each in PLAIN.values() if each.told is not None]
    with scp_process(tmp_path, "-d", "--output", "ndjson") as scp, ThreadPoolExecutor(AT_ONCE) as pool:
        calls = [pool.submit(call_and_listen, scp.port, each) for each in patient]
        wait_for(lambda: sum(each.done() for each in calls) >= moment)
        obeys_soon(scp)


def call_and_listen(port: int, caller: Caller) -> None:
    """Do what a caller does, as far as anybody is there."""
    with contextlib.suppress(OSError), Client(port) as client:
        for act in caller.acts:
            act(client)
        client.read_all()


@pytest.mark.parametrize(
    "fault",
    [
        ("--delay-accept", "60"),
        ("--delay-echo", "60"),
    ],
    ids=["before the acceptance", "before the answer"],
)
def test_a_signal_is_obeyed_soon_while_it_waits_on_purpose(fault: tuple[str, str], tmp_path: Path) -> None:
    with scp_process(tmp_path, "-d", *fault) as scp, Client(scp.port) as client:
        client.send(associate_request())
        wait_for(lambda: any("PDU Type: Associate Request" in line for line in scp.lines))
        if fault[0] == "--delay-echo":
            client.read()
            client.send(ECHO)
        obeys_soon(scp)
        client.read_all()
        assert client.told[-1] == "A-ABORT 0/0"


def test_there_are_enough_of_them() -> None:
    every = [*PLAIN.values(), *SLOW.values(), *SECURED.values()]
    assert len(every) >= 60
    assert all(each.clause.startswith(("PS3.", "RFC ")) for each in every)

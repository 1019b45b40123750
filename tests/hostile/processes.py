"""What is expected of a `dcmtool scp` that runs, whoever calls it."""

import os
import signal
import time
from typing import IO

import dcmtool
from dcmtool.settings import TlsSettings
from tests.peers.dcmtool_scp import ScpProcess, Taken, wait_for

MIB = 1024  # KiB
GROWTH = 30 * MIB  # that callers may make of its memory, whatever they do
GROWTH_TLS = 40 * MIB  # the same over TLS: OpenSSL takes some 50 KB for a handshake, and there may be 500
SOON = 5.0  # seconds within which SIGTERM is obeyed, on a machine that is busy, too; all waits are longer


def obeys_soon(scp: ScpProcess, number: int = signal.SIGTERM) -> None:
    """Expect an end in order, soon after a signal."""
    begun = time.monotonic()
    assert scp.end(number) == 0
    assert time.monotonic() - begun < SOON


def warm(scp: ScpProcess, tls: TlsSettings | None = None) -> Taken:
    """Return what it takes once it has served somebody."""
    before = scp.at_rest
    assert dcmtool.echo("127.0.0.1", scp.port, tls=tls).outcome == "success"
    wait_for(lambda: scp.taken[:2] == before[:2])
    return scp.taken


def read_until(stream: IO[bytes], what: bytes) -> bytes:
    """Read from a pipe until this has come."""
    data = b""
    while what not in data[-4096:]:
        more = os.read(stream.fileno(), 1 << 16)
        assert more, data[-1000:]
        data += more
    return data

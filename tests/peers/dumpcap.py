"""Captures of loopback by Wireshark's dumpcap, of any number of conversations.

    with capturing(folder, "127.77.1") as capture:
        ...
    capture.path    # all that was said to 127.77.1.1 and so on

The kernel hands packets over in blocks, up to a second late: a capture ends once a packet that is sent after
all others is in it.
"""

import contextlib
import os
import signal
import socket
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.peers.dcmtool_scp import wait_for
from tests.peers.programs import require

_PROGRAM = "/usr/bin/dumpcap"
LAST_WORDS = b"the last packet of this capture"
LAST_PORT = 9  # the port of a service that nobody runs (RFC 863)


class Dumpcap:
    """A dumpcap that runs; `inside` goes before the command: it takes it into a network namespace."""

    def __init__(self, path: Path, words: str, inside: Sequence[str] = (), interface: str = "lo") -> None:
        self.path = path
        command = [*inside, require(_PROGRAM), "-q", "-t", "-i", interface, "-f", words, "-w", str(path)]
        self._process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        said = b""
        assert self._process.stderr is not None
        while b"File: " not in said:
            more = os.read(self._process.stderr.fileno(), 4096)
            said += more
            if not more:
                self.close()
                why = said.decode(errors="replace").strip()
                assert "permission to capture" in why, why
                pytest.skip(f"dumpcap may not capture here: {why}")

    def has_seen(self, data: bytes) -> bool:
        """Whether a packet with this is in the file."""
        return data in self.path.read_bytes()

    def stop(self) -> None:
        """Have it end, which takes it a while."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)

    def close(self) -> None:
        """End it, if it has not ended."""
        self.stop()
        if self._process.stderr is not None and not self._process.stderr.closed:
            self._process.communicate()


def send_last(host: str) -> None:
    """Send the packet that comes after all others."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
        last.sendto(LAST_WORDS, (host, LAST_PORT))


def own_network() -> str:
    """Return how addresses of loopback begin that no other test process talks to."""
    return f"127.{64 + (os.getpid() >> 8) % 64}.{os.getpid() % 256}"


@contextlib.contextmanager
def capturing(folder: Path, network: str) -> Iterator[Dumpcap]:
    """Capture what is said to addresses of loopback that begin so, until all of it is in the file."""
    capture = Dumpcap(folder / "lo.pcapng", f"net {network}.0/24 and (tcp or udp port {LAST_PORT})")
    try:
        yield capture
        send_last(f"{network}.255")
        wait_for(lambda: capture.has_seen(LAST_WORDS))
    finally:
        capture.close()

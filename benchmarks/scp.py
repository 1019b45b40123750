"""The peers that the benchmarks talk to."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

STORESCP = Path("/usr/bin/storescp")
ECHOSCU = Path("/usr/bin/echoscu")


def free_port() -> int:
    """Return a TCP port of the loopback interface that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running(
    processor: int | None = None, *, delays: bool = False, options: Sequence[str] = ()
) -> Iterator[int]:
    """Run an SCP with more `options`, pinned to one processor if asked, and give its port.

    It is DCMTK's storescp; where that is not installed, pynetdicom's. As it is installed, storescp `delays`
    the second half of each answer until the first is acknowledged; without, TCP_NODELAY=1 is set for it.
    """
    port = free_port()
    if STORESCP.exists():
        command = [str(STORESCP), *options, str(port)]
    else:
        command = [sys.executable, "-m", "pynetdicom", "echoscp", str(port)]
    taskset = shutil.which("taskset")
    if processor is not None and taskset:
        command = [taskset, "-c", str(processor), *command]
    environment = {**os.environ, "TCP_NODELAY": "0" if delays else "1"}
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            _wait_for(port)
            yield port
        finally:
            process.terminate()


@contextmanager
def ours(processor: int | None = None, *options: str) -> Iterator[tuple[int, int]]:
    """Run `dcmtool scp`, and give its port and its process number."""
    port = free_port()
    command = [sys.executable, "-m", "dcmtool", "scp", "-q", "--bind", "127.0.0.1", *options, str(port)]
    with started(command, port, processor) as process:
        yield port, process


@contextmanager
def started(command: Sequence[str], port: int, processor: int | None = None) -> Iterator[int]:
    """Run a server from when it listens on this port, and give its process number."""
    taskset = shutil.which("taskset")
    if processor is not None and taskset:
        command = [taskset, "-c", str(processor), *command]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            _wait_for(port)
            yield process.pid
        finally:
            process.terminate()


def _wait_for(port: int) -> None:
    for _ in range(500):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise RuntimeError(f"the SCP does not listen on port {port}")

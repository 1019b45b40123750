"""Real programs as processes: servers, found or skipped, started and surely ended; and the two clients."""

import contextlib
import importlib.util
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NoReturn

import pytest

ROOT = Path(__file__).parents[2]
ECHOSCU = "/usr/bin/echoscu"  # by path: a Python package may put another one first in PATH
HIDDEN = "TESTS_WITHOUT_PROGRAMS"  # set by .ci/newcomer where it cannot hide the programs themselves
STARTUP = 30.0  # seconds that a program may take until its port accepts
# What changes a program's behaviour: DCMTK's, of colours, and Python's, which hides what buffers hold back.
_FOREIGN = ("DCMDICTPATH", "TCP_NODELAY", "TCP_BUFFER_LENGTH", "NO_COLOR", "FORCE_COLOR", "PYTHONUNBUFFERED")

Command = Callable[[int], list[str]]


def require(program: str) -> str:
    """Return the path of a program; without it the test is skipped, but fails where CI is set.

    `.ci/programs` lists it with its Debian package.
    """
    if HIDDEN in os.environ or not os.access(program, os.X_OK):
        _missing(f"{program} is not installed")
    return program


def require_data(pattern: str) -> Path:
    """Return the file of a package that matches a pattern below /usr/share, as `require` does a program."""
    found = next(iter(sorted(Path("/usr/share").glob(pattern))), None)
    if HIDDEN in os.environ or found is None:
        _missing(f"/usr/share/{pattern} is not installed")
    return found


def require_module(name: str) -> None:
    """Require a package of PyPI that is not needed to run the tests."""
    if HIDDEN in os.environ or importlib.util.find_spec(name) is None:
        _missing(f"{name} is not installed")


def require_node_module(name: str) -> Path:
    """Return the folder of the modules of Node.js, of which one must be there; `.ci/run` installs them."""
    caches = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    modules = Path(caches) / "dcmtool-tests" / "node_modules"
    if HIDDEN in os.environ or not (modules / name).is_dir():
        _missing(f"{name} is not installed in {modules}")
    return modules


def _missing(reason: str) -> NoReturn:
    if os.environ.get("CI", "").lower() == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def free_port() -> int:
    """Return a TCP port that nobody listens on just now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@contextlib.contextmanager
def refusing_port() -> Iterator[int]:
    """Hold a loopback port that refuses every connection: bound, but not listening."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        yield int(holder.getsockname()[1])


def _accepts(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def listens(port: int) -> bool:
    """Whether a program listens on a port, without a connection that it would have to serve (Linux)."""
    return bool(_listeners(port))


def _listeners(port: int) -> set[str]:
    """Return the sockets that listen on a port, by their inodes (Linux).

    Those stand first in the kernel's tables, whose rest is long where many connections were closed.
    """
    found = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with contextlib.suppress(FileNotFoundError), open(table, encoding="ascii") as lines:
            next(lines)
            for line in lines:
                _, local, _, state, *more = line.split()
                if state != "0A":
                    break
                if local.endswith(f":{port:04X}"):
                    found.add(f"socket:[{more[5]}]")
    return found


def _is_of(process: subprocess.Popen[bytes], port: int) -> bool:
    """Whether it is this process that listens on a port, and none that was faster to take it (Linux)."""
    files = Path(f"/proc/{process.pid}/fd")
    if process.poll() is not None or not files.exists():
        return process.poll() is None
    sockets = set()
    for file in files.iterdir():
        with contextlib.suppress(OSError):  # it was closed meanwhile
            sockets.add(os.readlink(file))
    return bool(_listeners(port) & sockets)


def _ended(process: subprocess.Popen[bytes], seconds: float) -> bool:
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    return True


def _start(
    command: list[str], log: Path, port: int, ready: Callable[[int], bool], env: Mapping[str, str] | None
) -> subprocess.Popen[bytes]:
    """Start a server, and wait until it listens, and is ready: nobody else's is asked."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=ROOT, env=env
        )
    end = time.monotonic() + STARTUP
    while (
        not (_is_of(process, port) and ready(port)) and not _ended(process, 0.02) and time.monotonic() < end
    ):
        pass
    return process


def _stop(process: subprocess.Popen[bytes], number: int) -> None:
    process.send_signal(number)
    if not _ended(process, 10):
        process.kill()
        process.wait()


@contextlib.contextmanager
def running(
    command: Command,
    log: Path,
    *,
    ready: Callable[[int], bool] = _accepts,
    variables: Mapping[str, str] | None = None,
    end: int = signal.SIGTERM,
) -> Iterator[int]:
    """Run a server on a free port from when it is ready until a signal; again if the port was taken."""
    env = None if variables is None else environment(variables)
    for _ in range(3):
        port = free_port()
        process = _start(command(port), log, port, ready, env)
        if _is_of(process, port):
            break
        _stop(process, end)
    try:
        assert process.poll() is None, f"{command(port)} ended at once: {log.read_text(errors='replace')}"
        assert ready(port), f"{command(port)} does not accept connections"
        yield port
    finally:
        _stop(process, end)


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment without what could change a program's behaviour, and with `extra`."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("DCMTOOL_")}
    for key in _FOREIGN:
        kept.pop(key, None)
    return kept | dict(extra or {})


def _run(command: list[str], env: dict[str, str], timeout: float) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        env=env,
        timeout=timeout,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="backslashreplace",
        check=False,
    )


def run_dcmtool(
    *args: str, env: Mapping[str, str] | None = None, timeout: float = 60
) -> subprocess.CompletedProcess[str]:
    """Run `dcmtool echo` to its end, in an environment without what could change its behaviour."""
    command = [sys.executable, "-W", "error", "-m", "dcmtool", "echo", *args]
    return _run(command, environment(env), timeout)


def run_dcmdump(*args: str, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run DCMTK's dcmdump to its end."""
    return _run([require("/usr/bin/dcmdump"), *args], environment(env), 60)


def run_echoscu(
    *args: str, env: Mapping[str, str] | None = None, timeout: float = 60
) -> subprocess.CompletedProcess[str]:
    """Run DCMTK's echoscu to its end, without Nagle's delay of 40 ms an echo."""
    return _run([require(ECHOSCU), *args], environment({"TCP_NODELAY": "1", **(env or {})}), timeout)


def interrupted(process: "subprocess.Popen[str]") -> tuple[str, str]:
    """Press Ctrl-C, wait for the process to end, and return what it wrote.

    One that comes after Python looked for signals and before it reads is lost, so it is pressed again.
    """
    while True:
        process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            return process.communicate(timeout=5)

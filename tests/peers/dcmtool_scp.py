"""`dcmtool scp` as a process: its port, what it says, what it takes of the machine, how it ends."""

import contextlib
import functools
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from tests.peers.programs import ROOT, STARTUP, environment

_TIME = re.compile(r"\((\d+ ms|\d+\.\d s)\)|\bin \d+\.\d s")
_PORT = re.compile(r"127\.0\.0\.1 port \d+")
_ACTIVITY = ("State:", "voluntary_ctxt_switches:", "nonvoluntary_ctxt_switches:")  # of proc_pid_status(5)


class Taken(NamedTuple):
    """What a process takes: threads, file descriptors, and resident memory in KiB."""

    threads: int
    descriptors: int
    memory: int


def taken_by(process: int) -> Taken:
    """Return what a process takes of the machine now. Raises `OSError` or `KeyError` once it has ended."""
    status = Path(f"/proc/{process}/status").read_text()
    fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    memory = int(fields["VmRSS"].split()[0])
    return Taken(int(fields["Threads"]), len(os.listdir(f"/proc/{process}/fd")), memory)


def resting(process: int) -> Taken:
    """Return what a process takes once it has come to rest: nothing of it ran between two looks."""
    looks: list[tuple[dict[str, list[str]], Taken]] = []

    def rests() -> bool:
        activity, taken = _activity_of(process), taken_by(process)
        looks.append((activity, taken))
        asleep = all(fields[0].startswith("S") for fields in activity.values())
        return asleep and len(looks) > 1 and looks[-1] == looks[-2]

    wait_for(rests)
    return looks[-1][1]


def _activity_of(process: int) -> dict[str, list[str]]:
    """Return of each thread its state, and how often it has got and left a processor."""
    activity = {}
    for thread in Path(f"/proc/{process}/task").iterdir():
        with contextlib.suppress(OSError):  # it has ended meanwhile
            lines = (thread / "status").read_text().splitlines()
            activity[thread.name] = [line.split(":\t")[1] for line in lines if line.startswith(_ACTIVITY)]
    return activity


class ScpProcess:
    """The process, its port once it listens, and the files that it writes its words to."""

    def __init__(
        self,
        folder: Path,
        *options: str,
        env: Mapping[str, str] | None = None,
        inside: Sequence[str] = (),
        bind: str = "127.0.0.1",
    ) -> None:
        self.port_file, self._out, self._err = folder / "port", folder / "stdout", folder / "stderr"
        command = [*inside, sys.executable, "-W", "error", "-m", "dcmtool", "scp", *options]
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self.process = subprocess.Popen(
                [*command, "--bind", bind, "--port-file", str(self.port_file), "0"],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                cwd=ROOT,
                env=environment(env),
            )
        wait_for(lambda: bool(self._announced) or self.process.poll() is not None, STARTUP)
        assert self.process.poll() is None, self._err.read_text()
        self.port = int(self._announced)

    @property
    def _announced(self) -> str:
        return self.port_file.read_text() if self.port_file.exists() else ""

    @property
    def lines(self) -> list[str]:
        """What it has said on stderr, times and clients' ports replaced."""
        text = _TIME.sub(lambda found: "(TIME)" if found[1] else "in TIME", self._err.read_text())
        return _PORT.sub("127.0.0.1 port N", text).replace(f"port {self.port}", "port N").splitlines()

    @property
    def documents(self) -> list[dict[str, Any]]:
        """What it has said on stdout, line for line, without one that is not written to its end yet."""
        return [json.loads(line) for line in self._out.read_text().split("\n")[:-1]]

    @property
    def taken(self) -> Taken:
        """What it takes of the machine now."""
        return taken_by(self.process.pid)

    @functools.cached_property
    def at_rest(self) -> Taken:
        """What it took at rest when this was asked for first, before anybody called.

        When it listens it may have a file of its start open yet; later it may not have accepted yet who has
        gone already.
        """
        return resting(self.process.pid)

    def wait_for_lines(self, count: int) -> list[str]:
        """Return what it said on stderr, once there are so many lines."""
        wait_for(lambda: len(self.lines) >= count)
        return self.lines

    def end(self, number: int = signal.SIGTERM) -> int:
        """Send a signal, and return the exit code."""
        self.process.send_signal(number)
        return self.wait()

    def wait(self) -> int:
        """Return the exit code once it has ended."""
        return self.process.wait(STARTUP)


def wait_for(condition: Callable[[], bool], seconds: float = 20) -> None:
    """Wait for a condition, or fail."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it does not come about"
        time.sleep(0.005)


@contextlib.contextmanager
def scp_process(
    folder: Path,
    *options: str,
    env: Mapping[str, str] | None = None,
    inside: Sequence[str] = (),
    bind: str = "127.0.0.1",
) -> Iterator[ScpProcess]:
    """Run `dcmtool scp` from when it listens; it is surely gone at the end.

    What is `inside` comes before the command: it takes it into a network namespace.
    """
    scp = ScpProcess(folder, *options, env=env, inside=inside, bind=bind)
    try:
        yield scp
    finally:
        if scp.process.poll() is None:
            scp.process.kill()
        scp.process.wait()

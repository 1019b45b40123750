"""`dcmtool sweep` as a process: run to its end, or begun."""

import contextlib
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tests.peers.programs import ROOT, environment
from tests.setups.door import Door

HOST = "127.0.0.1"
COMMAND = [sys.executable, "-W", "error", "-m", "dcmtool", "sweep"]


def swept(
    *args: str, given: str = "", env: Mapping[str, str] | None = None, **more: Any
) -> "subprocess.CompletedProcess[str]":
    """Run a sweep to its end, with this on its standard input."""
    return subprocess.run(
        [*COMMAND, *args],
        cwd=ROOT,
        env=environment(env),
        input=given,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
        **more,
    )


@contextlib.contextmanager
def begun(*args: str, given: Sequence[str] | None = None) -> Iterator["subprocess.Popen[str]"]:
    """Begin a sweep, with these lines on its standard input, or whatever a test writes there.

    It is surely gone at the end.
    """
    process = subprocess.Popen(
        [*COMMAND, *args],
        cwd=ROOT,
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        if given is not None:
            assert process.stdin is not None
            process.stdin.write("\n".join(given))
            process.stdin.close()
            process.stdin = None  # which `communicate` would close once more
        yield process
    finally:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()


def ended(process: "subprocess.Popen[str]", number: int) -> tuple[int, str, str]:
    """Send a signal, and return how the sweep ends and what it has written."""
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    assert "Traceback" not in err
    return process.returncode, out, err


def words(door: Door, number: int, name: str = "N") -> list[str]:
    """Return so many nodes at a door, each of another title."""
    return [f"{name}-{each}@{HOST}:{door.port}" for each in range(number)]

"""Processes of ours, and what they take of the machine while they run."""

import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Self

from tests.peers.dcmtool_scp import Taken, taken_by, wait_for
from tests.peers.programs import ROOT, environment

INTERVAL = 0.01  # seconds between two samples, which take 0.2 ms; of a long run
MOST_SAMPLES = 4000  # every other one goes, and the next come half as often
PATIENCE = 60.0  # seconds that a process may take to begin, to rest, or to end


class EndedEarly(Exception):
    """A process ended without a word: the text is a sentence."""


class Program:
    """A module of ours as a process that is gone after the `with` block; `lines` are what it said last."""

    def __init__(self, *command: str) -> None:
        self._command = " ".join(command)
        self.process = subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=ROOT,
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.lines: deque[str] = deque(maxlen=100)  # a report has 50
        self._reader = threading.Thread(target=self._read)

    def __enter__(self) -> Self:
        self._reader.start()
        return self

    def __exit__(self, *_error: object) -> None:
        with self.process:
            if self.process.poll() is None:
                self.process.kill()
        self._reader.join()

    def _read(self) -> None:
        assert self.process.stdout is not None
        self.lines.extend(self.process.stdout)

    def await_line(self) -> str:
        """Return its last line, once there is one."""
        wait_for(lambda: bool(self.lines) or self.process.poll() is not None, PATIENCE)
        self._expect_words()
        return self.lines[-1]

    def go_on(self) -> None:
        """Send it a line."""
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def end(self) -> str:
        """Wait for its end, and return what it said last."""
        self.process.wait(PATIENCE)
        self._reader.join()
        self._expect_words()
        return "".join(self.lines)

    def _expect_words(self) -> None:
        if not self.lines:
            raise EndedEarly(f"{self._command} ended with the exit code {self.process.wait(PATIENCE)}")


class Watch:
    """Samples of a caller and an SCP."""

    def __init__(self, caller: Program, scp: Program) -> None:
        self._processes = (caller.process.pid, scp.process.pid)
        self.samples: tuple[list[Taken], list[Taken]] = ([], [])
        self._interval = INTERVAL

    def until(self, ended: Callable[[], bool]) -> None:
        """Take samples until it has ended."""
        while not ended():
            # Of one that is ending there is no more to see.
            with suppress(OSError, KeyError):
                self.take()
            if len(self.samples[0]) >= MOST_SAMPLES:
                for samples in self.samples:
                    del samples[1::2]
                self._interval *= 2
            time.sleep(self._interval)

    def take(self) -> None:
        """Take a sample of both."""
        taken = [taken_by(process) for process in self._processes]
        for samples, each in zip(self.samples, taken, strict=True):
            samples.append(each)

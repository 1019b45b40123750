"""Runs of the program in processes of their own, each forked from one that has its modules loaded already.

So a run costs milliseconds, and what it takes of memory is its own and not that of the tests:

    with Forked() as forked:
        ran = forked.run("echo", "127.0.0.1", "11112")

The process that forks reads command lines as JSON, one a line, and writes two lines for each: the number of
the child, and once it has ended what came of it.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from types import TracebackType
from typing import Any, NamedTuple, Self

from tests.peers.programs import ROOT, STARTUP, environment

_PER_KIB = 1024 if sys.platform == "darwin" else 1  # units of ru_maxrss


class Ran(NamedTuple):
    """What came of a run: exit code (minus the signal that killed it), outputs, most memory (KiB).

    `before` and `after` are its threads and descriptors around the call, empty where it did not return.
    """

    code: int
    out: str
    err: str
    memory: int
    before: list[int]
    after: list[int]


class Forked:
    """The process that forks."""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-W", "error", "-m", "tests.hostile.forked"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            env=environment(),
            text=True,
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate(timeout=STARTUP)

    def start(self, *argv: str) -> int:
        """Begin a run, and return the number of its process."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(argv) + "\n")
        self._process.stdin.flush()
        return int(self._answer())

    def finish(self) -> Ran:
        """Return what came of the run, once it has ended."""
        return Ran(**self._answer())

    def run(self, *argv: str) -> Ran:
        """Run the program."""
        self.start(*argv)
        return self.finish()

    def _answer(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "it has ended"
        return json.loads(line)


# The process itself -----------------------------------------------------------------------------------


def _taken() -> list[int]:
    folder = "/proc/self/fd"
    return [threading.active_count(), len(os.listdir(folder)) if os.path.isdir(folder) else 0]


def _child(argv: list[str], told: int) -> int:
    """Run the program as the console script does; write what it took of threads and descriptors."""
    from dcmtool.cli.main import main

    before = _taken()
    code = main(argv)
    os.write(told, json.dumps([before, _taken()]).encode())
    sys.stdout.flush()
    sys.stderr.flush()
    return code


def _run(argv: list[str]) -> None:
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err, tempfile.TemporaryFile() as told:
        pid = os.fork()
        if not pid:
            code = 99
            try:
                os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
                os.dup2(out.fileno(), 1)
                os.dup2(err.fileno(), 2)
                code = _child(argv, told.fileno())
            except KeyboardInterrupt:  # which `python -m dcmtool` turns into this as well
                code = 130
            finally:
                os._exit(code)
        print(pid, flush=True)
        _, status, usage = os.wait4(pid, 0)
        for file in (out, err, told):
            file.seek(0)
        before, after = json.loads(told.read() or b"[[], []]")
        ran = Ran(
            os.waitstatus_to_exitcode(status),
            out.read().decode(),
            err.read().decode(),
            usage.ru_maxrss // _PER_KIB,
            before,
            after,
        )
        print(json.dumps(ran._asdict()), flush=True)


def _serve() -> None:
    from dcmtool.cli.main import main

    output, sys.stdout = sys.stdout, open(os.devnull, "w")  # noqa: SIM115 - for as long as it runs
    main(["echo", "--output", "json", "-q", "127.0.0.1", "1"])  # loads what every run loads
    sys.stdout.close()
    sys.stdout = output
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for line in sys.stdin:
        _run(json.loads(line))


if __name__ == "__main__":
    _serve()

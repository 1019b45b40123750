"""Runs targets under atheris, some at a time, until one breaks: `python -m tests.fuzz [TARGET ...]`.

What was found to be new stays in `build/fuzz/TARGET`, where the next run goes on; what breaks a target is
written to `build/fuzz/findings`. With a seed a run begins from the corpora alone, and the same tree is given
the same inputs each time: what a change breaks is found, and never what chance finds.
"""

import argparse
import importlib.util
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from tests.fuzz.targets import CORPORA, TARGETS
from tests.peers.programs import ROOT, environment

WORK = ROOT / "build" / "fuzz"
FINDINGS = WORK / "findings"
LONGEST = 4096  # bytes of an input: what is long is slow, and the growth test's matter
SLOWEST = 20  # seconds that an input may take
MEMORY = 1024  # MiB
_ABSENT = "make fuzz needs atheris, which there is for Linux on x86-64 and Python 3.11 to 3.13"
_POLL = 0.2  # seconds
_MEMORY = "/dev/shm"  # where a file costs next to nothing


class Run(NamedTuple):
    """A target that is being run, and what it writes."""

    target: str
    process: "subprocess.Popen[bytes]"
    log: Path

    def told(self, pattern: str) -> str:
        """Return the last thing of this kind that it wrote, or a question mark."""
        found = re.findall(pattern, self.log.read_text(errors="replace"))
        return found[-1] if found else "?"

    def __str__(self) -> str:
        units, points = self.told(r"number_of_executed_units: (\d+)"), self.told(r"cov: (\d+)")
        return f"{self.target:<13} {units:>9} executions {points:>6} branches"


def started(target: str, seconds: int, scratch: str, seed: int | None = None) -> Run:
    """Start a target in a process of its own, whose temporary files are in `scratch`."""
    folder, log = WORK / target, WORK / f"{target}.log"
    repeatable: dict[str, str] = {}
    if seed is not None:
        folder = Path(scratch) / f"{target}-found"
        repeatable = {"PYTHONHASHSEED": str(seed)}
    folder.mkdir(parents=True, exist_ok=True)
    WORK.mkdir(parents=True, exist_ok=True)
    FINDINGS.mkdir(exist_ok=True)
    command = [
        *(sys.executable, "-m", "tests.fuzz.one", target, str(folder), str(CORPORA / target)),
        *(f"-max_total_time={seconds}", f"-max_len={LONGEST}", f"-timeout={SLOWEST}"),
        *(f"-rss_limit_mb={MEMORY}", "-print_final_stats=1", f"-artifact_prefix={FINDINGS}/{target}-"),
        *(() if seed is None else (f"-seed={seed}",)),
    ]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment({"XDG_CONFIG_HOME": str(WORK), "TMPDIR": scratch, **repeatable}),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    return Run(target, process, log)


def run_all(targets: list[str], seconds: int, jobs: int, seed: int | None = None) -> int:
    """Run targets, so many at a time, until all are done or one breaks; return the exit code."""
    waiting, running = list(targets), list[Run]()
    scratch = TemporaryDirectory(prefix="dcmtool-fuzz-", dir=_MEMORY if os.access(_MEMORY, os.W_OK) else None)
    try:
        while waiting or running:
            while waiting and len(running) < jobs:
                running.append(started(waiting.pop(0), seconds, scratch.name, seed))
            time.sleep(_POLL)
            for run in [run for run in running if run.process.poll() is not None]:
                running.remove(run)
                if run.process.returncode:
                    explain(run)
                    return 1
                print(run, flush=True)
    finally:
        for run in running:
            run.process.kill()
            run.process.wait()
        scratch.cleanup()  # libFuzzer ends a process at once
    return 0


def explain(run: Run) -> None:
    """Say what broke a target, and how to see it again."""
    lines = run.log.read_text(errors="replace").splitlines()
    told = [line for line in lines if not line.startswith(("#", "INFO:", "\t"))]
    print("\n".join(told[-40:]))
    if run.process.returncode < 0:
        print(f"{run.target} was ended by signal {-run.process.returncode}")
    path = run.told(r"Test unit written to (\S+)")
    if path == "?":
        print(f"\n{run.target} did not end as it should; all that it wrote is in {run.log}")
        return
    again = f"{sys.executable} -m tests.fuzz {run.target} --input {path}"
    print(f"\n{run.target} is broken. To see it again: {again}")
    print(f"Once it is mended, keep the input: mv {path} tests/fuzz/corpora/{run.target}/")


def main() -> int:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument(
        "targets", nargs="*", metavar="TARGET", help=f"of {', '.join(TARGETS)}; all by default"
    )
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument("--seed", type=int, help="give the same inputs each time")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="targets at a time")
    parser.add_argument("--input", type=Path, action="append", help="take this file alone, without atheris")
    asked = parser.parse_args()
    for name in asked.targets:
        if name not in TARGETS:
            parser.error(f"{name} is none of {', '.join(TARGETS)}")
    if asked.input:
        for name, path in ((name, path) for name in asked.targets for path in asked.input):
            TARGETS[name](path.read_bytes())
        return 0
    if importlib.util.find_spec("atheris") is None:
        print(_ABSENT, file=sys.stderr)
        return 1
    return run_all(asked.targets or list(TARGETS), asked.seconds, asked.jobs, asked.seed)


if __name__ == "__main__":
    sys.exit(main())

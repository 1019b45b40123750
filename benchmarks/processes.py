"""Whole processes: `dcmtool echo` beside echoscu, its start-up beside Click's import, its memory."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from tempfile import NamedTemporaryFile

from benchmarks.comparison import Measure, Row, compare
from benchmarks.scp import ECHOSCU, running

DCMTOOL = [os.path.join(os.path.dirname(sys.executable), "dcmtool")]
PLAIN = [sys.executable, "-c", "import click"]


def seconds_of(command: Sequence[str], more: Mapping[str, str] | None = None) -> Measure:
    """Return a measure of a command's wall time; the command must succeed."""
    environment = {**plain_environment(), **(more or {})}

    def measure() -> float:
        begun = time.perf_counter()
        subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
        return time.perf_counter() - begun

    return measure


def whole_process() -> list[Row]:
    """One echo, from the start of the process to its end."""
    return [
        _beside_echoscu("one `dcmtool echo` process / one `echoscu` process", 1.0, delays=True),
        _beside_echoscu("the same, the SCP with TCP_NODELAY", 0.8, delays=False),
    ]


def _beside_echoscu(name: str, limit: float | None, *, delays: bool) -> Row:
    if not ECHOSCU.exists():
        return Row(name, limit, None, note="needs DCMTK's echoscu")
    with running(delays=delays) as port:
        address = ["127.0.0.1", str(port)]
        ours, theirs = seconds_of([*DCMTOOL, "echo", *address]), seconds_of([str(ECHOSCU), *address])
        return compare(name, limit, ours, theirs, 25)


def help_page() -> Row:
    """`dcmtool echo --help` beside what Click itself takes to import."""
    ours = seconds_of([*DCMTOOL, "echo", "--help"])
    return compare("`dcmtool echo --help` / `python -c 'import click'`", 2.0, ours, seconds_of(PLAIN), 15)


def completions() -> list[Row]:
    """One press of the tab key in bash: for what the code knows, what OpenSSL is asked, what a file says."""
    click = seconds_of(PLAIN)
    with NamedTemporaryFile("w", suffix=".toml") as file:
        file.writelines(
            f'[nodes.node{n}]\nhost = "192.0.2.{n}"\nport = 104\ncall = "NODE{n}"\ntags = ["archive"]\n'
            for n in range(100)
        )
        file.flush()
        return [
            compare(
                f"one completion, {what} / `python -c 'import click'`",
                2.0,
                _completed(line, file.name),
                click,
                15,
            )
            for what, line in {
                "of an option": "dcmtool echo --a",
                "of a command": "dcmtool e",
                "of a cipher suite": "dcmtool echo +cs T",
                "of one of 100 nodes": "dcmtool echo n",
            }.items()
        ]


def _completed(line: str, nodes: str) -> Measure:
    asked = {"_DCMTOOL_COMPLETE": "bash_complete", "COMP_WORDS": line, "DCMTOOL_NODES": nodes}
    return seconds_of(DCMTOOL, asked)


def memory() -> Row:
    """The peak of a run of 100,000 echoes beside that of one of 2,000."""
    with running() as port:
        many, few = (_peak_of(port, repeat) for repeat in (100_000, 2_000))
    name = "peak memory of `--repeat 100000` / of `--repeat 2000`"
    return Row(name, 1.05, many / few, f"{many / 1024:.1f} MiB", f"{few / 1024:.1f} MiB")


# Peak memory is that of a process between: what starts a program counts in the program's own peak.
_PEAK_OF_CHILD = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def _peak_of(port: int, repeat: int) -> int:
    return peak_of([*DCMTOOL, "echo", "--repeat", str(repeat), "127.0.0.1", str(port)])


def peak_of(command: Sequence[str], given: str = "") -> int:
    """Return the peak resident memory (KiB) of a run, by the system's own account of it."""
    run = subprocess.run(
        [sys.executable, "-c", _PEAK_OF_CHILD, *command],
        env=plain_environment(),
        input=given.encode(),
        stdout=subprocess.PIPE,
        check=True,
    )
    return int(run.stdout)


def plain_environment() -> dict[str, str]:
    """Return the environment without what would keep settings, modules or delays from being usual."""
    left_out = ("PYTHONDONTWRITEBYTECODE", "TCP_NODELAY", "DCMDICTPATH")
    usual = {
        name: value
        for name, value in os.environ.items()
        if name not in left_out and not name.startswith("DCMTOOL_")
    }
    return {**usual, "XDG_CONFIG_HOME": os.path.join(os.path.dirname(__file__), "no-settings")}

"""Make the runs at a SCALE of their full size, print the table, fail where a limit is broken."""

import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.soak import runs
from tests.soak.judge import faults
from tests.soak.program import EndedEarly
from tests.soak.table import HEADING, rows


def main(words: Sequence[str]) -> None:
    """Make the runs that the words name after the scale, all if there are none."""
    scale, *names = words
    if not Path("/proc/self/status").exists():
        sys.exit("make soak reads what a process takes from /proc, which only Linux has")
    if not _is_scale(scale):
        sys.exit(f"SCALE={scale} is no number above 0: 1 is full size, 0.01 takes half a minute")
    broken = []
    print(HEADING)
    with TemporaryDirectory() as folder:
        for kind in runs.KINDS:
            if not names or kind.word in names:
                broken += _made(kind, float(scale), Path(folder))
    if broken:
        sys.exit("\n".join(broken))


def _made(kind: runs.Kind, scale: float, folder: Path) -> list[str]:
    """Make a run, print its rows, and return what is wrong with it."""
    try:
        run = runs.run(kind, scale, folder)
    except EndedEarly as error:
        return [f"{kind.name}: {error}"]
    print(rows(run), flush=True)
    return faults(run)


def _is_scale(text: str) -> bool:
    try:
        return 0 < float(text) < float("inf")
    except ValueError:
        return False


if __name__ == "__main__":
    main(sys.argv[1:])

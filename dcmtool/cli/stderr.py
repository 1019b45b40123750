"""Lines to standard error, for as long as somebody reads it: the exit code is still to be true."""

import sys
from collections.abc import Callable
from contextlib import suppress

from dcmtool.trace.levels import Level, Line


def write(text: str) -> None:
    """Write a line; where the shell closed stderr, or nobody reads any more, it is lost."""
    if sys.stderr is not None:  # print would take stdout instead
        with suppress(OSError):
            print(text, file=sys.stderr)


def write_if(line: Line, least: str) -> None:
    """Write a line if its level is at least this one."""
    if line.level >= Level[least.upper()]:
        write(str(line))


def warning(least: str) -> Callable[[str], None]:
    """Return what writes a sentence as a warning, if those are written at this level."""
    return lambda sentence: write_if(Line(Level.WARN, sentence), least)

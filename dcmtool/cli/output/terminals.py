"""The terminal that what moves is shown on, where there is one; and when it takes more."""

import os
import select
import stat
import sys
from typing import TextIO

from dcmtool.cli.output.appearance import Look, is_terminal, look
from dcmtool.settings import Color


def terminal_for_view(color: Color, *, streams: bool) -> tuple[TextIO, Look] | None:
    """Return the terminal of a view, and how it looks: that of stderr, or else that of stdout.

    What `streams` writes to stdout meanwhile: to a terminal, or to a pipe whose reader may write on ours.
    """
    if streams and (is_terminal(sys.stdout) or _is_pipe(sys.stdout)):
        return None
    for stream in (sys.stderr, sys.stdout):
        appearance = look(color, stream)
        if appearance is not Look.PLAIN and is_terminal(stream):
            return stream, appearance
    return None


def takes_more(stream: TextIO) -> bool:
    """Return whether a terminal takes a screenful now: Ctrl-S, or a slow line, would hold up who writes."""
    try:
        return bool(select.select([], [stream], [], 0)[1])
    except (OSError, ValueError):  # what cannot be asked, such as the console of Windows
        return True


def _is_pipe(stream: TextIO | None) -> bool:
    try:
        return stream is not None and stat.S_ISFIFO(os.fstat(stream.fileno()).st_mode)
    except (OSError, ValueError):
        return False

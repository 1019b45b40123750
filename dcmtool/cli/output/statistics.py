"""The figures of a run on standard output: as they are in a pipe, with bars and colours on a terminal."""

import re
import sys

from dcmtool.cli.output.appearance import Look, look
from dcmtool.cli.output.screen import columns_of
from dcmtool.reporting.statistics_text import summary
from dcmtool.settings import Color
from dcmtool.verification.report import EchoReport

_BAR = re.compile("#+")
_BESIDE, _LONGEST = 30, 50  # columns beside a bar, the widest number of echoes among them, and of a bar
_BLOCK = "\u2588"
_BOLD, _GREEN, _RED, _RESET = "\x1b[1m", "\x1b[32m", "\x1b[31m", "\x1b[0m"


def write(report: EchoReport, color: Color) -> None:
    """Write the figures."""
    appearance = look(color, sys.stdout)
    width = None if appearance is Look.PLAIN else columns_of(sys.stdout)
    lines = list(
        summary(report) if width is None else summary(report, min(max(width - _BESIDE, 1), _LONGEST))
    )
    if appearance is not Look.PLAIN and _is_shown(_BLOCK):
        lines = [_BAR.sub(lambda bar: _BLOCK * len(bar[0]), line) for line in lines]
    if appearance is Look.COLOURED:
        lines = [_coloured(line) for line in lines]
    print("\n".join(lines), flush=True)


def _is_shown(text: str) -> bool:
    try:
        text.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return False
    return True


def _coloured(line: str) -> str:
    if line and not line.startswith(" "):
        return f"{_BOLD}{line}{_RESET}"
    label, *figures = line.split() or [""]
    if label == "status" or (label == "lost" and figures[0] != "0"):
        return f"{_RED}{line}{_RESET}"
    return re.sub(f"[{_BLOCK}#]+", lambda bar: f"{_GREEN}{bar[0]}{_RESET}", line)

"""The few lines of a run without -v on a terminal: in colour, wrapped at words, the hint set off."""

import os
import sys
from datetime import datetime
from typing import TextIO

from dcmtool.cli import stderr
from dcmtool.cli.output.appearance import Look, look
from dcmtool.settings import Color
from dcmtool.trace.levels import Level, Line

_YELLOW, _RED, _BOLD_RED, _BOLD_CYAN, _RESET = (
    *("\x1b[33m", "\x1b[31m", "\x1b[31m\x1b[1m", "\x1b[36m\x1b[1m"),
    "\x1b[0m",
)
_STYLES = {Level.WARN: _YELLOW, Level.ERROR: _RED, Level.FATAL: _BOLD_RED}
_HINT = "hint: "
_LEAST = 40  # columns; on fewer a terminal breaks the lines itself


def write(line: Line, color: Color) -> None:
    """Write a line as a pipe has it, or for a terminal."""
    _write(f"{line.level.letter}: ", line.text, _STYLES.get(line.level, ""), color)


def write_hint(hint: str, color: Color) -> None:
    """Write a hint, which begins with that word."""
    _write(_HINT, hint.removeprefix(_HINT), _BOLD_CYAN, color)


def _write(head: str, text: str, style: str, color: Color) -> None:
    appearance = look(color, sys.stderr)
    if appearance is Look.PLAIN:
        stderr.write(head + text)
        return
    shown = wrapped(text, len(head), columns_of(sys.stderr))
    if style and appearance is Look.COLOURED:
        word = head.rstrip(": ")
        head = f"{style}{word}{_RESET}{head[len(word) :]}"
    stderr.write(head + shown)


def wrapped(text: str, indent: int, width: int | None) -> str:
    """Return a text that begins at a column, broken at words where it is too long for the width.

    What is numbered goes on below its first word.
    """
    if width is None or width < _LEAST or indent + len(text) <= width:
        return text
    import re
    from textwrap import wrap

    number = re.match(r"\d+\. ", text)
    hanging = " " * (number.end() if number else 0)
    lines = wrap(
        text, width - indent, subsequent_indent=hanging, break_long_words=False, break_on_hyphens=False
    )
    return ("\n" + " " * indent).join(lines)


def with_time(line: Line) -> str:
    """Return a line for a terminal: with the time of day before it, and broken at words."""
    head, text = f"{datetime.now():%H:%M:%S} {line.level.letter}: ", line.text.lstrip()
    head += " " * (len(line.text) - len(text))
    return head + wrapped(text, len(head), columns_of(sys.stderr))


def write_error(sentence: str) -> None:
    """Write what ends a run before it began; on a terminal a line that is to be typed stays in one piece."""
    _write("Error: ", sentence, "", "never" if "`" in sentence else "auto")


def write_sentence(sentence: str) -> None:
    """Write a sentence for a terminal."""
    stderr.write(wrapped(sentence, 0, columns_of(sys.stderr)))


def columns_of(stream: TextIO) -> int | None:
    """Return how wide a stream is, None where it has no width."""
    given = os.environ.get("COLUMNS", "")
    if given.isascii() and given.isdigit() and int(given):
        return int(given)
    try:
        return os.get_terminal_size(stream.fileno()).columns or None
    except (OSError, ValueError, AttributeError):
        return None

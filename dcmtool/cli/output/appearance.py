"""Whether stderr is shown the trace laid out and coloured, or plain lines."""

import os
from collections.abc import Mapping
from enum import Enum
from typing import TextIO

from dcmtool.settings import Color


class Look(Enum):
    """How lines look; only the plain ones are the same everywhere."""

    PLAIN = "as in a pipe"
    UNCOLOURED = "laid out for a terminal, without escape sequences"
    COLOURED = "laid out for a terminal"


def look(choice: Color, stream: TextIO | None, environ: Mapping[str, str] = os.environ) -> Look:
    """Return how lines look on a stream: the option beats NO_COLOR, which beats FORCE_COLOR."""
    if choice == "never" or stream is None:
        return Look.PLAIN
    if choice == "always":
        return Look.COLOURED
    terminal = is_terminal(stream) and environ.get("TERM") != "dumb"
    if environ.get("NO_COLOR"):
        return Look.UNCOLOURED if terminal else Look.PLAIN
    return Look.COLOURED if terminal or environ.get("FORCE_COLOR") else Look.PLAIN


def is_terminal(stream: TextIO | None) -> bool:
    """Return whether a stream is a terminal."""
    try:
        return stream is not None and stream.isatty()
    except ValueError:  # it is closed
        return False

"""The lines of dumps as DCMTK has them, for a terminal on which something stands before them."""

import re
import sys
from collections.abc import Iterator

from dcmtool.cli.output.appearance import Look
from dcmtool.cli.output.screen import columns_of

_HEAD = len("12:34:56 D: ")  # what stands before a line on a terminal
_RULER = re.compile(r"(=+)( .+ )(=+)")
_BYTES = re.compile(r"(?:  [0-9a-f]{2})+")
_BYTE = 4  # columns, with the two before it
_LEAST = 4  # bytes of a line


def marked(mark: str, text: str, look: Look) -> Iterator[str]:
    """Yield a line behind a mark, such as the number of its association, that fits behind time and level."""
    width = None if look is Look.PLAIN else columns_of(sys.stderr)
    for each in fitted(text, None if width is None else width - _HEAD - len(mark)):
        yield mark + each


def fitted(text: str, room: int | None) -> Iterator[str]:
    """Yield a line so that it fits, if it is a ruler or bytes in hexadecimal; others are broken anywhere."""
    if room is None or len(text) <= room:
        yield text
    elif found := _RULER.fullmatch(text):
        beyond = len(text) - room
        before = max(1, len(found[1]) - (beyond + 1) // 2)
        after = max(1, room - before - len(found[2]))
        yield "=" * before + found[2] + "=" * min(after, len(found[3]))
    elif _BYTES.fullmatch(text):
        size = max(_LEAST, room // _BYTE) * _BYTE
        for start in range(0, len(text), size):
            yield text[start : start + size]
    else:
        yield text

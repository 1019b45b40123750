"""The lines of dumps as DCMTK has them, for a terminal on which something stands before them."""

import re
from collections.abc import Iterator

_RULER = re.compile(r"(=+)( .+ )(=+)")
_BYTES = re.compile(r"(?:  [0-9a-f]{2})+")
_BYTE = 4  # columns, with the two before it
_LEAST = 4  # bytes of a line


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

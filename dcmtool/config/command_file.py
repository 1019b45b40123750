"""`@file` on the command line: the arguments that a file holds, by the rules of DCMTK's tools."""

import os
import re
from collections.abc import Iterator, Sequence

from dcmtool import pipes
from dcmtool.errors import InputFileError, reason_of

# Linux gives a whole command line 2 MiB by default, so no real command file is larger; an endless device is.
MAX_BYTES = 2 * 1024 * 1024

# A word, then perhaps a quoted part that ends the token. Only these four bytes separate, and nothing escapes.
_TOKEN = re.compile(rb"""[ \t\n\r]*([^ \t\n\r"']*)(?:(["'])(.*?)(\2|\Z))?""", re.DOTALL)


def expand(argv: Sequence[str]) -> list[str]:
    """Return `argv` with each `@file` replaced by the arguments in that file, one level deep.

    A lone `@` is ordinary text. Raises `InputFileError` for a file that cannot be read or used.
    """
    expanded: list[str] = []
    for token in argv:
        if len(token) > 1 and token.startswith("@"):
            expanded.extend(os.fsdecode(raw) for raw in tokens(_read(token[1:])))
        else:
            expanded.append(token)
    return expanded


def tokens(text: bytes) -> Iterator[bytes]:
    """Yield the arguments in the bytes of a command file.

    A closing quote ends its token and always yields it, even empty; a quote left open runs to the end.
    """
    for match in _TOKEN.finditer(text):
        word, _quote, quoted, closing = match.groups(default=b"")
        if closing or word or quoted:
            yield word + quoted


def _read(path: str) -> bytes:
    try:
        text = pipes.read(path, MAX_BYTES + 1)
    except OSError as error:
        raise InputFileError(path, reason_of(error)) from error
    if len(text) > MAX_BYTES:
        raise InputFileError(path, f"it is larger than {MAX_BYTES} bytes, as no command line can be")
    if b"\0" in text:
        raise InputFileError(path, "it holds a NUL byte, which no argument can hold")
    return text

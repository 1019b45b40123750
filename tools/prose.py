"""Words of the help as runs of text and of what is typed, for the two kinds of pages."""

import re
from collections.abc import Iterator
from typing import NamedTuple

# What help sets off by itself (`...` and 'dcmtool ...'), long options, variables, command files.
_TYPED = re.compile(
    r"`(?P<marked>[^`]+)`"
    r"|'(?P<quoted>dcmtool [^']+)'"
    r"|(?P<bare>(?<![\w-])--[a-z][a-z0-9-]*(?:\.[a-z][a-z0-9-]*)*|\bDCMTOOL_[A-Z_]+(?:=\w+(?::\w+)?)?|\bDCMDICTPATH\b|@FILE)"
)


class Run(NamedTuple):
    """A piece of text, and whether it is what one types."""

    text: str
    typed: bool


def runs(text: str) -> Iterator[Run]:
    """Yield the pieces of a text."""
    end = 0
    for found in _TYPED.finditer(text):
        if found.start() > end:
            yield Run(text[end : found.start()], False)
        yield Run(str(found[str(found.lastgroup)]), True)
        end = found.end()
    if end < len(text):
        yield Run(text[end:], False)


def sentence(text: str) -> str:
    """Return a text as a sentence; what is typed stays as it is where it begins one."""
    begun = text if text[:1] in "-+`@" else text[:1].upper() + text[1:]
    return begun if begun.endswith((".", "!", "?", ":")) else f"{begun}."

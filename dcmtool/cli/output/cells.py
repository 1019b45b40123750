"""How many columns of a terminal a text takes, and text made to fit into some: East Asian ones take two."""

from collections.abc import Iterator
from unicodedata import category, east_asian_width

_MARKS = ("Mn", "Me")  # what is put upon the character before
_WIDE = ("W", "F")  # UAX #11


def width_of(text: str) -> int:
    """Return how many columns a printable text takes."""
    return len(text) if text.isascii() else sum(map(_columns, text))


def _columns(char: str) -> int:
    if category(char) in _MARKS:
        return 0
    return 2 if east_asian_width(char) in _WIDE else 1


def padded(text: str, columns: int, *, right: bool = False) -> str:
    """Return a text with blanks behind it, or before it, so that it takes so many columns."""
    blanks = " " * (columns - width_of(text))
    return blanks + text if right else text + blanks


def cut(text: str, columns: int, end: str = "...") -> str:
    """Return a text that takes so many columns at most; one that is cut ends so."""
    if width_of(text) <= columns:
        return text
    end = end[:columns]
    return _head(text, columns - width_of(end)) + end


def broken(text: str, columns: int) -> list[str]:
    """Return a text as lines of so many columns at most: broken at blanks, and within longer words."""
    lines = [""]
    for word in text.split():
        joined = f"{lines[-1]} {word}" if lines[-1] else word
        if width_of(joined) <= columns:
            lines[-1] = joined
            continue
        lines += _pieces(word, columns)
    return [line for line in lines if line] or [""]


def _pieces(word: str, columns: int) -> Iterator[str]:
    while word:
        piece = _head(word, columns) or word[0]  # a character that is wider than a line has one all the same
        word = word[len(piece) :]
        yield piece


def _head(text: str, columns: int) -> str:
    """Return as many characters of the beginning as fit, with the marks upon the last one."""
    if text.isascii():
        return text[:columns]
    taken = 0
    for place, char in enumerate(text):
        taken += _columns(char)
        if taken > columns:
            return text[:place]
    return text

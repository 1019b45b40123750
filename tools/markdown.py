"""What Markdown needs: tables, code, headings."""

from collections.abc import Iterable, Iterator, Sequence


def table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield the lines of a table, and an empty one before it."""
    yield from ("", f"| {' | '.join(titles)} |", "|---" * len(titles) + "|")
    for row in rows:
        yield f"| {' | '.join(row)} |"


def code(text: str) -> str:
    """Return a text as code; a bar ends a cell of a table even there."""
    return "`" + text.replace("|", r"\|") + "`"


def capital(text: str) -> str:
    """Return a text with a capital at its beginning."""
    return text[:1].upper() + text[1:]

"""The Markdown files of the repository, read as GitHub reads them."""

from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.anchors import anchors_plugin

ROOT = Path(__file__).parent.parent
FILES = sorted([*ROOT.glob("*.md"), *ROOT.glob("[!.]*/**/*.md")])
NAMES = [str(path.relative_to(ROOT)) for path in FILES]

_PARSER = MarkdownIt("commonmark").enable("table").use(anchors_plugin, max_level=6)


def tokens(text: str) -> list[Token]:
    """Return all tokens of a text, those inside paragraphs, headings and tables too."""
    return list(_flat(_PARSER.parse(text)))


@cache
def tokens_of(path: Path) -> list[Token]:
    """Return those of a file."""
    return tokens(path.read_text(encoding="utf-8"))


def _flat(nested: Iterable[Token]) -> Iterator[Token]:
    for token in nested:
        yield token
        yield from _flat(token.children or ())

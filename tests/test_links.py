"""Every link of the documentation leads somewhere: to a file and a heading that exist, or to a web page."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from tests import markdown


def links(path: Path) -> Iterator[str]:
    """Yield where the links and images of a file lead to; what stands in code is none."""
    for token in markdown.tokens_of(path):
        if token.type in ("link_open", "image"):
            yield str(token.attrs.get("href", token.attrs.get("src")))
        elif token.type in ("html_inline", "html_block"):
            yield from re.findall(r"""\b(?:href|src)\s*=\s*["']([^"']*)""", token.content)
        elif token.type == "text":
            yield from re.findall(r"\]\[[\w -]*\]?", token.content)  # one without its definition stays text


def anchors(path: Path) -> set[str]:
    """Return the names of the places within a file."""
    of_html = [
        name
        for token in markdown.tokens_of(path)
        if token.type in ("html_inline", "html_block")
        for name in re.findall(r"""\b(?:id|name)\s*=\s*["']([^"']*)""", token.content)
    ]
    return {str(token.attrs["id"]) for token in markdown.tokens_of(path) if "id" in token.attrs} | set(
        of_html
    )


def fault(path: Path, link: str) -> str | None:
    """Return what is wrong with a link in a file."""
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        whole = parts.scheme == "https" and re.fullmatch(r"([\w-]+\.)+[a-z]+", parts.netloc)
        return None if whole and not re.search(r"\s", unquote(link)) else "is no https address"
    target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    if link.startswith(("/", "?")) or not target.is_relative_to(markdown.ROOT):
        return "leads out of the repository"
    if not target.exists():
        return "leads to no file"
    if parts.fragment and (target.suffix != ".md" or unquote(parts.fragment) not in anchors(target)):
        return "leads to no heading"
    return None


@pytest.mark.parametrize("name", markdown.NAMES)
def test_no_link_is_dead(name: str) -> None:
    path = markdown.ROOT / name
    assert {link: wrong for link in links(path) if (wrong := fault(path, link))} == {}


PAGE = """\
# A page: of `code_here`, and *more* (1.0)
## Twice
## Twice
[a](#twice-1) ![b](other%20one.md) <a name="by-hand" href="other one.md"></a>

[c]: other%20one.md#deep
[d][c] `[in](code)` <https://example.org/a>

    [also](code)
```
[still](code)
```
[e][undefined]
"""


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A page, and another with a heading."""
    monkeypatch.setattr(markdown, "ROOT", tmp_path)
    (tmp_path / "other one.md").write_text("###### Deep\n")
    (tmp_path / "page.md").write_text(PAGE)
    return tmp_path / "page.md"


def test_links_are_those_that_a_reader_can_follow(page: Path) -> None:
    assert list(links(page)) == [
        *("#twice-1", "other%20one.md", "other one.md", "other%20one.md#deep"),
        *("https://example.org/a", "][undefined]"),
    ]


def test_anchors_are_githubs(page: Path) -> None:
    assert anchors(page) == {"a-page-of-code_here-and-more-10", "twice", "twice-1", "by-hand"}


@pytest.mark.parametrize(
    "link", ["#twice", "#by-hand", "other%20one.md", "other one.md#deep", ".", "https://a.b/c"]
)
def test_what_leads_somewhere(page: Path, link: str) -> None:
    assert fault(page, link) is None


@pytest.mark.parametrize(
    ("link", "wrong"),
    [
        ("#thrice", "leads to no heading"),
        ("other%20one.md#Deep", "leads to no heading"),
        (".#twice", "leads to no heading"),
        ("Page.md", "leads to no file"),
        ("../page.md", "leads out of the repository"),
        ("/page.md", "leads out of the repository"),
        ("http://example.org", "is no https address"),
        ("https://example", "is no https address"),
        ("https://example.org/a b", "is no https address"),
        ("//example.org", "is no https address"),
        ("mailto:a@example.org", "is no https address"),
    ],
)
def test_what_does_not(page: Path, link: str, wrong: str | None) -> None:
    assert fault(page, link) == wrong

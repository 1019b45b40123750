"""The way into the documentation: a README that fits on two screens, and an index with every page once."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from dcmtool.cli.group import COMMANDS
from tests.markdown import ROOT
from tests.test_links import links

DOCS = ROOT / "docs"
README = (ROOT / "README.md").read_text(encoding="utf-8")
PARTS = ("Tutorial", "How-to", "Reference", "Explanation")
LONGEST = 130  # lines of the README


def _linked() -> Iterator[str]:
    """Yield the pages of the documentation that the index leads to, as often as it does."""
    for link in links(DOCS / "index.md"):
        target = (DOCS / urlsplit(link).path).resolve()
        if target.is_relative_to(DOCS):
            yield target.relative_to(DOCS).as_posix()


def test_every_page_is_in_one_part_of_the_index() -> None:
    pages = {path.relative_to(DOCS).as_posix() for path in DOCS.glob("**/*.md")}
    own = {name for name in pages if not name.startswith(("commands/", "findings/"))}
    lists = {"commands/dcmtool.md", "findings/index.md"}  # which lead to the rest of these
    assert sorted(_linked()) == sorted((own | lists) - {"index.md"})


def test_the_index_has_four_parts() -> None:
    headings = re.findall(r"^## ([\w-]+):", (DOCS / "index.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert tuple(headings) == PARTS


def test_the_readme_is_short() -> None:
    assert len(README.splitlines()) <= LONGEST


@pytest.mark.parametrize("name", COMMANDS)
def test_the_readme_has_a_row_for_each_command(name: str) -> None:
    assert README.count(f"\n| `dcmtool {name}` | ") == 1


def test_the_readme_leads_to_the_index_and_to_who_may_help() -> None:
    assert {"docs/index.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "LICENSE"} <= {
        *links(ROOT / "README.md")
    }

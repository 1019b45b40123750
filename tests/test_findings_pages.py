"""Every finding has its page, which says what the table says, and how to tell it from its alternatives."""

import re

import pytest

from dcmtool.diagnosis.findings import IN_ORDER, page_of
from tools import make_findings

PAGES = sorted(path.stem for path in (make_findings.ROOT / "docs" / "findings").glob("*.md"))
LINK = re.compile(r"\]\(([a-z-]+)\.md\)")
TO_DO = {IN_ORDER: "If something fails all the same"}  # where nothing is wrong


def text_of(name: str) -> str:
    return (make_findings.ROOT / page_of(name)).read_text(encoding="utf-8")


def test_each_has_one() -> None:
    assert [name for name in PAGES if name != "index"] == sorted(make_findings.NAMES)


@pytest.mark.parametrize("name", make_findings.NAMES)
def test_its_head_is_that_of_the_table(name: str) -> None:
    assert make_findings.page(name, text_of(name)) == text_of(name), "run `make docs`"


@pytest.mark.parametrize("name", make_findings.NAMES)
def test_it_says_what_it_means_and_what_to_do(name: str) -> None:
    sections = re.findall(r"^## (.+)$", text_of(name), re.MULTILINE)
    assert sections[0] == "What it means"
    assert sections[-1] == TO_DO.get(name, "What to do")


def test_the_list() -> None:
    shown = (make_findings.ROOT / make_findings.INDEX).read_text(encoding="utf-8")
    assert shown == make_findings.index(), "run `make docs`"


@pytest.mark.parametrize("name", make_findings.NAMES)
def test_it_names_no_finding_that_there_is_not(name: str) -> None:
    assert set(LINK.findall(text_of(name))) <= {*make_findings.NAMES}

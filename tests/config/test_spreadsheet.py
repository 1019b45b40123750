"""Cells that spreadsheets open, and what is read of them again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcmtool.config.spreadsheet import cell_of, defused, tags_of, undefused

DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


@pytest.mark.parametrize("begin", DANGEROUS)
def test_nothing_that_is_run(begin: str) -> None:
    cell = f"{begin}cmd|' /C calc'!A0"
    assert defused(cell) == f"'{cell}"
    assert undefused(defused(cell)) == cell


@given(st.text(st.sampled_from("'=+-@\t\r aB1")) | st.text())
def test_each_cell_comes_back(cell: str) -> None:
    assert not defused(cell).startswith(DANGEROUS)
    assert undefused(defused(cell)) == cell


@pytest.mark.parametrize(
    ("tags", "cell"),
    [
        ([], ""),
        (["ct"], "ct"),
        (["ct", "ward 3"], "ct;ward 3"),
        (["ward 3"], "ward 3;"),
        (['a"b', "c;d"], '"a""b";"c;d"'),
    ],
)
def test_tags(tags: list[str], cell: str) -> None:
    assert cell_of(tags) == cell
    assert tags_of(cell) == tags


@given(st.lists(st.text(st.sampled_from('ab ";,=')).map(str.strip).filter(bool)))
def test_each_tag_comes_back(tags: list[str]) -> None:
    assert tags_of(undefused(defused(cell_of(tags)))) == tags

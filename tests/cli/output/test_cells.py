"""Text on a terminal: how many columns it takes, and how it is made to fit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from dcmtool.cli.output.cells import broken, cut, padded, width_of

WIDE = "日本語ノード"
ALPHABET = "ab ä日ド\N{SNOWMAN}\N{GRINNING FACE}e\N{COMBINING ACUTE ACCENT}-"


@pytest.mark.parametrize(
    ("text", "columns"),
    [("abc", 3), ("Köln", 4), (WIDE, 12), ("e\u0301", 1), ("\N{GRINNING FACE}", 2), ("", 0), ("ﾊﾝｶｸ", 4)],
)
def test_how_many_columns(text: str, columns: int) -> None:
    assert width_of(text) == columns == cell_len(text)


def test_it_is_padded_and_cut_by_columns() -> None:
    assert padded("ド", 4) + "|" == "ド  |"
    assert padded("12", 4, right=True) == "  12"
    assert cut(WIDE, 12) == WIDE
    assert cut(WIDE, 11) == "日本語ノ..."
    assert cut(WIDE, 8) == "日本..."
    assert cut("abcdef", 2) == ".."


def test_it_is_broken_at_blanks_and_in_long_words() -> None:
    assert broken("one two three", 7) == ["one two", "three"]
    assert broken("a-word-that-is-long and more", 8) == ["a-word-t", "hat-is-l", "ong and", "more"]
    assert broken(f"x {WIDE}", 5) == ["x", "日本", "語ノ", "ード"]
    assert broken("", 5) == [""]


@given(st.text(ALPHABET, max_size=40), st.integers(2, 30))
def test_no_line_is_too_long_and_nothing_is_lost(text: str, columns: int) -> None:
    lines = broken(text, columns)
    assert all(width_of(line) <= columns for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert width_of(cut(text, columns)) <= columns

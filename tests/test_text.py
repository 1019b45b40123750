"""Text from outside, made safe to print."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcmtool.text import decoded, printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", ""),
        ("PACS 1", "PACS 1"),
        ("Größe", "Größe"),
        ("\x1b[31m", "\\x1b[31m"),
        ("a\nb\tc\0", "a\\nb\\tc\\x00"),
        ("\x9b2J", "\\x9b2J"),
        ("left\u202eright", "left\\u202eright"),
        ("\udcff", "\\udcff"),
        ("\U000e0001", "\\U000e0001"),
    ],
)
def test_printable(text: str, shown: str) -> None:
    assert printable(text) == shown


@given(st.text(st.characters()))
def test_any_text_is_printable_and_stays_so(text: str) -> None:
    shown = printable(text)
    assert shown.isprintable()
    assert printable(shown) == shown


@given(st.binary())
def test_no_byte_is_lost(raw: bytes) -> None:
    assert decoded(raw).encode("latin-1") == raw

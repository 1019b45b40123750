"""Text from outside, made safe to print."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcmtool.text import LONGEST_VALUE, asked, brief, decoded, is_ipv4, printable


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


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", ""),
        ("a\nb", "a\\nb"),
        ("x" * LONGEST_VALUE, "x" * LONGEST_VALUE),
        ("a" * 300 + "z" * 300, "a" * 157 + "..." + "z" * 40),
        ("\x1b" * 100, "\\x1b" * 39 + "\\" + "..." + "\\x1b" * 10),
        ("\0" * 10_000_000 + "end", ("\\x00" * 40)[:157] + "..." + ("\\x00" * 10 + "end")[-40:]),
    ],
)
def test_brief(text: str, shown: str) -> None:
    assert brief(text) == shown


@given(st.text(max_size=1000))
def test_a_value_in_a_sentence_is_bounded(text: str) -> None:
    assert len(brief(text)) <= LONGEST_VALUE


def test_what_may_be_meant_is_asked() -> None:
    assert asked([]) == ""
    assert asked(["pacs"]) == " (did you mean pacs?)"
    assert asked(iter(["pacs", "a\x1bb"])) == " (did you mean pacs or a\\x1bb?)"


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0", "255.255.255.255"])
def test_full_addresses(host: str) -> None:
    assert is_ipv4(host)


@pytest.mark.parametrize("host", ["", "127.1", "1.2.3.4.5", "127.0.0.01", "256.0.0.1", "a.b.c.d", "::1"])
def test_what_is_no_full_address(host: str) -> None:
    assert not is_ipv4(host)

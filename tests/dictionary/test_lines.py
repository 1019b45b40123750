"""The lines of a data dictionary: every form that is taken, every one that is refused."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcmtool.dictionary.lines import MAX_LINE, BadLine, Entry, Span, parse
from tests.dictionary.forms import ACCEPTED, NOTHING, REFUSED, REFUSED_BY_US, entry, tagged


@pytest.mark.parametrize("line", ACCEPTED)
def test_what_is_taken(line: str) -> None:
    assert parse(line) == ACCEPTED[line]


@pytest.mark.parametrize("line", NOTHING)
def test_comments_and_blank_lines_are_nothing(line: str) -> None:
    assert parse(line) is None


@pytest.mark.parametrize("line", REFUSED | REFUSED_BY_US)
def test_what_is_refused(line: str) -> None:
    with pytest.raises(BadLine) as caught:
        parse(line)
    assert str(caught.value) == (REFUSED | REFUSED_BY_US)[line]


def test_an_entry_knows_its_line() -> None:
    parsed = parse(tagged("(0010,0010)"), 7)
    assert parsed == entry()._replace(line=7)


def test_a_line_may_be_so_long_and_no_longer() -> None:
    line = tagged("(0010,0010)")
    longest = line + "e" * (MAX_LINE - len(line))
    assert parse(longest) is not None
    with pytest.raises(BadLine, match=r"^the line is longer than 2047 bytes$"):
        parse(longest + "e")


def test_a_comment_may_have_any_length() -> None:
    assert parse("#" * 100_000) is None


@given(st.text())
def test_any_text_is_an_entry_or_nothing_or_refused(text: str) -> None:
    with suppress(BadLine):
        parsed = parse(text)
        assert parsed is None or parsed.name


@given(st.lists(st.sampled_from(["(", ")", ",", '"', "-", "0", "10", "o", "n", "\t", " ", "PN", "A"])))
def test_an_entry_in_its_own_notation_is_the_same_entry(pieces: list[str]) -> None:
    try:
        parsed = parse("".join(pieces))
    except BadLine:
        return
    if parsed is not None:
        fields = (parsed.tag(), parsed.vr, parsed.name, parsed.vm, parsed.version)
        assert parse("\t".join(fields)) == parsed


@pytest.mark.parametrize(
    ("span", "within", "without"),
    [
        (Span(0x10, 0x10), [0x10], [0, 0x0F, 0x11]),
        (Span(0x10, 0x14), [0x10, 0x11, 0x14], [0x0F, 0x15]),
        (Span(0x10, 0x14, "e"), [0x10, 0x12, 0x14], [0x0E, 0x11, 0x13, 0x16]),
        (Span(0x10, 0x14, "o"), [0x11, 0x13], [0x0F, 0x10, 0x12, 0x14, 0x15]),
    ],
)
def test_what_a_span_holds(span: Span, within: list[int], without: list[int]) -> None:
    assert all(number in span for number in within)
    assert not any(number in span for number in without)
    assert "0010" not in span


@pytest.mark.parametrize(
    ("parsed", "notation"),
    [
        (entry(), "(0010,0010)"),
        (entry(Span(0x6000, 0x60FF, "e"), Span(0x10, 0x20)), "(6000-60ff,0010-u-0020)"),
        (entry(Span(9, 0xFFFF, "o")), "(0009-o-ffff,0010)"),
        (entry(9, 0x0A, "ACME 1"), '(0009,"ACME 1",0a)'),
        (entry(9, 0x100A, "ACME 1"), '(0009,"ACME 1",100a)'),
    ],
)
def test_notation(parsed: Entry, notation: str) -> None:
    assert parsed.tag() == notation


@pytest.mark.parametrize(
    ("parsed", "tag", "creator", "defines"),
    [
        (entry(), 0x00100010, "", True),
        (entry(), 0x00100010, "ACME", False),
        (entry(), 0x00101010, "", False),
        (entry(9, 0x10, "ACME"), 0x00091010, "ACME", True),
        (entry(9, 0x10, "ACME"), 0x0009FF10, "ACME", True),
        (entry(9, 0x10, "ACME"), 0x00091010, "", False),
        (entry(9, 0x10, "ACME"), 0x00091010, "ACME ", False),
        (entry(9, 0x1010, "ACME"), 0x00091010, "ACME", True),
        (entry(9, 0x1010, "ACME"), 0x00091110, "ACME", False),
        (entry(9, Span(0x10, 0x20, "e"), "ACME"), 0x00091012, "ACME", True),
        (entry(9, Span(0x10, 0x20, "e"), "ACME"), 0x00091013, "ACME", False),
    ],
)
def test_which_elements_an_entry_is_about(parsed: Entry, tag: int, creator: str, defines: bool) -> None:
    assert parsed.defines(tag, creator) == defines


@pytest.mark.parametrize(
    ("name", "version", "retired", "keyword"),
    [
        ("PatientName", "DICOM", False, "PatientName"),
        ("RETIRED_CurveLabel", "DICOM/retired", True, "CurveLabel"),
        ("RETIRED_CurveLabel", "DICOM", True, "CurveLabel"),
        ("CurveLabel", "DICOM/retired", True, "CurveLabel"),
    ],
)
def test_what_is_retired(name: str, version: str, retired: bool, keyword: str) -> None:
    parsed = entry(name=name, version=version)
    assert (parsed.retired, parsed.keyword) == (retired, keyword)

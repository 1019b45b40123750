"""What files define: precedence within a file and across files, ranges, lines skipped."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcmtool.dictionary.lines import BadLine, parse
from dcmtool.dictionary.table import MAX_BAD, Dictionary, FileTable
from dcmtool.text import printable
from tests.dictionary.forms import ACCEPTED, NOTHING, REFUSED, REFUSED_BY_US

ALL_LINES = [*ACCEPTED, *NOTHING, *REFUSED, *REFUSED_BY_US]


def line(tag: str, name: str, vr: str = "LO") -> str:
    """Return a line of a dictionary."""
    return f"{tag}\t{vr}\t{name}\t1\tTest\n"


def dictionary(*texts: str) -> Dictionary:
    """Return the dictionary of files with these texts, named a, b and so on."""
    return Dictionary(tuple(FileTable(path, text) for path, text in zip("abcdef", texts, strict=False)))


def name_of(loaded: Dictionary, tag: int, creator: str = "") -> str | None:
    """Return the name of an element."""
    label = loaded.label(tag, creator)
    return label[1] if label else None


@pytest.mark.parametrize("text", ALL_LINES)
def test_a_line_in_a_file_is_what_it_is_alone(text: str) -> None:
    table = FileTable("f", f"# first\n{text}\n")
    expected, refusals = None, []
    try:
        expected = parse(text, 2)
    except BadLine as error:
        refusals = [printable(f"f:2: {error}")]
    assert [str(bad) for bad in table.bad] == refusals
    found = [entry for _, entry in table.singles()] + list(table.ranges.values())
    assert found == ([expected] if expected else [])
    assert len(table) == len(found)


usual = st.builds(
    "{}\t{}\t{}\t{}\t{}".format,
    st.sampled_from(["(0010,0010)", "(00ab,00CD)", '(0009,"A B",0a)', '(0009,"A",100A)', "(0010,10)"]),
    st.sampled_from(["PN", "xs", "pn", "ZZ"]),
    st.sampled_from(["Name", "A Name", "N" * 300, "Größe"]),
    st.sampled_from(["1", "1-n", "2-2n", "1-3", "n", "x", "12345"]),
    st.sampled_from(["DICOM", "DICOM/retired", "", "A B", "V" * 300]),
)


@given(st.lists(usual | st.sampled_from(ALL_LINES), max_size=8))
def test_the_quick_way_and_the_slow_way_agree(lines: list[str]) -> None:
    expected = {}
    for number, text in enumerate(lines, 1):
        try:
            entry = parse(text, number)
        except BadLine:
            continue
        if entry is not None:
            expected[entry.group, entry.element, entry.creator] = entry
    loaded = dictionary("\n".join(lines))
    found = [found.entry for found in loaded.entries()]
    assert sorted(found) == sorted(expected.values())


def test_of_an_element_defined_twice_the_last_counts() -> None:
    first, second = line("(0010,0010)", "First"), line("(10,10)", "Second")
    assert name_of(dictionary(first + second), 0x00100010) == "Second"
    assert name_of(dictionary(second + first), 0x00100010) == "First"
    assert name_of(dictionary(first, second), 0x00100010) == "Second"
    assert name_of(dictionary(second, first), 0x00100010) == "First"
    assert len(dictionary(first, second)) == 1


def test_a_creator_makes_another_element() -> None:
    loaded = dictionary(
        line('(0009,"A",10)', "OfA") + line('(0009,"B",10)', "OfB") + line("(0009,0010)", "C")
    )
    assert [name_of(loaded, 0x00091010, creator) for creator in ("A", "B", "C", "")] == [
        "OfA",
        "OfB",
        None,
        None,
    ]
    assert name_of(loaded, 0x00090010) == "C"


def test_one_block_beats_any_block() -> None:
    loaded = dictionary(line('(0009,"A",1010)', "One"), line('(0009,"A",10)', "Any"))
    assert [name_of(loaded, tag, "A") for tag in (0x00091010, 0x00091110)] == ["One", "Any"]


def test_single_elements_beat_ranges_wherever_they_stand() -> None:
    single, ranged = line("(6000,0010)", "Single"), line("(6000-60ff,0010)", "Range")
    for loaded in (dictionary(single + ranged), dictionary(ranged + single), dictionary(single, ranged)):
        assert [name_of(loaded, tag) for tag in (0x60000010, 0x60020010, 0x60010010)] == [
            "Single",
            "Range",
            None,
        ]


def test_the_narrower_of_two_ranges_counts() -> None:
    wide, narrow = line("(6000-60ff,0010)", "Wide"), line("(6000-600f,0010)", "Narrow")
    for loaded in (dictionary(wide + narrow), dictionary(narrow + wide), dictionary(narrow, wide)):
        assert [name_of(loaded, tag) for tag in (0x60020010, 0x60200010)] == ["Narrow", "Wide"]


def test_only_the_same_range_replaces_a_range() -> None:
    first, second = line("(6000-60ff,0010)", "First"), line("(6000-60ff,0010)", "Second")
    odd = line("(6001-o-60ff,0010)", "Odd")
    loaded = dictionary(first + odd, second)
    assert [name_of(loaded, tag) for tag in (0x60020010, 0x60010010)] == ["Second", "Odd"]
    assert len(loaded.ranges()) == 2


def test_an_entry_comes_with_its_file_and_line() -> None:
    loaded = dictionary("# a\n", "# b\n" + line("(0010,0010)", "Name"))
    found = loaded.find(0x00100010)
    assert found is not None
    assert (found.path, found.entry.line, loaded.label(0x00100010)) == ("b", 2, ("LO", "Name"))


def test_what_nobody_defines_is_not_found() -> None:
    assert dictionary().find(0x00100010) is None
    assert dictionary(line("(0010,0010)", "Name")).label(0x00100020) is None


def test_bad_lines_are_named_and_the_others_kept() -> None:
    loaded = dictionary("bad\n" + line("(0010,0010)", "Name") + "\x1b[2J\n")
    assert name_of(loaded, 0x00100010) == "Name"
    assert [str(bad).split(":")[:2] for bad in loaded.bad()] == [["a", "1"], ["a", "3"]]
    assert all(str(bad).isprintable() for bad in loaded.bad())


def test_of_very_many_bad_lines_the_first_are_kept_and_all_counted() -> None:
    table = FileTable("f", "bad\n" * (MAX_BAD + 5))
    assert (len(table.bad), table.skipped, table.bad[-1].line) == (MAX_BAD, MAX_BAD + 5, MAX_BAD)


def test_a_file_says_how_much_it_holds() -> None:
    assert str(FileTable("a\x1b", line("(0010,0010)", "Name"))) == "a\\x1b: 1 entry"

"""What pydicom knows once dictionary files are registered with it."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom import Dataset, datadict
from pydicom._dicom_dict import DicomDictionary, RepeatersDictionary
from pydicom._private_dict import private_dictionaries

from dcmtool.dictionary.lines import Span
from dcmtool.dictionary.pydicom import _prefixes, register
from dcmtool.dictionary.table import Dictionary, FileTable
from tests.dictionary.pydicom_state import restored


@pytest.fixture(autouse=True)
def _pydicom_as_it_was() -> Iterator[None]:
    with restored():
        yield


def registered(*lines: str) -> None:
    """Register a dictionary of these lines."""
    register(Dictionary((FileTable("f", "\n".join(lines)),)))


def test_a_new_element_has_its_vr_and_can_be_set_by_keyword() -> None:
    registered("(0014,0fff)\tUS\tAcmeCount\t1-3\tACME")
    data = Dataset()
    data.AcmeCount = [1, 2]
    assert str(data) == "(0014,0FFF) AcmeCount                           US: [1, 2]"
    assert datadict.get_entry(0x00140FFF) == ("US", "1-3", "AcmeCount", "", "AcmeCount")


def test_an_element_that_both_know_keeps_its_description() -> None:
    registered("(0010,0010)\tLO\tPatientName\t1-2\tDICOM", "(0010,0020)\tLO\tOther\t1\tDICOM")
    assert datadict.get_entry(0x00100010) == ("LO", "1-2", "Patient's Name", "", "PatientName")
    assert datadict.get_entry(0x00100020) == ("LO", "1", "Other", "", "Other")


def test_a_retired_element() -> None:
    registered("(0014,0fff)\tUS\tRETIRED_AcmeCount\t1\tDICOM/retired")
    assert datadict.get_entry(0x00140FFF) == ("US", "1", "AcmeCount", "Retired", "AcmeCount")
    assert datadict.dictionary_is_retired(0x00140FFF)


@pytest.mark.parametrize(
    ("vr", "expected"),
    [
        *[("ox", "OB or OW"), ("px", "OB or OW"), ("xs", "US or SS"), ("lt", "US or SS or OW")],
        *[("na", "NONE"), ("up", "UL"), ("pi", "OB"), ("odd", "UN"), ("UV", "UV")],
    ],
)
def test_representations_that_only_dcmtk_has(vr: str, expected: str) -> None:
    registered(f"(0014,0fff)\t{vr}\tAcme")
    assert datadict.dictionary_VR(0x00140FFF) == expected


def test_a_private_element_of_any_block() -> None:
    registered('(0029,"ACME 1",0a)\tSH\tAcmeText')
    data = Dataset()
    data.private_block(0x29, "ACME 1", create=True).add_new(0x0A, "SH", "x")
    assert str(data[0x0029100A]) == "(0029,100A) [AcmeText]                          SH: 'x'"
    assert datadict.get_private_entry(0x0029220A, "ACME 1") == ("SH", "1", "AcmeText", "")


def test_a_private_element_of_one_block() -> None:
    registered('(0029,"ACME 1",100a)\tSH\tOne', '(0029,"ACME 1",0a)\tLO\tAny')
    assert [datadict.get_private_entry(tag, "ACME 1")[2] for tag in (0x0029100A, 0x0029110A)] == [
        "One",
        "Any",
    ]


def test_a_private_range_and_what_is_narrower() -> None:
    registered('(0029-o-002f,"ACME 1",10-u-12)\tSH\tWide', '(002b,"ACME 1",11)\tSH\tNarrow')
    names = [
        datadict.private_dictionary_description(tag, "ACME 1")
        for tag in (0x00291011, 0x002B1011, 0x002B1012, 0x002F1010)
    ]
    assert names == ["Wide", "Narrow", "Wide", "Wide"]
    assert set(private_dictionaries["ACME 1"]) == {
        f"00{group:02X}xx{element:02X}"
        for group in (0x29, 0x2B, 0x2D, 0x2F)
        for element in (0x10, 0x11, 0x12)
    }


def test_what_pydicom_has_no_place_for_is_left_out() -> None:
    before = len(DicomDictionary)
    registered(
        *('(0028,"ACME 1",10)\tSH\tEvenGroup', "(0029,1010)\tSH\tNoCreator"),
        *('(0009-o-ffff,"ACME 1",00-u-ff)\tSH\tTooWide', "(0009-o-ffff,0010-u-00ff)\tLO\tPrivateCreator"),
    )
    assert len(DicomDictionary) == before
    assert private_dictionaries["ACME 1"] == {}
    with pytest.raises(KeyError):
        datadict.get_entry(0x00090010)


def test_repeating_groups() -> None:
    registered("(6000-60ff,0010)\tUS\tAcmeRows\t2", "(5000-50ff,0fff)\tSL\tAcmeCurve")
    assert datadict.get_entry(0x60020010) == ("US", "2", "AcmeRows", "", "AcmeRows")
    assert datadict.get_entry(0x50FE0FFF)[0] == "SL"
    assert datadict.repeater_has_keyword("AcmeCurve")
    assert RepeatersDictionary["60xx0010"][4] == "AcmeRows"


def test_the_narrower_range_counts_in_pydicom_too() -> None:
    registered("(7000-70ff,0010)\tUS\tWide", "(7000-700f,0010)\tUS\tNarrow")
    assert [datadict.dictionary_keyword(tag) for tag in (0x70020010, 0x70200010)] == ["Narrow", "Wide"]


@pytest.mark.parametrize(
    ("field", "within", "without"),
    [
        ("(0020,3100-31ff)", (0x00203100, 0x002031FE), (0x00203101, 0x00203200)),
        ("(1000-u-1002,0012-o-0017)", (0x10000013, 0x10020017), (0x10000012, 0x10040013, 0x10000018)),
        ("(7003-u-7009,0003-u-000a)", (0x70040003, 0x7008000A), (0x70020003, 0x700A0003, 0x7004000B)),
        ("(0000-u-ffff,0000)", (0x00100000, 0xFFFE0000), ()),
    ],
)
def test_ranges_of_any_bounds(field: str, within: tuple[int, ...], without: tuple[int, ...]) -> None:
    registered(f"{field}\tUS\tAcmeRange")
    assert {datadict.dictionary_keyword(tag) for tag in within} == {"AcmeRange"}
    assert "AcmeRange" not in {datadict.keyword_for_tag(tag) for tag in without}


@given(st.integers(0, 0xFFFF), st.integers(0, 0xFFFF), st.sampled_from("eou"), st.data())
def test_blocks_of_bits_are_just_the_span(first: int, second: int, parity: str, data: st.DataObject) -> None:
    span = Span(min(first, second), max(first, second), parity)
    blocks = list(_prefixes(span))
    near = st.sampled_from([span.low, span.high]).flatmap(
        lambda bound: st.integers(max(0, bound - 3), min(0xFFFF, bound + 3))
    )
    number = data.draw(near | st.integers(0, 0xFFFF))
    assert [(number ^ bits) & fixed for bits, fixed in blocks].count(0) == (number in span)
    assert len(blocks) <= 32

"""Finding elements and UIDs, in files and in pydicom's dictionary."""

import pytest
from pydicom import __version__ as pydicom_version

from dcmtool.dictionary.search import Element, Uid, _elements, pydicom_entries, search
from dcmtool.dictionary.table import Dictionary, FileTable

PYDICOM = f"pydicom {pydicom_version}"
NONE = Dictionary(())
ACME = Dictionary(
    (
        FileTable(
            "acme.dic",
            "(0010,0010)\tLO\tPatientName\t1\tACME\n"
            '(0009,"ACME 1",01)\txs\tAcmeNumber\t1-2\tACME\n'
            "(6000-60ff,0010)\tUS\tAcmeRows\t1\tACME\n"
            "(0014,0fff)\tUS\tRETIRED_AcmeOld\t1\tACME/retired\n",
        ),
    )
)
NAME = Element("(0010,0010)", "", "PN", "1", "PatientName", "Patient's Name", "DICOM", False, PYDICOM)
OUR_NAME = NAME._replace(vr="LO", version="ACME", source="acme.dic", line=1)
NUMBER = Element(
    '(0009,"ACME 1",01)',
    "ACME 1",
    "US or SS",
    "1-2",
    "AcmeNumber",
    "AcmeNumber",
    "ACME",
    False,
    "acme.dic",
    2,
)
ROWS = Element("(6000-60ff,0010)", "", "US", "1", "AcmeRows", "AcmeRows", "ACME", False, "acme.dic", 3)
OLD = Element("(0014,0fff)", "", "US", "1", "AcmeOld", "AcmeOld", "ACME/retired", True, "acme.dic", 4)
VERIFICATION = Uid("1.2.840.10008.1.1", "Verification SOP Class", "SOP Class", "Verification", False, PYDICOM)


@pytest.mark.parametrize(
    "query",
    [
        *("0010,0010", "00100010", "(0010,0010)", " ( 0010 , 0010 ) "),
        *("PatientName", "patientname", "PATIENT NAME", "Patient's Name"),
    ],
)
def test_an_element_by_tag_keyword_or_name(query: str) -> None:
    for dictionary, expected in ((NONE, NAME), (ACME, OUR_NAME)):
        first, *others = search(query, dictionary)
        assert first == expected
        assert all(isinstance(other, Element) and other.creator for other in others)


@pytest.mark.parametrize(
    ("query", "first", "least"),
    [
        ("0x00100010", "(0010,0010)", 1),
        ("0X00100010", "(0010,0010)", 1),
        ("(60xx,0011)", "(60xx,0011)", 1),
        ("60xx0011", "(60xx,0011)", 1),
        ("60XX,0011", "(60xx,0011)", 1),
        ("0010", "(0010,0010)", 50),
        ("0010,", "(0010,0010)", 50),
        ("(0010", "(0010,0010)", 50),
        ("0010,00", "(0010,0010)", 5),
        ("(0010,00)", "(0010,0010)", 5),
        ("0010,001", "(0010,0010)", 1),
        ("0010,xx10", "(0010,0010)", 3),
        ("xxxx,0010", "(0002,0010)", 5),
        ("(0009,xx01)", '(0009,"ACME 1",01)', 2),
        ("0009,01", '(0009,"ACME 1",01)', 2),
    ],
)
def test_a_part_of_a_tag(query: str, first: str, least: int) -> None:
    found = search(query, ACME)
    assert len(found) >= least
    tags = [match.tag for match in found if isinstance(match, Element)]
    assert first in tags
    if least == 1:
        assert tags == [first]


def test_it_finds_all_that_it_shows() -> None:
    shown = [*_elements(ACME)]
    assert len(shown) > 5000
    for element in [*shown[:5], *shown[::300]]:
        group, _, rest = element.tag.partition(",")
        for query in (element.tag, f" {group.upper()},{rest} "):
            found = search(query, ACME)
            assert element.tag in [match.tag for match in found if isinstance(match, Element)], query


def test_a_private_element_in_a_block() -> None:
    for query in ('0009,"acme 1",1001', '(0009, "ACME 1", 01)', '0009,"ACME 1",1', '(00xx,"ACME 1",01)'):
        assert search(query, ACME) == [NUMBER], query
    assert search('(0009,"ACME 2",01)', ACME) == []


def test_a_word_that_could_be_a_tag_is_a_name_where_there_is_none() -> None:
    assert {match.name for match in search("Face", NONE)} >= {"Facet Sequence", "Surface Count"}


@pytest.mark.parametrize("query", ["1.2.840.10008.1.1", "verification", "Verification SOP Class"])
def test_a_uid_by_itself_or_its_names(query: str) -> None:
    assert search(query, ACME) == [VERIFICATION]


@pytest.mark.parametrize("query", ["acme 1", "AcmeNumber", "acme number", "0009,1001", "(0009,2201)"])
def test_a_private_element_by_creator_name_or_tag(query: str) -> None:
    found = search(query, ACME)
    assert NUMBER in found
    assert all(
        isinstance(match, Element) and match.source != "acme.dic" for match in found if match != NUMBER
    )


def test_a_part_of_a_name_finds_all_that_have_it() -> None:
    assert search("acme", ACME) == [NUMBER, OLD, ROWS]
    parts = {match.keyword for match in search("PatientN", NONE)}
    assert {"PatientName", "OtherPatientNames"} <= parts


def test_ranges() -> None:
    assert search("60020010", ACME) == [ROWS]
    assert [match.name for match in search("6002,0011", ACME)] == ["Overlay Columns"]
    assert [match.name for match in search("overlay rows", ACME) if match.source == PYDICOM] == [
        "Overlay Rows"
    ], "only that of PAPYRUS is left, whose group is private"
    (columns,) = (match for match in search("OverlayColumns", NONE) if match.keyword)
    assert isinstance(columns, Element)
    assert columns.tag == "(60xx,0011)"


def test_what_is_retired() -> None:
    assert search("AcmeOld", ACME) == [OLD]
    (found,) = search("0000,0001", NONE)
    assert found.retired


def test_private_elements_of_pydicom() -> None:
    found = {match.tag: match.name for match in search("PHILIPS MR/PART", NONE) if isinstance(match, Element)}
    assert found['(0019,"PHILIPS MR/PART",00)'] == "Field of View"
    by_tag = [match for match in search("0019,1000", NONE) if isinstance(match, Element)]
    assert "PHILIPS MR/PART" in {match.creator for match in by_tag}


@pytest.mark.parametrize(
    "query", ["", " ", "no such thing", "0009,ffff", "0012,ffff", "1.2.3.4.5.6.7.8", "((", "\x1b"]
)
def test_what_is_not_found(query: str) -> None:
    assert search(query, ACME) == []


def test_how_much_pydicom_knows() -> None:
    assert pydicom_entries() > 10_000

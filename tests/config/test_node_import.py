"""Nodes from elsewhere: which form a file has, and what its nodes are called here."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcmtool.config.node_import import Foreign, Format, new_name, read
from dcmtool.errors import InputFileError

ORTHANC = '// a comment\n/* one more */ {"DicomModalities": {"a": ["A", "h", 1]}}'
CSV = "name,host,port\na,h,1\n"
TEXTS = {"host": "h", "port": "1"}
KEYS = {"host": "h", "port": 1, "call": "A"}


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("auto", ORTHANC, [Foreign("a", "a", KEYS, as_text=False)]),
        ("orthanc", ORTHANC, [Foreign("a", "a", KEYS, as_text=False)]),
        ("auto", CSV, [Foreign("line 2", "a", TEXTS, as_text=True, exact=True)]),
        ("csv", CSV, [Foreign("line 2", "a", TEXTS, as_text=True, exact=True)]),
    ],
)
def test_forms(kind: Format, text: str, expected: list[Foreign], tmp_path: Path) -> None:
    (tmp_path / "f").write_text(text)
    found = read(f"{tmp_path}/f", kind)
    assert (found.path, found.nodes) == (f"{tmp_path}/f", expected)


@pytest.mark.parametrize(("kind", "text"), [("csv", ORTHANC), ("orthanc", CSV)])
def test_the_wrong_form(kind: Format, text: str, tmp_path: Path) -> None:
    (tmp_path / "f").write_text(text)
    with pytest.raises(InputFileError):
        read(f"{tmp_path}/f", kind)


@pytest.mark.parametrize(
    ("wanted", "taken", "name"),
    [
        ("pacs", (), "pacs"),
        ("pacs", ("pacs",), "pacs-2"),
        ("pacs", ("pacs", "pacs-2"), "pacs-3"),
        ("My PACS (old)", (), "My-PACS-old"),
        ("pacs.example.org", (), "pacs-example-org"),
        ("Röntgen", (), "Rontgen"),
        ("-5", (), "5"),
        ("日本", (), "node"),
        ("", ("node",), "node-2"),
    ],
)
def test_names(wanted: str, taken: tuple[str, ...], name: str) -> None:
    assert new_name(wanted, taken) == name


@given(st.lists(st.text()))
def test_names_are_valid_and_unique(wanted: list[str]) -> None:
    names: list[str] = []
    for each in wanted:
        names.append(new_name(each, names))
    assert len(set(names)) == len(wanted)
    for name in names:
        assert name
        assert name[0] not in "-+@"
        assert name.replace("-", "a").replace("_", "a").isalnum()
        assert name.isascii()

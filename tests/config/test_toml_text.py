"""TOML read and written."""

import tomllib
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcmtool.config import toml_text
from dcmtool.errors import InputFileError


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"\x89PNG\r\n", "is not UTF-8, as TOML is (byte 0)"),
        (b"a\0", "holds a NUL byte, so it is not a text file"),
        (b"[a", "is not valid TOML: Expected ']' at the end of a table declaration (at end of document)"),
        (b"a = 1\na = 2", "is not valid TOML: Cannot overwrite a value (at end of document)"),
        (b"a = " + b"[" * 100_000, "is not valid TOML: maximum recursion depth exceeded"),
        (b"#" * (toml_text.MAX_BYTES + 1), "is larger than 4194304 bytes, as no node file is"),
    ],
)
def test_what_is_no_toml(raw: bytes, reason: str, tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(raw)
    for load in (toml_text.load, toml_text.load_if_there):
        with pytest.raises(InputFileError) as caught:
            load(f"{tmp_path}/f", "node file")
        assert caught.value.path == f"{tmp_path}/f"
        assert caught.value.reason.startswith(reason)


def test_what_is(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"\xef\xbb\xbfa = 1\r\n")
    assert toml_text.load(f"{tmp_path}/f", "node file") == {"a": 1}
    assert toml_text.load_if_there(f"{tmp_path}/f", "node file") == {"a": 1}
    assert toml_text.load_if_there(f"{tmp_path}/g", "node file") is None


def test_a_table_of_a_file() -> None:
    assert toml_text.table_of("f", {"nodes": {"a": 1}}, "nodes", ("nodes",)) == {"a": 1}
    assert toml_text.table_of("f", {}, "nodes", ("nodes",)) == {}


@pytest.mark.parametrize(
    ("tables", "reason"),
    [
        ({"node": {}}, "node means nothing here (did you mean nodes?)"),
        ({"\x1b": 1}, r'"\u001b" means nothing here'),
        ({"nodes": 5}, "nodes should be a table, but is 5"),
        ({"nodes": []}, "nodes should be a table, but is []"),
    ],
)
def test_a_file_without_it(tables: dict[str, object], reason: str) -> None:
    with pytest.raises(InputFileError) as caught:
        toml_text.table_of("f", tables, "nodes", ("nodes",))
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a", '"a"'),
        (True, "true"),
        (5, "5"),
        (["a", 1], '["a", 1]'),
        (date(2026, 1, 2), "2026-01-02"),
        ({"a": 1}, "a table"),
        ("x" * 100, '"' + "x" * 59 + "..."),
        ("\u202e", '"\\u202e"'),
    ],
)
def test_a_value_in_a_sentence(value: object, text: str) -> None:
    assert toml_text.shown(value) == text


texts = st.text(st.characters(exclude_categories=["Cs"]))


@given(
    texts,
    st.dictionaries(
        texts,
        texts | st.integers() | st.booleans() | st.lists(texts) | st.floats(allow_nan=False),
        max_size=5,
    ),
)
def test_what_is_written_is_read(name: str, values: dict[str, object]) -> None:
    text = toml_text.table_text(f"nodes.{toml_text.key(name)}", values)
    assert tomllib.loads(text) == {"nodes": {name: values}}


def test_what_no_utf_8_holds_is_replaced() -> None:
    assert toml_text.written("a\udcff") == '"a?"'


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("pcas", ["pacs"]),
        ("PACS", ["pacs"]),
        ("CT1", ["ct1", "CT1-b"]),
        ("Mr", ["MR", "mr"]),
        ("xyz", []),
    ],
)
def test_what_looks_like_a_name(name: str, near: list[str]) -> None:
    assert toml_text.near_to(name, ("pacs", "MR", "mr", "ct1", "CT1-b")) == near

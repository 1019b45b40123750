"""On which line of a TOML file a table or a key stands."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcmtool.config.toml_lines import line_of, lines, lines_of, names_of, nearest
from dcmtool.config.toml_text import written

TEXT = '''\
# nodes
[nodes.pacs]  # the archive
host = "pacs"
tags = [
  "a", # ] "
  'b]',
]
note = """
[nodes.fake]
port = 3
"""
path = \'\'\'
x = 1\'\'\'

["nodes"."a.b"]
"host" = "x"
[nodes]
inline = {host = "h", port = 1}
dotted.host = "d"
dotted.'port' = 3
[[many]]
x = 1
[[many]]
x = 2
'''
PLACES = [
    ("nodes", "", 2),
    ("nodes.pacs", "", 2),
    ("nodes.pacs", "host", 3),
    ("nodes.pacs", "tags", 4),
    ("nodes.pacs", "note", 8),
    ("nodes.pacs", "path", 12),
    ("nodes.pacs", "port", 2),  # which is not there
    ("nodes.fake", "port", 2),
    ('nodes."a.b"', "", 15),
    ('nodes."a.b"', "host", 16),
    ("nodes.inline", "port", 18),
    ("nodes.dotted", "host", 19),
    ("nodes.dotted", "port", 20),
    ("many", "x", 22),
]


@pytest.mark.parametrize(("table", "name", "line"), PLACES)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_line_of_a_place(table: str, name: str, line: int, end: str, tmp_path: Path) -> None:
    path = tmp_path / "nodes.toml"
    path.write_bytes(TEXT.replace("\n", end).encode())
    assert line_of(str(path), table, name) == line


def test_what_is_nowhere(tmp_path: Path) -> None:
    assert nearest(lines_of(TEXT), ("other", "x")) is None
    assert lines(str(tmp_path / "absent")) == {}
    (tmp_path / "latin").write_bytes(b"a = '\xe9'")
    assert lines(str(tmp_path / "latin")) == {}


def test_names() -> None:
    assert names_of("nodes.'a b'.\"c.d\"", "e f") == ("nodes", "a b", "c.d", "e f")
    assert names_of("no name") == ("no name",)  # of no TOML


values = st.recursive(
    st.text(max_size=8) | st.integers(-9, 9) | st.booleans(), lambda inner: st.lists(inner, max_size=3)
)


@given(st.lists(st.tuples(st.text(min_size=1, max_size=6), values), min_size=1, max_size=9))
def test_every_key_of_a_file_is_on_its_line(entries: list[tuple[str, Any]]) -> None:
    table = dict(entries)
    text = "[t]\n" + "".join(f"{written(key)} = {written(value)}\n" for key, value in table.items())
    assert [*tomllib.loads(text)["t"]] == [*table]
    assert lines_of(text) == {("t",): 1} | {("t", key): line for line, key in enumerate(table, 2)}

"""Nodes in comma-separated values."""

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcmtool.config.node_table import table
from dcmtool.errors import InputFileError

PACS = {"name": "pacs", "host": "10.0.0.1", "port": "104", "call": "PACS"}


def cells(text: str) -> list[dict[str, Any]]:
    """Return the cells of a table that has no bad row."""
    rows = table("f", text).rows
    assert [row.problem for row in rows] == [""] * len(rows)
    return [dict(row.cells) for row in rows]


@pytest.mark.parametrize(
    "text",
    [
        "name,host,port,call\npacs,10.0.0.1,104,PACS\n",
        "NAME;IP Address;Port;AE_Title\r\npacs;10.0.0.1;104;PACS\r\n",
        '\n Name \tHostname\tPORT\t AET\n"pacs"\t10.0.0.1\t104\tPACS\n\n',
        "name,address,port,title,\npacs,10.0.0.1,104,PACS,,,\n",
        "sep=;\r\nname;host;port;Called AE Title\r\npacs;10.0.0.1;104;PACS\r\n",
        '"sep=|"\nname|host|port|aetitle\npacs|10.0.0.1|104|PACS\n',
        'name, "IP", "DICOM Port", "Called AE"\npacs, "10.0.0.1", "104", "PACS"\n',
        "name,hostname,IP,port,AET\npacs,,10.0.0.1,104,PACS\n",
    ],
)
def test_columns_by_their_names(text: str) -> None:
    assert cells(text) == [PACS]


@pytest.mark.parametrize(
    ("heading", "keys"),
    [
        ("aetitle", ["call"]),
        ("AE Title", ["call"]),
        ("call,aetitle", ["call", "aetitle"]),
        ("AET,Called AET", ["aetitle", "call"]),
        ("Calling AE,AE Title", ["aetitle", "call"]),
        ("Called AE,Calling AE,AE Title", ["call", "aetitle", "column 5"]),
        ("description", ["label"]),
        ("Description,Node Name", ["column 3", "label"]),
        ("Description,Name", ["column 3", "name"]),
        ("Ward,Ward", ["ward", "column 4"]),
    ],
)
def test_what_a_column_stands_for(heading: str, keys: list[str]) -> None:
    assert list(table("f", f"host,port,{heading}\nh,1,a,b,c\n").headings) == ["host", "port", *keys]


def test_cells_may_hold_what_separates_and_be_missing() -> None:
    text = 'host,port,tags,aetitle,tag,verbose\nh,1,"a, b;c"\n\ni,2,,ME,x y\n'
    rows = [(row.line, row.cells) for row in table("f", text).rows]
    assert rows == [
        (2, {"host": "h", "port": "1", "tags": ["a, b", "c"]}),
        (4, {"host": "i", "port": "2", "call": "ME", "tags": ["x", "y"]}),
    ]


def test_formulas_that_were_defused_are_what_they_were() -> None:
    assert cells("host,port,call\nh,1,'=A\ni,2,''@B\nj,3,'C\nk,4,=D\n") == [
        {"host": host, "port": port, "call": call}
        for host, port, call in (("h", "1", "=A"), ("i", "2", "'@B"), ("j", "3", "'C"), ("k", "4", "=D"))
    ]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is empty"),
        (" \n,\n", "is empty"),
        ("sep=,\n", "is empty"),
        ("pacs,104", "its first line should name the columns, one of them host, but is pacs, 104"),
        ("host", "its first line should name the columns, one of them port, but is host"),
        ("host,port,call,called ae", "names the column call twice"),
        ("host,port,ae title,aet", "names the column call twice"),
        ("host,port,dicom port", "names the column port twice"),
        ('sep=,\n"host"x,port', "line 2: ',' expected after '\"'"),
    ],
)
def test_what_is_none(text: str, reason: str) -> None:
    with pytest.raises(InputFileError) as caught:
        table("f", text)
    assert (caught.value.path, caught.value.reason) == ("f", reason)


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("h,1,x", "has 3 cells, but 2 columns are named"),
        ('"h"x,1', "',' expected after '\"'"),
        ("x" * 200_000 + ",1", "field larger than field limit (131072)"),
        ('"h', "has a quote that nothing closes"),
        ('h,"1\nh,"2', "',' expected after '\"'"),
    ],
)
@pytest.mark.parametrize("first", ["", "sep=,\n"])
def test_a_bad_row_costs_that_row(row: str, problem: str, first: str) -> None:
    rows = table("f", f"{first}host,port\ng,1\n{row}\ni,2\nj,3\n").rows
    at = 2 + bool(first)
    assert (rows[1].line, rows[1].cells, rows[1].problem) == (at + 1, {}, problem)
    assert [(each.line, each.cells["host"]) for each in (rows[0], *rows[2:])] == [
        (at, "g"),
        (at + 2 + row.count("\n"), "i"),
        (at + 3 + row.count("\n"), "j"),
    ]


@given(st.text(st.sampled_from("host,port;\t\"\n\r x\x0b\x85'=|sep")))
def test_anything_ends_in_cells_or_a_sentence(text: str) -> None:
    for start in ("", "host,port,tags\n"):
        with contextlib.suppress(InputFileError):
            assert all(bool(row.cells) != bool(row.problem) for row in table("f", start + text).rows)

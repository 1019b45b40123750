"""Nodes in comma-separated values."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcmtool.config.node_table import rows
from dcmtool.errors import InputFileError


@pytest.mark.parametrize(
    "text",
    [
        "name,host,port,call\npacs,10.0.0.1,104,PACS\n",
        "NAME;IP Address;Port;AE_Title\r\npacs;10.0.0.1;104;PACS\r\n",
        '\n Name \tHostname\tPORT\t AET\n"pacs"\t10.0.0.1\t104\tPACS\n\n',
        "name,address,port,title,\npacs,10.0.0.1,104,PACS,,,\n",
    ],
)
def test_columns_by_their_names(text: str) -> None:
    [(place, cells)] = rows("f", text)
    assert place.startswith("line ")
    assert cells == {"name": "pacs", "host": "10.0.0.1", "port": "104", "call": "PACS"}


def test_cells_may_hold_what_separates_and_be_missing() -> None:
    text = 'host,port,tags,aetitle\nh,1,"a,b"\n\ni,2,,ME\n'
    assert list(rows("f", text)) == [
        ("line 2", {"host": "h", "port": "1", "tags": "a,b"}),
        ("line 4", {"host": "i", "port": "2", "aetitle": "ME"}),
    ]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is empty"),
        (" \n,\n", "is empty"),
        ("pacs,104", "its first line should name the columns, one of them host, but is pacs, 104"),
        ("host", "its first line should name the columns, one of them port, but is host"),
        ("host,ip,port", "its first line should name the columns, one of them host, but is host, ip, port"),
        ("host,port,call,aet", "names the column call twice"),
        ("host,port\nh,1,x", "line 2 has 3 cells, but 2 are named"),
        ('host,port\n"h"x,1', "line 2: ',' expected after '\"'"),
        ('host,port\n"h', "line 2: unexpected end of data"),
        ("host,port\n" + "x" * 200_000 + ",1", "line 2: field larger than field limit (131072)"),
    ],
)
def test_what_is_none(text: str, reason: str) -> None:
    with pytest.raises(InputFileError) as caught:
        list(rows("f", text))
    assert (caught.value.path, caught.value.reason) == ("f", reason)


@given(st.text(st.sampled_from('host,port;\t"\n\r x\x0b\x85')))
def test_anything_ends_in_cells_or_a_sentence(text: str) -> None:
    with contextlib.suppress(InputFileError):
        assert all(cells for _, cells in rows("f", text))

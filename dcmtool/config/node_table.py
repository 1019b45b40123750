"""Nodes in a table of comma-separated values as spreadsheets write it: its first line names the columns."""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from dcmtool.config.spreadsheet import tags_of, undefused
from dcmtool.errors import InputFileError
from dcmtool.text import brief

if TYPE_CHECKING:
    from _csv import Reader

# What other programs call the columns; all other names are the keys of a node file. Of several for the name
# the first in this order counts, of several for the host in each row the first that has a cell.
_LABELS = (
    *("node", "node-name", "alias", "symbolic-name", "device", "device-name", "station"),
    *("station-name", "display-name", "system", "label", "description"),
)
_ROLES = {
    "host": (
        *(
            "host",
            "hostname",
            "host-name",
            "ip",
            "ip-address",
            "ipaddress",
            "ip-addr",
            "ipv4",
            "ipv4-address",
        ),
        *("ip-adresse", "address", "addr", "server", "fqdn", "dns-name"),
    ),
    "port": ("port", "port-number", "portnumber", "dicom-port", "tcp-port", "listen-port", "port-no"),
    "call": (
        *("call", "called", "called-ae", "called-aet", "called-aetitle", "called-ae-title", "called-title"),
        *("remote-ae", "remote-aet", "remote-aetitle", "remote-ae-title", "scp-ae-title", "aec"),
    ),
    "calling": (
        *("calling", "calling-ae", "calling-aet", "calling-aetitle", "calling-ae-title", "calling-title"),
        *("local-ae", "local-aet", "local-aetitle", "local-ae-title", "scu-ae-title", "our-ae-title"),
    ),
    "title": (
        *("ae-title", "aetitle", "aet", "ae", "title", "application-entity", "application-entity-title"),
        *("ae-name", "dicom-ae-title", "dicom-aet"),
    ),
    "tags": ("tags", "tag"),
    "label": ("name", *_LABELS),
}
_ROLE_OF = {word: role for role, words in _ROLES.items() for word in words}
_SEPARATORS = ",;\t"
_SAYS_SEPARATOR = re.compile(r'\s*"?sep=([,;\t|])"?[ \t]*(?:\r\n|\r|\n|\Z)', re.IGNORECASE)  # Excel's own


class NodeRow(NamedTuple):
    """A line of the table: its number, and its cells, texts and a list of tags, by the keys of a node file.

    Or else what is wrong with it.
    """

    line: int
    cells: Mapping[str, Any]
    problem: str = ""


class NodeTable(NamedTuple):
    """The rows of a table that hold anything, and the columns' own names by their keys."""

    rows: list[NodeRow]
    headings: Mapping[str, str]


def table(path: str, text: str) -> NodeTable:
    """Return the table in a text, separated by what `sep=` says, or else by what its first line has most of.

    Raises `InputFileError` for what is no such table.
    """
    said = _SAYS_SEPARATOR.match(text)
    text, before = (text[said.end() :], 1) if said else (text, 0)
    first, *_ = text.lstrip().splitlines() or [""]
    records = _records(text, said[1] if said else max(_SEPARATORS, key=first.count))
    for line, cells, problem in records:
        if problem:
            raise InputFileError(path, f"line {line + before}: {problem}")
        if any(cells):
            columns = _Columns(path, cells)
            break
    else:
        raise InputFileError(path, "is empty")
    rows = [columns.row(line + before, cells, problem) for line, cells, problem in records]
    return NodeTable([row for row in rows if row.cells or row.problem], columns.headings)


def _records(text: str, separator: str) -> Iterator[tuple[int, list[str], str]]:
    """Yield the first line of each record, and its cells or what is wrong with it.

    A quote that is never closed takes all lines after it: of these each is a record of its own.
    """
    first, lines = 1, io.StringIO(text, newline="")
    reader = _reader(lines, separator)
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if "end of data" in str(error):
                yield first, [], "has a quote that nothing closes"
                break
            yield first, [], brief(str(error))
        else:
            yield first, [cell.strip() for cell in cells], ""
        first = reader.line_num + 1
    for number, line in enumerate(io.StringIO(text, newline=""), 1):
        if number > first:
            try:
                yield number, [cell.strip() for cell in next(_reader([line], separator))], ""
            except csv.Error as error:
                yield number, [], brief(str(error))


def _reader(lines: io.StringIO | list[str], separator: str) -> "Reader":
    return csv.reader(lines, delimiter=separator, skipinitialspace=True, strict=True)


class _Columns:
    """The columns of a table by the cells of its first line; one without a key is left out."""

    def __init__(self, path: str, cells: list[str]) -> None:
        words = [re.sub(r"[\s_./()-]+", "-", undefused(cell).lower()).strip("-") for cell in cells]
        roles = [_ROLE_OF.get(word, word) for word in words]
        label = (
            "name" if "name" in words else min(filter(_LABELS.count, words), key=_LABELS.index, default="")
        )
        called = "call" in roles
        self.keys: list[str] = []
        self.headings: dict[str, str] = {}
        for number, (cell, word, role) in enumerate(zip(cells, words, roles, strict=True), 1):
            key = role
            if role == "calling":
                key = "aetitle"
            elif role == "title":
                key = "call" if not called else "" if "calling" in roles else "aetitle"
            elif role == "label":
                key = "name" if word == "name" else "label" if word == label else ""
            if key in ("port", "call", "aetitle", "name", "label") and key in self.headings:
                raise InputFileError(path, f"names the column {key} twice")
            if not key or (key in self.headings and key not in _SEVERAL):
                key = f"column {number}"
            self.keys.append(key)
            self.headings.setdefault(key, cell)
        for wanted in ("host", "port"):
            if wanted not in self.headings:
                named = brief(", ".join(cells))
                problem = f"its first line should name the columns, one of them {wanted}, but is {named}"
                raise InputFileError(path, problem)

    def row(self, line: int, texts: list[str], problem: str) -> NodeRow:
        """Return the row of a record, without cells where it is blank."""
        if problem:
            return NodeRow(line, {}, problem)
        if len(texts) > len(self.keys) and any(texts[len(self.keys) :]):
            return NodeRow(line, {}, f"has {len(texts)} cells, but {len(self.keys)} columns are named")
        cells: dict[str, Any] = {}
        for key, text in zip(self.keys, texts, strict=False):
            cell = undefused(text)
            if key == "tags":
                cells.setdefault(key, []).extend(tags_of(cell))
            elif cell:
                cells.setdefault(key, cell)
        return NodeRow(line, {key: cell for key, cell in cells.items() if cell})


_SEVERAL = ("host", "tags")

"""Nodes in a table of comma-separated values, whose first line names the columns."""

import csv
import io
import re
from collections.abc import Iterator

from dcmtool.errors import InputFileError
from dcmtool.text import printable

# What other programs call the columns; all other names are the keys of a node file.
_COLUMNS = {"ae-title": "call", "aet": "call", "title": "call", "address": "host", "hostname": "host"} | {
    "ip": "host",
    "ip-address": "host",
}


def rows(path: str, text: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the place and the cells of each line that holds any, by the keys of a node file.

    Commas, semicolons or tabs separate, whichever the first line has most of. Raises `InputFileError` for
    what is no such table.
    """
    first, *_ = text.lstrip().splitlines() or [""]
    separator = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    columns: list[str] = []
    try:
        for cells in reader:
            cells = [cell.strip() for cell in cells]
            place = f"line {reader.line_num}"
            if not any(cells):
                continue
            if not columns:
                columns = _columns(path, cells)
            elif len(cells) > len(columns) and any(cells[len(columns) :]):
                raise InputFileError(path, f"{place} has {len(cells)} cells, but {len(columns)} are named")
            else:
                yield place, {name: cell for name, cell in zip(columns, cells, strict=False) if cell}
    except csv.Error as error:
        raise InputFileError(path, f"line {reader.line_num}: {printable(str(error))}") from error
    if not columns:
        raise InputFileError(path, "is empty")


def _columns(path: str, cells: list[str]) -> list[str]:
    words = [re.sub(r"[\s_-]+", "-", cell.lower()) for cell in cells]
    columns = [_COLUMNS.get(word, word) for word in words]
    for wanted in ("host", "port"):
        if columns.count(wanted) != 1:
            names = printable(", ".join(cells))
            raise InputFileError(
                path, f"its first line should name the columns, one of them {wanted}, but is {names}"
            )
    twice = next((name for name in columns if name and columns.count(name) > 1), None)
    if twice:
        raise InputFileError(path, f"names the column {printable(twice)} twice")
    return columns

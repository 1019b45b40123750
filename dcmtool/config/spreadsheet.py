"""Cells for spreadsheets: none that they would run as a formula, and tags, of which a cell has several."""

import csv
import io
import re
from collections.abc import Iterable

# How a formula begins (CWE-1236); one quote more before it makes a text of it, and import takes that away.
# A blank counts too, since nothing else keeps those that begin a title.
_FORMULA = re.compile(r"'*[=+@\t\r -]")


def defused(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if _FORMULA.match(cell) else cell


def undefused(cell: str) -> str:
    """Return what a cell was before `defused`."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def cell_of(tags: Iterable[str]) -> str:
    """Return the cell for tags: semicolons between, and one behind a single tag that is not plain."""
    text = io.StringIO()
    csv.writer(text, delimiter=";", lineterminator="").writerow([*tags])
    cell = text.getvalue()
    return f"{cell};" if ";" not in cell and re.search(r'[\s"]', cell) else cell


def tags_of(cell: str) -> list[str]:
    """Return the tags in a cell: semicolons part them where it has any, or else blanks."""
    if ";" not in cell:
        return cell.split()
    (tags,) = csv.reader([" ".join(cell.splitlines())], delimiter=";", skipinitialspace=True)
    return [tag.strip() for tag in tags if tag.strip()]

"""Nodes from elsewhere: what a file describes, under names that a node file can have."""

import re
from collections.abc import Container
from typing import Any, Literal, NamedTuple

from dcmtool.config import text_file
from dcmtool.config.node_table import rows
from dcmtool.config.orthanc import modalities, without_comments
from dcmtool.config.toml_text import MAX_BYTES

Format = Literal["auto", "orthanc", "csv"]


class Foreign(NamedTuple):
    """A node as another program has it: its place or name there, its keys, and whether all are texts."""

    origin: str
    keys: dict[str, Any]
    as_text: bool


def read(path: str, kind: Format) -> tuple[str, list[Foreign]]:
    """Return the name of the file and its nodes; `-` stands for standard input.

    Raises `InputFileError` for a file that cannot be used.
    """
    name, raw = text_file.read_or_stdin(path, MAX_BYTES, "list of nodes")
    text = text_file.decoded(raw)
    if kind == "auto":
        kind = "orthanc" if without_comments(text).lstrip().startswith("{") else "csv"
    if kind == "orthanc":
        return name, [Foreign(each, keys, as_text=False) for each, keys in modalities(name, text)]
    return name, [Foreign(place, cells, as_text=True) for place, cells in rows(name, text)]


def new_name(wanted: str, taken: Container[str]) -> str:
    """Return a name of ASCII letters, digits, dashes and underscores like this one that is not taken yet."""
    from unicodedata import normalize

    letters = normalize("NFKD", wanted).encode("ascii", "ignore").decode()
    valid = re.sub(r"[^A-Za-z0-9_]+", "-", letters).strip("-") or "node"
    name, number = valid, 1
    while name in taken:
        number += 1
        name = f"{valid}-{number}"
    return name

"""Nodes from elsewhere: what a file describes, under names that a node file can have."""

import os
import re
from collections.abc import Container, Mapping
from typing import Any, Literal, NamedTuple

from dcmtool.config import text_file
from dcmtool.config.node_table import table
from dcmtool.config.orthanc import is_json, modalities
from dcmtool.config.toml_text import MAX_BYTES
from dcmtool.text import brief

Format = Literal["auto", "orthanc", "csv"]


class Foreign(NamedTuple):
    """A node of another program's: its place there, its name, its keys, and whether those are texts.

    Or else `problem` is why it is none. The name may be one that no node can have, or empty; it is `exact`
    where it is meant for a node.
    """

    place: str
    name: str
    keys: Mapping[str, Any]
    as_text: bool
    problem: str = ""
    exact: bool = False


class ForeignNodes(NamedTuple):
    """The name of a file, its nodes, what it calls their keys, and the variables that were put into it."""

    path: str
    nodes: list[Foreign]
    headings: Mapping[str, str] = {}
    variables: tuple[str, ...] = ()


def read(path: str, kind: Format) -> ForeignNodes:
    """Return the nodes of a file; `-` stands for standard input.

    Raises `InputFileError` for a file that cannot be used.
    """
    name, text = text_file.text_or_stdin(path, MAX_BYTES, "list of nodes")
    if kind == "orthanc" or (kind == "auto" and is_json(text)):
        found, variables = modalities(name, text, os.environ)
        nodes = [
            Foreign(brief(each.name), each.name, each.keys, as_text=False, problem=each.problem)
            for each in found
        ]
        return ForeignNodes(name, nodes, variables=tuple(variables))
    rows, headings = table(name, text)
    return ForeignNodes(name, [_of_row(*row) for row in rows], headings)


def _of_row(line: int, cells: Mapping[str, Any], problem: str) -> Foreign:
    keys = {key: cell for key, cell in cells.items() if key not in ("name", "label")}
    name = cells.get("name") or cells.get("label", "")
    return Foreign(f"line {line}", name, keys, as_text=True, problem=problem, exact="name" in cells)


def new_name(wanted: str, taken: Container[str]) -> str:
    """Return a name of ASCII letters, digits, dashes and underscores like this one that is not taken yet."""
    from unicodedata import normalize

    letters = normalize("NFKD", wanted).encode("ascii", "ignore").decode()
    return free_name(re.sub(r"[^A-Za-z0-9_]+", "-", letters).strip("-") or "node", taken)


def free_name(wanted: str, taken: Container[str]) -> str:
    """Return a name, with a number behind it where it is taken."""
    if wanted not in taken:
        return wanted
    # The first free number, found by halves: in a list of one name over and over each would try all.
    free = 2
    while f"{wanted}-{free}" in taken:
        free *= 2
    used = free // 2
    while free - used > 1:
        between = (used + free) // 2
        used, free = (between, free) if f"{wanted}-{between}" in taken else (used, between)
    return f"{wanted}-{free}"

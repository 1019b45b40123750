"""A node more in a node file: what is there stays as it is, comments included."""

import os
from collections.abc import Mapping
from typing import Any

from dcmtool.config import places, text_file, whole_file
from dcmtool.config.nodes import Node
from dcmtool.config.toml_text import MAX_BYTES, parsed
from dcmtool.errors import InputFileError, OutputFileError, reason_of

_PRIVATE = 0o700  # of the user's configuration folder (XDG Base Directory Specification)


def add(node: Node, tables: Mapping[str, Any] | None) -> None:
    """Append a node to its file, whose tables are known; None where there is no file yet.

    Raises:
        InputFileError: the file is not as it was, or is written so that no table can follow.
        OutputFileError: the file cannot be written.
    """
    raw = b""
    if tables is not None:
        raw = text_file.read(node.path, MAX_BYTES, "node file")
    elif os.path.dirname(node.path) == places.folder():
        _make_folder(os.path.dirname(node.path))
    end = "\r\n" if raw.endswith(b"\r\n") else "\n"
    gap = "" if not raw.strip() else end if raw.endswith(b"\n") else end * 2
    text = raw + (gap + node.text().replace("\n", end)).encode()
    _check(node, tables or {}, text)
    whole_file.write(node.path, text, replace=tables is not None)


def _check(node: Node, tables: Mapping[str, Any], text: bytes) -> None:
    """See that the file then holds the node, and all else as before."""
    try:
        after = parsed(text.decode("utf-8-sig"))
        added = after["nodes"].pop(node.name)
    except (ValueError, RecursionError, KeyError) as error:
        raise InputFileError(
            node.path, "has its nodes in a form that no table can follow: write them as [nodes.NAME]"
        ) from error
    wanted = parsed(node.text())["nodes"][node.name]
    if added != wanted or after != {**tables, "nodes": tables.get("nodes", {})}:
        raise InputFileError(node.path, "has been changed meanwhile: try again")
    if len(text) > MAX_BYTES:
        raise OutputFileError(node.path, f"it would be larger than {MAX_BYTES} bytes")


def _make_folder(folder: str) -> None:
    try:
        os.makedirs(folder, _PRIVATE, exist_ok=True)
    except OSError as error:
        raise OutputFileError(folder, reason_of(error)) from error

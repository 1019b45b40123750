"""TOML: files read into tables, tables written as text."""

import re
from collections.abc import Mapping
from typing import Any

from dcmtool.config import text_file
from dcmtool.errors import InputFileError
from dcmtool.text import printable

# Ten thousand nodes take 2 MB; a device or an image named by mistake is endless.
MAX_BYTES = 8 * 1024 * 1024
LONGEST_SHOWN = 60  # characters of a value in a sentence


def load(path: str, kind: str) -> dict[str, Any]:
    """Return the tables of a TOML file. Raises `InputFileError` for one that cannot be used."""
    return _parsed(path, text_file.read(path, MAX_BYTES, kind))


def load_if_there(path: str, kind: str) -> dict[str, Any] | None:
    """Return the same; None where there is no such file."""
    raw = text_file.read_if_there(path, MAX_BYTES, kind)
    return None if raw is None else _parsed(path, raw)


def _parsed(path: str, raw: bytes) -> dict[str, Any]:
    import tomllib

    try:
        return tomllib.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise InputFileError(path, f"is not UTF-8, as TOML is (byte {error.start})") from error
    except (ValueError, RecursionError) as error:
        reason = printable(" ".join(str(error).split()))
        raise InputFileError(path, f"is not valid TOML: {reason}") from error


def table_of(path: str, tables: Mapping[str, Any], name: str, known: tuple[str, ...]) -> dict[str, Any]:
    """Return a table, empty where there is none; nothing but the `known` ones may be there."""
    for each in tables:
        if each not in known:
            raise InputFileError(path, f"{printable(key(each))} {unknown(each, known)}")
    table = tables.get(name, {})
    if not isinstance(table, dict):
        raise InputFileError(path, f"{name} should be a table, but is {shown(table)}")
    return table


def unknown(name: str, known: tuple[str, ...]) -> str:
    """Say that a key means nothing, and what it may be meant for."""
    near = near_to(name, known)
    return "means nothing here" + (f" (did you mean {' or '.join(near)}?)" if near else "")


def near_to(name: str, known: tuple[str, ...]) -> list[str]:
    """Return up to three of the known names that look like this one."""
    from difflib import get_close_matches

    return get_close_matches(name[:LONGEST_SHOWN], known, n=3, cutoff=0.7)


def shown(value: object) -> str:
    """Return a value for a sentence, as it would stand in a TOML file, and not at length."""
    if isinstance(value, dict):
        return "a table"
    text = printable(written(value))
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}..."


def table_text(name: str, values: Mapping[str, object]) -> str:
    """Return a table as TOML, with a line for each value."""
    return "\n".join(
        [f"[{name}]", *(f"{key(each)} = {written(value)}" for each, value in values.items()), ""]
    )


def key(name: str) -> str:
    """Return a key as TOML: bare where it may be, or else quoted."""
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else written(name)


def written(value: object) -> str:
    """Return a value as TOML: text, a number, true or false, a list of these; a date as it is."""
    if isinstance(value, str):
        import json

        # JSON escapes as TOML does, but for DEL, and what no UTF-8 holds
        text = json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
        return text.encode("utf-8", "replace").decode()
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(written, value))}]"
    return str(value)

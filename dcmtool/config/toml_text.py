"""TOML: files read into tables, tables written as text."""

import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from dcmtool.config import text_file
from dcmtool.errors import InputFileError
from dcmtool.text import asked, brief

MAX_BYTES = text_file.MOST  # ten thousand nodes take 2 MB
MAX_PARTS = 32  # of a dotted key: tomllib keeps every beginning of each, gigabytes of one of 20,000 parts
MAX_BITS = 63  # of a number without its sign, by TOML 1.0; Python would take a megabyte of hexadecimal digits
_PRINTED_BITS = 14_000  # Python prints no whole number of more than 4300 digits in decimals
LONGEST_SHOWN = 60  # characters of a value in a sentence


def load(path: str, kind: str) -> dict[str, Any]:
    """Return the tables of a TOML file. Raises `InputFileError` for one that cannot be used."""
    return tables_of(path, text_file.read(path, MAX_BYTES, kind))


def load_if_there(path: str, kind: str) -> dict[str, Any] | None:
    """Return the same; None where there is no such file."""
    raw = text_file.read_if_there(path, MAX_BYTES, kind)
    return None if raw is None else tables_of(path, raw)


def tables_of(path: str, raw: bytes) -> dict[str, Any]:
    """Return the tables of what a TOML file holds. Raises `InputFileError` for what is none."""
    try:
        return parsed(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise InputFileError(path, f"is not UTF-8, as TOML is (byte {error.start})") from error
    except (ValueError, RecursionError) as error:
        reason = brief(" ".join(str(error).split()))
        raise InputFileError(path, f"is not valid TOML: {reason}") from error


def parsed(text: str) -> dict[str, Any]:
    """Return the tables of TOML text. Raises `ValueError` or `RecursionError` for what is none."""
    import tomllib

    _check_keys(text)
    tables = tomllib.loads(text)
    _check_numbers(tables)
    return tables


# What may hold a dot that parts no key (texts, comments), the dots, and what ends a key. A text that is not
# closed is no TOML, at which tomllib stops, so that what follows may be taken for anything.
_DOTS = re.compile(
    r'''"""(?:[^"\\]++|\\.|"(?!""))*+(?:"""|\Z)|"(?:[^"\\\n]++|\\.)*+"?'''
    r"""|'{3}(?:[^']++|'(?!''))*+(?:'{3}|\Z)|'[^'\n]*+'?"""
    r"|#[^\n]*+|(\.)|([\n=,{}\[\]])",
    re.DOTALL,
)


def _check_keys(text: str) -> None:
    if not any(line.count(".") >= MAX_PARTS for line in text.split("\n")):  # a key is on one line
        return
    dots = 0
    for found in _DOTS.finditer(text):
        dots = 0 if found[2] else dots + bool(found[1])
        if dots >= MAX_PARTS:
            line = text.count("\n", 0, found.start()) + 1
            raise ValueError(f"a key of more than {MAX_PARTS} parts (at line {line})")


def _check_numbers(tables: object) -> None:
    values = [tables]
    while values:
        value = values.pop()
        if isinstance(value, dict):
            values.extend(value.values())
        elif isinstance(value, list):
            values.extend(value)
        elif isinstance(value, int) and value.bit_length() > MAX_BITS:
            raise ValueError(f"a number of more than {MAX_BITS} bits and a sign")


def table_of(
    path: str, tables: Mapping[str, Any], name: str, known: tuple[str, ...], inside: str = ""
) -> dict[str, Any]:
    """Return a table, empty where there is none; nothing but the `known` ones may be there.

    The tables are those of the file, or those `inside` the one of this name.
    """
    for each in tables:
        if each not in known:
            raise refused(path, f"{brief(key(each))} {unknown(each, known)}", inside, each)
    table = tables.get(name, {})
    if not isinstance(table, dict):
        raise refused(path, f"{name} should be a table, but is {shown(table)}", inside, name)
    return table


def refused(path: str, problem: str, inside: str, name: str) -> InputFileError:
    """Return the error for a key of a table of a file, or of the file itself, with its line."""
    from dcmtool.config.toml_lines import line_of  # which only what is refused needs

    place = (inside, name) if inside else (key(name),)
    return InputFileError(path, problem).located(partial(line_of, path, *place))


def unknown(name: str, known: tuple[str, ...], meant: Sequence[str] = ()) -> str:
    """Say that a key means nothing, and what it may be meant for: by its like, unless that is known."""
    return f"means nothing here{asked(meant or near_to(name, known))}"


def near_to(name: str, known: tuple[str, ...]) -> list[str]:
    """Return up to three of the known names that look like this one, whatever the case of their letters."""
    from difflib import get_close_matches

    wanted, folded = name[:LONGEST_SHOWN].casefold(), dict[str, list[str]]()
    for each in known:
        folded.setdefault(each.casefold(), []).append(each)
    alike = get_close_matches(wanted, folded, n=3, cutoff=0.7)
    return [each for found in alike for each in folded[found]][:3]


def shown(value: object) -> str:
    """Return a value for a sentence, as it would stand in a TOML file, and not at length."""
    if isinstance(value, dict):
        return "a table"
    text = brief(written(value))
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
    if isinstance(value, int) and value.bit_length() > _PRINTED_BITS:
        return hex(value)
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(written, value))}]"
    return str(value)

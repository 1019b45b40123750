"""On which line of a TOML file a table or a key stands, which its parser does not tell.

The file is one that has been parsed already. Nothing is looked for until a value is refused.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping

from dcmtool.config import text_file
from dcmtool.errors import InputFileError

Lines = Mapping[tuple[str, ...], int]

_TOKEN = re.compile(
    r'''"""(?:[^"\\]++|\\.|"(?!""))*+"{3,5}|"(?:[^"\\\n]++|\\.)*+"'''
    r"""|'{3}(?:[^']++|'(?!''))*+'{3,5}|'[^'\n]*+'"""
    r"|(?P<comment>\#[^\n]*+)|(?P<end>\n)|(?P<sign>[=\[\]{}])|[^\n=\[\]{}\"'#]++",
    re.DOTALL,
)


def line_of(path: str, table: str, name: str = "") -> int | None:
    """Return the line (from 1) of a key of a table of a file, or else of the table, if it can be found."""
    return nearest(lines(path), names_of(table, name))


def lines(path: str) -> Lines:
    """Return the line of each table and key of a file; there are none where it cannot be read again."""
    try:
        return lines_of(text_file.read(path, text_file.MOST, "TOML file").decode("utf-8-sig"))
    except (InputFileError, UnicodeDecodeError):
        return {}


def nearest(known: Lines, names: tuple[str, ...]) -> int | None:
    """Return the line of these names, or of the longest beginning of them that stands in the file."""
    return next((known[names[:end]] for end in range(len(names), 0, -1) if names[:end] in known), None)


def lines_of(text: str) -> Lines:
    """Return the line of each table and key of TOML that is valid; of arrays of tables that of the first."""
    found: dict[tuple[str, ...], int] = {}
    table: tuple[str, ...] = ()
    for line, statement in _statements(text.replace("\r\n", "\n")):
        if statement.startswith("["):
            table = _names(statement.strip("[] \t"))
            names = table
        else:
            names = (*table, *_names(statement))
        for end in range(1, len(names) + 1):
            found.setdefault(names[:end], line)
    return found


def names_of(table: str, name: str = "") -> tuple[str, ...]:
    """Return the names that lead to a key of a table, which is named as in TOML, such as `nodes."a b"`."""
    return (*_names(table), name) if name else _names(table)


def _names(dotted: str) -> tuple[str, ...]:
    try:
        value: object = tomllib.loads(f"{dotted} = 0")
    except ValueError:
        return (dotted,)
    names: list[str] = []
    while isinstance(value, dict):
        name, value = next(iter(value.items()))
        names.append(name)
    return tuple(names)


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """Yield the line of each statement, and its beginning: the table in brackets, or the key alone."""
    line, begun, depth, in_key, words = 1, 1, 0, True, list[str]()
    for token in _TOKEN.finditer(text + "\n"):
        if token["end"] and depth == 0:
            if said := "".join(words).strip():
                yield begun, said
            in_key, begun = True, line + 1
            words.clear()
        elif in_key and token["sign"] == "=":
            in_key = False
        elif in_key and not token["comment"]:
            words.append(token[0])
        elif token["sign"] and token["sign"] != "=":
            depth += 1 if token["sign"] in "[{" else -1
        line += token[0].count("\n")

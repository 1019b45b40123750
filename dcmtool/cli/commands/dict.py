"""`dcmtool dict`: look things up in the data dictionary (PS3.6), check its files, see where it is from."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import click

from dcmtool.cli.exit_codes import COMMAND_LINE_ERROR, exit_code
from dcmtool.cli.help_page import HelpGroup
from dcmtool.cli.output.columns import (
    CYAN,
    DIM,
    YELLOW,
    Styles,
    output_option,
    width,
    write_columns,
    write_json,
    write_shared,
)
from dcmtool.dictionary import sources as dictionaries
from dcmtool.errors import InputFileError
from dcmtool.text import brief

if TYPE_CHECKING:
    from dcmtool.dictionary.lint import LintFinding
    from dcmtool.dictionary.search import Element, Match, Uid
    from dcmtool.dictionary.table import Dictionary

EPILOG = """\
DCMDICTPATH names data dictionary files in DCMTK's format, separated as PATH is; later files override earlier
ones, and all of them pydicom's dictionary.
"""
FINDINGS = COMMAND_LINE_ERROR  # the exit code of a check that finds something, and of a search that does not


@click.group("dict", cls=HelpGroup, short_help="look up, check and list data dictionaries", epilog=EPILOG)
def command() -> None:
    """Look up elements and UIDs, check data dictionary files, list those in use."""


@command.command(short_help="find elements and UIDs")
@click.argument("query", nargs=-1, required=True)
@output_option("table", "json")
@click.pass_context
def lookup(ctx: click.Context, query: tuple[str, ...], output: str) -> None:
    """Find elements and UIDs by tag, keyword, private creator, UID, name, or a part of one of these.

    A tag is written 0010,0010 or 0x00100010, or as it is shown; 0010 or 0010,00 finds all that begin so, and
    an x stands for any digit. Exact matches of a name hide those that only contain it. The exit code is 1 if
    nothing is found for a QUERY.
    """
    from dcmtool.dictionary.search import search

    loaded = _load()
    found = {text: search(text, loaded) for text in query}
    matches = list(dict.fromkeys(match for several in found.values() for match in several))
    if output == "json":
        write_json([_as_object(match) for match in matches])
    else:
        _write_matches(matches)
    missed = [text for text, several in found.items() if not several]
    for text in missed:
        click.echo(f"Error: nothing is found for '{brief(text)}'", err=True)
    ctx.exit(FINDINGS if missed else 0)


@command.command(short_help="check data dictionary files")
@click.argument("file", nargs=-1, required=True, type=click.Path())
@output_option("text", "json")
@click.pass_context
def check(ctx: click.Context, file: tuple[str, ...], output: str) -> None:
    """Check data dictionary files for lines that cannot be used, and for definitions that look wrong.

    The exit code is 1 if anything is found, and 20 if a FILE cannot be read.
    """
    from dcmtool.dictionary.lint import findings

    found: dict[str, list[LintFinding]] = {}
    unreadable: list[InputFileError] = []
    for path in file:
        try:
            found[path] = list(findings(dictionaries.read(path)))
        except InputFileError as refusal:
            unreadable.append(refusal)
    if output == "json":
        write_json(_checked(found, unreadable))
    else:
        for path, several in found.items():
            for finding in several:
                click.echo(f"{brief(path)}:{finding.line}: {finding.rule}: {finding.message}")
    for error in unreadable:
        click.echo(f"Error: {error}", err=True)
    ctx.exit(exit_code(unreadable[0]) if unreadable else FINDINGS if any(found.values()) else 0)


@command.command(short_help="list the data dictionaries in use")
@output_option("table", "json")
def sources(output: str) -> None:
    """List the data dictionaries in use, in the order in which later ones override earlier ones."""
    from dcmtool.dictionary.search import pydicom_entries, pydicom_source

    loaded, unusable = _read()
    rows: list[tuple[str, int, int, str]] = [
        (pydicom_source(), pydicom_entries(), 0, ""),
        *((table.path, len(table), table.skipped, "") for table in loaded.files),
        *((path, 0, 0, reason) for path, reason in unusable),
    ]
    if output == "json":
        keys = ("source", "entries", "skipped", "problem")
        write_json([dict(zip(keys, row, strict=True)) for row in rows])
        return
    heading = ("SOURCE", "ENTRIES", "LINES SKIPPED", "PROBLEM")
    write_columns([heading, *(tuple(map(str, row)) for row in rows)])


def _read() -> "tuple[Dictionary, Sequence[tuple[str, str]]]":
    """Return the files that the environment names, parsed, and those that are no dictionary."""
    from dcmtool.dictionary.table import Dictionary

    chosen = dictionaries.chosen()
    return (chosen.parsed(), chosen.unusable) if chosen else (Dictionary(()), ())


def _load() -> "Dictionary":
    """Return the dictionary that the environment names, and write what is wrong with it to stderr."""
    loaded, unusable = _read()
    for path, reason in unusable:
        click.echo(f"Warning: the data dictionary {brief(path)} {reason}", err=True)
    for complaint in dictionaries.complaints(loaded):
        click.echo(f"Warning: {complaint}", err=True)
    return loaded


def _checked(
    found: "dict[str, list[LintFinding]]", unreadable: Iterable[InputFileError]
) -> list[dict[str, object]]:
    read: list[dict[str, object]] = [
        {"file": path, "error": None, "findings": [finding._asdict() for finding in several]}
        for path, several in found.items()
    ]
    return read + [{"file": error.path, "error": error.reason, "findings": []} for error in unreadable]


def _as_object(match: "Match") -> dict[str, object]:
    return {"kind": type(match).__name__.lower(), **match._asdict()}


def _write_matches(matches: "Sequence[Match]") -> None:
    from dcmtool.dictionary.search import Element, Uid

    elements = [_element_row(match) for match in matches if isinstance(match, Element)]
    uids = [_uid_row(match) for match in matches if isinstance(match, Uid)]
    if elements:
        _write_table(("TAG", "VR", "VM", "KEYWORD", "NAME", "STATUS", "SOURCE", "LINE"), elements)
    if elements and uids:
        click.echo()
    if uids:
        _write_table(("UID", "TYPE", "KEYWORD", "NAME", "STATUS", "SOURCE"), uids)


def _write_table(heading: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    """Write what was found; a name that is the keyword with blanks is left out where there is no room."""
    name, keyword = heading.index("NAME"), heading.index("KEYWORD")
    table = [heading, *rows]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)][: heading.index("STATUS")]
    if sum(widths) + 2 * len(widths) > (width() or _LINE):
        table[1:] = [
            (
                *row[:name],
                "" if _letters(row[name]) == _letters(row[keyword]) else row[name],
                *row[name + 1 :],
            )
            for row in rows
        ]
    empty = [title for title, *cells in zip(*table, strict=True) if not any(cells)]
    write_shared(table, ["STATUS", "SOURCE", *empty], _STYLES)


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text)).casefold()


_LINE = 80  # columns of a line that nobody has told the length of
_STYLES: Styles = {
    "TAG": lambda _cell: CYAN,
    "UID": lambda _cell: CYAN,
    "STATUS": lambda cell: YELLOW if cell == "retired" else "",
    "SOURCE": lambda _cell: DIM,
    "LINE": lambda _cell: DIM,
}


def _element_row(match: "Element") -> tuple[str, ...]:
    status = "retired" if match.retired else match.version
    line = str(match.line) if match.line else ""
    return match.tag, match.vr, match.vm, match.keyword, match.name, status, match.source, line


def _uid_row(match: "Uid") -> tuple[str, ...]:
    status = "retired" if match.retired else "DICOM"
    return match.uid, match.type, match.keyword, match.name, status, match.source

"""`dcmtool dict`: look things up in the data dictionary (PS3.6), check its files, see where it is from."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import click

from dcmtool.cli.exit_codes import COMMAND_LINE_ERROR, exit_code
from dcmtool.cli.results import output_option, write_columns, write_json
from dcmtool.config import dictionary as dictionaries
from dcmtool.errors import InputFileError
from dcmtool.text import printable

if TYPE_CHECKING:
    from dcmtool.config.dictionary_lint import Finding
    from dcmtool.config.dictionary_search import Element, Match, Uid
    from dcmtool.config.dictionary_table import Dictionary

EPILOG = """\
DCMDICTPATH names data dictionary files in DCMTK's format, separated as PATH is; later files override earlier
ones, and all of them pydicom's dictionary.
"""
FINDINGS = COMMAND_LINE_ERROR  # the exit code of a check that finds something, and of a search that does not


@click.group("dict", short_help="Look up, check and list data dictionaries.", epilog=EPILOG)
def command() -> None:
    """Look up elements and UIDs, check data dictionary files, list those in use."""


@command.command(short_help="Find elements and UIDs.")
@click.argument("query", nargs=-1, required=True)
@output_option("table", "json")
@click.pass_context
def lookup(ctx: click.Context, query: tuple[str, ...], output: str) -> None:
    """Find elements and UIDs by tag, keyword, private creator, UID, name, or a part of one of these.

    A tag is written 0010,0010 or 00100010 or (0010,0010). What is called exactly as the QUERY says hides what
    only has it in its name. The exit code is 1 if nothing is found for a QUERY.
    """
    from dcmtool.config.dictionary_search import search

    loaded = _load()
    found = {text: search(text, loaded) for text in query}
    matches = list(dict.fromkeys(match for several in found.values() for match in several))
    if output == "json":
        write_json([_as_object(match) for match in matches])
    else:
        _write_matches(matches)
    missed = [text for text, several in found.items() if not several]
    for text in missed:
        click.echo(f"Error: nothing is found for '{printable(text)}'", err=True)
    ctx.exit(FINDINGS if missed else 0)


@command.command(short_help="Check data dictionary files.")
@click.argument("file", nargs=-1, required=True, type=click.Path())
@output_option("text", "json")
@click.pass_context
def check(ctx: click.Context, file: tuple[str, ...], output: str) -> None:
    """Check data dictionary files for lines that cannot be used, and for definitions that look wrong.

    The exit code is 1 if anything is found, and 20 if a FILE cannot be read.
    """
    from dcmtool.config.dictionary_lint import findings

    found: dict[str, list[Finding]] = {}
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
                click.echo(f"{printable(path)}:{finding.line}: {finding.rule}: {finding.message}")
    for error in unreadable:
        click.echo(f"Error: {error}", err=True)
    ctx.exit(exit_code(unreadable[0]) if unreadable else FINDINGS if any(found.values()) else 0)


@command.command(short_help="List the data dictionaries in use.")
@output_option("table", "json")
def sources(output: str) -> None:
    """List the data dictionaries in use, in the order in which later ones override earlier ones."""
    from dcmtool.config.dictionary_search import pydicom_entries, pydicom_source

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
    from dcmtool.config.dictionary_table import Dictionary

    chosen = dictionaries.chosen()
    return (chosen.parsed(), chosen.unusable) if chosen else (Dictionary(()), ())


def _load() -> "Dictionary":
    """Return the dictionary that the environment names, and say on stderr what is wrong with it."""
    loaded, unusable = _read()
    for path, reason in unusable:
        click.echo(f"Warning: the data dictionary {printable(path)} {reason}", err=True)
    for complaint in dictionaries.complaints(loaded):
        click.echo(f"Warning: {complaint}", err=True)
    return loaded


def _checked(
    found: "dict[str, list[Finding]]", unreadable: Iterable[InputFileError]
) -> list[dict[str, object]]:
    read: list[dict[str, object]] = [
        {"file": path, "error": None, "findings": [finding._asdict() for finding in several]}
        for path, several in found.items()
    ]
    return read + [{"file": error.path, "error": error.reason, "findings": []} for error in unreadable]


def _as_object(match: "Match") -> dict[str, object]:
    return {"kind": type(match).__name__.lower(), **match._asdict()}


def _write_matches(matches: "Sequence[Match]") -> None:
    from dcmtool.config.dictionary_search import Element, Uid

    elements = [_element_row(match) for match in matches if isinstance(match, Element)]
    uids = [_uid_row(match) for match in matches if isinstance(match, Uid)]
    if elements:
        write_columns([("TAG", "VR", "VM", "KEYWORD", "NAME", "VERSION", "SOURCE"), *elements])
    if elements and uids:
        click.echo()
    if uids:
        write_columns([("UID", "TYPE", "KEYWORD", "NAME", "VERSION", "SOURCE"), *uids])


def _element_row(match: "Element") -> tuple[str, ...]:
    source = f"{match.source}:{match.line}" if match.line else match.source
    version = "retired" if match.retired else match.version
    return match.tag, match.vr, match.vm, match.keyword, match.name, version, source


def _uid_row(match: "Uid") -> tuple[str, ...]:
    version = "retired" if match.retired else "DICOM"
    return match.uid, match.type, match.keyword, match.name, version, match.source

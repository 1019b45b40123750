"""How the commands write their results to standard output: columns, or JSON."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TextIO

import click

from dcmtool.cli.output.appearance import Look, look
from dcmtool.cli.output.screen import columns_of
from dcmtool.errors import OutputFileError
from dcmtool.text import printable

BOLD, RED, GREEN, YELLOW, CYAN, DIM = "1", "31", "32", "33", "36", "2"  # as SGR numbers (ECMA-48 8.3.117)
_NARROW = 6  # columns of a cell below which nothing is broken any more
_GAP = "  "

# What a cell's colour is, by what is in it; of a column by its title.
Styles = Mapping[str, Callable[[str], str]]


def output_option(*choices: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare how the result is written; the first choice is the default, and `--json` is short for JSON."""

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        return form(json(command)) if "json" in choices else form(command)

    form = click.option(
        "-o",
        "--output",
        type=Forms(choices),
        default=choices[0],
        show_default=True,
        metavar="FORM",
        callback=_form,
        help=f"what goes to stdout: {', '.join(choices)}",
    )
    json = click.option(
        "--json",
        is_flag=True,
        is_eager=True,  # before the form, which looks whether it is there
        expose_value=False,
        allow_from_autoenv=False,
        callback=_note_json,
        help="short for --output json",
    )
    return decorate


class Forms(click.Choice[str]):
    """The forms of a result; where it can go to a file, what is none of them is taken for the name of one."""

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the form."""
        if (
            ctx
            and value not in self.choices
            and any(each.name == "output_file" for each in ctx.command.params)
        ):
            from shlex import quote

            forms, name = " or ".join(self.choices), printable(value)
            self.fail(
                f"'{name}' is not {forms}; to write a file, type --output-file {printable(quote(value))}"
            )
        return super().convert(value, param, ctx)


def _note_json(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    ctx.meta[_JSON] = value


def _form(ctx: click.Context, _param: click.Parameter, value: str) -> str:
    return "json" if ctx.meta.get(_JSON) else value


_JSON = "dcmtool.json"


def width() -> int | None:
    """Return how many columns standard output has, None where it is no terminal."""
    return None if look("auto", sys.stdout) is Look.PLAIN else columns_of(sys.stdout)


def coloured(text: str, style: str) -> str:
    """Return a text with a style, if standard output shows any."""
    return f"\x1b[{style}m{text}\x1b[0m" if style and look("auto", sys.stdout) is Look.COLOURED else text


def write_line(text: str) -> None:
    """Write a line with what colours it has.

    Raises:
        OutputFileError: there is no stdout.
    """
    stream: TextIO | None = sys.stdout
    if stream is None:
        raise OutputFileError("standard output", "it is closed")
    click.echo(text, color=True)


def write_columns(rows: Sequence[tuple[str, ...]], styles: Styles | None = None) -> None:
    """Write rows with their columns aligned, two blanks between them; an empty cell is a dash.

    The first row is the heading. On a terminal cells are broken where a row would be longer than its lines.
    """
    (heading, *others), fitted = _cells(rows, width())
    for line in _row_lines(heading, fitted, [BOLD] * len(heading)):
        write_line(line)
    for row in others:
        chosen = [
            (styles or {}).get(title, _unstyled)(cell) for title, cell in zip(heading, row, strict=True)
        ]
        for line in _row_lines(row, fitted, chosen):
            write_line(line)


def preview_lines(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """Yield the same rows as lines without colours, for standard error."""
    plain = sys.stderr is None or look("auto", sys.stderr) is Look.PLAIN
    cells, fitted = _cells(rows, None if plain else columns_of(sys.stderr))
    for row in cells:
        yield from _row_lines(row, fitted, [""] * len(row))


def _cells(rows: Sequence[tuple[str, ...]], limit: int | None) -> tuple[list[list[str]], list[int]]:
    """Return the cells as they are shown, and the width of each column."""
    cells = [[printable(cell) or "-" for cell in row] for row in rows]
    columns = [*zip(*cells, strict=True)]
    words = [max(len(word) for cell in column for word in cell.split() or [""]) for column in columns]
    return cells, _fitted([max(map(len, column)) for column in columns], words, limit)


def write_shared(
    rows: Sequence[tuple[str, ...]], shared: Sequence[str], styles: Styles | None = None
) -> None:
    """Write rows as `write_columns`; what all rows have of the columns that may be shared is said once."""
    heading, *others = rows
    same = {
        title: cells[0]
        for title, *cells in zip(*rows, strict=True)
        if title in shared and len(set(cells)) == 1
    }
    kept = [place for place, title in enumerate(heading) if title not in same]
    write_columns([tuple(row[place] for place in kept) for row in (heading, *others)], styles)
    if said := [f"{title.lower()} {printable(value)}" for title, value in same.items() if value]:
        write_line(coloured(f"all: {', '.join(said)}" if len(others) > 1 else ", ".join(said), DIM))


def _unstyled(_cell: str) -> str:
    return ""


def _fitted(widths: list[int], words: list[int], limit: int | None) -> list[int]:
    """Return widths that fit into a line.

    The widest is made narrower that need not break a word of its cells, then the first; where that is not
    enough words are broken too, those of the first last of all.
    """
    widths = [*widths]
    first, *others = range(len(widths))
    for places, least in ((others, words), ([first], words), (others, None), ([first], None)):
        while limit is not None and sum(widths) + len(_GAP) * (len(widths) - 1) > limit:
            able = [each for each in places if widths[each] > (least[each] if least else _NARROW)]
            if not able:
                break
            widths[max(able, key=widths.__getitem__)] -= 1
    return widths


def _row_lines(row: Sequence[str], widths: Sequence[int], styles: Sequence[str]) -> Iterator[str]:
    broken = [_broken(cell, most) for cell, most in zip(row, widths, strict=True)]
    for number in range(max(map(len, broken))):
        cells = [lines[number] if number < len(lines) else "" for lines in broken]
        last = max(place for place, cell in enumerate(cells) if cell)
        padded = [
            coloured(cell, style) + " " * (most - len(cell) if place < last else 0)
            for place, (cell, style, most) in enumerate(zip(cells, styles, widths, strict=True))
        ]
        yield _GAP.join(padded[: last + 1])


def _broken(cell: str, most: int) -> list[str]:
    if len(cell) <= most:
        return [cell]
    from textwrap import wrap

    return wrap(cell, most, break_on_hyphens=False)


def write_json(value: object) -> None:
    """Write a value as JSON."""
    import json

    write_line(json.dumps(value, indent=2))

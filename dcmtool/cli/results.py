"""How the commands write their results to standard output: columns, or JSON."""

from collections.abc import Callable, Sequence
from typing import Any

import click

from dcmtool.text import printable


def output_option(*choices: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare how the result is written; the first choice is the default."""
    return click.option(
        "-o",
        "--output",
        type=click.Choice(choices),
        default=choices[0],
        show_default=True,
        help="Form of the result.",
    )


def write_columns(rows: Sequence[tuple[str, ...]]) -> None:
    """Write rows with their columns aligned, two blanks between them; an empty cell is a dash."""
    shown = [[printable(cell) or "-" for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
    lines = ("  ".join(map(str.ljust, row, widths)).rstrip() for row in shown)
    click.echo("\n".join(lines))


def write_json(value: object) -> None:
    """Write a value as JSON."""
    import json

    click.echo(json.dumps(value, indent=2))

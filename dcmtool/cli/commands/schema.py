"""`dcmtool schema`: print the JSON Schema of what a command writes, as it ships with this version."""

import click

from dcmtool.cli.help_page import HelpPage

FORMATS = {
    "echo": "the report of dcmtool echo --output json",
    "diagnosis": "that of dcmtool diagnose --output json",
    "capabilities": "that of dcmtool diagnose --capabilities --output json",
    "echo-reply": "a reply in dcmtool echo --output ndjson",
    "explain": "that of dcmtool explain --output json; a connection in it is a line of ndjson",
    "sweep": "that of dcmtool sweep --output json; a node in it is a line of ndjson",
    "sweep-change": "a line of dcmtool sweep --watch SECONDS --output ndjson",
    "scp": "a line of dcmtool scp --output ndjson",
    "trace": "a line of dcmtool echo --trace-file",
}


@click.command(
    "schema",
    cls=HelpPage,
    no_args_is_help=True,
    help="Print the JSON Schema of FORMAT: " + "; ".join(f"{name}, {text}" for name, text in FORMATS.items()),
    short_help="print the JSON Schema of what a command writes",
)
@click.argument("name", metavar="FORMAT", type=click.Choice(list(FORMATS)))
def command(name: str) -> None:
    """Print one schema."""
    from importlib.resources import files

    from dcmtool.cli.output.columns import write_line

    schema = files("dcmtool").joinpath("schemas", f"{name}-1.json")
    write_line(schema.read_text(encoding="utf-8").removesuffix("\n"))

"""`dcmtool schema`: print the JSON Schema of what a command writes, as it ships with this version."""

import click

FORMATS = {
    "echo": "the report of dcmtool echo --output json",
    "echo-reply": "a reply in dcmtool echo --output ndjson",
    "scp": "a line of dcmtool scp --output ndjson",
}


@click.command(
    "schema",
    no_args_is_help=True,
    help="Print the JSON Schema of FORMAT: " + "; ".join(f"{name}, {text}" for name, text in FORMATS.items()),
    short_help="Print the JSON Schema of what a command writes.",
)
@click.argument("name", metavar="FORMAT", type=click.Choice(list(FORMATS)))
def command(name: str) -> None:
    """Print one schema."""
    from importlib.resources import files

    text = files("dcmtool").joinpath("schemas", f"{name}-1.json").read_text(encoding="utf-8")
    click.echo(text, nl=False)

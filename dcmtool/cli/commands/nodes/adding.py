"""`dcmtool nodes add`: a node more in the node file."""

from collections.abc import Iterator, Mapping
from typing import Any

import click

from dcmtool.cli.commands.nodes.shared import file_option, tell
from dcmtool.cli.completion.nodes import complete_tag
from dcmtool.cli.help_page import HelpPage
from dcmtool.cli.usage_text import Guessed
from dcmtool.config import nodes as node_files
from dcmtool.config.node_check import Others, impossible
from dcmtool.config.toml_text import table_of
from dcmtool.errors import InputFileError
from dcmtool.options.address import PORT, address_of, address_of_url
from dcmtool.text import brief, printable


@click.command(cls=HelpPage, short_help="add a node to the node file")
@click.argument("name")
@click.argument("address", metavar="[CALLED@]HOST[:PORT]")
@click.option(
    "--tag",
    "tags",
    multiple=True,
    metavar="TAG",
    shell_complete=complete_tag,
    help="a tag of it; may be repeated",
)
@file_option
@click.pass_context
def add(ctx: click.Context, name: str, address: str, tags: tuple[str, ...], nodes: str | None) -> None:
    """Add the node NAME to the node file, which is made if there is none; what is there stays as it is.

    The port is 104 unless it is given; an IPv6 address with a port stands in brackets. The exit code is 1
    for a name that is taken or a node that cannot be, 20 for a node file that cannot be used, and 40 if it
    cannot be written.
    """
    from dcmtool.config import node_add

    path, tables = node_files.load_tables(nodes, to_add=True)
    if path == node_files.NO_HOME:
        raise click.UsageError("There is no home folder for a node file: name one with --nodes", ctx)
    entries = {} if tables is None else table_of(path, tables, "nodes", ("nodes",))
    if name in entries:
        raise click.UsageError(f"{brief(path)} has a node '{printable(name)}' already", ctx)
    node = _node(ctx, path, name, address, tags)
    tell("Warning", _in_common(entries, node))
    node_add.add(node, tables)
    click.echo(f"Added {printable(name)} to {brief(path)}")


def _node(ctx: click.Context, path: str, name: str, word: str, tags: tuple[str, ...]) -> node_files.Node:
    """Return the node that the command line describes. Raises `click.UsageError` where it can be none."""
    if "://" in word:
        instead = address_of_url(word).in_one_word
        raise Guessed(f"{printable(word)} is a URL, which is no address here", ctx, [name, instead])
    address = address_of(word)
    port = str(PORT) if address.port is None else address.port
    table: dict[str, Any] = {"host": address.host, "port": int(port) if _is_number(port) else port}
    if address.called is not None:
        table["call"] = address.called
    if tags:
        table["tags"] = list(tags)
    for field, problem in node_files.faults(name, table):
        raise click.UsageError(problem if field else f"'{printable(name)}' {problem}", ctx)
    node = node_files.made(path, name, table)
    for _, problem in impossible(node):
        raise click.UsageError(problem, ctx)
    return node


def _is_number(port: str) -> bool:
    return port.isascii() and port.isdigit() and len(port) <= 5


def _in_common(entries: Mapping[str, Any], node: node_files.Node) -> Iterator[str]:
    """Yield what the node has in common with those that are there."""
    others = Others()
    for name, entry in entries.items():
        try:
            list(others.beside(node_files.made(node.path, name, entry)))
        except InputFileError:  # it is wrong itself, which `nodes check` says
            continue
    for _, _, problem in others.beside(node):
        yield f"{node.name}: {problem}"

"""`dcmtool nodes`: list and show the nodes of a node file, and make one of what other programs know."""

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from dcmtool.cli.declared import Rank
from dcmtool.cli.echo_options import vocabulary
from dcmtool.cli.exit_codes import COMMAND_LINE_ERROR
from dcmtool.cli.node_names import complete_node, complete_tag
from dcmtool.cli.results import output_option, write_columns, write_json
from dcmtool.cli.stored import Vocabulary
from dcmtool.config import nodes as node_files
from dcmtool.config.places import NODES
from dcmtool.errors import InputFileError, OutputFileError, reason_of
from dcmtool.text import printable

if TYPE_CHECKING:
    from dcmtool.config.node_import import Foreign, Format
    from dcmtool.config.nodes import Node

NOTHING = COMMAND_LINE_ERROR  # the exit code of a search that finds nothing

EPILOG = """\
A node file is TOML with a table [nodes.NAME] for each node: host, port, perhaps tags, and options of 'dcmtool
echo' by their long names, such as call, acse-timeout or tls. Paths in it are relative to it. Without --nodes
or DCMTOOL_NODES it is nodes.toml in the user's configuration folder.
"""

file_option = click.option(
    "--nodes",
    type=click.Path(),
    metavar="FILE",
    envvar=NODES,
    allow_from_autoenv=False,
    show_envvar=True,
    help="The node file.",
)


@click.group("nodes", short_help="List, show and import the nodes that have names.", epilog=EPILOG)
def command() -> None:
    """List, show and import the nodes that 'dcmtool echo NAME' can call."""


@command.command("list", short_help="List the nodes.")
@file_option
@click.option(
    "--tag",
    "tags",
    multiple=True,
    metavar="TAG",
    shell_complete=complete_tag,
    help="Only the nodes that have this tag; if given several times, all of them.",
)
@output_option("table", "json")
@click.pass_context
def list_nodes(ctx: click.Context, nodes: str | None, tags: tuple[str, ...], output: str) -> None:
    """List the nodes of the node file.

    The exit code is 1 if none has the tags, and 20 if the file cannot be used.
    """
    file = node_files.read(nodes)
    keys = vocabulary()
    chosen = [node for node in file.all() if set(tags) <= set(_checked(node, keys).tags)]
    if output == "json":
        write_json([_as_object(node) for node in chosen])
    elif chosen:
        write_columns([("NAME", "HOST", "PORT", "CALL", "TAGS"), *map(_row, chosen)])
    if file.tables is None:
        click.echo(f"Warning: there is no node file {printable(file.path)}", err=True)
    if tags and not chosen:
        wanted = " and ".join(f"'{printable(tag)}'" for tag in tags)
        click.echo(f"Error: no node in {printable(file.path)} has the tag {wanted}", err=True)
        ctx.exit(NOTHING)


@command.command(short_help="Show a node.")
@click.argument("name", shell_complete=complete_node)
@file_option
@output_option("toml", "json")
def show(name: str, nodes: str | None, output: str) -> None:
    """Show the node NAME as it stands in the node file.

    The exit code is 1 if there is none, and 20 if the file cannot be used.
    """
    node = _checked(node_files.read(nodes).node(name), vocabulary())
    if output == "json":
        write_json(_as_object(node))
    else:
        click.echo(f"# {printable(node.path)}\n{node.text()}", nl=False)


@command.command("import", short_help="Make a node file of another program's list.")
@click.argument("file", type=click.Path(allow_dash=True))
@click.option(
    "--format",
    "kind",
    type=click.Choice(["auto", "orthanc", "csv"]),
    default="auto",
    show_default=True,
    help="What FILE is.",
)
@click.option("-o", "--output", type=click.Path(), metavar="FILE", help="Write to this file.")
@click.option("--force", is_flag=True, help="Replace the file if it exists.")
def import_nodes(file: str, kind: "Format", output: str | None, force: bool) -> None:
    """Write a node file of the nodes in FILE; - is standard input.

    FILE is a configuration of Orthanc (its DicomModalities), or a table of comma-separated values: its first
    line names the columns name, host, port, tags and whatever else a node may have. Names are changed where a
    node cannot have them.
    """
    from dcmtool.config import node_import

    path, found = node_import.read(file, kind)
    if not found:
        click.echo(f"Warning: {printable(path)} holds no node", err=True)
    keys = vocabulary()
    named: dict[str, Node] = {}
    for foreign in found:
        node = _imported(path, foreign, named, keys)
        named[node.name] = node
    _write("\n".join(node.text() for node in named.values()), output, force=force)


def _checked(node: "Node", keys: Vocabulary) -> "Node":
    """Return a node whose settings are all right. Raises `InputFileError` where one is not."""
    keys.read(node.path, node.table, node.settings, Rank.NODE, node.owner)
    return node


def _imported(path: str, foreign: "Foreign", taken: Mapping[str, object], keys: Vocabulary) -> "Node":
    from dcmtool.config.node_import import new_name

    table = dict(foreign.keys)
    wanted = str(table.pop("name", "")) if foreign.as_text else foreign.origin
    wanted = wanted or str(table.get("call") or table.get("host"))
    name = new_name(wanted, taken)
    if name != wanted:
        click.echo(f"Warning: {printable(wanted)} is called {name} here", err=True)
    if foreign.as_text:
        table = {key: _of_text(key, text, path, keys) for key, text in table.items()}
    try:
        return _checked(node_files.made(path, name, table), keys)
    except InputFileError as error:
        raise InputFileError(path, f"{printable(foreign.origin)}: {error.reason}") from error


def _of_text(key: str, text: str, path: str, keys: Vocabulary) -> Any:
    if key == "tags":
        return text.replace(";", " ").split()
    if key == "port":
        return int(text) if text.isascii() and text.isdigit() and len(text) <= 5 else text
    return keys.of_text(key, text, os.path.dirname(path))


def _write(text: str, output: str | None, *, force: bool) -> None:
    if output in (None, "-"):
        click.echo(text, nl=False)
        return
    assert output is not None
    try:
        with open(output, "w" if force else "x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise OutputFileError(output, "it exists, and --force is not given") from error
    except OSError as error:
        raise OutputFileError(output, reason_of(error)) from error


def _row(node: "Node") -> tuple[str, ...]:
    return node.name, node.host, str(node.port), str(node.settings.get("call", "")), " ".join(node.tags)


def _as_object(node: "Node") -> dict[str, object]:
    values = node._asdict()
    return {"file": values.pop("path"), **values}

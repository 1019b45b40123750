"""`dcmtool nodes list` and `show`: the nodes of a node file as they stand there."""

import click

from dcmtool.cli.commands.nodes.shared import HEADING, as_object, chosen, file_option, row, tag_option
from dcmtool.cli.completion.nodes import complete_node
from dcmtool.cli.exit_codes import COMMAND_LINE_ERROR
from dcmtool.cli.help_page import HelpPage
from dcmtool.cli.output.columns import CYAN, DIM, GREEN, Styles, output_option, write_columns, write_json
from dcmtool.config import nodes as node_files
from dcmtool.options.echo import ECHO
from dcmtool.options.file_values import Vocabulary
from dcmtool.text import printable

NOTHING = COMMAND_LINE_ERROR  # the exit code of a search that finds nothing

_STYLES: Styles = {
    "NAME": lambda _cell: CYAN,
    "TLS": lambda cell: GREEN if cell in ("anonymous", "certificate") else "",
    "TAGS": lambda _cell: DIM,
}


@click.command("list", cls=HelpPage, short_help="list the nodes")
@file_option
@tag_option
@output_option("table", "json")
@click.pass_context
def list_nodes(ctx: click.Context, nodes: str | None, tags: tuple[str, ...], output: str) -> None:
    """List the nodes of the node file.

    The exit code is 1 if none has the tags, and 20 if the file cannot be used.
    """
    keys = Vocabulary(ECHO.options)
    found = chosen(node_files.read(nodes), tags, keys)
    if output == "json":
        write_json([as_object(node) for node in found])
    elif found:
        write_columns([HEADING, *(row(node, keys) for node in found)], _STYLES)
    ctx.exit(NOTHING if tags and not found else 0)


@click.command(cls=HelpPage, short_help="show a node")
@click.argument("name", shell_complete=complete_node)
@file_option
@output_option("toml", "json")
def show(name: str, nodes: str | None, output: str) -> None:
    """Show the node NAME as it stands in the node file.

    The exit code is 1 if there is none, and 20 if the file cannot be used.
    """
    node = node_files.read(nodes).node(name)
    Vocabulary(ECHO.options).of_node(node)  # which says what is wrong with it
    if output == "json":
        write_json(as_object(node))
    else:
        click.echo(f"# {printable(node.path)}\n{node.text()}", nl=False)

"""`dcmtool nodes check`: everything that is wrong or odd in a node file."""

from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

import click

from dcmtool.cli.commands.nodes.shared import file_option
from dcmtool.cli.exit_codes import exit_code
from dcmtool.cli.help_page import HelpPage
from dcmtool.cli.output.columns import CYAN, RED, YELLOW, Styles, output_option, write_json, write_shared
from dcmtool.errors import InputFileError
from dcmtool.text import brief, counted

if TYPE_CHECKING:
    from dcmtool.config.node_check import Kind, NodeProblem
    from dcmtool.config.nodes import Node, NodeFile
    from dcmtool.options.node_faults import NodeSettings

LOOKUPS = 30  # seconds for all names: a resolver gives one that is silent 5 or 10

_STYLES: Styles = {
    "KIND": lambda cell: RED if cell == "error" else YELLOW,
    "TABLE": lambda _cell: CYAN,
}


@click.command(cls=HelpPage, short_help="check the node file")
@click.option("--resolve", is_flag=True, help="also look up every name; nothing is connected to")
@file_option
@output_option("table", "json")
@click.pass_context
def check(ctx: click.Context, resolve: bool, nodes: str | None, output: str) -> None:
    """Check the whole node file: nodes that cannot be, keys that mean nothing, nodes that are there twice.

    The files that a node names for TLS are read as well; no password is asked for.

    Errors are what keeps a node from being called as it is meant: the exit code is 20 if there is any.
    Remarks are what may well be meant, such as one title at two places, or what could not be found out.
    """
    path, count, problems = _checked(nodes, resolve=resolve)
    errors = sum(each.kind == "error" for each in problems)
    if output == "json":
        write_json({"file": path, "nodes": count, "problems": [_as_object(each) for each in problems]})
    elif problems:
        heading = ("KIND", "LINE", "TABLE", "FIELD", "PROBLEM", "FILE")
        rows = [
            (each.kind, str(each.line or ""), each.table, each.field, each.problem, each.file)
            for each in problems
        ]
        write_shared([heading, *rows], ["FILE"], _STYLES)
    click.echo(
        f"{brief(path)}: {counted(count, 'node')}, {counted(errors, 'error')}, "
        f"{counted(len(problems) - errors, 'remark')}",
        err=True,
    )
    ctx.exit(exit_code(InputFileError(path, "")) if errors else 0)


def _as_object(problem: "NodeProblem") -> dict[str, str | int | None]:
    return {key: value or None for key, value in problem._asdict().items()}


def _checked(nodes: str | None, *, resolve: bool) -> "tuple[str, int, list[NodeProblem]]":
    """Return the name of the file, the number of its nodes, and what is wrong; of no file that it is none."""
    from dcmtool.config import node_check
    from dcmtool.config import nodes as node_files
    from dcmtool.options.node_faults import NodeSettings

    try:
        path, tables = node_files.load_tables(nodes)
    except InputFileError as error:
        return error.path, 0, [node_check.NodeProblem("error", error.path, "", "", error.reason)]
    if tables is None:
        problem = "there is no such file"
        return path, 0, [node_check.NodeProblem("remark", path, "", "", problem)]
    found = list(node_check.problems(path, tables, partial(_faults, NodeSettings())))
    entries = tables.get("nodes", {})
    file = node_files.NodeFile(path, entries if isinstance(entries, dict) else {})
    if resolve:
        found += node_check.placed(path, _unresolved(file))
    return path, len(file.names), found


def _faults(settings: "NodeSettings", node: "Node") -> "Iterator[tuple[str, str]]":
    """Yield what is wrong with the settings of a node, and if nothing is, with the files that they name."""
    found = False
    for fault in settings.faults(node):
        found = True
        yield fault
    if not found:
        from dcmtool.cli.commands.nodes.tls_files import faults

        yield from faults(settings.settled(node))


def _unresolved(file: "NodeFile") -> "Iterator[NodeProblem]":
    """Yield the hosts that have no address, or of which no name service could say."""
    from dcmtool.config.node_check import NodeProblem
    from dcmtool.settings import family_of
    from dcmtool.transport.lookups import unresolved

    nodes = []
    for name in file.names:
        with suppress(InputFileError):  # which has been told
            nodes.append(file.node(name))
    names = [node.host for node in nodes if family_of(node.host) == "auto"]
    failures = unresolved(names, LOOKUPS)
    for node in nodes:
        if error := failures.get(node.host):
            kind: Kind = "remark" if error.temporary else "error"
            yield NodeProblem(kind, node.path, node.table, "host", str(error))

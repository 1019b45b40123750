"""`dcmtool nodes import`: a node file of what another program knows."""

import os
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import click

from dcmtool.cli.commands.nodes.shared import (
    HEADING,
    MOST_TOLD,
    as_object,
    output_file_options,
    row,
    tell,
    write_result,
)
from dcmtool.cli.exit_codes import exit_code
from dcmtool.cli.help_page import HelpPage
from dcmtool.cli.output.columns import output_option, preview_lines
from dcmtool.config import nodes as node_files
from dcmtool.config.node_check import Others, impossible
from dcmtool.config.node_import import free_name, new_name, read
from dcmtool.errors import InputFileError
from dcmtool.options.file_values import UNKNOWN
from dcmtool.options.node_faults import NodeSettings
from dcmtool.text import brief, counted

if TYPE_CHECKING:
    from dcmtool.config.node_import import Foreign, ForeignNodes, Format
    from dcmtool.config.nodes import Node


@click.command("import", cls=HelpPage, short_help="make a node file of another program's list")
@click.argument("file", type=click.Path(allow_dash=True))
@click.option(
    "--format",
    "kind",
    type=click.Choice(["auto", "orthanc", "csv"]),
    default="auto",
    show_default=True,
    metavar="KIND",
    help="what FILE is: auto, orthanc, csv",
)
@click.option("--strict", is_flag=True, help="write nothing if any node of FILE cannot be taken")
@output_option("toml", "json")
@output_file_options
@click.pass_context
def import_nodes(
    ctx: click.Context,
    file: str,
    kind: "Format",
    strict: bool,
    output: str,
    output_file: str | None,
    force: bool,
) -> None:
    """Write a node file of the nodes in FILE; - is standard input.

    FILE is a configuration of Orthanc (its DicomModalities), what its REST API answers to /modalities?expand,
    or a table of comma-separated values: its first line names the columns name, host, port, call, aetitle,
    tags and whatever else a node may have, also in words such as AE Title or IP Address. What is read is
    shown before it is written to a file. A row that is no node is told and left out; so are columns that mean
    nothing to a node, and keys that it may not have, such as trace-file or log-config. The exit code is 20 if
    FILE or none of its rows can be used, or with --strict if any of them cannot.
    """
    found = read(file, kind)
    tell("Note", (f"{brief(name)} is put in from the environment" for name in found.variables))
    run = _Import(found)
    fails = bool(run.lost) and (strict or not run.nodes)
    if not found.nodes:
        tell("Warning", [f"{brief(found.path)} holds no node"])
    tell("Warning", run.left_out())
    tell("Warning", run.renamed)
    tell("Warning", run.twice())
    tell("Error" if fails else "Warning", (f"{brief(found.path)}: {each}" for each in run.lost))
    if fails:
        ctx.exit(exit_code(InputFileError(found.path, "")))
    to_file = output_file is not None and output_file != "-"
    if to_file and run.nodes:
        _preview(run.nodes.values(), run.settings)
    write_result(_text(run.nodes.values(), output), output_file, force=force)
    if to_file:
        click.echo(f"Wrote {counted(len(run.nodes), 'node')} to {brief(str(output_file))}", err=True)


class _Import:
    """The nodes of a foreign file under their names here; what cannot be one, and who is called otherwise."""

    def __init__(self, found: "ForeignNodes") -> None:
        self.settings = NodeSettings()
        self.nodes: dict[str, Node] = {}
        self.lost: list[str] = []
        self.renamed: list[str] = []
        self._found = found
        keys = dict.fromkeys(key for each in found.nodes for key in each.keys)
        keys |= dict.fromkeys(key for key, heading in found.headings.items() if heading)
        self._reasons = {key: self._not_taken(key) for key in keys}
        for foreign in found.nodes:
            try:
                self._take(foreign)
            except InputFileError as error:
                self.lost.append(f"{foreign.place}: {error.reason}")

    def _not_taken(self, key: str) -> str | None:
        known = key in ("name", "label", *node_files.ADDRESS)
        return None if known else self.settings.keys.not_imported(key)

    def left_out(self) -> Iterator[str]:
        """Yield what the file has of each node that is left out, and why."""
        unknown = [key for key, reason in self._reasons.items() if reason == UNKNOWN]
        for key, reason in sorted(self._reasons.items()):
            if reason is not None and reason != UNKNOWN:
                yield f"{brief(key)} is left out: it {reason}"
        if unknown:
            names = ", ".join(brief(self._found.headings.get(key) or key) for key in unknown[:MOST_TOLD])
            more = f" and {len(unknown) - MOST_TOLD} more" if len(unknown) > MOST_TOLD else ""
            yield f"what no node has is left out: {names}{more}; call a column tags to keep it as tags"

    def _take(self, foreign: "Foreign") -> None:
        if foreign.problem:
            raise InputFileError(self._found.path, foreign.problem)
        table = {key: value for key, value in foreign.keys.items() if not self._reasons[key]}
        if foreign.as_text:
            table = {key: self._of_text(key, value) for key, value in table.items()}
        wanted = foreign.name or str(table.get("call") or table.get("host") or "")
        named = foreign.exact and not any(node_files.faults(wanted, _ANY))
        name = free_name(wanted, self.nodes) if named else new_name(wanted, self.nodes)
        node = node_files.made(self._found.path, name, table)
        for _, problem in (*self.settings.faults(node), *impossible(node)):
            raise node_files.refused(node.path, name, problem)
        self.nodes[name] = node
        if name != wanted:
            self.renamed.append(f"{brief(wanted)} is called {name} here")

    def _of_text(self, key: str, value: Any) -> Any:
        if key == "port":
            return int(value) if value.isascii() and value.isdigit() and len(value) <= 5 else value
        if key in node_files.ADDRESS:
            return value
        return self.settings.keys.of_text(key, value, os.path.dirname(self._found.path))

    def twice(self) -> Iterator[str]:
        """Yield the nodes that are there more than once."""
        others = Others()
        for node in self.nodes.values():
            for kind, _, problem in others.beside(node):
                if kind == "error":
                    yield f"{node.name}: {problem}"


_ANY: Mapping[str, object] = {"host": "localhost", "port": 1}  # an address that is right with any name


def _preview(nodes: "Iterable[Node]", settings: NodeSettings) -> None:
    """Write the first of the nodes to standard error, and how many more there are."""
    several = list(nodes)
    for line in preview_lines([HEADING, *(row(node, settings.keys) for node in several[:MOST_TOLD])]):
        click.echo(line, err=True)
    if len(several) > MOST_TOLD:
        click.echo(f"... and {len(several) - MOST_TOLD} more", err=True)


def _text(nodes: "Iterable[Node]", output: str) -> str:
    if output == "json":
        import json

        return json.dumps([as_object(node) for node in nodes], indent=2) + "\n"
    return "\n".join(node.text() for node in nodes)

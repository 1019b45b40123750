"""`dcmtool nodes export`: the nodes in the form that a monitor, an inventory or Orthanc reads."""

import os
from typing import TYPE_CHECKING

import click

from dcmtool.cli.commands.nodes.shared import (
    chosen,
    file_option,
    output_file_options,
    tag_option,
    tell,
    write_result,
)
from dcmtool.cli.exit_codes import COMMAND_LINE_ERROR
from dcmtool.cli.help_page import HelpPage
from dcmtool.cli.output.columns import Forms

if TYPE_CHECKING:
    from dcmtool.config.node_export import Form
    from dcmtool.config.nodes import Node

_FORMS = ("prometheus-sd", "zabbix-lld", "checkmk", "ansible", "csv", "orthanc")


@click.command("export", cls=HelpPage, short_help="write the nodes for another program")
@click.option(
    "-o",
    "--output",
    "--format",
    "form",
    type=Forms(_FORMS),
    required=True,
    metavar="FORM",
    help=f"what is written: {', '.join(_FORMS)}",
)
@file_option
@tag_option
@output_file_options
@click.pass_context
def export_nodes(
    ctx: click.Context,
    form: "Form",
    nodes: str | None,
    tags: tuple[str, ...],
    output_file: str | None,
    force: bool,
) -> None:
    """Write the nodes of the node file in the form that another program reads.

    prometheus-sd is for file_sd_configs of Prometheus, zabbix-lld for low-level discovery, checkmk for the
    REST API of Checkmk (create hosts in bulk), ansible a dynamic inventory; csv and orthanc are what 'dcmtool
    nodes import' reads again. A monitor gets no node that has do-not-probe. The exit code is 1 if no node has
    the tags, and 20 if the file cannot be used.
    """
    from dcmtool.config import node_export
    from dcmtool.config import nodes as node_files
    from dcmtool.options.echo import ECHO
    from dcmtool.options.file_values import Vocabulary

    keys = Vocabulary(ECHO.options)
    found = chosen(node_files.read(nodes), tags, keys)
    if tags and not found:
        ctx.exit(COMMAND_LINE_ERROR)
    lost: list[str] = []

    def cells(node: "Node") -> dict[str, str]:
        folder = os.path.dirname(node.path)
        texts = {key: keys.to_text(key, value, folder) for key, value in node.settings.items()}
        lost.extend(
            f"{key} of {node.name} is left out: no cell can hold it"
            for key, text in texts.items()
            if text is None
        )
        return {key: text for key, text in texts.items() if text is not None}

    text, remarks = node_export.export(found, form, cells)
    tell("Warning", [*remarks, *lost])
    write_result(text, output_file, force=force)

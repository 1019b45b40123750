"""`dcmtool nodes`: what a node file has, what is wrong with it, and its nodes from and for other programs."""

import click

from dcmtool.cli.commands.nodes.adding import add
from dcmtool.cli.commands.nodes.checking import check
from dcmtool.cli.commands.nodes.exporting import export_nodes
from dcmtool.cli.commands.nodes.importing import import_nodes
from dcmtool.cli.commands.nodes.listing import list_nodes, show
from dcmtool.cli.help_page import HelpGroup

EPILOG = """\
A node file is TOML with a table [nodes.NAME] for each node: host, port, perhaps tags, and options of 'dcmtool
echo' by their long names, such as call, acse-timeout or tls. Paths in it are relative to it. Without --nodes
or DCMTOOL_NODES it is nodes.toml in the user's configuration folder.
"""


@click.group(
    "nodes",
    cls=HelpGroup,
    short_help="list, check, add, import and export the nodes that have names",
    epilog=EPILOG,
)
def command() -> None:
    """List, show, check, add, import and export the nodes that 'dcmtool echo NAME' can call."""


for each in (list_nodes, show, check, add, import_nodes, export_nodes):
    command.add_command(each)

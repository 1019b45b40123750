"""A command that the user's files may complete: a node by its name, and defaults."""

from typing import TYPE_CHECKING

import click

from dcmtool.cli.command_line import CommandLine
from dcmtool.cli.declared import DicomOption, Rank, Stored, supply
from dcmtool.cli.parameters import DicomCommand
from dcmtool.config import defaults
from dcmtool.errors import UnknownNode

if TYPE_CHECKING:
    from dcmtool.cli.stored import Vocabulary

_NODE = "dcmtool.node"


class ConfiguredCommand(DicomCommand):
    """A command whose one parameter, where there is only one, names a node in place of host and port."""

    def supplied(self, ctx: click.Context, line: CommandLine) -> CommandLine:
        """Replace the name of a node by its address, and supply what it and the defaults say of options.

        Raises:
            InputFileError: a file cannot be used, or says what it cannot.
        """
        if line.only_shows:
            return line
        stored = self._defaults()
        if line.takes_parameters and len(line.parameters) == 1:
            address, settings = self._node(ctx, line)
            stored, line = {**stored, **settings}, line._replace(parameters=address)
        if stored:
            supply(ctx, stored)
        return line

    def _defaults(self) -> dict[str, Stored]:
        found = defaults.of(str(self.name))
        if found is None:
            return {}
        return self._vocabulary().read(found.path, found.table, found.settings, Rank.DEFAULTS, "defaults")

    def _node(self, ctx: click.Context, line: CommandLine) -> tuple[list[str], dict[str, Stored]]:
        from dcmtool.config import nodes

        files = [values[0] for option, values in line.occurrences if option.long_name == "--nodes"]
        try:
            node = nodes.read(files[-1] if files else None).node(line.parameters[0])
        except UnknownNode as error:
            ctx.fail(f"Missing parameter port: {error}")
        ctx.meta[_NODE] = node
        settings = self._vocabulary().read(node.path, node.table, node.settings, Rank.NODE, node.owner)
        return [node.host, str(node.port)], settings

    def _vocabulary(self) -> "Vocabulary":
        from dcmtool.cli.stored import Vocabulary

        return Vocabulary(param for param in self.params if isinstance(param, DicomOption))


def origin_of_parameters(ctx: click.Context) -> str:
    """Return in words where host and port come from."""
    node = ctx.meta.get(_NODE)
    return f"{node.owner} in {node.path}" if node else "command line"

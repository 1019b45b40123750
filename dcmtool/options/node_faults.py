"""What is wrong with the settings of a node: each key by itself, then all of them together."""

from collections.abc import Iterator

from dcmtool.config.nodes import Node
from dcmtool.errors import InputFileError
from dcmtool.options.echo import ECHO
from dcmtool.options.file_values import Vocabulary
from dcmtool.options.precedence import settle
from dcmtool.options.values import Rank, Values


class NodeSettings:
    """The settings that a node may have, those of `dcmtool echo`."""

    def __init__(self) -> None:
        self.keys = Vocabulary(ECHO.options)
        self._bound = {each.name for each in ECHO.options if each.block or each.needs or each.conflicts}

    def faults(self, node: Node) -> Iterator[tuple[str, str]]:
        """Yield the keys of a node that mean nothing or do not fit, each with what is wrong.

        Only if none is, what excludes or needs what counts, of which no one key is the culprit.
        """
        found = False
        for key, value in node.settings.items():
            try:
                self.keys.read(node.path, node.table, {key: value}, Rank.NODE, node.owner)
            except InputFileError as error:
                found = True
                yield key, _without_table(node, error)
        if not found:
            try:
                self.settle(node)
            except InputFileError as error:
                yield "", _without_table(node, error)

    def settle(self, node: Node) -> None:
        """See that the settings of a node go together. Raises `InputFileError`."""
        if not self._bound.isdisjoint(self.keys.of_node(node)):
            self.settled(node)

    def settled(self, node: Node) -> Values:
        """Return the values that a node sets. Raises `InputFileError` where they do not go together."""
        values = Values(ECHO.options)
        values.supply(self.keys.of_node(node))
        settle(values)
        return values


def _without_table(node: Node, error: InputFileError) -> str:
    return error.reason.removeprefix(f"[{node.table}] ")

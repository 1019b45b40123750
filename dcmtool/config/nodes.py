"""`nodes.toml`: nodes by name, each with its address, its tags, and what options it wants.

    [nodes.pacs]
    host = "pacs.example.org"
    port = 104
    call = "PACS"
    tags = ["archive"]

All other keys are settings, whose meaning and types the command line knows.
"""

import os
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from dcmtool.config import places
from dcmtool.config.toml_text import key, load, load_if_there, near_to, shown, table_of, table_text
from dcmtool.errors import InputFileError, SettingsError, UnknownNode
from dcmtool.settings import Peer

ADDRESS = ("host", "port", "tags")  # the keys that are no settings


class Node(NamedTuple):
    """A node of a file, with its settings as they stand there."""

    path: str
    name: str
    host: str
    port: int
    tags: tuple[str, ...] = ()
    settings: Mapping[str, Any] = {}

    @property
    def table(self) -> str:
        """The name of its table in the file."""
        return f"nodes.{key(self.name)}"

    @property
    def owner(self) -> str:
        """What its settings belong to, in words."""
        return f"node {self.name}"

    def text(self) -> str:
        """Return the node as TOML."""
        tags = {"tags": self.tags} if self.tags else {}
        return table_text(self.table, {"host": self.host, "port": self.port, **self.settings, **tags})


class NodeFile(NamedTuple):
    """A node file; `tables` is None where there is none."""

    path: str
    tables: Mapping[str, Any] | None

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the nodes, in the order of the file."""
        return tuple(self.tables or ())

    def node(self, name: str) -> Node:
        """Return a node.

        Raises:
            UnknownNode: it has none of this name.
            InputFileError: what it holds under this name is no node.
        """
        if self.tables is None or name not in self.tables:
            raise UnknownNode(name, self.path, near_to(name, self.names), file_exists=self.tables is not None)
        return made(self.path, name, self.tables[name])

    def all(self) -> Iterator[Node]:
        """Yield all nodes. Raises `InputFileError` where one is none."""
        return (self.node(name) for name in self.names)


def read(path: str | None) -> NodeFile:
    """Return the node file of this name, or else that of the environment, or else the user's own.

    Raises `InputFileError` for a file that cannot be used; only the user's own need not exist.
    """
    named = path or os.environ.get(places.NODES)
    used = path or places.node_file()
    tables = load(used, _KIND) if named else load_if_there(used, _KIND)
    return NodeFile(used, None if tables is None else table_of(used, tables, "nodes", ("nodes",)))


_KIND = "node file"


def made(path: str, name: str, table: object) -> Node:
    """Return the node that a table describes. Raises `InputFileError` where it does not describe one."""

    def refused(problem: str) -> InputFileError:
        return InputFileError(path, f"[nodes.{key(name)}] {problem}")

    if not name or name[0] in "-+@" or not name.isprintable():
        raise refused("is no name of a node: it must be printable and not begin with -, + or @")
    if not isinstance(table, dict):
        raise refused(f"should be a table, but is {shown(table)}")
    for each in ("host", "port"):
        if each not in table:
            raise refused(f"has no {each}")
    host, port, tags = table["host"], table["port"], table.get("tags", [])
    try:
        Peer(host, port)
    except SettingsError as error:
        raise refused(str(error)) from error
    if not isinstance(tags, list) or not all(isinstance(tag, str) and tag.strip() for tag in tags):
        raise refused(f"tags should be a list of texts, but is {shown(tags)}")
    settings = {each: value for each, value in table.items() if each not in ADDRESS}
    return Node(path, name, host, port, tuple(dict.fromkeys(tags)), settings)

"""`nodes.toml`: nodes by name, each with its address, its tags, and what options it wants.

    [nodes.pacs]
    host = "pacs.example.org"
    port = 104
    call = "PACS"
    tags = ["archive"]
    do-not-probe = "it stops at associations that it does not know"

All other keys are settings, whose meaning and types the command line knows.
"""

import os
import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, NamedTuple

from dcmtool.config import places, text_file
from dcmtool.config.toml_text import (
    MAX_BYTES,
    key,
    load,
    load_if_there,
    near_to,
    shown,
    table_of,
    table_text,
    tables_of,
)
from dcmtool.errors import InputFileError, SettingsError, UnknownNode
from dcmtool.settings import Peer
from dcmtool.text import bare_host

REASON = "do-not-probe"
ADDRESS = ("host", "port", "tags", REASON)  # the keys that are no settings


class Node(NamedTuple):
    """A node of a file, with its settings as they stand there.

    `do_not_probe` is why nobody is to associate with it unless told to all the same, empty where one may.
    """

    path: str
    name: str
    host: str
    port: int
    tags: tuple[str, ...] = ()
    settings: Mapping[str, Any] = {}
    do_not_probe: str = ""

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
        others: dict[str, Any] = {"tags": self.tags} if self.tags else {}
        if self.do_not_probe:
            others[REASON] = self.do_not_probe
        return table_text(self.table, {"host": self.host, "port": self.port, **self.settings, **others})


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
    used, tables = load_tables(path)
    return NodeFile(used, None if tables is None else table_of(used, tables, "nodes", ("nodes",)))


def load_tables(path: str | None, *, to_add: bool = False) -> tuple[str, dict[str, Any] | None]:
    """Return the name of the same file and all that is in it, None where there is none.

    One that is read `to_add` a node need not exist. Raises `InputFileError` for a file that cannot be read,
    or that is no TOML.
    """
    used, is_named = _place(path)
    if used is None:
        return NO_HOME, None
    return used, load(used, _KIND) if is_named and not to_add else load_if_there(used, _KIND)


def _place(path: str | None) -> tuple[str | None, bool]:
    """Return the path of the node file, None without a home folder, and whether somebody named the file."""
    return path or places.node_file(), bool(path or os.environ.get(places.NODES))


_KIND = "node file"
NO_HOME = "nodes.toml, for want of a home folder"


def made(path: str, name: str, table: object) -> Node:
    """Return the node that a table describes. Raises `InputFileError` where it does not describe one."""
    for field, problem in faults(name, table):
        raise refused(path, name, problem, field)
    assert isinstance(table, dict)
    settings = {each: value for each, value in table.items() if each not in ADDRESS}
    tags = tuple(dict.fromkeys(table.get("tags", ())))
    return Node(path, name, table["host"], table["port"], tags, settings, table.get(REASON, ""))


def refused(path: str, name: str, problem: str, field: str = "") -> InputFileError:
    """Return the error for a node of a file, or for one field of it."""
    from dcmtool.config.toml_lines import line_of  # which only what is refused needs

    table = f"nodes.{key(name)}"
    return InputFileError(path, f"[{table}] {problem}").located(partial(line_of, path, table, field))


def faults(name: str, table: object) -> Iterator[tuple[str, str]]:
    """Yield why a table describes no node: the key that is wrong, empty for the whole, and what is wrong."""
    if not name or name[0] in "-+@" or not name.isprintable():
        yield "", "is no name of a node: it must be printable and not begin with -, + or @"
    if not isinstance(table, dict):
        yield "", f"should be a table, but is {shown(table)}"
        return
    yield from _address_faults(table)
    tags, reason = table.get("tags", []), table.get(REASON, "")
    if not isinstance(tags, list) or not all(isinstance(tag, str) and tag.strip() for tag in tags):
        yield "tags", f"tags should be a list of texts, but is {shown(tags)}"
    if not isinstance(reason, str) or (REASON in table and not reason.strip()):
        yield REASON, f"{REASON} should be the reason, a text, but is {shown(reason)}"


# What the text of a file with a reason has in it, however the key is written.
_MAY_HAVE_REASON = re.compile(rb"do-not-probe|\\[uU]")


def _address_faults(table: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    both = "host" in table and "port" in table
    if both and not _problem(table["host"], table["port"]):
        return  # as of all but a few: what is wrong is found one by one
    if problem := _problem(table["host"], _ANY["port"]) if "host" in table else "has no host":
        yield "host", problem
    if problem := _problem(_ANY["host"], table["port"]) if "port" in table else "has no port":
        yield "port", problem


_ANY: Mapping[str, Any] = {"host": "localhost", "port": 1}


def _problem(host: Any, port: Any) -> str:
    try:
        Peer(host, port)
    except SettingsError as error:
        return str(error)
    return ""


def not_to_be_probed(path: str | None, host: str, port: int) -> Node | None:
    """Return the node of a file at this host and port that is not to be probed, None where there is none.

    A file without any reason not to probe is not even parsed, and no other entry has to be right: a mistake
    there is none of the caller's. Raises what `read` does.
    """
    used, is_named = _place(path)
    if used is None:
        return None
    raw = (text_file.read if is_named else text_file.read_if_there)(used, MAX_BYTES, _KIND)
    if raw is None or not _MAY_HAVE_REASON.search(raw):
        return None
    tables = table_of(used, tables_of(used, raw), "nodes", ("nodes",))
    wanted = one_host(host), port
    for name, table in tables.items():
        if isinstance(table, dict) and REASON in table:
            node = made(used, name, table)
            if (one_host(node.host), node.port) == wanted:
                return node
    return None


def one_host(host: str) -> str:
    """Return a host in the one way for all that it can be written in."""
    bare = bare_host(host).lower()
    if ":" in bare:
        from ipaddress import ip_address

        try:
            return str(ip_address(bare))
        except ValueError:
            return bare
    return bare.removesuffix(".")

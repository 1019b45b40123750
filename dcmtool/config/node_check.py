"""What is wrong with the nodes of a file, all of it: each by itself, then each beside the others."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Literal, NamedTuple

from dcmtool.config import nodes as node_files
from dcmtool.config.nodes import Node
from dcmtool.config.toml_text import key, shown, unknown
from dcmtool.errors import SettingsError
from dcmtool.settings import check_ae_title
from dcmtool.text import bare_host, brief, is_ipv4

Kind = Literal["error", "remark"]
Faults = Iterable[tuple[str, str]]  # keys, each with what is wrong there
OfSettings = Callable[[Node], Faults]

TITLES = {"call": "called AE title", "aetitle": "calling AE title"}
_LONGEST_NAME, _LONGEST_LABEL = 253, 63  # characters of a host name and of its parts (RFC 1035 2.3.4)
_NO_NAME = re.compile(r"[^\w.-]")


class NodeProblem(NamedTuple):
    """Something about a node file: an error, or a remark on what may well be meant; `line` counts from 1."""

    kind: Kind
    file: str
    table: str
    field: str
    problem: str
    line: int | None = None


def problems(path: str, tables: Mapping[str, Any], of_settings: OfSettings) -> Iterator[NodeProblem]:
    """Yield all that is wrong with a node file, in its order; `of_settings` says it of a node's settings."""
    return placed(path, _problems(path, tables, of_settings))


def placed(path: str, found: Iterable[NodeProblem]) -> Iterator[NodeProblem]:
    """Yield problems with the lines of the file that they are on."""
    from dcmtool.config.toml_lines import lines, names_of, nearest  # which only what is wrong needs

    known = None
    for each in found:
        if each.table:
            known = lines(path) if known is None else known
            each = each._replace(line=nearest(known, names_of(each.table, each.field)))
        yield each


def _problems(path: str, tables: Mapping[str, Any], of_settings: OfSettings) -> Iterator[NodeProblem]:
    for name in tables:
        if name != "nodes":
            yield NodeProblem("error", path, key(name), "", unknown(name, ("nodes",)))
    entries = tables.get("nodes", {})
    if not isinstance(entries, dict):
        yield NodeProblem("error", path, "nodes", "", f"should be a table, but is {shown(entries)}")
        return
    others = Others()
    for name, entry in entries.items():
        table = f"nodes.{key(name)}"
        for kind, field, problem in _of_entry(path, name, entry, of_settings, others):
            yield NodeProblem(kind, path, table, field, problem)


def _of_entry(
    path: str, name: str, entry: object, of_settings: OfSettings, others: "Others"
) -> Iterator[tuple[Kind, str, str]]:
    faults = dict(node_files.faults(name, entry))
    known: dict[str, Any] = entry if isinstance(entry, dict) else {}
    settings = {each: value for each, value in known.items() if each not in node_files.ADDRESS}
    node = Node(path, name, str(known.get("host", "")), 1, (), settings)
    for field, problem in (*faults.items(), *of_settings(node)):
        yield "error", field, problem
    for field, problem in impossible(node):
        if field not in faults:
            yield "error", field, problem
    if not faults:
        for kind, field, problem in others.beside(node_files.made(path, name, entry)):
            yield kind, field, problem


def impossible(node: Node) -> Iterator[tuple[str, str]]:
    """Yield the titles and the host of a node that no association can be made with."""
    for field, words in TITLES.items():
        title = node.settings.get(field)
        if isinstance(title, str):
            try:
                check_ae_title(words, title)
            except SettingsError as error:
                yield field, str(error)
    if problem := no_host(node.host):
        yield "host", f"host '{brief(node.host)}' {problem}"


def no_host(host: str) -> str:
    """Return what is wrong with a host that no name service and no network can know, or nothing."""
    if is_ipv4(host):
        return ""
    bare = bare_host(host)
    if ":" in bare:
        return "" if _is_address(bare.partition("%")[0]) else "is no IPv6 address"
    if found := _NO_NAME.search(bare):
        return f"has {_in_words(found[0])} in it, as no name and no address has"
    name = bare.removesuffix(".")
    if len(name) > _LONGEST_NAME:
        return f"has {len(name)} characters: a name has at most {_LONGEST_NAME} (RFC 1035 2.3.4)"
    labels = name.split(".")
    if not all(labels):
        return "has two dots beside each other, or one that begins it"
    if max(map(len, labels)) > _LONGEST_LABEL:
        return f"has a part of more than {_LONGEST_LABEL} characters (RFC 1035 2.3.4)"
    if not name.isascii():
        try:
            name.encode("idna")
        except UnicodeError:
            return "is not a valid host name"
    return ""


def _in_words(char: str) -> str:
    return "a blank" if char.isspace() else brief(char)


def _is_address(text: str) -> bool:
    from ipaddress import ip_address

    try:
        ip_address(text)
    except ValueError:
        return False
    return True


class Others:
    """The nodes that have been seen so far, by what two of them may have in common."""

    def __init__(self) -> None:
        self._nodes: dict[tuple[object, ...], Node] = {}  # by place and title
        self._places: dict[tuple[str, int], Node] = {}
        self._titles: dict[str, Node] = {}
        self._folded: dict[str, Node] = {}

    def beside(self, node: Node) -> Iterator[tuple[Kind, str, str]]:
        """Yield what a node has in common with those before, each with how bad that is and the key."""
        title, place = title_of(node), (node_files.one_host(node.host), node.port)
        same = self._nodes.setdefault((place, title), node)
        there = self._places.setdefault(place, node)
        if same is not node:
            yield _twice(node, same)
        elif there is not node and title_of(there).casefold() != title.casefold():
            yield "remark", "port", f"host and port are those of {there.name}, which has another title"
        if not title:
            return
        first = self._titles.setdefault(title, node)
        alike = self._folded.setdefault(title.casefold(), node)
        if title_of(alike) != title:
            titles = f"{brief(title)} and {brief(title_of(alike))}"
            yield "remark", "call", f"the title differs from that of {alike.name} in case only: {titles}"
        elif first is not node and (node_files.one_host(first.host), first.port) != place:
            yield "remark", "call", f"the title is that of {first.name} too, which is somewhere else"


def _twice(node: Node, same: Node) -> tuple[Kind, str, str]:
    if node.settings.get("aetitle") != same.settings.get("aetitle"):
        return "remark", "aetitle", f"nothing but the title that calls tells it from {same.name}"
    return "error", "host", f"it is the same node as {same.name}: host, port and title are the same"


def title_of(node: Node) -> str:
    """Return the title that a node is called by, empty where it says none; blanks around it do not count."""
    title = node.settings.get("call")
    return title.strip(" ") if isinstance(title, str) else ""

"""What an exporter probes, and how: the modules and the node file, both as they were when they were read."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import chain
from textwrap import indent

from dcmtool.config import nodes
from dcmtool.config.nodes import Node, NodeFile
from dcmtool.errors import InputFileError, SettingsError, UnknownNode
from dcmtool.exporter import modules
from dcmtool.exporter.modules import Module, as_yaml
from dcmtool.exporter.refusal import BAD_REQUEST, FAILED, FORBIDDEN, RequestRefused
from dcmtool.fields import Frozen
from dcmtool.fleet.target import Target
from dcmtool.named_tuple import NamedTuple
from dcmtool.options.address import PORT, address_of
from dcmtool.options.exporter import PROBE
from dcmtool.options.named import overlaid
from dcmtool.options.requests import Warn
from dcmtool.options.roster import Roster
from dcmtool.options.tls_requests import check_files
from dcmtool.options.values import UsageError, Values
from dcmtool.text import brief

# Scrapes that are kept beside one of each node, since they come again and again; clients choose their words.
_MORE_KEPT = 1000
LONGEST_TARGET = 300  # characters: a host name has 253, a title 16, a port 5
_MARKS = frozenset("@:[")  # what an address in one word has, and no name of a node needs


class Chosen(NamedTuple):
    """What a scrape asks for: the target and the module; `is_node` where the node file vouches for it."""

    target: Target
    module: Module
    is_node: bool


class Scrape(Frozen):
    """The words of a scrape: the target, its module, and titles in place of those that it has."""

    target: str
    module: str = modules.BUILT_IN
    called: str | None = None
    calling: str | None = None


class Configuration:
    """Modules and nodes, checked as a whole: whatever they name has been read once.

    Raises:
        InputFileError: a file cannot be used.
        TlsSettingsError: TLS settings do not work together.
    """

    def __init__(self, config_file: str | None, node_file: str | None, warn: Warn | None = None) -> None:
        self.modules: Mapping[str, Module] = modules.load(config_file)
        self.file: NodeFile = nodes.read(node_file)
        self._rosters = {name: _roster(module, self.file, warn) for name, module in self.modules.items()}
        self._at: dict[tuple[str, int], tuple[Node, ...]] = {}
        for node in self.file.all():
            key = nodes.one_host(node.host), node.port
            self._at[key] = (*self._at.get(key, ()), node)
        for roster in self._rosters.values():
            _check(roster, self.file.all())
        self._kept = lru_cache(_MORE_KEPT + len(self.file.names))(self._chosen)

    def chosen(self, asked: Scrape, *, takes_others: bool) -> Chosen:
        """Return what a scrape asks for; what no node of the file is, only if it `takes_others`.

        Raises:
            RequestRefused: there is no such module, node or target, or it is not to be probed.
        """
        return self._kept(asked, takes_others)

    def _chosen(self, asked: Scrape, takes_others: bool) -> Chosen:
        word = asked.target
        if not word:
            raise RequestRefused(
                BAD_REQUEST, "the parameter target is missing: [CALLED@]HOST[:PORT], or the name of a node"
            )
        if len(word) > LONGEST_TARGET:
            raise RequestRefused(BAD_REQUEST, f"the target has {len(word)} characters, as no target has")
        if asked.module not in self.modules:
            known = ", ".join(self.modules)
            raise RequestRefused(BAD_REQUEST, f"unknown module '{brief(asked.module)}': there is {known}")
        target, is_node = self._target(word, self._rosters[asked.module], takes_others=takes_others)
        target = _titled(target, asked.called, asked.calling)
        if target.do_not_probe:
            raise RequestRefused(
                FORBIDDEN, f"{brief(target.name)} is not to be probed: {brief(target.do_not_probe)}"
            )
        return Chosen(target, self.modules[asked.module], is_node)

    def forbids(self, address: str, port: int) -> Node | None:
        """Return the node at this address and port that is not to be probed, if there is one."""
        there = self._at.get((nodes.one_host(address), port), ())
        return next((node for node in there if node.do_not_probe), None)

    def text(self) -> str:
        """Return the modules as YAML; a secret can stand in none of them."""
        names = (f"  {as_yaml(name).splitlines()[0]}:\n" for name in self.modules)
        tables = (indent(module.text, "    ") for module in self.modules.values())
        return "modules:\n" + "".join(chain.from_iterable(zip(names, tables, strict=True)))

    def _target(self, word: str, roster: Roster, *, takes_others: bool) -> tuple[Target, bool]:
        if self.file.tables is None or word not in self.file.tables:
            address = address_of(word)
            if node := self._node_at(address.host, address.port, address.called):
                found = _target_of(roster, node)
                return _titled(found, address.called)._replace(name=word), True
            if not takes_others and _MARKS.isdisjoint(word):
                raise RequestRefused(BAD_REQUEST, str(self._unknown(word)))
        try:
            found = roster.of_word(word)
        except UsageError as error:
            raise RequestRefused(BAD_REQUEST, str(error)) from error
        except InputFileError as error:
            raise RequestRefused(FAILED, str(error)) from error
        is_node = self.file.tables is not None and word in self.file.tables
        if not is_node and not takes_others:
            raise RequestRefused(
                FORBIDDEN,
                f"'{brief(word)}' is no node of {brief(self.file.path)}, and nothing else is allowed here",
            )
        return found, is_node

    def _node_at(self, host: str, port: str | None, called: str | None) -> Node | None:
        """Return the node of the file at an address: of several, the one that is called so."""
        if port is not None and not (port.isascii() and port.isdigit() and len(port) <= 5):
            return None
        found = self._at.get((nodes.one_host(host), PORT if port is None else int(port)), ())
        fitting = [node for node in found if called is not None and node.settings.get("call") == called]
        return next(iter([*fitting, *found]), None)

    def _unknown(self, name: str) -> UnknownNode:
        try:
            self.file.node(name)
        except UnknownNode as error:
            return error
        raise AssertionError("it was looked for before")


def _roster(module: Module, file: NodeFile, warn: Warn | None) -> Roster:
    return Roster(PROBE, Values(PROBE.options), file, module.defaults, warn=warn)


def _check(roster: Roster, all_nodes: Iterable[Node]) -> None:
    """Make every target once, and read the files of their TLS settings."""
    from dcmtool.tls.contexts import prepare

    try:
        roster.of_word("localhost:104")
        for node in all_nodes:
            roster.of_node(node)
    except UsageError as error:  # of the environment, which a module may name
        raise SettingsError("module", "", str(error)) from error
    check_files(roster.secured, prepare)


def _target_of(roster: Roster, node: Node) -> Target:
    try:
        return roster.of_node(node)
    except InputFileError as error:  # which was in order when it was read
        raise RequestRefused(FAILED, str(error)) from error


def _titled(target: Target, called: str | None = None, calling: str | None = None) -> Target:
    """Return a target with other titles. Raises `RequestRefused` where they cannot be any."""
    given = {"called_aet": called, "calling_aet": calling}
    titles = {name: title for name, title in given.items() if title is not None}
    try:
        request = overlaid(target.request, titles)
    except SettingsError as error:
        raise RequestRefused(BAD_REQUEST, error.fact) from error
    return target._replace(request=request)

"""The nodes of `states` and `shared`, all running, and the node file that has them.

with running(folder) as many:
    main(["sweep", "--nodes", many.file, "--all"])
many.nodes      # what each is, what it must come to, and what was opened there
many.missing    # why nodes of a group are not there: the program that is not installed
"""

import contextlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from dcmtool.config import nodes as node_file
from dcmtool.options.echo import ECHO
from dcmtool.options.kinds import Number
from tests.fleet import shared, states
from tests.fleet.states import State
from tests.setups import catalogue
from tests.setups.door import Visit
from tests.setups.setup import Node, Setup

AT_ONCE = 16  # that are started; most of the time they wait for a process
_OPTIONS = {spelling: option for option in ECHO.options for spelling in option.spellings}


class RealNode(NamedTuple):
    """A node that runs: its name, what group it is of, its state, and how it is called."""

    name: str
    group: str
    state: State
    node: Node
    do_not_probe: str = ""

    @property
    def visits(self) -> Sequence[Visit] | None:
        """What was opened at it so far; None where nothing looks."""
        return self.node.visits

    def text(self, file: str) -> str:
        """Return its entry in a node file."""
        settings = settings_of(self.node.options)
        where = self.node.host, self.node.port
        return node_file.Node(file, self.name, *where, (self.group,), settings, self.do_not_probe).text()


class ManyNodes(NamedTuple):
    """The nodes that run, the file that has them, and of each group why some are missing."""

    nodes: Sequence[RealNode]
    file: str
    missing: Mapping[str, Sequence[str]]

    def of(self, group: str) -> list[RealNode]:
        """Return the nodes of a group."""
        return [each for each in self.nodes if each.group == group]


class Source(NamedTuple):
    """What starts some nodes of a group in a folder."""

    group: str
    start: Callable[[Path], AbstractContextManager[list[RealNode]]]


def settings_of(options: Sequence[str]) -> dict[str, Any]:
    """Return what a node's entry has in place of these options of `echo`."""
    settings: dict[str, Any] = {}
    words = iter(options)
    for word in words:
        option = _OPTIONS[word]
        values = [next(words) for _ in range(option.arity)]
        if option.word:
            settings[option.word[0]] = option.word[1]
        elif option.multiple or option.arity > 1:
            settings.setdefault(option.key, []).extend(values)
        elif option.arity:
            settings[option.key] = int(values[0]) if isinstance(option.kind, Number) else values[0]
        else:
            settings[option.key] = True
    return settings


@contextlib.contextmanager
def _of_setup(setup: Setup, group: str, state: State, folder: Path) -> Iterator[list[RealNode]]:
    with setup.start(folder) as node:
        yield [RealNode(setup.name, group, state, node)]


@contextlib.contextmanager
def _of_server(
    group: str, server: shared.Shared, files: Mapping[str, str], folder: Path
) -> Iterator[list[RealNode]]:
    with server.run(folder) as port:
        number, nodes = 0, []
        for some in server.nodes:
            given = tuple(files.get(word, word) for word in some.options)
            for _ in range(some.number):
                number += 1
                title = (some.varies, f"NODE-{number}") if some.varies else ()
                node = Node(port, (*given, *title), some.host.format(number))
                nodes.append(RealNode(f"{group}, {number}", group, some.state, node, some.do_not_probe))
        yield nodes


def _sources(files: Mapping[str, str]) -> Iterator[Source]:
    kinds = {setup.name: kind for kind, setups in catalogue.KINDS.items() for setup in setups}
    for state, names in states.SETUPS.items():
        for name in names:
            yield Source(kinds[name], partial(_of_setup, catalogue.SETUPS[name], kinds[name], state))
    for group, server in shared.SHARED.items():
        yield Source(group, partial(_of_server, group, server, files))


GROUPS = tuple(dict.fromkeys(source.group for source in _sources({})))


@contextlib.contextmanager
def running(folder: Path) -> Iterator[ManyNodes]:
    """Start all that can be, several at once, and end them."""
    missing: dict[str, list[str]] = defaultdict(list)
    file = folder / "nodes.toml"

    def started(number: int, source: Source) -> list[RealNode]:
        own = folder / str(number)
        own.mkdir()
        try:
            return stack.enter_context(source.start(own))
        except pytest.skip.Exception as skipped:
            missing[source.group].append(str(skipped))
            return []

    sources = list(_sources(shared.files(folder)))  # which makes the certificates, before any thread does
    with contextlib.ExitStack() as stack, ThreadPoolExecutor(AT_ONCE) as pool:
        nodes = [node for some in pool.map(started, range(len(sources)), sources) for node in some]
        file.write_text("\n".join(node.text(str(file)) for node in nodes), encoding="utf-8")
        yield ManyNodes(nodes, str(file), missing)

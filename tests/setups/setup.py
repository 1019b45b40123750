"""What a set-up is: how it is started, what its caller is given, what is on the wire, what must be found.

    with SETUPS["pynetdicom, called title"].start(folder) as node:
        main(["diagnose", *node.options, node.host, str(node.port)])
    node.visits     # what was opened there

A new one is an entry in the tuple of its kind (`healthy`, `connections`, `protocols`, `tls`, `certificates`,
`titles`, `answers`, `echoes`, `times`, `namespaces`); `catalogue` has them all.
"""

import functools
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Concatenate, ParamSpec

from tests.peers.scripted import Step
from tests.setups.door import Player, Tap, Visit
from tests.setups.servers import Server

HOST = "127.0.0.1"
# Where a caller waits for what never comes, each of its budgets of time alone (seconds).
CONNECT, ACSE, DIMSE = ("-to", "1"), ("-ta", "1"), ("-td", "1")
FOUR = 4  # the association that is diagnosed, and three more that must agree with it


@dataclass(frozen=True)
class Node:
    """A running set-up as its caller sees it, and what was opened there so far."""

    port: int
    options: tuple[str, ...] = ()  # of the caller: titles, budgets of time, TLS
    host: str = HOST
    visits: Sequence[Visit] | None = None  # None: nothing can look, where the kernel answers
    diagnosis: tuple[str, ...] = ()  # options of `diagnose` alone
    program: tuple[str, ...] = ()  # what goes before the caller's command: the way into a namespace


Start = Callable[[Path], AbstractContextManager[Node]]
Findings = tuple[str, ...]
P = ParamSpec("P")


@dataclass(frozen=True)
class Setup:
    """One set-up; `findings` are the identifiers that fit it, more than one where the wire cannot decide.

    Any of them may come first, and the others are then alternatives. `wire` is what the first connection
    gets, as `Visit.outcome` has it; None where that is not what is wrong, or not to be seen. `code` is the
    exit code of `dcmtool echo`, None if the moment decides it. `most` is how many connections a diagnosis
    may open.
    """

    name: str
    start: Start
    findings: Findings
    wire: str | None
    code: int | None
    most: int = 2


def start(function: Callable[Concatenate[Path, P], Iterator[Node]]) -> Callable[P, Start]:
    """Make a generator function of a folder and more into one of the rest that gives a `Start`."""
    manager = contextmanager(function)

    @functools.wraps(function)
    def with_parameters(*args: P.args, **kwargs: P.kwargs) -> Start:
        return lambda folder: manager(folder, *args, **kwargs)

    return with_parameters


@start
def played(_folder: Path, *scripts: Sequence[Step], options: tuple[str, ...] = ()) -> Iterator[Node]:
    """Play the scripts, each over one connection and the last over all that follow."""
    with Player(*scripts) as door:
        yield Node(door.port, options, visits=door.visits)


@start
def tapped(
    folder: Path, run: Server, *options: str, diagnosis: tuple[str, ...] = (), host: str = HOST
) -> Iterator[Node]:
    """Run a server, and look at what comes to it."""
    with run(folder) as port, Tap(port) as door:
        yield Node(door.port, options, host, door.visits, diagnosis)

"""The set-ups of `diagnose`, captured: the first finding is that of the probe, or differs for a reason."""

import contextlib
import queue
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pytest

import dcmtool
from dcmtool.capture.connection import ObservedConnection
from tests.capture.same_as_diagnosed import NOTHING_TO_CAPTURE, expected
from tests.peers.dcmtool_scp import wait_for
from tests.peers.dumpcap import LAST_PORT, LAST_WORDS, Dumpcap, send_last
from tests.peers.programs import ROOT, environment
from tests.setups.catalogue import KINDS
from tests.setups.commands import captured
from tests.setups.setup import Node, Setup

pytestmark = [pytest.mark.interop, pytest.mark.timeout(300)]  # for all are called before the first test

AT_A_TIME = 6  # most of them wait most of the time
BUDGETS = ("-to", "-ta", "-td")  # of time, which runs out: such a caller waits
# What one association does not show: then `diagnose` is the caller, in place of `echo`.
SEVERAL = ("intermittent", "different-peers")
# What a busy machine adds, where a set-up is not about it.
OF_THE_MACHINE = ("packets-lost", "slow-accept", "slow-connect", "slow-echo")
LAST = f"""\
import socket
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
    last.sendto({LAST_WORDS!r}, ("127.0.0.1", {LAST_PORT}))
"""


class Called(NamedTuple):
    """A set-up, what captured its call, from when to when that was (ns), and what is slow there (seconds)."""

    setup: Setup
    capture: Dumpcap
    port: int
    began: int
    ended: int
    slow: float

    def found(self) -> str:
        """Return the id of what is found first in what the caller said, nothing where nothing is."""
        made = [each for each in dcmtool.explain(self.capture.path, slow=self.slow) if self._made(each)]
        assert made, self.setup.name
        passed_over = {*OF_THE_MACHINE} - {*self.setup.findings}
        for connection in sorted(made, key=lambda each: each.number):
            for each in connection.findings:
                if each.finding.id not in passed_over:
                    return each.finding.id
        return ""

    def _made(self, connection: ObservedConnection) -> bool:
        return self.began <= connection.began <= self.ended and connection.acceptor.port == self.port


class Skipped(NamedTuple):
    """A set-up that could not be called, and why."""

    setup: Setup
    reason: str


class Caller:
    """Runs commands of dcmtool in the main thread, where its signals belong, for who waits in another."""

    def __init__(self) -> None:
        self._asked: queue.SimpleQueue[tuple[list[str], Future[None]]] = queue.SimpleQueue()

    def call(self, words: list[str]) -> None:
        """Have a command run, and wait for its end."""
        done: Future[None] = Future()
        self._asked.put((words, done))
        done.result()

    def serve(self, over: Callable[[], bool]) -> None:
        """Run commands until it is over."""
        while not over():
            with contextlib.suppress(queue.Empty):
                words, done = self._asked.get(timeout=0.02)
                try:
                    captured(words)
                except BaseException as error:  # which is raised where it was asked for
                    done.set_exception(error)
                else:
                    done.set_result(None)


def call(setup: Setup, folder: Path, captures: contextlib.ExitStack, caller: Caller) -> Called:
    """Start a set-up, and call it once while that is captured."""
    folder.mkdir()
    with setup.start(folder) as node:
        words = f"tcp port {node.port} or icmp or icmp6 or (udp port {LAST_PORT} and host 127.0.0.1)"
        capture = captures.enter_context(
            contextlib.closing(Dumpcap(folder.with_suffix(".pcapng"), words, node.program))
        )
        began = time.time_ns()
        if node.program or not {*BUDGETS}.isdisjoint(node.options) or is_several(setup, node):
            program = [*node.program, sys.executable, "-m", "dcmtool", *command(setup, node)]
            subprocess.run(program, cwd=ROOT, env=environment(), capture_output=True, check=False)
        else:
            caller.call(command(setup, node))
        if node.program:  # the namespace ends with the set-up, and so does what is open in it
            subprocess.run([*node.program, sys.executable, "-c", LAST], check=True)
            wait_for(lambda: capture.has_seen(LAST_WORDS))
            capture.close()
        ended = time.time_ns()
    slow = float(node.diagnosis[node.diagnosis.index("--slow") + 1]) if "--slow" in node.diagnosis else 2.0
    return Called(setup, capture, node.port, began, ended, slow)


def is_several(setup: Setup, node: Node) -> bool:
    """Return whether it takes several associations to see what is wrong."""
    return "--try" in node.diagnosis or not {*SEVERAL}.isdisjoint(setup.findings)


def command(setup: Setup, node: Node) -> list[str]:
    """Return the caller's command."""
    caller = ["diagnose", *node.diagnosis] if is_several(setup, node) else ["echo"]
    return [*caller, "--output", "json", *node.options, node.host, str(node.port)]


@pytest.fixture(scope="module")
def all_called(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Called | Skipped]]:
    """All set-ups, called some at a time; while one waits others are started, of whatever kind."""
    setups = [each for kind in KINDS.values() for each in kind if each.name not in NOTHING_TO_CAPTURE]
    root = tmp_path_factory.mktemp("captured")
    folders = [root / str(number) for number in range(len(setups))]
    caller = Caller()
    with contextlib.ExitStack() as captures, ThreadPoolExecutor(AT_A_TIME) as pool:
        how = partial(call, captures=captures, caller=caller)
        calls = [pool.submit(how, setup, folder) for setup, folder in zip(setups, folders, strict=True)]
        caller.serve(lambda: all(each.done() for each in calls))
        results = [result(setup, each) for setup, each in zip(setups, calls, strict=True)]
        done = [each for each in results if isinstance(each, Called)]
        captures.callback(stop, done)  # before any is waited for
        send_last("127.0.0.1")
        wait_for(lambda: all(each.capture.has_seen(LAST_WORDS) for each in done))
        yield results


def result(setup: Setup, made: Future[Called]) -> Called | Skipped:
    """Return what was called, or why it cannot be, where a program is not there."""
    try:
        return made.result()
    except pytest.skip.Exception as skipped:
        return Skipped(setup, str(skipped))


def stop(all_called: Iterable[Called]) -> None:
    """Have all captures end at the same time."""
    for each in all_called:
        each.capture.stop()


def unexpected(all_called: Iterable[Called]) -> dict[str, str]:
    """Return the set-ups of which something else is found than should be, with that."""
    found = {each.setup: each.found() for each in all_called}
    return {
        setup.name: first
        for setup, first in found.items()
        if not (first in expected(setup) if expected(setup) else not first)
    }


@pytest.mark.parametrize("kind", KINDS)
def test_the_first_finding(kind: str, all_called: list[Called | Skipped]) -> None:
    of_kind = [each for each in all_called if each.setup in KINDS[kind]]
    assert unexpected(each for each in of_kind if isinstance(each, Called)) == {}
    for each in of_kind:
        if isinstance(each, Skipped):
            pytest.skip(f"{each.setup.name}: {each.reason}")


def test_what_is_not_captured_is_in_namespaces() -> None:
    assert {*NOTHING_TO_CAPTURE} < {setup.name for setup in KINDS["namespaces"]}

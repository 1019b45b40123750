"""The set-ups of `diagnose`, captured: the first finding is that of the probe, or differs for a reason."""

import contextlib
import queue
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
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

pytestmark = pytest.mark.interop

AT_A_TIME = 4
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


def call(
    setup: Setup, folder: Path, captures: contextlib.ExitStack, caller: Caller, *, inside: bool = False
) -> Called:
    """Start a set-up, and call it once while that is captured."""
    folder.mkdir()
    with setup.start(folder) as node:
        words = f"tcp port {node.port} or icmp or icmp6 or (udp port {LAST_PORT} and host 127.0.0.1)"
        capture = captures.enter_context(
            contextlib.closing(Dumpcap(folder.with_suffix(".pcapng"), words, node.program))
        )
        began = time.time_ns()
        if inside:  # the namespace ends with the set-up, and so does what is open in it
            words_inside = [*node.program, sys.executable, "-m", "dcmtool", *command(setup, node)]
            subprocess.run(words_inside, cwd=ROOT, env=environment(), capture_output=True, check=False)
            subprocess.run([*node.program, sys.executable, "-c", LAST], check=True)
            wait_for(lambda: capture.has_seen(LAST_WORDS))
            capture.close()
        else:
            caller.call(command(setup, node))
        ended = time.time_ns()
    slow = float(node.diagnosis[node.diagnosis.index("--slow") + 1]) if "--slow" in node.diagnosis else 2.0
    return Called(setup, capture, node.port, began, ended, slow)


def command(setup: Setup, node: Node) -> list[str]:
    """Return the caller's command."""
    several = "--try" in node.diagnosis or not {*SEVERAL}.isdisjoint(setup.findings)
    caller = ["diagnose", *node.diagnosis] if several else ["echo"]
    return [*caller, "--output", "json", *node.options, node.host, str(node.port)]


@contextlib.contextmanager
def called(setups: Sequence[Setup], folder: Path, *, inside: bool = False) -> Iterator[list[Called]]:
    """Call set-ups, some at a time."""
    folders = [folder / str(number) for number in range(len(setups))]
    caller = Caller()
    with contextlib.ExitStack() as captures, ThreadPoolExecutor(AT_A_TIME) as pool:
        how = partial(call, captures=captures, caller=caller, inside=inside)
        calls = [pool.submit(how, setup, folder) for setup, folder in zip(setups, folders, strict=True)]
        caller.serve(lambda: all(each.done() for each in calls))
        yield [each.result() for each in calls]


def unexpected(all_called: Iterable[Called]) -> dict[str, str]:
    """Return the set-ups of which something else is found than should be, with that."""
    found = {each.setup: each.found() for each in all_called}
    return {
        setup.name: first
        for setup, first in found.items()
        if not (first in expected(setup) if expected(setup) else not first)
    }


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "namespaces"])
def test_the_first_finding(kind: str, tmp_path: Path) -> None:
    with called(KINDS[kind], tmp_path) as all_called:
        send_last("127.0.0.1")
        wait_for(lambda: all(each.capture.has_seen(LAST_WORDS) for each in all_called))
        assert unexpected(all_called) == {}


def test_the_first_finding_in_namespaces(tmp_path: Path) -> None:
    setups = [setup for setup in KINDS["namespaces"] if setup.name not in NOTHING_TO_CAPTURE]
    with called(setups, tmp_path, inside=True) as all_called:
        assert unexpected(all_called) == {}
    assert {*NOTHING_TO_CAPTURE} | {setup.name for setup in setups} == {
        each.name for each in KINDS["namespaces"]
    }

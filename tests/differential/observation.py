"""One run of either program against a peer of its own: what is seen of it."""

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from subprocess import CompletedProcess
from typing import Protocol

from tests.differential.lines import Line
from tests.peers.programs import refusing_port
from tests.peers.scripted import ScriptedPeer
from tests.peers.wire import Pdu

ODD_WARNING = "W: ASSOC: PDV receive length "  # echoscu lowers an odd -pdu and says so


class Runner(Protocol):
    """What runs a program to its end."""

    def __call__(self, *args: str, timeout: float = ...) -> CompletedProcess[str]:
        """Run it with these arguments."""


@dataclass(frozen=True)
class Observation:
    """What came out of a run: exit code, output, and what the peer was sent."""

    code: int
    stdout: str
    talk: tuple[str, ...]
    pdus: tuple[Pdu, ...]
    connected: bool
    stderr: str


def observe(run: Runner, line: Line, folder: Path) -> Observation:
    """Run the program with this line against a peer that behaves as the line wants."""
    folder.mkdir()
    with _peer(line) as (port, peer):
        filled = {"{port}": str(port), "{dir}": str(folder)}
        for name, content in line.files:
            (folder / name).write_bytes(_fill(content, filled).encode())
        ended = run(*(_fill(token, filled) for token in line.argv), timeout=40)
    pdus = tuple(peer.pdus) if peer else ()
    talk = tuple(_talk(ended.stderr, port))
    return Observation(
        ended.returncode, ended.stdout, talk, pdus, bool(peer and peer.connected), ended.stderr
    )


@contextlib.contextmanager
def _peer(line: Line) -> Iterator[tuple[int, ScriptedPeer | None]]:
    if line.behaviour.script is None:
        with refusing_port() as port:
            yield port, None
    else:
        with ScriptedPeer(*line.behaviour.script) as peer:
            yield peer.port, peer


def _fill(text: str, filled: dict[str, str]) -> str:
    for placeholder, value in filled.items():
        text = text.replace(placeholder, value)
    return text


def _talk(stderr: str, port: int) -> Iterator[str]:
    """Yield the lines of F, E, W and I, without what is bound to differ: port, program name."""
    for line in stderr.splitlines():
        if re.match("[FEWI]: ", line) and not line.startswith(ODD_WARNING):
            calling = re.sub(r"^I: calling '.*?' with", "I: calling 'PROGRAM' with", line)
            yield re.sub(rf"'(\+?){port}'", r"'\1PORT'", calling)

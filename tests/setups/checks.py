"""What must be true of `diagnose` and `echo` at every set-up: the finding, the evidence, what was opened."""

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from dcmtool.diagnosis.rules import alternatives_of
from tests.peers import wire
from tests.peers.programs import environment
from tests.reporting.documents import read
from tests.setups.commands import captured
from tests.setups.door import Visit
from tests.setups.setup import Node, Setup

Object = dict[str, Any]
LOOK = 1  # handshake more, where the certificate was refused: what the chain was is not told by the first
NAMES = "diagnosis", "echo"  # of the schemas of the two commands


class Run(NamedTuple):
    """A command that has run: its exit code, the JSON that it wrote, and what it opened at the node."""

    code: int
    document: Object
    visits: Sequence[Visit]


def check(setup: Setup, folder: Path) -> None:
    """Start a set-up, diagnose it, echo to it, and check all that must be true."""
    with setup.start(folder) as node:
        diagnosis, echo = run(node)
    first, *others = diagnosis.document["findings"]
    check_finding(setup, first)
    for finding in (first, *others):
        assert finding["evidence"], finding
        assert not (finding["certainty"] == "certain" and finding["alternatives"]), finding
    assert (diagnosis.code, len(others)) == (0, 0) if first["id"] == "in-order" else diagnosis.code == 3
    assert len(diagnosis.visits) <= setup.most
    assert len(echo.visits) <= 1 + LOOK
    for visit in (*diagnosis.visits, *echo.visits):
        check_visit(visit)
    if setup.wire is not None:
        assert diagnosis.visits[0].outcome == setup.wire
    assert setup.code in (None, echo.code), echo.document
    check_agreement(
        echo.document, first, diagnosis.document["peer"]["source"], tried="--try" in node.diagnosis
    )


def seconds_of_diagnosis(node: Node) -> float:
    """Return how long a diagnosis takes of a node that is in order."""
    begun = time.monotonic()
    code, _ = captured(["diagnose", "--json", *node.diagnosis, *node.options, node.host, str(node.port)])
    assert code == 0
    return time.monotonic() - begun


def check_finding(setup: Setup, finding: Object) -> None:
    """Check that the finding is one that fits, and that the others which fit are its alternatives."""
    assert finding["id"] in setup.findings, finding
    assert {*setup.findings} <= {finding["id"], *finding["alternatives"]}, finding


def check_agreement(echo: Object, first: Object, source: str | None, *, tried: bool) -> None:
    """Check that an echo comes to the same finding, or one that looks like it to a single association.

    Then its hint is what the diagnosis advises first of all, which knows our own address as well, unless it
    tried something that works.
    """
    name = echo["finding"]
    if name is not None:
        assert first["id"] in {name, *alternatives_of(name)}, (name, first)
        if first["id"] == name and not tried:
            hint = echo["advice"].replace("this host's address", source or "")
            assert hint == first["advice"][0].replace("this host's address", source or "")


def check_visit(visit: Visit) -> None:
    """Check that a connection was the only one, was for an association, and was left in order."""
    assert visit.beside == 0, visit
    assert not is_bare(visit), visit
    assert is_ended(visit), visit


def is_bare(visit: Visit) -> bool:
    """Whether nothing was asked for on a connection that the node left open."""
    return not (visit.hello or visit.sent.startswith(bytes([wire.ASSOCIATE_RQ])) or visit.ended)


def is_ended(visit: Visit) -> bool:
    """Whether an association that there was, or may be yet, was released or aborted by one side."""
    if not visit.sent:
        return True
    lasts = visit.outcome.split()[0] in ("AC", "silence") and not visit.ended and "ABORT" not in visit.outcome
    encrypted = visit.hello and not visit.secured
    return encrypted or not lasts or bool({wire.RELEASE_RQ, wire.ABORT} & {*visit.types})


def run(node: Node) -> tuple[Run, Run]:
    """Diagnose a node and echo to it, in this process unless it has to be done in another."""
    ends = "--output", "json", *node.options, node.host, str(node.port)
    commands = [["diagnose", *node.diagnosis, *ends], ["echo", *ends]]
    if node.program:
        words = [*node.program, sys.executable, "-W", "error", "-m", "tests.setups.commands"]
        ended = subprocess.run(
            words, input=json.dumps(commands), env=environment(), capture_output=True, text=True, check=True
        )
        diagnosis, echo = (
            Run(code, read(text, name), ())
            for name, (code, text) in zip(NAMES, json.loads(ended.stdout), strict=True)
        )
        return diagnosis, echo
    code, text = captured(commands[0])
    first = Run(code, read(text, NAMES[0]), [*(node.visits or ())])
    code, text = captured(commands[1])
    return first, Run(code, read(text, NAMES[1]), [*(node.visits or ())][len(first.visits) :])

"""Nodes that never come to an end: each costs its own slot and no more, in time and in memory."""

import json
import signal
import struct
import subprocess
import sys
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass

from tests.fleet.sweeping import COMMAND, begun, ended, words
from tests.hostile.peers import DATA, HANGING, RELEASE, RQ
from tests.hostile.processes import GROWTH
from tests.peers import wire
from tests.peers.programs import ROOT, environment
from tests.peers.scripted import Link, Step
from tests.peers.vocabulary import Accept, EchoResponse, Raw, Serve
from tests.setups.checks import check_visit
from tests.setups.door import Player

GOOD = (Accept(), Serve())


@dataclass(frozen=True)
class WithoutEnd:
    """Send these bytes again and again, for as long as anybody takes them."""

    data: bytes

    def play(self, link: Link) -> None:
        """Send until the caller has gone."""
        while True:
            link.send(self.data)


# What is sent, when; and what comes of it.
FLOODS: dict[tuple[Step, ...], tuple[str, str | None]] = {
    (WithoutEnd(b"SSH-2.0-OpenSSH_9.2\r\n" * 1000),): ("association-failed", "other-protocol"),
    (RQ, WithoutEnd(b"\xff" * 60_000)): ("association-failed", "other-protocol"),
    (RQ, Raw(struct.pack(">BxI", wire.ASSOCIATE_AC, 0xFFFFFFFF)), WithoutEnd(bytes(60_000))): (
        "association-failed",
        "malformed-answer",
    ),
    (Accept(), DATA, WithoutEnd(wire.p_data(1, bytes(16_000), wire.COMMAND))): (
        "echo-failed",
        "wrong-answer",
    ),
    (Accept(), DATA, WithoutEnd(wire.p_data(1, wire.echo_response(7)) * 1000)): (
        "echo-failed",
        "wrong-answer",
    ),
    (Accept(), EchoResponse(), RELEASE, WithoutEnd(wire.p_data(1, bytes(16_000)))): (
        "release-failed",
        "release-unanswered",
    ),
}
# The program that follows, and then the most memory that it had (KiB).
_MEASURING = """if True:
    import resource, subprocess, sys
    code = subprocess.run(sys.argv[1:]).returncode
    print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
    sys.exit(code)"""


def measured(targets: list[str], *options: str) -> tuple[Counter[tuple[str, str | None]], int]:
    """Sweep these at once, and return how often what came of them, and the most memory that it took (KiB)."""
    run = subprocess.run(
        [sys.executable, "-c", _MEASURING, *COMMAND, "-", "-o", "ndjson", "--per-host", "64", *options],
        cwd=ROOT,
        env=environment(),
        input="\n".join(targets),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    said = [json.loads(line) for line in run.stdout.splitlines()]
    return Counter((each["outcome"], each["finding"]) for each in said), int(run.stderr)


def test_floods_are_bounded() -> None:
    with ExitStack() as stack:
        good = stack.enter_context(Player(GOOD))
        floods = [stack.enter_context(Player(script)) for script in FLOODS]
        answered, least = measured(words(good, 20))
        assert answered == {("success", None): 20}
        seen, most = measured([*words(good, 20), *(word for door in floods for word in words(door, 3))])
        assert seen == Counter({("success", None): 20}) + Counter(
            {state: 3 * [*FLOODS.values()].count(state) for state in FLOODS.values()}
        )
        assert most - least < GROWTH
    assert [len(door.visits) for door in floods] == [3] * len(FLOODS)


def test_those_that_hold_it_up_cost_their_own_slots() -> None:
    """All the others are answered, and told, while these are still waited for."""
    scripts = [each.script for each in HANGING.values() if each.code == 130 and not each.options]
    with ExitStack() as stack:
        doors = [stack.enter_context(Player(script)) for script in scripts]
        good = stack.enter_context(Player(GOOD))
        targets = [*(word for door in doors for word in words(door, 1)), *(rest := words(good, 30))]
        room = str(len(doors) + 1)
        process = stack.enter_context(
            begun("-", "-o", "ndjson", *("--per-host", "64", "--concurrency", room), given=targets)
        )
        assert process.stdout is not None
        told = [json.loads(process.stdout.readline()) for _ in rest]
        assert {(each["name"], each["outcome"]) for each in told} == {(word, "success") for word in rest}
        assert ended(process, signal.SIGINT)[0] == 130
    for door in doors:
        (visit,) = door.visits
        check_visit(visit)

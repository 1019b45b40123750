"""What a sweep opens at nodes, as these count it, and that it leaves nothing open whatever ends it."""

import json
import signal
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.fleet.sweeping import HOST, begun, ended, swept, words
from tests.hostile.peers import DATA, RELEASE, RQ
from tests.peers.dcmtool_scp import ScpProcess, scp_process, wait_for
from tests.peers.scripted import Step
from tests.peers.vocabulary import Accept, EchoResponse, Silence
from tests.peers.wire import ABORT
from tests.setups.checks import check_visit, is_bare, is_ended
from tests.setups.door import Player, Tap, Visit

HELD = 4  # nodes that are in the midst of an association when the sweep is ended, at each door
# Where the peer says nothing any more, and how many PDUs it has by then.
HOLDING: dict[str, tuple[Sequence[Step], int]] = {
    "the request": ((RQ, Silence()), 1),
    "the echo": ((Accept(), DATA, Silence()), 2),
    "the release": ((Accept(), EchoResponse(), RELEASE, Silence()), 3),
}


class Counted(NamedTuple):
    """A `dcmtool scp` and the door to it."""

    scp: ScpProcess
    door: Tap

    def ends(self) -> Counter[str]:
        """Return how its connections ended, once all of them have."""
        wait_for(lambda: len(self.connections) == len(self.door.visits))
        return Counter(each["outcome"] for each in self.connections)

    @property
    def connections(self) -> list[dict[str, Any]]:
        """What it has written of those that have ended."""
        documents = self.scp.documents
        return [each["connection"] for each in documents if each["event"] == "connection"]


@contextmanager
def counted(folder: Path, *options: str) -> Iterator[Counted]:
    """Run `dcmtool scp --output ndjson` behind a door."""
    folder.mkdir(exist_ok=True)
    with (
        scp_process(folder, "--output", "ndjson", "--max-associations", "100", *options) as scp,
        Tap(scp.port) as door,
    ):
        yield Counted(scp, door)


def left_in_order(visits: Sequence[Visit]) -> None:
    """Check that each visit comes to its end in order."""
    wait_for(lambda: all(map(is_ended, visits)))
    assert not [visit for visit in visits if is_bare(visit)]


def _have_sent(visits: Sequence[Visit], pdus: int) -> bool:
    return all(len(visit.types) >= pdus for visit in visits)


def test_each_node_is_asked_once_and_never_two_of_a_host_at_a_time(tmp_path: Path) -> None:
    with counted(tmp_path) as node:
        targets = words(node.door, 20)
        other = [f"{target.replace(HOST, 'localhost')}" for target in words(node.door, 10, "M")]
        run = swept("-i4", "-", "--output", "json", given="\n".join([*targets, *other]))
        assert (run.returncode, run.stderr) == (0, "")
        assert node.ends() == {"released": 30}
        asked = Counter(each["association"]["called_aet"] for each in node.connections)
        assert asked == {target.partition("@")[0]: 1 for target in (*targets, *other)}
        for visit in node.door.visits:
            check_visit(visit)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_in_the_middle_leaves_none_open(number: signal.Signals, tmp_path: Path) -> None:
    """What was answered is told, what is open is aborted, what was not begun is not begun."""
    with ExitStack() as stack:
        good = stack.enter_context(counted(tmp_path / "good"))
        slow = stack.enter_context(counted(tmp_path / "slow", "--delay-echo", "60"))
        held = [stack.enter_context(Player(script)) for script, _ in HOLDING.values()]
        spared = stack.enter_context(Player((RQ, Silence())))
        doors = [slow.door, *held]
        targets = [
            *words(good.door, 10, "GOOD"),
            *(word for door in doors for word in words(door, HELD)),
            *words(spared, 50),
        ]
        room = str(len(doors) * HELD)
        process = stack.enter_context(
            begun("-", "-o", "ndjson", "--per-host", "64", "--concurrency", room, given=targets)
        )
        wait_for(lambda: all(len(door.visits) == HELD for door in doors))
        wait_for(lambda: all(visit.outcome == "AC" for visit in slow.door.visits))
        for door, (_, pdus) in zip(held, HOLDING.values(), strict=True):
            wait_for(partial(_have_sent, door.visits, pdus))
        code, out, _ = ended(process, number)
        assert code == (130 if number is signal.SIGINT else -number)
        assert good.ends() == {"released": 10}
        assert slow.ends() == {"aborted-by-peer": HELD}
        for door in held:
            left_in_order(door.visits)
            assert {visit.types[-1] for visit in door.visits} == {ABORT}
        assert spared.visits == []
        told = [json.loads(line) for line in out.splitlines()]
        assert {each["name"] for each in told if each["outcome"] == "success"} == {*targets[:10]}


def test_a_signal_before_anything_has_come_of_a_node() -> None:
    with Player((RQ, Silence())) as door, begun("-", given=words(door, 2)) as process:
        wait_for(lambda: len(door.visits) == 1 and _have_sent(door.visits, 1))
        code, _, err = ended(process, signal.SIGINT)
        assert (code, err) == (130, "")
        left_in_order(door.visits)


@pytest.mark.parametrize("seen", [1, 9])
def test_a_signal_while_associations_come_and_go(seen: int, tmp_path: Path) -> None:
    with ExitStack() as stack:
        node = stack.enter_context(counted(tmp_path, "--delay-accept", "0.05"))
        process = stack.enter_context(begun("-", "--per-host", "4", given=words(node.door, 200)))
        wait_for(lambda: len(node.door.visits) >= seen)
        code, *_ = ended(process, signal.SIGINT)
        assert code == 130
        assert {*node.ends()} <= {"released", "aborted-by-peer", "nothing-sent"}
        assert seen <= len(node.door.visits) < 200
        left_in_order(node.door.visits)


@pytest.mark.parametrize("where", HOLDING)
def test_a_deadline_aborts(where: str) -> None:
    with Player(HOLDING[where][0]) as door:
        run = swept("-", "--deadline", "0.3", "--per-host", "8", given="\n".join(words(door, 8)))
        assert run.returncode == 2
        assert len(door.visits) == 8
        left_in_order(door.visits)
        assert {visit.types[-1] for visit in door.visits} == {ABORT}


def test_a_reader_that_has_seen_enough(tmp_path: Path) -> None:
    """`dcmtool sweep ... | head -1`: what is open is ended, and no more is begun."""
    with ExitStack() as stack:
        node = stack.enter_context(counted(tmp_path, "--delay-accept", "0.02"))
        process = stack.enter_context(begun("-", "-o", "ndjson", given=words(node.door, 200)))
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["outcome"] == "success"
        process.stdout.close()  # and nobody reads on
        assert process.wait(30) == 40
        assert process.stderr is not None
        assert "Traceback" not in process.stderr.read()
        assert {*node.ends()} <= {"released", "aborted-by-peer", "nothing-sent"}
        assert len(node.door.visits) < 200

"""Two hundred real nodes in every state that one association can show, in one sweep: each is told exactly."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import pytest

from dcmtool.diagnosis.findings import FINDINGS
from dcmtool.options.faults import FAULT_OPTIONS
from tests.fleet.many_nodes import GROUPS, ManyNodes, RealNode, running
from tests.fleet.shared import FAULTY, SHARED
from tests.fleet.states import ANSWERED, SETUPS, SKIPPED, State
from tests.fleet.sweeping import swept
from tests.peers.dcmtool_scp import wait_for
from tests.setups.checks import LOOK, check_visit, is_ended
from tests.setups.commands import captured
from tests.setups.door import Visit

SOME_FAILED = 2
# What takes several associations to find, a network of its own, or what an echo does not look at.
NOT_SEEN = {
    "in-order",
    "family-mismatch",
    "lookup-unanswered",
    "unreachable",
    "local-policy",
    "connect-failed",
    "closed-at-once",
    "proxy-header-expected",
    "calling-address",
    "certificate-expires-soon",
    "different-peers",
    "intermittent",
    "service-denied",
    "large-requests-lost",
    "slow-lookup",
    "slow-connect",
    "slow-accept",
    "slow-reverse-lookup",
    "slow-echo",
}


class Sweep(NamedTuple):
    """The nodes, what the sweep said of them, and what it opened where somebody looks."""

    many: ManyNodes
    code: int
    stderr: str
    document: dict[str, Any]
    visits: Mapping[str, Sequence[Visit]]

    def state_of(self, node: RealNode) -> State:
        """Return the state that a node is said to be in."""
        (said,) = [each for each in self.document["nodes"] if each["name"] == node.name]
        return State(said["outcome"], said["finding"])


@pytest.fixture(scope="module")
def sweep(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sweep]:
    """One sweep of all nodes; all of them are at one address, where one after the other would take long."""
    with running(tmp_path_factory.mktemp("nodes")) as many:
        run = swept("--nodes", many.file, "--all", "--output", "json", "--per-host", "64")
        assert run.stdout, run.stderr
        visits = {node.name: [*(node.visits or ())] for node in many.nodes}
        yield Sweep(many, run.returncode, run.stderr, json.loads(run.stdout), visits)


@pytest.mark.parametrize("group", GROUPS)
def test_each_state(group: str, sweep: Sweep) -> None:
    nodes = sweep.many.of(group)
    assert {node.name: sweep.state_of(node) for node in nodes} == {node.name: node.state for node in nodes}
    if group in sweep.many.missing:
        why = ", ".join(sorted({*sweep.many.missing[group]}))
        pytest.skip(f"some nodes are missing, and {len(nodes)} were looked at: {why}")


def test_what_they_come_to(sweep: Sweep) -> None:
    nodes = sweep.many.nodes
    summary = sweep.document["summary"]
    assert (sweep.code, sweep.stderr) == (SOME_FAILED, "")
    assert {each["name"] for each in sweep.document["nodes"]} == {node.name for node in nodes}
    assert summary["nodes"] == len(nodes)
    assert summary["answered"] == sum(node.state == ANSWERED for node in nodes)
    assert summary["skipped"] == sum(node.state == SKIPPED for node in nodes)
    assert summary["failed"] == summary["nodes"] - summary["answered"] - summary["skipped"]
    assert summary["outcomes"] == Counter(node.state.outcome for node in nodes)


def test_echo_says_the_same(sweep: Sweep) -> None:
    """Of one node in each state."""
    seen: dict[State, State] = {}
    for state, node in {node.state: node for node in sweep.many.nodes if node.state != SKIPPED}.items():
        _, text = captured(["echo", "--nodes", sweep.many.file, "--output", "json", node.name])
        document = json.loads(text)
        seen[state] = State(document["outcome"], document["finding"])
    assert seen == {state: state for state in seen}


def test_what_is_skipped_has_the_reason(sweep: Sweep) -> None:
    skipped = [each for each in sweep.document["nodes"] if each["outcome"] == "skipped"]
    assert len(skipped) == 5
    assert {(each["reason"], each["report"]) for each in skipped} == {("it stops at strangers", None)}


def test_each_was_asked_once_and_left_in_order(sweep: Sweep) -> None:
    for node in sweep.many.nodes:
        visits = sweep.visits[node.name]
        wait_for(partial(_are_ended, visits))
        looks = LOOK if node.state.outcome == "tls-failed" else 0
        assert node.visits is None or 1 <= len(visits) <= 1 + looks, (node.name, visits)
        for visit in visits:
            check_visit(visit)


def _are_ended(visits: Sequence[Visit]) -> bool:
    return all(map(is_ended, visits))


def test_there_are_two_hundred_and_nothing_is_left_out(sweep: Sweep) -> None:
    assert len(sweep.many.nodes) >= (120 if sweep.many.missing else 200)
    assert {option.long_name for option in FAULT_OPTIONS} <= {*" ".join(FAULTY).split()}
    found = {state.finding for state in SETUPS} | {
        some.state.finding for server in SHARED.values() for some in server.nodes
    }
    assert FINDINGS.keys() - found == NOT_SEEN

"""The page on what is tested names tests and tasks that exist."""

import re

from tests.differential.test_echoscu import LINES
from tests.fleet.shared import SHARED
from tests.fleet.states import SETUPS
from tests.hostile.peers import CASES
from tests.markdown import ROOT
from tests.mutation.survivors import FILE, by_reason, explained

TEXT = (ROOT / "docs" / "quality.md").read_text(encoding="utf-8")
TASKS = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)


def test_every_test_that_is_named_exists() -> None:
    named = set(re.findall(r"\btests/[\w./]*\w", TEXT))
    assert named
    assert {name for name in named if not (ROOT / name).exists()} == set()


def test_every_task_that_is_named_exists() -> None:
    named = set(re.findall(r"`make (\w+)", TEXT))
    assert {"test", "soak", "bench", "mutants"} <= named <= set(TASKS)


def test_the_number_of_lines_to_compare_is_that_of_the_run() -> None:
    assert f"{len(LINES)} lines drawn by a fixed seed" in TEXT


def test_the_number_of_hostile_nodes_is_that_of_the_run() -> None:
    assert f"| {len(CASES)}, each with the clause that decides |" in TEXT


def test_the_number_of_nodes_of_one_sweep_is_that_of_the_run() -> None:
    shared = [some for server in SHARED.values() for some in server.nodes]
    count = sum(map(len, SETUPS.values())) + sum(some.number for some in shared)
    states = SETUPS.keys() | {some.state for some in shared}
    assert f"| {count} in {len(states)} states, of " in TEXT


def test_the_survivors_of_the_mutations_are_those_that_are_explained() -> None:
    reasons = by_reason(explained(FILE.read_text(encoding="utf-8")))
    section = TEXT.partition("## Mutations\n")[2].partition("\n## ")[0]
    listed = {reason: int(count) for count, reason in re.findall(r"^- (\d+) (.+)$", section, re.MULTILINE)}
    assert listed == reasons
    assert f" {sum(reasons.values())} alive" in TEXT

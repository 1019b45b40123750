"""`diagnose` and `echo` where a node is in order, takes no association, or answers no echo."""

from pathlib import Path

from dcmtool.diagnosis.findings import FINDINGS
from tests.setups.catalogue import KINDS, SETUPS, every
from tests.setups.checks import check, seconds_of_diagnosis
from tests.setups.setup import Setup

UNUSUAL = {"connect-failed"}  # an error of the system that no set-up has


@every("healthy", "titles", "answers", "echoes")
def test_the_finding(setup: Setup, tmp_path: Path) -> None:
    check(setup, tmp_path)


@every("healthy")
def test_a_node_in_order_takes_less_than_a_second(setup: Setup, tmp_path: Path) -> None:
    with setup.start(tmp_path) as node:
        assert any(seconds_of_diagnosis(node) < 1 for _ in range(20))  # this machine may be busy


def test_every_finding_has_a_set_up() -> None:
    found = {name for setup in SETUPS.values() for name in setup.findings}
    assert FINDINGS.keys() - found == UNUSUAL
    assert len(SETUPS) == sum(map(len, KINDS.values())) >= 45

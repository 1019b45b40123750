"""`diagnose` and `echo` where a node is slow, or another one from call to call."""

from pathlib import Path

from tests.setups.catalogue import every
from tests.setups.checks import check
from tests.setups.setup import Setup


@every("times")
def test_the_finding(setup: Setup, tmp_path: Path) -> None:
    check(setup, tmp_path)

"""`diagnose` and `echo` where the network or the name service fails."""

from pathlib import Path

from tests.setups.catalogue import every
from tests.setups.checks import check
from tests.setups.setup import Setup


@every("namespaces")
def test_the_finding(setup: Setup, tmp_path: Path) -> None:
    check(setup, tmp_path)

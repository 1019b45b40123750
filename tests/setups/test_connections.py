"""`diagnose` and `echo` where nothing of DICOM comes: no connection, silence, a close, other protocols."""

from pathlib import Path

from tests.setups.catalogue import every
from tests.setups.checks import check
from tests.setups.setup import Setup


@every("connections", "protocols")
def test_the_finding(setup: Setup, tmp_path: Path) -> None:
    check(setup, tmp_path)

"""`diagnose` and `echo` where TLS or a certificate is what fails."""

from pathlib import Path

from tests.setups.catalogue import every
from tests.setups.checks import check
from tests.setups.setup import Setup


@every("tls", "certificates")
def test_the_finding(setup: Setup, tmp_path: Path) -> None:
    check(setup, tmp_path)

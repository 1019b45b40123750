"""What the command line tests share: no settings from the environment, and 80 columns."""

import os
from pathlib import Path

import pytest

from tests.cli.configuration import Asked, Configuration, asking


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if "DCMTOOL" in name or name == "DCMDICTPATH"]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "80")


@pytest.fixture
def configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Configuration:
    """The user's configuration folder, which is empty."""
    folder = tmp_path / "configuration" / "dcmtool"
    folder.mkdir(parents=True)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder.parent))
    return Configuration(folder, monkeypatch)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    """Return a function that runs `dcmtool echo` and returns what it would have done."""
    return asking(monkeypatch)

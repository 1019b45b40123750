"""What the command line tests share: no settings from the environment, and 80 columns."""

import os

import pytest


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if "DCMTOOL" in name or name == "DCMDICTPATH"]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "80")

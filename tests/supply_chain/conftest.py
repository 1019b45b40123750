"""Packages as they lie installed, made for a test: nothing but their metadata."""

from collections.abc import Callable
from importlib.metadata import Distribution
from pathlib import Path

import pytest

Package = Callable[..., Distribution]


@pytest.fixture
def package(tmp_path: Path) -> Package:
    """Make a package with these lines of metadata."""

    def make(name: str, version: str = "1.0", *lines: str) -> Distribution:
        folder = tmp_path / f"{name}-{version}.dist-info"
        folder.mkdir()
        text = "\n".join(["Metadata-Version: 2.4", f"Name: {name}", f"Version: {version}", *lines])
        (folder / "METADATA").write_text(f"{text}\n\n", encoding="utf-8")
        return Distribution.at(folder)

    return make

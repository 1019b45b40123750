"""What is handed out, built once, without the network: the wheel, and environments that have it."""

import os
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from tools.distribution import packages

PLAIN = {"PATH": "/usr/bin:/bin", "COLUMNS": "100", "PYTHONWARNINGS": "error"}


class Installed(NamedTuple):
    """A virtual environment with dcmtool in it."""

    folder: Path

    @property
    def python(self) -> str:
        """Its Python."""
        return str(self.folder / "bin" / "python")

    def install(self, wheel: Path) -> None:
        """Install a wheel without what it needs, with the pip of the environment that runs the tests."""
        pip = [sys.executable, "-m", "pip", "--python", self.python, "--disable-pip-version-check"]
        # pip's own warnings are not ours
        ours = {name: value for name, value in os.environ.items() if name != "PYTHONWARNINGS"}
        subprocess.run([*pip, "install", "--quiet", "--no-index", "--no-deps", wheel], env=ours, check=True)

    def run(
        self, *args: str, env: Mapping[str, str] | None = None, program: str = "dcmtool"
    ) -> subprocess.CompletedProcess[str]:
        """Run a program of the environment to its end, away from the source tree."""
        return subprocess.run(
            [self.folder / "bin" / program, *args],
            env={**PLAIN, "HOME": str(self.folder), **(env or {})},
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of the source tree."""
    return packages.build("wheel", tmp_path_factory.mktemp("wheel"))


def environment(folder: Path, *wheels: Path) -> Installed:
    """Make an environment with these wheels; the libraries are those of the one that runs the tests."""
    venv.create(folder, symlinks=True)
    made = Installed(folder)
    packages = Path(sysconfig.get_path("purelib", "venv", {"base": str(folder), "platbase": str(folder)}))
    (packages / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    for wheel in wheels:
        made.install(wheel)
    return made


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """An environment with dcmtool alone."""
    return environment(tmp_path_factory.mktemp("installed"), wheel)

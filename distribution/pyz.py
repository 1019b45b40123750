"""Make dcmtool.pyz, one file that holds dcmtool and its libraries; `make pyz` runs this.

The libraries are those of the environment that this runs in, so that what was tested is what is packed.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipapp
import zipfile
from importlib.metadata import Distribution, distribution
from pathlib import Path
from tempfile import TemporaryDirectory

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
START = Path(__file__).with_name("start_pyz.py")


def build_wheel(folder: Path) -> Path:
    """Build the wheel of this source tree into a folder, without the network; return it."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    built = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    if built.returncode:
        sys.exit(f"The wheel cannot be built: {built.stdout}{built.stderr}")
    (wheel,) = folder.glob("dcmtool-*.whl")
    return wheel


def make(target: Path) -> None:
    """Write the archive."""
    with TemporaryDirectory() as name:
        wheels, contents = Path(name, "wheels"), Path(name, "contents")
        with zipfile.ZipFile(build_wheel(wheels)) as wheel:
            wheel.extractall(contents, [each for each in wheel.namelist() if ".data/" not in each])
        (metadata,) = contents.glob("*.dist-info")
        for library in _libraries(Distribution.at(metadata)).values():
            _copy(library, contents)
        digest = _digest(contents)
        shutil.copy(START, contents / "__main__.py")
        (contents / "made.json").write_text(
            json.dumps(
                {
                    "name": f"{metadata.stem}-{digest}",
                    "for": [sys.implementation.cache_tag, sys.platform, os.uname().machine],
                }
            )
        )
        target.parent.mkdir(parents=True, exist_ok=True)
        zipapp.create_archive(contents, target, "/usr/bin/env python3", compressed=True)
        target.chmod(0o755)


def _libraries(package: Distribution) -> dict[str, Distribution]:
    """Return what a package needs here, and what that needs, by name."""
    found: dict[str, Distribution] = {}
    waiting = [package]
    while waiting:
        for line in waiting.pop().requires or []:
            needed = Requirement(line)
            wanted = needed.marker is None or needed.marker.evaluate({"extra": ""})
            if wanted and needed.name not in found:
                found[needed.name] = distribution(needed.name)
                waiting.append(found[needed.name])
    return found


def _copy(library: Distribution, contents: Path) -> None:
    """Copy a library's modules and metadata, not its programs (which lie above) nor compiled Python."""
    for file in library.files or []:
        if ".." not in file.parts and "__pycache__" not in file.parts:
            copy = contents / file
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(str(library.locate_file(file)), copy)


def _digest(folder: Path) -> str:
    """Return a name for exactly these contents."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            digest.update(f"{path.relative_to(folder)}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:16]


if __name__ == "__main__":
    made = ROOT / "dist" / "dcmtool.pyz"
    make(made)
    print(f"dist/{made.name} ({made.stat().st_size / 2**20:.1f} MiB)")

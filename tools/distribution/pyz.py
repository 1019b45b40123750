"""Make dcmtool.pyz, one file that holds dcmtool and its libraries; `make pyz` runs this.

The libraries are those of the environment that this runs in, so that what was tested is what is packed.
"""

import hashlib
import json
import os
import shutil
import sys
import zipfile
from importlib.metadata import Distribution, PackagePath
from pathlib import Path
from tempfile import TemporaryDirectory

from tools.distribution import packages
from tools.supply_chain import libraries, pins, sbom

START = Path(__file__).with_name("start_pyz.py")


def make(target: Path) -> str:
    """Write the archive; return its bill of materials."""
    with TemporaryDirectory() as name:
        wheels, contents = Path(name, "wheels"), Path(name, "contents")
        with zipfile.ZipFile(packages.build_wheel(wheels)) as wheel:
            wheel.extractall(contents, [each for each in wheel.namelist() if ".data/" not in each])
        (metadata,) = contents.glob("*.dist-info")
        package = Distribution.at(metadata)
        packed = libraries.needed_by(package)
        for library in packed.values():
            _copy(library, contents)
        digest = _digest(contents)
        shutil.copy(START, contents / "__main__.py")
        made_for = [sys.implementation.cache_tag, sys.platform, os.uname().machine]
        made_as = {"name": f"{metadata.stem}-{digest}", "for": made_for}
        (contents / "made.json").write_text(json.dumps(made_as))
        target.parent.mkdir(parents=True, exist_ok=True)
        _pack(contents, target)
        pinned = pins.read(pins.CONSTRAINTS.read_text(encoding="utf-8"))
        return sbom.make(package, packed, pinned, target, " ".join(made_for))


def _pack(contents: Path, target: Path) -> None:
    """Write the archive of a folder as zipapp does, but the same bytes for the same files at any time."""
    with target.open("wb") as file:
        file.write(b"#!/usr/bin/env python3\n")
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted(contents.rglob("*")):
                if path.is_file():
                    entry = zipfile.ZipInfo(path.relative_to(contents).as_posix())  # of 1980
                    archive.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED)
    target.chmod(0o755)


def _copy(library: Distribution, contents: Path) -> None:
    """Copy a library's modules and metadata, with a record of just those.

    Left out are its programs (which lie above), compiled Python, and REQUESTED, which says how the
    environment was made: they would tell one environment from another.
    """
    files = (
        file for file in library.files or [] if ".." not in file.parts and "__pycache__" not in file.parts
    )
    copied = [file for file in files if file.name != "REQUESTED"]
    for file in copied:
        copy = contents / file
        copy.parent.mkdir(parents=True, exist_ok=True)
        if file.name == "RECORD":
            copy.write_text("".join(map(_recorded, copied)), encoding="utf-8")
        else:
            shutil.copyfile(str(library.locate_file(file)), copy)


def _recorded(file: PackagePath) -> str:
    """Return a file's line of the record; the record itself has neither hash nor size there."""
    return f"{file},{file.hash.mode}={file.hash.value},{file.size}\n" if file.hash else f"{file},,\n"


def _digest(folder: Path) -> str:
    """Return a name for exactly these contents."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            digest.update(f"{path.relative_to(folder)}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:16]


if __name__ == "__main__":
    made = packages.ROOT / "dist" / "dcmtool.pyz"
    bill = make(made)
    print(f"dist/{made.name} ({made.stat().st_size / 2**20:.1f} MiB)")
    packages.write_bill(made, bill)

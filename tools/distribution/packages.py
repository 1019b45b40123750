"""Build the wheel and the source archive into dist/, with a bill of materials; `make dist` runs this.

Hatchling is the one of this environment, which constraints.txt pins, and not whatever an index has today.
"""

import os
import subprocess
import sys
import zipfile
from importlib.metadata import Distribution, PathDistribution
from pathlib import Path
from tempfile import TemporaryDirectory

from tools.distribution.sbom_hook import VARIABLE
from tools.supply_chain import libraries, pins, sbom

ROOT = Path(__file__).parents[2]


def build(kind: str, folder: Path, bill: Path | None = None) -> Path:
    """Build the `wheel` or `sdist` of this source tree into a folder, without the network; return it."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(folder)]
    environment = {name: value for name, value in os.environ.items() if name != VARIABLE}
    if bill is not None:
        environment[VARIABLE] = str(bill)
    built = subprocess.run(command, cwd=ROOT, env=environment, check=False, capture_output=True, text=True)
    if built.returncode:
        sys.exit(f"The {kind} cannot be built: {built.stdout}{built.stderr}")
    (made,) = folder.glob("dcmtool-*.whl" if kind == "wheel" else "dcmtool-*.tar.gz")
    return made


def build_wheel(folder: Path) -> Path:
    """Build the wheel into a folder, with its bill of materials in it (PEP 770); return it."""
    with TemporaryDirectory() as name:
        bill = Path(name, "dcmtool.cdx.json")
        bill.write_text(bill_of(build("wheel", Path(name))), encoding="utf-8")
        return build("wheel", folder, bill)


def bill_of(wheel: Path, file: Path | None = None) -> str:
    """Return the bill of materials of a wheel, with the hash of the file if that is given."""
    package = metadata(wheel)
    pinned = pins.read(pins.CONSTRAINTS.read_text(encoding="utf-8"))
    return sbom.make(package, libraries.needed_by(package), pinned, file)


def metadata(wheel: Path) -> Distribution:
    """Return the metadata of a wheel."""
    archive = zipfile.Path(wheel)
    (folder,) = (each for each in archive.iterdir() if each.name.endswith(".dist-info"))
    return PathDistribution(folder)


def write_bill(file: Path, text: str) -> None:
    """Write the bill of materials of a file beside it."""
    beside = file.with_name(f"{file.name}.cdx.json")
    beside.write_text(text, encoding="utf-8")
    print(f"dist/{beside.name}")


def main() -> None:
    """Build what is handed out to pip."""
    wheel = build_wheel(ROOT / "dist")
    print(f"dist/{wheel.name}")
    write_bill(wheel, bill_of(wheel, wheel))
    print(f"dist/{build('sdist', ROOT / 'dist').name}")


if __name__ == "__main__":
    main()

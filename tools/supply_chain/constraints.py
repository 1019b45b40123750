"""Write constraints.txt: all that pyproject.toml asks for, pinned, with the hash of every file of a release.

`make constraints` runs this, and keeps the versions that are there where they still fit. `UPGRADE=all` takes
the newest of everything, `UPGRADE=NAME` the newest of one library. The result is reviewed as a diff.
"""

import subprocess
import sys
from collections.abc import Sequence

from tools.supply_chain import pins

OLDEST = "3.11"  # of requires-python
VERSIONS = (OLDEST, "3.12", "3.13", "3.14")
# Not macOS on Intel: cryptography has no wheels for it any more.
SYSTEMS = ("x86_64-manylinux_2_28", "aarch64-manylinux_2_28", "aarch64-apple-darwin", "windows")
# Most malicious releases are found out within days. One that is asked for by name, to mend a hole, does not
# have to wait.
COOLING = "7 days"

COMPILE = ["pip", "compile", "--quiet", "--no-config", pins.PROJECT.name]


def write(upgrade: str) -> None:
    """Write the file, and see that every system of ours has wheels for all that the tests need."""
    chosen: list[str] = []
    if upgrade == "all":
        chosen = ["--upgrade"]
    elif upgrade:
        chosen = ["--upgrade-package", upgrade, "--exclude-newer-package", f"{upgrade}=0 days"]
    every = ["--universal", "--generate-hashes", "--all-extras", "--python-version", OLDEST]
    every += ["--exclude-newer", COOLING]
    said = ["--custom-compile-command", "make constraints", "--output-file", pins.CONSTRAINTS.name]
    _uv([*COMPILE, *every, *said, *chosen], "constraints.txt cannot be made")
    made = pins.read(pins.CONSTRAINTS.read_text(encoding="utf-8"))
    for version in VERSIONS:
        for system in SYSTEMS:
            where = ["--python-version", version, "--python-platform", system]
            what = ["--only-binary", ":all:", "--constraints", pins.CONSTRAINTS.name, "--extra", "dev"]
            _uv([*COMPILE, *where, *what], f"no wheels for Python {version} on {system}")
    hashes = sum(len(pin.hashes) for pin in made.values())
    print(f"constraints.txt: {len(made)} libraries, {hashes} hashes")
    print(f"wheels for Python {', '.join(VERSIONS)} on {', '.join(SYSTEMS)}")


def _uv(command: Sequence[str], otherwise: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "uv", *command], cwd=pins.ROOT, check=False, capture_output=True, text=True
    )
    if done.returncode:
        sys.exit(f"{otherwise}:\n{done.stderr.rstrip()}")


if __name__ == "__main__":
    write(sys.argv[1] if len(sys.argv) > 1 else "")

"""Install what dcmtool and extras of it need; the Makefile runs `... install PYTHON CONSTRAINTS EXTRA`.

What is installed is pinned by the constraints file, and its hash checked by pip; with an empty name in place
of the file it is whatever the index has that fits. Nothing is installed yet: the standard library must do.
"""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from tools.supply_chain import pins

OTHER_FILE = (
    "A file is not the one whose hash is in {file}, so nothing was installed. Somebody may have replaced it "
    "on its way: do not install it in another way, and report it (SECURITY.md)."
)
NOT_PINNED = (
    "What {file} pins cannot be installed here. If it is not the network, there may be no wheel for this "
    "system: `make CONSTRAINTS= {goal}` takes any versions that fit pyproject.toml, and checks no hash."
)


def install(pip: Sequence[str], constraints: Path | None, wanted: Sequence[str], goal: str) -> None:
    """Have pip install some requirements, and nothing that is not pinned if there is a constraints file.

    Raises SystemExit with a sentence that says what to do.
    """
    command = [*pip, "install", "--quiet", "--disable-pip-version-check"]
    if constraints is None:
        done = subprocess.run([*command, *wanted], check=False)
        if done.returncode:
            sys.exit("pip cannot install what pyproject.toml asks for.")
        return
    try:
        chosen = pins.needed(pins.read(constraints.read_text(encoding="utf-8")), wanted)
    except (OSError, ValueError) as error:
        sys.exit(f"{constraints.name} cannot be used: {error}")
    with TemporaryDirectory() as folder:
        file = Path(folder, "requirements.txt")
        file.write_text("".join(f"{pin}\n" for pin in chosen), encoding="utf-8")
        # What is listed is complete, and what is not listed would have no hash.
        command = [*command, "--require-hashes", "--no-deps", "--requirement", str(file)]
        done_with = subprocess.run(command, check=False, stderr=subprocess.PIPE, text=True)
    sys.stderr.write(done_with.stderr)
    if done_with.returncode:
        other = "DO NOT MATCH THE HASHES" in done_with.stderr
        sys.exit((OTHER_FILE if other else NOT_PINNED).format(file=constraints.name, goal=goal))


if __name__ == "__main__":
    _, python, constraints, *extras = sys.argv
    install(
        [python, "-m", "pip"],
        Path(constraints) if constraints else None,
        pins.requirements(pins.PROJECT, *extras),
        " ".join({"dev": "test", "supply": "audit"}.get(extra, extra) for extra in extras),
    )

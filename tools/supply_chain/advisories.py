"""Which known vulnerabilities the pinned libraries have, as pip-audit says."""

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

# Advisories that do not concern us, each with the reason: nothing of ours calls the faulty function, say.
ACCEPTED: dict[str, str] = {}


class Answer(NamedTuple):
    """What is known: the advisories on each library, and those that nobody could say anything of."""

    found: tuple[str, ...]
    checked: int
    unchecked: tuple[str, ...]
    reason: str


def ask(pip_audit: Sequence[str], constraints: Path) -> Answer:
    """Ask for the advisories on all that a constraints file pins; only versions are sent."""
    # Without pip, so that what is asked about is what is pinned, and nothing is downloaded.
    options = ["--disable-pip", "--require-hashes", "--progress-spinner", "off", "--format", "json"]
    done = subprocess.run(
        [*pip_audit, *options, "--requirement", str(constraints)], check=False, capture_output=True, text=True
    )
    try:
        dependencies = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError, TypeError):
        last = (done.stderr.strip() or f"pip-audit ended with {done.returncode} and no answer").splitlines()[
            -1
        ]
        return Answer((), 0, (), last[:200])
    return _read(dependencies)


def _read(dependencies: list[dict[str, object]]) -> Answer:
    """Read pip-audit's list, for which a library that nothing is known about is no error."""
    skipped = {str(each["name"]): str(each["skip_reason"]) for each in dependencies if "skip_reason" in each}
    found = [
        f"{each['name']} {each['version']}: {advisory['id']}, mended in {_listed(advisory['fix_versions'])}"
        for each in dependencies
        for advisory in each.get("vulns", [])  # type: ignore[attr-defined]
        if not {advisory["id"], *advisory.get("aliases", [])} & ACCEPTED.keys()
    ]
    reason = next(iter(skipped.values()), "" if dependencies else "pip-audit was asked about nothing")
    return Answer(tuple(found), len(dependencies) - len(skipped), tuple(skipped), reason[:200])


def _listed(versions: Sequence[str]) -> str:
    return ", ".join(versions) or "no release yet"

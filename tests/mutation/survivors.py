"""The mutants that no test sees, each under the reason why none has to."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from tests.markdown import ROOT
from tests.mutation.mutants import mutants

FILE = Path(__file__).with_name("survivors.txt")


def explained(text: str) -> dict[str, str]:
    """Return the reason of each mutant, by its key; a line `# ...` begins those of the next reason."""
    reasons, reason = {}, ""
    for line in text.splitlines():
        if line.startswith("# "):
            reason = line.removeprefix("# ")
        elif line:
            if not reason or line in reasons:
                raise ValueError(f"no reason, or two: {line}")
            reasons[line] = reason
    return reasons


def by_reason(reasons: Mapping[str, str]) -> dict[str, int]:
    """Return how many mutants each reason explains, in the file's order."""
    counts: dict[str, int] = {}
    for reason in reasons.values():
        counts[reason] = counts.get(reason, 0) + 1
    return counts


def gone(keys: Iterable[str], chosen: Callable[[str], bool]) -> list[str]:
    """Return the keys that are no mutant, of the modules chosen: their code has changed since."""
    by_path: dict[str, list[str]] = {}
    for key in keys:
        by_path.setdefault(key.partition(" ")[0], []).append(key)
    missing = []
    for path, explained_there in by_path.items():
        if chosen(path):
            file = ROOT / path
            source = file.read_text(encoding="utf-8") if file.exists() else ""
            there = {mutant.key for mutant in mutants(source, path)}
            missing += [key for key in explained_there if key not in there]
    return missing

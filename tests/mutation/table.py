"""What a run found: its figures, and what is wrong."""

from collections import Counter
from collections.abc import Mapping, Sequence

from tests.mutation.run import Outcome

HEADING = "| module | mutants | killed | of them hung or crashed | survived |\n|---|---|---|---|---|"


def table(found: Sequence[Outcome]) -> str:
    """Return the figures of each module, and of all."""
    counts: dict[str, Counter[str]] = {}
    for outcome in found:
        counts.setdefault(f"`{outcome.path}`", Counter())[outcome.word] += 1
    counts["all"] = sum(counts.values(), Counter())
    rows = [HEADING]
    for name, count in counts.items():
        odd = count["hung"] + count["crashed"]
        rows.append(
            f"| {name} | {count.total():,} | {count['killed'] + odd:,} | {odd} | {count['survived']} |"
        )
    return "\n".join(rows)


def complaint(
    found: Sequence[Outcome], reasons: Mapping[str, str], missing: Sequence[str] = ()
) -> str | None:
    """Return what is wrong: a mutant that lives unexplained, or is explained in vain."""
    lines = [f"no test sees: {each.key}" for each in found if each.lives and each.key not in reasons]
    vain = (each for each in found if not each.lives and each.key in reasons)
    lines += [f"a test sees it, so it needs no reason: {each.key}" for each in vain]
    lines += [f"no mutant any more, so it needs no reason: {key}" for key in missing]
    return "\n".join(lines) or None

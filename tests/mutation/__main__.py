"""Run the tests against the mutants, print the table, fail where a mutant lives that is not explained."""

import argparse
import os
import sys
from collections.abc import Sequence

import hypothesis.stateful  # noqa: F401  # what all tests load is loaded once, before any process is forked
import pynetdicom  # noqa: F401

from tests.mutation.run import COMPONENTS, SAMPLE, Outcome, outcomes
from tests.mutation.survivors import FILE, explained, gone
from tests.mutation.table import complaint, table


def main(words: Sequence[str]) -> None:
    """Check the modules whose path has one of the words in it, or all."""
    parser = argparse.ArgumentParser(prog="make mutants")
    parser.add_argument("--sample", type=int, default=SAMPLE, help="mutants a module of what an import runs")
    parser.add_argument(
        "words", nargs="*", metavar="WORD", help="part of a module's path, such as dimse/status"
    )
    asked = parser.parse_args(words)
    if not hasattr(os, "fork"):
        sys.exit("make mutants forks a process a mutant, which this system cannot")

    def chosen(path: str) -> bool:
        return not asked.words or any(word in path for word in asked.words)

    found: list[Outcome] = []
    for component in COMPONENTS:
        for outcome in outcomes(component, chosen, asked.sample):
            found.append(outcome)
            if outcome.lives:
                print(outcome.key, file=sys.stderr, flush=True)
    print(table(found), flush=True)
    reasons = explained(FILE.read_text(encoding="utf-8"))
    sys.exit(complaint(found, reasons, gone(reasons, chosen)))


if __name__ == "__main__":
    main(sys.argv[1:])

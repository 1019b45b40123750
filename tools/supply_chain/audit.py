"""Check what dcmtool is built from and handed out with; `make audit` runs this.

The licences of what is handed out, and of what its extras ask for, are always checked, and fail the run. So
does one of these libraries that is not pinned: nobody is asked about it. Advisories take a network that has
them. One that was found fails the run (1). Where nobody could be asked that is said and is no success (3),
except with `--offline-ok`, for a CI without such a network.
"""

import sys
from collections.abc import Iterable, Mapping
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from tools.supply_chain import advisories, libraries, licences, pins

FOUND, NOT_CHECKED = 1, 3


def licences_of(packages: Mapping[str, Distribution]) -> int:
    """Say under which licence each package is handed out, or why it must not be; return the exit code."""
    refused = False
    for name, package in sorted(packages.items()):
        reason = licences.refusal(package)
        refused |= reason is not None
        verdict, said = ("NO", reason) if reason else ("ok", libraries.licence(package))
        print(f"{verdict} {name:<17} {package.version:<9} {said}")
    print(f"licences: {'NOT ALL MAY BE HANDED OUT' if refused else f'all {len(packages)} are on the list'}")
    return FOUND if refused else 0


def pinned(packages: Iterable[str], constraints: Path) -> int:
    """Say which of some packages nobody is asked about, as they are not pinned; return the exit code."""
    loose = sorted({*packages} - pins.read(constraints.read_text(encoding="utf-8")).keys())
    for name in loose:
        print(f"NO {name} is not pinned: run `make constraints`")
    return FOUND if loose else 0


def advisories_on(answer: advisories.Answer, offline_ok: bool) -> int:
    """Say what the answer was, and what it leaves open; return the exit code."""
    for line in answer.found:
        print(f"NO {line}")
    if not answer.checked:
        print(f"advisories: NOT CHECKED ({answer.reason})")
    elif answer.unchecked:
        print(f"advisories: NOT CHECKED for {', '.join(answer.unchecked)} ({answer.reason})")
    else:
        print(f"advisories: {len(answer.found) or 'none'} on {answer.checked} pinned libraries")
    if answer.found:
        return FOUND
    return 0 if offline_ok or (answer.checked and not answer.unchecked) else NOT_CHECKED


def main(options: list[str], constraints: Path = pins.CONSTRAINTS) -> int:
    """Run both; return the exit code."""
    if unknown := set(options) - {"--offline-ok"}:
        sys.exit(f"audit knows no {' '.join(sorted(unknown))}: there is --offline-ok")
    package = distribution("dcmtool")
    extras = libraries.extras_handed_out(package)
    try:
        packages = libraries.needed_by(package, extras=extras)
    except PackageNotFoundError as error:
        sys.exit(
            f"{error.name} is not installed here, so that its licence is not known: install it, and ask again"
        )
    print(f"dcmtool with its extras {', '.join(extras)}:")
    licensed = licences_of(packages) or pinned(packages, constraints)
    answer = advisories.ask([sys.executable, "-m", "pip_audit"], constraints)
    return licensed or advisories_on(answer, bool(options))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

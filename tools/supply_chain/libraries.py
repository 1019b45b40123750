"""What a package needs here, of what is installed, and the licence that each says it has."""

import re
from collections.abc import Callable, Iterable, Iterator
from importlib.metadata import Distribution, distribution

from packaging.requirements import Requirement

from tools.supply_chain.pins import normalized

_TOOLS = {"bench", "dev", "dist", "fuzz", "supply"}  # extras that only a copy of the repository has a use for
_CLASSIFIER = "License :: "
# What classifiers mean in SPDX. "BSD License" is not here, since it may be any of several.
_SPDX = {
    "License :: OSI Approved :: Apache Software License": "Apache-2.0",
    "License :: OSI Approved :: MIT License": "MIT",
    "License :: OSI Approved :: MIT No Attribution License (MIT-0)": "MIT-0",
    "License :: OSI Approved :: ISC License (ISCL)": "ISC",
    "License :: OSI Approved :: Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "License :: OSI Approved :: Python Software Foundation License": "PSF-2.0",
}


def needed_by(
    package: Distribution,
    find: Callable[[str], Distribution] = distribution,
    extras: Iterable[str] = (),
) -> dict[str, Distribution]:
    """Return what a package needs here with some of its extras, and what that needs, by normalized name.

    Raises PackageNotFoundError for what is not installed.
    """
    found: dict[str, Distribution] = {}
    followed: set[tuple[str, frozenset[str]]] = set()
    waiting = [(package, frozenset(extras))]
    while waiting:
        for line in _requirements(*waiting.pop()):
            name, wanted = normalized(line.name), frozenset(line.extras)
            if (name, wanted) not in followed:
                followed.add((name, wanted))
                found.setdefault(name, find(name))
                waiting.append((found[name], wanted))
    return found


def direct(package: Distribution) -> list[str]:
    """Return the normalized names of what a package itself needs here."""
    return [normalized(line.name) for line in _requirements(package)]


def _requirements(package: Distribution, extras: Iterable[str] = ()) -> Iterator[Requirement]:
    for line in map(Requirement, package.requires or []):
        marker = line.marker
        if marker is None or any(marker.evaluate({"extra": extra}) for extra in ("", *extras)):
            yield line


def extras_handed_out(package: Distribution) -> list[str]:
    """Return the extras of a package that are for its users: all but those that are known as our tools."""
    return sorted({*(package.metadata.get_all("Provides-Extra") or [])} - _TOOLS)


def licence(package: Distribution) -> str | None:
    """Return the licence that a package's metadata state, as an SPDX expression; None where they state none.

    The field of PEP 639 counts; before it there were classifiers, of which several mean all of them.
    """
    metadata = package.metadata
    if "License-Expression" in metadata:
        return metadata["License-Expression"]
    stated: Iterable[str] = metadata.get_all("Classifier") or []
    named = [line for line in stated if line.startswith(_CLASSIFIER)]
    if named and all(line in _SPDX for line in named):
        return " AND ".join(_SPDX[line] for line in named)
    texts = metadata.get_all("License") or []
    return texts[0] if texts and not named and re.fullmatch(r"[\w.+-]+", texts[0]) else None

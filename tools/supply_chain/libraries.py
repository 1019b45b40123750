"""What a package needs here, of what is installed, and the licence that each says it has."""

import re
from collections.abc import Callable, Iterable
from importlib.metadata import Distribution, distribution

from packaging.requirements import Requirement

from tools.supply_chain.pins import normalized

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
    package: Distribution, find: Callable[[str], Distribution] = distribution
) -> dict[str, Distribution]:
    """Return what a package needs here, and what that needs, by normalized name.

    Raises PackageNotFoundError for what is not installed.
    """
    found: dict[str, Distribution] = {}
    waiting = [package]
    while waiting:
        for name in direct(waiting.pop()):
            if name not in found:
                found[name] = find(name)
                waiting.append(found[name])
    return found


def direct(package: Distribution) -> list[str]:
    """Return the normalized names of what a package itself needs here."""
    lines = map(Requirement, package.requires or [])
    wanted = (line for line in lines if line.marker is None or line.marker.evaluate({"extra": ""}))
    return [normalized(line.name) for line in wanted]


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

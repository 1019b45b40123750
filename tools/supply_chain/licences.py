"""Which licences a library that is handed out with dcmtool may have, and whether each has one of them."""

from collections.abc import Mapping
from importlib.metadata import Distribution

from boolean import Expression
from license_expression import AND, OR, ExpressionError, LicenseSymbol, get_spdx_licensing

from tools.supply_chain import libraries

# dcmtool is MIT, dcmtool.pyz holds copies of its libraries, and its extras ask for more. What stands here
# lets them be given away together, on no condition that dcmtool.pyz does not meet: the notices lie in each
# library's metadata.
ALLOWED = {
    "MIT": "keep the notice: dcmtool's own",
    "MIT-0": "no condition at all (cffi)",
    "BSD-2-Clause": "keep the notice (Pygments)",
    "BSD-3-Clause": "keep the notice, and do not advertise with the authors' names (click, pycparser)",
    "PSF-2.0": "keep the notice, say what was changed (typing_extensions)",
    "Apache-2.0": "keep the notice, say what was changed; grants the patents (cryptography, at one's choice)",
}

_SPDX = get_spdx_licensing()


def refusal(package: Distribution, allowed: Mapping[str, str] = ALLOWED) -> str | None:
    """Return why a package must not be handed out, or None if it may."""
    stated = libraries.licence(package)
    if stated is None:
        return "its metadata name no licence that can be understood: read the file itself"
    try:
        parsed = _SPDX.parse(stated, validate=True)
    except ExpressionError as error:
        return f"{stated[:200]} is no SPDX expression: {error}"
    return None if _permits(parsed, allowed) else f"{stated} is not on the list of licences"


def _permits(expression: Expression, allowed: Mapping[str, str]) -> bool:
    """Return whether the list allows an expression: of a choice one part, of a conjunction all."""
    if isinstance(expression, OR):
        return any(_permits(part, allowed) for part in expression.args)
    if isinstance(expression, AND):
        return all(_permits(part, allowed) for part in expression.args)
    # With an exception ("GPL-2.0-only WITH ...") it is another licence, with a name of its own.
    return isinstance(expression, LicenseSymbol) and str(expression) in allowed

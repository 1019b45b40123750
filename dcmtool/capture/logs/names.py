"""The UIDs of what logs call by name, as DCMTK and pydicom do (PS3.6 Annex A)."""

import re
from functools import cache

from dcmtool.uids import NAMES

LONGEST = 64  # characters of a UID (PS3.5 9.1), and of a name that is kept in its place
_UID = re.compile(r"[0-9.]{1,64}")
# DCMTK puts the service of a query before the information model, the standard behind it.
_OF_QUERY = re.compile(r"(find|move|get)(.+)")


def uid_of(name: str) -> str:
    """Return the UID that has a name, else the name itself, which is at most as long as a UID."""
    name = name.strip().lstrip("=").strip()
    if _UID.fullmatch(name):
        return name
    short = _plain(name)
    return _known().get(short) or _known().get(_OF_QUERY.sub(r"\2\1", short)) or encodable(name, LONGEST)


def encodable(text: str, most: int) -> str:
    """Return a text as a PDU can have it, and no longer than that."""
    return text[:most].encode("latin-1", "replace").decode("latin-1")


def _plain(name: str) -> str:
    plain = re.sub(r"[^a-z0-9]", "", name[: 4 * LONGEST].lower())
    return plain.removeprefix("retired")


@cache
def _known() -> dict[str, str]:
    """Return the UIDs by name: pydicom's keywords and names, then DCMTK's transfer syntaxes."""
    from pydicom._uid_dict import UID_dictionary

    known: dict[str, str] = {}
    for uid, (name, _, _, _, keyword) in UID_dictionary.items():
        for each in (keyword, name, name.removesuffix(" (Retired)"), name.partition(":")[0]):
            known.setdefault(_plain(each), uid)
    known.update((_plain(name), uid) for uid, name in NAMES.items())
    known.pop("", None)
    return known

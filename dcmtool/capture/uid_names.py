"""The names of SOP classes and transfer syntaxes (PS3.6 Annex A), for sentences."""

from functools import cache

from dcmtool.text import brief
from dcmtool.uids import VERIFICATION_SOP_CLASS


@cache
def _names() -> dict[str, str]:
    from pydicom._uid_dict import UID_dictionary  # which takes a while: most associations need none of it

    return {uid: entry[0] for uid, entry in UID_dictionary.items()}


def name_of(uid: str) -> str:
    """Return the name of a UID, empty where it has none that is known."""
    if uid == VERIFICATION_SOP_CLASS:
        return "Verification"
    name = _names().get(uid, "") if uid else ""
    return name.removesuffix(" SOP Class")


def shown(uid: str) -> str:
    """Return the name of a UID, or else the UID itself, printable."""
    return name_of(uid) or brief(uid) or "none"

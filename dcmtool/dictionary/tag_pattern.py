"""Tags as they are asked for: whole, from their beginning, with open digits, with a private creator."""

import re
from typing import NamedTuple

_WHOLE = re.compile(r"(?:0[xX])?([0-9A-Fa-f]{4})\s*,?\s*([0-9A-Fa-f]{4})")
_PRIVATE = re.compile(r'([0-9A-Fa-fxX]{4})\s*,\s*"([^"]+)"\s*,\s*([0-9A-Fa-fxX]{1,4})')
_PART = re.compile(r"(?:0[xX](?=[0-9A-Fa-f]))?([0-9A-Fa-fxX]{4})\s*(,?)\s*([0-9A-Fa-fxX]{0,4})")
_OPEN = "x"  # a digit that may be any


class TagPattern(NamedTuple):
    """Eight digits in lower case, an x for any, and the private creator, if one is given."""

    digits: str
    creator: str = ""

    def fits(self, digits: str, creator: str) -> bool:
        """Return whether it is about these digits, an x of which stands for any, and creator."""
        if self.creator and self.creator != creator.casefold():
            return False
        block = _OPEN if self.creator else ""  # of a creator's any block is meant
        return all(
            asked in (_OPEN, has) or has == block for asked, has in zip(self.digits, digits, strict=True)
        )


def whole_tag(query: str) -> int | None:
    """Return the number of a tag that is whole: 0010,0010 or (0010,0010) or 00100010 or 0x00100010."""
    match = _WHOLE.fullmatch(_bare(query))
    return None if match is None else int(match[1] + match[2], 16)


def tag_pattern(query: str) -> TagPattern | None:
    """Return what is asked for, None where it is no tag.

    Of an odd group two digits are those of a private element in any block (PS3.5 7.8.1), as dictionaries
    write it; of an even one they are the first two.
    """
    bare = _bare(query)
    if match := _PRIVATE.fullmatch(bare):
        group, creator, element = match.groups()
        return TagPattern(
            f"{group}{_OPEN * 4}"[: 8 - len(element)].lower() + element.lower(), creator.casefold()
        )
    match = _PART.fullmatch(bare)
    if match is None:
        return None
    group, comma, element = match.groups()
    if comma and len(element) == 2 and group[-1] in "13579bdfBDF":
        element = _OPEN * 2 + element
    return TagPattern((group + element).ljust(8, _OPEN).lower())


def digits_of(tag: str) -> str:
    """Return the eight digits of a tag as it is shown; of a range those of its first element."""
    group, _, element = tag.strip("()").rpartition(",")
    group = group.partition(",")[0].partition("-")[0]
    return f"{group}{element.partition('-')[0]:x>4}".lower()


def _bare(query: str) -> str:
    return query.strip().removeprefix("(").removesuffix(")").strip()

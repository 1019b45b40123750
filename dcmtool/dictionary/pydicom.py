"""What data dictionary files define, made known to pydicom, so that whatever code of it runs sees it.

What pydicom has no place for is left out: private elements without a creator or in even groups (PS3.5 7.8.1),
and ranges of more elements than anybody could mean, each by itself or together.
"""

from collections.abc import Iterable, Iterator
from itertools import islice, product

from dcmtool.dictionary.lines import WHOLE, Entry, Span
from dcmtool.dictionary.table import Dictionary

PublicEntry = tuple[str, str, str, str, str]  # pydicom's: VR, VM, description, retired, keyword
PrivateEntry = tuple[str, str, str, str]  # VR, VM, description, retired

MAX_EXPANDED = 4096  # elements of one private range; those of DCMTK's files have 128
MAX_IN_ALL = 4 * MAX_EXPANDED  # elements of private ranges, masks of others; of DCMTK: 3,456 and 74
VRS = {  # pydicom's for those that only DCMTK has
    "ox": "OB or OW",
    "px": "OB or OW",
    "xs": "US or SS",
    "lt": "US or SS or OW",
    "na": "NONE",
    "up": "UL",
    "pi": "OB",
}


def register(dictionary: Dictionary) -> None:
    """Add the entries to pydicom's dictionaries, where they override those that it has."""
    from pydicom.datadict import add_dict_entries

    public: dict[int, PublicEntry] = {}
    repeating: list[Entry] = []
    private: dict[str, list[Entry]] = {}
    for entry, _ in dictionary.entries():
        if entry.creator:
            private.setdefault(entry.creator, []).append(entry)
        elif not entry.single:
            repeating.append(entry)
        elif not entry.group.low % 2:
            public[entry.group.low << 16 | entry.element.low] = public_entry(entry)
    add_dict_entries(public)
    _register_repeating(repeating)
    budget = MAX_IN_ALL
    for creator, entries in private.items():
        budget -= _register_private(creator, entries, budget)


def public_entry(entry: Entry) -> PublicEntry:
    """Return pydicom's form of an entry, with pydicom's own description where both have the same keyword."""
    from pydicom.datadict import get_entry

    description = entry.keyword
    try:
        known = get_entry(entry.group.low << 16 | entry.element.low)
    except KeyError:
        pass
    else:
        description = known[2] if known[4] == entry.keyword else description
    return VRS.get(entry.vr, entry.vr), entry.vm, description, _retired(entry), entry.keyword


def private_entry(entry: Entry) -> PrivateEntry:
    """Return pydicom's form of a private entry."""
    return VRS.get(entry.vr, entry.vr), entry.vm, entry.keyword, _retired(entry)


def _retired(entry: Entry) -> str:
    return "Retired" if entry.retired else ""


def _register_repeating(entries: Iterable[Entry]) -> None:
    """Add ranges of elements: pydicom takes the first whose bits fit, so the narrowest come first."""
    from pydicom import datadict
    from pydicom._dicom_dict import RepeatersDictionary

    masks: dict[str, tuple[int, int]] = {}
    for entry in sorted(entries, key=_count):
        value = public_entry(entry)
        for bits, fixed in islice(_masks(entry), MAX_IN_ALL - len(masks)):
            name = _mask_name(bits, fixed)
            if name not in masks:
                masks[name] = bits, fixed
                RepeatersDictionary[name] = value
        datadict.REPEATER_KEYWORDS.append(entry.keyword)
    others = {name: mask for name, mask in datadict.masks.items() if name not in masks}
    datadict.masks.clear()
    datadict.masks.update(masks | others)


def _masks(entry: Entry) -> Iterator[tuple[int, int]]:
    """Yield bits and which of them are fixed, for tags that together are those of a range.

    pydicom asks only for even groups, so that a group's parity need not be among the bits.
    """
    if entry.group.parity == "o":
        return
    groups = _prefixes(entry.group._replace(parity="u"))
    for (group, fixed_group), (element, fixed_element) in product(groups, _prefixes(entry.element)):
        yield group << 16 | element, fixed_group << 16 | fixed_element


def _prefixes(span: Span) -> Iterator[tuple[int, int]]:
    """Yield the blocks that make up a span: the bits that the numbers of a block share, and their mask."""
    if span.parity == "u":
        yield from _blocks(span.low, span.high)
        return
    odd = int(span.parity == "o")
    for half, fixed in _blocks((span.low + 1 - odd) // 2, (span.high - odd) // 2):
        yield half << 1 | odd, (fixed << 1 | 1) & WHOLE


def _blocks(low: int, high: int) -> Iterator[tuple[int, int]]:
    while low <= high:
        size = low & -low or WHOLE + 1
        while size > high - low + 1:
            size >>= 1
        yield low, WHOLE & ~(size - 1)
        low += size


def _mask_name(bits: int, fixed: int) -> str:
    """Return pydicom's name of a mask, such as 60xx0010, or our own if it is not made of whole digits."""
    digits = ""
    for shift in range(28, -1, -4):
        nibble = fixed >> shift & 0xF
        if nibble not in (0, 0xF):
            return f"{bits:08X}/{fixed:08X}"
        digits += f"{bits >> shift & 0xF:X}" if nibble else "x"
    return digits


def _register_private(creator: str, entries: Iterable[Entry], budget: int) -> int:
    """Add the private elements of a creator; return how many those of ranges are, at most the budget."""
    from pydicom._private_dict import private_dictionaries
    from pydicom.datadict import add_private_dict_entries

    any_block: dict[int, PrivateEntry] = {}
    one_block: dict[str, PrivateEntry] = {}
    expanded = 0
    for entry in sorted(entries, key=_count, reverse=True):  # what is narrower is to override
        value = private_entry(entry)
        tags = list(_private_tags(entry))
        if not entry.single:
            tags = tags[: budget - expanded]
            expanded += len(tags)
        for tag in tags:
            if entry.any_block:
                any_block[tag] = value
            else:
                one_block[f"{tag:08X}"] = value
    add_private_dict_entries(creator, any_block)
    if one_block:  # add_private_dict_entries would forget the block
        private_dictionaries[creator].update(one_block)
    return expanded


def _private_tags(entry: Entry) -> Iterator[int]:
    if _count(entry) > MAX_EXPANDED:
        return
    for group in range(entry.group.low | 1, entry.group.high + 1, 2):
        if group in entry.group:
            for element in range(entry.element.low, entry.element.high + 1):
                if element in entry.element:
                    yield group << 16 | element


def _count(entry: Entry) -> int:
    return (entry.group.high - entry.group.low + 1) * (entry.element.high - entry.element.low + 1)

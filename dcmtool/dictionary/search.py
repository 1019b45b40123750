"""Elements and UIDs by tag, keyword, private creator, UID or name, from files and from pydicom."""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from dcmtool.dictionary.lines import WHOLE
from dcmtool.dictionary.pydicom import VRS, public_entry
from dcmtool.dictionary.table import Dictionary, Found
from dcmtool.dictionary.tag_pattern import digits_of, tag_pattern, whole_tag

_ANY_BLOCK = re.compile(r"([0-9A-Fa-f]{4})xx([0-9A-Fa-f]{2})")


class Element(NamedTuple):
    """What is known of an element, or of a range of them; `line` is 0 where the source is no file."""

    tag: str
    creator: str
    vr: str
    vm: str
    keyword: str
    name: str
    version: str
    retired: bool
    source: str
    line: int = 0


class Uid(NamedTuple):
    """What is known of a UID (PS3.6 A)."""

    uid: str
    name: str
    type: str
    keyword: str
    retired: bool
    source: str


Match = Element | Uid


def pydicom_source() -> str:
    """Return what to call pydicom's own dictionary."""
    import pydicom

    return f"pydicom {pydicom.__version__}"


def search(query: str, dictionary: Dictionary) -> list[Match]:
    """Return what a query finds: elements by tag, else names that equal it, else names that contain it."""
    tag = whole_tag(query)
    if tag is not None and (found := _by_tag(tag, dictionary)):
        return [*found]
    elements = [*_elements(dictionary)]
    wanted = query.casefold().strip()
    if shown := [each for each in elements if each.tag.casefold() == wanted]:
        return [*shown]
    pattern = tag_pattern(query)
    if pattern is not None:
        fitting = [each for each in elements if pattern.fits(digits_of(each.tag), each.creator)]
        fitting.sort(key=_place)
        if fitting:
            return [*fitting]
    everything: list[Match] = [*elements, *_uids()]
    return _filtered(everything, wanted, _is_called) or _filtered(everything, wanted, _has_in_name)


def _place(element: Element) -> tuple[str, str]:
    return digits_of(element.tag), element.creator


def _filtered(matches: Iterable[Match], wanted: str, fits: Callable[[Match, str], bool]) -> list[Match]:
    return [match for match in matches if fits(match, wanted)] if wanted else []


def _is_called(match: Match, wanted: str) -> bool:
    own = match.creator if isinstance(match, Element) else match.uid
    if wanted in (match.name.casefold(), own.casefold()):
        return True
    return match.keyword.casefold() == "".join(wanted.split())


def _has_in_name(match: Match, wanted: str) -> bool:
    own = match.creator if isinstance(match, Element) else match.uid
    texts = (match.keyword, match.name, own)
    return (
        any(wanted in text.casefold() for text in texts)
        or "".join(wanted.split()) in match.keyword.casefold()
    )


def _by_tag(tag: int, dictionary: Dictionary) -> list[Element]:
    """Return the element; of a private tag, as all of its creators define it."""
    found = dictionary.find(tag)
    if found:
        return [_of_file(found)]
    if tag >> 16 & 1:
        return [*_private_by_tag(tag, dictionary)]
    from pydicom.datadict import get_entry

    try:
        vr, vm, name, retired, keyword = get_entry(tag)
    except KeyError:
        return []
    text = f"({tag >> 16:04x},{tag & WHOLE:04x})"
    return [Element(text, "", vr, vm, keyword, name, "DICOM", bool(retired), pydicom_source())]


def _private_by_tag(tag: int, dictionary: Dictionary) -> Iterator[Element]:
    from pydicom._private_dict import private_dictionaries
    from pydicom.datadict import get_private_entry

    ours = {found.entry.creator for found in dictionary.entries() if found.entry.creator}
    for creator in sorted(ours | private_dictionaries.keys()):
        if found := dictionary.find(tag, creator):
            yield _of_file(found)
            continue
        try:
            vr, vm, name, retired = get_private_entry(tag, creator)
        except KeyError:
            continue
        text = f'({tag >> 16:04x},"{creator}",{tag & 0xFF:02x})'
        yield Element(text, creator, vr, vm, "", name, "private", bool(retired), pydicom_source())


def _of_file(found: Found) -> Element:
    entry, path = found
    name = entry.keyword if entry.creator else public_entry(entry)[2]
    return Element(
        entry.tag(),
        entry.creator,
        VRS.get(entry.vr, entry.vr),
        entry.vm,
        entry.keyword,
        name,
        entry.version,
        entry.retired,
        path,
        entry.line,
    )


def _elements(dictionary: Dictionary) -> Iterator[Element]:
    """Yield every element: of the files, then those of pydicom's that they do not define."""
    seen = set()
    for found in dictionary.entries():
        element = _of_file(found)
        seen.add(element.tag.lower())
        yield element
    source = pydicom_source()
    for element in _public_of_pydicom(dictionary, source):
        if element.tag not in seen:
            yield element
    for element in _private_of_pydicom(source):
        if element.tag.lower() not in seen:
            yield element


def _public_of_pydicom(dictionary: Dictionary, source: str) -> Iterator[Element]:
    from pydicom._dicom_dict import DicomDictionary, RepeatersDictionary

    for tag, (vr, vm, name, retired, keyword) in DicomDictionary.items():
        text = f"({tag >> 16:04x},{tag & WHOLE:04x})"
        yield Element(text, "", vr, vm, keyword, name, "DICOM", bool(retired), source)
    for mask, (vr, vm, name, retired, keyword) in RepeatersDictionary.items():
        if "/" in mask:  # of a file that has been registered, not pydicom's own
            continue
        if dictionary.find(int(mask.replace("x", "0"), 16)) is None:
            text = f"({mask[:4].lower()},{mask[4:].lower()})"
            yield Element(text, "", vr, vm, keyword, name, "DICOM", bool(retired), source)


def _private_of_pydicom(source: str) -> Iterator[Element]:
    from pydicom._private_dict import private_dictionaries

    for creator, entries in private_dictionaries.items():
        for mask, (vr, vm, name, retired) in entries.items():
            any_block = _ANY_BLOCK.fullmatch(mask)
            group, element = any_block.groups() if any_block else (mask[:4], mask[4:])
            text = f'({group.lower()},"{creator}",{element.lower()})'
            yield Element(text, creator, vr, vm, "", name, "private", bool(retired), source)


def _uids() -> Iterator[Uid]:
    from pydicom._uid_dict import UID_dictionary

    source = pydicom_source()
    for uid, (name, kind, _, retired, keyword) in UID_dictionary.items():
        yield Uid(uid, name, kind, keyword, bool(retired), source)


def pydicom_entries() -> int:
    """Return how many elements pydicom's own dictionary defines, private ones and ranges among them."""
    from pydicom._dicom_dict import DicomDictionary, RepeatersDictionary
    from pydicom._private_dict import private_dictionaries

    return len(DicomDictionary) + len(RepeatersDictionary) + sum(map(len, private_dictionaries.values()))

"""The lines of a data dictionary in DCMTK's format: tag, VR, name, VM and version between single tabs.

The forms of a tag, of which numbers are hexadecimal:

    (gggg,eeee)                 one element
    (gggg-hhhh,eeee-ffff)       a range of groups, of elements or of both; even numbers only
    (gggg-o-hhhh,eeee-u-ffff)   a range of odd (-o-), even (-e-) or all (-u-) numbers
    (gggg,"CREATOR",ee)         a private element, in whatever block its creator has reserved
    (gggg,"CREATOR",eeee)       a private element in one block, from 1000 on
"""

import re
from typing import NamedTuple

MAX_LINE = 2047  # bytes that DCMTK reads as one line
WHOLE = 0xFFFF

STANDARD_VRS = frozenset((  # PS3.5 6.2
    "AE", "AS", "AT", "CS", "DA", "DS", "DT", "FD", "FL", "IS", "LO", "LT", "OB", "OD", "OF", "OL", "OV",
    "OW", "PN", "SH", "SL", "SQ", "SS", "ST", "SV", "TM", "UC", "UI", "UL", "UN", "UR", "US", "UT", "UV",
))  # fmt: skip
# DCMTK's own: OB or OW, pixel data, US or SS, US or SS or OW, none, offset, pixel item.
INTERNAL_VRS = frozenset(("ox", "px", "xs", "lt", "na", "up", "pi"))
UNKNOWN_VR = "UN"

_SPACE = re.compile(r"\s+")
_TAG = re.compile(r'\(([^",]*),(?:\s*"([^"]*)"\s*,)?([^",]*)\)')
_NUMBER = re.compile(r"(?:0[xX])?([0-9A-Fa-f]+)")
_RANGE = re.compile(rf"({_NUMBER.pattern})-(?:([A-Za-z])-)?({_NUMBER.pattern})")
_VM = re.compile(r"[nN]|[+-]?\d+(?:[nN]|-(?:[+-]?\d*[nN]|[+-]?\d+))?")


class BadLine(Exception):
    """A line that cannot be used; its text says why."""


class Span(NamedTuple):
    """Numbers from `low` to `high`, of which `parity` says whether even (e), odd (o) or all (u) count."""

    low: int
    high: int
    parity: str = "u"

    def __contains__(self, number: object) -> bool:
        if not isinstance(number, int) or not self.low <= number <= self.high:
            return False
        return self.parity == "u" or number % 2 == (self.parity == "o")

    def text(self, digits: int = 4) -> str:
        """Return the notation of DCMTK's files."""
        if self.low == self.high and self.parity == "u":
            return f"{self.low:0{digits}x}"
        restriction = "" if self.parity == "e" else f"{self.parity}-"
        return f"{self.low:0{digits}x}-{restriction}{self.high:0{digits}x}"


class Entry(NamedTuple):
    """One definition: which elements, what they hold (PS3.6 6), and the line of the file that says so.

    `creator` is empty for elements that are not private. `name` is without blanks, as DCMTK prints it.
    """

    group: Span
    element: Span
    creator: str
    vr: str
    name: str
    vm: str
    version: str
    line: int = 0

    @property
    def single(self) -> bool:
        """Whether it is about one element (of any block, if private)."""
        return self.group.low == self.group.high and self.element.low == self.element.high

    @property
    def any_block(self) -> bool:
        """Whether it is about a private element in whatever block (PS3.5 7.8.1)."""
        return bool(self.creator) and self.element.high < 0x1000

    @property
    def retired(self) -> bool:
        """Whether the standard has retired it, as DCMTK's version field or name says."""
        return self.version.endswith("/retired") or self.name.startswith(RETIRED)

    @property
    def keyword(self) -> str:
        """The name as a keyword of PS3.6, without DCMTK's mark for retired ones."""
        return self.name.removeprefix(RETIRED)

    def tag(self) -> str:
        """Return the tag field in the notation of DCMTK's files."""
        private = f'"{self.creator}",' if self.creator else ""
        return f"({self.group.text()},{private}{self.element.text(2 if self.any_block else 4)})"

    def defines(self, tag: int, creator: str) -> bool:
        """Return whether it is about this element; `creator` is that of its block, empty without one."""
        if creator != self.creator or tag >> 16 not in self.group:
            return False
        element = tag & WHOLE
        return element in self.element or (self.any_block and element & 0xFF in self.element)


RETIRED = "RETIRED_"


def parse(text: str, line: int = 0) -> Entry | None:
    """Return what one line defines; None for a comment or a blank line.

    Raises:
        BadLine: it is no line of a data dictionary.
    """
    stripped = text.strip()
    if not stripped or stripped.startswith("#"):
        return None
    if len(text.encode("utf-8", "surrogateescape")) > MAX_LINE:
        raise BadLine(f"the line is longer than {MAX_LINE} bytes")
    fields = stripped.split("\t")
    if len(fields) < 3:
        raise BadLine(f"too few fields: {len(fields)} where tag, VR and name belong, each after a single tab")
    if len(fields) > 5:
        raise BadLine(f"too many fields: {len(fields)} where at most 5 belong, each after a single tab")
    tag, vr, name, vm, version = [*fields, *("1", "DICOM")[len(fields) - 3 :]]
    group, creator, element = _tag(tag)
    bare = _SPACE.sub("", name)
    if not bare:
        raise BadLine("the name is empty")
    return Entry(group, element, creator, _vr(vr), bare, _vm(vm), _SPACE.sub("", version), line)


def _tag(field: str) -> tuple[Span, str, Span]:
    match = _TAG.fullmatch(field.strip())
    if match is None:
        raise BadLine(f"bad tag '{field}': neither (gggg,eeee) nor (gggg,\"CREATOR\",ee)")
    group, creator, element = match.groups(default="")
    if '"' in field and not creator:
        raise BadLine(f"bad tag '{field}': the private creator is empty")
    return _span(field, group), creator, _span(field, element)


def _span(field: str, text: str) -> Span:
    bare = _SPACE.sub("", text)
    if number := _NUMBER.fullmatch(bare):
        value = _cut(number[1])
        return Span(value, value)
    bounds = _RANGE.fullmatch(bare)
    if bounds is None:
        raise BadLine(f"bad tag '{field}': '{text}' is neither a hexadecimal number nor a range of them")
    parity = (bounds[3] or "e").lower()
    if parity not in "eou":
        raise BadLine(
            f"bad tag '{field}': unknown range restriction '{bounds[3]}', where -o-, -e- or -u- belongs"
        )
    low, high = _cut(bounds[2]), _cut(bounds[5])
    if low > high:
        raise BadLine(f"bad tag '{field}': the range ends before it begins")
    return Span(low, high, parity)


def _cut(digits: str) -> int:
    """Return the last 16 bits of a hexadecimal number, as DCMTK does."""
    return int(digits[-4:], 16)


def _vr(field: str) -> str:
    """Return the VR that the first two letters are, or UN; DCMTK refuses only an unknown pair of capitals."""
    vr = _SPACE.sub("", field)[:2]
    if vr in STANDARD_VRS or vr in INTERNAL_VRS:
        return vr
    if len(vr) == 2 and vr.isascii() and vr.isalpha() and vr.isupper():
        raise BadLine(f"bad VR '{vr}': no value representation of PS3.5 6.2")
    return UNKNOWN_VR


def _vm(field: str) -> str:
    """Return the VM in the notation of PS3.6: n is 1-n, and 3n is 3-n."""
    vm = _SPACE.sub("", field)
    if not _VM.fullmatch(vm):
        raise BadLine(f"bad VM '{vm}': neither a number nor a range such as 1-3, 1-n or 2-2n")
    vm = vm.lower()
    if vm == "n":
        return "1-n"
    return f"{vm[:-1]}-n" if vm.endswith("n") and "-" not in vm[1:] else vm

"""Command sets as DCMTK's dumps print them: tag, VR, value, length, VM and name."""

from collections.abc import Callable, Iterator

from dcmtool.dimse import messages, status
from dcmtool.dimse.command_set import (
    COMMAND_DATA_SET_TYPE,
    COMMAND_FIELD,
    NAMES,
    STATUS,
    VRS,
    CommandSet,
    decode,
)
from dcmtool.errors import RemoteProtocolError
from dcmtool.text import decoded, printable
from dcmtool.uids import described

# What a data dictionary knows of an element: VR and name by tag and private creator, None for nothing.
Labels = Callable[[int, str], tuple[str, str] | None]

MAX_SHOWN = 64  # of a long value; command elements are seldom longer, and a hostile one may be 64 KiB
_NUMBERS = {"US": 2, "UL": 4, "SS": 2, "SL": 4, "xs": 2, "up": 4}  # bytes a value
_SIGNED = ("SS", "SL")
_TEXTS = ("AE", "AS", "CS", "DA", "DS", "DT", "IS", "LO", "LT", "PN", "SH", "ST", "TM", "UC", "UR", "UT")
_BLOCK_OF_CREATORS = 0x10  # the first of the elements that reserve blocks (PS3.5 7.8.1)


def command_lines(elements: CommandSet, labels: Labels | None = None) -> Iterator[str]:
    """Yield a line for each element of a command set, named by the data dictionary where that knows it."""
    for tag, value in elements.items():
        vr, name = label(elements, tag, labels)
        shown, vm = _value(vr, value)
        yield f"({tag >> 16:04x},{tag & 0xFFFF:04x}) {vr} {shown:<40} # {len(value):3}, {vm} {name}"


def elements_of(command: bytes) -> CommandSet:
    """Return the elements of a command set that an event holds; in a trace of others it may have none."""
    try:
        return decode(command)
    except RemoteProtocolError:
        return {}


def status_detail(elements: CommandSet) -> CommandSet:
    """Return the elements that a C-ECHO-RSP need not have: what the peer adds to its status."""
    return {element: value for element, value in elements.items() if element > STATUS}


def element_words(element: int, value: bytes) -> str:
    """Return what an element says: as in the dump, and in words where a number stands for something."""
    shown, _ = _value(VRS.get(element, "UN"), value)
    meaning = _MEANINGS.get(element)
    if meaning is None or len(value) != 2:
        return shown
    number = int.from_bytes(value, "little")
    return f"0x{number:04X} ({meaning(number)})"


_MEANINGS: dict[int, Callable[[int], str]] = {
    COMMAND_FIELD: lambda number: messages.COMMANDS.get(number, "no command of PS3.7 E.1"),
    COMMAND_DATA_SET_TYPE: lambda number: "no data set" if number == messages.NO_DATA_SET else "a data set",
    STATUS: status.meaning,
}


def label(elements: CommandSet, tag: int, labels: Labels | None) -> tuple[str, str]:
    """Return the VR and the name of an element, by the data dictionary where that knows it."""
    known = labels and labels(tag, _creator(elements, tag))
    if known:
        return known[0], printable(known[1])
    return VRS.get(tag, "UN"), NAMES.get(tag, "Unknown Tag & Data")


def _creator(elements: CommandSet, tag: int) -> str:
    """Return the private creator that has reserved the element's block, empty where there is none."""
    group, block = tag >> 16, tag >> 8 & 0xFF
    if not group % 2 or block < _BLOCK_OF_CREATORS:
        return ""
    return decoded(elements.get(group << 16 | block, b"")).rstrip(" \0")


def _value(vr: str, value: bytes) -> tuple[str, int]:
    """Return a value as text, and its multiplicity."""
    if not value:
        return "(no value available)", 0
    size = _NUMBERS.get(vr)
    if size and len(value) % size == 0:
        return _numbers(value, size, signed=vr in _SIGNED), len(value) // size
    if vr == "UI":
        return printable(described(decoded(value[:MAX_SHOWN]).rstrip("\0"))), 1
    if vr in _TEXTS:
        return f"[{printable(decoded(value[:MAX_SHOWN]).rstrip(' '))}]", 1
    return "\\".join(f"{byte:02x}" for byte in value[: MAX_SHOWN // 3]), 1


def _numbers(value: bytes, size: int, *, signed: bool) -> str:
    shown = value[: MAX_SHOWN // 4 * size]
    starts = range(0, len(shown), size)
    return "\\".join(str(int.from_bytes(shown[at : at + size], "little", signed=signed)) for at in starts)

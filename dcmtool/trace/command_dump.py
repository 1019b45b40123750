"""Command sets as DCMTK's dumps print them: tag, VR, value, length, VM and name."""

from collections.abc import Callable, Iterator

from dcmtool.dimse import messages, status
from dcmtool.dimse.command_set import COMMAND_DATA_SET_TYPE, COMMAND_FIELD, NAMES, STATUS, VRS, CommandSet
from dcmtool.text import decoded, printable
from dcmtool.uids import described

MAX_SHOWN = 64  # of a long value; command elements are seldom longer, and a hostile one may be 64 KiB
_NUMBERS = {"US": 2, "UL": 4}


def command_lines(elements: CommandSet) -> Iterator[str]:
    """Yield a line for each element of a command set."""
    for element, value in elements.items():
        vr, name = VRS.get(element, "UN"), NAMES.get(element, "Unknown Tag & Data")
        vm = 1 if value else 0
        shown = _value(vr, value)
        yield f"(0000,{element:04x}) {vr} {shown:<40} # {len(value):3}, {vm} {name}"


def status_detail(elements: CommandSet) -> CommandSet:
    """Return the elements that a C-ECHO-RSP need not have: what the peer adds to its status."""
    return {element: value for element, value in elements.items() if element > STATUS}


def element_words(element: int, value: bytes) -> str:
    """Return what an element says: as in the dump, and in words where a number stands for something."""
    shown = _value(VRS.get(element, "UN"), value)
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


def _value(vr: str, value: bytes) -> str:
    if not value:
        return "(no value available)"
    if _NUMBERS.get(vr) == len(value):
        return str(int.from_bytes(value, "little"))
    if vr == "UI":
        return printable(described(decoded(value[:MAX_SHOWN]).rstrip("\0")))
    if vr == "LO":
        return f"[{printable(decoded(value[:MAX_SHOWN]).rstrip(' '))}]"
    return "\\".join(f"{byte:02x}" for byte in value[: MAX_SHOWN // 3])

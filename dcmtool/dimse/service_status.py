"""What the status of a response means, by the command that it answers (PS3.4 B.2.3, C.4, PS3.7 Annex C)."""

from collections.abc import Mapping

from dcmtool.dimse.status import meaning

# Each with the bits that count, of a value, and its meaning; the first one that fits counts.
_Rows = tuple[tuple[int, int, str], ...]
_UNABLE = (0xF000, 0xC000, "Failure: Unable to Process")
_SUBOPERATIONS = (0xFFFF, 0xB000, "Warning: Sub-operations Complete - One or More Failures")
_RETRIEVE: _Rows = (
    (0xFFFF, 0xA701, "Refused: Out of Resources - Unable to Calculate Number of Matches"),
    (0xFFFF, 0xA702, "Refused: Out of Resources - Unable to Perform Sub-operations"),
    (0xFF00, 0xA700, "Refused: Out of Resources"),
    (0xFFFF, 0xA801, "Refused: Move Destination Unknown"),
    (0xFF00, 0xA900, "Failure: Identifier Does Not Match SOP Class"),
    _SUBOPERATIONS,
    _UNABLE,
)
_ROWS: Mapping[str, _Rows] = {
    "C-STORE": (
        (0xFF00, 0xA700, "Refused: Out of Resources"),
        (0xFF00, 0xA900, "Error: Data Set Does Not Match SOP Class"),
        (0xFFFF, 0xB000, "Warning: Coercion of Data Elements"),
        (0xFFFF, 0xB006, "Warning: Elements Discarded"),
        (0xFFFF, 0xB007, "Warning: Data Set Does Not Match SOP Class"),
        (0xF000, 0xC000, "Error: Cannot Understand"),
    ),
    "C-FIND": (
        (0xFF00, 0xA700, "Refused: Out of Resources"),
        (0xFF00, 0xA900, "Failure: Identifier Does Not Match SOP Class"),
        _UNABLE,
    ),
    "C-GET": _RETRIEVE,
    "C-MOVE": _RETRIEVE,
}
_SUCCESS, _CANCEL, _PENDING = 0x0000, 0xFE00, (0xFF00, 0xFF01)
_NOT_OF_ECHO = ": not defined for C-ECHO"


def service_meaning(command: str, status: int) -> str:
    """Return the status of a response to a command, such as C-STORE, in words."""
    for bits, value, words in _ROWS.get(command, ()):
        if status & bits == value:
            return words
    words = meaning(status)
    return words.removesuffix(_NOT_OF_ECHO) if command != "C-ECHO" else words


def is_pending(status: int) -> bool:
    """Return whether more responses follow (PS3.7 C.3)."""
    return status in _PENDING


def is_failure(command: str, status: int) -> bool:
    """Return whether what was asked was not done, or not wholly.

    Warnings are none but those of C-GET and C-MOVE, whose sub-operations failed, and of no class that is
    known (PS3.7 C.1).
    """
    if status in (_SUCCESS, _CANCEL, *_PENDING):
        return False
    if status >> 12 == 0xB:
        return command in ("C-GET", "C-MOVE")
    return status not in (0x0001, 0x0107, 0x0116)

"""What the status of a response means by the service that it is of (PS3.7 Annex C; PS3.4 B, C, H, S)."""

from dcmtool.dimse import status

_OUT_OF_RESOURCES = "Refused: Out of Resources"
_DOES_NOT_MATCH = "Failure: Identifier Does Not Match SOP Class"
_UNABLE = "Failure: Unable To Process"
_RETRIEVE = {  # PS3.4 C.4.2.1.5, C.4.3.1.4
    0xA701: f"{_OUT_OF_RESOURCES}, Unable To Calculate Number Of Matches",
    0xA702: f"{_OUT_OF_RESOURCES}, Unable To Perform Sub-operations",
    0xA900: _DOES_NOT_MATCH,
    0xB000: "Warning: Sub-operations Complete, One Or More Failures",
}
_MEANINGS: dict[str, dict[int, str]] = {
    "C-STORE": {  # PS3.4 B.2.3
        0xB000: "Warning: Coercion Of Data Elements",
        0xB006: "Warning: Elements Discarded",
        0xB007: "Warning: Data Set Does Not Match SOP Class",
    },
    "C-FIND": {  # PS3.4 C.4.1.1.4
        0xA700: _OUT_OF_RESOURCES,
        0xA900: _DOES_NOT_MATCH,
        0xFF01: "Pending, Optional Keys Not Supported",
    },
    "C-GET": _RETRIEVE,
    "C-MOVE": {**_RETRIEVE, 0xA801: "Refused: Move Destination Unknown"},
}
# By the upper bits: how many of the status's bits are left out, what the others are, what that means.
_RANGES: dict[str, tuple[tuple[int, int, str], ...]] = {
    "C-STORE": (
        (8, 0xA7, _OUT_OF_RESOURCES),
        (8, 0xA9, "Failure: Data Set Does Not Match SOP Class"),
        (12, 0xC, "Failure: Cannot Understand"),
    ),
    **dict.fromkeys(("C-FIND", "C-GET"), ((8, 167, _OUT_OF_RESOURCES), (12, 12, _UNABLE))),
    "C-MOVE": ((8, 0xA7, _OUT_OF_RESOURCES), (12, 0xC, _UNABLE)),
}


def meaning(command: str, code: int) -> str:
    """Return a status in words, as the response to such a request (C-STORE, C-FIND) has it."""
    known = _MEANINGS.get(command, {}).get(code)
    if known:
        return known
    for bits, upper, words in _RANGES.get(command, ()):
        if code >> bits == upper:
            return words
    return status.meaning(code).partition(": not defined")[0]


def is_failure(code: int) -> bool:
    """Return whether a status is a failure: neither success nor warning, pending or cancel (PS3.7 C)."""
    return status.meaning(code).partition(":")[0] in ("Failure", "Refused", "Unknown Status")

"""What the status of a response means (PS3.7 9.1.5.1.4 and Annex C)."""

SUCCESS = 0x0000

_MEANINGS = {
    SUCCESS: "Success",
    0x0105: "Failure: No Such Attribute",
    0x0106: "Failure: Invalid Attribute Value",
    0x0107: "Warning: Attribute List Error",
    0x0110: "Failure: Processing Failure",
    0x0111: "Failure: Duplicate SOP Instance",
    0x0112: "Failure: No Such SOP Instance",
    0x0113: "Failure: No Such Event Type",
    0x0114: "Failure: No Such Argument",
    0x0115: "Failure: Invalid Argument Value",
    0x0116: "Warning: Attribute Value Out Of Range",
    0x0117: "Failure: Invalid SOP Instance",
    0x0118: "Failure: No Such SOP Class",
    0x0119: "Failure: Class-Instance Conflict",
    0x0120: "Failure: Missing Attribute",
    0x0121: "Failure: Missing Attribute Value",
    0x0122: "Refused: SOP Class Not Supported",
    0x0123: "Failure: No Such Action Type",
    0x0124: "Refused: Not Authorized",
    0x0210: "Failure: Duplicate Invocation",
    0x0211: "Failure: Unrecognized Operation",
    0x0212: "Failure: Mistyped Argument",
    0x0213: "Failure: Resource Limitation",
    0xFE00: "Cancel",
    0xFF00: "Pending",
    0xFF01: "Pending with Warning",
}


def meaning(status: int) -> str:
    """Return a status (0 to 0xFFFF) in words; a number without a name by the class it falls in."""
    known = _MEANINGS.get(status)
    if known:
        return known
    return f"{_class_of(status)}: not defined for C-ECHO"


def _class_of(status: int) -> str:
    """Return the class of a status by its range (PS3.7 Annex C)."""
    if status == 0x0001 or status >> 12 == 0xB:
        return "Warning"
    if status >> 12 in (0xA, 0xC) or status >> 8 in (0x01, 0x02):
        return "Failure"
    return "Unknown Status"

"""The C-FIND-RQ that matches nothing (PS3.7 9.3.2, PS3.4 C.4.1, K.4.1): whether one may ask at all."""

from collections.abc import Mapping
from struct import pack

from dcmtool.dimse import command_set as cs
from dcmtool.dimse.fragments import fragment
from dcmtool.upper_layer.pdus import Pdv

C_FIND_RQ, C_FIND_RSP = 0x0020, 0x8020
MATCHES = (0xFF00, 0xFF01)  # pending: a match comes with it (PS3.4 C.4.1.1.4)
REFUSED = (0x0122, 0x0124)
QUERY_RETRIEVE, WORKLIST = "Query/Retrieve", "Modality Worklist"
SOP_CLASSES: Mapping[str, str] = {
    QUERY_RETRIEVE: "1.2.840.10008.5.1.4.1.2.2.1",  # Study Root
    WORKLIST: "1.2.840.10008.5.1.4.31",
}
_MEDIUM, _WITH_DATA_SET = 0, 1
_MEANINGS = {
    0x0122: "Refused: SOP Class Not Supported",
    0x0124: "Refused: Not Authorized",
    0xA700: "Refused: Out of Resources",
    0xA900: "Error: Data Set Does Not Match SOP Class",
}


def query(service: str, context_id: int, unique: int, size: int) -> tuple[Pdv, ...]:
    """Return the PDVs of a request, each of at most `size` bytes, for what has a number of its own.

    `unique` has at most 120 bits, so that it makes a UID (PS3.5 B.2) and a patient ID that nobody has.
    """
    command = cs.encode(
        (
            (cs.AFFECTED_SOP_CLASS_UID, cs.ui(SOP_CLASSES[service])),
            (cs.COMMAND_FIELD, cs.us(C_FIND_RQ)),
            (cs.MESSAGE_ID, cs.us(1)),
            (cs.PRIORITY, cs.us(_MEDIUM)),
            (cs.COMMAND_DATA_SET_TYPE, cs.us(_WITH_DATA_SET)),
        )
    )
    data = tuple(
        pdv._replace(is_command=False) for pdv in fragment(_identifier(service, unique), context_id, size)
    )
    return (*fragment(command, context_id, size), *data)


def meaning(status: int) -> str:
    """Return a status of a C-FIND-RSP in words (PS3.4 C.4.1.1.4)."""
    return _MEANINGS.get(status, "Failure: Unable to Process" if status >> 12 == 0xC else "Failure")


def _identifier(service: str, unique: int) -> bytes:
    """Return the identifier, in Implicit VR Little Endian: a key that every node matches by, and no other."""
    if service == QUERY_RETRIEVE:
        return _element(0x0008, 0x0052, b"STUDY ") + _element(0x0020, 0x000D, cs.ui(f"2.25.{unique}"))
    return _element(0x0010, 0x0020, f"NOBODY-{unique:030X}".encode()[:64].ljust(38))


def _element(group: int, element: int, value: bytes) -> bytes:
    return pack("<HHI", group, element, len(value)) + value

"""One table of (PDU, bytes) that drives encode and decode, written by hand from PS3.8 9.3 and PS3.7 D.3.3.

The bytes are written as hexadecimal digits, `"text"` for its characters, and `rr` for a reserved byte
(`rrx32` for 32 of them), which is sent as 00 and must not be tested when received.
"""

import re
from typing import NamedTuple

from dcmtool.uids import (
    IMPLEMENTATION_CLASS_UID,
    IMPLEMENTATION_VERSION_NAME,
    IMPLICIT_VR_LITTLE_ENDIAN,
    VERIFICATION_SOP_CLASS,
)
from dcmtool.upper_layer.pdus import (
    Abort,
    AnyPdu,
    AssociateAc,
    AssociateRj,
    AssociateRq,
    ContextResult,
    PDataTf,
    Pdv,
    ProposedContext,
    ReleaseRp,
    ReleaseRq,
)
from dcmtool.upper_layer.user_information import (
    AsynchronousOperationsWindow,
    CommonExtendedNegotiation,
    ExtendedNegotiation,
    ImplementationClassUid,
    ImplementationVersionName,
    MaximumLength,
    RoleSelection,
    SubItem,
    UnknownSubItem,
    UserIdentity,
    UserIdentityResponse,
)

_TOKEN = re.compile(r'"([^"]*)"|(rr)(?:x(\d+))?|((?:[0-9a-f]{2})+)|\s+')


def octets(text: str, reserved: int = 0) -> bytes:
    """Return the bytes that the notation of this table stands for."""
    data, offset = b"", 0
    while offset < len(text):
        token = _TOKEN.match(text, offset)
        assert token is not None, text[offset:]
        quoted, reserved_byte, count, digits = token.groups()
        if reserved_byte:
            data += bytes((reserved,)) * int(count or 1)
        else:
            data += bytes.fromhex(digits) if digits else (quoted or "").encode("latin-1")
        offset = token.end()
    return data


class SubItemRow(NamedTuple):
    """A sub-item of User Information with its bytes."""

    name: str
    sub_item: SubItem
    text: str


class Row(NamedTuple):
    """A PDU with its bytes, header included."""

    name: str
    kind: int
    pdu: AnyPdu
    text: str

    def data(self, reserved: int = 0) -> bytes:
        """Return the PDU's bytes, the reserved ones as told."""
        return octets(self.text, reserved)


SUB_ITEMS = (
    SubItemRow("maximum length", MaximumLength(16384), "51 rr 0004 00004000"),
    SubItemRow("no maximum length", MaximumLength(0), "51 rr 0004 00000000"),
    SubItemRow("class UID", ImplementationClassUid("1.2.3"), '52 rr 0005 "1.2.3"'),
    SubItemRow("window", AsynchronousOperationsWindow(5, 258), "53 rr 0004 0005 0102"),
    SubItemRow(
        "roles",
        RoleSelection(VERIFICATION_SOP_CLASS, scu=False, scp=True),
        '54 rr 0015 0011 "1.2.840.10008.1.1" 00 01',
    ),
    SubItemRow("version name", ImplementationVersionName("DCM TOOL_1"), '55 rr 000a "DCM TOOL_1"'),
    SubItemRow("extended", ExtendedNegotiation("1.2.3", b"\x01\x00"), '56 rr 0009 0005 "1.2.3" 01 00'),
    SubItemRow(
        "common extended",
        CommonExtendedNegotiation("1.2.3", "1.2.840.10008.4.2", ("1.2.4", "1.2.56")),
        '57 rr 002b 0005 "1.2.3" 0011 "1.2.840.10008.4.2" 000f 0005 "1.2.4" 0006 "1.2.56"',
    ),
    SubItemRow(
        "common extended, nothing related",
        CommonExtendedNegotiation("1.2.3", "1.2.4"),
        '57 rr 0010 0005 "1.2.3" 0005 "1.2.4" 0000',
    ),
    SubItemRow(
        "user identity",
        UserIdentity(2, True, b"jan", b"secret"),
        '58 rr 000f 02 01 0003 "jan" 0006 "secret"',
    ),
    SubItemRow(
        "user identity, one field", UserIdentity(1, False, b"jan"), '58 rr 0009 01 00 0003 "jan" 0000'
    ),
    SubItemRow("user identity response", UserIdentityResponse(b"ok"), '59 rr 0004 0002 "ok"'),
    SubItemRow("user identity response, empty", UserIdentityResponse(b""), "59 rr 0002 0000"),
    SubItemRow("of an unknown type", UnknownSubItem(0x5A, b"\xff"), "5a rr 0001 ff"),
)

_CONTEXT_1 = ProposedContext(1, VERIFICATION_SOP_CLASS, (IMPLICIT_VR_LITTLE_ENDIAN,))
_APPLICATION_CONTEXT = '10 rr 0015 "1.2.840.10008.3.1.1.1" '
_TITLES = '"ANY-SCP         " "ECHOSCU         " rrx32 '
_CONTEXT_1_TEXT = '20 rr 002e 01 rr rr rr 30 rr 0011 "1.2.840.10008.1.1" 40 rr 0011 "1.2.840.10008.1.2" '
_ACCEPTED = ContextResult(1, 0, IMPLICIT_VR_LITTLE_ENDIAN)
_ACCEPTED_TEXT = '21 rr 0019 01 rr 00 rr 40 rr 0011 "1.2.840.10008.1.2" '


def _own_request() -> AssociateRq:
    own = (
        MaximumLength(16384),
        ImplementationClassUid(IMPLEMENTATION_CLASS_UID),
        ImplementationVersionName(IMPLEMENTATION_VERSION_NAME),
    )
    return AssociateRq("ANY-SCP", "ECHOSCU", (_CONTEXT_1,), own)


REQUEST = _own_request()

ROWS = (
    Row(
        "RQ as DCMTK 3.6.7 sends it",  # 211 bytes; DCMTK sets the third byte of the context item to FF
        1,
        REQUEST._replace(
            user_information=(
                MaximumLength(16384),
                ImplementationClassUid("1.2.276.0.7230010.3.0.3.6.7"),
                ImplementationVersionName("OFFIS_DCMTK_367"),
            )
        ),
        "01 rr 000000cd 0001 rrrr" + _TITLES + _APPLICATION_CONTEXT + _CONTEXT_1_TEXT + "50 rr 003a"
        '51 rr 0004 00004000 52 rr 001b "1.2.276.0.7230010.3.0.3.6.7" 55 rr 000f "OFFIS_DCMTK_367"',
    ),
    Row(
        "RQ as we send it",
        1,
        REQUEST,
        "01 rr 000000d9 0001 rrrr" + _TITLES + _APPLICATION_CONTEXT + _CONTEXT_1_TEXT + "50 rr 0046"
        "51 rr 0004 00004000"
        '52 rr 002b "2.25.42025186936127297258667235879404728027"'
        '55 rr 000b "DCMTOOL_010"',
    ),
    Row(
        "RQ with two contexts and all that can be negotiated",
        1,
        AssociateRq(
            "SIXTEEN_LETTERS_",
            " A B",
            (ProposedContext(1, "1.2.3", ("1.2", "1.4")), ProposedContext(255, "1.2.4", ("1.2",))),
            tuple(row.sub_item for row in SUB_ITEMS),
            "1.9",
            0x8001,
        ),
        '01 rr 00000151 8001 rrrr "SIXTEEN_LETTERS_" " A B            " rrx32 10 rr 0003 "1.9"'
        '20 rr 001b 01 rr rr rr 30 rr 0005 "1.2.3" 40 rr 0003 "1.2" 40 rr 0003 "1.4"'
        '20 rr 0014 ff rr rr rr 30 rr 0005 "1.2.4" 40 rr 0003 "1.2"'
        "50 rr 00cb" + " ".join(row.text for row in SUB_ITEMS),
    ),
    Row(
        "AC",
        2,
        AssociateAc("ANY-SCP", "ECHOSCU", (_ACCEPTED,), (MaximumLength(0), ImplementationClassUid("1.2.3"))),
        "02 rr 0000008f 0001 rrrr" + _TITLES + _APPLICATION_CONTEXT + _ACCEPTED_TEXT + "50 rr 0011"
        '51 rr 0004 00000000 52 rr 0005 "1.2.3"',
    ),
    Row(
        "AC with contexts refused",
        2,
        AssociateAc("A", "B", (ContextResult(3, 4, ""), ContextResult(1, 3, "1.2")), (MaximumLength(50),)),
        '02 rr 00000084 0001 rrrr "A               " "B               " rrx32 '
        + _APPLICATION_CONTEXT
        + '21 rr 0008 03 rr 04 rr 40 rr 0000 21 rr 000b 01 rr 03 rr 40 rr 0003 "1.2"'
        "50 rr 0008 51 rr 0004 00000032",
    ),
    Row("RJ", 3, AssociateRj(1, 1, 7), "03 rr 00000004 rr 01 01 07"),
    Row("RJ, for a while", 3, AssociateRj(2, 3, 1), "03 rr 00000004 rr 02 03 01"),
    Row(
        "P-DATA-TF, the head and the tail of a command",
        4,
        PDataTf((Pdv(1, True, False, b"\xaa\xbb"), Pdv(1, True, True, b"\xcc"))),
        "04 rr 0000000f 00000004 01 01 aabb 00000003 01 03 cc",
    ),
    Row(
        "P-DATA-TF, a data set",
        4,
        PDataTf((Pdv(255, False, False, b"\x00\x01"), Pdv(255, False, True, b""))),
        "04 rr 0000000e 00000004 ff 00 0001 00000002 ff 02",
    ),
    Row("A-RELEASE-RQ", 5, ReleaseRq(), "05 rr 00000004 rrx4"),
    Row("A-RELEASE-RP", 6, ReleaseRp(), "06 rr 00000004 rrx4"),
    Row("A-ABORT by the user", 7, Abort(0, 0), "07 rr 00000004 rr rr 00 00"),
    Row("A-ABORT by the provider", 7, Abort(2, 6), "07 rr 00000004 rr rr 02 06"),
)

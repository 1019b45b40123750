"""PDUs byte by byte: every row of the PDU table, and bytes that are no PDU."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcmtool.dimse.messages import CEchoRsp
from dcmtool.trace.annotated import Row, annotate
from dcmtool.upper_layer.pdus import PDataTf, Pdv
from tests.upper_layer.pdu_table import REQUEST, ROWS
from tests.upper_layer.pdu_table import Row as PduRow
from tests.upper_layer.strategies import PDUS, STREAMS

AMISS = ("cut short", "belong to no field", "Bytes after", "not defined", "undefined")


def words(data: bytes) -> list[str]:
    """Return each row as one line: offset, depth by blanks, name and value."""
    return [
        f"{row.offset:04x} {'  ' * row.depth}{row.name}: {row.value}".rstrip(": ") for row in annotate(data)
    ]


def assert_complete(rows: list[Row], data: bytes) -> None:
    """Every byte is in one row, in order."""
    assert b"".join(row.data for row in rows) == data
    offset = 0
    for row in rows:
        assert row.offset == offset
        offset += len(row.data)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_every_pdu_of_the_table_has_a_name_for_every_byte(row: PduRow) -> None:
    rows = annotate(row.data())
    assert_complete(rows, row.data())
    amiss = [each for each in rows if any(word in each.name + each.value for word in AMISS)]
    allowed = ["Item of a type not defined here (5AH)"] if "all that can be negotiated" in row.name else []
    assert [each.name for each in amiss] == allowed


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_reserved_bytes_that_are_not_0_are_named(row: PduRow) -> None:
    rows = annotate(row.data(reserved=0xFF))
    reserved = [each.value for each in rows if each.name == "Reserved"]
    assert reserved == ["not 0, ignored"] * len(reserved)


def test_the_request_as_we_send_it() -> None:
    assert words(REQUEST.encode()) == [
        "0000 A-ASSOCIATE-RQ (01H): length 217",
        "0006   Protocol-version: version 1",
        "0008   Reserved",
        '000a   Called-AE-title: "ANY-SCP         "',
        '001a   Calling-AE-title: "ECHOSCU         "',
        "002a   Reserved",
        "004a   Application Context (10H): length 21",
        "004e     Application-context-name: DICOMApplicationContext",
        "0063   Presentation Context (20H): length 46",
        "0067     Presentation-context-ID: 1",
        "0068     Reserved",
        "006b     Abstract Syntax (30H): length 17",
        "006f       Abstract-syntax-name: VerificationSOPClass",
        "0080     Transfer Syntax (40H): length 17",
        "0084       Transfer-syntax-name: LittleEndianImplicit",
        "0095   User Information (50H): length 70",
        "0099     Maximum Length (51H): length 4",
        "009d       Maximum-length-received: 16384",
        "00a1     Implementation Class UID (52H): length 43",
        "00a5       Implementation-class-uid: 2.25.42025186936127297258667235879404728027",
        "00d0     Implementation Version Name (55H): length 11",
        '00d4       Implementation-version-name: "DCMTOOL_010"',
    ]


BY_NAME = {row.name: row.data() for row in ROWS}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "RJ",
            [
                "0006   Reserved",
                "0007   Result: 1 (Rejected Permanent)",
                "0008   Source: 1 (Service User)",
                "0009   Reason/Diag.: 7 (Called AE Title Not Recognized)",
            ],
        ),
        (
            "P-DATA-TF, a data set",
            [
                "0006   Item-length: 4",
                "000a     Presentation-context-ID: 255",
                "000b     Message control header: data set, not the last fragment",
                "000c     Fragment: 2 byte(s)",
                "000e   Item-length: 2",
                "0012     Presentation-context-ID: 255",
                "0013     Message control header: data set, last fragment",
            ],
        ),
        ("A-RELEASE-RQ", ["0006   Reserved"]),
        (
            "A-ABORT by the user",
            [
                "0006   Reserved",
                "0008   Source: 0 (service user)",
                "0009   Reason/Diag.: 0 (not significant)",
            ],
        ),
        (
            "A-ABORT by the provider",
            [
                "0006   Reserved",
                "0008   Source: 2 (service provider)",
                "0009   Reason/Diag.: 6 (invalid PDU parameter value)",
            ],
        ),
    ],
)
def test_short_pdus(name: str, expected: list[str]) -> None:
    assert words(BY_NAME[name])[1:] == expected


def test_what_was_negotiated() -> None:
    lines = words(BY_NAME["RQ with two contexts and all that can be negotiated"])
    for line in (
        "0006   Protocol-version: version 1",
        "0098       Maximum-length-received: 0 (no limit)",
        "00ab       Maximum-number-operations-performed: 258",
        "00b3       SOP-class-uid: VerificationSOPClass",
        "00c5       SCP-role: yes",
        "00df       Service-class-application-information: 2 byte(s)",
        "00ff       Related-general-sop-class-identification-length: 15",
        "0103         Related-general-sop-class-uid: 1.2.4",
        "0128       User-Identity-Type: 2 (user name and passcode)",
        "0131       Secondary-field: 6 byte(s), which are not shown",
        "014a       Server-response: 2 byte(s), which are not shown",
    ):
        assert line in lines


def test_results_of_contexts() -> None:
    lines = words(BY_NAME["AC with contexts refused"])
    assert "0069     Result/Reason: 4 (Transfer Syntaxes Not Supported)" in lines
    assert "0075     Result/Reason: 3 (Abstract Syntax Not Supported)" in lines
    assert '000a   Reserved (called title): "A               "' in lines


def test_a_whole_command_is_shown_by_its_elements() -> None:
    response = CEchoRsp(7, 0x0110, "no room").encode()
    assert words(PDataTf((Pdv(1, True, True, response),)).encode())[4:] == [
        "000c     (0000,0000) CommandGroupLength: 82",
        "0018     (0000,0002) AffectedSOPClassUID: VerificationSOPClass",
        "0032     (0000,0100) CommandField: 0x8030 (C-ECHO-RSP)",
        "003c     (0000,0120) MessageIDBeingRespondedTo: 7",
        "0046     (0000,0800) CommandDataSetType: 0x0101 (no data set)",
        "0050     (0000,0900) Status: 0x0110 (Failure: Processing Failure)",
        "005a     (0000,0902) ErrorComment: [no room]",
    ]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("", []),
        ("0100", ["0000 PDU header: cut short: 2 of 6 bytes"]),
        ("4854 5450 2f31 2e31", None),
        (
            "0300 00000003 000103",
            [
                "0000 A-ASSOCIATE-RJ (03H): length 3",
                "0006   Reserved",
                "0007   Result: 1 (Rejected Permanent)",
                "0008   Source: 3 (Service Provider (Presentation Related))",
                "0009   Reason/Diag.: cut short: 0 of 1 bytes",
            ],
        ),
        (
            "0700 00000006 00000901 aabb cc",
            [
                "0000 A-ABORT (07H): length 6",
                "0006   Reserved",
                "0008   Source: 9 (undefined)",
                "0009   Reason/Diag.: 1 (not significant)",
                "000a   Bytes that belong to no field: 2 byte(s)",
                "000c Bytes after the PDU: 1 byte(s)",
            ],
        ),
        (
            "0400 00000007 000000ff 0103aa",
            [
                "0000 P-DATA-TF (04H): length 7",
                "0006   Item-length: 255",
                "000a     Presentation-context-ID: 1",
                "000b     Message control header: command, last fragment",
                "000c     Fragment: 1 byte(s)",
            ],
        ),
    ],
)
def test_bytes_that_are_amiss(data: str, expected: list[str] | None) -> None:
    raw = bytes.fromhex(data)
    assert_complete(annotate(raw), raw)
    if expected is not None:
        assert words(raw) == expected


def test_an_item_that_claims_too_much() -> None:
    body = bytes(68).replace(b"\0\0", b"\0\1", 1) + bytes.fromhex("5000 00ff 5200 0009 31")
    assert words(b"\x02\0" + len(body).to_bytes(4) + body)[-3:] == [
        "004a   User Information (50H): length 255, but 5 left",
        "004e     Implementation Class UID (52H): length 9, but 1 left",
        "0052       Implementation-class-uid: 1",
    ]


def test_text_from_the_peer_is_made_safe_and_short() -> None:
    data = bytes.fromhex("5500 0064") + b"\x1b[2J" + b"x" * 96
    body = b"\0\1" + bytes(66) + b"\x50\0" + len(data).to_bytes(2) + data
    assert words(b"\x02\0" + len(body).to_bytes(4) + body)[-1].endswith(f'"\\x1b[2J{"x" * 60}"...')


@given(st.one_of(st.binary(max_size=300), STREAMS, PDUS.map(lambda pdu: pdu.encode())))
def test_whatever_comes_every_byte_is_in_one_row(data: bytes) -> None:
    assert_complete(annotate(data), data)


@given(st.integers(0, 9), st.binary(max_size=200))
def test_whatever_a_body_holds_nothing_raises(kind: int, body: bytes) -> None:
    data = bytes((kind, 0)) + len(body).to_bytes(4) + body
    rows = annotate(data)
    assert_complete(rows, data)
    assert all(row.value.isprintable() and row.name.isprintable() for row in rows)

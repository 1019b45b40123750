"""Command sets as lines."""

import pytest

from dcmtool.dimse import command_set as cs
from dcmtool.trace.command_dump import command_lines, status_detail


def test_a_whole_command_set() -> None:
    elements = {
        cs.GROUP_LENGTH: b"\x38\0\0\0",
        cs.AFFECTED_SOP_CLASS_UID: b"1.2.840.10008.1.1\0",
        cs.COMMAND_FIELD: b"\x30\x80",
        cs.OFFENDING_ELEMENT: b"\0\0\0\x10",
        cs.ERROR_COMMENT: b"disk full ",
        cs.ERROR_ID: b"\1\2",
    }
    assert list(command_lines(elements)) == [
        "(0000,0000) UL 56                                       #   4, 1 CommandGroupLength",
        "(0000,0002) UI =VerificationSOPClass                    #  18, 1 AffectedSOPClassUID",
        "(0000,0100) US 32816                                    #   2, 1 CommandField",
        "(0000,0901) AT 00\\00\\00\\10                              #   4, 1 OffendingElement",
        "(0000,0902) LO [disk full]                              #  10, 1 ErrorComment",
        "(0000,0903) US 513                                      #   2, 1 ErrorID",
    ]


@pytest.mark.parametrize(
    ("element", "value", "shown"),
    [
        (cs.STATUS, b"", "US (no value available)                    #   0, 0 Status"),
        (cs.STATUS, b"\1\2\3", "US 01\\02\\03                                 #   3, 1 Status"),
        (0x5555, b"\x1b[", "UN 1b\\5b                                    #   2, 1 Unknown Tag & Data"),
        (cs.AFFECTED_SOP_CLASS_UID, b"1.2\x1b[2J", "UI 1.2\\x1b[2J  #   7, 1 AffectedSOPClassUID"),
        (cs.ERROR_COMMENT, b"[bold]\r\nF: \x9b", "LO [[bold]\\r\\nF: \\x9b]  #  12, 1 ErrorComment"),
    ],
)
def test_values_of_a_peer_that_knows_no_limits(element: int, value: bytes, shown: str) -> None:
    (line,) = command_lines({element: value})
    assert line.isprintable()
    assert line.split() == f"(0000,{element:04x}) {shown}".split()


@pytest.mark.parametrize("element", [cs.STATUS, cs.ERROR_COMMENT, cs.AFFECTED_SOP_CLASS_UID, 0x5555])
def test_a_long_value_is_cut(element: int) -> None:
    (line,) = command_lines({element: b"\x1b" * 65536})
    assert len(line) < 400


def test_the_status_detail_is_what_a_response_need_not_have() -> None:
    assert status_detail({cs.COMMAND_DATA_SET_TYPE: b"", cs.STATUS: b"", cs.ERROR_COMMENT: b"x"}) == {
        cs.ERROR_COMMENT: b"x"
    }


LABELS = {
    (0x00000900, ""): ("US", "TheStatus"),
    (0x00005010, ""): ("LO", "AcmeCommand"),
    (0x00091001, "ACME 1"): ("SH", "AcmePrivate"),
    (0x00091002, "ACME 1"): ("xs", "Acme\x1bNumber"),
    (0x00091003, "ACME 1"): ("SL", "AcmeNumbers"),
}


def test_a_data_dictionary_names_elements_private_ones_by_the_creator_of_their_block() -> None:
    elements = {
        cs.STATUS: b"\0\0",
        0x00005010: b"hello ",
        0x00090010: b"ACME 1",
        0x00091001: b"x y ",
        0x00091002: b"\1\0",
        0x00091003: b"\xff\xff\xff\xff\2\0\0\0",
        0x00091099: b"qq",
        0x00091101: b"x y ",
        0x000A1001: b"x y ",
    }
    assert list(command_lines(elements, lambda tag, creator: LABELS.get((tag, creator)))) == [
        "(0000,0900) US 0                                        #   2, 1 TheStatus",
        "(0000,5010) LO [hello]                                  #   6, 1 AcmeCommand",
        "(0009,0010) UN 41\\43\\4d\\45\\20\\31                        #   6, 1 Unknown Tag & Data",
        "(0009,1001) SH [x y]                                    #   4, 1 AcmePrivate",
        "(0009,1002) xs 1                                        #   2, 1 Acme\\x1bNumber",
        "(0009,1003) SL -1\\2                                     #   8, 2 AcmeNumbers",
        "(0009,1099) UN 71\\71                                    #   2, 1 Unknown Tag & Data",
        "(0009,1101) UN 78\\20\\79\\20                              #   4, 1 Unknown Tag & Data",
        "(000a,1001) UN 78\\20\\79\\20                              #   4, 1 Unknown Tag & Data",
    ]

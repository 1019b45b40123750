"""The seven PDUs: one table of bytes drives encode and decode."""

from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcmtool.errors import RemoteProtocolError
from dcmtool.upper_layer import pdus
from dcmtool.upper_layer.pdus import (
    AssociateAc,
    AssociateRq,
    ContextResult,
    PDataTf,
    ProposedContext,
    RequestLimits,
)
from dcmtool.upper_layer.user_information import UnknownSubItem
from tests.upper_layer import strategies
from tests.upper_layer.pdu_table import ROWS, Row, octets

every_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
AC_HEAD = '0001 0000 "A               " "B               " 00000000 00000000 00000000 00000000' + " 00" * 16


def error_of(kind: int, text: str) -> RemoteProtocolError:
    """Return the error that a body given in the table's notation ends in."""
    with pytest.raises(RemoteProtocolError) as caught:
        pdus.decode_pdu(kind, octets(text))
    return caught.value


@every_row
def test_encode(row: Row) -> None:
    assert row.pdu.encode().hex(" ") == row.data().hex(" ")


@every_row
@pytest.mark.parametrize("reserved", [0x00, 0xFF])
def test_decode_whatever_the_reserved_bytes_are(row: Row, reserved: int) -> None:
    # The text too, since tuples of two types with the same fields are equal.
    assert repr(pdus.decode_pdu(row.kind, row.data(reserved)[6:])) == repr(row.pdu)


@every_row
def test_the_header_tells_type_and_length(row: Row) -> None:
    data = row.data()
    assert pdus.PDU_HEADER.unpack_from(data) == (row.kind, len(data) - 6)
    assert pdus.PDU_NAMES[row.kind].replace("-", "").upper().startswith(("AASSOC", "PDATA", "AREL", "AABORT"))


@every_row
def test_a_truncated_body_is_an_error_or_a_shorter_pdu(row: Row) -> None:
    body = row.data()[6:]
    for length in range(len(body)):
        with suppress(RemoteProtocolError):
            shorter = pdus.decode_pdu(row.kind, body[:length])
            assert isinstance(shorter, AssociateRq | AssociateAc | PDataTf)
            assert shorter != row.pdu


def test_every_type_is_in_the_table() -> None:
    assert {row.kind for row in ROWS} == set(pdus.PDU_NAMES) == set(range(1, 8))


@given(strategies.PDUS)
def test_any_pdu_round_trips(pdu: pdus.AnyPdu) -> None:
    data = pdu.encode()
    assert repr(pdus.decode_pdu(data[0], data[6:])) == repr(pdu)


@given(st.integers(1, 7), st.binary(max_size=120))
def test_any_body_is_a_pdu_or_an_error(kind: int, body: bytes) -> None:
    try:
        pdu = pdus.decode_pdu(kind, body)
    except RemoteProtocolError as error:
        told = (error.abort_reason, error.clause[:6])
    else:
        told = (pdu.encode()[0], "")
    assert told in ((6, "PS3.8 "), (6, "PS3.7 "), (kind, ""))


def test_a_large_answer_is_read_and_not_remembered() -> None:
    contexts = tuple(ContextResult(2 * index + 1, 0, "1.2.840.10008.1.2") for index in range(128))
    answer = AssociateAc("A", "B", contexts * 2, ())
    body = answer.encode()[6:]
    assert len(body) > 4096
    assert pdus.decode_pdu(pdus.ASSOCIATE_AC, body) == answer
    assert pdus.decode_pdu(pdus.ASSOCIATE_AC, body) is not pdus.decode_pdu(pdus.ASSOCIATE_AC, body)


# A-ASSOCIATE --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "clause"), [(1, "PS3.8 9.3.2"), (2, "PS3.8 9.3.3")])
def test_fixed_fields_cut_short(kind: int, clause: str) -> None:
    error = error_of(kind, "0001 " + "00" * 65)
    assert str(error) == (
        f"{pdus.PDU_NAMES[kind]} has a body of 67 bytes where at least 68 belong ({clause})"
    )


def test_a_version_without_bit_0_is_an_error() -> None:
    error = error_of(2, "8002" + "00" * 66)
    assert "protocol version 0x8002, without bit 0" in str(error)


CONTEXT, ANSWER, UNKNOWN = "20 00 0004 01 00 00 00", '21 00 000b 01 00 00 00 40 00 0003 "1.2"', "77 00 0000"


@pytest.mark.parametrize(
    ("kind", "text", "offset", "what", "clause"),
    [
        (1, "0001" + "00" * 65, 73, "A-ASSOCIATE-RQ has a body of 67 bytes", "PS3.8 9.3.2"),
        (2, "8002" + "00" * 66, 6, "A-ASSOCIATE-AC has protocol version 0x8002", "PS3.8 9.3.3"),
        (1, AC_HEAD + "10", 74, "A-ASSOCIATE-RQ ends with 1 stray", "PS3.8 9.3.2"),
        (1, AC_HEAD + "77 00 0001 00" + "10 00 00", 79, "A-ASSOCIATE-RQ ends with 3 stray", "PS3.8 9.3.2"),
        (2, AC_HEAD + UNKNOWN + "10 00 0002 00", 78, "item 0x10 in A-ASSOCIATE-AC claims 2", "PS3.8 9.3.3"),
        (1, AC_HEAD + CONTEXT + "20 00 0003 030000", 82, "the Presentation Context item", "PS3.8 9.3.2.2"),
        (1, AC_HEAD + "20 00 0006 01000000 3000", 82, "a Presentation Context item ends", "PS3.8 9.3.2.2"),
        (
            *(1, AC_HEAD + CONTEXT + "20 00 000d 03000000 77 00 0001 00 30 00 0001", 95),
            *("item 0x30 in a Presentation Context item claims 1 bytes", "PS3.8 9.3.2.2"),
        ),
        (2, AC_HEAD + ANSWER + "21 00 0003 030000", 89, "the Presentation Context item", "PS3.8 9.3.3.2"),
        (
            2,
            AC_HEAD + ANSWER + "21 00 0005 03000300 40",
            97,
            "a Presentation Context item ends",
            "PS3.8 9.3.3.2",
        ),
        (2, AC_HEAD + UNKNOWN + "21 00 0004 03000000", 78, "presentation context 3 is", "PS3.8 9.3.3.2"),
        (1, AC_HEAD + UNKNOWN + "50 00 0001 51", 82, "the User Information item ends", "PS3.8 9.3.3.3"),
        (
            *(1, AC_HEAD + UNKNOWN + "50 00 000a 99 00 0001 00 51 00 0001 00", 87),
            *("the Maximum Length item has 1 byte(s)", "PS3.8 D.1"),
        ),
        (4, "", 6, "the PDV lengths in a P-DATA-TF of 0 bytes", "PS3.8 9.3.5.1"),
        (4, "00000002 01 03 00", 12, "the PDV lengths in a P-DATA-TF of 7 bytes", "PS3.8 9.3.5.1"),
        (3, "01", 2, "A-ASSOCIATE-RJ has a body of 1 bytes", "PS3.8 9.3.4"),
    ],
)
def test_where_a_fault_is(kind: int, text: str, offset: int, what: str, clause: str) -> None:
    error = error_of(kind, text)
    assert error.what.startswith(what)
    assert (error.offset, error.clause, error.abort_reason, error.kind) == (offset, clause, 6, "")


@pytest.mark.parametrize(
    ("limits", "what"),
    [
        (RequestLimits(contexts=1), "A-ASSOCIATE-RQ proposes more than 1 presentation contexts"),
        (
            RequestLimits(transfer_syntaxes=1),
            "A-ASSOCIATE-RQ proposes more than 1 transfer syntaxes for presentation context 3",
        ),
    ],
)
def test_where_too_much_is_proposed(limits: RequestLimits, what: str) -> None:
    body = octets(AC_HEAD + CONTEXT + '20 00 0012 03000000 40 00 0003 "1.2" 40 00 0003 "1.3"')
    with pytest.raises(RemoteProtocolError) as caught:
        pdus.decode_request(body, limits)
    error = caught.value
    assert (error.what, error.clause, error.abort_reason) == (what, "PS3.8 9.3.2.2", 6)
    assert (error.offset, error.kind) == (82, "too-many")


@pytest.mark.parametrize("decode", [ProposedContext.decode, ContextResult.decode])
def test_where_a_fault_is_in_a_context_alone(decode: Callable[[bytes], object]) -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        decode(octets("03 00 03 00 40"))
    assert caught.value.offset == 4


def test_a_context_without_an_abstract_syntax() -> None:
    assert ProposedContext.decode(octets("03 00 00 00")) == ProposedContext(3, "", ())


@pytest.mark.parametrize("length", [1, 5000])
def test_an_acceptor_reads_past_some_sub_items_that_are_wrong(length: int) -> None:
    wrong = f"51 00 0001 00 99 00 {length:04x} " + "00" * length
    body = octets(AC_HEAD + f"50 00 {length + 9:04x} " + wrong)
    request = pdus.decode_request(body, RequestLimits())
    assert request.user_information[0] == UnknownSubItem(0x51, b"\0")
    with pytest.raises(RemoteProtocolError):
        AssociateRq.decode(body)


def test_items_in_another_order_and_unknown_ones_are_tolerated() -> None:
    body = octets(
        AC_HEAD
        + '50 00 0008 51 00 0004 00004000 99 00 0002 ffff 30 00 0000 21 00 000b 01 00 00 00 40 00 0003 "1.2"'
        '10 00 0004 "1.9" 00'
    )
    answer = AssociateAc.decode(body)
    assert answer.contexts == (ContextResult(1, 0, "1.2"),)
    assert answer.application_context == "1.9"
    assert repr(answer.user_information) == "(MaximumLength(value=16384),)"


def test_missing_items_are_tolerated() -> None:
    assert AssociateAc.decode(octets(AC_HEAD)) == AssociateAc("A", "B", (), (), "")


def test_an_answer_to_a_request_is_no_proposal() -> None:
    body = octets(AC_HEAD + "21 00 0000")
    assert AssociateRq.decode(body).contexts == ()
    assert "the Presentation Context item has 0 byte(s)" in str(error_of(2, AC_HEAD + "21 00 0000"))


def test_unknown_items_in_a_context_are_tolerated() -> None:
    value = octets('03 ff ff ff 77 00 0001 00 40 00 0003 "1.2" 30 00 0003 "1.3" 40 00 0004 "1.4" 00')
    assert ProposedContext.decode(value) == ProposedContext(3, "1.3", ("1.2", "1.4"))
    result = octets('03 ff 00 ff 77 00 0001 00 40 00 0003 "1.2"')
    assert ContextResult.decode(result) == ContextResult(3, 0, "1.2")


@pytest.mark.parametrize(
    ("value", "count"), [("03 00 00 00", 0), ('03 00 00 00 40 00 0003 "1.2" 40 00 0003 "1.3"', 2)]
)
def test_acceptance_is_with_one_transfer_syntax(value: str, count: int) -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        ContextResult.decode(octets(value))
    assert str(caught.value) == (
        f"presentation context 3 is accepted with {count} transfer syntaxes (PS3.8 9.3.3.2)"
    )


def test_a_refusal_needs_no_transfer_syntax() -> None:
    assert ContextResult.decode(octets("03 00 04 00")) == ContextResult(3, 4, "")


def test_titles_lose_the_padding_at_their_end_alone() -> None:
    answer = AssociateAc.decode(octets(AC_HEAD.replace('"A      ', '" A B\x1b  ')))
    both = AssociateAc.decode(octets(AC_HEAD.replace('"A  ', '"XAX').replace('"B  ', '"XBX')))
    assert (both.called_aet, both.calling_aet) == ("XAX", "XBX")
    assert (answer.called_aet, answer.calling_aet) == (" A B\x1b", "B")


# P-DATA-TF ----------------------------------------------------------------------------------------------


def test_the_other_bits_of_the_message_control_header_are_not_tested() -> None:
    assert PDataTf.decode(octets("00000002 01 ff")).pdvs == (pdus.Pdv(1, True, True, b""),)
    assert PDataTf.decode(octets("00000002 01 fc")).pdvs == (pdus.Pdv(1, False, False, b""),)


@pytest.mark.parametrize(
    ("text", "size", "count"),
    [
        ("", 0, 0),
        ("00000002 01", 5, 0),
        ("00000001 01 03", 6, 0),
        ("00000000 01 03", 6, 0),
        ("00000003 01 03", 6, 0),
        ("ffffffff 01 03", 6, 0),
        ("00000002 01 03 00", 7, 1),
        ("00000002 01 03 00000003 01 03", 12, 1),
    ],
)
def test_pdv_lengths_add_up(text: str, size: int, count: int) -> None:
    assert str(error_of(4, text)) == (
        f"the PDV lengths in a P-DATA-TF of {size} bytes do not add up after {count} PDVs (PS3.8 9.3.5.1)"
    )


# A-ASSOCIATE-RJ, A-RELEASE, A-ABORT ---------------------------------------------------------------------


@pytest.mark.parametrize("kind", [3, 5, 6, 7])
@pytest.mark.parametrize("length", [0, 3, 5])
def test_a_body_of_four_bytes(kind: int, length: int) -> None:
    error = error_of(kind, "01" * length)
    assert error.what == f"{pdus.PDU_NAMES[kind]} has a body of {length} bytes, not 4"
    assert error.clause == {3: "PS3.8 9.3.4", 5: "PS3.8 9.3.6", 6: "PS3.8 9.3.7", 7: "PS3.8 9.3.8"}[kind]


@pytest.mark.parametrize(
    ("kind", "text", "offset"),
    [
        (1, "00 01", 8),
        (1, AC_HEAD.replace("0001", "0002", 1), 6),
        (1, f"{AC_HEAD} 10", 74),
        (1, f'{AC_HEAD} 10 00 0003 "1.2" 20 00 0009 00', 81),
        (1, f'{AC_HEAD} 10 00 0003 "1.2" 20 00 0002 0100', 81),
        (1, f'{AC_HEAD} 10 00 0003 "1.2" 20 00 0009 01000000 30 00 0005 31', 89),
        (1, f'{AC_HEAD} 10 00 0003 "1.2" 50 00 0005 54 00 0001 00', 85),
        (2, f"{AC_HEAD} 21 00 0004 01000000", 74),
        (4, "00000000", 6),
        (4, "00000003 01 03 ff 00000009", 13),
        (5, "00", 2),
    ],
)
def test_a_fault_is_shown_by_its_byte_in_the_pdu(kind: int, text: str, offset: int) -> None:
    assert error_of(kind, text).offset == offset

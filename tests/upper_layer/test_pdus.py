"""The seven PDUs: one table of bytes drives encode and decode."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcmtool.errors import RemoteProtocolError
from dcmtool.upper_layer import pdus
from dcmtool.upper_layer.pdus import AssociateAc, AssociateRq, ContextResult, PDataTf, ProposedContext
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
def test_any_pdu_round_trips(pdu: pdus.Pdu) -> None:
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

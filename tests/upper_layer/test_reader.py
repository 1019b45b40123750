"""Cutting a stream into PDUs: whole, byte by byte, truncated, followed by another, too long, no PDU."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcmtool.errors import NotDicom, RemoteProtocolError, TlsWanted
from dcmtool.upper_layer.pdus import P_DATA_TF, PDU_NAMES, AnyPdu
from dcmtool.upper_layer.reader import MAX_ASSOCIATE, PduReader
from tests.upper_layer import strategies
from tests.upper_layer.pdu_table import ROWS, Row, octets

MAX_PDU = 16384
every_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)


def fed(*chunks: bytes, max_pdu: int = MAX_PDU) -> PduReader:
    """Return a reader that has taken the chunks."""
    reader = PduReader(max_pdu)
    for chunk in chunks:
        reader.feed(chunk)
    return reader


def error_of(data: bytes, max_pdu: int = MAX_PDU) -> RemoteProtocolError:
    """Return the error that the bytes end in at once."""
    reader = fed(data, max_pdu=max_pdu)
    with pytest.raises(RemoteProtocolError) as caught:
        reader.next_pdu()
    return caught.value


@every_row
def test_whole(row: Row) -> None:
    reader = fed(row.data())
    assert reader.next_pdu() == (row.kind, row.data()[6:])
    assert reader.next_pdu() is None
    assert reader.partial == ""


@every_row
def test_byte_by_byte(row: Row) -> None:
    reader = PduReader(MAX_PDU)
    *head, last = (bytes((byte,)) for byte in row.data(reserved=0xFF))
    for byte in head:
        reader.feed(byte)
        assert reader.next_pdu() is None
        assert reader.partial == PDU_NAMES[row.kind]
    reader.feed(last)
    assert reader.next_pdu() == (row.kind, row.data(reserved=0xFF)[6:])


@every_row
def test_with_a_trailing_pdu_and_the_head_of_a_third(row: Row) -> None:
    release = octets("05 00 00000004 00000000")
    reader = fed(row.data() + release, row.data()[:7])
    assert reader.next_pdu() == (row.kind, row.data()[6:])
    assert reader.next_pdu() == (5, bytes(4))
    assert reader.next_pdu() is None
    assert reader.partial == PDU_NAMES[row.kind]


@given(st.data(), st.lists(strategies.PDUS, max_size=5))
def test_any_pdus_in_any_chunks(data: st.DataObject, sent: list[AnyPdu]) -> None:
    encoded = [pdu.encode() for pdu in sent]
    reader, found = PduReader(MAX_PDU), []
    for chunk in data.draw(strategies.chunked(b"".join(encoded))):
        reader.feed(chunk)
        while (received := reader.next_pdu()) is not None:
            found.append(received)
    assert found == [(pdu[0], pdu[6:]) for pdu in encoded]


@pytest.mark.parametrize("kind", sorted(PDU_NAMES))
def test_the_length_is_checked_before_the_body_arrives(kind: int) -> None:
    limit = {1: MAX_ASSOCIATE, 2: MAX_ASSOCIATE, P_DATA_TF: MAX_PDU}.get(kind, 4)
    assert fed(bytes((kind, 0)) + limit.to_bytes(4)).next_pdu() is None
    error = error_of(bytes((kind, 0)) + (limit + 1).to_bytes(4))
    assert error.what.startswith(f"the peer sent {PDU_NAMES[kind]} of {limit + 1} bytes where ")
    assert error.clause == ("PS3.8 D.1" if kind == P_DATA_TF else "PS3.8 9.3.1")
    assert error.abort_reason == 6


def test_a_p_data_tf_of_just_the_maximum_length() -> None:
    body = bytes(MAX_PDU)
    assert fed(octets("04 00 00004000") + body).next_pdu() == (4, body)


def test_a_proposal_of_no_limit_is_bounded_all_the_same() -> None:
    assert fed(octets("04 00 00100000"), max_pdu=0).next_pdu() is None
    assert "at most 1048576" in str(error_of(octets("04 00 00100001"), max_pdu=0))


@pytest.mark.parametrize("kind", [0x00, 0x08, 0x14, 0x48, 0xFF])
def test_an_unknown_type_is_an_error_from_its_first_byte(kind: int) -> None:
    error = error_of(bytes((kind,)))
    assert (error.clause, error.abort_reason) == ("PS3.8 9.3.1", 1)
    assert error.what.startswith(f"what the peer sent is no DICOM PDU: it begins with {kind:02x} ")
    assert error_of(bytes((kind,)) + bytes(9)).abort_reason == 1


def test_what_may_begin_a_tls_alert_is_decided_by_its_second_byte() -> None:
    reader = fed(b"\x15")
    assert reader.next_pdu() is None
    reader.feed(b"\x03")
    with pytest.raises(TlsWanted):
        reader.next_pdu()
    assert type(error_of(b"\x15\0")) is NotDicom


def test_text_of_another_protocol_is_shown_safely() -> None:
    assert str(error_of(b"HTTP/1.1 400 Bad Request\r\n\r\n")) == (
        "what the peer sent is no DICOM PDU: it begins with "
        '48 54 54 50 2f 31 2e 31 ("HTTP/1.1") (PS3.8 9.3.1)'
    )
    assert '("\\x1b[2J\\r\\n\\x9b\\x00")' in str(error_of(b"\x1b[2J\r\n\x9b\0"))


def test_partial_names_what_was_cut_short() -> None:
    assert fed().partial == ""
    assert fed(b"\x04").partial == "P-DATA-TF"
    assert fed(b"\xff").partial == "a PDU"


@given(st.data(), strategies.STREAMS)
def test_any_bytes_are_pdus_or_an_error(data: st.DataObject, stream: bytes) -> None:
    reader, reasons = PduReader(MAX_PDU), set()
    found: list[tuple[int, bytes]] = []
    try:
        for chunk in data.draw(strategies.chunked(stream)):
            reader.feed(chunk)
            found += iter(reader.next_pdu, None)
    except RemoteProtocolError as error:
        reasons = {error.abort_reason}
    assert reasons <= {1, 6}
    assert all(kind in PDU_NAMES and body in stream for kind, body in found)


@pytest.mark.parametrize("alert", [b"\x15\3\3\0\2\2\x46", b"\x15\3\1\0\2\2\x0a"])
def test_a_tls_alert_is_recognised(alert: bytes) -> None:
    reader = fed(alert)
    with pytest.raises(TlsWanted):
        reader.next_pdu()


@pytest.mark.parametrize("kind", [P_DATA_TF, 1, 7])
def test_where_a_pdu_that_is_too_long_says_so(kind: int) -> None:
    reader = PduReader(16384)
    reader.feed(bytes((kind, 0)) + (1 << 24).to_bytes(4) + b"as text")
    with pytest.raises(RemoteProtocolError) as caught:
        reader.next_pdu()
    error = caught.value
    assert (error.offset, error.kind, error.abort_reason) == (2, "too-long", 6)
    assert error.start == (b"" if kind == P_DATA_TF else bytes((kind, 0, 1, 0, 0, 0)) + b"as")


def test_what_is_kept_is_counted_until_it_is_forgotten() -> None:
    reader = PduReader(16384)
    assert (reader.held, reader.has_part) == (0, False)
    reader.feed(b"\7\0\0")
    assert (reader.held, reader.has_part) == (3, True)
    reader.clear()
    assert (reader.held, reader.has_part) == (0, False)

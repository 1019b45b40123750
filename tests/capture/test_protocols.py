"""What a side speaks by its first bytes, and where PDUs are found again after a hole."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dcmtool.capture.protocols import PduSearch, begins_pdu, followed, proxy_header_length
from dcmtool.upper_layer import pdus
from tests.capture.conversations import AC, RELEASE_RQ, RQ, data_set, p_data
from tests.upper_layer import strategies

ABORT = pdus.Abort(2, 6).encode()


@settings(max_examples=50, deadline=None)
@given(st.one_of(st.binary(min_size=1, max_size=20), strategies.PDUS.map(lambda pdu: pdu.encode()[:30])))
def test_more_bytes_never_change_what_is_spoken(start: bytes) -> None:
    known = [followed(start[:end]) for end in range(1, len(start) + 1)]
    settled = [each for each in known if each is not None]
    assert len(set(settled)) <= 1
    assert known[len(known) - len(settled) :] == settled


@pytest.mark.parametrize(
    ("start", "length"),
    [
        (b"PROXY UNKNOWN\r\nmore", 15),
        (b"PROXY " + bytes(200), 107),
        (b"PROXY TCP4 ", None),
        (b"\r\n\r\n\x00\r\nQUIT\n\x20\x00\x01\x00", 272),
        (b"\r\n\r\n\x00\r\nQUIT\n\x20", None),
    ],
)
def test_how_long_a_header_is(start: bytes, length: int | None) -> None:
    assert proxy_header_length(start) == length


@pytest.mark.parametrize(
    "pdu", [RQ, AC, ABORT, RELEASE_RQ, data_set(), p_data(b"command"), RELEASE_RQ + ABORT]
)
def test_a_segment_that_begins_with_a_pdu(pdu: bytes) -> None:
    assert begins_pdu(pdu)
    assert PduSearch().find(pdu) == pdu
    assert PduSearch().find(memoryview(pdu)) == pdu


@pytest.mark.parametrize(
    "data",
    [
        b"",
        RELEASE_RQ[:9],
        b"\x08" + RELEASE_RQ[1:],
        b"\x05\x01" + RELEASE_RQ[2:],
        RELEASE_RQ + b"image",
        RQ[:6] + b"\x55\x55" + RQ[8:],
        b"\1\0\xff\xff\xff\xff" + RQ[6:],
        b"\4\0\0\0\0\4" + bytes(20),
        data_set()[:11],
        data_set()[:10] + b"\2" + data_set()[11:],  # contexts have odd numbers
        data_set()[:11] + b"\4" + data_set()[12:],
        data_set()[:6] + b"\xff" + data_set()[7:],
    ],
)
def test_a_segment_that_does_not(data: bytes) -> None:
    assert not begins_pdu(data)
    assert PduSearch().find(data) is None


@pytest.mark.parametrize("size", [1, 3, 11, 5000])
def test_a_pdu_in_the_middle_of_segments(size: int) -> None:
    lost = b"\4\0" * 50 + b"\4\0\0\0\0\x10\0\0\0\x0b\1\0"  # the lengths are not those of one PDV
    sent, search, found = lost + data_set(), PduSearch(), b""
    for at in range(0, len(sent), size):
        part = sent[at : at + size]
        if found:
            found += part
        else:
            found = search.find(part) or b""
    assert found == data_set()

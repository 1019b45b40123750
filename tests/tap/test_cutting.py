"""What a capture keeps where data sets are left out, by bytes alone."""

import random
import struct
import tracemalloc
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcmtool.dimse import command_set as cs
from dcmtool.tap.cutting import DataSetCutter, Piece
from tests.peers import wire
from tests.peers.scu import ECHO, RELEASE, associate_request
from tests.peers.wire import item, p_data, pdu

SECRET = b"a-secret-passcode"
IDENTITY = item(0x58, struct.pack(">BBH", 2, 0, 4) + b"user" + struct.pack(">H", len(SECRET)) + SECRET)
REQUEST = associate_request(user=[IDENTITY])
HIDDEN = REQUEST.replace(SECRET, b"*" * len(SECRET))
DATA = b"DOE^JANE" * 100


def pdv(data: bytes, control: int, context_id: int = 1) -> bytes:
    """Return a PDV (PS3.8 9.3.5.1)."""
    return struct.pack(">IBB", len(data) + 2, context_id, control) + data


def cut(data: bytes, *sizes: int) -> list[Piece]:
    """Return the pieces of bytes that come in parts of these sizes, the last one what is left."""
    cutter, ends = DataSetCutter(), [0]
    for size in sizes:
        ends.append(min(ends[-1] + size, len(data)))
    parts = [data[start:end] for start, end in pairwise([*ends, len(data)])]
    return [piece for part in parts for piece in cutter.cut(part)] + cutter.rest()


def shown(pieces: list[Piece]) -> bytes:
    """Return the stream with a stop for each byte that is left out."""
    return b"".join(kept + b"." * left_out for kept, left_out in pieces)


DATA_PDU = pdu(wire.P_DATA, pdv(DATA, 0))
BOTH_PDU = pdu(wire.P_DATA, pdv(b"command", 3) + pdv(DATA, 2))
STORE = cs.encode([(cs.COMMAND_FIELD, cs.us(1)), (cs.AFFECTED_SOP_INSTANCE_UID, b"1.2.826.0.1.7")])
STORED = STORE.replace(b"1.2.826.0.1.7", b"*" * 13)
TLS = b"\x16\x03\x01\0\x05hello\x17\x03\x03\0\x04data"
CASES = [
    (REQUEST, HIDDEN),
    (ECHO, ECHO),
    (RELEASE, RELEASE),
    (DATA_PDU, DATA_PDU.replace(DATA, b"." * len(DATA))),
    (BOTH_PDU, BOTH_PDU.replace(DATA, b"." * len(DATA))),
    (
        REQUEST + ECHO + DATA_PDU + DATA_PDU + RELEASE,
        HIDDEN + ECHO + 2 * DATA_PDU.replace(DATA, b"." * len(DATA)) + RELEASE,
    ),
    (pdu(wire.P_DATA, b""), pdu(wire.P_DATA, b"")),
    (pdu(wire.P_DATA, b"abc") + RELEASE, pdu(wire.P_DATA, b"...") + RELEASE),
    (pdu(wire.P_DATA, b"\0\0\0\x09\1\0abc") + RELEASE, pdu(wire.P_DATA, b"." * 9) + RELEASE),
    (pdu(wire.P_DATA, b"\0\0\0\1\1\0abc") + RELEASE, pdu(wire.P_DATA, b"." * 9) + RELEASE),
    (pdu(wire.P_DATA, pdv(bytes(1 << 17), 3)), None),
    (pdu(wire.P_DATA, pdv(STORE, 3) + pdv(STORE, 3)), pdu(wire.P_DATA, pdv(STORED, 3) + pdv(STORED, 3))),
    (
        pdu(wire.P_DATA, pdv(STORE[:35], 1)) + RELEASE + pdu(wire.P_DATA, pdv(STORE[35:], 3)),
        pdu(wire.P_DATA, pdv(STORED[:35], 1)) + RELEASE + pdu(wire.P_DATA, pdv(STORED[35:], 3)),
    ),
    (
        pdu(wire.P_DATA, pdv(bytes(1 << 17), 1) + pdv(STORE, 1) + pdv(STORE, 3) + pdv(STORE, 3)),
        pdu(
            wire.P_DATA,
            pdv(bytes(1 << 17), 1).replace(bytes(1 << 17), b"." * (1 << 17))
            + pdv(b"." * len(STORE), 1)
            + pdv(b"." * len(STORE), 3)
            + pdv(STORED, 3),
        ),
    ),
    (pdu(wire.ABORT, b"abcdefgh") + RELEASE, pdu(wire.ABORT, b"." * 8) + RELEASE),
    (RELEASE + b"MSH|^~\\&|DOE", RELEASE + b"." * 12),
    (b"\x0bMSH|^~\\&|DOE", b"." * 13),
    (b"GET / HTTP/1.1\r\n\r\n", b"." * 18),
    (TLS, TLS),
    (TLS + b"DOE^JANE", TLS + b"." * 8),
    (b"\x16\x03\x01\xff\xffDOE^JANE", b"." * 13),
    (b"\x16\x02\x01\0\5DOE^JANE", b"." * 13),
    (b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n" + ECHO, b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n" + ECHO),
    (b"PROXY " + b"x" * 200, b"." * 206),
    (b"PROXIMAL", b"." * 8),
]


@pytest.mark.parametrize(("data", "kept"), CASES)
def test_what_is_kept(data: bytes, kept: bytes | None) -> None:
    if kept is None:
        kept = data[:12] + b"." * (len(data) - 12)
    assert shown(cut(data)) == kept
    if len(data) < 5000:
        assert shown(cut(data, *[1] * len(data))) == kept


@given(st.integers(0, len(CASES) - 1), st.lists(st.integers(1, 500), max_size=20))
def test_how_it_comes_makes_no_difference(number: int, sizes: list[int]) -> None:
    data, _ = CASES[number]
    assert shown(cut(data, *sizes)) == shown(cut(data))


@given(st.binary(max_size=300), st.lists(st.integers(1, 50), max_size=10))
def test_nothing_is_lost_of_anything(data: bytes, sizes: list[int]) -> None:
    assert len(shown(cut(data, *sizes))) == len(data)


def test_a_data_set_begins_a_piece() -> None:
    """Programs that read a capture look for PDUs where packets begin."""
    whole = REQUEST + ECHO + DATA_PDU + RELEASE + DATA_PDU
    assert cut(whole) == [
        (HIDDEN, 0),
        (ECHO, 0),
        (DATA_PDU[:12], len(DATA)),
        (RELEASE, 0),
        (DATA_PDU[:12], len(DATA)),
    ]


@pytest.mark.parametrize("end", [1, 5, 20, len(REQUEST) - 1])
def test_an_association_request_that_is_not_whole_is_left_out(end: int) -> None:
    assert cut(REQUEST[:end]) == [(b"", end)]


def test_an_association_request_that_is_too_long_is_left_out() -> None:
    assert cut(b"\1\0\xff\xff\xff\xff" + SECRET) == [(b"\1\0\xff\xff\xff\xff", len(SECRET))]


def test_an_association_request_in_small_parts_takes_linear_time_and_bounded_memory() -> None:
    length = 1 << 20
    cutter = DataSetCutter()
    cutter.cut(b"\1\0" + length.to_bytes(4))
    tracemalloc.start()
    for _ in range(length // 16 - 1):
        assert cutter.cut(b"x" * 16) == []
    assert tracemalloc.get_traced_memory()[1] < 3 * length
    tracemalloc.stop()
    ((kept, left_out),) = cutter.cut(b"x" * 16)
    assert (len(kept), left_out) == (length + 6, 0)


def test_a_data_set_of_any_length_takes_no_memory() -> None:
    cutter = DataSetCutter()
    length = 1 << 31
    cutter.cut(
        pdu(wire.ABORT, bytes(4)) + b"\4\0" + (length + 6).to_bytes(4) + (length + 2).to_bytes(4) + b"\1\0"
    )
    random.seed(1)
    chunk = memoryview(random.randbytes(1 << 18))
    assert [cutter.cut(chunk) for _ in range(20)] == [[(b"", 1 << 18)]] * 20


def test_what_hypothesis_may_not_find() -> None:
    assert p_data(1, b"") == pdu(wire.P_DATA, pdv(b"", 3))
    assert cut(p_data(1, b"") + pdu(wire.P_DATA, pdv(b"", 2))) == [
        (pdu(wire.P_DATA, pdv(b"", 3)), 0),
        (pdu(wire.P_DATA, pdv(b"", 2)), 0),
    ]

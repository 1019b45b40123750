"""Command sets, by bytes alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcmtool.dimse import command_set as cs
from dcmtool.errors import RemoteProtocolError

# A C-ECHO-RQ with message id 1, as PS3.7 9.3.5.1 has it, written out by hand.
ECHO_RQ = bytes.fromhex(
    "0000 0000 04000000 38000000"
    "0000 0200 12000000 312e322e3834302e31303030382e312e3100"
    "0000 0001 02000000 3000"
    "0000 1001 02000000 0100"
    "0000 0008 02000000 0101"
)
ELEMENTS = [
    (cs.AFFECTED_SOP_CLASS_UID, b"1.2.840.10008.1.1\0"),
    (cs.COMMAND_FIELD, b"\x30\0"),
    (cs.MESSAGE_ID, b"\1\0"),
    (cs.COMMAND_DATA_SET_TYPE, b"\1\1"),
]
BOUNDARIES = (0, 12, 38, 48, 58, 68)


def test_encode() -> None:
    assert cs.encode(ELEMENTS) == ECHO_RQ


def test_decode() -> None:
    assert cs.decode(ECHO_RQ) == {cs.GROUP_LENGTH: b"\x38\0\0\0", **dict(ELEMENTS)}


def test_nothing_is_a_command_set_without_elements() -> None:
    assert cs.decode(b"") == {}


def test_of_an_element_given_twice_the_last_counts() -> None:
    assert cs.decode(cs.encode([(cs.STATUS, b"\1\0"), (cs.STATUS, b"\2\0")]))[cs.STATUS] == b"\2\0"


@pytest.mark.parametrize("end", range(len(ECHO_RQ) + 1))
def test_a_command_set_cut_short_is_refused_unless_an_element_ends_there(end: int) -> None:
    if end in BOUNDARIES:
        assert len(cs.decode(ECHO_RQ[:end])) == BOUNDARIES.index(end)
        return
    with pytest.raises(RemoteProtocolError) as caught:
        cs.decode(ECHO_RQ[:end])
    error = caught.value
    assert (error.clause, error.abort_reason, error.kind) == ("PS3.7 6.3.1", 6, "command-set")


def test_a_stray_byte_at_the_end() -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        cs.decode(ECHO_RQ + b"\0")
    assert str(caught.value) == "the command set ends with 1 stray byte(s) (PS3.7 6.3.1)"


def test_an_element_longer_than_what_is_left() -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        cs.decode(ECHO_RQ[:-1])
    assert str(caught.value) == (
        "the element (0000,0800) CommandDataSetType claims 2 bytes where 1 are left (PS3.7 6.3.1)"
    )


def test_an_element_without_a_name_that_claims_four_gigabytes() -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        cs.decode(bytes.fromhex("0000 3412 ffffffff"))
    assert str(caught.value) == (
        "the element (0000,1234) claims 4294967295 bytes where 0 are left (PS3.7 6.3.1)"
    )


def test_an_element_of_another_group() -> None:
    elements = cs.decode(ECHO_RQ + bytes.fromhex("0800 1600 00000000"))
    assert elements[0x00080016] == b""


@pytest.mark.parametrize(
    ("tags", "words"),
    [
        ((), ""),
        ((0x00000900,), ""),
        ((0x0000FFFF,), ""),
        ((0x0000FFFF, 0x00080005), "the element (0008,0005), which is not of group 0000 (PS3.7 6.3.1)"),
        ((0x00080005,), "the element (0008,0005), which is not of group 0000 (PS3.7 6.3.1)"),
        ((0x00000900, 0x00091001), "the element (0009,1001), which is not of group 0000 (PS3.7 6.3.1)"),
        (
            (0x00090010, 0x00091001, 0xFFFFFFFF),
            "the element (0009,0010) and 2 more, which are not of group 0000 (PS3.7 6.3.1)",
        ),
    ],
)
def test_elements_of_other_groups_in_words(tags: tuple[int, ...], words: str) -> None:
    assert cs.foreign_elements(dict.fromkeys(tags, b"")) == words


@pytest.mark.parametrize(("uid", "encoded"), [("1.2", b"1.2\0"), ("1.23", b"1.23")])
def test_a_uid_is_padded_to_even_length(uid: str, encoded: bytes) -> None:
    assert cs.ui(uid) == encoded


@given(st.lists(st.tuples(st.integers(1, 0xFFFF), st.binary(max_size=80)), unique_by=lambda pair: pair[0]))
def test_what_is_encoded_is_decoded(elements: list[tuple[int, bytes]]) -> None:
    decoded = cs.decode(cs.encode(elements))
    del decoded[cs.GROUP_LENGTH]
    assert list(decoded.items()) == elements


@given(st.binary(max_size=300) | st.binary(max_size=40).map(lambda tail: ECHO_RQ[:40] + tail))
def test_any_bytes_give_a_command_set_or_an_error_of_the_peer(data: bytes) -> None:
    try:
        elements = cs.decode(data)
    except RemoteProtocolError as error:
        sentence = str(error)
    else:
        sentence = ""
        assert sum(8 + len(value) for value in elements.values()) <= len(data)
    assert sentence.isprintable()


def test_every_element_with_a_name_has_a_value_representation() -> None:
    assert cs.NAMES.keys() == cs.VRS.keys()


@pytest.mark.parametrize(("value", "encoded"), [(0, b"\0\0"), (0x1234, b"\x34\x12"), (0xFFFF, b"\xff\xff")])
def test_a_number_is_little_endian(value: int, encoded: bytes) -> None:
    assert cs.us(value) == encoded

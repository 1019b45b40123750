"""The sub-items of User Information."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcmtool.errors import RemoteProtocolError
from dcmtool.upper_layer.user_information import (
    ImplementationClassUid,
    ImplementationVersionName,
    MaximumLength,
    RoleSelection,
    SubItem,
    UnknownSubItem,
    UserIdentity,
    decode_user_information,
    encode_user_information,
    find,
    is_defined,
)
from tests.upper_layer import strategies
from tests.upper_layer.pdu_table import SUB_ITEMS, SubItemRow, octets

every_row = pytest.mark.parametrize("row", SUB_ITEMS, ids=lambda row: row.name)


def decode(text: str) -> tuple[SubItem, ...]:
    """Read bytes given in the table's notation."""
    return decode_user_information(octets(text))


@every_row
def test_encode(row: SubItemRow) -> None:
    assert row.sub_item.encode() == octets(row.text)


@every_row
@pytest.mark.parametrize("reserved", [0x00, 0xFF])
def test_decode(row: SubItemRow, reserved: int) -> None:
    # The text too, since tuples of two types with the same fields are equal.
    assert repr(decode_user_information(octets(row.text, reserved))) == repr((row.sub_item,))


@every_row
def test_every_sub_item_in_one_row_of_them(row: SubItemRow) -> None:
    around = (MaximumLength(7), row.sub_item, UnknownSubItem(0x60, b""))
    assert decode_user_information(encode_user_information(around)) == around


@given(strategies.USER_INFORMATION)
def test_any_round_trips(sub_items: tuple[SubItem, ...]) -> None:
    assert repr(decode_user_information(encode_user_information(sub_items))) == repr(sub_items)


@pytest.mark.parametrize(
    ("text", "name", "clause"),
    [
        ("51 00 0003 004000", "Maximum Length", "PS3.8 D.1"),
        ("53 00 0003 000100", "Asynchronous Operations Window", "PS3.7 D.3.3.3"),
        ("54 00 0001 00", "SCP/SCU Role Selection", "PS3.7 D.3.3.4"),
        ('54 00 0004 0003 "1."', "SCP/SCU Role Selection", "PS3.7 D.3.3.4"),
        ('54 00 0006 0003 "1.2" 01', "SCP/SCU Role Selection", "PS3.7 D.3.3.4"),
        ("56 00 0000", "SOP Class Extended Negotiation", "PS3.7 D.3.3.5"),
        ('57 00 0005 0003 "1.2"', "SOP Class Common Extended Negotiation", "PS3.7 D.3.3.6"),
        (
            '57 00 000f 0003 "1.2" 0003 "1.3" 0003 0003 "1"',
            "SOP Class Common Extended Negotiation",
            "PS3.7 D.3.3.6",
        ),
        ("58 00 0001 01", "User Identity", "PS3.7 D.3.3.7.1"),
        ('58 00 0005 01 00 0001 "a"', "User Identity", "PS3.7 D.3.3.7.1"),
        ('59 00 0003 0002 "a"', "User Identity response", "PS3.7 D.3.3.7.2"),
    ],
)
def test_a_sub_item_that_is_too_short_is_named(text: str, name: str, clause: str) -> None:
    with pytest.raises(RemoteProtocolError, match=f"^the {name} item has ") as caught:
        decode(text)
    assert (caught.value.clause, caught.value.abort_reason) == (clause, 6)


def test_a_sub_item_that_is_too_long_is_named() -> None:
    with pytest.raises(RemoteProtocolError, match="item 0x52 in the User Information item claims 5 bytes"):
        decode('51 00 0004 00004000 52 00 0005 "1.2"')


@pytest.mark.parametrize(
    ("text", "offset"),
    [
        ('52 00 0003 "1.2" 51 00 0002 4000', 107),
        ("51 00 0004 00004000 54 00 0001 00", 108),
        ('52 00 0003 "1.2" 51 00 0005 4000', 107),
        ('52 00 0003 "1.2" 51', 107),
    ],
)
def test_a_fault_is_where_its_sub_item_begins(text: str, offset: int) -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        decode_user_information(octets(text), 100)
    assert caught.value.offset == offset


def test_who_is_lenient_reads_past_some_sub_items_that_are_too_short() -> None:
    text = octets('51 00 0002 4000 52 00 0003 "1.2" 53 00 0002 0005 57 00 0001 00')
    assert decode_user_information(text, is_lenient=True) == (
        UnknownSubItem(0x51, b"\x40\0"),
        ImplementationClassUid("1.2"),
        UnknownSubItem(0x53, b"\0\5"),
        UnknownSubItem(0x57, b"\0"),
    )
    assert is_defined(0x51)
    assert not is_defined(0x60)
    for strict in ("54 00 0001 00", "56 00 0001 00", "58 00 0001 00"):
        with pytest.raises(RemoteProtocolError):
            decode_user_information(octets(strict), is_lenient=True)


def test_what_follows_the_known_fields_is_tolerated() -> None:
    assert decode("51 00 0006 00004000 ffff") == (MaximumLength(16384),)
    assert decode('54 00 0008 0003 "1.2" 01 00 ff') == (RoleSelection("1.2", scu=True, scp=False),)
    assert decode('58 00 000a 01 00 0003 "jan" 0000 ff') == (UserIdentity(1, False, b"jan"),)


def test_padded_text_is_tolerated() -> None:
    assert decode('52 00 0006 "1.2.3" 00') == (ImplementationClassUid("1.2.3"),)
    assert decode('55 00 0008 "NAME  " 0000') == (ImplementationVersionName("NAME"),)


def test_only_the_padding_of_a_name_is_taken_off() -> None:
    assert decode('55 00 0006 "X V X" 00') == (ImplementationVersionName("X V X"),)


def test_which_sub_items_are_defined() -> None:
    assert [kind for kind in range(256) if is_defined(kind)] == list(range(0x51, 0x5A))


@given(st.binary(max_size=80))
def test_any_bytes_are_sub_items_or_an_error(value: bytes) -> None:
    try:
        sub_items = decode_user_information(value)
    except RemoteProtocolError as error:
        told = error.clause
    else:
        told = "PS3."
        # Padding and surplus bytes are all that may be lost.
        assert len(encode_user_information(sub_items)) <= len(value)
    assert told.startswith("PS3.")


def test_find_takes_the_last_of_a_type() -> None:
    sub_items = (MaximumLength(1), ImplementationClassUid("1.2"), MaximumLength(2), UnknownSubItem(0, b""))
    assert find(sub_items, MaximumLength) == MaximumLength(2)
    assert find(sub_items, ImplementationVersionName) is None

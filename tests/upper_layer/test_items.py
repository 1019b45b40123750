"""Items: type, reserved byte, length, value."""

import pytest

from dcmtool.errors import RemoteProtocolError
from dcmtool.upper_layer import items
from tests.upper_layer.pdu_table import octets


def split(text: str) -> list[tuple[int, bytes]]:
    """Return the items in bytes given in the table's notation, the reserved ones set."""
    return list(items.split_items(octets(text, reserved=0xFF), "a PDU", "PS3.8 9.3"))


def test_an_item_is_type_reserved_byte_length_and_value() -> None:
    assert items.item(0x10, b"abc") == octets('10 00 0003 "abc"')
    assert items.item(0x50, b"") == octets("50 00 0000")
    assert items.item(0x50, bytes(65535))[:4] == octets("50 00 ffff")


def test_a_uid_is_not_padded() -> None:
    assert items.uid_item(items.TRANSFER_SYNTAX, "1.2.3") == octets('40 00 0005 "1.2.3"')


def test_items_are_split_whatever_their_type_and_reserved_byte() -> None:
    assert split("") == []
    assert split('10 rr 0003 "1.2" 77 rr 0000 50 rr 0001 00') == [(0x10, b"1.2"), (0x77, b""), (0x50, b"\0")]


@pytest.mark.parametrize(("text", "stray"), [("10", 1), ("10 rr 00", 3), ("77 rr 0000 50 rr", 2)])
def test_less_than_an_item_header_is_an_error(text: str, stray: int) -> None:
    with pytest.raises(RemoteProtocolError, match=rf"^a PDU ends with {stray} stray byte") as caught:
        split(text)
    assert (caught.value.clause, caught.value.abort_reason) == ("PS3.8 9.3", 6)


@pytest.mark.parametrize(("text", "offset"), [("77 rr 0001 00 10", 105), ("77 rr 0001 00 10 rr 0001", 105)])
def test_where_a_bad_item_begins(text: str, offset: int) -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        list(items.split_items(octets(text), "a PDU", "PS3.8 9.3", 100))
    assert (caught.value.offset, caught.value.abort_reason) == (offset, 6)
    with pytest.raises(RemoteProtocolError) as caught:
        split(text)
    assert caught.value.offset == offset - 100


def test_an_item_longer_than_what_holds_it_is_an_error() -> None:
    with pytest.raises(
        RemoteProtocolError, match=r"item 0x40 in a PDU claims 4 bytes where 3 are left \(PS3.8 9.3\)"
    ):
        split('10 rr 0000 40 rr 0004 "1.2"')


def test_the_items_before_a_bad_one_are_given_first() -> None:
    found = items.split_items(octets('10 rr 0003 "1.2" 40'), "a PDU", "PS3.8 9.3")
    assert next(found) == (0x10, b"1.2")


@pytest.mark.parametrize("value", [b"1.2", b"1.2\0", b"1.2 ", b"1.2\0 \0"])
def test_padding_of_a_uid_is_taken_off(value: bytes) -> None:
    assert items.decode_uid(value) == "1.2"
    assert items.decode_uid(b"X" + value.replace(b"2", b"2X")) == "X1.2X"


def test_a_uid_of_any_bytes_is_text() -> None:
    assert items.decode_uid(b"\xff\x1b1") == "\xff\x1b1"


def test_need_counts() -> None:
    items.need(b"1234", 4, "Name", "PS3.8 1")
    with pytest.raises(
        RemoteProtocolError, match=r"^the Name item has 3 byte\(s\) where at least 4 belong \(PS3.8 1\)$"
    ):
        items.need(b"123", 4, "Name", "PS3.8 1")

"""What proves who a user is never gets as far as those who watch, however malformed the PDU is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcmtool.upper_layer import pdus
from dcmtool.upper_layer.hidden import bytes_without_secrets, without_secrets
from dcmtool.upper_layer.items import item
from dcmtool.upper_layer.user_information import (
    ImplementationClassUid,
    MaximumLength,
    SubItem,
    UnknownSubItem,
    UserIdentity,
    UserIdentityResponse,
)

CONTEXTS = (pdus.ProposedContext(1, "1.2.840.10008.1.1", ("1.2.840.10008.1.2",)),)
SECRET = b"s3cret"


def request(*sub_items: SubItem) -> pdus.AssociateRq:
    return pdus.AssociateRq("THEM", "US", CONTEXTS, (MaximumLength(16384), *sub_items))


def answer(*sub_items: SubItem) -> pdus.AssociateAc:
    return pdus.AssociateAc("THEM", "US", (), (*sub_items, ImplementationClassUid("1.2.3")))


def raw(value: bytes) -> bytes:
    """Return a request with a User Identity sub-item of any value."""
    whole = request().encode()
    body = whole[6:] + item(0x50, item(0x58, value))
    return whole[:2] + len(body).to_bytes(4) + body


@pytest.mark.parametrize(
    ("kind", "primary", "shown"),
    [
        (1, b"anna", b"anna"),
        (2, b"anna", b"anna"),
        *((kind, SECRET, b"******") for kind in (0, 3, 4, 5, 255)),
    ],
)
def test_a_request(kind: int, primary: bytes, shown: bytes) -> None:
    secret = request(UserIdentity(kind, True, primary, SECRET), ImplementationClassUid("1.2.3"))
    hidden = request(UserIdentity(kind, True, shown, b"******"), ImplementationClassUid("1.2.3"))
    assert without_secrets(secret) == hidden
    assert bytes_without_secrets(secret.encode()) == hidden.encode()
    assert SECRET.decode() not in repr(secret)


def test_a_name_without_a_passcode_is_shown() -> None:
    data = request(UserIdentity(1, False, b"anna")).encode()
    assert bytes_without_secrets(data) == data


@pytest.mark.parametrize("length", [300, 256])
def test_fields_and_items_that_are_long(length: int) -> None:
    before = UnknownSubItem(0x99, SECRET + bytes(length))
    secret = request(before, UserIdentity(2, True, b"a" * length, SECRET * length), MaximumLength(1))
    hidden = request(before, UserIdentity(2, True, b"a" * length, b"******" * length), MaximumLength(1))
    assert bytes_without_secrets(secret.encode()) == hidden.encode()


def test_an_answer() -> None:
    secret, hidden = answer(UserIdentityResponse(SECRET)), answer(UserIdentityResponse(b"******"))
    assert without_secrets(secret) == hidden
    assert bytes_without_secrets(secret.encode()) == hidden.encode()
    assert SECRET.decode() not in repr(secret)


def test_what_has_none_stays_itself() -> None:
    for pdu in (request(), answer(), pdus.ReleaseRq(), pdus.PDataTf((pdus.Pdv(1, True, True, SECRET),))):
        data = pdu.encode()
        assert bytes_without_secrets(data) is data
    plain = request()
    assert without_secrets(plain) is plain


@pytest.mark.parametrize(
    "value",
    [
        b"\2\1\0\4anna\0\6" + SECRET + b"more",  # bytes that belong to no field
        b"\2\1\0\4anna\0\xff" + SECRET,  # each length too long
        b"\2\1\xff\xff" + SECRET,
        b"\2\1\0\1a\0\0" + SECRET,
        b"\2\1\0\6" + SECRET,  # no second field: what should be the name may be anything
        b"\4\1\0\0\0\0" + SECRET,
        b"\4\1\0\6" + SECRET,
        b"\4\1\0\x01" + SECRET,
    ],
)
def test_a_malformed_identity(value: bytes) -> None:
    shown = bytes_without_secrets(raw(value))
    assert SECRET[3:] not in shown
    assert len(shown) == len(raw(value))


def test_items_that_are_too_long_are_cut() -> None:
    data = raw(b"\2\1\0\4anna\0\6" + SECRET)
    start = data.index(b"\x58\0")
    for place in (start - 2, start + 2):  # the length of the User Information item, and of the sub-item
        longer = data[:place] + b"\xff\xff" + data[place + 2 :]
        assert SECRET not in bytes_without_secrets(longer)


@given(st.binary(max_size=40), st.sampled_from([1, 2]))
def test_any_bytes_keep_their_length(body: bytes, kind: int) -> None:
    header = bytes((kind, 0)) + bytes(72)
    for data in (header[:6] + body, header + body, header + b"\x50\0\0\xff\x58\0\0\x20" + body):
        shown = bytes_without_secrets(data)
        assert len(shown) == len(data)
        assert all(new in (old, ord("*")) for old, new in zip(data, shown, strict=True))

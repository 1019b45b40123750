"""The items that PDUs are made of: type, reserved byte, 2-byte length, value (PS3.8 9.3.1, big endian)."""

from collections.abc import Iterator
from struct import Struct

from dcmtool.errors import RemoteProtocolError
from dcmtool.text import decoded

APPLICATION_CONTEXT = 0x10
PROPOSED_CONTEXT = 0x20
CONTEXT_RESULT = 0x21
ABSTRACT_SYNTAX = 0x30
TRANSFER_SYNTAX = 0x40
USER_INFORMATION = 0x50

_HEADER = Struct(">BxH")
ITEM_HEADER = _HEADER.size


def item(kind: int, value: bytes) -> bytes:
    """Return the encoding of an item with a value of at most 65535 bytes."""
    return _HEADER.pack(kind, len(value)) + value


def uid_item(kind: int, uid: str) -> bytes:
    """Return an item that holds a UID; UIDs in PDUs are not padded (PS3.8 Annex F)."""
    return item(kind, uid.encode("latin-1"))


def split_items(data: bytes, inside: str, clause: str, start: int = 0) -> Iterator[tuple[int, bytes]]:
    """Yield the type and value of each item in `data`; `inside` and `clause` name what holds them.

    `start` is where in the PDU the data begin.

    Raises:
        RemoteProtocolError: an item is longer than what holds it.
    """
    offset, end = 0, len(data)
    while offset < end:
        if end - offset < 4:
            raise RemoteProtocolError(
                f"{inside} ends with {end - offset} stray byte(s) where an item of at least 4 should be",
                clause,
                abort_reason=6,
                offset=start + offset,
            )
        kind, length = _HEADER.unpack_from(data, offset)
        offset += 4
        if length > end - offset:
            raise RemoteProtocolError(
                f"item 0x{kind:02X} in {inside} claims {length} bytes where {end - offset} are left",
                clause,
                abort_reason=6,
                offset=start + offset - 4,
            )
        yield kind, data[offset : offset + length]
        offset += length


def decode_uid(value: bytes) -> str:
    """Return a UID as text; padding, which PS3.8 Annex F forbids but peers send, is taken off."""
    return decoded(value).rstrip("\0 ")


def need(value: bytes, length: int, name: str, clause: str) -> None:
    """Check that an item of type `name` has at least `length` bytes.

    Raises:
        RemoteProtocolError: it has not.
    """
    if len(value) < length:
        raise RemoteProtocolError(
            f"the {name} item has {len(value)} byte(s) where at least {length} belong", clause, abort_reason=6
        )

"""Association PDUs without what proves who the user is, for all who watch (PS3.7 D.3.3.7).

Stars stand for the bytes, so that all lengths stay what they are.
"""

from typing import TypeVar

from dcmtool.upper_layer.items import USER_INFORMATION
from dcmtool.upper_layer.pdus import ASSOCIATE_AC, ASSOCIATE_RQ, AssociateAc, AssociateRq
from dcmtool.upper_layer.user_information import (
    USER_IDENTITY,
    USER_IDENTITY_RESPONSE,
    UserIdentity,
    UserIdentityResponse,
)

_ITEMS = 74  # where they begin (PS3.8 9.3.2, 9.3.3)
_HEADER = 4  # bytes of an item before its value

_Pdu = TypeVar("_Pdu", AssociateRq, AssociateAc)


def without_secrets(pdu: _Pdu) -> _Pdu:
    """Return the PDU with stars in its user identity; a PDU that has none is returned itself."""
    information = pdu.user_information
    if not any(isinstance(each, UserIdentity | UserIdentityResponse) for each in information):
        return pdu
    hidden = tuple(
        each.hidden() if isinstance(each, UserIdentity | UserIdentityResponse) else each
        for each in information
    )
    return pdu._replace(user_information=hidden)


def bytes_without_secrets(data: bytes) -> bytes:
    """Return the bytes of a PDU with stars in its user identity, however malformed it is."""
    if data[0] not in (ASSOCIATE_RQ, ASSOCIATE_AC):
        return data
    spans = [
        span
        for kind, start, end in _items(data, _ITEMS, len(data))
        if kind == USER_INFORMATION
        for sub_kind, sub_start, sub_end in _items(data, start, end)
        for span in _secrets(data, sub_kind, sub_start, sub_end)
    ]
    if not spans:
        return data
    shown = bytearray(data)
    for start, end in spans:
        shown[start:end] = b"*" * (end - start)
    return bytes(shown)


def _items(data: bytes, start: int, end: int) -> list[tuple[int, int, int]]:
    """Return type, beginning and end of each value between these places, cut where it is too long."""
    found = []
    while end - start > _HEADER:
        stop = min(end, start + _HEADER + int.from_bytes(data[start + 2 : start + 4]))
        found.append((data[start], start + _HEADER, stop))
        start = stop
    return found


def _secrets(data: bytes, kind: int, start: int, end: int) -> list[tuple[int, int]]:
    """Return from where to where a sub-item has what is to be hidden: all but a name that is whole."""
    if kind == USER_IDENTITY_RESPONSE:
        return [(min(start + 2, end), end)]
    if kind != USER_IDENTITY:
        return []
    primary = start + 4
    secondary = primary + int.from_bytes(data[start + 2 : primary])
    named = start < end and UserIdentity.is_named(data[start])
    if not named or secondary + 2 > end:
        return [(min(primary, end), min(secondary, end)), (min(secondary + 2, end), end)]
    return [(secondary + 2, end)]

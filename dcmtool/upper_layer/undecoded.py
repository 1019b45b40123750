"""What the bytes of an A-ASSOCIATE-RQ show at a look, before it is decoded (PS3.8 9.3.2)."""

from collections.abc import Iterator

from dcmtool.text import decoded
from dcmtool.upper_layer.items import ITEM_HEADER, PROPOSED_CONTEXT

_CALLED, _CALLING, _ITEMS = 10, 26, 74  # where they begin


def raw_titles(request: bytes) -> tuple[str, str]:
    """Return the called and the calling title of a whole A-ASSOCIATE-RQ with their padding.

    So an acceptor has to send them back (PS3.8 9.3.3).
    """
    return decoded(request[_CALLED:_CALLING]), decoded(request[_CALLING : _CALLING + 16])


def has_nul_padding(pdu: bytes) -> bool:
    """Return whether a title of a whole A-ASSOCIATE-RQ or -AC has NULs behind it, where blanks belong.

    (PS3.8 9.3.2, 9.3.3)
    """
    titles = (title.strip(" ") for title in raw_titles(pdu))
    return any(title.endswith("\0") and title.strip("\0") for title in titles)


def request_contexts(request: bytes) -> int:
    """Return how many presentation contexts a whole A-ASSOCIATE-RQ proposes, which is not decoded for it."""
    return sum(request[at] == PROPOSED_CONTEXT for at in _offsets(request, _ITEMS, len(request)))


def item_offsets(request: bytes, inside: int) -> Iterator[int]:
    """Yield where in a whole A-ASSOCIATE-RQ the sub-items begin of its items of the type `inside`."""
    for at in _offsets(request, _ITEMS, len(request)):
        if request[at] == inside:
            end = at + ITEM_HEADER + int.from_bytes(request[at + 2 : at + 4])
            yield from _offsets(request, at + ITEM_HEADER, min(end, len(request)))


def _offsets(request: bytes, start: int, end: int) -> Iterator[int]:
    """Yield where items begin whose headers are whole."""
    while end - start >= ITEM_HEADER:
        yield start
        start += ITEM_HEADER + int.from_bytes(request[start + 2 : start + 4])

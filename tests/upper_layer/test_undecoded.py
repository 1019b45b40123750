"""What an A-ASSOCIATE-RQ shows at a look, by bytes alone."""

import pytest

from dcmtool.upper_layer.undecoded import item_offsets, raw_titles, request_contexts
from tests.peers.wire import item

HEAD = b"\1\0\0\0\0\0" + b"\0\1\0\0" + b"CALLED".ljust(16) + b"CALLING\0".ljust(16) + bytes(32)
LONG = item(0x10, bytes(300))


def test_the_titles_keep_their_padding() -> None:
    assert raw_titles(HEAD) == ("CALLED".ljust(16), "CALLING\0".ljust(16))


@pytest.mark.parametrize(
    ("items", "count"),
    [
        (b"", 0),
        (item(0x20, b""), 1),
        (LONG + item(0x20, b"abc") + item(0x21, b"") + item(0x20, b""), 2),
        (item(0x20, b"") + b"\x20\0\0", 1),  # no whole header
        (item(0x20, b"") + b"\x20\0\0\5", 2),  # no whole item
    ],
)
def test_contexts_are_counted(items: bytes, count: int) -> None:
    assert request_contexts(HEAD + items) == count


@pytest.mark.parametrize(
    ("items", "offsets"),
    [
        (b"", []),
        (item(0x50, item(0x51, bytes(4)) + item(0x52, b"")), [78, 86]),
        (LONG + item(0x50, item(0x51, bytes(300)) + item(0x52, b"")), [382, 686]),
        (item(0x50, item(0x51, b"")) + item(0x50, item(0x52, b"")), [78, 86]),
        (item(0x50, item(0x51, b"")[:3]) + item(0x52, b""), []),
        (b"\x50\0\0\xff" + item(0x51, b"") + b"\x52\0\0", [78]),  # longer than the request
    ],
)
def test_where_sub_items_begin(items: bytes, offsets: list[int]) -> None:
    assert list(item_offsets(HEAD + items, 0x50)) == offsets

"""One direction cut into PDUs and PDVs, by bytes alone, whole and byte by byte."""

import pytest

from dcmtool.errors import RemoteProtocolError
from dcmtool.upper_layer.pdus import Pdv
from dcmtool.upper_layer.stream import DataBegun, Fragment, Item, PduStream, WholePdu
from tests.upper_layer.pdu_table import octets

MOST = 10  # bytes of a command's fragment
RELEASE = octets("05 00 00000004 00000000")
WHOLE = WholePdu(5, RELEASE)
FOLLOWING = RELEASE + octets("04 00 00000009 00000005 05 03 aabbcc")
FOLLOWED = [WHOLE, DataBegun(9), Fragment(Pdv(5, True, True, b"\xaa\xbb\xcc"), 0)]
SUMS = ("the PDV lengths in a P-DATA-TF do not add up", "PS3.8 9.3.5.1", 6)
NO_PDU = (
    'what the peer sent is no DICOM PDU: it begins with 48 54 54 50 2f 31 2e 31 ("HTTP/1.1")',
    "PS3.8 9.3.1",
    1,
)
LONG = ("the peer sent A-RELEASE-RQ of 5 bytes where at most 4 make sense", "PS3.8 9.3.1", 6)
COMMAND = (f"a command set has a fragment of {MOST + 1} bytes where {MOST} make sense", "PS3.7 6.3.1", 6)
Shown = Item | tuple[str, str, int]


def shown(item: Item) -> Shown:
    """Return an item, of an error what it says."""
    if isinstance(item, RemoteProtocolError):
        return item.what, item.clause, item.abort_reason
    return item


def fed(stream: PduStream, *pieces: bytes) -> list[Shown]:
    """Return what comes of pieces."""
    found: list[Shown] = []
    for piece in pieces:
        stream.feed(piece)
        while (item := stream.next_item()) is not None:
            found.append(shown(item))
    return found


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("", []),
        (
            "04 00 00000009 00000005 03 03 aabbcc",
            [DataBegun(9), Fragment(Pdv(3, True, True, b"\xaa\xbb\xcc"), 0)],
        ),
        ("04 00 00000006 00000002 ff 01", [DataBegun(6), Fragment(Pdv(255, True, False, b""), 0)]),
        ("04 00 00000009 00000005 03 02 aabbcc", [DataBegun(9), Fragment(Pdv(3, False, True, b""), 3)]),
        ("04 00 00000006 00000002 03 fc", [DataBegun(6), Fragment(Pdv(3, False, False, b""), 0)]),
        (
            "04 00 00000015 00000003 01 00 aa 00000003 01 02 bb 00000003 01 03 cc",
            [
                DataBegun(21),
                Fragment(Pdv(1, False, False, b""), 1),
                Fragment(Pdv(1, False, True, b""), 1),
                Fragment(Pdv(1, True, True, b"\xcc"), 0),
            ],
        ),
        (
            "04 00 00000010 0000000c 01 03" + "aa" * MOST,
            [DataBegun(16), Fragment(Pdv(1, True, True, b"\xaa" * MOST), 0)],
        ),
        ("04 00 00000011 0000000d 01 03" + "aa" * (MOST + 1), [DataBegun(17), COMMAND]),
        ("04 00 00000000", [("a P-DATA-TF has no PDV", "PS3.8 9.3.5", 6)]),
        ("04 00 00000006 00000001 01 03", [DataBegun(6), SUMS]),
        ("04 00 00000006 00000003 01 00", [DataBegun(6), SUMS]),
        ("04 00 00000007 00000001 01 03 aa", [DataBegun(7), SUMS]),
        ("04 00 00000001 00", [DataBegun(1), SUMS]),
        ("04 00 00000005 00000001 01", [DataBegun(5), SUMS]),
        (
            "04 00 00000008 00000002 01 02 0000",
            [DataBegun(8), Fragment(Pdv(1, False, True, b""), 0), SUMS],
        ),
    ],
)
def test_what_bytes_are(text: str, items: list[Shown]) -> None:
    assert fed(PduStream(MOST), octets(text)) == items
    data = octets(text) + FOLLOWING  # which is read after a fault, too
    assert fed(PduStream(MOST), data) == [*items, *FOLLOWED]
    stream = PduStream(MOST)
    assert fed(stream, *(bytes([byte]) for byte in data)) == [*items, *FOLLOWED]
    assert (stream.partial, stream.finish()) == ("", None)


@pytest.mark.parametrize(
    ("data", "fault"), [(b"HTTP/1.1 200", NO_PDU), (octets("05 00 00000005 0000000000"), LONG)]
)
def test_nothing_is_read_or_kept_once_it_is_lost(data: bytes, fault: Shown) -> None:
    for pieces in ([data[:8]], [data, RELEASE], [bytes([byte]) for byte in data + RELEASE]):
        stream = PduStream(MOST)
        assert fed(stream, *pieces) == [fault]
        assert (stream.partial, stream.finish()) == ("", None)


def test_the_longest_pdu_of_the_control_of_an_association() -> None:
    header = octets("01 00 00100000")
    assert fed(PduStream(MOST), header + bytes(1 << 20)) == [WholePdu(1, header + bytes(1 << 20))]
    stream = PduStream(MOST)
    stream.feed(octets("01 00 00100001"))
    fault = stream.next_item()
    assert isinstance(fault, RemoteProtocolError)
    assert (fault.kind, fault.start) == ("too-long", b"")


def test_too_few_bytes_to_tell_are_told_at_the_end() -> None:
    stream = PduStream(MOST)
    assert fed(stream, b"HTTP/1.") == []
    assert stream.partial == "a PDU"
    fault = stream.finish()
    assert isinstance(fault, RemoteProtocolError)
    assert fault.what == 'what the peer sent is no DICOM PDU: it begins with 48 54 54 50 2f 31 2e ("HTTP/1.")'
    assert (stream.partial, fed(stream, RELEASE)) == ("", [])


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("", ""),
        ("05", "A-RELEASE-RQ"),
        ("01 00 00000004 00", "A-ASSOCIATE-RQ"),
        ("04 00 00000006", "P-DATA-TF"),
        ("04 00 00000007 00000003 01 00", "P-DATA-TF"),
        ("04 00 00000007 48", "P-DATA-TF"),
    ],
)
def test_what_has_come_in_part_has_a_name_and_is_no_fault(text: str, name: str) -> None:
    stream = PduStream(MOST)
    fed(stream, octets(text))
    assert (stream.partial, stream.finish()) == (name, None)


@pytest.mark.parametrize("seen", [0, 2, 7])
def test_the_rest_of_data_is_passed_over(seen: int) -> None:
    body = octets("00000003 01 00 aa 00000003 01 03 bb")
    stream = PduStream(MOST)
    stream.feed(octets("04 00 0000000e") + body[:seen])
    assert stream.next_item() == DataBegun(14)
    stream.skip_data()
    assert fed(stream, b"", *(bytes([byte]) for byte in body[seen:] + RELEASE)) == [WHOLE]


def test_data_that_is_passed_over_within_a_fragment() -> None:
    stream = PduStream(MOST)
    assert fed(stream, octets("04 00 00000008 00000004 01 00 aa")) == [DataBegun(8)]
    stream.skip_data()
    assert fed(stream, b"\xbb" + RELEASE) == [WHOLE]


# What means nothing -------------------------------------------------------------------------------------

DATA = octets("04 00 0000000e 0000000a 03 00") + bytes(8)  # in the middle of a data set


def test_how_many_bytes_need_not_be_told() -> None:
    stream = PduStream(MOST)
    assert (fed(stream, DATA[:13]), stream.unread) == ([DataBegun(14)], 6)  # but the last one
    stream.skip(5)
    assert (fed(stream, b""), stream.unread) == ([], 1)
    stream.skip(1)
    assert (fed(stream, b""), stream.unread) == ([], 0)
    assert fed(stream, b"\0" + RELEASE) == [Fragment(Pdv(3, False, False, b""), 8), WHOLE]
    assert (fed(stream, RELEASE[:3]), stream.unread) == ([], 0)
    assert fed(stream, RELEASE[3:] + octets("04 00 00000009 00000005")) == [WHOLE, DataBegun(9)]
    stream.skip_data()
    assert (stream.unread, fed(stream, b""), stream.unread) == (0, [], 5)  # once the header's are read
    stream.skip(5)
    assert (stream.unread, fed(stream, RELEASE)) == (0, [WHOLE])
    assert isinstance(fed(stream, b"HTTP/1.1")[0], tuple)
    assert stream.unread == 0


def skimmed(stream: PduStream, data: bytes, longest: int = 0) -> tuple[int, int]:
    """Return how much is taken of what goes on with a data set on context 3."""
    return stream.skim(memoryview(data), 3, longest)


@pytest.mark.parametrize(
    ("data", "taken", "counted"),
    [
        (b"", 0, 0),
        (DATA, 20, 8),
        (DATA * 3, 60, 24),
        (DATA[:11], 0, 0),
        (DATA[:12], 12, 0),
        (DATA + DATA[:15], 35, 8),
        (DATA + RELEASE, 20, 8),
        (DATA + octets("04 00 0000000e 0000000a 03 02") + bytes(8), 20, 8),  # the last fragment
        (DATA + octets("04 00 0000000e 0000000a 03 01") + bytes(8), 20, 8),  # a command's
        (DATA + octets("04 00 0000000e 0000000a 05 00") + bytes(8), 20, 8),  # on another context
        (DATA + octets("04 00 0000000e 00000009 03 00") + bytes(8), 20, 8),  # and another PDV
        (DATA + octets("04 00 0000000f 0000000b 03 00") + bytes(9), 20, 8),  # too long
        (DATA + octets("04 00 00000006 00000002 03 00") + DATA, 52, 16),  # an empty one
        (DATA + octets("04 00 00000005 00000001 03 00") + bytes(9), 20, 8),  # broken
    ],
)
def test_what_goes_on_with_a_data_set_is_taken_up_to_its_last_fragment(
    data: bytes, taken: int, counted: int
) -> None:
    stream = PduStream(MOST)
    assert skimmed(stream, data, 14) == (taken, counted)
    rest = fed(stream, data[taken:])
    plain = fed(PduStream(MOST), data)
    assert plain[len(plain) - len(rest) :] == rest


@pytest.mark.parametrize(
    "begun",
    [
        b"\4",
        octets("04 00 00000013 0000000a 03 00"),  # a PDV more is to follow
        octets("04 00 0000000e 0000000a 05 00"),
        octets("04 00 0000000e 0000000a 03 02"),
        b"HTTP/1.1",
    ],
)
def test_nothing_is_taken_where_it_needs_more_thought(begun: bytes) -> None:
    stream = PduStream(MOST)
    fed(stream, begun)
    assert skimmed(stream, DATA) == (0, 0)


def test_nothing_is_taken_of_what_is_passed_over() -> None:
    stream = PduStream(MOST)
    fed(stream, octets("04 00 0000000e"))
    stream.skip_data()
    assert skimmed(stream, DATA) == (0, 0)


def test_a_fragment_that_has_begun_is_taken_first() -> None:
    stream = PduStream(MOST)
    fed(stream, DATA[:15])
    assert skimmed(stream, bytes(2)) == (2, 0)
    assert skimmed(stream, bytes(3) + DATA) == (23, 16)
    assert (stream.partial, fed(stream, RELEASE)) == ("", [WHOLE])


# Bytes that were not seen ---------------------------------------------------------------------------------

STORED = octets("04 00 0000000e 0000000a 05 02 0011223344556677")  # a data set of 8 bytes


@pytest.mark.parametrize(("seen", "missing"), [(12, 8), (12, 3), (15, 5), (15, 1), (20, 0)])
def test_bytes_of_a_data_set_that_were_not_seen_are_counted(seen: int, missing: int) -> None:
    stream = PduStream(MOST)
    found = fed(stream, STORED[:seen])
    if missing:
        assert stream.pass_over(missing)
    assert not stream.is_lost
    found += fed(stream, STORED[seen + missing :] + RELEASE)
    assert found == [DataBegun(14), Fragment(Pdv(5, False, True, b""), 8), WHOLE]


def test_bytes_that_mean_nothing_need_not_be_seen() -> None:
    stream = PduStream(MOST)
    assert fed(stream, STORED[:6]) == [DataBegun(14)]
    stream.skip_data()
    assert stream.pass_over(10)
    assert fed(stream, STORED[16:] + RELEASE) == [WHOLE]


@pytest.mark.parametrize(
    ("seen", "missing"),
    [(b"", 1), (STORED[:3], 1), (STORED[:6], 1), (STORED[:11], 1), (STORED[:15], 6), (RELEASE, 1)],
)
def test_other_bytes_have_to_be_seen(seen: bytes, missing: int) -> None:
    stream = PduStream(MOST)
    fed(stream, seen)
    assert not stream.pass_over(missing)
    stream.lose()
    assert stream.is_lost
    assert fed(stream, STORED[4:]) == []
    assert (stream.partial, stream.finish()) == ("", None)
    stream.resume()
    assert fed(stream, FOLLOWING) == FOLLOWED

"""Messages cut into PDVs and put together again, by bytes alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcmtool.dimse.fragments import (
    LARGEST_PDU,
    MAX_COMMAND_SET,
    CommandReassembler,
    fragment,
    largest_fragment,
)
from dcmtool.errors import MaximumLengthTooSmall, RemoteProtocolError
from dcmtool.upper_layer.pdus import PDataTf, Pdv

MESSAGE = bytes(range(68))


def reassembled(pdvs: tuple[Pdv, ...], context_id: int = 1) -> bytes | None:
    """Return what the last PDV completes; none before it may complete anything."""
    reassembler = CommandReassembler(context_id)
    *before, last = [reassembler.add(pdv) for pdv in pdvs]
    assert before == [None] * len(before)
    return last


@pytest.mark.parametrize(
    ("maximum", "size"),
    [
        (7, 1),
        (12, 6),
        (13, 7),
        (14, 2),
        (51, 39),
        (16384, 16372),
        (LARGEST_PDU, 131060),
        (LARGEST_PDU + 1, 131060),
        (0xFFFFFFFF, 131060),
        (0, 131060),
    ],
)
def test_largest_fragment(maximum: int, size: int) -> None:
    assert largest_fragment(maximum) == size


@pytest.mark.parametrize("maximum", range(1, 7))
def test_a_maximum_that_no_fragment_fits(maximum: int) -> None:
    with pytest.raises(MaximumLengthTooSmall) as caught:
        largest_fragment(maximum)
    assert str(caught.value) == (
        f"the peer's maximum PDU length of {maximum} bytes is too small for any message (PS3.8 D.1)"
    )


def test_a_message_that_fits_is_one_fragment() -> None:
    assert fragment(MESSAGE, 5, 68) == (Pdv(5, True, True, MESSAGE),)


def test_a_message_that_does_not_fit_is_cut() -> None:
    assert fragment(MESSAGE, 5, 38) == (Pdv(5, True, False, MESSAGE[:38]), Pdv(5, True, True, MESSAGE[38:]))


def test_a_message_of_twice_the_size_has_no_empty_fragment() -> None:
    assert [len(pdv.data) for pdv in fragment(MESSAGE, 1, 34)] == [34, 34]


@given(
    st.binary(max_size=400),
    st.integers(0, 127).map(lambda number: 2 * number + 1),
    st.just(0) | st.integers(7, 0xFFFFFFFF) | st.integers(7, 100),
)
def test_fragments_keep_to_the_maximum_and_make_the_message(
    message: bytes, context_id: int, maximum: int
) -> None:
    pdvs = fragment(message, context_id, largest_fragment(maximum))
    assert all(len(PDataTf((pdv,)).encode()) - 6 <= (maximum or LARGEST_PDU) for pdv in pdvs)
    assert reassembled(pdvs, context_id) == message


@given(st.binary(min_size=1, max_size=70), st.data())
def test_any_fragmentation_of_the_peer_makes_the_message(message: bytes, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(message)), max_size=6)))
    pieces = [message[start:end] for start, end in zip([0, *cuts], [*cuts, len(message)], strict=True)]
    pdvs = tuple(Pdv(1, True, number == len(cuts), piece) for number, piece in enumerate(pieces))
    assert reassembled(pdvs) == message


def test_messages_one_after_the_other() -> None:
    reassembler = CommandReassembler(1)
    for message in (b"first", b"second"):
        assert reassembler.add(Pdv(1, True, False, message)) is None
        assert reassembler.add(Pdv(1, True, True, b"!")) == message + b"!"
        assert reassembler.add(Pdv(1, True, True, message)) == message


def test_another_context() -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        CommandReassembler(3).add(Pdv(1, True, True, MESSAGE))
    assert str(caught.value) == "the peer answered on presentation context 1 instead of 3 (PS3.8 9.3.5.1)"


def test_an_equal_context_may_take_its_place_for_a_whole_message() -> None:
    reassembler = CommandReassembler(3, (1, 5))
    assert reassembler.add(Pdv(1, True, False, b"a")) is None
    assert reassembler.add(Pdv(1, True, True, b"b")) == b"ab"
    assert reassembler.context_id == 1
    assert reassembler.add(Pdv(5, True, True, b"c")) == b"c"
    assert reassembler.context_id == 5


@pytest.mark.parametrize("change", [1, 5])
def test_a_message_that_has_begun_stays_on_its_context(change: int) -> None:
    reassembler = CommandReassembler(3, (1, 5))
    assert reassembler.add(Pdv(3, True, False, b"a")) is None
    with pytest.raises(RemoteProtocolError, match=f"on presentation context {change} instead of 3"):
        reassembler.add(Pdv(change, True, True, b"b"))


def test_a_data_set() -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        CommandReassembler(1).add(Pdv(1, False, True, MESSAGE))
    assert str(caught.value) == ("the peer sent a fragment of a data set where a command belongs (PS3.8 E.2)")


@pytest.mark.parametrize("size", [0, 1, 16000])
def test_fragments_without_end_are_refused(size: int) -> None:
    reassembler = CommandReassembler(1)
    for _ in range(MAX_COMMAND_SET // max(size, 1)):
        assert reassembler.add(Pdv(1, True, False, bytes(size))) is None
    with pytest.raises(RemoteProtocolError) as caught:
        reassembler.add(Pdv(1, True, False, bytes(size)))
    assert str(caught.value) == "the peer sent a command set of more than 65536 bytes (PS3.7 6.3.1)"


def test_a_habit_of_empty_fragments_does_not_add_up_over_messages() -> None:
    reassembler = CommandReassembler(1)
    for _ in range(MAX_COMMAND_SET + 1):
        assert reassembler.add(Pdv(1, True, False, b"")) is None
        assert reassembler.add(Pdv(1, True, True, MESSAGE)) == MESSAGE

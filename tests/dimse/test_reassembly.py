"""Messages of any service on any context put together from their PDVs, by bytes alone."""

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcmtool.dimse import command_set as cs
from dcmtool.dimse.fragments import MAX_COMMAND_SET
from dcmtool.dimse.messages import c_echo_rq
from dcmtool.dimse.reassembly import MessageReassembler, WholeCommand, WholeDataSet
from dcmtool.errors import RemoteProtocolError
from dcmtool.upper_layer.pdus import Pdv
from tests.upper_layer import strategies

ECHO = c_echo_rq(1)
STORE = cs.encode([(cs.COMMAND_FIELD, cs.us(1)), (cs.COMMAND_DATA_SET_TYPE, cs.us(0))])


def refusal(*pdvs: Pdv, accepted: tuple[int, ...] | None = None) -> str:
    """Return the sentence that the last PDV is refused with."""
    reassembler = MessageReassembler(accepted)
    for pdv in pdvs[:-1]:
        reassembler.add(pdv)
    with pytest.raises(RemoteProtocolError) as caught:
        reassembler.add(pdvs[-1])
    # What had come is forgotten.
    assert reassembler.add(Pdv(1, True, True, ECHO)) == WholeCommand(1, cs.decode(ECHO), False)
    return str(caught.value)


def test_messages_on_one_context_after_the_other() -> None:
    reassembler = MessageReassembler([1, 3])
    assert reassembler.add(Pdv(1, True, True, ECHO)) == WholeCommand(1, cs.decode(ECHO), False)
    assert reassembler.add(Pdv(3, True, False, STORE[:20])) is None
    assert reassembler.add(Pdv(3, True, True, STORE[20:])) == WholeCommand(3, cs.decode(STORE), True)
    assert reassembler.add(Pdv(3, False, False, bytes(100))) is None
    assert reassembler.add(Pdv(3, False, False, b""), skipped=20) is None
    assert reassembler.add(Pdv(3, False, True, b"end"), skipped=7) == WholeDataSet(3, 130)
    assert reassembler.add(Pdv(1, True, True, ECHO)) == WholeCommand(1, cs.decode(ECHO), False)


def test_a_context_that_was_not_accepted() -> None:
    assert refusal(Pdv(3, True, True, ECHO), accepted=(1,)) == (
        "the peer sent a message on presentation context 3, which was not accepted (PS3.8 9.3.5.1)"
    )


@pytest.mark.parametrize(
    "before",
    [
        [Pdv(1, True, False, b"")],
        [Pdv(1, True, True, STORE)],
        [Pdv(1, True, True, STORE), Pdv(1, False, False, b"")],
    ],
)
def test_messages_that_are_interleaved(before: list[Pdv]) -> None:
    assert refusal(*before, Pdv(3, True, True, ECHO)) == (
        "the peer went on with a message of presentation context 1 on 3 (PS3.8 E.1)"
    )


def test_a_command_in_a_data_set() -> None:
    assert refusal(Pdv(1, True, True, STORE), Pdv(1, True, True, ECHO)) == (
        "the peer sent a command where the data set of a message goes on (PS3.8 E.1)"
    )


def test_a_data_set_without_a_command() -> None:
    sentence = "the peer sent a fragment of a data set where a command belongs (PS3.8 E.2)"
    assert refusal(Pdv(1, False, True, b"")) == sentence
    assert refusal(Pdv(1, True, False, ECHO), Pdv(1, False, True, b"")) == sentence


def test_a_command_set_that_cannot_be_read() -> None:
    assert "ends with 1 stray byte(s)" in refusal(Pdv(1, True, True, b"\0"))
    assert refusal(Pdv(1, True, True, b"")) == (
        "the peer's message lacks the element (0000,0800) CommandDataSetType (PS3.7 6.3.1)"
    )


@pytest.mark.parametrize(
    ("pdvs", "kind"),
    [
        ([Pdv(5, True, True, ECHO)], "context"),
        ([Pdv(1, True, True, b"")], "command-set"),
        ([Pdv(1, True, True, b"\0")], "command-set"),
        ([Pdv(1, True, True, STORE), Pdv(3, True, True, ECHO)], ""),
        ([Pdv(1, True, True, STORE), Pdv(1, True, True, ECHO)], ""),
    ],
)
def test_the_reason_of_the_abort_is_an_invalid_value(pdvs: list[Pdv], kind: str) -> None:
    reassembler = MessageReassembler([1, 3])
    for pdv in pdvs[:-1]:
        reassembler.add(pdv)
    with pytest.raises(RemoteProtocolError) as caught:
        reassembler.add(pdvs[-1])
    assert (caught.value.abort_reason, caught.value.kind) == (6, kind)


def test_what_is_kept_of_a_command_set_is_counted() -> None:
    reassembler, kept = MessageReassembler(), []
    for pdv in (
        *(Pdv(1, True, False, STORE[:9]), Pdv(1, True, False, STORE[9:12]), Pdv(1, True, True, STORE[12:])),
        *(Pdv(1, False, False, b"data"), Pdv(1, False, True, b"set")),
    ):
        kept.append(reassembler.held)
        reassembler.add(pdv)
    assert [*kept, reassembler.held] == [0, 9, 12, 0, 0, 0]


def test_where_a_message_may_begin() -> None:
    reassembler = MessageReassembler([1, 3])
    assert [reassembler.may_begin(each) for each in (1, 3, 5)] == [True, True, False]
    reassembler.add(Pdv(1, True, True, STORE))
    assert [reassembler.may_begin(each) for each in (1, 3, 5)] == [False, False, False]
    reassembler.add(Pdv(1, False, True, b""))
    assert [reassembler.may_begin(each) for each in (1, 3, 5)] == [True, True, False]
    assert MessageReassembler().may_begin(255)


def test_a_command_set_without_end() -> None:
    assert "more than 65536 bytes" in refusal(
        Pdv(1, True, False, bytes(MAX_COMMAND_SET)), Pdv(1, True, False, b"")
    )


def test_data_sets_are_counted_and_not_kept() -> None:
    reassembler = MessageReassembler()
    reassembler.add(Pdv(1, True, True, STORE))
    fragment = Pdv(1, False, False, bytes(1 << 16))
    tracemalloc.start()
    try:
        for _ in range(1000):
            reassembler.add(fragment)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 1 << 14
    assert reassembler.add(Pdv(1, False, True, b"")) == WholeDataSet(1, 1000 << 16)


@given(st.lists(strategies.PDVS | st.sampled_from([Pdv(1, True, True, STORE), Pdv(1, False, True, b"x")])))
def test_any_pdvs_make_messages_or_an_error_of_the_peer(pdvs: list[Pdv]) -> None:
    reassembler = MessageReassembler()
    for pdv in pdvs:
        try:
            whole = reassembler.add(pdv)
        except RemoteProtocolError as error:
            assert str(error).isprintable()  # noqa: PT017
        else:
            assert whole is None or whole.context_id == pdv.context_id

"""Whatever the peer sends and the user asks for: indications or RemoteProtocolError, all by the table."""

from typing import get_args

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from dcmtool import events
from dcmtool.errors import RemoteProtocolError, UnexpectedPdu
from dcmtool.upper_layer import indications as ind
from dcmtool.upper_layer import pdus
from dcmtool.upper_layer.association import ARTIM_NS, Association
from dcmtool.upper_layer.states import State
from tests.upper_layer import strategies
from tests.upper_layer.pdu_table import REQUEST
from tests.upper_layer.state_table import transcription
from tests.upper_layer.test_association import NOW, STATES, in_state, indications, sent

TABLE = transcription()
PDU_EVENTS = {pdus.AssociateAc: 3, pdus.AssociateRj: 4, pdus.AssociateRq: 6, pdus.PDataTf: 10} | {
    pdus.ReleaseRq: 12,
    pdus.ReleaseRp: 13,
    pdus.Abort: 16,
}
# What each action tells the user (PS3.8 tables 9-6 to 9-9); the others tell nothing.
TOLD: dict[str, type] = {
    "AE-3": ind.Accepted,
    "AE-4": ind.Rejected,
    "DT-2": ind.DataReceived,
    "AR-2": ind.ReleaseRequested,
    "AR-3": ind.ReleaseConfirmed,
    "AR-5": ind.TransportClosed,
    "AR-6": ind.DataReceived,
    "AR-8": ind.ReleaseRequested,
    "AA-3": ind.Aborted,
    "AA-4": ind.TransportClosed,
}
# What each action sends, by the PDU's type.
SENDS = {"AE-2": 1, "DT-1": 4, "AR-1": 5, "AR-4": 6, "AR-7": 4, "AR-9": 6} | {"AA-1": 7, "AA-7": 7, "AA-8": 7}


@given(st.data(), st.sampled_from(STATES), strategies.STREAMS)
def test_any_bytes_in_any_state_are_indications_or_a_protocol_error(
    data: st.DataObject, state: State, stream: bytes
) -> None:
    association = in_state(state)
    errors: list[RemoteProtocolError] = []
    for chunk in (*data.draw(strategies.chunked(stream)), b""):
        try:
            found = indications(association, chunk)
        except RemoteProtocolError as error:
            errors.append(error)
        else:
            assert all(isinstance(indication, get_args(ind.Indication)) for indication in found)
    assert [error.abort_reason for error in errors] in ([], [1], [2], [6])  # one, and it is over
    assert all(str(error).isprintable() for error in errors)
    assert all(data[0] == pdus.ABORT for data in sent(association))
    # The end may wait for an error to be told first; asked again, it comes.
    indications(association)
    association.next_indication(NOW)
    assert association.state is State.IDLE


@given(st.data(), st.sampled_from([s for s in STATES if s not in (1, 4)]), strategies.STREAMS.filter(bool))
def test_chunks_make_no_difference(data: st.DataObject, state: State, stream: bytes) -> None:
    def told(chunks: list[bytes]) -> tuple[list[str], list[bytes], State]:
        association = in_state(state)
        found: list[str] = []
        for chunk in chunks:
            association.receive_data(chunk)
            while True:
                try:
                    indication = association.next_indication(NOW)
                except UnexpectedPdu as error:
                    found.append(repr(error))
                except RemoteProtocolError as error:
                    found.append(error.clause)  # the sentence shows as much of the bytes as there is
                else:
                    if indication is None:
                        break
                    found.append(repr(indication))
        return found, sent(association), association.state

    assert told(data.draw(strategies.chunked(stream))) == told([stream])


class AnyCourse(RuleBasedStateMachine):
    """Local calls, PDUs, unsound bytes, the end of the connection and the timer, in any order.

    The model is the transcription of PS3.8 table 9-10 alone.
    """

    def __init__(self) -> None:
        super().__init__()
        self.steps: list[events.What] = []
        self.association = Association.requestor(REQUEST, lambda what, _: self.steps.append(what))
        self.expected = 4
        self.deaf = self.timer = False

    def cell(self, event: int) -> tuple[str, int] | None:
        """Return the action and next state of an event in the state that the model is in."""
        return TABLE.get((event, self.expected))

    def follow(self, action: str, following: int, told: list[ind.Indication] | None) -> None:
        """Take the model's step and compare."""
        kinds = [data[0] for data in sent(self.association)]
        assert kinds == ([SENDS[action]] if action in SENDS else [])
        if told is not None:
            assert [type(indication) for indication in told] == ([TOLD[action]] if action in TOLD else [])
        self.expected = following
        self.timer = following == 13

    def local(self, event: int, call: str, *arguments: object) -> None:
        """Make a local call; where the table has no cell for it, it is refused."""
        cell = self.cell(event)
        try:
            getattr(self.association, call)(*arguments)
        except RuntimeError:
            assert cell is None
        else:
            assert cell is not None
            self.follow(*cell, told=None)

    def received(self, event: int, data: bytes) -> None:
        """Take bytes that are this event to the model."""
        cell = None if self.deaf else self.cell(event)
        if cell is None:
            assert indications(self.association, data) == []
            assert sent(self.association) == []
            return
        try:
            told = indications(self.association, data)
        except RemoteProtocolError:
            assert cell[0] == "AA-8"
            told = []
        else:
            assert cell[0] != "AA-8"
        self.follow(*cell, told)

    @rule()
    def opens(self) -> None:
        self.local(2, "transport_opened")

    @rule(pdv=strategies.PDVS)
    def sends_data(self, pdv: pdus.Pdv) -> None:
        self.local(9, "send_data", [pdv])

    @rule()
    def releases(self) -> None:
        self.local(11, "release")

    @rule()
    def responds_to_release(self) -> None:
        self.local(14, "respond_to_release", NOW)

    @precondition(lambda self: self.expected not in (1, 13))
    @rule()
    def aborts(self) -> None:
        self.local(15, "abort", NOW)

    @precondition(lambda self: self.expected in (1, 13))
    @rule()
    def aborts_in_vain(self) -> None:
        self.association.abort(NOW)
        assert sent(self.association) == []

    @rule(pdu=strategies.PDUS)
    def receives(self, pdu: pdus.AnyPdu) -> None:
        self.received(PDU_EVENTS[type(pdu)], pdu.encode())

    @precondition(lambda self: self.expected == 5)
    @rule(pdu=strategies.ASSOCIATE_AC)
    def is_accepted(self, pdu: pdus.AssociateAc) -> None:
        self.received(3, pdu.encode())

    @rule(data=st.sampled_from([b"HTTP/1.1 200 OK", bytes(6), b"\x04\0\xff\xff\xff\xff", b"\x06\0\0\0\0\0"]))
    def receives_no_pdu(self, data: bytes) -> None:
        self.received(19, data)
        self.deaf = self.expected == 13

    @rule()
    def connection_closes(self) -> None:
        cell = self.cell(17)
        told = indications(self.association, b"")
        if cell is None:
            assert told == []
        else:
            self.follow(*cell, told)

    @rule(late=st.booleans())
    def time_passes(self, late: bool) -> None:
        self.association.handle_timeout(NOW + ARTIM_NS if late else NOW)
        if self.timer and late:
            self.follow(*TABLE[18, 13], told=[])

    @invariant()
    def is_where_the_table_says(self) -> None:
        assert self.association.state == self.expected
        assert self.association.next_deadline() == (NOW + ARTIM_NS if self.timer else None)

    @invariant()
    def every_step_was_one_of_the_table(self) -> None:
        for step in self.steps:
            if isinstance(step, events.StateChanged):
                assert TABLE[step.event.value, step.before.value] == (step.action.label, step.after.value)
        self.steps.clear()


TestAnyCourse = AnyCourse.TestCase

"""Requestor against acceptor, in memory, with the clock passed in: whatever happens, and in whatever order.

Between two sides that keep to the table nothing is ever unexpected, and all ends in Sta1.
"""

from collections.abc import Callable
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from dcmtool import events
from dcmtool.uids import TRANSFER_SYNTAXES, VERIFICATION_SOP_CLASS
from dcmtool.upper_layer import indications as ind
from dcmtool.upper_layer import pdus
from dcmtool.upper_layer.association import ARTIM_NS, Association
from dcmtool.upper_layer.contexts import answers, negotiated
from dcmtool.upper_layer.states import State
from tests.upper_layer import strategies
from tests.upper_layer.pdu_table import REQUEST
from tests.upper_layer.state_table import ACCEPTOR_STATES, REQUESTOR_STATES, transcription

FIRST_REQUEST_NS = 30 * ARTIM_NS
TABLES = {role: transcription(role) for role in ("requestor", "acceptor")}
STATES = {"requestor": REQUESTOR_STATES, "acceptor": ACCEPTOR_STATES}
SUPPORTED = {VERIFICATION_SOP_CLASS: TRANSFER_SYNTAXES}


class Side:
    """One side: its association, the bytes on their way to it, and what it was told."""

    def __init__(self, role: str) -> None:
        self.role = role
        emit: events.Emit = self.emitted
        requestor = role == "requestor"
        self.association = (
            Association.requestor(REQUEST, emit) if requestor else Association.acceptor(16384, emit)
        )
        self.incoming = bytearray()
        self.peer_closed = self.closed = False
        self.told: list[ind.Indication] = []

    def emitted(self, what: events.What, sender: events.Sender | None) -> None:
        """Hold a step against the transcription of the table."""
        if isinstance(what, events.StateChanged):
            action, following = TABLES[self.role][what.event.value, what.before.value]
            assert (what.action.label, what.after.value) == (action, following)
            assert what.after.value in STATES[self.role]

    def drain(self, now: int) -> None:
        """Take what the bytes received mean."""
        while (indication := self.association.next_indication(now)) is not None:
            self.told.append(indication)


class Step(NamedTuple):
    """What one side does next, or what happens to it; `number` says how much, or which."""

    side: str
    name: str
    number: int


# Weighted, so that associations come about before they end.
NAMES = [*("deliver",) * 6, *("answer",) * 3, *("send_data",) * 2]
NAMES += ["release", "respond_to_release", "abort", "close", "time passes"]
NUMBERS = st.integers(0, 400) | st.just(401)  # as bytes, any piece or all there are
ESTABLISHING = [
    *(Step("acceptor", "deliver", 401), Step("acceptor", "answer", 1)),
    Step("requestor", "deliver", 401),
]
COLLIDING = [*ESTABLISHING, Step("requestor", "release", 0), Step("acceptor", "release", 0)]
STEPS = st.lists(
    st.builds(Step, st.sampled_from(("requestor", "acceptor")), st.sampled_from(NAMES), NUMBERS),
    min_size=5,
    max_size=60,
)


class Game:
    """Both sides, and the time."""

    def __init__(self) -> None:
        self.now = 0
        self.sides = {role: Side(role) for role in ("requestor", "acceptor")}
        self.peers = dict(zip(self.sides, reversed(self.sides.values()), strict=True))
        self.wire: list[tuple[str, bytes]] = []  # who sent what, in order
        self.sides["requestor"].association.transport_opened()
        self.sides["acceptor"].association.transport_opened(FIRST_REQUEST_NS)
        self.flush()

    def flush(self) -> None:
        """Put what is ready to send on its way."""
        for role, side in self.sides.items():
            while (data := side.association.data_to_send()) is not None:
                if not side.closed:
                    self.wire.append((role, data))
                    self.peers[role].incoming += data

    def deliver(self, side: Side, count: int) -> None:
        """Let up to so many bytes arrive; behind the last of them, the end."""
        data = bytes(side.incoming[:count])
        del side.incoming[:count]
        if side.closed:
            return
        if data:
            side.association.receive_data(data)
        elif side.peer_closed:
            side.association.receive_data(b"")
        side.drain(self.now)

    def close(self, side: Side) -> None:
        """Close one side's end: it hears nothing any more, the other side of the end."""
        if not side.closed:
            side.closed = self.peers[side.role].peer_closed = True
            side.association.receive_data(b"")
            side.drain(self.now)

    def answer(self, side: Side, number: int) -> None:
        """Accept or reject, where a request waits for it."""
        association = side.association
        request = association.decode_request(self.now)
        if association.state is not State.AWAITING_LOCAL_ASSOCIATE_RESPONSE:
            return
        if number % 8:
            contexts = answers(request.contexts, SUPPORTED)
            association.accept(pdus.AssociateAc(*association.request_titles, contexts, ()))
        else:
            association.reject(pdus.AssociateRj(1, 1, 1), self.now)

    def local(self, side: Side, step: Step) -> None:
        """Make a local call, if the table has it; otherwise it is refused and changes nothing."""
        association, before = side.association, side.association.state
        calls: dict[str, tuple[int, Callable[[], None]]] = {
            "send_data": (9, lambda: association.send_data([pdus.Pdv(1, True, True, bytes(step.number))])),
            "release": (11, association.release),
            "respond_to_release": (14, lambda: association.respond_to_release(self.now)),
        }
        event, call = calls[step.name]
        try:
            call()
        except RuntimeError:
            assert (event, before.value) not in TABLES[side.role]
            assert association.state is before
        else:
            assert (event, before.value) in TABLES[side.role]

    def play(self, step: Step) -> None:
        """Take a step."""
        side = self.sides[step.side]
        match step.name:
            case "deliver":
                self.deliver(side, step.number)
            case "answer":
                if side.told and isinstance(side.told[0], ind.AssociateRequested):
                    side.told.clear()
                    self.answer(side, step.number)
            case "abort":
                side.association.abort(self.now)
            case "close":
                if step.number % 4 == 0:
                    self.close(side)
            case "time passes":
                self.now += step.number * ARTIM_NS // 200
                side.association.handle_timeout(self.now)
            case _:
                self.local(side, step)
        self.flush()

    def end(self) -> None:
        """Deliver everything, close both ends, and let the timers run out."""
        for side in self.sides.values():
            while side.incoming:
                self.deliver(side, 1 << 20)
                self.flush()
        for side in self.sides.values():
            self.close(side)
            side.association.handle_timeout(self.now + FIRST_REQUEST_NS)


@given(st.sampled_from(([], ESTABLISHING, COLLIDING)), STEPS)
@settings(max_examples=200)
def test_nothing_is_unexpected_and_all_ends_in_sta1(before: list[Step], steps: list[Step]) -> None:
    game = Game()
    for step in before + steps:
        game.play(step)
    game.end()
    for side in game.sides.values():
        assert side.association.state is State.IDLE
        assert side.association.next_deadline() is None


@given(st.data(), strategies.ASSOCIATE_RQ, strategies.P_DATA_TF)
def test_what_one_side_sends_the_other_has_in_any_pieces(
    data: st.DataObject, request: pdus.AssociateRq, message: pdus.PDataTf
) -> None:
    requestor, acceptor = Association.requestor(request), Association.acceptor(0)
    requestor.transport_opened()
    acceptor.transport_opened(FIRST_REQUEST_NS)

    def passed(sender: Association, receiver: Association) -> list[ind.Indication]:
        found: list[ind.Indication] = []
        for chunk in data.draw(strategies.chunked(b"".join(iter(sender.data_to_send, None)))):
            receiver.receive_data(chunk)
            found += iter(lambda: receiver.next_indication(0), None)
        return found

    assert passed(requestor, acceptor) == [ind.AssociateRequested(len(request.encode()))]
    assert repr(acceptor.decode_request(0)) == repr(request)
    answer = pdus.AssociateAc(request.called_aet, request.calling_aet, answers(request.contexts, {}), ())
    acceptor.accept(answer)
    assert passed(acceptor, requestor) == [
        ind.Accepted(answer, negotiated(request.contexts, answer.contexts))
    ]
    requestor.send_data(message.pdvs)
    assert passed(requestor, acceptor) == [ind.DataReceived((pdv,)) for pdv in message.pdvs]
    requestor.release()
    acceptor.release()
    assert passed(requestor, acceptor) == passed(acceptor, requestor) == [ind.ReleaseRequested(True)]
    requestor.respond_to_release(0)
    assert passed(requestor, acceptor) == [ind.ReleaseConfirmed()]
    acceptor.respond_to_release(0)
    assert passed(acceptor, requestor) == [ind.ReleaseConfirmed()]
    acceptor.receive_data(b"")
    assert acceptor.next_indication(0) == ind.TransportClosed("")
    assert requestor.state is acceptor.state is State.IDLE

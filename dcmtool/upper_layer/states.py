"""The state machine of the upper layer as data, for both roles: PS3.8 9.2, tables 9-1 to 9-10."""

from collections.abc import Iterable, Mapping
from enum import IntEnum
from itertools import product
from typing import Literal

from dcmtool.named_tuple import NamedTuple


class State(IntEnum):
    """The states of PS3.8 tables 9-1 to 9-5, by their numbers."""

    IDLE = 1
    AWAITING_ASSOCIATE_RQ = 2
    AWAITING_LOCAL_ASSOCIATE_RESPONSE = 3
    AWAITING_TRANSPORT_OPEN = 4
    AWAITING_ASSOCIATE_RESPONSE = 5
    ESTABLISHED = 6
    AWAITING_RELEASE_RESPONSE = 7
    RELEASE_REQUESTED_BY_PEER = 8
    RELEASE_COLLISION = 9
    ACCEPTOR_RELEASE_COLLISION = 10
    RELEASE_COLLISION_ANSWERED = 11
    ACCEPTOR_RELEASE_COLLISION_CONFIRMED = 12
    AWAITING_TRANSPORT_CLOSE = 13

    @property
    def words(self) -> str:
        """The state as it reads in a sentence after "while we were"."""
        return _STATE_WORDS[self]


_STATE_WORDS = {
    State.IDLE: "idle",
    State.AWAITING_ASSOCIATE_RQ: "waiting for A-ASSOCIATE-RQ",
    State.AWAITING_LOCAL_ASSOCIATE_RESPONSE: "deciding on the A-ASSOCIATE-RQ",
    State.AWAITING_TRANSPORT_OPEN: "opening the connection",
    State.AWAITING_ASSOCIATE_RESPONSE: "waiting for the answer to A-ASSOCIATE-RQ",
    State.ESTABLISHED: "associated",
    State.AWAITING_RELEASE_RESPONSE: "waiting for A-RELEASE-RP",
    State.RELEASE_REQUESTED_BY_PEER: "asked by the peer to release",
    State.RELEASE_COLLISION: "in a release collision",
    State.ACCEPTOR_RELEASE_COLLISION: "waiting for A-RELEASE-RP in a release collision",
    State.RELEASE_COLLISION_ANSWERED: "waiting for A-RELEASE-RP after a release collision",
    State.ACCEPTOR_RELEASE_COLLISION_CONFIRMED: "about to send A-RELEASE-RP after a release collision",
    State.AWAITING_TRANSPORT_CLOSE: "waiting for the peer to close",
}


class StateEvent(IntEnum):
    """The events of PS3.8 table 9-10, by their numbers."""

    ASSOCIATE_REQUEST = 1
    TRANSPORT_OPEN = 2
    ASSOCIATE_AC = 3
    ASSOCIATE_RJ = 4
    TRANSPORT_INDICATION = 5
    ASSOCIATE_RQ = 6
    ASSOCIATE_ACCEPT = 7
    ASSOCIATE_REJECT = 8
    DATA_REQUEST = 9
    DATA_TF = 10
    RELEASE_REQUEST = 11
    RELEASE_RQ = 12
    RELEASE_RP = 13
    RELEASE_RESPONSE = 14
    ABORT_REQUEST = 15
    ABORT = 16
    TRANSPORT_CLOSED = 17
    ARTIM_EXPIRED = 18
    INVALID_PDU = 19


class Action(IntEnum):
    """The actions of PS3.8 tables 9-6 to 9-9; the text of each is in `ACTION_TEXTS`."""

    AE_1 = 1
    AE_2 = 2
    AE_3 = 3
    AE_4 = 4
    AE_5 = 5
    AE_6 = 6
    AE_7 = 7
    AE_8 = 8
    DT_1 = 11
    DT_2 = 12
    AR_1 = 21
    AR_2 = 22
    AR_3 = 23
    AR_4 = 24
    AR_5 = 25
    AR_6 = 26
    AR_7 = 27
    AR_8 = 28
    AR_9 = 29
    AR_10 = 30
    AA_1 = 31
    AA_2 = 32
    AA_3 = 33
    AA_4 = 34
    AA_5 = 35
    AA_6 = 36
    AA_7 = 37
    AA_8 = 38

    @property
    def label(self) -> str:
        """The action's name as the standard writes it, such as AE-1."""
        return self.name.replace("_", "-")


ACTION_TEXTS = {
    Action.AE_1: "open the transport connection",
    Action.AE_2: "send A-ASSOCIATE-RQ",
    Action.AE_3: "indicate that the association is accepted",
    Action.AE_4: "indicate that the association is rejected, close",
    Action.AE_5: "accept the connection, start the timer",
    Action.AE_6: "stop the timer, indicate the request; or send A-ASSOCIATE-RJ, start the timer",
    Action.AE_7: "send A-ASSOCIATE-AC",
    Action.AE_8: "send A-ASSOCIATE-RJ, start the timer",
    Action.DT_1: "send P-DATA-TF",
    Action.DT_2: "indicate data",
    Action.AR_1: "send A-RELEASE-RQ",
    Action.AR_2: "indicate that the peer asks for the release",
    Action.AR_3: "confirm the release, close",
    Action.AR_4: "send A-RELEASE-RP, start the timer",
    Action.AR_5: "stop the timer after the close",
    Action.AR_6: "indicate data during the release",
    Action.AR_7: "send P-DATA-TF before the release",
    Action.AR_8: "indicate the release collision",
    Action.AR_9: "send A-RELEASE-RP in a release collision",
    Action.AR_10: "indicate that the release is confirmed",
    Action.AA_1: "send A-ABORT (service user), start the timer",
    Action.AA_2: "stop the timer, close",
    Action.AA_3: "indicate the peer's abort, close",
    Action.AA_4: "indicate that the connection is lost",
    Action.AA_5: "stop the timer",
    Action.AA_6: "ignore the PDU",
    Action.AA_7: "send A-ABORT again",
    Action.AA_8: "send A-ABORT (service provider), indicate why, start the timer",
}


class Transition(NamedTuple):
    """What to do, and the state that follows."""

    action: Action
    next_state: State


Table = Mapping[tuple[StateEvent, State], Transition]

# The states in which there is an association, or one is asked for: what has no place in them ends it.
_OPEN = (
    State.AWAITING_LOCAL_ASSOCIATE_RESPONSE,
    State.AWAITING_ASSOCIATE_RESPONSE,
    State.ESTABLISHED,
    State.AWAITING_RELEASE_RESPONSE,
    State.RELEASE_REQUESTED_BY_PEER,
    State.RELEASE_COLLISION,
    State.ACCEPTOR_RELEASE_COLLISION,
    State.RELEASE_COLLISION_ANSWERED,
    State.ACCEPTOR_RELEASE_COLLISION_CONFIRMED,
)
_PDUS = (
    StateEvent.ASSOCIATE_AC,
    StateEvent.ASSOCIATE_RJ,
    StateEvent.ASSOCIATE_RQ,
    StateEvent.DATA_TF,
    StateEvent.RELEASE_RQ,
    StateEvent.RELEASE_RP,
    StateEvent.INVALID_PDU,
)
_IDLE, _BEFORE_REQUEST, _DECIDING = State(1), State(2), State(3)
_OPENING, _REQUESTED, _ESTABLISHED, _RELEASING = State(4), State(5), State(6), State(7)
_ASKED_TO_RELEASE, _CLOSING = State(8), State(13)


def _cells(events: Iterable[StateEvent], states: Iterable[State], action: Action, following: State) -> Table:
    """Return equal cells."""
    return dict.fromkeys(product(events, states), Transition(action, following))


_BOTH: Table = {
    # A PDU that has no place in a state ends the association; the rows below override.
    **_cells(_PDUS, _OPEN, Action.AA_8, _CLOSING),
    **_cells(_PDUS, [_BEFORE_REQUEST], Action.AA_1, _CLOSING),
    **_cells(_PDUS, [_CLOSING], Action.AA_6, _CLOSING),
    **_cells([StateEvent.ABORT_REQUEST], _OPEN, Action.AA_1, _CLOSING),
    **_cells([StateEvent.ABORT], _OPEN, Action.AA_3, _IDLE),
    **_cells([StateEvent.TRANSPORT_CLOSED], _OPEN, Action.AA_4, _IDLE),
    # Association establishment (table 9-6)
    (StateEvent.ASSOCIATE_REQUEST, _IDLE): Transition(Action.AE_1, _OPENING),
    (StateEvent.TRANSPORT_OPEN, _OPENING): Transition(Action.AE_2, _REQUESTED),
    (StateEvent.ASSOCIATE_AC, _REQUESTED): Transition(Action.AE_3, _ESTABLISHED),
    (StateEvent.ASSOCIATE_RJ, _REQUESTED): Transition(Action.AE_4, _IDLE),
    (StateEvent.TRANSPORT_INDICATION, _IDLE): Transition(Action.AE_5, _BEFORE_REQUEST),
    (StateEvent.ASSOCIATE_RQ, _BEFORE_REQUEST): Transition(Action.AE_6, _DECIDING),
    (StateEvent.ASSOCIATE_ACCEPT, _DECIDING): Transition(Action.AE_7, _ESTABLISHED),
    (StateEvent.ASSOCIATE_REJECT, _DECIDING): Transition(Action.AE_8, _CLOSING),
    # Data transfer (table 9-7)
    (StateEvent.DATA_REQUEST, _ESTABLISHED): Transition(Action.DT_1, _ESTABLISHED),
    (StateEvent.DATA_TF, _ESTABLISHED): Transition(Action.DT_2, _ESTABLISHED),
    # Association release (table 9-8)
    (StateEvent.RELEASE_REQUEST, _ESTABLISHED): Transition(Action.AR_1, _RELEASING),
    (StateEvent.DATA_TF, _RELEASING): Transition(Action.AR_6, _RELEASING),
    (StateEvent.RELEASE_RP, _RELEASING): Transition(Action.AR_3, _IDLE),
    (StateEvent.RELEASE_RQ, _ESTABLISHED): Transition(Action.AR_2, _ASKED_TO_RELEASE),
    (StateEvent.DATA_REQUEST, _ASKED_TO_RELEASE): Transition(Action.AR_7, _ASKED_TO_RELEASE),
    (StateEvent.RELEASE_RESPONSE, _ASKED_TO_RELEASE): Transition(Action.AR_4, _CLOSING),
    # In a collision the requestor answers first, then the acceptor, which has the answer by then.
    (StateEvent.RELEASE_RESPONSE, State.RELEASE_COLLISION): Transition(
        Action.AR_9, State.RELEASE_COLLISION_ANSWERED
    ),
    (StateEvent.RELEASE_RP, State.RELEASE_COLLISION_ANSWERED): Transition(Action.AR_3, _IDLE),
    (StateEvent.RELEASE_RP, State.ACCEPTOR_RELEASE_COLLISION): Transition(
        Action.AR_10, State.ACCEPTOR_RELEASE_COLLISION_CONFIRMED
    ),
    (StateEvent.RELEASE_RESPONSE, State.ACCEPTOR_RELEASE_COLLISION_CONFIRMED): Transition(
        Action.AR_4, _CLOSING
    ),
    (StateEvent.TRANSPORT_CLOSED, _CLOSING): Transition(Action.AR_5, _IDLE),
    # Association abort (table 9-9)
    (StateEvent.ABORT_REQUEST, _OPENING): Transition(Action.AA_2, _IDLE),
    (StateEvent.TRANSPORT_CLOSED, _OPENING): Transition(Action.AA_4, _IDLE),
    (StateEvent.TRANSPORT_CLOSED, _BEFORE_REQUEST): Transition(Action.AA_5, _IDLE),
    **_cells([StateEvent.ABORT, StateEvent.ARTIM_EXPIRED], [_BEFORE_REQUEST, _CLOSING], Action.AA_2, _IDLE),
    (StateEvent.ASSOCIATE_RQ, _CLOSING): Transition(Action.AA_7, _CLOSING),
    (StateEvent.INVALID_PDU, _CLOSING): Transition(Action.AA_7, _CLOSING),
}
_COLLISION = (StateEvent.RELEASE_RQ, _RELEASING)

# Table 9-10; the two roles differ in the state that follows AR-8 alone.
TRANSITIONS: Mapping[Literal["requestor", "acceptor"], Table] = {
    "requestor": {**_BOTH, _COLLISION: Transition(Action.AR_8, State.RELEASE_COLLISION)},
    "acceptor": {**_BOTH, _COLLISION: Transition(Action.AR_8, State.ACCEPTOR_RELEASE_COLLISION)},
}
# AE-6 where the request cannot be served: the other of the two states that table 9-6 gives it.
REQUEST_REFUSED = Transition(Action.AE_6, _CLOSING)

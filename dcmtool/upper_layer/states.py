"""The state machine of the requestor as data: PS3.8 9.2, tables 9-1 to 9-10.

States and events that only an acceptor meets are left out, and so are the timer rows of its states.
"""

from enum import IntEnum
from typing import NamedTuple


class State(IntEnum):
    """The states of PS3.8 tables 9-1 to 9-5 that a requestor can be in, by their numbers."""

    IDLE = 1
    AWAITING_TRANSPORT_OPEN = 4
    AWAITING_ASSOCIATE_RESPONSE = 5
    ESTABLISHED = 6
    AWAITING_RELEASE_RESPONSE = 7
    RELEASE_REQUESTED_BY_PEER = 8
    RELEASE_COLLISION = 9
    RELEASE_COLLISION_ANSWERED = 11
    AWAITING_TRANSPORT_CLOSE = 13

    @property
    def words(self) -> str:
        """The state as it reads in a sentence after "while we were"."""
        return _STATE_WORDS[self]


_STATE_WORDS = {
    State.IDLE: "idle",
    State.AWAITING_TRANSPORT_OPEN: "opening the connection",
    State.AWAITING_ASSOCIATE_RESPONSE: "waiting for the answer to A-ASSOCIATE-RQ",
    State.ESTABLISHED: "associated",
    State.AWAITING_RELEASE_RESPONSE: "waiting for A-RELEASE-RP",
    State.RELEASE_REQUESTED_BY_PEER: "asked by the peer to release",
    State.RELEASE_COLLISION: "in a release collision",
    State.RELEASE_COLLISION_ANSWERED: "waiting for A-RELEASE-RP after a release collision",
    State.AWAITING_TRANSPORT_CLOSE: "waiting for the peer to close",
}


class Event(IntEnum):
    """The events of PS3.8 table 9-10 that a requestor can meet, by their numbers."""

    ASSOCIATE_REQUEST = 1
    TRANSPORT_OPEN = 2
    ASSOCIATE_AC = 3
    ASSOCIATE_RJ = 4
    ASSOCIATE_RQ = 6
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
    AA_1 = 31
    AA_2 = 32
    AA_3 = 33
    AA_4 = 34
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
    Action.DT_1: "send P-DATA-TF",
    Action.DT_2: "indicate data",
    Action.AR_1: "send A-RELEASE-RQ",
    Action.AR_2: "indicate that the peer asks for the release",
    Action.AR_3: "confirm the release, close",
    Action.AR_4: "send A-RELEASE-RP, start the timer",
    Action.AR_5: "stop the timer",
    Action.AR_6: "indicate data during the release",
    Action.AR_7: "send P-DATA-TF before the release",
    Action.AR_8: "indicate the release collision",
    Action.AR_9: "send A-RELEASE-RP",
    Action.AA_1: "send A-ABORT (service user), start the timer",
    Action.AA_2: "stop the timer, close",
    Action.AA_3: "indicate the peer's abort, close",
    Action.AA_4: "indicate that the connection is lost",
    Action.AA_6: "ignore the PDU",
    Action.AA_7: "send A-ABORT again",
    Action.AA_8: "send A-ABORT (service provider), indicate why, start the timer",
}


class Transition(NamedTuple):
    """What to do, and the state that follows."""

    action: Action
    next_state: State


_OPEN = (
    State.AWAITING_ASSOCIATE_RESPONSE,
    State.ESTABLISHED,
    State.AWAITING_RELEASE_RESPONSE,
    State.RELEASE_REQUESTED_BY_PEER,
    State.RELEASE_COLLISION,
    State.RELEASE_COLLISION_ANSWERED,
)
_PDUS = (
    Event.ASSOCIATE_AC,
    Event.ASSOCIATE_RJ,
    Event.ASSOCIATE_RQ,
    Event.DATA_TF,
    Event.RELEASE_RQ,
    Event.RELEASE_RP,
    Event.INVALID_PDU,
)
_CLOSING = State.AWAITING_TRANSPORT_CLOSE

TRANSITIONS: dict[tuple[Event, State], Transition] = {
    # A PDU that has no place in a state ends the association (AA-8); the rows below override.
    **{(event, state): Transition(Action.AA_8, _CLOSING) for event in _PDUS for state in _OPEN},
    **{(Event.ABORT_REQUEST, state): Transition(Action.AA_1, _CLOSING) for state in _OPEN},
    **{(Event.ABORT, state): Transition(Action.AA_3, State.IDLE) for state in _OPEN},
    **{(Event.TRANSPORT_CLOSED, state): Transition(Action.AA_4, State.IDLE) for state in _OPEN},
    **{(event, _CLOSING): Transition(Action.AA_6, _CLOSING) for event in _PDUS},
    # Association establishment (table 9-6)
    (Event.ASSOCIATE_REQUEST, State.IDLE): Transition(Action.AE_1, State.AWAITING_TRANSPORT_OPEN),
    (Event.TRANSPORT_OPEN, State.AWAITING_TRANSPORT_OPEN): Transition(
        Action.AE_2, State.AWAITING_ASSOCIATE_RESPONSE
    ),
    (Event.ASSOCIATE_AC, State.AWAITING_ASSOCIATE_RESPONSE): Transition(Action.AE_3, State.ESTABLISHED),
    (Event.ASSOCIATE_RJ, State.AWAITING_ASSOCIATE_RESPONSE): Transition(Action.AE_4, State.IDLE),
    # Data transfer (table 9-7)
    (Event.DATA_REQUEST, State.ESTABLISHED): Transition(Action.DT_1, State.ESTABLISHED),
    (Event.DATA_TF, State.ESTABLISHED): Transition(Action.DT_2, State.ESTABLISHED),
    # Association release (table 9-8)
    (Event.RELEASE_REQUEST, State.ESTABLISHED): Transition(Action.AR_1, State.AWAITING_RELEASE_RESPONSE),
    (Event.DATA_TF, State.AWAITING_RELEASE_RESPONSE): Transition(
        Action.AR_6, State.AWAITING_RELEASE_RESPONSE
    ),
    (Event.RELEASE_RP, State.AWAITING_RELEASE_RESPONSE): Transition(Action.AR_3, State.IDLE),
    (Event.RELEASE_RQ, State.ESTABLISHED): Transition(Action.AR_2, State.RELEASE_REQUESTED_BY_PEER),
    (Event.DATA_REQUEST, State.RELEASE_REQUESTED_BY_PEER): Transition(
        Action.AR_7, State.RELEASE_REQUESTED_BY_PEER
    ),
    (Event.RELEASE_RESPONSE, State.RELEASE_REQUESTED_BY_PEER): Transition(Action.AR_4, _CLOSING),
    (Event.RELEASE_RQ, State.AWAITING_RELEASE_RESPONSE): Transition(Action.AR_8, State.RELEASE_COLLISION),
    (Event.RELEASE_RESPONSE, State.RELEASE_COLLISION): Transition(
        Action.AR_9, State.RELEASE_COLLISION_ANSWERED
    ),
    (Event.RELEASE_RP, State.RELEASE_COLLISION_ANSWERED): Transition(Action.AR_3, State.IDLE),
    (Event.TRANSPORT_CLOSED, _CLOSING): Transition(Action.AR_5, State.IDLE),
    # Association abort (table 9-9)
    (Event.ABORT_REQUEST, State.AWAITING_TRANSPORT_OPEN): Transition(Action.AA_2, State.IDLE),
    (Event.TRANSPORT_CLOSED, State.AWAITING_TRANSPORT_OPEN): Transition(Action.AA_4, State.IDLE),
    (Event.ABORT, _CLOSING): Transition(Action.AA_2, State.IDLE),
    (Event.ARTIM_EXPIRED, _CLOSING): Transition(Action.AA_2, State.IDLE),
    (Event.ASSOCIATE_RQ, _CLOSING): Transition(Action.AA_7, _CLOSING),
    (Event.INVALID_PDU, _CLOSING): Transition(Action.AA_7, _CLOSING),
}

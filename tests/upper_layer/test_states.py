"""The state table against a second transcription of PS3.8 table 9-10, and against pynetdicom's."""

import pytest
from pynetdicom import fsm

from dcmtool.upper_layer.states import ACTION_TEXTS, TRANSITIONS, Action, Event, State
from tests.upper_layer.state_table import STATES, TABLE_9_10, transcription

# Events and states that pynetdicom has and we have not: each is of an acceptor.
ACCEPTOR_EVENTS = {
    "Evt5",  # a transport connection comes in
    "Evt7",  # A-ASSOCIATE response primitive, accept
    "Evt8",  # A-ASSOCIATE response primitive, reject
}
ACCEPTOR_STATES = {
    "Sta2",  # waiting for A-ASSOCIATE-RQ
    "Sta3",  # waiting for the local user's answer to it
    "Sta10",  # release collision, acceptor's side
    "Sta12",  # release collision, acceptor's side, A-RELEASE-RP received
}
# Cells of the states and events that we do have in which pynetdicom differs; none does.
DIFFERENT_CELLS: dict[tuple[str, str], str] = {}


@pytest.mark.parametrize("event", Event, ids=lambda event: event.name)
def test_row_by_row(event: Event) -> None:
    ours = {
        (key[0].value, key[1].value): (transition.action.label, transition.next_state.value)
        for key, transition in TRANSITIONS.items()
        if key[0] is event
    }
    assert ours == {key: cell for key, cell in transcription().items() if key[0] == event}


def test_the_states_and_events_are_those_of_the_transcription() -> None:
    assert tuple(State) == STATES
    rows = [line.split()[0] for line in TABLE_9_10.strip().splitlines()[1:]]
    assert [f"Evt{event.value}" for event in Event] == rows
    assert len(TRANSITIONS) == len(transcription())


def test_every_action_is_used_and_has_a_text() -> None:
    used = {transition.action for transition in TRANSITIONS.values()}
    assert used == set(Action) == set(ACTION_TEXTS)
    assert len(set(ACTION_TEXTS.values())) == len(Action)


def test_every_state_is_reached_and_has_words() -> None:
    assert {transition.next_state for transition in TRANSITIONS.values()} == set(State)
    assert len({state.words for state in State}) == len(State)


def test_labels_are_those_of_the_standard() -> None:
    assert Action.AA_8.label == "AA-8"


def test_the_actions_of_pynetdicom() -> None:
    theirs = {
        key: action
        for key, action in fsm.TRANSITION_TABLE.items()
        if key[0] not in ACCEPTOR_EVENTS and key[1] not in ACCEPTOR_STATES
    }
    ours = {
        (f"Evt{event.value}", f"Sta{state.value}"): transition.action.label
        for (event, state), transition in TRANSITIONS.items()
    }
    assert {key for key in ours.keys() | theirs if ours.get(key) != theirs.get(key)} == set(DIFFERENT_CELLS)


def test_what_pynetdicom_has_besides_is_the_acceptors() -> None:
    events = {event for event, _ in fsm.TRANSITION_TABLE}
    states = {state for _, state in fsm.TRANSITION_TABLE}
    assert events - {f"Evt{event.value}" for event in Event} == ACCEPTOR_EVENTS
    assert states - {f"Sta{state.value}" for state in State} == ACCEPTOR_STATES


@pytest.mark.parametrize("action", Action, ids=lambda action: action.label)
def test_the_states_that_follow_in_pynetdicom(action: Action) -> None:
    ours = {f"Sta{step.next_state.value}" for step in TRANSITIONS.values() if step.action is action}
    theirs = fsm.ACTIONS[action.label][2]
    # AR-8 has two in the standard: Sta9 for the requestor, Sta10 for the acceptor.
    assert ours == ({theirs[0]} if isinstance(theirs, tuple) else {theirs})

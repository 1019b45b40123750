"""The state table against a second transcription of PS3.8 table 9-10, and against pynetdicom's."""

import pytest
from pynetdicom import fsm

from dcmtool.upper_layer.states import (
    ACTION_TEXTS,
    REQUEST_REFUSED,
    TRANSITIONS,
    Action,
    State,
    StateEvent,
    Table,
)
from tests.upper_layer.state_table import ACCEPTOR_STATES, REQUESTOR_STATES, TABLE_9_10, transcription

# Cells in which pynetdicom differs from the standard, with the reason; there is none.
DIFFERENT_CELLS: dict[tuple[str, str], str] = {}
every_table = pytest.mark.parametrize(("role", "table"), TRANSITIONS.items(), ids=TRANSITIONS)


@every_table
@pytest.mark.parametrize("event", StateEvent, ids=lambda event: event.name)
def test_row_by_row(event: StateEvent, role: str, table: Table) -> None:
    ours = {
        (key[0].value, key[1].value): (transition.action.label, transition.next_state.value)
        for key, transition in table.items()
        if key[0] is event
    }
    assert ours == {key: cell for key, cell in transcription(role).items() if key[0] == event}


def test_the_states_and_events_are_those_of_the_transcription() -> None:
    head, *rows = TABLE_9_10.strip().splitlines()
    assert [f"Sta{state.value}" for state in State] == head.split()
    assert [f"Evt{event.value}" for event in StateEvent] == [row.split()[0] for row in rows]


def test_the_roles_differ_in_one_cell() -> None:
    requestor, acceptor = TRANSITIONS["requestor"], TRANSITIONS["acceptor"]
    assert requestor.keys() == acceptor.keys()
    assert [(key[0].value, key[1].value) for key in requestor if requestor[key] != acceptor[key]] == [(12, 7)]


@every_table
def test_every_action_is_used_and_has_a_text(role: str, table: Table) -> None:
    used = {transition.action for transition in table.values()}
    assert used == set(Action) == set(ACTION_TEXTS)
    assert len(set(ACTION_TEXTS.values())) == len(Action)


@pytest.mark.parametrize(
    ("role", "entrance", "states"),
    [("requestor", 1, REQUESTOR_STATES), ("acceptor", 5, ACCEPTOR_STATES)],
)
def test_the_states_that_a_role_can_reach(role: str, entrance: int, states: tuple[int, ...]) -> None:
    cells = transcription(role)
    reached, new = {1}, {cells[entrance, 1][1]}
    while new:
        reached |= new
        new = {cell[1] for (_, state), cell in cells.items() if state in reached - {1}} - reached
    assert sorted(reached) == list(states)


def test_every_state_has_words() -> None:
    assert len({state.words for state in State}) == len(State)


def test_labels_are_those_of_the_standard() -> None:
    assert Action.AA_8.label == "AA-8"


@every_table
def test_the_actions_of_pynetdicom(role: str, table: Table) -> None:
    ours = {
        (f"Evt{event.value}", f"Sta{state.value}"): transition.action.label
        for (event, state), transition in table.items()
    }
    theirs = fsm.TRANSITION_TABLE
    assert {key for key in ours.keys() | theirs if ours.get(key) != theirs.get(key)} == set(DIFFERENT_CELLS)


@pytest.mark.parametrize("action", Action, ids=lambda action: action.label)
def test_the_states_that_follow_in_pynetdicom(action: Action) -> None:
    steps = {*TRANSITIONS["requestor"].values(), *TRANSITIONS["acceptor"].values(), REQUEST_REFUSED}
    ours = {f"Sta{step.next_state.value}" for step in steps if step.action is action}
    theirs = fsm.ACTIONS[action.label][2]
    # AR-8 has one for each role, AE-6 one for each answer of the provider.
    assert ours == (set(theirs) if isinstance(theirs, tuple) else {theirs})

"""The state machine of the core as tables to read (PS3.8 9.2), made of its transitions."""

from collections.abc import Iterator

from dcmtool.upper_layer.states import ACTION_TEXTS, TRANSITIONS, Event, State
from docs.markdown import table

EVENTS = {
    Event.ASSOCIATE_REQUEST: "we want an association",
    Event.TRANSPORT_OPEN: "the TCP connection is open",
    Event.ASSOCIATE_AC: "A-ASSOCIATE-AC comes",
    Event.ASSOCIATE_RJ: "A-ASSOCIATE-RJ comes",
    Event.ASSOCIATE_RQ: "A-ASSOCIATE-RQ comes",
    Event.DATA_REQUEST: "we want to send data",
    Event.DATA_TF: "P-DATA-TF comes",
    Event.RELEASE_REQUEST: "we want to release",
    Event.RELEASE_RQ: "A-RELEASE-RQ comes",
    Event.RELEASE_RP: "A-RELEASE-RP comes",
    Event.RELEASE_RESPONSE: "we agree to the release",
    Event.ABORT_REQUEST: "we want to abort",
    Event.ABORT: "A-ABORT comes",
    Event.TRANSPORT_CLOSED: "the peer closes the connection",
    Event.ARTIM_EXPIRED: "the timer runs out",
    Event.INVALID_PDU: "what comes is no valid PDU",
}


def states() -> Iterator[str]:
    """Yield the states, each with its number."""
    yield from table(("state", "we are"), ((f"Sta{state.value}", state.words) for state in State))


def transitions() -> Iterator[str]:
    """Yield what is done on each event in each state, and the state that follows."""
    rows = (
        (f"{event.value}: {text}", *(_cell(event, state) for state in State))
        for event, text in EVENTS.items()
    )
    yield from table(("event", *(f"Sta{state.value}" for state in State)), rows)


def _cell(event: Event, state: State) -> str:
    transition = TRANSITIONS.get((event, state))
    return f"{transition.action.label} → {transition.next_state.value}" if transition else ""


def actions() -> Iterator[str]:
    """Yield what the actions do."""
    yield from table(("action", "what it does"), ((act.label, text) for act, text in ACTION_TEXTS.items()))

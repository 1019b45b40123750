"""The state machine of the core as tables to read (PS3.8 9.2), made of its transitions."""

from collections.abc import Iterator

from dcmtool.upper_layer.states import ACTION_TEXTS, REQUEST_REFUSED, TRANSITIONS, Action, State, StateEvent
from tools.markdown import table

EVENTS = {
    StateEvent.ASSOCIATE_REQUEST: "we want an association",
    StateEvent.TRANSPORT_OPEN: "the TCP connection is open",
    StateEvent.ASSOCIATE_AC: "A-ASSOCIATE-AC comes",
    StateEvent.ASSOCIATE_RJ: "A-ASSOCIATE-RJ comes",
    StateEvent.TRANSPORT_INDICATION: "a TCP connection comes",
    StateEvent.ASSOCIATE_RQ: "A-ASSOCIATE-RQ comes",
    StateEvent.ASSOCIATE_ACCEPT: "we accept the association",
    StateEvent.ASSOCIATE_REJECT: "we reject the association",
    StateEvent.DATA_REQUEST: "we want to send data",
    StateEvent.DATA_TF: "P-DATA-TF comes",
    StateEvent.RELEASE_REQUEST: "we want to release",
    StateEvent.RELEASE_RQ: "A-RELEASE-RQ comes",
    StateEvent.RELEASE_RP: "A-RELEASE-RP comes",
    StateEvent.RELEASE_RESPONSE: "we agree to the release",
    StateEvent.ABORT_REQUEST: "we want to abort",
    StateEvent.ABORT: "A-ABORT comes",
    StateEvent.TRANSPORT_CLOSED: "the peer closes the connection",
    StateEvent.ARTIM_EXPIRED: "the timer runs out",
    StateEvent.INVALID_PDU: "what comes is no valid PDU",
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


def _cell(event: StateEvent, state: State) -> str:
    """Return a cell; where two states can follow, both."""
    found = [table_[event, state] for table_ in TRANSITIONS.values() if (event, state) in table_]
    if not found:
        return ""
    if found[0].action is Action.AE_6:
        found.append(REQUEST_REFUSED)
    following = dict.fromkeys(str(transition.next_state.value) for transition in found)
    return f"{found[0].action.label} → {' or '.join(following)}"


def actions() -> Iterator[str]:
    """Yield what the actions do."""
    yield from table(("action", "what it does"), ((act.label, text) for act, text in ACTION_TEXTS.items()))

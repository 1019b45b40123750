"""Indications and trace events are plain values."""

from dcmtool.upper_layer import events
from dcmtool.upper_layer.pdus import AssociateAc, AssociateRj, Pdv
from dcmtool.upper_layer.states import Action, Event, State


def test_indications_are_values() -> None:
    answer = AssociateAc("A", "B", (), ())
    assert events.Accepted(answer, ()).answer is answer
    assert events.Rejected(AssociateRj(1, 1, 7)).answer.reason == 7
    assert events.DataReceived((Pdv(1, True, True, b""),)).pdvs[0].is_last
    assert events.ReleaseRequested(collision=True).collision
    assert events.Aborted(2, 6) == events.Aborted(source=2, reason=6)
    assert events.TransportClosed("P-DATA-TF").partial == "P-DATA-TF"
    assert events.ReleaseConfirmed() == events.ReleaseConfirmed()


def test_trace_events_are_values() -> None:
    sent = events.PduSent(5, b"whole")
    received = events.PduReceived(6, b"body")
    step = events.StateChanged(Event.RELEASE_REQUEST, Action.AR_1, State.ESTABLISHED, State(7))
    heard: list[events.TraceEvent] = []
    observer: events.Observer = heard.append
    for event in (sent, received, step):
        observer(event)
    assert heard == [sent, received, step]
    assert step.after is State.AWAITING_RELEASE_RESPONSE

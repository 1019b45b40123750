"""When and by whom: what a record adds to an event."""

import pytest

from dcmtool.errors import AssociationRejected, DeadlineExpired, EchoFailed, PeerAbort, Rejection
from dcmtool.trace.record import Direction, Event, Record, Recorder
from dcmtool.upper_layer import events, pdus
from dcmtool.verification import progress


def test_the_first_event_is_the_start() -> None:
    times, records = iter((100, 130, 1_000_000_100)), list[Record]()
    recorder = Recorder(lambda: next(times), records.append)
    for event in (progress.Associating(), progress.Releasing(), progress.Aborting()):
        recorder(event)
    assert records == [
        Record(0, None, progress.Associating()),
        Record(30, "sent", progress.Releasing()),
        Record(1_000_000_000, "sent", progress.Aborting()),
    ]


def test_every_sink_has_every_record() -> None:
    first, second = list[Record](), list[Record]()
    recorder = Recorder(lambda: 0, first.append, second.append)
    recorder(progress.Warned("so"))
    assert first == second == [Record(0, None, progress.Warned("so"))]


@pytest.mark.parametrize(
    ("event", "direction"),
    [
        (events.PduSent(pdus.RELEASE_RQ, pdus.ReleaseRq().encode()), "sent"),
        (events.PduReceived(pdus.RELEASE_RP, bytes(4)), "received"),
        (progress.EchoSending(1, 1, b""), "sent"),
        (progress.MessageReceived(1, {}), "received"),
        (progress.TransportOpened("::1", 104, None), None),
        (progress.Failed(AssociationRejected("associate", Rejection(1, 1, 7))), "received"),
        (progress.Failed(EchoFailed("echo", PeerAbort(0, 0))), "received"),
        (progress.Failed(EchoFailed("echo", DeadlineExpired("C-ECHO-RSP", "-td", 1))), None),
    ],
)
def test_who_spoke(event: Event, direction: Direction | None) -> None:
    records = list[Record]()
    Recorder(lambda: 0, records.append)(event)
    assert records[0].direction == direction

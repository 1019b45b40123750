"""What a run tells, each event with the time since its start and who said it; renderers only read these."""

from collections.abc import Callable
from typing import Literal, NamedTuple

from dcmtool.errors import PeerAbort, Rejection, RemoteProtocolError, UnexpectedResponse
from dcmtool.trace.timers import TimerEvent
from dcmtool.upper_layer import events
from dcmtool.verification import progress

Direction = Literal["sent", "received"]
Event = progress.ProgressEvent | events.TraceEvent | TimerEvent

_DIRECTIONS: dict[type, Direction] = {
    events.PduSent: "sent",
    progress.EchoSending: "sent",
    progress.Releasing: "sent",
    progress.Aborting: "sent",
    events.PduReceived: "received",
    progress.Negotiated: "received",
    progress.Established: "received",
    progress.MessageReceived: "received",
    progress.EchoAnswered: "received",
}


# Failures that are what the peer said, not what we missed.
_SAID = (Rejection, PeerAbort, RemoteProtocolError, UnexpectedResponse)


class Record(NamedTuple):
    """An event: nanoseconds since the start, who spoke (None: nobody did), and what it was."""

    offset: int
    direction: Direction | None
    event: Event


Sink = Callable[[Record], None]


class Recorder:
    """A listener that passes each event on as a record; the clock is in monotonic nanoseconds.

    The first event is the start.
    """

    def __init__(self, clock: Callable[[], int], *sinks: Sink) -> None:
        self._clock, self._sinks = clock, sinks
        self._started: int | None = None

    def __call__(self, event: Event) -> None:
        """Stamp an event and pass it on."""
        now = self._clock()
        if self._started is None:
            self._started = now
        record = Record(now - self._started, _direction(event), event)
        for sink in self._sinks:
            sink(record)


def _direction(event: Event) -> Direction | None:
    if isinstance(event, progress.Failed):
        return "received" if isinstance(event.failure.cause, _SAID) else None
    return _DIRECTIONS.get(type(event))

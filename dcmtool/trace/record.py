"""What a run tells, each event with the time since its start and who said it; renderers only read these."""

from collections.abc import Callable
from typing import Literal, NamedTuple

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


class Record(NamedTuple):
    """An event: nanoseconds since the start, who spoke (None: nobody did), and what it was."""

    offset: int
    direction: Direction | None
    event: Event


Sink = Callable[[Record], None]


def recorder(clock: Callable[[], int], started: int, *sinks: Sink) -> Callable[[Event], None]:
    """Return a listener that passes each event on as a record; clock and start are monotonic nanoseconds."""

    def listen(event: Event) -> None:
        record = Record(clock() - started, _DIRECTIONS.get(type(event)), event)
        for sink in sinks:
            sink(record)

    return listen

"""The plain lines of a verification that is watched: one an echo, with its message ID and round trip."""

from collections.abc import Callable, Iterator

from dcmtool.dimse import status
from dcmtool.trace import plain
from dcmtool.trace.command_dump import Labels
from dcmtool.trace.levels import Level, Line
from dcmtool.upper_layer.events import TraceEvent
from dcmtool.verification import progress


def teller(
    labels: Labels | None = None, *, reconnecting: bool
) -> Callable[[progress.ProgressEvent | TraceEvent], Iterator[Line]]:
    """Return what makes lines of events; while `reconnecting`, those about each association are details."""

    def lines(event: progress.ProgressEvent | TraceEvent) -> Iterator[Line]:
        if isinstance(event, progress.EchoAnswered):
            response, time = event.response, event.round_trip / 1_000_000
            number = response.message_id_being_responded_to
            words = f"Received Echo Response ({status.meaning(response.status)})"
            yield Line(Level.INFO, f"{words}, MsgID {number}, {time:.3f} ms")
            return
        details = reconnecting or isinstance(event, progress.EchoSending)
        for line in plain.lines(event, labels):
            yield Line(Level.DEBUG, line.text) if details and line.level == Level.INFO else line

    return lines

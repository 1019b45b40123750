"""What happened on each connection between two others, event by event, on stderr."""

from collections import deque

from dcmtool.capture.connection import Endpoint, ObservedConnection
from dcmtool.capture.selection import Selection
from dcmtool.cli import stderr
from dcmtool.cli.output.tracing import Tracing
from dcmtool.cli.wording import COMMAND_LINE
from dcmtool.events import Event, Listener, Requested
from dcmtool.text import counted
from dcmtool.trace import plain
from dcmtool.trace.command_dump import Labels
from dcmtool.trace.levels import Level, Line

# Events of a connection of which it is not known yet whether it is wanted, and of all of these together.
MOST_HELD, MOST_IN_ALL = 5000, 100_000


class _Held:
    """The last events of a connection, and how many there were."""

    def __init__(self) -> None:
        self.events: deque[Event] = deque(maxlen=MOST_HELD)
        self.count = 0


class ConnectionTraces:
    """Shows the events of the connections that are wanted, at once where that is known at once.

    Of one that is not known to be wanted before its end the last events are held until then.
    """

    def __init__(
        self, tracing: Tracing, threshold: int, selection: Selection, labels: Labels | None = None
    ) -> None:
        self._show = tracing.listener(self._show_plainly)
        self._tracing, self._threshold, self._selection, self._labels = tracing, threshold, selection, labels
        self._held: dict[int, _Held] = {}
        self._in_all = 0
        self._ends: dict[int, str] = {}
        self._last = 0

    def listens(self, number: int, requestor: Endpoint, acceptor: Endpoint) -> Listener | None:
        """Return what listens to a connection, None where it is not wanted."""
        if not self._selection.may_match(number, requestor, acceptor):
            return None
        self._ends[number] = f"{requestor} to {acceptor}"
        if self._selection.failed or self._selection.titles:
            self._held[number] = _Held()
        return lambda event: self._take(number, event)

    def end(self, connection: ObservedConnection, *, wanted: bool) -> None:
        """Show what was held of a connection that is wanted, and forget it."""
        if connection.number in self._held:
            self._release(connection.number, wanted=wanted)
        self._ends.pop(connection.number, None)

    def _take(self, number: int, event: Event) -> None:
        if number not in self._ends:
            return
        held = self._held.get(number)
        if held is None:
            self._emit(number, event)
            return
        held.count += 1
        if self._in_all < MOST_IN_ALL:
            self._in_all += len(held.events) < MOST_HELD
            held.events.append(event)
        if isinstance(event.what, Requested) and self._selection.titles:
            self._decide(number, event.what)

    def _decide(self, number: int, asked: Requested) -> None:
        """Show or forget what is held of a connection whose titles are known now."""
        request = asked.associate
        if not self._selection.has_titles(request.calling_aet, request.called_aet):
            self._release(number, wanted=False)
            del self._ends[number]
        elif not self._selection.failed:
            self._release(number, wanted=True)

    def _release(self, number: int, *, wanted: bool) -> None:
        """Hold the events of a connection no longer, and show them if it is wanted."""
        held = self._held.pop(number)
        self._in_all -= len(held.events)
        if wanted and held.count > len(held.events):
            self._begin(number)
            self._say(f"{counted(held.count - len(held.events), 'event')} not shown")
        for event in held.events if wanted else ():
            self._emit(number, event)

    def _emit(self, number: int, event: Event) -> None:
        self._begin(number)
        self._show(event)

    def _begin(self, number: int) -> None:
        """Say which connection follows, where it is another one."""
        if number != self._last:
            self._last = number
            self._say(f"connection {number}, {self._ends.get(number, '')}")

    def _say(self, sentence: str) -> None:
        line = Line(Level.DEBUG, f"---- {sentence} ----")
        if self._tracing.terminal is not None:
            self._tracing.terminal.say(line)
        else:
            stderr.write(str(line))

    def _show_plainly(self, event: Event) -> None:
        for line in plain.lines(event, self._labels, words=COMMAND_LINE):
            if line.level >= self._threshold:
                stderr.write(str(line))

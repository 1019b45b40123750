"""What a person sees of a run that goes on for a while: a view without end, or how far it is."""

from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from time import monotonic_ns

from rich.console import Console

from dcmtool.cli.wording import COMMAND_LINE
from dcmtool.dimse.status import SUCCESS
from dcmtool.events import EchoAnswered, Event, Listener
from dcmtool.reporting.success import whom
from dcmtool.settings import EchoRequest
from dcmtool.trace.levels import Line
from dcmtool.trace.live_view import live_view
from dcmtool.trace.progress_bar import progress_bar
from dcmtool.trace.spinner import Spinner
from dcmtool.trace.watch import Watch

_MOST_SAID = 16  # lines that are kept, since a peer may have ever new ones


class Unrepeated:
    """Writes a line once until an echo succeeds: what goes on failing is counted in the view below it."""

    def __init__(self, write: Callable[[Line], None]) -> None:
        self._write = write
        self._said: deque[Line] = deque(maxlen=_MOST_SAID)

    def __call__(self, line: Line) -> None:
        """Write a line."""
        if line not in self._said:
            self._said.append(line)
            self._write(line)

    def listen(self, event: Event) -> None:
        """Note an answer."""
        if isinstance(event.what, EchoAnswered) and event.what.response.status == SUCCESS:
            self._said.clear()


def watching(request: EchoRequest, *, live: bool) -> AbstractContextManager[Listener]:
    """Return the `live` view, or else the bar, on standard error."""
    console, watch = Console(stderr=True), Watch(datetime.now, COMMAND_LINE)
    if live:
        return live_view(console, whom(request), datetime.now(), monotonic_ns, watch)
    return progress_bar(console, request.repeat, monotonic_ns, watch)


def spinner_on_stderr() -> Spinner:
    """Return what shows what is waited for, on standard error."""
    return Spinner(Console(stderr=True), monotonic_ns)

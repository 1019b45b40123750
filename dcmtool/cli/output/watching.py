"""What a person sees of a run that goes on for a while: a view without end, or how far it is."""

from contextlib import AbstractContextManager
from datetime import datetime
from time import monotonic_ns

from rich.console import Console

from dcmtool.cli.wording import COMMAND_LINE
from dcmtool.events import Listener
from dcmtool.reporting.success import whom
from dcmtool.settings import EchoRequest
from dcmtool.trace.live_view import live_view
from dcmtool.trace.progress_bar import progress_bar
from dcmtool.trace.spinner import Spinner
from dcmtool.trace.watch import Watch


def watching(request: EchoRequest, *, live: bool) -> AbstractContextManager[Listener]:
    """Return the `live` view, or else the bar, on standard error."""
    console, watch = Console(stderr=True), Watch(datetime.now, COMMAND_LINE)
    if live:
        return live_view(console, whom(request), datetime.now(), monotonic_ns, watch)
    return progress_bar(console, request.repeat, monotonic_ns, watch)


def spinner_on_stderr() -> Spinner:
    """Return what shows what is waited for, on standard error."""
    return Spinner(Console(stderr=True), monotonic_ns)

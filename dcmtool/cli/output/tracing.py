"""What is shown or kept of a run beyond plain lines: on the terminal, in the trace file, or both."""

import io
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from time import monotonic_ns
from typing import TYPE_CHECKING, TextIO, TypeVar, cast

from dcmtool.cli.output.appearance import Look
from dcmtool.cli.output.trace_file import TraceFile, opened
from dcmtool.emitter import Emitter
from dcmtool.events import Event, Listener
from dcmtool.steps import Procedure
from dcmtool.trace.timers import timed

if TYPE_CHECKING:
    from dcmtool.trace.command_dump import Labels
    from dcmtool.trace.terminal import Terminal

_Report = TypeVar("_Report")


class Tracing:
    """Where the events of a run go."""

    def __init__(self, terminal: "Terminal | None", file: TraceFile | None) -> None:
        self.terminal, self.file = terminal, file

    def listener(self, plain: Listener) -> Listener:
        """Return what shows and keeps events; where no terminal shows them there are plain lines."""
        show = plain if self.terminal is None else self.terminal.show
        if self.file is None:
            return show
        keep = self.file.write

        def listen(event: Event) -> None:
            keep(event)
            show(event)

        return listen

    def timed(self, procedure: Procedure[_Report], emitter: Emitter) -> Procedure[_Report]:
        """Return the procedure with events of its timers."""
        return timed(procedure, monotonic_ns, emitter)


@contextmanager
def tracing(
    look: Look,
    threshold: int,
    trace_file: str | None,
    labels: "Labels | None" = None,
    reconnecting: bool | None = None,
) -> Iterator[Tracing]:
    """Open what events go to, and close it at the end; a plain look has no terminal.

    Where `reconnecting` is not None a terminal has one line an echo, for a watch.

    Raises:
        OutputFileError: the trace file cannot be written.
    """
    with ExitStack() as stack:
        file = stack.enter_context(opened(trace_file)) if trace_file is not None else None
        yield Tracing(None if look is Look.PLAIN else _terminal(look, threshold, labels, reconnecting), file)


def _terminal(look: Look, threshold: int, labels: "Labels | None", reconnecting: bool | None) -> "Terminal":
    from dcmtool.cli.wording import COMMAND_LINE
    from dcmtool.trace.terminal import Terminal, console_for  # with rich, which takes its time

    console = console_for(cast(TextIO, _Stderr()), coloured=look is Look.COLOURED)
    now = lambda: datetime.now(UTC)  # noqa: E731
    if reconnecting is None:
        return Terminal(console, threshold, now, labels, COMMAND_LINE)
    from dcmtool.trace.watched_terminal import WatchedTerminal

    return WatchedTerminal(console, threshold, now, labels, COMMAND_LINE, reconnecting=reconnecting)


class _Stderr(io.TextIOBase):
    """Standard error for as long as somebody reads it; the exit code is still to be true."""

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """The encoding, which decides whether lines are drawn in ASCII."""
        return sys.stderr.encoding

    def write(self, text: str) -> int:
        """Write what can be written."""
        with suppress(OSError):
            sys.stderr.write(text)
        return len(text)

    def flush(self) -> None:
        """Pass it on."""
        with suppress(OSError):
            sys.stderr.flush()

"""What is shown or kept of a run beyond plain lines: on the terminal, in the trace file, or both."""

import io
import sys
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from time import monotonic_ns
from typing import TYPE_CHECKING, Any, TextIO, TypeVar, cast

from dcmtool.cli.look import Look
from dcmtool.cli.trace_file import TraceFile, opened
from dcmtool.steps import Step
from dcmtool.trace.record import Recorder
from dcmtool.trace.timers import timed
from dcmtool.upper_layer.events import TraceEvent
from dcmtool.verification.progress import Listener, ProgressEvent

if TYPE_CHECKING:
    from dcmtool.trace.command_dump import Labels
    from dcmtool.trace.terminal import Terminal

_Report = TypeVar("_Report")


class Tracing:
    """The sinks of a run's records."""

    def __init__(self, terminal: "Terminal | None", file: TraceFile | None) -> None:
        self.terminal, self.file = terminal, file
        sinks = [sink for sink in (terminal and terminal.show, file and file.write) if sink]
        self._record = Recorder(monotonic_ns, *sinks)

    def listener(self, plain: Listener) -> Listener:
        """Return a listener that records, and makes plain lines where no terminal shows the records."""
        if self.terminal is not None:
            return self._record

        def listen(event: ProgressEvent | TraceEvent) -> None:
            self._record(event)
            plain(event)

        return listen

    def timed(self, procedure: Generator[Step, Any, _Report]) -> Generator[Step, Any, _Report]:
        """Return the procedure with its timers recorded."""
        return timed(procedure, monotonic_ns, self._record)


@contextmanager
def tracing(
    look: Look, threshold: int, trace_file: str | None, labels: "Labels | None" = None
) -> Iterator[Tracing]:
    """Open what records go to, and close it at the end; a plain look has no terminal.

    Raises:
        OutputFileError: the trace file cannot be written.
    """
    with ExitStack() as stack:
        file = stack.enter_context(opened(trace_file)) if trace_file is not None else None
        yield Tracing(None if look is Look.PLAIN else _terminal(look, threshold, labels), file)


def _terminal(look: Look, threshold: int, labels: "Labels | None") -> "Terminal":
    from dcmtool.trace.terminal import Terminal, console_for  # with rich, which takes its time

    console = console_for(cast(TextIO, _Stderr()), coloured=look is Look.COLOURED)
    return Terminal(console, threshold, lambda: datetime.now(UTC), labels)


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

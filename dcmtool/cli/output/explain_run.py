"""A run of `dcmtool explain`: files read one after the other, each connection shown as it ends."""

import sys
from collections.abc import Callable, Sequence

from dcmtool.capture.connections import ConnectionReader
from dcmtool.capture.input_file import STDIN, opened
from dcmtool.capture.selection import Selection
from dcmtool.cli import stderr
from dcmtool.cli.exit_codes import FOUND, INTERRUPTED, exit_code
from dcmtool.cli.output import screen
from dcmtool.cli.output.appearance import Look, look
from dcmtool.cli.output.explain_forms import ConnectionSink, ExplainEnd, ExplainOutput, sink
from dcmtool.cli.output.explain_trace import ConnectionTraces
from dcmtool.cli.output.reading_line import ReadingLine, reading_line
from dcmtool.cli.output.tracing import tracing
from dcmtool.cli.wording import COMMAND_LINE
from dcmtool.errors import InputFileError
from dcmtool.reporting.explain_report import ExplainTotal
from dcmtool.text import printable
from dcmtool.trace.levels import Level, Line
from dcmtool.transport.interrupts import CancellingInterrupts

_MOST_WARNINGS = 1000  # kept for the report; all are written


def run(
    files: Sequence[str],
    format: str | None,  # noqa: A002
    selection: Selection,
    slow: float,
    output: ExplainOutput,
) -> int:
    """Explain the connections in files, and return the exit code.

    Ctrl-C ends the reading, as the end of the files would: what is open until then is told as well. That is
    how an explanation of stdin as it comes ends, and no failure.

    Raises:
        OutputFileError, OSError: stdout cannot be written.
        KeyboardInterrupt: Ctrl-C came twice.
    """
    traces_events = output.level <= Level.DEBUG
    appearance = look(output.color, sys.stderr) if traces_events else Look.PLAIN
    with (
        CancellingInterrupts(lambda: None) as interrupts,
        tracing(appearance, output.level, None) as traced,
    ):
        traces = ConnectionTraces(traced, output.level, selection)
        line = reading_line(wanted=not traces_events and output.level <= Level.WARN)
        explanation = _Explanation(selection, sink(output), traces, lambda: interrupts.is_kept, line, output)
        reader = ConnectionReader(explanation.warn, slow, traces.listens if traces_events else None)
        is_cut = False  # a file that was to be read to its end, as stdin was not
        for path in files:
            explanation.read(reader, path, format)
            is_cut = is_cut or (interrupts.is_kept and path != STDIN)
        return explanation.end(INTERRUPTED if is_cut else None)


class _Explanation:
    """Gathers what the connections come to while they are shown."""

    def __init__(
        self,
        selection: Selection,
        shown: ConnectionSink,
        traces: ConnectionTraces,
        is_stopped: Callable[[], bool],
        line: ReadingLine,
        output: ExplainOutput,
    ) -> None:
        self._selection, self._sink, self._traces = selection, shown, traces
        self._is_stopped, self._level, self._color = is_stopped, output.level, output.color
        self._line = line
        self._total = ExplainTotal()
        self._warnings: list[str] = []
        self._errors: list[str] = []
        self._code: int | None = None

    def warn(self, sentence: str) -> None:
        """Say what is odd about a file; once stopped, that it is cut is no news."""
        if not self._is_stopped():
            if len(self._warnings) < _MOST_WARNINGS:
                self._warnings.append(sentence)
            self._line.clear()
            if self._level <= Level.WARN:
                screen.write(Line(Level.WARN, printable(sentence)), self._color)

    def read(self, reader: ConnectionReader, path: str, format: str | None) -> None:  # noqa: A002
        """Explain a file; of one that cannot be read say why, and what came before."""
        if self._is_stopped():
            return
        before = self._total.connections + self._total.left_out
        try:
            with opened(path, self._is_stopped, self._line) as file:
                for connection in reader.read(file, path, format):
                    wanted = self._selection.matches(connection)
                    self._traces.end(connection, wanted=wanted)
                    if wanted:
                        self._line.clear()
                        self._total.add(connection)
                        self._sink.add(connection)
                    else:
                        self._total.left_out += 1
        except InputFileError as error:
            sentence = error.in_words(COMMAND_LINE)
            self._errors.append(sentence)
            self._code = exit_code(error)
            self._line.clear()
            stderr.write(f"Error: {sentence}")
        else:
            if self._total.connections + self._total.left_out == before:
                self.warn(f"{path}: no TCP connection, and no association, is in it")

    def end(self, code: int | None) -> int:
        """Show what all came to, and return the exit code: this one, or else that of what was found."""
        self._line.clear()
        if self._code is not None:
            code = self._code
        elif code is None:
            code = FOUND if self._total.failed else 0
        self._sink.end(ExplainEnd(self._total, self._warnings, self._errors, code))
        return code

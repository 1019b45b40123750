"""A run of `dcmtool sweep --watch`: round after round until Ctrl-C, which is how it ends."""

import sys
from collections.abc import Callable, Sequence
from contextlib import aclosing
from datetime import UTC, datetime
from time import monotonic_ns

from dcmtool.cli import stderr
from dcmtool.cli.exit_codes import exit_code
from dcmtool.cli.output.appearance import Look, is_terminal, look
from dcmtool.cli.output.report import in_json
from dcmtool.cli.output.screen import columns_of, wrapped
from dcmtool.cli.output.sweep_forms import SweepOutput, opened
from dcmtool.cli.output.sweep_loop import Drawing, Sweep, drawn, gather, until_told
from dcmtool.cli.output.terminals import terminal_for_view
from dcmtool.cli.output.watch_text import ChangeLines, table_lines, total_line
from dcmtool.cli.output.writer import Writer
from dcmtool.cli.wording import COMMAND_LINE
from dcmtool.fleet.limits import Limits
from dcmtool.fleet.result import NodeResult, Summary
from dcmtool.fleet.sweep import sweep
from dcmtool.fleet.target import Target
from dcmtool.fleet.watch import FleetWatch, Sleep, StateChange, pause, ticks
from dcmtool.options.values import UsageError
from dcmtool.reporting import sweep_change
from dcmtool.trace.levels import Level, Line
from dcmtool.verification.report import Outcome

LAST_LINES = 2  # seconds that who reads the changes has at the end
_UNREAD = 0.05  # seconds between two looks whether the changes have been read
_CHANGES = ("table", "ndjson")  # forms that need no file

Listener = Callable[[StateChange], None]


def run(targets: Sequence[Target], limits: Limits, output: SweepOutput, every: float) -> int:
    """Verify the targets every so many seconds, show what changes, and return 0 once Ctrl-C has come.

    Raises:
        UsageError: the form is that of a whole sweep, and there is no file that could be renewed.
        InputFileError, TlsSettingsError: as `sweep` does.
        OutputFileError, OSError: a file, or stdout, cannot be written.
    """
    _check(output)
    Watching(targets, limits, output).run(every)
    return 0


def _check(output: SweepOutput) -> None:
    if output.form not in _CHANGES and output.file is None:
        raise UsageError(
            f"--watch has no end, and {output.form} is of a whole sweep: name a file, which is renewed after "
            "each round, with --output-file, or take the changes with --output ndjson"
        )
    if output.form == "ndjson" and output.file is not None:
        raise UsageError(
            "with --watch, --output ndjson gives changes, which a file that is renewed does not keep: "
            "let the shell add them to it, by >> FILE in place of --output-file FILE"
        )


class Watching:
    """Watches nodes: whoever shows something of them is told, and files are renewed after each round."""

    def __init__(
        self,
        targets: Sequence[Target],
        limits: Limits,
        output: SweepOutput,
        ask: Sweep = sweep,
        sleep: Sleep = pause,
        clock: Callable[[], int] = monotonic_ns,
    ) -> None:
        self._targets, self._limits, self._output = targets, limits, output
        self._ask, self._sleep, self._clock = ask, sleep, clock
        self.watch = FleetWatch(lambda: datetime.now(UTC), clock)
        self._listeners: list[Listener] = []
        self._writer: Writer | None = None
        self._told_late = False

    def run(self, every: float) -> None:
        """Watch until Ctrl-C or SIGTERM, and say what it came to. Raises as the function `run` does."""
        begun = self._clock()
        view = None if self._output.quiet else self._view(every)
        if self._output.form == "ndjson" or (self._output.file is None and view is None):
            self._writer = Writer(sys.stdout)
        if self._writer is not None:
            self._listeners.append(self._write_change(self._writer))
        until_told(lambda: self.rounds(every, view))
        self._end((self._clock() - begun) / 1_000_000_000)

    async def rounds(self, every: float, view: Drawing | None = None) -> None:
        """Ask the nodes round after round; ends where nobody reads the changes any more. Raises as `run`."""
        with drawn(view):
            async with aclosing(ticks(every, self._clock, self._sleep)) as rounds:
                async for tick in rounds:
                    self.watch.begin(tick)
                    if tick.late and view is None:
                        self._tell_late(tick.late, every)
                    total = Summary()
                    with opened(self._output, files_alone=True) as files:
                        await gather(self._targets, self._limits, [self, *files], total, ask=self._ask)
                        for file in files:
                            file.end(total)
                    self.watch.end_round()
                    while self._writer is not None and self._writer.is_behind:
                        await self._sleep(_UNREAD)  # nodes are not asked for nobody
                    if self._writer is not None and self._writer.error is not None:
                        return

    def add(self, result: NodeResult) -> None:
        """Count a result in, and tell what has changed; what Ctrl-C has cut off says nothing of a node."""
        if result.outcome == Outcome.INTERRUPTED:
            return
        change = self.watch.add(result)
        if change is not None:
            for listener in self._listeners:
                listener(change)

    def _view(self, every: float) -> Drawing | None:
        """Return what shows how the nodes stand, None where nobody would see it."""
        streams = self._output.form == "ndjson" or (self._output.file is None and not is_terminal(sys.stdout))
        terminal = terminal_for_view(self._output.color, streams=streams)
        if terminal is None:
            return None
        from dcmtool.cli.output.sweep_live import Screen  # loads rich
        from dcmtool.cli.output.watch_live import WatchView

        shown = WatchView(self.watch, len(self._targets), every, self._clock)
        self._listeners.append(shown.take)
        return Screen(*terminal, shown)

    def _write_change(self, writer: Writer) -> Listener:
        if self._output.form == "ndjson":
            return lambda change: writer.write(
                in_json(sweep_change.document(change, exit_code, COMMAND_LINE), "ndjson"), in_any_case=True
            )
        lines = ChangeLines(self._targets)
        writer.write(lines.heading)
        return lambda change: writer.write(lines.line(change), in_any_case=True)

    def _tell_late(self, late: int, every: float) -> None:
        """Say once that a round took longer than it should."""
        if not self._told_late:
            self._told_late = True
            took = every + late / 1_000_000_000
            text = f"a round took {took:.1f} s, longer than {every:g} s: the next one follows at once"
            stderr.write_if(Line(Level.WARN, text), "warn")

    def _end(self, seconds: float) -> None:
        """Write what the watch came to, and close what is written to."""
        if self._writer is None:
            if self._output.file is None:
                self._write_table(seconds)
            return
        if self._output.form == "ndjson":
            for change in self.watch.end():
                self._listeners[0](change)
        else:
            self._writer.write(total_line(self.watch, seconds))
        self._writer.close(LAST_LINES)
        if self._writer.error is not None:
            raise self._writer.error

    def _write_table(self, seconds: float) -> None:
        appearance = look(self._output.color, sys.stdout)
        width = None if appearance is Look.PLAIN else columns_of(sys.stdout)
        full, coloured = self._output.full or width is None, appearance is Look.COLOURED
        for line in table_lines(self.watch, datetime.now(UTC), width, full=full, coloured=coloured):
            print(line)
        print(f"\n{wrapped(total_line(self.watch, seconds), 0, width)}", flush=True)

"""A run of `dcmtool tap`: what it shows of each connection, what it says meanwhile, and its files."""

import json
import sys
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from time import monotonic

from dcmtool import __version__
from dcmtool.capture.connection import ObservedConnection
from dcmtool.cli.output import tap_text
from dcmtool.cli.output.appearance import Look, look
from dcmtool.cli.output.dump_lines import marked
from dcmtool.cli.output.ending import ignore_signals, signals
from dcmtool.cli.output.port_file import announced
from dcmtool.cli.output.screen import with_time
from dcmtool.cli.output.writer import Writer
from dcmtool.cli.wording import COMMAND_LINE
from dcmtool.events import Event
from dcmtool.settings import Color
from dcmtool.tap.calls import TapTotals
from dcmtool.tap.recording import Recording
from dcmtool.tap.relay import Relay
from dcmtool.tap.settings import TapSettings
from dcmtool.text import counted, printable
from dcmtool.trace import plain
from dcmtool.trace.levels import Level, Line
from dcmtool.transport.accepted import SocketAddress
from dcmtool.transport.descriptors import allow_descriptors

_LAST_LINES = 0.25  # seconds that who reads the lines has at the end, and the blocks
_OWN_DESCRIPTORS = 30  # besides those of connections, of which each has two
_EVERY_ADDRESS = {"0.0.0.0": "every IPv4 address", "::": "every address"}


def run(
    settings: TapSettings,
    form: str,
    color: Color,
    port_file: str | None,
    *,
    level: Level = Level.INFO,
    events: Level | None = None,
    keeping: tuple[str, bool] | None = None,
) -> None:
    """Relay until a signal comes or as many connections have ended as were asked for.

    What is less severe than `level` is not said; of events of associations it is `events`, None for no event.
    `keeping` is a file to record to, and whether data sets are.

    Raises:
        ListenFailed: the address cannot be listened on.
        OutputFileError: a file that is asked for cannot be written.
        OSError: standard output cannot be written.
    """
    reporter = TapReporter(level, form, color, events)
    with signals(), suppress(KeyboardInterrupt), ExitStack() as stack:  # the way to end it
        stack.callback(reporter.close)
        recording = None
        if keeping is not None:
            recording = stack.enter_context(Recording(*keeping, f"dcmtool {__version__}", reporter.complain))
        relay = Relay(
            *(settings, reporter.write_connection, reporter.complain),
            opened=reporter.write_opened,
            listener=reporter.write_event if events is not None else None,
            record=recording.connection if recording is not None else None,
        )
        stack.callback(reporter.end, relay.totals, monotonic())
        stack.enter_context(relay)
        if port_file is not None:
            stack.enter_context(announced(port_file, relay.address.port))
        reporter.begin(settings, relay.address)
        relay.wait()
        ignore_signals()  # what is left is soon done
    reporter.raise_failure()
    if recording is not None:
        recording.raise_failure()


class TapReporter:
    """Writes connections on stdout and the rest on stderr; who reads neither holds nothing up."""

    def __init__(self, level: Level, form: str, color: Color, events: Level | None) -> None:
        self._level, self._events, self._is_text, self._color = level, events, form == "text", color
        self._has_written = False
        self._look = look(color, sys.stderr)
        self._lines = Writer(sys.stderr, missed=lambda count: str(Line(Level.WARN, _missed(count))))
        self._blocks = Writer(sys.stdout, self._unread, self._blocks_missed)

    def begin(self, settings: TapSettings, address: SocketAddress) -> None:
        """Write where it listens, where it passes to, and what that changes for both sides."""
        for warning in _too_few_descriptors(settings):
            self._write_line(Level.WARN, warning)
        node = settings.node
        place = f"{address.host} port {address.port}"
        self._write_line(Level.INFO, f"listening on {place}, passing to {node.host} port {node.port}")
        host = address.host if settings.host else "0.0.0.0"
        if host in _EVERY_ADDRESS:
            every = f"{_EVERY_ADDRESS[host]} of this machine is listened on"
            self._write_line(Level.INFO, f"{every}; whoever reaches it reaches the node")
        self._write_line(Level.INFO, "both sides see the address of the tap now: access lists go by it")
        if settings.delay:
            self._write_line(Level.WARN, f"everything is passed on {settings.delay:g} s late")
        if settings.cut_after is not None:
            self._write_line(Level.WARN, f"each connection is cut after {settings.cut_after} bytes")

    def write_opened(self, number: int, caller: str) -> None:
        """Write that a connection came."""
        self._write_line(Level.DEBUG, f"[{number}] connection from {caller}")

    def write_connection(self, connection: ObservedConnection) -> None:
        """Write what is known of a connection that has ended."""
        if self._is_text:
            lines = tap_text.block(connection, self._color, verbose=self._level <= Level.DEBUG)
            self._blocks.write("\n".join(["", *lines] if self._has_written else lines))
            self._has_written = True
        else:
            self._blocks.write(json.dumps(tap_text.document(connection)))

    def write_event(self, event: Event) -> None:
        """Write an event of an association, which is shown by its number."""
        for line in plain.lines(event, words=COMMAND_LINE):
            if self._events is not None and line.level >= self._events and line.text:
                for text in marked(f"[{event.association.number}] ", line.text, self._look):
                    self._write_line(line.level, text)

    def complain(self, sentence: str) -> None:
        """Write what the relay could not do."""
        self._write_line(Level.WARN, sentence)

    def end(self, totals: TapTotals, begun: float) -> None:
        """Write what it all came to since it began (monotonic seconds)."""
        self._write_line(Level.INFO, summary(totals, monotonic() - begun), in_any_case=True)

    def close(self) -> None:
        """Give who reads the rest a moment for it."""
        self._blocks.close(_LAST_LINES)
        self._lines.close(_LAST_LINES)

    def raise_failure(self) -> None:
        """Raise the `OSError` for which standard output could not be written, if there was one."""
        if self._blocks.error is not None:
            raise self._blocks.error

    def _write_line(self, level: Level, text: str, *, in_any_case: bool = False) -> None:
        """Write a line, on a terminal with the time of day."""
        if level < self._level:
            return
        line = Line(level, printable(text))
        shown = str(line) if self._look is Look.PLAIN else with_time(line)
        self._lines.write(shown, in_any_case=in_any_case)

    def _blocks_missed(self, count: int) -> None:
        self._write_line(Level.WARN, f"stdout: {_missed(count)}", in_any_case=True)

    def _unread(self, _error: OSError) -> None:
        self._write_line(Level.WARN, "stdout cannot be written any more; the tap goes on", in_any_case=True)


def summary(totals: TapTotals, seconds: float) -> str:
    """Return what all connections came to."""
    parts = [counted(totals.connections, "connection"), f"{totals.bytes} bytes"]
    if totals.unreachable:
        parts.append(f"{totals.unreachable} without a way to the node")
    if totals.silent:
        parts.append(f"{totals.silent} more on which nothing was sent")
    if totals.turned_away:
        parts.append(f"{totals.turned_away} turned away")
    return f"{', '.join(parts)}, in {seconds:.1f} s"


def _missed(count: int) -> str:
    return f"{counted(count, 'line')} {'was' if count == 1 else 'were'} not written, as nobody read"


def _too_few_descriptors(settings: TapSettings) -> Iterator[str]:
    """Yield a warning where the system does not let us have as many connections as there may be."""
    allowed = allow_descriptors(2 * settings.max_associations + _OWN_DESCRIPTORS)
    if allowed < 2 * settings.max_associations + _OWN_DESCRIPTORS:
        yield (
            f"only {allowed} files and connections may be open at a time, fewer than "
            f"{settings.max_associations} connections through the tap may need (ulimit -n)"
        )

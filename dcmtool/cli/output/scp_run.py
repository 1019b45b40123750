"""A run of `dcmtool scp`: the lines and JSON that it writes while it serves, and its files."""

import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from time import monotonic_ns

from dcmtool.cli.output import finding_text
from dcmtool.cli.output.appearance import Look, look
from dcmtool.cli.output.dump_lines import marked
from dcmtool.cli.output.ending import ignore_signals, signals
from dcmtool.cli.output.port_file import announced
from dcmtool.cli.output.screen import with_time
from dcmtool.cli.output.writer import Writer
from dcmtool.cli.wording import COMMAND_LINE
from dcmtool.diagnosis.findings import Finding
from dcmtool.errors import OutputFileError, reason_of
from dcmtool.events import Event
from dcmtool.scp import report
from dcmtool.scp.record import ConnectionOutcome, Record
from dcmtool.scp.server import MORE_CONNECTIONS, VerificationScp
from dcmtool.scp.settings import ScpSettings
from dcmtool.text import counted, printable
from dcmtool.trace import plain
from dcmtool.trace.levels import Level, Line
from dcmtool.transport.descriptors import allow_descriptors

_LAST_LINES = 0.25  # seconds that who reads the lines has at the end, and the documents
_OWN_DESCRIPTORS = 30  # besides those of connections
_INDENT = "  "  # of what is found about the caller above
_YELLOW, _RED = "\x1b[33m", "\x1b[31m"
_COLOURS = {
    ConnectionOutcome.REJECTED: _YELLOW,
    ConnectionOutcome.NO_REQUEST: _YELLOW,
    ConnectionOutcome.TURNED_AWAY: _YELLOW,
    ConnectionOutcome.TLS_FAILED: _YELLOW,
    ConnectionOutcome.ABORTED_BY_PEER: _RED,
    ConnectionOutcome.ABORTED: _RED,
    ConnectionOutcome.CONNECTION_LOST: _RED,
}
_EVERY_ADDRESS = {"0.0.0.0": "every IPv4 address", "::": "every address"}


def serve(
    settings: ScpSettings,
    level: Level,
    form: str,
    port_file: str | None,
    certificate_file: str | None,
    *,
    explains: bool = False,
) -> None:
    """Serve until a signal comes or as many associations have ended as were asked for.

    With `explains` what is found about a caller is written below the line of its connection.

    Raises:
        ListenFailed: the address cannot be listened on.
        InputFileError: a file of the TLS settings cannot be used.
        TlsSettingsError: no session can be made with these TLS settings.
        OutputFileError: a file that is asked for cannot be written.
        OSError: standard output cannot be written.
    """
    reporter = ScpReporter(level, form, explains=explains)
    listener = reporter.write_event if level <= Level.TRACE else None
    scp = VerificationScp(
        *(settings, reporter.write_connection, reporter.complain, listener),
        explains=explains or form == "ndjson",
    )
    reporter.scp = scp
    if certificate_file is not None and scp.own is not None:
        _write(certificate_file, scp.own.pem)
    begun = monotonic_ns()
    with signals():
        with suppress(KeyboardInterrupt), ExitStack() as stack:  # the way to end it
            stack.enter_context(scp)
            if port_file is not None:
                stack.enter_context(announced(port_file, scp.address.port))
            reporter.begin(settings)
            scp.wait()
            ignore_signals()  # what is left is soon done
        reporter.end(monotonic_ns() - begun)


class ScpReporter:
    """Writes what happens, on stderr and if asked as JSON on stdout; who reads neither holds nothing up."""

    scp: VerificationScp

    def __init__(self, level: Level, form: str, *, explains: bool = False) -> None:
        self._level, self._look, self._explains = level, look("auto", sys.stderr), explains
        self._lines = Writer(sys.stderr, missed=lambda count: str(Line(Level.WARN, _missed(count))))
        self._documents = Writer(sys.stdout, self._stop, self._documents_missed) if form == "ndjson" else None

    def begin(self, settings: ScpSettings) -> None:
        """Write that it listens, and how."""
        scp, address = self.scp, self.scp.address
        for warning in (*scp.warnings, *_too_few_descriptors(settings)):
            self._write_line(Level.WARN, warning)
        self._write_line(Level.INFO, f"{settings.title} listens on {address.host} port {address.port}")
        host = address.host if settings.host else "0.0.0.0"
        if host in _EVERY_ADDRESS:
            self._write_line(Level.INFO, exposed(host))
        if scp.own is not None:
            self._write_line(Level.INFO, f"TLS with a self-signed certificate, SHA-256 {scp.own.fingerprint}")
        fingerprint = scp.own.fingerprint if scp.own else None
        self._write_json(report.listening(address.host, address.port, settings.title, fingerprint))

    def write_connection(self, record: Record) -> None:
        """Write how a connection ended."""
        level = _level_of(record)
        if self._explains and record.findings:
            level = max(level, Level.INFO)  # what is found about it would stand below nothing
        if level >= self._level:
            self._write_line(level, report.sentence(record), _COLOURS.get(record.outcome, ""))
        if not self._explains:
            self._write_remarks(record)
        else:
            self._write_findings(level, record.findings or ())
        if self._documents is not None:
            self._write_json(report.connection(record, COMMAND_LINE))

    def _write_remarks(self, record: Record) -> None:
        """Write what is wrong with its messages and was worked with."""
        who = f"{record.address} port {record.port}"
        for warning in record.warnings:
            self._write_line(Level.WARN, f"{who}: {warning}")
        padding = report.title_padding(record)
        if padding and self._level > Level.TRACE:  # below, the request's own lines have said it
            self._write_line(Level.DEBUG, f"{who}: {padding}")

    def _write_findings(self, level: Level, findings: Iterable[Finding]) -> None:
        """Write what was found below the line of the connection."""
        for finding in findings:
            for line in finding_text.lines(finding):
                self._write_line(level, f"{_INDENT}{line}")

    def write_event(self, event: Event) -> None:
        """Write an event of an association, which is shown by its number."""
        for line in plain.lines(event):
            if line.level >= Level.DEBUG and line.text:
                for text in marked(f"[{event.association.number}] ", line.text, self._look):
                    self._write_line(Level.DEBUG, text)

    def complain(self, sentence: str) -> None:
        """Write what is wrong with the system."""
        self._write_line(Level.WARN, sentence)

    def end(self, duration: int) -> None:
        """Write what it all came to (`duration` in nanoseconds), and what was not written.

        Raises:
            OSError: standard output could not be written.
        """
        if self._documents is not None:
            self._documents.write(json.dumps(report.ended(self.scp.totals, duration)), in_any_case=True)
            self._documents.close(_LAST_LINES)
        summary = report.summary(self.scp.totals, duration / 1_000_000_000)
        self._write_line(Level.INFO, summary, in_any_case=True)
        self._lines.close(_LAST_LINES)
        if self._documents is not None and self._documents.error is not None:
            raise self._documents.error

    def _write_line(self, level: Level, text: str, colour: str = "", *, in_any_case: bool = False) -> None:
        """Write a line; on a terminal with the time of day, and what did not go well in colour."""
        if level < self._level:
            return
        line = Line(level, printable(text))
        shown = str(line) if self._look is Look.PLAIN else with_time(line)
        if colour and self._look is Look.COLOURED:
            shown = f"{colour}{shown}\x1b[0m"
        self._lines.write(shown, in_any_case=in_any_case)

    def _write_json(self, document: report.Document) -> None:
        if self._documents is not None:
            self._documents.write(json.dumps(document))

    def _documents_missed(self, count: int) -> None:
        self._write_line(Level.WARN, f"stdout: {_missed(count)}", in_any_case=True)

    def _stop(self, _error: OSError) -> None:
        """Stop serving, where nobody reads the documents any more."""
        self.scp.stop()


def exposed(every: str) -> str:
    """Return what it means to listen on every address, by the one that stands for them."""
    return (
        f"{_EVERY_ADDRESS[every]} of this machine is listened on; whoever reaches it is answered, C-ECHO "
        "alone (--bind narrows it)"
    )


def _missed(count: int) -> str:
    return f"{counted(count, 'line')} {'was' if count == 1 else 'were'} not written, as nobody read"


def _too_few_descriptors(settings: ScpSettings) -> Iterator[str]:
    """Yield a warning where the system does not let us have as many connections as there may be."""
    connections = settings.max_associations + MORE_CONNECTIONS
    allowed = allow_descriptors(connections + _OWN_DESCRIPTORS)
    if allowed - _OWN_DESCRIPTORS < settings.max_associations:
        yield (
            f"only {allowed} files and connections may be open at a time, fewer than "
            f"{settings.max_associations} associations may need (ulimit -n)"
        )


def _level_of(record: Record) -> Level:
    if record.outcome is ConnectionOutcome.NOTHING_SENT:
        return Level.DEBUG
    return Level.INFO if record.outcome.of_association else Level.WARN


def _write(path: str, data: bytes) -> None:
    with _writing(path), open(path, "wb") as file:
        file.write(data)


@contextmanager
def _writing(path: str) -> Iterator[None]:
    """Raise `OutputFileError` with this path where it cannot be written."""
    try:
        yield
    except OSError as error:
        raise OutputFileError(path, reason_of(error)) from error

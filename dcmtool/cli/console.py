"""Where a verification's lines go: stderr, or the logger that a configuration file sets up."""

import sys
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext, suppress
from functools import cache
from time import monotonic_ns
from typing import TYPE_CHECKING, Any

import click

from dcmtool import __version__
from dcmtool.cli.exit_codes import exit_code
from dcmtool.settings import Color, EchoRequest, Output, TlsSettings
from dcmtool.steps import Step
from dcmtool.trace.levels import Level, Line
from dcmtool.transport import blocking
from dcmtool.upper_layer.events import TraceEvent
from dcmtool.verification.progress import Failed, Listener, ProgressEvent, Warned
from dcmtool.verification.report import EchoReport
from dcmtool.verification.scu import verify

if TYPE_CHECKING:
    from dcmtool.cli.tracing import Tracing
    from dcmtool.trace.command_dump import Labels
    from dcmtool.transport.tls import PreparedTls

LONG_RUN = 1000  # echoes; fewer are over before they could be watched

Write = Callable[[Line], None]
Tell = Callable[[ProgressEvent | TraceEvent], Iterator[Line]]


def run(request: EchoRequest, output: Output) -> int:
    """Verify a node, say what happens while it does, and return the exit code.

    The figures of a run without end are shown even if they were not asked for: it has no other result.
    """
    if output.form == "text":
        report = _verified(request, output)
        if output.statistics or not request.repeat:
            from dcmtool.trace.statistics_text import summary

            click.echo("\n".join(summary(report)))
        return exit_code(report.error) if report.error else 0
    from dcmtool.cli import report_output

    return report_output.run(lambda hear: _verified(request, output, hear), request, output)


def _verified(request: EchoRequest, output: Output, hear: Listener | None = None) -> EchoReport:
    """Verify a node and say what happens while it does; `hear` is told of everything beside that.

    Where it is watched there is one line an echo, and Ctrl-C ends the association in order.
    """
    watched = output.statistics or not request.repeat or request.watches
    threshold, write = _logger(output)
    labels, told = _dictionary(in_full=threshold <= Level.DEBUG)
    with (
        _tracing(output, threshold, labels) as tracing,
        _progress(request, output, threshold) as progress,
    ):
        if tracing is not None and tracing.terminal is not None:
            write = tracing.terminal.say
        make_lines = _teller(watched, request.reconnect, labels)
        voice = _Voice(request, threshold, write, make_lines, hints=_is_attended(output))
        voice.say([*_banner(), *told])
        heard = [listener for listener in (hear, progress) if listener is not None]
        listen = voice.listener(tracing, heard)
        tls = _prepared(request.tls, listen) if request.tls else None
        detail = threshold <= Level.INFO or bool(heard) or tracing is not None
        procedure = verify(request, monotonic_ns(), listen, detail=detail, orderly=watched)
        report = _run(tracing.timed(procedure) if tracing else procedure, tls, watched)
        if tracing is not None and tracing.file is not None and tracing.file.error is not None:
            if report.error is None:
                raise tracing.file.error
            write(Line(Level.ERROR, str(tracing.file.error)))
    return report


def _run(procedure: Generator[Step, Any, EchoReport], tls: "PreparedTls | None", watched: bool) -> EchoReport:
    if not watched:
        return blocking.run(procedure, tls)
    from dcmtool.transport.interrupts import Interrupts

    with Interrupts() as interrupts:
        return blocking.run(procedure, tls, interrupts.raised)


def _teller(watched: bool, reconnecting: bool, labels: "Labels | None") -> Callable[[], Tell]:
    """Return what loads what makes lines of events: of a plain success nothing is said."""

    @cache
    def load() -> Tell:
        if watched:
            from dcmtool.trace.watching import teller

            return teller(labels, reconnecting=reconnecting)
        from dcmtool.trace.plain import lines

        return lambda event: lines(event, labels)

    return load


def _is_attended(output: Output) -> bool:
    return output.log_config is None and sys.stderr is not None and sys.stderr.isatty()


class _Voice:
    """Says what a run tells; one hint, under the first failure, to who sits at a terminal."""

    def __init__(
        self,
        request: EchoRequest,
        threshold: int,
        write: Write,
        make_lines: Callable[[], Tell],
        *,
        hints: bool,
    ) -> None:
        self._request, self._threshold, self._write, self._lines = request, threshold, write, make_lines
        self._hints = hints

    def say(self, lines: Iterable[Line]) -> None:
        for line in lines:
            if line.level >= self._threshold:
                self._write(line)

    def listener(self, tracing: "Tracing | None", heard: list[Listener]) -> Listener:
        """Return what is told of the events: those `heard` first, then the trace or the plain lines."""
        shown = tracing.listener(self._plain) if tracing else self._plain
        laid_out = tracing is not None and tracing.terminal is not None

        def listen(event: ProgressEvent | TraceEvent) -> None:
            for hear in heard:
                hear(event)
            shown(event)
            if laid_out and isinstance(event, Failed):
                self._hint_at(event)

        return listen

    def _plain(self, event: ProgressEvent | TraceEvent) -> None:
        if self._threshold > Level.INFO and not isinstance(event, Warned | Failed):
            return
        said = [line for line in self._lines()(event) if line.level >= self._threshold]
        hint = None
        if self._hints and said and isinstance(event, Failed):
            from dcmtool.cli.hints import with_hint

            (said, hint), self._hints = with_hint(said, event.failure, self._request), False
        self.say(said)
        if hint is not None:
            _print(hint)

    def _hint_at(self, event: Failed) -> None:
        """Give the hint below a failure that was laid out, unless its sentence has it."""
        if self._hints:
            from dcmtool.cli.hints import with_hint

            (_, hint), self._hints = with_hint([], event.failure, self._request), False
            if hint is not None and hint.removeprefix("hint: ") not in str(event.failure):
                _print(hint)


def _tracing(
    output: Output, threshold: int, labels: "Labels | None"
) -> AbstractContextManager["Tracing | None"]:
    """Return what else is to be shown or kept, None where plain lines are all there is."""
    shows = threshold <= Level.INFO and output.log_config is None
    if output.trace_file is None and not shows:
        return nullcontext()
    from dcmtool.cli.look import Look, look

    appearance = look(output.color, sys.stderr) if shows else Look.PLAIN
    if output.trace_file is None and appearance is Look.PLAIN:
        return nullcontext()
    from dcmtool.cli.tracing import tracing

    return tracing(appearance, threshold, output.trace_file, labels)


def _progress(
    request: EchoRequest, output: Output, threshold: int
) -> AbstractContextManager[Listener | None]:
    """Return what shows how far a long run is, to who sits at a terminal where nothing else moves."""
    long = request.interval > 0 or not 0 < request.repeat < LONG_RUN
    if not long or threshold <= Level.INFO or not _is_attended(output):
        return nullcontext()
    from dcmtool.cli.look import Look, look

    if look(output.color, sys.stderr) is not Look.COLOURED:
        return nullcontext()
    from rich.console import Console

    from dcmtool.trace.progress_bar import progress_bar

    return progress_bar(Console(stderr=True), request.repeat, monotonic_ns)


def _prepared(settings: TlsSettings, listen: Listener) -> "PreparedTls":
    from dcmtool.transport.tls import prepare

    prepared = prepare(settings)
    for sentence in prepared.warnings:
        listen(Warned(sentence))
    return prepared


def _banner() -> Iterator[Line]:
    yield Line(Level.DEBUG, f"$dcmtool: echo v{__version__} $")
    yield Line(Level.DEBUG, "")


def _dictionary(*, in_full: bool) -> "tuple[Labels | None, list[Line]]":
    """Return what the data dictionary calls elements, if names will be shown, and what is to be said of it.

    Raises `InputFileError` where DCMDICTPATH is set and names no dictionary.
    """
    from dcmtool.config import dictionary

    sources = dictionary.chosen()
    if sources is None:
        return None, []
    told = [Line(Level.WARN, sentence) for sentence in sources.warnings()]
    if not in_full:
        return None, told
    parsed = sources.parsed()
    told += [Line(Level.DEBUG, f"data dictionary {file}") for file in parsed.files]
    told += [Line(Level.WARN, sentence) for sentence in dictionary.complaints(parsed)]
    return parsed.label, told


def _print(text: str) -> None:
    if sys.stderr is not None:  # closed by the shell: print would take stdout instead
        with suppress(OSError):  # nobody reads any more; the exit code is still to be true
            print(text, file=sys.stderr)


_STYLES: dict[Level, dict[str, Any]] = {
    Level.WARN: {"fg": "yellow"},
    Level.ERROR: {"fg": "red"},
    Level.FATAL: {"fg": "red", "bold": True},
}


def _to_screen(line: Line, color: Color) -> None:
    """Write one of the few lines that a run without -v has; on a terminal their letters have colours."""
    from dcmtool.cli.look import Look, look

    if line.level in _STYLES and look(color, sys.stderr) is Look.COLOURED:
        letter = click.style(line.level.letter, **_STYLES[line.level])
        _print(f"{letter}: {line.text}")
    else:
        _print(str(line))


def _logger(output: Output) -> tuple[int, Write]:
    """Return the least level that is shown, and where to write: a configuration file may say."""
    if output.log_config is None:
        return Level[output.level.upper()], lambda line: _to_screen(line, output.color)
    from logging import getLogger

    from dcmtool.config import log_config

    for complaint in log_config.load(output.log_config):
        _print(str(Line(Level.WARN, complaint)))
    logger = getLogger("dcmtool.echo")
    return logger.getEffectiveLevel(), lambda line: logger.log(line.level, "%s", line.text)

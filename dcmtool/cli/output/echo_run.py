"""A run of `dcmtool echo`: its lines go to stderr, or to the logger that a configuration file sets up."""

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from time import monotonic_ns, time
from typing import TYPE_CHECKING

from dcmtool import __version__
from dcmtool.cli import stderr
from dcmtool.cli.exit_codes import code_of
from dcmtool.dictionary import VARIABLE
from dcmtool.emitter import Emitter
from dcmtool.errors import Advised, Interrupted, VerificationFailed
from dcmtool.settings import Color, EchoRequest, Output, TlsSettings
from dcmtool.steps import Procedure
from dcmtool.trace.levels import Level, Line
from dcmtool.transport import blocking
from dcmtool.transport.interrupts import Interrupts
from dcmtool.verification.echo import verify
from dcmtool.verification.report import EchoReport

if TYPE_CHECKING:
    from dcmtool.advice import Words
    from dcmtool.cli.output.tracing import Tracing
    from dcmtool.cli.output.waiting import WaitingLine
    from dcmtool.events import Event, Listener
    from dcmtool.tls.contexts import PreparedTls
    from dcmtool.trace.command_dump import Labels

LONG_RUN = 1000  # echoes; fewer are over before they could be watched

Write = Callable[[Line], None]
LinesOf = Callable[["Event"], Iterator[Line]]


def run(request: EchoRequest, output: Output) -> int:
    """Verify a node, write what happens meanwhile, and return the exit code.

    The statistics of an endless run are shown even if nobody asked for them: it has no other result.
    """
    if output.form == "text":
        report = _verified(request, output)
        if output.statistics or not request.repeat:
            from dcmtool.cli.output import statistics

            statistics.write(report, output.color)
        elif report.error is None and output.level == "warn" and _is_attended(output):
            from dcmtool.reporting.success import answered

            _say(answered(report, request))
        return code_of(report, request, output.expect)
    from dcmtool.cli.output import report as report_output

    return report_output.run(lambda listener: _verified(request, output, listener), request, output)


def _verified(request: EchoRequest, output: Output, listener: "Listener | None" = None) -> EchoReport:
    """Verify a node and write what happens meanwhile; the `listener` receives every event besides.

    A run that is watched has one line an echo, and Ctrl-C ends its association in order.
    """
    watched = output.statistics or not request.repeat or request.watches
    threshold, write = _logger(output)
    labels, dictionary_lines = _dictionary(in_full=threshold <= Level.DEBUG)
    with (
        _tracing(output, threshold, labels, request.reconnect if watched else None) as tracing,
        _progress(request, output, threshold) as progress,
    ):
        if tracing is not None and tracing.terminal is not None:
            write = tracing.terminal.say
        listeners = [each for each in (listener, progress) if each is not None]
        if progress is not None and not request.repeat:
            from dcmtool.cli.output.watching import Unrepeated

            write = unrepeated = Unrepeated(write)
            listeners.append(unrepeated.listen)
        load_lines = _lines_loader(watched, request.reconnect, labels, logs=output.log_config is not None)
        reporter = EchoReporter(
            request,
            threshold,
            write,
            load_lines,
            hints=_is_attended(output),
            color=output.color,
            expect=output.expect,
        )
        seen = _is_attended(output) or (tracing is not None and tracing.terminal is not None)
        reporter.write(dictionary_lines if seen else [*_banner(), *dictionary_lines])
        emitter = Emitter(reporter.listener(tracing, listeners), monotonic_ns, time)
        tls = _prepared(request.tls, emitter) if request.tls else None
        detail = threshold <= Level.INFO or bool(listeners) or tracing is not None
        procedure = verify(request, monotonic_ns(), emitter, detail=detail, orderly=watched)
        notice = _waiting_line(output, threshold) if progress is None else None
        report = _run(tracing.timed(procedure, emitter) if tracing else procedure, tls, emitter, notice)
        if tracing is not None and tracing.file is not None and tracing.file.error is not None:
            if code_of(report, request, output.expect) == 0:
                raise tracing.file.error
            write(Line(Level.ERROR, str(tracing.file.error)))
        reporter.conclude(report)
    return report


def _run(
    procedure: Procedure[EchoReport],
    tls: "PreparedTls | None",
    emitter: Emitter,
    notice: blocking.Notice | None,
) -> EchoReport:
    with Interrupts() as interrupts:
        report = blocking.run(procedure, tls, interrupts.raised, notice)
    if interrupts.is_kept and report.error is None:  # Ctrl-C came when there was nothing to wait for any more
        from dcmtool.events import Failed

        report.error = Interrupted(report.stage, KeyboardInterrupt())
        emitter(Failed(report.error))
    return report


def _lines_loader(
    watched: bool, reconnecting: bool, labels: "Labels | None", *, logs: bool
) -> Callable[[], LinesOf]:
    """Return what loads the renderer of events as lines: a plain success needs none."""

    def load_for_logger() -> LinesOf:
        from dcmtool.trace.records import in_records

        lines_of = load()
        return lambda event: in_records(event.what, lines_of(event))

    @cache
    def load() -> LinesOf:
        from dcmtool.trace.plain import lines, watched_lines

        words = _command_line()
        if watched:
            return lambda event: watched_lines(event, labels, reconnecting=reconnecting, words=words)
        return lambda event: lines(event, labels, words=words)

    return load_for_logger if logs else load


def _is_attended(output: Output) -> bool:
    return output.log_config is None and sys.stderr is not None and sys.stderr.isatty()


class EchoReporter:
    """Writes the lines of a run, and below the first failure a hint, if somebody sits at a terminal."""

    def __init__(
        self,
        request: EchoRequest,
        threshold: int,
        write: Write,
        load_lines: Callable[[], LinesOf],
        *,
        hints: bool,
        color: Color = "auto",
        expect: str | None = None,
    ) -> None:
        self._request, self._threshold, self._write, self._load_lines = request, threshold, write, load_lines
        self._attended = self._hints = hints
        self._color, self._expect = color, expect
        self._failed = False  # which ends the run with a code that has been explained

    def write(self, lines: Iterable[Line]) -> None:
        for line in lines:
            if line.level >= self._threshold:
                self._write(line)

    def listener(self, tracing: "Tracing | None", listeners: "list[Listener]") -> "Listener":
        """Return what sends each event to these listeners, then to the trace or the plain lines."""
        show = tracing.listener(self._show_plain) if tracing else self._show_plain
        laid_out = tracing is not None and tracing.terminal is not None

        def emit(event: "Event") -> None:
            for listener in listeners:
                listener(event)
            show(event)
            if laid_out and (failure := _failure(event)) is not None and not self._expects(failure):
                self._show_hint(failure)

        return emit

    def _show_plain(self, event: "Event") -> None:
        from dcmtool.events import Failed, Warned

        if self._threshold > Level.INFO and not isinstance(event.what, Warned | Failed):
            return
        failure = _failure(event)
        lines = list(self._load_lines()(event))
        if failure is not None and self._expects(failure):
            lines, failure = [line._replace(level=min(line.level, Level.INFO)) for line in lines], None
        lines = self._shown(lines, failure)
        hint = None
        if lines and failure is not None and (hint := self._hint(failure)) is not None:
            lines = [_without_advice(line, failure) for line in lines]
        for line in lines:
            self._write(line)
        if hint is not None:
            self._write_hint(hint)

    def _expects(self, failure: VerificationFailed) -> bool:
        if self._expect is None:
            return False
        from dcmtool.diagnosis.expectation import Expectation

        expectation = Expectation.of(self._expect)
        return expectation is not None and expectation.met_by(failure, self._request)

    def conclude(self, report: EchoReport) -> None:
        """Write whether the run came to what was expected of it, if anything was."""
        if self._expect is None:
            return
        from dcmtool.cli.output.expected import conclusion

        line = conclusion(report, self._request, self._expect)
        if line is None:
            return
        if self._attended and report.error is not None and self._threshold == Level.WARN > line.level:
            _say(line.text)  # as a success has its line
        self.write([line])

    def _shown(self, lines: list[Line], failure: VerificationFailed | None) -> list[Line]:
        """Return those of an event's lines that are shown: of the first failure one at least, unless off."""
        shown = [line for line in lines if line.level >= self._threshold]
        if failure is None or self._failed:
            return shown
        self._failed = True
        if shown or self._threshold > Level.FATAL:
            return shown
        most = max(line.level for line in lines)
        return [line for line in lines if line.level == most]

    def _show_hint(self, failure: VerificationFailed) -> None:
        """Write the hint below a failure that was laid out, unless its sentence has it."""
        hint = self._hint(failure)
        if hint is not None and hint.removeprefix("hint: ") not in failure.in_words(_command_line()):
            self._write_hint(hint)

    def _write_hint(self, hint: str) -> None:
        from dcmtool.cli.output import screen

        screen.write_hint(hint, self._color)

    def _hint(self, failure: VerificationFailed) -> str | None:
        """Return the hint of the first failure, where there is any advice."""
        if not self._hints:
            return None
        from dcmtool.diagnosis.rules import advice_for

        self._hints = False
        advice = advice_for(failure, self._request)
        return None if advice is None else f"hint: {advice.in_words(_command_line())}"


def _without_advice(line: Line, failure: VerificationFailed) -> Line:
    """Return a failure's line without the advice that it ends with, which the hint below it repeats."""
    cause = failure.cause
    if not isinstance(cause, Advised) or cause.advice is None:
        return line
    return line._replace(text=line.text.removesuffix(f": {cause.advice.in_words(_command_line())}"))


def _command_line() -> "Words":
    from dcmtool.cli.wording import COMMAND_LINE  # of no use to a run without a failure

    return COMMAND_LINE


def _failure(event: "Event") -> VerificationFailed | None:
    """Return the failure that an event is, if it is one."""
    from dcmtool.events import Failed

    failure = event.what.failure if isinstance(event.what, Failed) else None
    return failure if isinstance(failure, VerificationFailed) else None


def _tracing(
    output: Output, threshold: int, labels: "Labels | None", reconnecting: bool | None
) -> AbstractContextManager["Tracing | None"]:
    """Return what shows or keeps the trace, None where plain lines are all there is.

    It is watched where it is known whether each echo has an association of its own.
    """
    shows = threshold <= Level.INFO and output.log_config is None
    if output.trace_file is None and not shows:
        return nullcontext()
    from dcmtool.cli.output.appearance import Look, look

    appearance = look(output.color, sys.stderr) if shows else Look.PLAIN
    if output.trace_file is None and appearance is Look.PLAIN:
        return nullcontext()
    from dcmtool.cli.output.tracing import tracing

    return tracing(appearance, threshold, output.trace_file, labels, reconnecting)


def _progress(
    request: EchoRequest, output: Output, threshold: int
) -> "AbstractContextManager[Listener | None]":
    """Return what shows how far a long run is, on a terminal where nothing else moves."""
    long = request.interval > 0 or not 0 < request.repeat < LONG_RUN
    if not long or threshold <= Level.INFO or not _is_attended(output):
        return nullcontext()
    from dcmtool.cli.output.appearance import Look, look

    if look(output.color, sys.stderr) is not Look.COLOURED:
        return nullcontext()
    from dcmtool.cli.output.watching import watching

    return watching(request, live=not request.repeat and output.form == "text")


def _waiting_line(output: Output, threshold: int) -> "WaitingLine | None":
    """Return what says what is waited for, to a person who has not asked for silence."""
    if output.form != "text" or threshold >= Level.FATAL or not _is_attended(output):
        return None
    from dcmtool.cli.output.waiting import waiting_line

    return waiting_line(monotonic_ns)


def _prepared(settings: TlsSettings, emitter: Emitter) -> "PreparedTls":
    from dcmtool.events import Warned
    from dcmtool.tls.contexts import prepare

    prepared = prepare(settings)
    for sentence in prepared.warnings:
        emitter(Warned(sentence))
    return prepared


def _banner() -> Iterator[Line]:
    yield Line(Level.DEBUG, f"$dcmtool: echo v{__version__} $")
    yield Line(Level.DEBUG, "")


def _dictionary(*, in_full: bool) -> "tuple[Labels | None, list[Line]]":
    """Return what the data dictionary calls elements, if names will be shown, and the lines about it.

    Raises `InputFileError` where DCMDICTPATH is set and names no dictionary.
    """
    if not os.environ.get(VARIABLE):
        return None, []
    from dcmtool.dictionary import sources as dictionary

    sources = dictionary.chosen()
    if sources is None:
        return None, []
    lines = [Line(Level.WARN, sentence) for sentence in sources.warnings()]
    if not in_full:
        return None, lines
    parsed = sources.parsed()
    lines += [Line(Level.DEBUG, f"data dictionary {file}") for file in parsed.files]
    lines += [Line(Level.WARN, sentence) for sentence in dictionary.complaints(parsed)]
    return parsed.label, lines


def _say(sentence: str) -> None:
    from dcmtool.cli.output import screen

    screen.write_sentence(sentence)


def _to_screen(line: Line, color: Color) -> None:
    from dcmtool.cli.output import screen  # a plain success has no line

    screen.write(line, color)


def _logger(output: Output) -> tuple[int, Write]:
    """Return the least level that is shown and what writes a line, as the configuration file says, if any."""
    if output.log_config is None:
        return Level[output.level.upper()], lambda line: _to_screen(line, output.color)
    from logging import getLogger

    from dcmtool.logging_config import load as log_config

    for complaint in log_config.load(output.log_config):
        stderr.write(str(Line(Level.WARN, complaint)))
    logger = getLogger("dcmtool.echo")
    return logger.getEffectiveLevel(), lambda line: logger.log(
        line.level, "%s", line.text, extra={"record": line.record or line.text}
    )

"""Where a verification's lines go: stderr, or the logger that a configuration file sets up."""

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext, suppress
from time import monotonic_ns
from typing import TYPE_CHECKING, Any

import click

from dcmtool import __version__
from dcmtool.cli.exit_codes import exit_code
from dcmtool.settings import Color, EchoRequest, Output, TlsSettings
from dcmtool.trace.levels import Level, Line
from dcmtool.transport import blocking
from dcmtool.upper_layer.events import TraceEvent
from dcmtool.verification.progress import Listener, ProgressEvent, Warned
from dcmtool.verification.scu import verify

if TYPE_CHECKING:
    from dcmtool.cli.tracing import Tracing
    from dcmtool.transport.tls import PreparedTls

Write = Callable[[Line], None]


def run(request: EchoRequest, output: Output) -> int:
    """Verify a node, say what happens while it does, and return the exit code."""
    threshold, write = _logger(output)
    with _tracing(output, threshold) as tracing:
        if tracing is not None and tracing.terminal is not None:
            write = tracing.terminal.say
        for line in _banner():
            if line.level >= threshold:
                write(line)

        def say(event: ProgressEvent | TraceEvent) -> None:
            from dcmtool.trace.plain import lines  # of a plain success nothing is said

            for line in lines(event):
                if line.level >= threshold:
                    write(line)

        listen = tracing.listener(say) if tracing else say
        tls = _prepared(request.tls, listen) if request.tls else None
        detail = threshold <= Level.INFO or tracing is not None
        procedure = verify(request, monotonic_ns(), listen, detail=detail)
        report = blocking.run(tracing.timed(procedure) if tracing else procedure, tls)
        if tracing is not None and tracing.file is not None and tracing.file.error is not None:
            if report.error is None:
                raise tracing.file.error
            write(Line(Level.ERROR, str(tracing.file.error)))
    return exit_code(report.error) if report.error else 0


def _tracing(output: Output, threshold: int) -> AbstractContextManager["Tracing | None"]:
    """Return what else is to be shown or kept, None where plain lines are all there is."""
    shows = threshold <= Level.INFO and output.log_config is None
    if output.trace_file is None and not shows:
        return nullcontext()
    from dcmtool.cli.look import Look, look

    appearance = look(output.color, sys.stderr) if shows else Look.PLAIN
    if output.trace_file is None and appearance is Look.PLAIN:
        return nullcontext()
    from dcmtool.cli.tracing import tracing

    return tracing(appearance, threshold, output.trace_file)


def _prepared(settings: TlsSettings, listen: Listener) -> "PreparedTls":
    from dcmtool.transport.tls import prepare

    prepared = prepare(settings)
    for sentence in prepared.warnings:
        listen(Warned(sentence))
    return prepared


def _banner() -> Iterator[Line]:
    yield Line(Level.DEBUG, f"$dcmtool: echo v{__version__} $")
    yield Line(Level.DEBUG, "")


def _to_stderr(line: Line) -> None:
    _print(str(line))


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
        _to_stderr(line)


def _logger(output: Output) -> tuple[int, Write]:
    """Return the least level that is shown, and where to write: a configuration file may say."""
    if output.log_config is None:
        return Level[output.level.upper()], lambda line: _to_screen(line, output.color)
    from logging import getLogger

    from dcmtool.config import log_config

    for complaint in log_config.load(output.log_config):
        _to_stderr(Line(Level.WARN, complaint))
    logger = getLogger("dcmtool.echo")
    return logger.getEffectiveLevel(), lambda line: logger.log(line.level, "%s", line.text)

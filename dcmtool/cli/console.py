"""Where a verification's lines go: stderr, or the logger that a configuration file sets up."""

import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from time import monotonic_ns
from typing import TYPE_CHECKING

import click

from dcmtool import __version__
from dcmtool.cli.exit_codes import exit_code
from dcmtool.settings import EchoRequest, Output, TlsSettings
from dcmtool.trace.levels import Level, Line
from dcmtool.transport import blocking
from dcmtool.upper_layer.events import TraceEvent
from dcmtool.verification.progress import Listener, ProgressEvent, Warned
from dcmtool.verification.report import EchoReport
from dcmtool.verification.scu import verify

if TYPE_CHECKING:
    from dcmtool.transport.tls import PreparedTls

Write = Callable[[Line], None]
Tell = Callable[[ProgressEvent | TraceEvent], Iterator[Line]]


def run(request: EchoRequest, output: Output) -> int:
    """Verify a node, say what happens while it does, and return the exit code.

    The figures of a run without end are shown even if they were not asked for: it has no other result.
    """
    with_statistics = output.statistics or not request.repeat
    report = _report(request, output, with_statistics or request.watches)
    if with_statistics:
        from dcmtool.trace.statistics_text import summary

        click.echo("\n".join(summary(report)))
    return exit_code(report.error) if report.error else 0


def _report(request: EchoRequest, output: Output, watched: bool) -> EchoReport:
    """Verify; where it is `watched` there is one line an echo, and Ctrl-C ends the association in order."""
    threshold, write = _logger(output)
    for line in _banner():
        if line.level >= threshold:
            write(line)

    def listen(event: ProgressEvent | TraceEvent) -> None:
        for line in _teller(watched, request.reconnect)(event):
            if line.level >= threshold:
                write(line)

    tls = _prepared(request.tls, listen) if request.tls else None
    detail = threshold <= Level.INFO
    procedure = verify(request, monotonic_ns(), listen, detail=detail, orderly=watched)
    if not watched:
        return blocking.run(procedure, tls)
    from dcmtool.transport.interrupts import Interrupts

    with Interrupts() as interrupts:
        return blocking.run(procedure, tls, interrupts.raised)


@cache
def _teller(watched: bool, reconnecting: bool) -> Tell:
    """Return what makes lines of events, loaded with the first one: of a plain success nothing is said."""
    if watched:
        from dcmtool.trace.watching import teller

        return teller(reconnecting=reconnecting)
    from dcmtool.trace.plain import lines

    return lines


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
    if sys.stderr is not None:  # closed by the shell: print would take stdout instead
        with suppress(OSError):  # nobody reads any more; the exit code is still to be true
            print(line, file=sys.stderr)


def _logger(output: Output) -> tuple[int, Write]:
    """Return the least level that is shown, and where to write: a configuration file may say."""
    if output.log_config is None:
        return Level[output.level.upper()], _to_stderr
    from logging import getLogger

    from dcmtool.config import log_config

    for complaint in log_config.load(output.log_config):
        _to_stderr(Line(Level.WARN, complaint))
    logger = getLogger("dcmtool.echo")
    return logger.getEffectiveLevel(), lambda line: logger.log(line.level, "%s", line.text)

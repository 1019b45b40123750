"""Where a verification's lines go: stderr, or the logger that a configuration file sets up."""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from time import monotonic_ns
from typing import TYPE_CHECKING

from dcmtool import __version__
from dcmtool.cli.exit_codes import exit_code
from dcmtool.settings import EchoRequest, Output, TlsSettings
from dcmtool.trace.levels import Level, Line
from dcmtool.transport import blocking
from dcmtool.upper_layer.events import TraceEvent
from dcmtool.verification.progress import Failed, Listener, ProgressEvent, Warned
from dcmtool.verification.report import EchoReport
from dcmtool.verification.scu import verify

if TYPE_CHECKING:
    from dcmtool.trace.command_dump import Labels
    from dcmtool.transport.tls import PreparedTls

Write = Callable[[Line], None]


def run(request: EchoRequest, output: Output) -> int:
    """Verify a node, say what happens while it does, and return the exit code."""
    if output.form == "text":
        report = _verified(request, output)
        return exit_code(report.error) if report.error else 0
    from dcmtool.cli import report_output

    return report_output.run(lambda hear: _verified(request, output, hear), request, output)


def _verified(request: EchoRequest, output: Output, hear: Listener | None = None) -> EchoReport:
    """Verify a node and say what happens while it does; `hear` is told of everything beside that."""
    threshold, write = _logger(output)

    def say(lines: Iterable[Line]) -> None:
        for line in lines:
            if line.level >= threshold:
                write(line)

    say(_banner())
    labels, told = _dictionary(in_full=threshold <= Level.DEBUG)
    say(told)
    talks = threshold <= Level.INFO
    hints = output.log_config is None and sys.stderr is not None and sys.stderr.isatty()

    def listen(event: ProgressEvent | TraceEvent) -> None:
        nonlocal hints
        from dcmtool.trace.plain import lines  # of a plain success nothing is said

        if hear is not None:
            hear(event)
            if not talks and not isinstance(event, Warned | Failed):
                return
        said, hint = [line for line in lines(event, labels) if line.level >= threshold], None
        if hints and said and isinstance(event, Failed):
            from dcmtool.cli.hints import with_hint

            (said, hint), hints = with_hint(said, event.failure, request), False  # one a run
        for line in said:
            write(line)
        if hint is not None:
            _to_stderr(hint)

    tls = _prepared(request.tls, listen) if request.tls else None
    detail = talks or hear is not None
    return blocking.run(verify(request, monotonic_ns(), listen, detail=detail), tls)


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


def _to_stderr(line: Line | str) -> None:
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

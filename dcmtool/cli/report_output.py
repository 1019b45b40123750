"""What goes to stdout in place of nothing: a JSON document, one object a line, or a monitor's line."""

import json
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from datetime import UTC, datetime
from time import monotonic_ns
from typing import Any, TextIO

from click.exceptions import Exit

from dcmtool.cli.exit_codes import INTERRUPTED, exit_code
from dcmtool.errors import OutputFileError
from dcmtool.reporting import json_report, nagios
from dcmtool.settings import EchoRequest, Output
from dcmtool.upper_layer.events import TraceEvent
from dcmtool.verification.progress import EchoAnswered, Listener, ProgressEvent, Requesting
from dcmtool.verification.report import EchoReport


def run(verify: Callable[[Listener | None], EchoReport], request: EchoRequest, output: Output) -> int:
    """Verify, write the report to stdout, and return the exit code.

    While it runs, what else writes to stdout, such as a log that is configured so, writes to stderr.

    Raises:
        OutputFileError: there is no stdout.
        OSError: it cannot be written.
    """
    stdout = _stdout()
    with redirect_stdout(sys.stderr):
        report = verify(_Replies(stdout) if output.form == "ndjson" else None)
    text, code = _told(report, request, output)
    try:
        _write(text, stdout)
    except KeyboardInterrupt:  # the report may be out already, so it is not for others to write one
        raise Exit(INTERRUPTED) from None
    return code


def _told(report: EchoReport, request: EchoRequest, output: Output) -> tuple[str, int]:
    """Return the report in words, and the exit code: to a monitor it is the state."""
    if output.form == "nagios":
        status = nagios.judged(report, output)
        return str(status), int(status.state)
    code = exit_code(report.error) if report.error else 0
    return in_json(json_report.document(report, request, code, datetime.now(UTC)), output.form), code


def in_json(document: json_report.Document, form: str) -> str:
    """Return a document as JSON in ASCII: on one line for ndjson."""
    return json.dumps(document, allow_nan=False, indent=None if form == "ndjson" else 2)


def tell(text: str) -> None:
    """Write a line or a document to stdout.

    Raises:
        OutputFileError: there is no stdout.
        OSError: it cannot be written.
    """
    _write(text, _stdout())


def _stdout() -> TextIO:
    stream: Any = sys.stdout
    if stream is None:
        raise OutputFileError("standard output", "it is closed")
    return stream  # type: ignore[no-any-return]


def _write(text: str, stream: TextIO) -> None:
    encoding = stream.encoding or "utf-8"
    stream.write(text.encode(encoding, "backslashreplace").decode(encoding) + "\n")
    stream.flush()


class _Replies:
    """Writes each reply as it arrives."""

    def __init__(self, stdout: TextIO) -> None:
        self._stdout = stdout
        self._begun = 0

    def __call__(self, event: ProgressEvent | TraceEvent) -> None:
        if isinstance(event, EchoAnswered):
            _write(in_json(json_report.reply(event, monotonic_ns() - self._begun), "ndjson"), self._stdout)
        elif isinstance(event, Requesting):
            self._begun = monotonic_ns()

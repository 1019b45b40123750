"""Reports on stdout: a JSON document, one object a line, or a monitor's line."""

import json
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TextIO

from dcmtool.cli.exit_codes import INTERRUPTED, code_of
from dcmtool.cli.wording import COMMAND_LINE
from dcmtool.errors import OutputFileError
from dcmtool.reporting import json_report
from dcmtool.settings import EchoRequest, Output
from dcmtool.verification.report import EchoReport

if TYPE_CHECKING:
    from dcmtool.events import Event, Listener


# Kept, since making one takes as long as a short document; no document holds itself.
_on_one_line = json.JSONEncoder(allow_nan=False, check_circular=False).encode


def run(verify: "Callable[[Listener | None], EchoReport]", request: EchoRequest, output: Output) -> int:
    """Verify, write the report to stdout, and return the exit code.

    Meanwhile anything else that writes to stdout, such as a log configured so, writes to stderr.

    Raises:
        OutputFileError: there is no stdout.
        OSError: it cannot be written.
    """
    stdout, started = _stdout(), datetime.now(UTC)
    with redirect_stdout(sys.stderr):
        report = verify(_Replies(stdout, started) if output.form == "ndjson" else None)
    text, code = _rendered(report, request, output, started)
    try:
        _write(text, stdout)
    except KeyboardInterrupt:  # the report may be written already: the caller must not write another
        return INTERRUPTED
    return code


def _rendered(report: EchoReport, request: EchoRequest, output: Output, started: datetime) -> tuple[str, int]:
    """Return the report as text, and the exit code, which for a monitor is the state."""
    if output.form == "nagios":
        from dcmtool.reporting import nagios

        status = nagios.judged(report, output, COMMAND_LINE)
        if output.expect is not None:
            status = nagios.expected(status, report, request, output.expect)
        return str(status), int(status.state)
    code = code_of(report, request, output.expect)
    document = json_report.document(report, request, code, started, COMMAND_LINE, output.expect)
    return in_json(document, output.form), code


def in_json(document: json_report.Document, form: str) -> str:
    """Return a document as JSON in ASCII: on one line for ndjson."""
    if form == "ndjson":
        return _on_one_line(document)
    return json.dumps(document, allow_nan=False, indent=2)


def write(text: str) -> None:
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

    def __init__(self, stdout: TextIO, started: datetime) -> None:
        self._stdout, self._started = stdout, started
        self._begun: int | None = None

    def __call__(self, event: "Event") -> None:
        from dcmtool.events import EchoAnswered

        if self._begun is None:
            self._begun = event.at
        if isinstance(event.what, EchoAnswered):
            reply = json_report.reply(event.what, event.at - self._begun, self._started)
            _write(in_json(reply, "ndjson"), self._stdout)

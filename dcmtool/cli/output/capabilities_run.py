"""A run of `dcmtool diagnose --capabilities`: what the node accepts, and what of that has changed."""

from collections.abc import Mapping
from datetime import UTC, datetime
from time import monotonic_ns
from typing import TYPE_CHECKING

from dcmtool.cli import stderr
from dcmtool.cli.exit_codes import FOUND, exit_code
from dcmtool.cli.output import capabilities_text
from dcmtool.cli.output.columns import write_json
from dcmtool.cli.wording import COMMAND_LINE
from dcmtool.config import text_file
from dcmtool.diagnosis import capabilities
from dcmtool.diagnosis.capabilities import Capabilities
from dcmtool.diagnosis.rules import advice_for, sentence
from dcmtool.errors import VerificationFailed
from dcmtool.reporting.capabilities_report import KnownClass, accepted, changes, document, read
from dcmtool.settings import EchoRequest
from dcmtool.trace.levels import Level, Line
from dcmtool.transport import blocking
from dcmtool.transport.interrupts import Interrupts

if TYPE_CHECKING:
    from dcmtool.tls.contexts import PreparedTls


def run(request: EchoRequest, most: int, compared: str | None, form: str) -> int:
    """Ask a node what it accepts, by at most so many associations, write that, and return the exit code.

    Raises:
        InputFileError: the file to compare with, or one of the TLS settings, cannot be used.
        TlsSettingsError: no session can be made with these settings.
        OSError: standard output cannot be written.
    """
    before = None if compared is None else _read(compared)
    tls = None
    if request.tls is not None:
        from dcmtool.tls.contexts import prepare

        tls = prepare(request.tls)
    started = datetime.now(UTC)
    try:
        found = _ask(request, most, tls)
    except VerificationFailed as failure:
        stderr.write_if(Line(Level.ERROR, sentence(failure, COMMAND_LINE)), "error")
        advice = advice_for(failure, request)
        if advice is not None:
            stderr.write(f"hint: {advice.in_words(COMMAND_LINE)}")
        return exit_code(failure)
    changed = None if before is None else list(changes(before, accepted(found)))
    code = FOUND if changed else 0
    if form == "json":
        write_json(document(found, request, started, code, changed))
        return code
    capabilities_text.write(found, request)
    if changed is not None and compared is not None:
        capabilities_text.write_changes(changed, compared)
    return code


def _ask(request: EchoRequest, most: int, tls: "PreparedTls | None") -> Capabilities:
    from dcmtool.diagnosis.services import sop_classes

    batches = capabilities.ask(sop_classes(), most)
    batch = next(batches)
    with Interrupts() as interrupts:
        while True:
            procedure = capabilities.negotiate(request, batch, monotonic_ns())
            answered = blocking.run(procedure, tls, interrupts.raised)
            try:
                batch = batches.send(answered)
            except StopIteration as stop:
                found: Capabilities = stop.value
                return found


def _read(path: str) -> Mapping[str, KnownClass]:
    raw = text_file.read(path, text_file.MOST, "saved list of capabilities")
    return read(path, text_file.decoded(raw))

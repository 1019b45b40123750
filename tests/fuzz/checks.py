"""What holds of everything that bytes of others can lead to: sentences, events, PDUs."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from dcmtool.cli.exit_codes import MEANINGS, exit_code
from dcmtool.cli.wording import COMMAND_LINE
from dcmtool.errors import DcmtoolError, RemoteProtocolError
from dcmtool.events import Event, Failed, Pdu, ProtocolFault
from dcmtool.trace import annotated, json_lines, plain
from dcmtool.upper_layer import pdus

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
LONGEST_SENTENCE = 2000  # characters: a value has 200 of them, and no sentence more than a few values
LONGEST_LINE = 1 << 18  # of a trace, which shows values as they are
_ONLY_EQUAL_TO_ITSELF = (Failed, ProtocolFault)


def check_text(text: str, longest: int = LONGEST_SENTENCE) -> None:
    """Check that a text is one line that steers no terminal, and not endless."""
    assert text.isprintable(), f"not printable: {text!r}"
    assert len(text) <= longest, f"{len(text)} characters: {text[:400]!r}"


def check_error(error: DcmtoolError) -> None:
    """Check that an error is one sentence, in the words of either reader, and has an exit code."""
    check_text(str(error))
    check_text(error.in_words(COMMAND_LINE))
    assert exit_code(error) in MEANINGS


@contextmanager
def refusals() -> Iterator[None]:
    """Let what is raised on purpose be an answer like any other; all else is a finding."""
    try:
        yield
    except DcmtoolError as error:
        check_error(error)


def check_events(events: Iterable[Event]) -> None:
    """Check that events can be shown, written to a trace and read from it again."""
    told = list(events)
    lines = [json_lines.header("0"), *map(json_lines.json_line, told)]
    for event, again in zip(told, json_lines.read(lines), strict=True):
        check_shown(event)
        if isinstance(event.what, _ONLY_EQUAL_TO_ITSELF):
            assert json_lines.json_line(again) == json_lines.json_line(event)
        else:
            assert again == event


def check_shown(event: Event) -> None:
    """Check that an event can be shown."""
    for line in plain.lines(event, now=lambda: NOW):
        check_text(line.text, LONGEST_LINE)
    if isinstance(event.what, Pdu):
        check_rows(event.what.data)
        check_pdu(event.what.kind, event.what.data)


def check_rows(data: bytes) -> None:
    """Check that every byte of a PDU is in one row of its dump."""
    rows = annotated.annotate(data)
    assert b"".join(row.data for row in rows) == data
    for row in rows:
        check_text(f"{row.name} {row.value}", LONGEST_LINE)


def check_pdu(kind: int, data: bytes) -> None:
    """Check that what a PDU says is what its encoding says once more."""
    if kind not in pdus.PDU_NAMES:
        return
    try:
        pdu = pdus.decode_pdu(kind, data[pdus.PDU_HEADER.size :])
    except RemoteProtocolError as error:
        check_error(error)
        return
    assert pdus.decode_pdu(kind, pdu.encode()[pdus.PDU_HEADER.size :]) == pdu

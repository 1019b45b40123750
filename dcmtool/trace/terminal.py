"""Records on a terminal: when, how severe, who spoke, what; with colour and tables, at any width.

Everything shown is a `Text` made by `shown`, never a string that rich would look for markup in.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import groupby
from typing import TextIO

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.segment import Segment
from rich.text import Text

from dcmtool.dimse import command_set, status
from dcmtool.errors import Interrupted, PeerAbort, Rejection, VerificationFailed
from dcmtool.trace import plain, tables, timers, tls_dump
from dcmtool.trace.command_dump import Labels
from dcmtool.trace.levels import Level, Line
from dcmtool.trace.record import Direction, Record
from dcmtool.trace.tables import shown
from dcmtool.upper_layer import events, pdus
from dcmtool.verification import progress

LEVELS = {
    Level.TRACE: "dim",
    Level.DEBUG: "cyan",
    Level.INFO: "green",
    Level.WARN: "yellow",
    Level.ERROR: "red",
    Level.FATAL: "bold red",
}
ARROWS: dict[Direction | None, tuple[str, str]] = {
    "sent": (">", "bold cyan"),
    "received": ("<", "bold magenta"),
    None: (" ", ""),
}
GUTTER = 15  # columns: elapsed time, level and arrow, each with a blank behind it
NARROWEST = 40  # columns that are written where the terminal has fewer

Item = tuple[Level, RenderableType]  # what there is to show from a level on


def console_for(file: TextIO, *, coloured: bool) -> Console:
    """Return a console that takes `file` for a terminal, with the colours that every terminal has or none."""
    return Console(
        file=file,
        force_terminal=True,
        force_jupyter=False,
        legacy_windows=False,
        color_system="standard" if coloured else None,
        no_color=not coloured,
    )


class Terminal:
    """Writes records to a console, those parts that are at least as severe as `threshold`.

    `now` tells the date, which certificates are compared with; `labels` name the elements of messages.
    """

    def __init__(
        self,
        console: Console,
        threshold: int,
        now: Callable[[], datetime],
        labels: Labels | None = None,
    ) -> None:
        self._console, self._threshold, self._now, self._labels = console, threshold, now, labels

    def show(self, record: Record) -> None:
        """Write what a record has to say at this threshold; of several parts the first is its head."""
        parts = [item for item in _items(record, self._now, self._labels) if item[0] >= self._threshold]
        if not parts:
            return
        level, head = parts[0]
        self._print(_gutter(_elapsed(record.offset), level, record.direction), head)
        for _, part in parts[1:]:
            # the bytes of a PDU need all the room there is
            margin = 2 if isinstance(part, tables.Annotated) else GUTTER + 2
            self._print(Text(" " * margin), part)

    def say(self, line: Line) -> None:
        """Write a line that belongs to no event."""
        if line.text:
            self._print(_gutter("", line.level, None), shown(line.text))

    def _print(self, gutter: Text, part: RenderableType) -> None:
        self._console.print(_Hanging(gutter, part), crop=False, soft_wrap=True)


def _gutter(elapsed: str, level: Level, direction: Direction | None) -> Text:
    time = (f"{elapsed:>10}", "dim")
    return Text.assemble(time, " ", (level.letter, LEVELS[level]), " ", ARROWS[direction], " ")


class _Hanging:
    """A renderable beside a gutter, which is blank from the second line on; no line ends with blanks."""

    def __init__(self, gutter: Text, part: RenderableType) -> None:
        self._gutter, self._part = gutter, part

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width = max(console.width, NARROWEST) - len(self._gutter)
        inside = options.update(width=width, no_wrap=False, overflow="fold")
        gutter = [segment for segment in self._gutter.render(console) if segment.text]
        for line in console.render_lines(self._part, inside, pad=False):
            yield from _without_trailing_blanks([*gutter, *line])
            yield Segment.line()
            gutter = [Segment(" " * len(self._gutter))]


def _without_trailing_blanks(line: list[Segment]) -> list[Segment]:
    while line and not line[-1].text.strip(" "):
        line.pop()
    if line:
        text, style, _ = line[-1]
        line[-1] = Segment(text.rstrip(" "), style)
    return line


def _elapsed(nanoseconds: int) -> str:
    milliseconds = nanoseconds / 1_000_000
    return f"{milliseconds:.2f} ms" if milliseconds < 10_000 else f"{milliseconds / 1000:.2f} s"


# What each event has to say --------------------------------------------------------------------------


def _items(record: Record, now: Callable[[], datetime], labels: Labels | None) -> Iterator[Item]:
    event = record.event
    match event:
        case progress.Failed(failure):
            yield from _failure(failure)
        case progress.Warned(sentence):
            yield Level.WARN, shown(sentence, "yellow")
        case progress.Secured() | progress.SessionRefused():
            yield from _tls(event, now())
        case events.PduSent(kind, data):
            yield from _pdu(kind, data)
        case events.PduReceived(kind, body):
            yield from _pdu(kind, pdus.PDU_HEADER.pack(kind, len(body)) + body)
        case events.StateChanged():
            yield Level.TRACE, _state(event)
        case timers.TimerStarted() | timers.TimerStopped() | timers.TimerExpired():
            yield Level.TRACE, _timer(event)
        case progress.EchoSending() | progress.MessageReceived() | progress.EchoAnswered():
            yield from _echo(event, labels)
        case _:
            yield from _association(event)


def _association(event: progress.ProgressEvent) -> Iterator[Item]:
    match event:
        case progress.Requesting(request, associate):
            peer, tls = request.peer, " over TLS" if request.tls else ""
            titles = f"{associate.calling_aet} calls {associate.called_aet}"
            where = f"{titles} at {peer.host} port {peer.port}{tls}"
            yield Level.INFO, _head("Requesting Association", where)
            yield Level.DEBUG, tables.request(associate)
        case progress.TransportOpened(address, port, limit):
            bound = f"each read and write may take {limit:g} s" if limit else "no limit to reads and writes"
            yield Level.DEBUG, _head(f"Connected to {address} port {port}", bound)
        case progress.Negotiated(_, _, answer, contexts):
            yield Level.DEBUG, _head("The peer's answer")
            yield Level.DEBUG, tables.answer(answer)
            yield Level.DEBUG, tables.contexts(contexts)
        case progress.Established(_, max_pdv):
            yield Level.INFO, _head("Association Accepted", f"Max Send PDV: {max_pdv}")
        case progress.Releasing():
            yield Level.INFO, _head("Releasing Association")
        case progress.Aborting():
            yield Level.INFO, _head("Aborting Association")


def _head(what: str, detail: str = "") -> Text:
    return Text.assemble(shown(what, "bold"), shown(f" ({detail})" if detail else ""))


def _echo(
    event: progress.EchoSending | progress.MessageReceived | progress.EchoAnswered, labels: Labels | None
) -> Iterator[Item]:
    match event:
        case progress.EchoSending(context_id, message_id, command):
            yield Level.INFO, _head("Sending Echo Request", f"MsgID {message_id}")
            yield Level.DEBUG, _message("sent", context_id)
            yield Level.DEBUG, tables.command(command_set.decode(command), labels)
        case progress.MessageReceived(context_id, elements):
            yield Level.DEBUG, _message("received", context_id)
            yield Level.DEBUG, tables.command(elements, labels)
        case _:
            meaning = status.meaning(event.response.status)
            good = event.response.status == status.SUCCESS
            told = Text.assemble(
                shown("Received Echo Response (", "bold"),
                shown(meaning, "bold green" if good else "bold red"),
                shown(")", "bold"),
                shown(f" after {_elapsed(event.round_trip)}"),
            )
            yield Level.INFO, told


def _message(how: str, context_id: int) -> Text:
    return _head(f"DIMSE message {how}", f"presentation context {context_id}")


def _tls(event: progress.Secured | progress.SessionRefused, now: datetime) -> Iterator[Item]:
    if isinstance(event, progress.Secured):
        for text in tls_dump.summary(event.session, event.host, now):
            yield Level.INFO, shown(text)
    else:
        yield Level.DEBUG, _head("TLS session refused")
    details = list(tls_dump.details(event.session, event.host, now))[1:-1]  # without its rulers
    for is_row, lines in groupby(details, key=lambda line: line.startswith("  ")):
        if is_row:
            yield Level.DEBUG, tables.pairs(map(_label_and_value, lines))
        else:
            yield from ((Level.DEBUG, shown(line)) for line in lines)


def _label_and_value(line: str) -> tuple[str, str]:
    label, _, value = line.partition(":")
    return label.rstrip(), value.lstrip()


def _pdu(kind: int, data: bytes) -> Iterator[Item]:
    yield Level.DEBUG, _head(pdus.PDU_NAMES[kind], f"{len(data)} bytes")
    yield Level.TRACE, tables.Annotated(data)


def _state(event: events.StateChanged) -> Text:
    action = shown(event.action.label, "bold")
    after = f"Sta{event.after.value}, {event.after.words}"
    return Text.assemble("State: ", action, shown(f" by {event.event.name}, now {after}"), style="dim")


def _timer(event: timers.TimerEvent) -> Text:
    match event:
        case timers.TimerStarted(budget, seconds):
            return shown(f"Timer: {budget}, runs out in {seconds:.3f} s", "dim")
        case timers.TimerExpired(budget, awaited):
            return shown(f"Timer: {budget}, has run out: no {awaited}", "red")
        case _:
            return shown(f"Timer: {event.budget}, stopped", "dim")


def _failure(failure: VerificationFailed) -> Iterator[Item]:
    cause = failure.cause
    if isinstance(cause, Rejection):
        yield Level.FATAL, shown("Association Rejected", "bold red")
        yield Level.FATAL, tables.pairs(_rejection(cause))
        return
    level, text = next(plain.lines(progress.Failed(failure)))
    if isinstance(failure, Interrupted):
        yield level, shown(text, "bold red")
        return
    head, colon, sentence = text.partition(": ")
    yield level, Text.assemble(shown(head + colon, "bold red"), shown(sentence, "red"))
    if isinstance(cause, PeerAbort):
        yield level, tables.pairs(_abort(cause))


def _rejection(cause: Rejection) -> Iterator[tuple[str, str]]:
    yield "Result", f"{cause.result_text} ({cause.result})"
    yield "Source", f"{cause.source_text} ({cause.source})"
    yield "Reason", f"{cause.reason_text} ({cause.reason})"
    yield "Clause", "PS3.8 9.3.4"


def _abort(cause: PeerAbort) -> Iterator[tuple[str, str]]:
    yield "Source", f"{PeerAbort.SOURCES.get(cause.source, 'undefined')} ({cause.source})"
    reason = PeerAbort.REASONS.get(cause.reason, "undefined")
    significant = "" if cause.source == 2 else ", only significant from the service provider"
    yield "Reason", f"{reason} ({cause.reason}){significant}"
    yield "Clause", "PS3.8 9.3.8"

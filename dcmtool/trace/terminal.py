"""Events on a terminal: when, how severe, who spoke, what; with colour and tables, where these fit.

Everything shown is a `Text` made by `shown`, never a string that rich would look for markup in.
"""

import os
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import groupby
from typing import TextIO

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.segment import Segment
from rich.text import Text

from dcmtool import events
from dcmtool.advice import API, Words
from dcmtool.dimse import status
from dcmtool.errors import DcmtoolError, Interrupted, PeerAbort, Rejection
from dcmtool.trace import plain, tables, tls_dump
from dcmtool.trace.command_dump import Labels, elements_of
from dcmtool.trace.levels import Level, Line
from dcmtool.trace.tables import shown
from dcmtool.upper_layer import pdus

LEVELS = {
    Level.TRACE: "dim",
    Level.DEBUG: "cyan",
    Level.INFO: "green",
    Level.WARN: "yellow",
    Level.ERROR: "red",
    Level.FATAL: "bold red",
}
ARROWS: dict[events.Sender | None, tuple[str, str]] = {
    "local": (">", "bold cyan"),
    "peer": ("<", "bold magenta"),
    "requestor": (">", "bold cyan"),
    "acceptor": ("<", "bold magenta"),
    None: (" ", ""),
}
GUTTER = 15  # columns: elapsed time, level and arrow, each with a blank behind it
NARROWEST = 66  # columns from which all that the tables hold is shown; with fewer there are plain lines

Item = tuple[Level, RenderableType]  # what there is to show from a level on


def console_for(file: TextIO, *, coloured: bool) -> Console:
    """Return a console that takes `file` for a terminal, with the colours that every terminal has or none."""
    environment = dict(os.environ)
    if not environment.get("COLUMNS", "").strip("0"):  # a width of 0 says that nobody knows it
        environment.pop("COLUMNS", None)
    return Console(
        file=file,
        _environ=environment,
        force_terminal=True,
        force_jupyter=False,
        legacy_windows=False,
        color_system="standard" if coloured else None,
        no_color=not coloured,
    )


class Terminal:
    """Writes events to a console, those parts that are at least as severe as `threshold`.

    `now` gives the date, which certificates are compared with; `labels` name the elements of messages,
    `words` the settings.
    """

    def __init__(
        self,
        console: Console,
        threshold: int,
        now: Callable[[], datetime],
        labels: Labels | None = None,
        words: Words = API,
    ) -> None:
        self._console, self._threshold, self._now = console, threshold, now
        self._labels, self._words = labels, words

    def show(self, event: events.Event) -> None:
        """Write what an event has to say at this threshold; of several parts the first is its head.

        A narrow terminal, which may be resized meanwhile, has the lines of a pipe.
        """
        if self._console.width < NARROWEST:
            for line in plain.lines(event, self._labels, self._now, self._words):
                self._say_plainly(line)
            return
        items = _items(event, self._now, self._labels, self._words)
        parts = [item for item in items if item[0] >= self._threshold]
        if not parts:
            return
        level, head = parts[0]
        self._print(_gutter(_elapsed(event.offset), level, event.sender), head)
        for _, part in parts[1:]:
            # the bytes of a PDU need all the room there is
            margin = 2 if isinstance(part, tables.Annotated) else GUTTER + 2
            self._print(Text(" " * margin), part)

    def say(self, line: Line) -> None:
        """Write a line that belongs to no event."""
        if self._console.width < NARROWEST:
            self._say_plainly(line)
        elif line.text:
            self._print(_gutter("", line.level, None), shown(line.text))

    def _say_plainly(self, line: Line) -> None:
        if line.level >= self._threshold:
            head = Text.assemble((line.level.letter, LEVELS[line.level]), ": ")
            if line.level >= Level.WARN and self._console.width >= NARROWEST // 2:
                self._print(head, shown(line.text))  # broken at words: nobody compares these
            else:
                self._console.print(Text.assemble(head, shown(line.text)), soft_wrap=True)

    def _print(self, gutter: Text, part: RenderableType) -> None:
        self._console.print(_Hanging(gutter, part), crop=False, soft_wrap=True)


def _gutter(elapsed: str, level: Level, sender: events.Sender | None) -> Text:
    time = (f"{elapsed:>10}", "dim")
    return Text.assemble(time, " ", (level.letter, LEVELS[level]), " ", ARROWS[sender], " ")


class _Hanging:
    """A renderable beside a gutter, which is blank from the second line on; no line ends with blanks."""

    def __init__(self, gutter: Text, part: RenderableType) -> None:
        self._gutter, self._part = gutter, part

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width = console.width - len(self._gutter)
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


def _items(
    event: events.Event, now: Callable[[], datetime], labels: Labels | None, words: Words
) -> Iterator[Item]:
    match event.what:
        case events.Failed(failure):
            yield from _failure(event, failure, words)
        case events.Warned(sentence):
            yield Level.WARN, shown(sentence, "yellow")
        case events.TlsEstablished() | events.TlsRefused() as session:
            yield from _tls(session, now(), words)
        case events.Pdu(kind, data):
            yield from _pdu(kind, data)
            if padding := plain.title_padding(kind, data, event.sender):
                yield Level.INFO, shown(padding)
        case events.StateChanged() as change:
            yield Level.TRACE, _state(change)
        case events.TimerStarted() | events.TimerStopped() | events.TimerExpired() as timer:
            yield Level.TRACE, _timer(timer, words.get(timer.budget, timer.budget))
        case (
            events.EchoSending() | events.MessageReceived() | events.EchoAnswered() | events.EchoAnswering()
        ) as message:
            yield from _echo(message, labels)
            if foreign := plain.foreign_elements(event):
                yield Level.WARN, shown(foreign, "yellow")
        case events.Requested(associate):
            titles = f"{associate.calling_aet} calls {associate.called_aet}"
            yield Level.INFO, _head("Association Requested", titles)
            yield Level.DEBUG, tables.request(associate)
        case _ if isinstance(event.what, _OF_OTHERS):
            for line in plain.lines(event):
                yield line.level, shown(line.text, "red" if line.level >= Level.ERROR else "")
        case what:
            yield from _association(what, event.sender)


# What an acceptor or an observer has to say of one side: a sentence each.
_OF_OTHERS = (
    *(events.RequestRejected, events.AbortSent, events.DataSetReceived),
    *(events.ProtocolFault, events.TransportEnded),
)
_WHOSE: dict[events.Sender | None, str] = {
    "local": "Our",
    "peer": "The peer's",
    "requestor": "The requestor's",
    "acceptor": "The acceptor's",
    None: "The",
}


def _association(what: events.What, sender: events.Sender | None) -> Iterator[Item]:
    match what:
        case events.Requesting(peer, secured, associate):
            tls = " over TLS" if secured else ""
            titles = f"{associate.calling_aet} calls {associate.called_aet}"
            where = f"{titles} at {peer.host} port {peer.port}{tls}"
            yield Level.INFO, _head("Requesting Association", where)
            yield Level.DEBUG, tables.request(associate)
        case events.TransportOpened(address, port) if sender == "peer":
            yield Level.DEBUG, _head(f"Connection from {address} port {port}")
        case events.TransportOpened(address, port) if sender == "requestor":
            yield Level.DEBUG, _head(f"The requestor connected to {address} port {port}")
        case events.TransportOpened(address, port, limit):
            bound = f"each read and write may take {limit:g} s" if limit else "no limit to reads and writes"
            yield Level.DEBUG, _head(f"Connected to {address} port {port}", bound)
        case events.Negotiated(_, answer, contexts):
            yield Level.DEBUG, _head(f"{_WHOSE[sender]} answer")
            yield Level.DEBUG, tables.answer(answer)
            yield Level.DEBUG, tables.contexts(contexts)
            if confirmed := plain.identity_confirmed(answer):
                yield Level.INFO, _head(confirmed)
        case events.Established(_, max_pdv):
            yield Level.INFO, _head("Association Accepted", f"Max Send PDV: {max_pdv}")
        case events.Releasing():
            yield Level.INFO, _head("Releasing Association")
        case events.Aborting():
            yield Level.INFO, _head("Aborting Association")


def _head(what: str, detail: str = "") -> Text:
    return Text.assemble(shown(what, "bold"), shown(f" ({detail})" if detail else ""))


def _echo(
    event: events.EchoSending | events.MessageReceived | events.EchoAnswered | events.EchoAnswering,
    labels: Labels | None,
) -> Iterator[Item]:
    match event:
        case events.EchoAnswering(context_id, message_id, code, command):
            yield Level.INFO, _head("Sending Echo Response", f"{status.meaning(code)}, MsgID {message_id}")
            yield Level.DEBUG, _message("sent", context_id)
            yield Level.DEBUG, tables.command(elements_of(command), labels)
        case events.EchoSending(context_id, message_id, command):
            yield Level.INFO, _head("Sending Echo Request", f"MsgID {message_id}")
            yield Level.DEBUG, _message("sent", context_id)
            yield Level.DEBUG, tables.command(elements_of(command), labels)
        case events.MessageReceived(context_id, elements):
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


def _tls(event: events.TlsEstablished | events.TlsRefused, now: datetime, words: Words) -> Iterator[Item]:
    if isinstance(event, events.TlsEstablished):
        for text in tls_dump.summary(event.session, event.host, now):
            yield Level.INFO, shown(text)
    else:
        yield Level.DEBUG, _head("TLS session refused")
    details = list(tls_dump.details(event.session, event.host, now, words))[1:-1]  # without its rulers
    for is_row, lines in groupby(details, key=lambda line: line.startswith("  ")):
        if is_row:
            yield Level.DEBUG, tables.pairs(map(_label_and_value, lines))
        else:
            yield from ((Level.DEBUG, shown(line)) for line in lines)


def _label_and_value(line: str) -> tuple[str, str]:
    label, _, value = line.partition(":")
    return label.rstrip(), value.lstrip()


def _pdu(kind: int, data: bytes) -> Iterator[Item]:
    yield Level.DEBUG, _head(pdus.PDU_NAMES.get(kind, f"PDU of type {kind:02X}H"), f"{len(data)} bytes")
    yield Level.TRACE, tables.Annotated(data)


def _state(event: events.StateChanged) -> Text:
    action = shown(event.action.label, "bold")
    after = f"Sta{event.after.value}, {event.after.words}"
    return Text.assemble("State: ", action, shown(f" by {event.event.name}, now {after}"), style="dim")


def _timer(event: events.TimerStarted | events.TimerStopped | events.TimerExpired, budget: str) -> Text:
    match event:
        case events.TimerStarted(_, seconds):
            return shown(f"Timer: {budget}, runs out in {seconds:.3f} s", "dim")
        case events.TimerExpired(_, awaited):
            return shown(f"Timer: {budget}, has run out: no {awaited}", "red")
        case _:
            return shown(f"Timer: {budget}, stopped", "dim")


def _failure(event: events.Event, failure: DcmtoolError, words: Words) -> Iterator[Item]:
    _, cause = plain.stage_and_cause(failure)
    if isinstance(cause, Rejection):
        yield Level.FATAL, shown("Association Rejected", "bold red")
        yield Level.FATAL, tables.pairs(_rejection(cause))
        return
    line = next(plain.lines(event, words=words))
    level, text = line.level, line.text
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

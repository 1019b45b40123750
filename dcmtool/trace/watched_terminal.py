"""A watch on a terminal: one line an echo, with the time of day, its number and how long it took."""

from collections.abc import Callable
from datetime import datetime

from rich.console import Console
from rich.text import Text

from dcmtool import events
from dcmtool.advice import API, Words
from dcmtool.dimse import status
from dcmtool.errors import DcmtoolError, Interrupted, StatusNotSuccess, VerificationFailed
from dcmtool.trace.command_dump import Labels
from dcmtool.trace.levels import Level
from dcmtool.trace.tables import shown
from dcmtool.trace.terminal import LEVELS, Terminal


class WatchedTerminal(Terminal):
    """A `Terminal` that says one line an echo; while `reconnecting`, associations are a detail."""

    def __init__(
        self,
        console: Console,
        threshold: int,
        now: Callable[[], datetime],
        labels: Labels | None = None,
        words: Words = API,
        *,
        reconnecting: bool,
    ) -> None:
        super().__init__(console, threshold, now, labels, words)
        self._reconnecting = reconnecting
        self._number = 0  # of the echo
        self._round_trip: int | None = None  # of that echo, once it is answered

    def show(self, event: events.Event) -> None:
        """Write an echo's line, or what else an event has to say."""
        what = event.what
        match what:
            case events.Requesting() if self._reconnecting:
                self._begin()
            case events.EchoSending() if not self._reconnecting:
                self._begin()
            case events.EchoAnswered(response, round_trip):
                self._round_trip = round_trip
                if response.status == status.SUCCESS:
                    self._write(Level.INFO, shown(f"answered after {_ms(round_trip)}", "green"))
                return
            case events.Failed(failure) if self._is_of_an_echo(failure):
                self._write(Level.ERROR, shown(failure.in_words(self._words), "red"))
                return
        if self._threshold < Level.INFO or not self._is_detail(what):
            super().show(event)

    def _begin(self) -> None:
        self._number += 1
        self._round_trip = None

    def _is_of_an_echo(self, failure: DcmtoolError) -> bool:
        """Return whether it is an echo that failed, rather than what is between two of them."""
        if (
            not isinstance(failure, VerificationFailed)
            or isinstance(failure, Interrupted)
            or not self._number
        ):
            return False
        if failure.stage == "echo":
            return self._round_trip is None or isinstance(failure.cause, StatusNotSuccess)
        return self._reconnecting

    def _is_detail(self, what: events.What) -> bool:
        if isinstance(what, events.Failed | events.Warned):
            return False
        return self._reconnecting or isinstance(what, events.EchoSending)

    def _write(self, level: Level, what: Text) -> None:
        if level >= self._threshold:
            time = (f"{time_of_day(self._now()):>10}", "dim")
            head = Text.assemble(time, " ", (level.letter, LEVELS[level]), f" echo {self._number}: ")
            self._print(head, what)


def time_of_day(moment: datetime) -> str:
    """Return the time of day where we are."""
    return moment.astimezone().strftime("%H:%M:%S")


def _ms(nanoseconds: int) -> str:
    return f"{nanoseconds / 1_000_000:.3f} ms"

"""What a watch has seen so far: how many echoes were answered, how fast, and since when none was."""

from collections import deque
from collections.abc import Callable
from datetime import datetime

from dcmtool.advice import API, Words
from dcmtool.errors import Interrupted, StatusNotSuccess
from dcmtool.events import EchoAnswered, EchoSending, Event, Failed, Requesting
from dcmtool.text import printable
from dcmtool.verification.statistics import Durations

RECENT = 400  # echoes that are kept one by one, more than a line of a terminal has columns


class Watch:
    """A listener that counts: `now` tells the wall clock, `words` what sentences call the settings.

    `recent` holds the round trips (ns), None for an echo without an answer. `down` is when the first of the
    echoes was lost that have had no answer since, `last_lost` when the last one was; `failure` is the last
    sentence about one. `pending` is when what is waited for began (monotonic ns).
    """

    def __init__(self, now: Callable[[], datetime], words: Words = API) -> None:
        self._now, self._words = now, words
        self.answered = self.lost = 0
        self.round_trips = Durations()
        self.recent: deque[int | None] = deque(maxlen=RECENT)
        self.down: datetime | None = None
        self.last_lost: datetime | None = None
        self.failure: str | None = None
        self.pending: int | None = None

    def __call__(self, event: Event) -> bool:
        """Count an event in, and return whether it was the end of an echo."""
        match event.what:
            case EchoAnswered(_, round_trip):
                self.answered += 1
                self.round_trips.add(round_trip)
                self.recent.append(round_trip)
                self.down = self.pending = None
                return True
            case Failed(failure) if not isinstance(failure, Interrupted):
                self.failure = printable(failure.in_words(self._words))
                self.last_lost = self._now()
                if not isinstance(getattr(failure, "cause", None), StatusNotSuccess):
                    self._lose()
                return True
            case Requesting() | EchoSending():
                self.pending = event.at
        return False

    def _lose(self) -> None:
        if self.pending is None:  # what failed was not an echo: it had been answered
            return
        self.lost += 1
        self.recent.append(None)
        self.down = self.down or self.last_lost
        self.pending = None

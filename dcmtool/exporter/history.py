"""The last probes, for the index page; those that failed are kept longer."""

from collections import deque
from collections.abc import Callable, Iterator
from datetime import datetime

from dcmtool.named_tuple import NamedTuple


class PastProbe(NamedTuple):
    """A probe that is over: its number, what was asked, and what came of it; `log` makes a text of all of it.

    `reason` is the id of the finding, empty after a success.
    """

    number: int
    module: str
    target: str
    started: datetime
    duration: float
    success: bool
    reason: str
    log: Callable[[], str]


class History:
    """The newest entries, and as many failures that are older."""

    def __init__(self, most: int) -> None:
        self._newest: deque[PastProbe] = deque(maxlen=most)
        self._failures: deque[PastProbe] = deque(maxlen=most)

    def add(self, entry: PastProbe) -> None:
        """Keep an entry; the oldest makes room, and is kept among the failures if it is one."""
        if len(self._newest) == self._newest.maxlen and not self._newest[0].success:
            self._failures.append(self._newest[0])
        self._newest.append(entry)

    def __iter__(self) -> Iterator[PastProbe]:
        """Yield the entries, the newest first."""
        yield from reversed(self._newest)
        yield from reversed(self._failures)

    def find(self, number: int) -> PastProbe | None:
        """Return an entry by its number, None where it is kept no longer."""
        return next((entry for entry in self if entry.number == number), None)

"""Many names looked up at once, by a bounded number of threads in a bounded time; nothing is connected to."""

from collections.abc import Iterable, Iterator
from threading import Condition, Thread
from time import monotonic

from dcmtool.errors import NameNotResolved
from dcmtool.steps import Connect
from dcmtool.transport.addresses import MOST_LOOKUPS, look_up

_PORT = 1  # any: only the addresses matter


def unresolved(names: Iterable[str], seconds: float) -> dict[str, NameNotResolved]:
    """Return the names that have no address, each with why; what takes longer is `temporary`."""
    wanted = list(dict.fromkeys(names))
    lookups = _Lookups(wanted, seconds)
    late = f"no name service answered within {seconds:g} s"
    return {
        name: found
        for name in wanted
        if (found := lookups.failures.get(name, NameNotResolved(name, _PORT, late, temporary=True)))
    }


class _Lookups:
    """The lookups of some names; `failures` has None for a name that has an address."""

    def __init__(self, names: list[str], seconds: float) -> None:
        self.failures: dict[str, NameNotResolved | None] = {}
        self._left: Iterator[str] = iter(names)
        self._done = Condition()
        until = monotonic() + seconds
        for number in range(min(len(names), MOST_LOOKUPS)):
            try:
                Thread(target=self._work, args=(until,), daemon=True, name=f"name lookup {number}").start()
            except RuntimeError:  # the system has no more threads to spare
                if not number:
                    self._work(until)
                break
        with self._done:
            self._done.wait_for(lambda: len(self.failures) == len(names), seconds)
            self.failures = dict(self.failures)  # what is still under way adds to the other

    def _work(self, until: float) -> None:
        """Look up name after name."""
        failures = self.failures
        while monotonic() < until:
            with self._done:
                name = next(self._left, None)
            if name is None:
                return
            failure = _failure(name)
            with self._done:
                failures[name] = failure
                self._done.notify_all()


def _failure(name: str) -> NameNotResolved | None:
    try:
        look_up(Connect(name, _PORT, "auto", None, None))
    except NameNotResolved as error:
        return error
    return None

"""Makes events of what happens on the associations of a run, and passes them to a listener.

The vocabulary itself is loaded with the first event: most runs have nothing to say.
"""

from collections.abc import Callable
from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dcmtool.events import AssociationId, Event, Listener, Role, Sender, What

_NUMBERS = count(1)  # of the associations of this process


class Emitter:
    """What a procedure and its `Association` call.

    The clocks tell monotonic nanoseconds, and seconds since 1970 (UTC).

    Its associations come one after the other, and each begins with its first event.
    """

    def __init__(
        self,
        listener: "Listener",
        clock: Callable[[], int],
        wall_clock: Callable[[], float],
        role: "Role" = "requestor",
    ) -> None:
        self._listener, self._clock, self._wall_clock, self._role = listener, clock, wall_clock, role
        self._second: Callable[[What], None] | None = None
        self._association: AssociationId | None = None
        self._event: type[Event]

    def __call__(self, what: "What", sender: "Sender | None" = None) -> None:
        """Pass on what happened just now."""
        if self._association is None:
            self._association = self._begun()
        self._listener(self._event(self._association, sender, self._clock(), what))
        if self._second is not None:
            self._second(what)

    def tell_also(self, second: "Callable[[What], None]") -> None:
        """Have someone else told of whatever happens, once the listener was."""
        self._second = second

    def next_association(self) -> None:
        """Take what is to come for that of another association."""
        self._association = None

    def _begun(self) -> "AssociationId":
        from dcmtool.events import AssociationId, Event

        self._event = Event
        started = round(self._wall_clock(), 6)  # which the trace file holds exactly
        return AssociationId(next(_NUMBERS), self._role, started, self._clock())

"""Whether the lines of several associations are mixed, in a log that does not tell them apart."""

from collections.abc import Callable

from dcmtool.capture.logs.association import LoggedAssociation

_SENTENCE = (
    "lines of several associations are mixed and do not say whose they are: what was done on those is left "
    "out; a log whose lines have the process tells them apart (%i in a pattern of DCMTK's)"
)


class Mixing:
    """Counts the associations that go on beside the one that is told of; `warn` is called once."""

    def __init__(self, warn: Callable[[str], None]) -> None:
        self._warn, self._has_warned = warn, False
        self._beside = 0

    def began_beside(self, other: LoggedAssociation) -> None:
        """Another association began while this one goes on, as far as the log tells."""
        self._beside += 1
        other.is_mixed = True
        if not self._has_warned:
            self._has_warned = True
            self._warn(_SENTENCE)

    def began(self, association: LoggedAssociation) -> None:
        """An association began."""
        association.is_mixed = self._beside > 0

    def ended_one(self) -> None:
        """An association ended which is not the one that is told of."""
        self._beside = max(0, self._beside - 1)

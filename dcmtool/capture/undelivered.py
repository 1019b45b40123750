"""What somebody on the way says of what a side sent: that it did not arrive, unless more is seen."""

from collections.abc import Mapping

from dcmtool.association.observed import Side
from dcmtool.capture.connection import ObservedConnection
from dcmtool.capture.icmp import Unreachable
from dcmtool.capture.observed_side import ObservedSide


class Undelivered:
    """Keeps what was said last; it stands as long as the other side does not go on sending."""

    def __init__(self, sides: Mapping[Side, ObservedSide]) -> None:
        self._sides = sides
        self._said: Unreachable | None = None
        self._before = 0  # bytes that the other side had sent by then

    def take(self, said: Unreachable) -> None:
        """Take what was said."""
        self._said, self._before = said, self._sides[_other(said.sender)].bytes

    def added(self, seen: ObservedConnection, opened: int | None) -> ObservedConnection:
        """Return a connection, opened then, with what was said, unless the other side answered after it."""
        said = self._said
        if said is None or self._sides[_other(said.sender)].bytes > self._before:
            return seen
        if said.sender == "requestor" and opened is not None and opened >= said.at:
            return seen
        if seen.ended_by == _other(said.sender) and seen.ended is not None and seen.ended >= said.at:
            return seen
        if seen.ending == "unanswered":
            seen = seen._replace(ending="unreachable", ended=said.at)
        return seen._replace(unreachable=said)


def _other(side: Side) -> Side:
    return "acceptor" if side == "requestor" else "requestor"

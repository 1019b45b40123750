"""How long something on an observed connection lasted, and what is long (all in nanoseconds)."""

from dcmtool.capture.connection import ObservedConnection

_SECOND = 1_000_000_000
SHORT = _SECOND  # a caller that sends its request takes less than this for it
# A side that leaves sooner has lost its patience; later, the other one did not answer.
PATIENCE = _SECOND // 2
LONG = 10 * _SECOND  # without an answer, where the capture ends before the connection does


def lasted(connection: ObservedConnection) -> int:
    """Return how long a connection lasted, 0 where that is not known."""
    return 0 if connection.ended is None else max(0, connection.ended - connection.began)


def waited_for_answer(connection: ObservedConnection) -> int | None:
    """Return for how long the request waited until the connection's end, None where that is not known."""
    asked = connection.requested
    if asked is None:
        asked = connection.began + (connection.connect or 0)
    return None if connection.ended is None else connection.ended - asked


def waited_for_response(connection: ObservedConnection) -> int | None:
    """Return for how long the oldest unanswered request waited, None where that is not known."""
    if connection.ended is None or connection.waiting is None:
        return None
    return max(0, connection.ended - connection.waiting)

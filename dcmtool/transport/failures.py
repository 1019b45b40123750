"""The system's errors as the errors of dcmtool, which name what was awaited and which budget ended it."""

from dcmtool.errors import ConnectFailed, ConnectionLost, DeadlineExpired, TransportError
from dcmtool.steps import Connect, Deadline, Receive


def no_connection(step: Connect, attempts: list[tuple[str, OSError]]) -> TransportError:
    """Return the error for a connection that no address gave."""
    if step.deadline is not None and all(_ran_out(error) for _, error in attempts):
        return too_late(step.deadline, f"TCP connection to {step.host} port {step.port}")
    return ConnectFailed(step.host, step.port, tuple((text, _in_words(error)) for text, error in attempts))


def _in_words(error: OSError) -> OSError:
    return TimeoutError("no answer in its share of the time") if _ran_out(error) else error


def too_late(deadline: Deadline, awaited: str) -> DeadlineExpired:
    """Return the error for a deadline that passed before what was awaited had come."""
    return DeadlineExpired(awaited, deadline.budget, deadline.seconds)


def check_time(step: Receive, now: int) -> None:
    """Raise `DeadlineExpired` once the time to receive is over, even if the peer never stops sending."""
    if step.deadline is not None and step.deadline.at <= now:
        raise too_late(step.deadline, step.awaited)


def interrupted_wait(
    error: OSError, awaited: str, deadline: Deadline | None, socket_timeout: float | None, now: int
) -> TransportError:
    """Return the error for a read or write that did not come to its end."""
    if not _ran_out(error):
        return ConnectionLost(error)
    if deadline is not None and (socket_timeout is None or deadline.at <= now):
        return too_late(deadline, awaited)
    return DeadlineExpired(awaited, "-ts, socket timeout", socket_timeout or 0)


def _ran_out(error: OSError) -> bool:
    """Whether it was our own bound: the kernel's own time-out of a dead connection has an error number."""
    return isinstance(error, BlockingIOError) or (isinstance(error, TimeoutError) and error.errno is None)

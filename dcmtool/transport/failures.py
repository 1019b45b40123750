"""The system's errors as the errors of dcmtool, which name what was awaited and which budget ended it."""

from dcmtool.errors import ConnectFailed, DeadlineExpired, TransportError
from dcmtool.steps import Connect, Deadline, Receive


def no_connection(step: Connect, attempts: list[tuple[str, OSError]]) -> TransportError:
    """Return the error for a connection that no address gave."""
    if step.deadline is not None and all(is_our_bound(error) for _, error in attempts):
        return too_late(step.deadline, f"TCP connection to {step.host} port {step.port}")
    return ConnectFailed(step.host, step.port, tuple((text, _in_words(error)) for text, error in attempts))


def _in_words(error: OSError) -> OSError:
    return TimeoutError("no answer in its share of the time") if is_our_bound(error) else error


def too_late(deadline: Deadline, awaited: str) -> DeadlineExpired:
    """Return the error for a deadline that passed before what was awaited had come."""
    return DeadlineExpired(awaited, deadline.budget, deadline.seconds)


def check_time(step: Receive, now: int) -> None:
    """Raise `DeadlineExpired` once the time to receive is over, even if the peer never stops sending."""
    if step.deadline is not None and step.deadline.at <= now:
        raise too_late(step.deadline, step.awaited)


def idle_time(step: Receive, until: int, now: int) -> float:
    """Return the seconds that nothing need come for: the socket timeout is for what should come."""
    end = until if step.deadline is None else min(until, step.deadline.at)
    return max(0, end - now) / 1_000_000_000


def socket_bound(step: Receive, socket_timeout: float | None) -> float | None:
    """Return the socket timeout where it bounds a read: once a PDU has begun, or where no deadline does."""
    return socket_timeout if step.flowing or step.deadline is None else None


def ran_out(
    awaited: str, deadline: Deadline | None, socket_timeout: float | None, now: int
) -> DeadlineExpired:
    """Return the error for a read or write that took too long: by its deadline, or by the socket timeout."""
    if deadline is not None and (socket_timeout is None or deadline.at <= now):
        return too_late(deadline, awaited)
    return DeadlineExpired(awaited, "socket", socket_timeout or 0)


def is_our_bound(error: OSError) -> bool:
    """Whether it was our own bound: the kernel's own time-out of a dead connection has an error number."""
    return isinstance(error, TimeoutError) and error.errno is None

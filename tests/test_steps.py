"""Deadlines, and the steps as values."""

from hypothesis import given
from hypothesis import strategies as st

from dcmtool.steps import (
    LONGEST_WAIT,
    Clock,
    Close,
    Connect,
    Connected,
    Deadline,
    Receive,
    Received,
    Send,
    earliest,
)

SECOND = 1_000_000_000


def test_a_deadline_counts_down_to_zero() -> None:
    deadline = Deadline.after(5 * SECOND, "acse", 1.5)
    assert deadline == Deadline(6 * SECOND + SECOND // 2, "acse", 1.5)
    assert deadline.remaining(5 * SECOND) == 1.5
    assert deadline.remaining(6 * SECOND) == 0.5
    assert deadline.remaining(deadline.at) == 0
    assert deadline.remaining(deadline.at + 1) == 0


@given(st.floats(min_value=0.001), st.integers(0, 1 << 62))
def test_no_wait_is_longer_than_the_system_can(seconds: float, now: int) -> None:
    deadline = Deadline.after(now, "budget", seconds)
    assert 0 < deadline.remaining(now) <= LONGEST_WAIT
    assert deadline.seconds == seconds


def test_the_longest_wait_fits_into_the_milliseconds_of_a_c_int() -> None:
    assert LONGEST_WAIT * 1000 < 1 << 31


def test_the_earliest_deadline() -> None:
    early, late = Deadline(1, "b", 9), Deadline(2, "a", 1)
    assert earliest(late, early) == early
    assert earliest(early, late) == early
    assert earliest(None, late) == late
    assert earliest(late, None) == late
    assert earliest(None, None) is None


def test_steps_and_results_are_values() -> None:
    deadline = Deadline(1, "b", 9)
    assert Connect("pacs", 104, "ipv6", deadline, 60).family == "ipv6"
    assert Send(b"PDU", None).data == b"PDU"
    assert Receive("A-RELEASE-RP", deadline).awaited == "A-RELEASE-RP"
    assert Received(b"", 3).at == 3
    assert Connected("::1", 104, 1, 2).connected_at == 2
    assert (Clock(), Close()) == ((), ())

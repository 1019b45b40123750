"""The system's errors in dcmtool's words: which budget ended a wait, and what was awaited."""

import errno

import pytest

from dcmtool.errors import ConnectFailed, DeadlineExpired
from dcmtool.steps import Connect, Deadline, Receive
from dcmtool.transport.failures import check_time, is_our_bound, no_connection, ran_out

DEADLINE = Deadline(2_000_000_000, "acse", 2)
RAN_OUT = [TimeoutError("timed out"), TimeoutError()]
REFUSED = ConnectionRefusedError(errno.ECONNREFUSED, "")
KERNEL = TimeoutError(errno.ETIMEDOUT, "")


def step(deadline: Deadline | None, host: str = "pacs") -> Connect:
    return Connect(host, 104, "auto", deadline, None)


@pytest.mark.parametrize(
    ("deadline", "socket_timeout", "now", "sentence"),
    [
        (DEADLINE, None, 2_000_000_000, "no answer within 2 s (timeouts.acse)"),
        (DEADLINE, 60, 2_000_000_000, "no answer within 2 s (timeouts.acse)"),
        (DEADLINE, 1.5, 1_600_000_000, "no answer within 1.5 s (timeouts.socket)"),
        (None, 60, 99_000_000_000, "no answer within 60 s (timeouts.socket)"),
    ],
)
def test_the_budget_that_ended_a_wait_is_named(
    deadline: Deadline | None, socket_timeout: float | None, now: int, sentence: str
) -> None:
    failure = ran_out("answer", deadline, socket_timeout, now)
    assert (type(failure), str(failure)) == (DeadlineExpired, sentence)


@pytest.mark.parametrize(
    ("error", "ours"),
    [
        *((error, True) for error in RAN_OUT),
        (ConnectionResetError(errno.ECONNRESET, ""), False),
        (KERNEL, False),  # the kernel gave the peer up: no budget of ours
        (OSError(), False),
    ],
)
def test_whose_bound_it_was(error: OSError, ours: bool) -> None:
    assert is_our_bound(error) is ours


@pytest.mark.parametrize(
    ("host", "shown"), [("pacs", "pacs"), ("pa\x1b[2Jcs\n", "pa\\x1b[2Jcs\\n")], ids=["plain", "hostile"]
)
def test_every_address_ran_out_of_time(host: str, shown: str) -> None:
    failure = no_connection(step(DEADLINE, host), [("::1", RAN_OUT[0]), ("127.0.0.1", RAN_OUT[1])])
    assert str(failure) == f"no TCP connection to {shown} port 104 within 2 s (timeouts.acse)"
    assert type(failure) is DeadlineExpired


@pytest.mark.parametrize("error", RAN_OUT)
def test_one_address_ran_out_of_time(error: OSError) -> None:
    failure = no_connection(step(DEADLINE), [("::1", error), ("127.0.0.1", REFUSED)])
    assert type(failure) is ConnectFailed
    assert str(failure) == (
        "no connection to pacs port 104: "
        "::1: no answer in its share of the time; 127.0.0.1: Connection refused"
    )


def test_every_address_refused() -> None:
    failure = no_connection(step(DEADLINE), [("::1", REFUSED), ("127.0.0.1", REFUSED)])
    assert str(failure) == "no connection to pacs port 104 (::1, 127.0.0.1): Connection refused"


def test_the_system_gave_up() -> None:
    failure = no_connection(step(None), [("127.0.0.1", KERNEL)])
    assert str(failure) == "no connection to pacs port 104 (127.0.0.1): Connection timed out"


@pytest.mark.parametrize(("deadline", "now"), [(None, 9_000_000_000), (DEADLINE, 1_999_999_999)])
def test_there_is_time(deadline: Deadline | None, now: int) -> None:
    check_time(Receive("answer", deadline), now)


def test_there_is_no_time() -> None:
    with pytest.raises(DeadlineExpired) as caught:
        check_time(Receive("answer", DEADLINE), 2_000_000_000)
    assert str(caught.value) == "no answer within 2 s (timeouts.acse)"

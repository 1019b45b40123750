"""Who may begin, and when: no socket and no clock."""

from random import Random
from typing import Any

from dcmtool.fleet.limits import Limits
from dcmtool.fleet.schedule import Schedule

SECOND = 1_000_000_000


def schedule(*jobs: tuple[str, ...], **limits: Any) -> Schedule[int]:
    """Return a schedule with these jobs, each at its addresses, by their numbers."""
    made: Schedule[int] = Schedule(Limits(**limits))
    for number, addresses in enumerate(jobs):
        made.add(number, addresses, number)
    return made


def taken(made: Schedule[int], now: int = 0) -> list[int]:
    """Return the jobs that begin now."""
    found = []
    while (job := made.take(now)) is not None:
        found.append(job)
    return found


def test_in_the_order_given_within_what_may_be_open() -> None:
    made = schedule(("a",), ("b",), ("c",), concurrency=2)
    assert taken(made) == [0, 1]
    made.give_back(("a",))
    assert taken(made) == [2]


def test_who_waits_for_an_address_holds_nobody_up() -> None:
    made = schedule(("a",), ("a",), ("a",), ("b",), per_host=1)
    assert taken(made) == [0, 3]
    made.give_back(("a",))
    assert taken(made) == [1]
    made.give_back(("b",))
    assert taken(made) == []
    made.give_back(("a",))
    assert taken(made) == [2]


def test_two_names_of_one_machine_take_turns() -> None:
    made = schedule(("::1", "127.0.0.1"), ("127.0.0.1",), ("::1",), per_host=1)
    assert taken(made) == [0]
    made.give_back(("::1", "127.0.0.1"))
    assert taken(made) == [1, 2]


def test_room_that_one_cannot_use_is_for_the_next() -> None:
    made = schedule(("a",), ("b",), ("a", "b"), ("a",), per_host=1)
    assert taken(made) == [0, 1]
    made.give_back(("a",))
    assert taken(made) == [3]  # 2 needs room at b as well
    made.give_back(("a",))
    made.give_back(("b",))
    assert taken(made) == [2]


def test_the_rate_is_spaced_and_never_made_up_for() -> None:
    made = schedule(*[(f"{number}",) for number in range(5)], rate=10)
    assert (taken(made, 0), made.due(0)) == ([0], SECOND // 10)
    assert taken(made, SECOND // 10 - 1) == []
    assert taken(made, 3 * SECOND) == [1]
    assert (taken(made, 3 * SECOND), made.due(3 * SECOND)) == ([], 3 * SECOND + SECOND // 10)


def test_what_is_due_when_it_is_not_the_rate_that_is_waited_for() -> None:
    made = schedule(("a",), ("b",), concurrency=1, rate=10)
    assert (taken(made), made.due(0)) == ([0], None)
    assert schedule(rate=10).due(0) is None


def test_whatever_comes_all_begin_once_and_no_limit_is_passed() -> None:
    random = Random(15)
    for _ in range(50):
        jobs = [tuple(random.sample("abcdef", random.randint(1, 3))) for _ in range(60)]
        per_host, concurrency = random.randint(1, 3), random.randint(1, 8)
        made = schedule(*jobs, per_host=per_host, concurrency=concurrency)
        begun: list[int] = []
        running: list[int] = []
        while len(begun) < len(jobs):
            new = taken(made)
            begun += new
            running += new
            assert running, "something may begin"
            assert len(running) == made.open <= concurrency
            at = [address for job in running for address in jobs[job]]
            assert max(map(at.count, at)) <= per_host
            over = running.pop(random.randrange(len(running)))
            made.give_back(jobs[over])
        assert sorted(begun) == [*range(len(jobs))]

"""Events are made of what happens, when, by whom, and on which association."""

import subprocess
import sys
from collections.abc import Iterator

import pytest

from dcmtool.emitter import Emitter
from dcmtool.events import Associating, Event, Releasing, Role


def clock(*times: int) -> Iterator[int]:
    """Return a clock that shows these times."""
    return iter(times)


def test_an_event_has_its_time_and_sender() -> None:
    happened, times = list[Event](), clock(100, 130, 1_000_000_100)
    emitter = Emitter(happened.append, lambda: next(times), lambda: 1.2345678)
    emitter(Associating())
    emitter(Releasing(), "local")
    first, second = happened
    assert (first.what, first.sender, first.at, first.offset) == (Associating(), None, 130, 30)
    assert (second.what, second.sender, second.offset) == (Releasing(), "local", 1_000_000_000)
    assert first.association is second.association
    assert first.association[1:] == ("requestor", 1.234568, 100)


@pytest.mark.parametrize("role", ["requestor", "acceptor", "observer"])
def test_every_association_of_the_process_has_its_number(role: Role) -> None:
    happened = list[Event]()
    one, other = (Emitter(happened.append, lambda: 0, lambda: 0, role) for _ in range(2))
    one(Associating())
    other(Associating())
    one.next_association()
    one(Associating())
    numbers = [event.association.number for event in happened]
    assert len(set(numbers)) == 3
    assert numbers == sorted(numbers)
    assert {event.association.role for event in happened} == {role}


def test_an_association_without_events_has_no_number() -> None:
    happened = list[Event]()
    emitter = Emitter(happened.append, lambda: 0, lambda: 0)
    emitter(Associating())
    emitter.next_association()
    emitter.next_association()
    emitter(Associating())
    first, second = (event.association.number for event in happened)
    assert second == first + 1


def test_the_vocabulary_is_loaded_with_the_first_event() -> None:
    program = (
        "import sys; from dcmtool.emitter import Emitter; Emitter(print, lambda: 0, lambda: 0.0);"
        "sys.exit('dcmtool.events' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)

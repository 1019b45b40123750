"""A direction with sockets that do what tests say: full, interrupted, gone, and what had come before."""

import errno
from collections.abc import Callable
from typing import Any

import pytest

from dcmtool.association.observed import Side
from dcmtool.tap import delaying
from dcmtool.tap.delaying import DelayedDirection
from dcmtool.tap.direction import CHUNK, RelayedDirection

GONE = OSError(errno.ECONNRESET, "gone")
FULL, INTERRUPTED = BlockingIOError(), InterruptedError()


class Loop:
    """A loop that calls nothing by itself."""

    def __init__(self) -> None:
        self.readers: dict[int, Callable[[], None]] = {}
        self.writers: dict[int, Callable[[], None]] = {}
        self.timers: list[tuple[float, Callable[[], None]]] = []
        self.now = 0.0

    def add_reader(self, number: int, function: Callable[[], None]) -> None:
        self.readers[number] = function

    def add_writer(self, number: int, function: Callable[[], None]) -> None:
        self.writers[number] = function

    def remove_reader(self, number: int) -> None:
        del self.readers[number]

    def remove_writer(self, number: int) -> None:
        del self.writers[number]

    def time(self) -> float:
        return self.now

    def call_at(self, when: float, function: Callable[[], None]) -> "Loop":
        self.timers.append((when, function))
        return self

    def cancel(self) -> None:
        self.timers.clear()

    def run(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds
        while self.timers and self.timers[0][0] <= self.now:
            self.timers.pop(0)[1]()


class Socket:
    """A socket that reads what is to come, and takes so many bytes each time, all when nothing is said."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.comes: list[bytes | OSError] = []
        self.takes: list[int | OSError] = []
        self.taken: list[bytes] = []
        self.shut: list[str] = []
        self.shutting: OSError | None = None

    def fileno(self) -> int:
        return self.number

    def setsockopt(self, *_values: int) -> None:
        pass

    def recv_into(self, room: memoryview) -> int:
        came = self.comes.pop(0)
        if isinstance(came, OSError):
            raise came
        room[: len(came)] = came
        return len(came)

    def send(self, data: bytes) -> int:
        takes = self.takes.pop(0) if self.takes else len(data)
        if isinstance(takes, OSError):
            raise takes
        self.taken.append(bytes(data[:takes]))
        return min(takes, len(data))

    def shutdown(self, _how: int) -> None:
        if self.shutting is not None:
            raise self.shutting
        self.shut.append("end")


class Both:
    """What a direction tells, in order."""

    def __init__(self) -> None:
        self.room = memoryview(bytearray(CHUNK))
        self.told: list[tuple[str, Any]] = []

    def passed(self, _sender: Side, data: memoryview) -> memoryview:
        return data

    def seen(self, _sender: Side, data: memoryview) -> None:
        self.told.append(("seen", bytes(data)))

    def closed(self, sender: Side) -> None:
        self.told.append(("closed", sender))

    def finished(self) -> None:
        self.told.append(("finished", None))

    def broken(self, side: Side) -> None:
        self.told.append(("broken", side))


class Scene:
    """A direction and what is around it."""

    def __init__(self, delay: float | None = None, sender: Side = "requestor") -> None:
        self.loop, self.source, self.target, self.both = Loop(), Socket(1), Socket(2), Both()
        loop: Any = self.loop
        source: Any = self.source
        target: Any = self.target
        self.direction = (
            RelayedDirection(loop, self.both, sender, source, target)
            if delay is None
            else DelayedDirection(loop, self.both, sender, source, target, delay)
        )
        self.direction.read_on()

    def come(self, *what: bytes | OSError) -> None:
        """Let something come, each by itself."""
        for each in what:
            self.source.comes.append(each)
            self.loop.readers[1]()


def test_what_is_not_taken_at_once_is_sent_later_and_nothing_is_read_meanwhile() -> None:
    scene = Scene()
    scene.target.takes = [2, FULL, INTERRUPTED, 1]
    scene.come(b"abcdef")
    assert scene.loop.readers == {}
    for _ in range(3):
        scene.loop.writers[2]()
    assert scene.target.taken == [b"ab", b"c"]
    scene.loop.writers[2]()
    assert scene.target.taken == [b"ab", b"c", b"def"]
    assert scene.loop.writers == {}
    assert 1 in scene.loop.readers
    assert scene.both.told == [("seen", b"abcdef")]


def test_a_full_socket_takes_nothing_at_once() -> None:
    scene = Scene()
    scene.target.takes = [FULL]
    scene.come(b"abc")
    scene.loop.writers[2]()
    assert scene.target.taken == [b"abc"]


@pytest.mark.parametrize("why", [FULL, INTERRUPTED])
def test_nothing_has_come_after_all(why: OSError) -> None:
    scene = Scene()
    scene.come(why, b"x")
    assert scene.both.told == [("seen", b"x")]


def test_the_sender_is_gone() -> None:
    scene = Scene()
    scene.come(b"x", GONE)
    assert scene.both.told == [("seen", b"x"), ("broken", "requestor")]


def test_the_receiver_is_gone_at_once() -> None:
    scene = Scene()
    scene.target.takes = [GONE]
    scene.come(b"x")
    assert scene.both.told == [("seen", b"x"), ("broken", "acceptor")]


def test_the_receiver_is_gone_later() -> None:
    scene = Scene()
    scene.target.takes = [1, GONE]
    scene.come(b"xy")
    scene.loop.writers[2]()
    assert scene.both.told == [("seen", b"xy"), ("broken", "acceptor")]


def test_the_receiver_is_gone_at_the_end() -> None:
    scene = Scene()
    scene.target.shutting = GONE
    scene.come(b"")
    assert scene.both.told == [("closed", "requestor"), ("broken", "acceptor")]


def test_an_end_waits_for_what_was_sent_before() -> None:
    """A side may close while what it sent is being drained from its socket."""
    scene = Scene()
    scene.target.takes = [1]
    scene.come(b"xy")
    scene.direction.at_end = True
    scene.direction._at_end()
    assert scene.target.shut == []
    scene.loop.writers[2]()
    assert scene.target.shut == ["end"]
    assert scene.direction.is_finished


def test_draining_passes_on_what_had_come() -> None:
    scene = Scene()
    scene.source.comes = [b"a", b"b", GONE]
    scene.direction.drain()
    assert scene.target.taken == [b"a", b"b"]
    scene.source.comes = [b""]
    scene.direction.drain()
    scene.source.comes = [b"c"] * 100
    scene.direction.drain()
    assert len(scene.source.comes) == 84  # it has an end
    scene.target.takes = [0]
    scene.direction.drain()
    assert len(scene.source.comes) == 83
    scene.direction.drain()
    assert len(scene.source.comes) == 83


def test_what_is_stopped_does_nothing_more() -> None:
    scene = Scene()
    scene.target.takes = [0]
    scene.come(b"abc")
    scene.direction.stop()
    assert (scene.loop.readers, scene.loop.writers) == ({}, {})
    scene.direction.read_on()
    assert scene.loop.readers == {}
    assert scene.direction._forward(b"x")
    scene.direction._finish()
    assert scene.target.taken == [b""]
    assert scene.target.shut == []


@pytest.mark.parametrize(
    ("sender", "told"),
    [
        (
            "requestor",
            [[], [("seen", b"a")], [("seen", b"bc")], [("closed", "requestor"), ("finished", None)]],
        ),
        (
            "acceptor",
            [[("seen", b"a"), ("seen", b"bc"), ("closed", "acceptor")], [], [], [("finished", None)]],
        ),
    ],
)
def test_a_delayed_direction_is_seen_from_the_side_of_the_acceptor(sender: Side, told: list[Any]) -> None:
    scene = Scene(1.0, sender)
    steps = []
    for came in (b"a", b"bc", b""):
        scene.come(came)
        scene.loop.run(0.25)
    for seconds in (0, 0.25, 0.25, 0.25):
        scene.loop.run(seconds)
        steps.append(scene.both.told)
        scene.both.told = []
    assert steps == told
    assert scene.target.taken == [b"a", b"bc"]
    assert scene.target.shut == ["end"]


def test_what_a_receiver_does_not_take_holds_up_what_is_late_as_well() -> None:
    scene = Scene(1.0)
    scene.target.takes = [1]
    scene.come(b"ab", b"cd", b"")
    scene.loop.run(2)
    assert scene.target.taken == [b"a"]
    scene.loop.writers[2]()
    assert scene.target.taken == [b"a", b"b", b"cd"]
    assert scene.target.shut == ["end"]


def test_a_delayed_direction_reads_on_once_all_is_sent() -> None:
    scene = Scene(1.0)
    scene.target.takes = [1]
    scene.come(b"ab")
    scene.loop.run(1)
    assert scene.loop.readers == {}
    scene.loop.writers[2]()
    assert 1 in scene.loop.readers


@pytest.mark.parametrize("takes", [[GONE], [1, GONE]])
def test_the_receiver_of_what_is_late_is_gone(takes: list[int | OSError]) -> None:
    scene = Scene(1.0)
    scene.target.takes = takes
    scene.come(b"ab", b"cd")
    scene.loop.run(1)
    for write in [*scene.loop.writers.values()]:
        write()
    assert scene.both.told == [("seen", b"ab"), ("broken", "acceptor")]


@pytest.mark.parametrize(("most", "value"), [("_MOST_BYTES", 4), ("_MOST_PIECES", 2)])
def test_no_more_is_on_its_way_than_may_be(monkeypatch: pytest.MonkeyPatch, most: str, value: int) -> None:
    monkeypatch.setattr(delaying, most, value)
    scene = Scene(1.0)
    scene.come(b"ab", b"cd")
    assert scene.loop.readers == {}
    scene.direction.read_on()
    assert scene.loop.readers == {}
    scene.loop.run(1)
    assert 1 in scene.loop.readers


def test_stopping_forgets_what_is_late() -> None:
    scene = Scene(1.0)
    scene.come(b"ab")
    scene.direction.stop()
    scene.loop.run(2)
    assert scene.target.taken == []
    scene.direction.stop()

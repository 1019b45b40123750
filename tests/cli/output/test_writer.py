"""Lines that are written by a thread: in order, past whoever does not read, counted where they are not."""

import io
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TextIO

import pytest

from dcmtool.cli.output.writer import MOST_CHARACTERS, MOST_LINES, Writer

PATIENCE = 15.0
ENDING = 0.2


class Pipe:
    """A pipe whose end to be written is a text stream."""

    def __init__(self, *, blocking: bool = True) -> None:
        self.reading, writing = os.pipe()
        os.set_blocking(writing, blocking)
        self._lines = [b""]
        self.stream: TextIO = os.fdopen(writing, "w", encoding="ascii")
        self._others = {*threading.enumerate()}

    def read(self, lines: int) -> list[str]:
        """Return the next so many lines."""
        while len(self._lines) <= lines:  # the last one is not whole
            *whole, rest = (self._lines.pop() + os.read(self.reading, 1 << 16)).split(b"\n")
            self._lines += [*whole, rest]
        read, self._lines = self._lines[:lines], self._lines[lines:]
        return [each.decode("ascii") for each in read]

    def close(self) -> None:
        """Close both ends, and only once nobody writes any more: another pipe may get the same descriptor."""
        with suppress(OSError):
            os.close(self.reading)
        for thread in {*threading.enumerate()} - self._others:
            thread.join(ENDING)  # one that is not told to end waits for lines, and does no harm
        self.stream.close()


@contextmanager
def piped(*, blocking: bool = True) -> Iterator[Pipe]:
    """Have a pipe."""
    pipe = Pipe(blocking=blocking)
    try:
        yield pipe
    finally:
        pipe.close()


def full(lines: Writer) -> int:
    """Write until lines are dropped, and return how many were not."""
    taken = 0
    while not lines._dropped:
        lines.write("x" * 99)
        taken += 1
    return taken - 1


def test_lines_come_in_order() -> None:
    with piped() as pipe:
        lines = Writer(pipe.stream)
        for number in range(100):
            lines.write(f"{number}")
        lines.close(PATIENCE)
        assert pipe.read(100) == [f"{number}" for number in range(100)]
        assert lines.error is None


def test_what_a_stream_cannot_encode_is_shown_as_an_escape() -> None:
    with piped() as pipe:
        lines = Writer(pipe.stream)
        lines.write("é\ud800")
        lines.close(PATIENCE)
        assert pipe.read(1) == ["\\xe9\\ud800"]


@pytest.mark.parametrize("blocking", [True, False])
def test_an_unread_pipe_holds_nobody_up_and_what_is_dropped_is_told_once_it_is_read(blocking: bool) -> None:
    told: list[int] = []

    def missed(count: int) -> str:
        told.append(count)
        return f"{count} were missed"

    with piped(blocking=blocking) as pipe:
        lines = Writer(pipe.stream, missed=missed)
        taken = full(lines)
        assert MOST_LINES <= taken < MOST_LINES + 1000  # and what the pipe holds
        lines.write("one more")
        assert told == []
        assert pipe.read(taken + 1)[-1] == "2 were missed"
        lines.write("again")
        lines.close(PATIENCE)
        assert pipe.read(1) == ["again"]
        assert told == [2]


def test_what_is_said_in_any_case_is_not_dropped() -> None:
    with piped() as pipe:
        lines = Writer(pipe.stream)
        taken = full(lines)
        lines.write("the end", in_any_case=True)
        assert pipe.read(taken + 1)[-1] == "the end"
        lines.close(PATIENCE)


def test_long_lines_take_no_more_memory_than_short_ones() -> None:
    with piped() as pipe:
        lines = Writer(pipe.stream)
        for _ in range(MOST_CHARACTERS // 100_000 + 5):
            lines.write("x" * 100_000)
        assert lines._dropped in (4, 5)  # the pipe may hold one
        lines.close(0.001)


def test_nobody_waits_for_an_unread_pipe_at_the_end() -> None:
    with piped() as pipe:
        lines = Writer(pipe.stream)
        full(lines)
        lines.close(0.001)
        assert lines._lines.qsize() > 0


def test_a_closed_pipe_is_told_once() -> None:
    errors: list[OSError] = []
    ended = threading.Event()

    def failed(error: OSError) -> None:
        errors.append(error)
        ended.set()

    with piped() as pipe:
        os.close(pipe.reading)
        lines = Writer(pipe.stream, failed)
        lines.write("1")
        assert ended.wait(PATIENCE)
        lines.write("2")
        lines.close(PATIENCE)
        assert [type(error) for error in errors] == [BrokenPipeError]
        assert lines.error is errors[0]
        assert lines._dropped == 0


def test_what_waits_as_a_pipe_is_closed_is_forgotten() -> None:
    told: list[int] = []

    def missed(count: int) -> None:
        told.append(count)

    with piped() as pipe:
        lines = Writer(pipe.stream, missed=missed)
        full(lines)
        os.close(pipe.reading)
        lines.close(PATIENCE)
        assert lines._lines.empty()
        assert isinstance(lines.error, BrokenPipeError)
        assert told == []


class Watched(io.StringIO):
    """A stream without a descriptor, which tells that it is flushed."""

    def __init__(self, act: Callable[[], object] = lambda: None) -> None:
        super().__init__()
        self._act = act

    def flush(self) -> None:
        self._act()


def test_a_stream_that_is_no_file() -> None:
    flushed: list[None] = []
    stream = Watched(lambda: flushed.append(None))
    lines = Writer(stream)
    lines.write("é")
    lines.close(PATIENCE)
    assert (stream.getvalue(), flushed) == ("é\n", [None])


def test_a_stream_that_is_closed() -> None:
    stream = io.StringIO()
    stream.close()
    lines = Writer(stream)
    lines.write("x")
    lines.close(PATIENCE)
    assert str(lines.error) == "I/O operation on closed file"


def test_no_stream_at_all() -> None:
    lines = Writer(None)  # as `pythonw` has none
    lines.write("x")
    lines.close(PATIENCE)
    assert lines.error is None


def test_no_thread_is_left_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def start(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", start)
    stream = io.StringIO()
    lines = Writer(stream)
    lines.write("x")
    lines.close(0.001)
    assert (stream.getvalue(), str(lines.error)) == ("", "can't start new thread")

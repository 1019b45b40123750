"""A connection in memory: takes a procedure's steps to a peer that is made of bytes.

The clock is its own; every step takes a millisecond.
"""

import errno
from collections.abc import Iterable, Iterator
from typing import Literal, Protocol, TypeVar

from dcmtool.errors import ConnectionLost, DeadlineExpired, TransportError
from dcmtool.steps import (
    Clock,
    Connect,
    Connected,
    PlainProcedure,
    Procedure,
    Receive,
    Received,
    Result,
    Send,
    Step,
    Wait,
)

MS = 1_000_000  # nanoseconds
ADDRESS = "192.0.2.7"
Ending = Literal["closed", "reset", "silent", "broken"]
ENDINGS: tuple[Ending, ...] = ("closed", "reset", "silent", "broken")
_T = TypeVar("_T")


class Far(Protocol):
    """The far end of a connection."""

    def connect(self) -> None:
        """Begin a connection."""

    def take(self, data: bytes) -> None:
        """Take what was sent. Raises `TransportError`."""

    def give(self) -> bytes | None:
        """Return what is received, nothing once it is closed; None while nothing comes. Raises the same."""


class Told:
    """A peer that says these pieces, one a read, whatever it is told; and then ends in this way.

    `interrupts` is how often Ctrl-C is pressed once it has said all.
    """

    def __init__(self, pieces: Iterable[bytes], ending: Ending, interrupts: int = 0) -> None:
        self._pieces = [piece for piece in pieces if piece]
        self._ending, self._interrupts = ending, interrupts
        self.sent = 0  # bytes to it

    def connect(self) -> None:
        """Go on where the last connection ended."""

    def take(self, data: bytes) -> None:
        """Count what was sent."""
        if not self._pieces and self._ending == "broken":
            raise ConnectionLost(BrokenPipeError(errno.EPIPE, ""))
        self.sent += len(data)

    def give(self) -> bytes | None:
        """Return the next piece."""
        return self._pieces.pop(0) if self._pieces else self.end()

    def end(self) -> bytes | None:
        """End as it is to, whatever is left to say."""
        if self._interrupts:
            self._interrupts -= 1
            raise KeyboardInterrupt
        if self._ending == "silent":
            return None
        if self._ending == "closed":
            return b""
        raise ConnectionLost(ConnectionResetError(errno.ECONNRESET, ""))


class Line:
    """The driver, and its clock."""

    def __init__(self, far: Far) -> None:
        self._far, self.now = far, 0

    def clock(self) -> int:
        """Return the time (monotonic ns)."""
        return self.now

    def drive(self, procedure: Procedure[_T] | PlainProcedure[_T], most: int) -> _T:
        """Take a procedure's steps, `most` at most, and return its result."""
        try:
            step = next(procedure)
            for _ in range(most):
                self.now += MS
                try:
                    result = self._obey(step)
                except (TransportError, KeyboardInterrupt) as error:
                    step = procedure.throw(error)
                else:
                    step = procedure.send(result)
        except StopIteration as stop:
            value: _T = stop.value
            return value
        raise AssertionError(f"more than {most} steps")

    def _obey(self, step: Step) -> Result:
        match step:
            case Connect():
                self._far.connect()
                return Connected(ADDRESS, step.port, self.now, self.now)
            case Send(data):
                self._far.take(data)
                return self.now
            case Receive():
                return self._received(step)
            case Clock():
                return self.now
            case Wait(until):
                self.now = max(self.now, until)
        return None

    def _received(self, step: Receive) -> Received | None:
        data = self._far.give()
        if data is not None:
            return Received(data, self.now)
        deadline = step.deadline
        if step.until is not None and (deadline is None or step.until <= deadline.at):
            self.now = max(self.now, step.until)
            return None
        if deadline is None:
            return Received(b"", self.now)  # nothing would end this wait
        self.now = max(self.now, deadline.at)
        raise DeadlineExpired(step.awaited, deadline.budget, deadline.seconds)


# How bytes come ---------------------------------------------------------------------------------------


def by_pdu(data: bytes) -> Iterator[bytes]:
    """Yield the bytes of each PDU by the length that it claims, and the rest."""
    while data:
        end = 6 + int.from_bytes(data[2:6])
        yield data[:end]
        data = data[end:]


def in_pieces(data: bytes, size: int) -> Iterator[bytes]:
    """Yield pieces of so many bytes."""
    return (data[start : start + size] for start in range(0, len(data), size))


def pieces(data: bytes, how: int) -> list[bytes]:
    """Return the pieces that bytes come in: a PDU each, all at once, of seven bytes, of one."""
    match how % 4:
        case 0:
            return list(by_pdu(data))
        case 1:
            return [data]
        case 2:
            return list(in_pieces(data, 7))
    return [*in_pieces(data[:200], 1), data[200:]]

"""What a procedure asks of a transport, and what it gets back.

A procedure is a generator that yields these steps; a driver obeys each and sends the result in:

| step | result |
|---|---|
| `Connect` | `Connected` |
| `StartTls` | `Secured` |
| `Send` | monotonic nanoseconds just before the write |
| `Receive` | `Received`; empty data once the peer has closed its side; None once it is `until` |
| `Wait` | None |
| `Clock` | monotonic nanoseconds |
| `HalfClose` | None |
| `Close` | None |

What goes wrong is thrown into the generator as a `TransportError` of `dcmtool.errors`. The functions at the
end take one step each, and return its result.
"""

from collections.abc import Callable, Generator
from typing import Literal, TypeVar

from dcmtool.named_tuple import NamedTuple, shown_without

# A socket's timeout ends up as milliseconds in a C int, which holds 24 days; longer waits wrap around.
LONGEST_WAIT = 2_000_000.0  # seconds

Family = Literal["auto", "ipv4", "ipv6"]


class Deadline(NamedTuple):
    """The end of a whole wait: monotonic nanoseconds, and the budget that set it.

    `budget` is a field of `Timeouts`, or for what has no setting a word for it.
    """

    at: int
    budget: str
    seconds: float

    @classmethod
    def after(cls, now: int, budget: str, seconds: float) -> "Deadline":
        """Return the deadline `seconds` after `now` (monotonic nanoseconds)."""
        return cls(now + int(min(seconds, LONGEST_WAIT) * 1_000_000_000), budget, seconds)

    def remaining(self, now: int) -> float:
        """Return the seconds left, 0 once it has passed."""
        return max(0, self.at - now) / 1_000_000_000


def earliest(one: Deadline | None, other: Deadline | None) -> Deadline | None:
    """Return the deadline that comes first; None stands for no bound."""
    if one is None or other is None:
        return other if one is None else one
    return min(one, other)


class Connect(NamedTuple):
    """Look a host name up and open a TCP connection to the first of its addresses that answers."""

    host: str
    port: int
    family: Family
    deadline: Deadline | None
    socket_timeout: float | None


class StartTls(NamedTuple):
    """Secure the connection to `host` with the driver's TLS settings."""

    host: str
    deadline: Deadline | None


class Send(NamedTuple):
    """Write all of `data` (at most one PDU) with one call."""

    data: bytes
    deadline: Deadline | None


class Receive(NamedTuple):
    """Wait until the peer has sent something; `awaited` says what, for the sentence when it does not.

    With `until` (monotonic ns) nothing need come: once it is that time the wait is over, and no failure.
    `flowing` says that a PDU has begun, so that the socket timeout bounds the wait for more of it. A wait for
    its beginning is bounded by that only where there is no deadline.
    """

    awaited: str
    deadline: Deadline | None
    until: int | None = None
    flowing: bool = False


class Wait(NamedTuple):
    """Wait until that time (monotonic ns), while there is no connection."""

    until: int


class Clock(NamedTuple):
    """Tell the time."""


class HalfClose(NamedTuple):
    """Tell the peer that nothing more will be sent; what it still sends can be received."""


class Close(NamedTuple):
    """Close the connection; there may be none."""


PlainStep = Connect | Send | Receive | Wait | Clock | HalfClose | Close
Step = PlainStep | StartTls


class Connected(NamedTuple):
    """An open connection: the peer's address and port, when the lookup and the connection were done (ns).

    `source` is our own address on it.
    """

    address: str
    port: int
    resolved_at: int
    connected_at: int
    source: str | None = None


class TlsSession(NamedTuple):
    """What was negotiated: protocol version, cipher suite (IANA's name) and its bits, and the certificate.

    `certificate` is the peer's in DER, empty if it sent none. `verified` says whether it was checked against
    the authorities we trust, `server_name` is the SNI.
    """

    protocol: str
    cipher: str
    bits: int
    certificate: bytes
    verified: bool
    server_name: str | None

    def __repr__(self) -> str:
        return shown_without(self, "certificate")


class Secured(NamedTuple):
    """A TLS session, and when its handshake was done (monotonic ns)."""

    session: TlsSession
    at: int


class Received(NamedTuple):
    """Bytes from the peer and when they were there (monotonic ns)."""

    data: bytes
    at: int


PlainResult = Connected | Received | int | None
Result = PlainResult | Secured


# Procedures --------------------------------------------------------------------------------------------

_Value = TypeVar("_Value")
_Asked = TypeVar("_Asked", bound=Step)  # steps of a kind

# A generator that yields steps and is sent their results; what it returns is its value.
Procedure = Generator[Step, Result, _Value]
# One whose steps every driver can take: TLS is a layer between the two.
PlainProcedure = Generator[PlainStep, Result, _Value]


def carried_out(
    procedure: Procedure[_Value],
    obey: Callable[[Step], Generator[_Asked, Result, Result]],
    raised: type[BaseException] | tuple[type[BaseException], ...],
) -> Generator[_Asked, Result, _Value]:
    """Take the steps with which `obey` carries out each step of a procedure; return what that returns.

    What `obey` raises of the kinds `raised` is the procedure's to handle.
    """
    try:
        step = next(procedure)
        while True:
            try:
                result = yield from obey(step)
            except raised as error:
                step = procedure.throw(error)
            else:
                step = procedure.send(result)
    except StopIteration as stop:
        value: _Value = stop.value
        return value
    finally:
        procedure.close()


def connect(
    host: str, port: int, family: Family, deadline: Deadline | None, socket_timeout: float | None
) -> PlainProcedure[Connected]:
    """Take the step `Connect`."""
    connected = yield Connect(host, port, family, deadline, socket_timeout)
    assert isinstance(connected, Connected)
    return connected


def start_tls(host: str, deadline: Deadline | None) -> Procedure[Secured]:
    """Take the step `StartTls`."""
    secured = yield StartTls(host, deadline)
    assert isinstance(secured, Secured)
    return secured


def send(data: bytes, deadline: Deadline | None) -> PlainProcedure[int]:
    """Take the step `Send`; return when the write began."""
    begun = yield Send(data, deadline)
    assert isinstance(begun, int)
    return begun


def receive(awaited: str, deadline: Deadline | None) -> PlainProcedure[Received]:
    """Take the step `Receive`."""
    received = yield Receive(awaited, deadline)
    assert isinstance(received, Received)
    return received


def receive_until(awaited: str, deadline: Deadline | None, until: int) -> PlainProcedure[Received | None]:
    """Take the step `Receive` that need not bring anything."""
    received = yield Receive(awaited, deadline, until)
    assert received is None or isinstance(received, Received)
    return received


def wait(until: int) -> PlainProcedure[None]:
    """Take the step `Wait`."""
    yield Wait(until)


def clock() -> PlainProcedure[int]:
    """Take the step `Clock`."""
    now = yield Clock()
    assert isinstance(now, int)
    return now


def close() -> PlainProcedure[None]:
    """Take the step `Close`."""
    yield Close()

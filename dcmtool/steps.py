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
| `Close` | None |

What goes wrong is thrown into the generator as a `TransportError` of `dcmtool.errors`.
"""

from typing import Literal, NamedTuple

# A socket's timeout ends up as milliseconds in a C int, which holds 24 days; longer waits wrap around.
LONGEST_WAIT = 2_000_000.0  # seconds

Family = Literal["auto", "ipv4", "ipv6"]


class Deadline(NamedTuple):
    """The end of a whole wait: monotonic nanoseconds, and the budget that set it."""

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


def earliest(*deadlines: Deadline | None) -> Deadline | None:
    """Return the deadline that comes first; None stands for no bound."""
    return min((deadline for deadline in deadlines if deadline is not None), default=None)


class Connect(NamedTuple):
    """Look a host name up and open a TCP connection to the first of its addresses that answers."""

    host: str
    port: int
    family: Family
    deadline: Deadline | None
    socket_timeout: float | None


class StartTls(NamedTuple):
    """Secure the connection to `host` as the driver was told to."""

    host: str
    deadline: Deadline | None


class Send(NamedTuple):
    """Write all of `data` (at most one PDU) with one call."""

    data: bytes
    deadline: Deadline | None


class Receive(NamedTuple):
    """Wait until the peer has sent something; `awaited` says what, for the sentence when it does not.

    With `until` (monotonic ns) nothing need come: once it is that time the wait is over, and no failure.
    """

    awaited: str
    deadline: Deadline | None
    until: int | None = None


class Wait(NamedTuple):
    """Wait until that time (monotonic ns), while there is no connection."""

    until: int


class Clock(NamedTuple):
    """Tell the time."""


class Close(NamedTuple):
    """Close the connection; there may be none."""


PlainStep = Connect | Send | Receive | Wait | Clock | Close
Step = PlainStep | StartTls


class Connected(NamedTuple):
    """An open connection: its addresses, and when the lookup and the connection were done (ns)."""

    address: str
    port: int
    resolved_at: int
    connected_at: int


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

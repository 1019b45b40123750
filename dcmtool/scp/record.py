"""What became of each connection, as values, and what they come to."""

from enum import StrEnum
from typing import NamedTuple

from dcmtool.errors import Rejection
from dcmtool.upper_layer.pdus import AssociateRq


class Outcome(StrEnum):
    """How a connection ended."""

    RELEASED = "released"
    REJECTED = "rejected"
    ABORTED_BY_PEER = "aborted-by-peer"
    ABORTED = "aborted"  # by us
    CONNECTION_LOST = "connection-lost"
    NO_REQUEST = "no-request"  # something else in place of an A-ASSOCIATE-RQ
    TLS_FAILED = "tls-failed"
    NOTHING_SENT = "nothing-sent"  # as health checks do
    TURNED_AWAY = "turned-away"  # too many connections

    @property
    def of_association(self) -> bool:
        """Whether an association had been asked for."""
        return self in _OF_ASSOCIATIONS


_OF_ASSOCIATIONS = {
    *(Outcome.RELEASED, Outcome.REJECTED, Outcome.ABORTED_BY_PEER, Outcome.ABORTED, Outcome.CONNECTION_LOST)
}


class TlsFacts(NamedTuple):
    """What was negotiated with a client: version, cipher suite (IANA's name), and its certificate in DER."""

    protocol: str
    cipher: str
    certificate: bytes


class Record(NamedTuple):
    """A connection from its beginning to its end.

    `request` is None where no association was asked for; `accepted` counts its accepted presentation
    contexts, `echoes` those that were answered. `reason` says why it ended so, in words; `rejection` with
    which numbers. `duration` is in nanoseconds.
    """

    address: str
    port: int
    outcome: Outcome
    duration: int
    reason: str = ""
    tls: TlsFacts | None = None
    request: AssociateRq | None = None
    accepted: int = 0
    echoes: int = 0
    rejection: Rejection | None = None


class Totals:
    """What all connections come to; `outcomes` counts them by how they ended."""

    def __init__(self) -> None:
        self.outcomes: dict[Outcome, int] = {}
        self.associations = self.echoes = 0

    def add(self, record: Record) -> None:
        """Count one more."""
        self.outcomes[record.outcome] = self.outcomes.get(record.outcome, 0) + 1
        self.associations += record.request is not None
        self.echoes += record.echoes

    @property
    def connections(self) -> int:
        """All connections, with and without an association."""
        return sum(self.outcomes.values())

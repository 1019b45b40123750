"""What an association indicates or confirms, for a procedure to act on (PS3.8 7)."""

from dcmtool.named_tuple import NamedTuple
from dcmtool.upper_layer.contexts import PresentationContext
from dcmtool.upper_layer.pdus import AssociateAc, AssociateRj, Pdv


class AssociateRequested(NamedTuple):
    """A-ASSOCIATE indication: the peer's A-ASSOCIATE-RQ is whole (bytes), and not decoded yet (AE-6)."""

    length: int


class Accepted(NamedTuple):
    """A-ASSOCIATE confirmation: the association is established (AE-3)."""

    answer: AssociateAc
    contexts: tuple[PresentationContext, ...]


class Rejected(NamedTuple):
    """A-ASSOCIATE confirmation: the peer refuses (AE-4)."""

    answer: AssociateRj


class DataReceived(NamedTuple):
    """P-DATA indication (DT-2, AR-6)."""

    pdvs: tuple[Pdv, ...]


class ReleaseRequested(NamedTuple):
    """A-RELEASE indication: the peer wants to release (AR-2), or crosses our request (AR-8)."""

    collision: bool


class ReleaseConfirmed(NamedTuple):
    """A-RELEASE confirmation (AR-3); after a collision it is the acceptor's turn to respond (AR-10)."""


class Aborted(NamedTuple):
    """A-ABORT or A-P-ABORT indication from the peer (AA-2, AA-3), with the numbers of PS3.8 9.3.8."""

    source: int
    reason: int


class TransportClosed(NamedTuple):
    """The peer closed the connection (AA-4, AA-5, AR-5); `partial` names a PDU that was cut short."""

    partial: str


Indication = (
    AssociateRequested
    | Accepted
    | Rejected
    | DataReceived
    | ReleaseRequested
    | ReleaseConfirmed
    | Aborted
    | TransportClosed
)

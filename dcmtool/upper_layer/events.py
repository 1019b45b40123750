"""What an association tells: indications, which a procedure acts on, and a trace, which people read."""

from collections.abc import Callable
from typing import NamedTuple

from dcmtool.upper_layer.contexts import PresentationContext
from dcmtool.upper_layer.pdus import AssociateAc, AssociateRj, Pdv
from dcmtool.upper_layer.states import Action, State
from dcmtool.upper_layer.states import Event as StateEvent


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
    """A-RELEASE confirmation (AR-3)."""


class Aborted(NamedTuple):
    """A-ABORT or A-P-ABORT indication from the peer (AA-3), with the numbers of PS3.8 9.3.8."""

    source: int
    reason: int


class TransportClosed(NamedTuple):
    """The peer closed the connection (AA-4, AR-5); `partial` names a PDU that was cut short."""

    partial: str


Indication = (
    Accepted | Rejected | DataReceived | ReleaseRequested | ReleaseConfirmed | Aborted | TransportClosed
)


class PduSent(NamedTuple):
    """A PDU left for the peer: its type and all of its bytes."""

    kind: int
    data: bytes


class PduReceived(NamedTuple):
    """A PDU arrived: its type and the bytes after its 6-byte header."""

    kind: int
    body: bytes


class StateChanged(NamedTuple):
    """A step of the state machine (PS3.8 table 9-10)."""

    event: StateEvent
    action: Action
    before: State
    after: State


TraceEvent = PduSent | PduReceived | StateChanged
Observer = Callable[[TraceEvent], None]

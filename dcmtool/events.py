"""The one vocabulary of what happens on an association: a listener is called with it, a trace file holds it.

An `Event` says on which association, by whom and when; its `what` is one of the classes below.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

from dcmtool.named_tuple import NamedTuple

if TYPE_CHECKING:
    from dcmtool.dimse.command_set import CommandSet
    from dcmtool.dimse.messages import CEchoRsp
    from dcmtool.errors import DcmtoolError, RemoteProtocolError
    from dcmtool.settings import Peer
    from dcmtool.steps import TlsSession
    from dcmtool.upper_layer.contexts import PresentationContext
    from dcmtool.upper_layer.pdus import AssociateAc, AssociateRj, AssociateRq
    from dcmtool.upper_layer.states import Action, State, StateEvent

Role = Literal["requestor", "acceptor", "observer"]
Sender = Literal["local", "peer", "requestor", "acceptor"]


class AssociationId(NamedTuple):
    """Which association: its number in this process, our role in it, and when it began.

    `started` is that moment by the wall clock (seconds since 1970, UTC, to the microsecond), `origin` by the
    monotonic one (ns).
    """

    number: int
    role: Role
    started: float
    origin: int


class Requesting(NamedTuple):
    """An association is about to be requested of a node."""

    peer: "Peer"
    secured: bool
    associate: "AssociateRq"


class TransportOpened(NamedTuple):
    """The TCP connection is open, by the one who opened it: to, or from, this address and port.

    Each read and write may take `socket_timeout` seconds.
    """

    address: str
    port: int
    socket_timeout: float | None


class TlsEstablished(NamedTuple):
    """The connection to `host` is secured."""

    session: "TlsSession"
    host: str


class TlsRefused(NamedTuple):
    """A TLS session was refused for the certificate that it showed."""

    session: "TlsSession"
    host: str


class Associating(NamedTuple):
    """The A-ASSOCIATE-RQ is about to be sent."""


class Negotiated(NamedTuple):
    """The association was accepted; whether any context was is another matter."""

    associate: "AssociateRq"
    answer: "AssociateAc"
    contexts: "tuple[PresentationContext, ...]"


class Established(NamedTuple):
    """There is a context to send on; a PDV carries at most `max_pdv` bytes of a message to the peer."""

    context: "PresentationContext"
    max_pdv: int


class EchoSending(NamedTuple):
    """A C-ECHO-RQ is about to be sent."""

    context_id: int
    message_id: int
    command: bytes


class MessageReceived(NamedTuple):
    """A whole command set arrived."""

    context_id: int
    elements: "CommandSet"


class EchoAnswered(NamedTuple):
    """The response to a C-ECHO-RQ, after `round_trip` nanoseconds."""

    response: "CEchoRsp"
    round_trip: int


class EchoAnswering(NamedTuple):
    """A C-ECHO-RSP is about to be sent."""

    context_id: int
    message_id: int
    status: int
    command: bytes


class Releasing(NamedTuple):
    """The association is about to be released."""


class Aborting(NamedTuple):
    """The association is about to be aborted."""


class Warned(NamedTuple):
    """Something is not as the standard has it, and can be worked with."""

    sentence: str


class Failed(NamedTuple):
    """A stage failed; after a status other than Success the association goes on."""

    failure: "DcmtoolError"


class Pdu(NamedTuple):
    """A PDU left its sender: its type (PS3.8 9.3.1) and its bytes, stars for what proves who a user is."""

    kind: int
    data: bytes


class StateChanged(NamedTuple):
    """A step of the state machine (PS3.8 table 9-10)."""

    event: "StateEvent"
    action: "Action"
    before: "State"
    after: "State"


class Requested(NamedTuple):
    """An association was requested, of us or of one whom we observe."""

    associate: "AssociateRq"


class RequestRejected(NamedTuple):
    """The request was answered with A-ASSOCIATE-RJ."""

    answer: "AssociateRj"


class AbortSent(NamedTuple):
    """The association was aborted, with the numbers of source and reason (PS3.8 9.3.8)."""

    source: int
    reason: int


class DataSetReceived(NamedTuple):
    """The data set of a message is over; it was counted (bytes), and not kept."""

    context_id: int
    length: int


class ProtocolFault(NamedTuple):
    """What was sent breaks a clause of the standard."""

    error: "RemoteProtocolError"


class TransportEnded(NamedTuple):
    """The sender closed its side of the connection, or reset it; `partial` names a PDU that was cut short."""

    how: Literal["closed", "reset"]
    partial: str


class TimerStarted(NamedTuple):
    """A budget began to count: which, and what is left of it (seconds)."""

    budget: str
    seconds: float


class TimerStopped(NamedTuple):
    """What the budget bounds was done in time."""

    budget: str


class TimerExpired(NamedTuple):
    """The budget is used up, and this was not there."""

    budget: str
    awaited: str


What = (
    Requesting
    | TransportOpened
    | TlsEstablished
    | TlsRefused
    | Associating
    | Negotiated
    | Established
    | EchoSending
    | MessageReceived
    | EchoAnswered
    | EchoAnswering
    | Releasing
    | Aborting
    | Warned
    | Failed
    | Pdu
    | StateChanged
    | Requested
    | RequestRejected
    | AbortSent
    | DataSetReceived
    | ProtocolFault
    | TransportEnded
    | TimerStarted
    | TimerStopped
    | TimerExpired
)


class Event(NamedTuple):
    """What happened: on which association, by whom (None: nobody in particular), and when (monotonic ns)."""

    association: AssociationId
    sender: Sender | None
    at: int
    what: What

    @property
    def offset(self) -> int:
        """The time since the association began (ns)."""
        return self.at - self.association.origin


Listener = Callable[[Event], None]
Emit = Callable[[What, Sender | None], None]

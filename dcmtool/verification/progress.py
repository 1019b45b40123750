"""What a verification tells while it runs, beside the events of its association."""

from collections.abc import Callable
from typing import NamedTuple

from dcmtool.dimse.command_set import CommandSet
from dcmtool.dimse.messages import CEchoRsp
from dcmtool.errors import VerificationFailed
from dcmtool.settings import EchoRequest
from dcmtool.steps import TlsSession
from dcmtool.upper_layer.contexts import PresentationContext
from dcmtool.upper_layer.events import TraceEvent
from dcmtool.upper_layer.pdus import AssociateAc, AssociateRq


class Requesting(NamedTuple):
    """The association is about to be requested."""

    request: EchoRequest
    associate: AssociateRq


class TransportOpened(NamedTuple):
    """The TCP connection is open; each read and write may take `socket_timeout` seconds."""

    address: str
    port: int
    socket_timeout: float | None


class Secured(NamedTuple):
    """The connection to `host` is secured."""

    session: TlsSession
    host: str


class SessionRefused(NamedTuple):
    """A TLS session was refused for the certificate that it showed."""

    session: TlsSession
    host: str


class Associating(NamedTuple):
    """The A-ASSOCIATE-RQ is about to be sent."""


class Negotiated(NamedTuple):
    """The peer accepted the association; whether it accepted a context is another matter."""

    request: EchoRequest
    associate: AssociateRq
    answer: AssociateAc
    contexts: tuple[PresentationContext, ...]


class Established(NamedTuple):
    """There is a context to echo on; a PDV carries at most `max_pdv` bytes of a message to the peer."""

    context: PresentationContext
    max_pdv: int


class EchoSending(NamedTuple):
    """A C-ECHO-RQ is about to be sent."""

    context_id: int
    message_id: int
    command: bytes


class MessageReceived(NamedTuple):
    """A whole command set arrived."""

    context_id: int
    elements: CommandSet


class EchoAnswered(NamedTuple):
    """The response to a C-ECHO-RQ, after `round_trip` nanoseconds."""

    response: CEchoRsp
    round_trip: int


class Releasing(NamedTuple):
    """The association is about to be released."""


class Aborting(NamedTuple):
    """The association is about to be aborted."""


class Warned(NamedTuple):
    """Something is not as the standard has it, and can be worked with."""

    sentence: str


class Failed(NamedTuple):
    """A stage failed; after a status other than Success the association goes on."""

    failure: VerificationFailed


ProgressEvent = (
    Requesting
    | TransportOpened
    | Secured
    | SessionRefused
    | Associating
    | Negotiated
    | Established
    | EchoSending
    | MessageReceived
    | EchoAnswered
    | Releasing
    | Aborting
    | Warned
    | Failed
)
Listener = Callable[[ProgressEvent | TraceEvent], None]

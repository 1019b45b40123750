"""Follows one connection between two others, told in the order in which things happened."""

from dcmtool.association.observed import ObservedAssociation, Side
from dcmtool.capture.connection import Endpoint, ObservedConnection
from dcmtool.events import AssociationId, Event, Listener, What


class ConnectionObserver:
    """Takes what is seen of a connection, from a capture, a relay or a log; all times are ns since 1970.

    `number` counts connections from 1; `listener` is called with what happens on the association. Nothing is
    raised whatever the bytes are, and memory is bounded.
    """

    def __init__(
        self,
        number: int,
        requestor: Endpoint,
        acceptor: Endpoint,
        began: int,
        listener: Listener | None = None,
        *,
        handshake: bool = True,
    ) -> None:
        self._number, self._requestor, self._acceptor, self._began = number, requestor, acceptor, began
        self._listener, self._handshake = listener, handshake
        self._id = AssociationId(number, "observer", began / 1_000_000_000, began)
        self._association = ObservedAssociation(self._id)

    def syn(self, at: int) -> None:
        """A SYN of the requestor's, the first or one more."""

    def opened(self, at: int) -> None:
        """The acceptor took the connection (SYN and ACK)."""

    def received(self, sender: Side, data: bytes | memoryview, at: int) -> None:
        """Bytes that a side sent, in order; nothing is kept of `data`."""
        self._tell(self._association.receive(sender, data, at))

    def unread(self, sender: Side) -> int:
        """How many bytes that come next from a side mean nothing: they need not be told one by one."""
        return self._association.unread(sender)

    def skip(self, sender: Side, count: int, at: int) -> None:  # noqa: ARG002 - the contract of what is seen
        """So many bytes that a side sent, at most `unread`, the last of them then."""
        self._association.skip(sender, count)

    def missed(self, sender: Side, count: int, at: int) -> None:
        """So many bytes of a side's are not in the capture, and come next."""

    def retransmitted(self, sender: Side, at: int) -> None:
        """A segment that had come before."""

    def closed(self, sender: Side, at: int) -> None:
        """A side closed its direction (FIN)."""
        self._tell(self._association.receive(sender, b"", at))

    def reset(self, sender: Side, at: int) -> None:
        """A side reset the connection (RST); before it was opened, the acceptor refused it."""
        self._tell(self._association.reset(sender, at))

    def told(self, what: What, sender: Side | None, at: int) -> None:
        """What a log says in place of bytes."""
        self._tell([Event(self._id, sender, at, what)])

    def result(self) -> ObservedConnection:
        """Return what is known so far, without findings."""
        return ObservedConnection(self._number, self._requestor, self._acceptor, self._began)

    def _tell(self, events: list[Event]) -> None:
        for event in events:
            if self._listener is not None:
                self._listener(event)

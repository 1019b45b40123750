"""What the procedures of an association are made of: sending what is ready, waiting for what comes."""

from contextlib import suppress

from dcmtool.errors import (
    Cause,
    ConnectionLost,
    DeadlineExpired,
    PeerAbort,
    RemoteProtocolError,
    UnexpectedResponse,
)
from dcmtool.steps import (
    Deadline,
    Procedure,
    Receive,
    Received,
    Send,
    clock,
    earliest,
    receive,
    receive_until,
)
from dcmtool.upper_layer import indications
from dcmtool.upper_layer.association import Association
from dcmtool.upper_layer.indications import Indication
from dcmtool.upper_layer.states import State

# Bytes that are passed over of what a peer sends once nothing of it matters: at the speed of a network that
# would be gigabytes in the second that it has.
MOST_DISCARDED = 1 << 20


class Exchange:
    """An association, the time (monotonic ns), and the end of the whole run, if there is one.

    All that its methods raise on their own is a `Cause`. A wait ends at its deadline.
    """

    def __init__(self, association: Association, now: int, overall: Deadline | None = None) -> None:
        self.association, self.now, self.overall = association, now, overall

    def within(self, budget: str, seconds: float | None) -> Deadline | None:
        """Return the end of a budget that begins to count now, or of the whole run if that comes first."""
        return earliest(None if seconds is None else Deadline.after(self.now, budget, seconds), self.overall)

    def read_clock(self) -> Procedure[int]:
        """Take the time anew, and return it."""
        self.now = yield from clock()
        return self.now

    def flush(self, deadline: Deadline | None) -> Procedure[int]:
        """Write the PDUs that are ready; return when the first write began (monotonic ns).

        Raises:
            PeerAbort: the connection broke, and an A-ABORT that came before says why.
            UnexpectedResponse: an A-RELEASE-RQ does.
        """
        begun: int | None = None
        while (data := self.association.data_to_send()) is not None:
            try:
                at = yield Send(data, deadline)
            except ConnectionLost:
                yield from self._read_last_words()
                raise
            if begun is None:
                assert isinstance(at, int)
                begun = at
        return self.now if begun is None else begun

    def _read_last_words(self) -> Procedure[None]:
        """Take what had arrived before a connection broke: an A-ABORT among it says why."""
        deadline = Deadline.after(self.now, "last words", 1)
        room = MOST_DISCARDED
        with suppress(Cause):
            while room > 0 and (received := (yield from receive("last words", deadline))).data:
                self.association.receive_data(received.data)
                room -= len(received.data)
        with suppress(RemoteProtocolError):
            while (indication := self.association.next_indication(self.now)) is not None:
                if isinstance(indication, indications.Aborted):
                    raise PeerAbort(*indication)
                if isinstance(indication, indications.ReleaseRequested):
                    raise released_and_closed()

    def next_indication(self, awaited: str, deadline: Deadline | None) -> Procedure[Indication]:
        """Wait for the next indication that does not end the association.

        Raises:
            ConnectionLost: the peer closed the connection.
            PeerAbort: it aborted the association.
            DeadlineExpired: nothing came, or no more than a part.
        """
        association = self.association
        while (indication := association.next_indication(self.now)) is None:
            try:
                received = yield Receive(awaited, deadline, None, association.mid_pdu)
            except DeadlineExpired as late:
                late.partial = association.partial
                raise
            assert isinstance(received, Received)
            self.now = received.at
            association.receive_data(received.data)
        return _raise_if_ended(indication)

    def next_indication_until(self, awaited: str, until: int) -> Procedure[Indication | None]:
        """Wait for an indication until that time (monotonic ns), and no longer than the whole run may take.

        None comes first of all; what else raises is what `next_indication` does.
        """
        association = self.association
        while self.now < until:
            indication = association.next_indication(self.now)
            if indication is not None:
                return _raise_if_ended(indication)
            received = yield from receive_until(awaited, self.overall, until)
            if received is None:
                yield from self.read_clock()
            else:
                self.now = received.at
                association.receive_data(received.data)
        return None

    def wait_for_close(self) -> Procedure[None]:
        """Send what is left, then wait for the peer to close, at most until ARTIM (PS3.8 9.1.5).

        What still comes is passed over; a peer that sends too much of it is not waited for.
        """
        artim = self.association.next_deadline()
        if artim is None:
            return
        deadline = earliest(Deadline(artim, "ARTIM", 1), self.overall)
        room = MOST_DISCARDED
        with suppress(Cause):
            while self.association.state is not State.IDLE and room > 0:
                yield from self.flush(deadline)
                received = yield from receive("close of the connection", deadline)
                self.now = received.at
                room -= len(received.data)
                self.association.receive_data(received.data)
                self.association.next_indication(self.now)


def released_and_closed() -> UnexpectedResponse:
    """Return what is wrong where the peer asks for the release, but does not wait for the answer."""
    return UnexpectedResponse(
        "the peer asked for the release (A-RELEASE-RQ) and closed the connection", "PS3.8 7.2.1"
    )


def _raise_if_ended(indication: Indication) -> Indication:
    """Return an indication that is not the end of the association."""
    if isinstance(indication, indications.TransportClosed):
        raise ConnectionLost(partial=indication.partial)
    if isinstance(indication, indications.Aborted):
        raise PeerAbort(*indication)
    return indication

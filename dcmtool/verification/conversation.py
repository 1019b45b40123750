"""What a procedure over an association is made of: sending, waiting, and hearing a peer's last words."""

from collections.abc import Generator
from contextlib import suppress
from typing import Any

from dcmtool.dimse import command_set
from dcmtool.dimse.fragments import CommandReassembler
from dcmtool.errors import Cause, ConnectionLost, PeerAbort, RemoteProtocolError, UnexpectedResponse
from dcmtool.settings import Timeouts
from dcmtool.steps import Clock, Deadline, Receive, Received, Send, Step, earliest
from dcmtool.upper_layer import events
from dcmtool.upper_layer.association import Association
from dcmtool.upper_layer.events import Observer
from dcmtool.upper_layer.pdus import AssociateRq
from dcmtool.upper_layer.states import State

Procedure = Generator[Step, Any, None]
_GRACE = 1  # seconds that Ctrl-C leaves the peer for what it has been asked


class Conversation:
    """An association, the time (monotonic ns), and the budgets: `overall` is the end of the whole run."""

    def __init__(
        self,
        associate_rq: AssociateRq,
        now: int,
        timeouts: Timeouts,
        overall: Deadline | None,
        observer: Observer | None,
    ) -> None:
        self.now = now
        self._timeouts, self._overall = timeouts, overall
        self._associate_rq = associate_rq
        self._association = Association(associate_rq, observer)

    def _flush(self, deadline: Deadline | None) -> Generator[Step, Any, int]:
        """Write the PDUs that are ready; return when the first write began (monotonic ns)."""
        begun: int | None = None
        while (data := self._association.data_to_send()) is not None:
            try:
                at: int = yield Send(data, deadline)
            except ConnectionLost:
                yield from self._hear_last_words()
                raise
            if begun is None:
                begun = at
        return self.now if begun is None else begun

    def _hear_last_words(self) -> Procedure:
        """Take what had arrived before a connection broke: an A-ABORT among it says why."""
        deadline = Deadline.after(self.now, "last words", 1)
        with suppress(Cause):
            received: Received = yield Receive("last words", deadline)
            while received.data:
                self._association.receive_data(received.data)
                received = yield Receive("last words", deadline)
        with suppress(RemoteProtocolError):
            while (indication := self._association.next_indication(self.now)) is not None:
                if isinstance(indication, events.Aborted):
                    raise PeerAbort(*indication)

    def _next_indication(
        self, awaited: str, deadline: Deadline | None
    ) -> Generator[Step, Any, events.Indication]:
        association = self._association
        while (indication := association.next_indication(self.now)) is None:
            received: Received = yield Receive(awaited, deadline)
            self.now = received.at
            association.receive_data(received.data)
        return _sound(indication)

    def _next_command(
        self, reassembler: CommandReassembler, deadline: Deadline | None
    ) -> Generator[Step, Any, command_set.CommandSet]:
        while True:
            indication = yield from self._next_indication("C-ECHO-RSP", deadline)
            if not isinstance(indication, events.DataReceived):
                raise UnexpectedResponse(
                    "the peer asked for the release (A-RELEASE-RQ) instead of answering", "PS3.8 7.2.1"
                )
            for number, pdv in enumerate(indication.pdvs, 1):
                command = reassembler.add(pdv)
                if command is not None:
                    if number < len(indication.pdvs):
                        raise UnexpectedResponse("the peer sent more than the response", "PS3.8 E.2")
                    return command_set.decode(command)

    def _wait_until(self, due: int) -> Procedure:
        """Wait until that time (monotonic ns), unless the peer says something or ends the association."""
        association = self._association
        while self.now < due:
            indication = association.next_indication(self.now)
            if indication is not None:
                raise _unasked(_sound(indication))
            received: Received | None = yield Receive("time for the next echo", self._overall, due)
            if received is None:
                self.now = yield Clock()
            else:
                self.now = received.at
                association.receive_data(received.data)

    def _wait_for_close(self) -> Procedure:
        """Send what is left, then wait for the peer to close, at most until ARTIM (PS3.8 9.1.5)."""
        artim = self._association.next_deadline()
        if artim is None:
            return
        deadline = earliest(Deadline(artim, "ARTIM", 1), self._overall)
        try:
            while self._association.state is not State.IDLE:
                yield from self._flush(deadline)
                received: Received = yield Receive("close of the connection", deadline)
                self.now = received.at
                self._association.receive_data(received.data)
                self._association.next_indication(self.now)
        except Cause:
            pass

    def _budget(self, name: str, seconds: float | None) -> Deadline | None:
        return None if seconds is None else Deadline.after(self.now, name, seconds)

    def _acse_deadline(self) -> Deadline | None:
        return earliest(self._budget("-ta, ACSE timeout", self._timeouts.acse), self._overall)

    def _grace(self, deadline: Deadline | None) -> Generator[Step, Any, Deadline | None]:
        """Return the end of a wait that Ctrl-C cuts short."""
        self.now = yield Clock()
        return earliest(deadline, Deadline.after(self.now, "Ctrl-C", _GRACE))


def _sound(indication: events.Indication) -> events.Indication:
    """Return an indication that is not the end of the association."""
    if isinstance(indication, events.TransportClosed):
        raise ConnectionLost(partial=indication.partial)
    if isinstance(indication, events.Aborted):
        raise PeerAbort(*indication)
    return indication


def _unasked(indication: events.Indication) -> UnexpectedResponse:
    """Return what is wrong with an indication between two echoes."""
    if isinstance(indication, events.DataReceived):
        return UnexpectedResponse("the peer sent data that no echo asked for", "PS3.7 9.3.5.2")
    return UnexpectedResponse(
        "the peer asked for the release (A-RELEASE-RQ) before all echoes were sent", "PS3.8 7.2.1"
    )

"""One association, from its request to its end, as pynetdicom serves it and as the faults spoil it."""

import socket
from threading import Event
from typing import NamedTuple

from pynetdicom import AE, build_context, evt
from pynetdicom.association import Association
from pynetdicom.pdu_primitives import A_ASSOCIATE
from pynetdicom.transport import AddressInformation

from dcmtool.errors import PeerAbort, Rejection
from dcmtool.scp.line import Line
from dcmtool.scp.record import Outcome
from dcmtool.scp.settings import ScpSettings
from dcmtool.uids import (
    IMPLEMENTATION_CLASS_UID,
    IMPLEMENTATION_VERSION_NAME,
    TRANSFER_SYNTAXES,
    VERIFICATION_SOP_CLASS,
)

_REQUEST_READ = 5  # seconds for pynetdicom to read a request that has come already


class Ending(NamedTuple):
    """How an association ended, why in words, and with which numbers it was rejected, if it was."""

    outcome: Outcome
    reason: str = ""
    rejection: Rejection | None = None


def entity(settings: ScpSettings) -> AE:
    """Return the application entity, whose rules of acceptance are pynetdicom's."""
    made = AE(ae_title=settings.title)
    made.require_called_aet = settings.require_called
    made.require_calling_aet = list(settings.allowed_calling)
    made.maximum_associations = settings.max_associations
    made.maximum_pdu_size = settings.max_pdu
    made.acse_timeout = _REQUEST_READ
    made.network_timeout = settings.idle_timeout
    made.implementation_class_uid = IMPLEMENTATION_CLASS_UID
    made.implementation_version_name = IMPLEMENTATION_VERSION_NAME
    return made


class Served:
    """An association that is served; `stopping` is set once all of them are to end."""

    def __init__(
        self, ae: AE, connection: socket.socket, arrived: bytes, settings: ScpSettings, stopping: Event
    ) -> None:
        self._settings, self._faults, self._stopping = settings, settings.faults, stopping
        self._association = Association(ae, "acceptor")
        self._line = Line(self._association, connection, arrived, settings.max_pdu, settings.idle_timeout)
        self._aborted = ""  # why we did
        self.echoes = 0
        self._prepare(ae, connection)

    def _prepare(self, ae: AE, connection: socket.socket) -> None:
        association, acceptor = self._association, self._association.acceptor
        association.set_socket(self._line)
        acceptor.maximum_length = ae.maximum_pdu_size
        acceptor.ae_title = ae.ae_title
        acceptor.implementation_class_uid = ae.implementation_class_uid
        acceptor.implementation_version_name = ae.implementation_version_name
        if not self._faults.refuse_contexts:
            acceptor.supported_contexts = [build_context(VERIFICATION_SOP_CLASS, list(TRANSFER_SYNTAXES))]
        acceptor.address_info = AddressInformation.from_tuple(connection.getsockname())
        association.requestor.address_info = AddressInformation.from_tuple(connection.getpeername())
        association.bind(evt.EVT_REQUESTED, self._requested)
        association.bind(evt.EVT_C_ECHO, self._echo)

    def run(self) -> Ending:
        """Serve the association until it has ended."""
        self._association.start()
        self._association.join()
        self._association.dul.join()
        return self._ending()

    def abort(self, why: str) -> None:
        """Abort it, from whatever thread, unless it has ended."""
        self._aborted = self._aborted or why
        self._association.abort(block=False)

    @property
    def accepted(self) -> int:
        """The number of accepted presentation contexts."""
        return len(self._association.accepted_contexts)

    def _requested(self, event: evt.Event) -> None:
        """Answer an association request late, or with a rejection."""
        association = event.assoc
        self._pause(self._faults.delay_accept)
        if association.is_aborted or association.acse.is_aborted():  # by us, by a peer that lost patience
            association.is_aborted = True
            association.kill()
        elif self._faults.reject is not None:
            rejection = self._faults.reject
            association.acse.send_reject(rejection.result, rejection.source, rejection.reason)
            association.kill()

    def _echo(self, event: evt.Event) -> int:
        """Return the status of the answer to an echo, late or not at all."""
        limit = self._faults.abort_after
        if limit is not None and self.echoes >= limit:
            self.abort("--abort-after")
            return 0
        self._pause(self._faults.delay_echo)
        if event.assoc.acse.is_aborted():
            event.assoc.is_established = False  # so that nothing is sent
        elif event.assoc.is_established:
            self.echoes += 1
        return self._faults.status

    def _pause(self, seconds: float) -> None:
        if seconds:
            self._stopping.wait(seconds)

    def _ending(self) -> Ending:
        association, line = self._association, self._line
        if association.is_rejected:
            rejection = _rejection(association.acceptor.primitive)
            return Ending(Outcome.REJECTED, rejection.reason_text, rejection)
        if association.is_released:
            return Ending(Outcome.RELEASED)
        if line.refused is not None:
            return Ending(Outcome.ABORTED, str(line.refused))
        if line.peer_abort is not None:
            return Ending(Outcome.ABORTED_BY_PEER, str(PeerAbort(*line.peer_abort)))
        if self._aborted:
            return Ending(Outcome.ABORTED, self._aborted)
        if association.dul.idle_timer_expired():
            return Ending(Outcome.ABORTED, f"nothing came for {self._settings.idle_timeout:g} s")
        return Ending(Outcome.CONNECTION_LOST, "the peer closed the connection")


def _rejection(answer: A_ASSOCIATE | None) -> Rejection:
    assert answer is not None, "pynetdicom keeps the primitive that it rejects with"
    return Rejection(answer.result or 0, answer.result_source or 0, answer.diagnostic or 0)
